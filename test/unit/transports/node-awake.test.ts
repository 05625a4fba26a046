/** When the event loop stays awake for an answer, and when it does not; with a clock and turns of the test's own. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Answers } from "#src/transports/node-awake.js";

/** Milliseconds. */
const QUICK = 0.02;
const SLOW = 5;

let now = 1000;

/** Time that passes when it is told to. */
class Loop {
  #turn: (() => void) | undefined;

  constructor(t: TestContext) {
    t.mock.method(performance, "now", () => now);
    t.mock.method(globalThis, "setImmediate", (turn: () => void) => {
      this.#turn = turn;
    });
    // What is awake falls asleep, for the next test.
    t.after(() => this.pass(SLOW));
  }

  /** The program, or another, has the processor: no turn of the loop comes. */
  block(time: number): void {
    now += time;
  }

  /** Answers for how long the loop was awake, in steps of 10 µs. */
  pass(time: number): number {
    const end = now + time;
    let awake = 0;
    while (now < end) {
      now += 0.01;
      const turn = this.#turn;
      this.#turn = undefined;
      turn?.();
      if (this.#turn !== undefined) awake += 0.01;
    }
    return awake;
  }
}

function exchange(loop: Loop, answers: Answers, time: number): number {
  answers.wrote();
  const awake = loop.pass(time);
  answers.heard();
  return awake;
}

test("a peer is waited for awake while it answers quickly, and for a short time only", (t) => {
  const loop = new Loop(t);
  const answers = new Answers(0, true);

  for (let i = 0; i < 20; i++) assert.ok(exchange(loop, answers, QUICK) > 0);
  const awake = exchange(loop, answers, SLOW);

  assert.ok(awake > 0.1 && awake < 0.3, `${awake} ms`);
});

test("a peer that is slow is not waited for awake until it has been quick for a while", (t) => {
  const loop = new Loop(t);
  const answers = new Answers(0, true);

  for (let i = 0; i < 3; i++) exchange(loop, answers, SLOW);

  assert.equal(exchange(loop, answers, SLOW), 0);
  let before = 0;
  while (exchange(loop, answers, QUICK) === 0) before++;
  assert.equal(before, 4);
});

test("who is quick every other time is not waited for", (t) => {
  const loop = new Loop(t);
  const answers = new Answers(0, true);
  let awake = 0;
  for (let i = 0; i < 10; i++) exchange(loop, answers, i % 2 === 0 ? QUICK : SLOW);

  for (let i = 0; i < 100; i++) awake += exchange(loop, answers, i % 2 === 0 ? QUICK : SLOW);

  assert.equal(awake, 0);
});

test("what is sent without an answer keeps nobody awake for more than the first time", (t) => {
  const loop = new Loop(t);
  const answers = new Answers(0, true);
  answers.wrote();
  loop.pass(SLOW);

  for (let i = 0; i < 100; i++) {
    answers.wrote();
    assert.equal(loop.pass(QUICK), 0);
  }
});

test("what comes without having been asked for keeps nobody awake", (t) => {
  const loop = new Loop(t);
  const answers = new Answers(0, true);

  for (let i = 0; i < 100; i++) {
    answers.heard();
    assert.equal(loop.pass(QUICK), 0);
  }
});

test("with one processor, and with busyPoll -1, nobody stays awake", (t) => {
  const loop = new Loop(t);

  for (const answers of [new Answers(0, false), new Answers(-1, true)])
    for (let i = 0; i < 20; i++) assert.equal(exchange(loop, answers, QUICK), 0);
});

test("[ZMQ_BUSY_POLL] busyPoll keeps the loop awake for so many microseconds, however slow the peer is", (t) => {
  const loop = new Loop(t);
  const answers = new Answers(1000, false);

  for (let i = 0; i < 10; i++) {
    const awake = exchange(loop, answers, SLOW);
    assert.ok(awake > 0.95 && awake < 1.05, `${awake} ms`);
  }
});

test("a loop that did not get the processor sleeps for a while, and then is awake again", (t) => {
  const loop = new Loop(t);
  const answers = new Answers(0, true);
  exchange(loop, answers, QUICK);
  answers.wrote();
  loop.pass(QUICK);
  loop.block(3);
  loop.pass(QUICK);
  answers.heard();
  for (let i = 0; i < 10; i++) assert.equal(exchange(loop, answers, QUICK), 0);

  loop.pass(200);

  assert.ok(exchange(loop, answers, QUICK) > 0);
});

test("a connection that has ended is not waited for", (t) => {
  const loop = new Loop(t);
  const answers = new Answers(1000);
  answers.wrote();
  assert.ok(loop.pass(QUICK) > 0);

  answers.end();

  assert.ok(loop.pass(SLOW) < 0.02);
});
