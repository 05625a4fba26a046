import assert from "node:assert/strict";
import { test } from "node:test";
import { WaitingCalls } from "#src/core/waiting.js";
import { ZmqError } from "#src/util/errors.js";
import { FakeClock } from "../../support/clock.ts";

function makeCalls(): { clock: FakeClock; calls: WaitingCalls<string, number> } {
  const clock = new FakeClock();
  return { clock, calls: new WaitingCalls<string, number>(clock, () => new ZmqError("EAGAIN")) };
}

test("calls are served in the order they came", async () => {
  const { calls } = makeCalls();
  const first = calls.wait("a", -1, undefined);
  const second = calls.wait("b", -1, undefined);

  assert.equal(calls.peek()?.input, "a");
  calls.shift()?.resolve(1);
  assert.equal(calls.peek()?.input, "b");
  calls.shift()?.resolve(2);

  assert.deepEqual([await first, await second], [1, 2]);
  assert.equal(calls.isEmpty, true);
});

test("a call is given up when its time is over, and the others keep their turns", async () => {
  const { calls, clock } = makeCalls();
  const settled: string[] = [];
  const first = calls.wait("a", 100, undefined);
  const second = calls.wait("b", -1, undefined);
  first.catch((error: ZmqError) => settled.push(error.code));

  clock.advance(99);
  assert.equal(calls.length, 2);
  clock.advance(1);
  await assert.rejects(first, { code: "EAGAIN" });

  assert.deepEqual(settled, ["EAGAIN"]);
  assert.equal(calls.length, 1);
  calls.shift()?.resolve(2);
  assert.equal(await second, 2);
});

test("a call that is served leaves no timer behind", async () => {
  const { calls, clock } = makeCalls();
  const call = calls.wait("a", 100, undefined);

  calls.shift()?.resolve(1);

  assert.equal(await call, 1);
  assert.equal(clock.pending, 0);
});

test("a timeout of 0 rejects at once and never waits", async () => {
  const { calls } = makeCalls();

  await assert.rejects(calls.wait("a", 0, undefined), { code: "EAGAIN" });

  assert.equal(calls.isEmpty, true);
});

test("a signal gives the call up with its reason", async () => {
  const { calls, clock } = makeCalls();
  const controller = new AbortController();
  const reason = new Error("enough");
  const call = calls.wait("a", 100, { signal: controller.signal });

  controller.abort(reason);

  await assert.rejects(call, reason);
  assert.equal(calls.isEmpty, true);
  assert.equal(clock.pending, 0);
});

test("a signal that was aborted before rejects at once", async () => {
  const { calls } = makeCalls();

  await assert.rejects(calls.wait("a", -1, { signal: AbortSignal.abort(new Error("early")) }), /early/);

  assert.equal(calls.isEmpty, true);
});

test("a signal aborted after the call was served changes nothing", async () => {
  const { calls } = makeCalls();
  const controller = new AbortController();
  const call = calls.wait("a", -1, { signal: controller.signal });
  const next = calls.wait("b", -1, undefined);
  calls.shift()?.resolve(1);

  controller.abort();

  assert.equal(await call, 1);
  assert.equal(calls.length, 1);
  calls.shift()?.resolve(2);
  assert.equal(await next, 2);
});

test("all calls can be ended together, each with an error of its own", async () => {
  const { calls, clock } = makeCalls();
  const all = [calls.wait("a", 100, undefined), calls.wait("b", -1, undefined)];

  calls.rejectAll(() => new ZmqError("ETERM"));

  const ends = (await Promise.allSettled(all)).map((end) => end.status === "rejected" && end.reason);
  assert.deepEqual(
    ends.map((error: ZmqError) => error.code),
    ["ETERM", "ETERM"],
  );
  assert.notEqual(ends[0], ends[1]);
  assert.equal(clock.pending, 0);
});
