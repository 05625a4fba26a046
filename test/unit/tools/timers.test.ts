import assert from "node:assert/strict";
import { test } from "node:test";
import { POLLIN, Poller, Pull, Push, Timers } from "zmq-ts";
import { FakeClock } from "../../support/clock.ts";
import { married, open, throws } from "../../support/sockets.ts";

function fixture(): { clock: FakeClock; timers: Timers; ran: number[]; note: (id: number) => void } {
  const clock = new FakeClock();
  const ran: number[] = [];
  return { clock, timers: new Timers({ clock }), ran, note: (id) => ran.push(id) };
}

test("[test_timers] a timer runs when its interval is over, and again after each", () => {
  const { clock, timers, ran, note } = fixture();
  const id = timers.add(100, note);
  assert.equal(id, 1);
  assert.equal(timers.size, 1);

  assert.equal(timers.execute(), 0);
  assert.equal(timers.timeout(), 100);
  clock.advance(50);
  assert.equal(timers.execute(), 0);
  assert.equal(timers.timeout(), 50);
  clock.advance(50);
  assert.equal(timers.timeout(), 0);
  assert.deepEqual(ran, []);
  assert.equal(timers.execute(), 1);
  assert.deepEqual(ran, [id]);
  assert.equal(timers.execute(), 0);

  assert.equal(timers.timeout(), 100);
  clock.advance(100);
  timers.execute();
  assert.deepEqual(ran, [id, id]);
});

test("[test_timers] reset begins the interval anew, setInterval begins another", () => {
  const { clock, timers, ran, note } = fixture();
  const id = timers.add(100, note);

  clock.advance(60);
  timers.reset(id);
  clock.advance(60);
  assert.equal(timers.execute(), 0, "it was put off");
  assert.equal(timers.timeout(), 40);
  clock.advance(40);
  assert.equal(timers.execute(), 1);

  clock.advance(10);
  timers.setInterval(id, 50);
  assert.equal(timers.timeout(), 50);
  clock.advance(50);
  assert.equal(timers.execute(), 1);
  assert.equal(timers.timeout(), 50, "it keeps the new one");
  assert.deepEqual(ran, [id, id]);
});

test("[test_timers] a cancelled timer runs no more, and counts no more", () => {
  const { clock, timers, ran, note } = fixture();
  const [first, second] = [timers.add(50, note), timers.add(80, note)];

  timers.cancel(first);
  assert.equal(timers.size, 1);
  assert.equal(timers.timeout(), 80);
  clock.advance(100);
  timers.execute();
  assert.deepEqual(ran, [second]);

  timers.cancel(second);
  assert.equal(timers.timeout(), -1, "as long as nothing is to come, for ever");
  assert.equal(timers.execute(), 0);
});

test("[test_timers] what there is not, or cannot be, is refused", () => {
  const { timers, note } = fixture();

  throws(() => timers.cancel(1), "EINVAL", /there is no timer 1/);
  throws(() => timers.setInterval(1, 100), "EINVAL");
  throws(() => timers.reset(1), "EINVAL");
  assert.throws(() => timers.add(100, undefined as never), TypeError);
  for (const interval of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, "5", undefined])
    throws(() => timers.add(interval as never, note), "EINVAL", /whole number/);
  assert.equal(timers.size, 0);

  const id = timers.add(Number.MAX_SAFE_INTEGER, note);
  throws(() => timers.setInterval(id, -5), "EINVAL");
  assert.equal(timers.timeout(), Number.MAX_SAFE_INTEGER);
  timers.cancel(id);
  throws(() => timers.cancel(id), "EINVAL");
  assert.equal(timers.add(1, note), 2, "numbers are not used again");
});

test("timers that are due run in the order of their times, those of one time as they were set", () => {
  const { clock, timers, ran, note } = fixture();
  const late = timers.add(30, note);
  const [one, two] = [timers.add(20, note), timers.add(20, note)];
  const early = timers.add(10, note);

  clock.advance(1000);
  assert.equal(timers.execute(), 4, "each once, however late");
  assert.deepEqual(ran, [early, one, two, late]);
  assert.equal(timers.timeout(), 10, "their next intervals begin now");
});

test("an interval of 0 is due at every look, once", () => {
  const { timers, ran, note } = fixture();
  const id = timers.add(0, note);

  assert.equal(timers.execute(), 1);
  assert.equal(timers.execute(), 1);
  assert.deepEqual(ran, [id, id]);
});

test("handlers may cancel, put off and add timers, themselves too", () => {
  const { clock, timers, ran, note } = fixture();
  const first = timers.add(10, (id) => {
    note(id);
    timers.cancel(id);
    timers.cancel(second);
    timers.reset(third);
    timers.add(0, note);
  });
  const second = timers.add(20, note);
  const third = timers.add(20, note);

  clock.advance(20);
  assert.equal(timers.execute(), 1);
  assert.deepEqual(ran, [first]);
  assert.equal(timers.size, 2);
  assert.equal(timers.execute(), 1, "the new one, in the next round");
  clock.advance(20);
  timers.execute();
  assert.ok(ran.includes(third));
  assert.ok(!ran.includes(second));
});

test("what a handler throws comes out of execute; the others run in the next round, and it has its interval", () => {
  const { clock, timers, ran, note } = fixture();
  timers.add(10, () => {
    throw new Error("no");
  });
  const other = timers.add(10, note);

  clock.advance(10);
  assert.throws(() => timers.execute(), /no/);
  assert.equal(timers.execute(), 1);
  assert.deepEqual(ran, [other]);
  assert.equal(timers.timeout(), 10);
});

test("a fraction of a millisecond is waited for", () => {
  let now = 0.25;
  const timers = new Timers({ clock: { now: () => now } });
  timers.add(10, () => {});
  now = 9.5;

  assert.equal(timers.timeout(), 1, "not 0, which would be a loop that turns without waiting");
});

test("a loop of a poller and timers serves both", async (t) => {
  const [pull, push] = [open(t, Pull), open(t, Push)];
  await married(t, pull, push, "inproc");
  const poller = new Poller();
  poller.register(pull, POLLIN);
  const timers = new Timers();
  let ticks = 0;
  const id = timers.add(1, () => {
    if (++ticks < 3) return;
    timers.cancel(id);
    void push.send("after three");
  });

  let message: Buffer[] | undefined;
  while (message === undefined) {
    const ready = await poller.poll(timers.timeout());
    timers.execute();
    if (ready.length > 0) message = pull.tryReceive();
  }

  assert.equal(String(message), "after three");
  assert.equal(ticks, 3);
});
