import assert from "node:assert/strict";
import { test } from "node:test";
import { ascii, turn } from "../../support/bytes.ts";
import { Bench, command, GREETING_20 } from "../../support/engine.ts";

const PING_0 = command("PING", "0000");
const BEATS = { heartbeatIntervalMs: 1000, heartbeatTimeoutMs: 400, heartbeatTtlMs: 0 };

test("a PING goes out at every interval, counted from the handshake on", async () => {
  const bench = new Bench({ ...BEATS, heartbeatTimeoutMs: 0 });
  bench.clock.advance(5000);
  bench.shakeHands();

  bench.clock.advance(999);
  await turn();
  assert.equal(bench.stream.takeHex(), "");
  bench.clock.advance(1);
  await turn();
  assert.equal(bench.stream.takeHex(), PING_0);
  bench.clock.advance(3000);
  await turn();
  assert.equal(bench.stream.takeHex(), PING_0.repeat(3));
});

for (const [ttlMs, wire] of [
  [0, "0000"],
  [2000, "0014"],
  [2050, "0014"],
  [6_553_599, "ffff"],
] as const) {
  test(`PING asks to be given up after ${ttlMs} ms, in tenths of a second`, async () => {
    const bench = new Bench({ ...BEATS, heartbeatTtlMs: ttlMs }).shakeHands();
    bench.clock.advance(1000);
    await turn();

    assert.equal(bench.stream.takeHex(), command("PING", wire));
  });
}

test("no PING goes out without an interval", async () => {
  const bench = new Bench().shakeHands();
  bench.clock.advance(1_000_000);
  await turn();

  assert.equal(bench.stream.takeHex(), "");
});

test("no PING goes to a peer older than ZMTP 3", async () => {
  const bench = new Bench(BEATS).push(GREETING_20, "0000");
  bench.stream.take();
  bench.clock.advance(10_000);
  await turn();

  assert.equal(bench.stream.takeHex(), "");
  assert.equal(bench.ending, "");
});

for (const [context, echoed] of [
  ["", ""],
  ["61", "61"],
  ["00112233445566778899aabbccddeeff", "00112233445566778899aabbccddeeff"],
  ["00112233445566778899aabbccddeeff00", "00112233445566778899aabbccddeeff"],
  ["ab".repeat(200), "ab".repeat(16)],
] as const) {
  test(`[test_heartbeats] a PING with ${context.length / 2} bytes of context is answered with ${echoed.length / 2} of them`, async () => {
    const bench = new Bench().shakeHands().push(command("PING", `0000${context}`));
    await turn();

    assert.equal(bench.stream.takeHex(), command("PONG", echoed));
    assert.deepEqual(bench.pipe.text, []);
  });
}

test("PING between the parts of a message is answered and does not touch the message", async () => {
  const bench = new Bench().shakeHands().push("010161", command("PING", "0000"), "000162");
  await turn();

  assert.equal(bench.stream.takeHex(), command("PONG"));
  assert.deepEqual(bench.pipe.text, ["61|62"]);
});

test("a peer that stays silent after a PING is given up when the timeout is over", () => {
  const bench = new Bench(BEATS).shakeHands();

  bench.clock.advance(1399);
  assert.equal(bench.ending, "");
  bench.clock.advance(1);

  assert.equal(bench.ending, "timeout ETIMEDOUT false");
  assert.equal(bench.stream.isDestroyed, true);
  assert.equal(bench.clock.pending, 0);
});

test("a timeout longer than the interval counts from the first unanswered PING", () => {
  const bench = new Bench({ ...BEATS, heartbeatTimeoutMs: 2500 }).shakeHands();

  bench.clock.advance(3499);
  assert.equal(bench.ending, "");
  bench.clock.advance(1);

  assert.equal(bench.ending, "timeout ETIMEDOUT false");
});

for (const [name, bytes] of [
  ["a PONG", command("PONG")],
  ["a PING", PING_0],
  ["a message", "000161"],
  ["a part of a message", "010161"],
  ["one byte of a frame", "00"],
  ["a subscription", command("SUBSCRIBE", ascii("x"))],
] as const) {
  test(`${name} counts as an answer to a PING`, () => {
    const bench = new Bench(BEATS).shakeHands();

    bench.clock.advance(1399);
    bench.push(bytes);
    bench.clock.advance(1000);

    assert.equal(bench.ending, "", "the next PING went out at 2000 and may be answered until 2400");
    bench.clock.advance(1);
    assert.equal(bench.ending, "timeout ETIMEDOUT false");
  });
}

test("one answer is enough for several PINGs", () => {
  const bench = new Bench({ ...BEATS, heartbeatTimeoutMs: 2500 }).shakeHands();

  bench.clock.advance(2900);
  bench.push(command("PONG"));
  bench.clock.advance(2500);

  assert.equal(bench.ending, "", "the PING of 3000 may be answered until 5500");
  bench.clock.advance(100);
  assert.equal(bench.ending, "timeout ETIMEDOUT false");
});

test("traffic calls off the time-to-live of several PINGs in one chunk", () => {
  const bench = new Bench().shakeHands().push(command("PING", "000a") + command("PING", "000a"));

  bench.push("000161");
  bench.clock.advance(100_000);

  assert.equal(bench.ending, "");
});

test("a peer that asked for a time-to-live is given up after that time of silence", () => {
  const bench = new Bench().shakeHands().push(command("PING", "000a"));

  bench.clock.advance(999);
  assert.equal(bench.ending, "");
  bench.clock.advance(1);

  assert.equal(bench.ending, "timeout ETIMEDOUT false");
});

test("a time-to-live beyond 65 seconds does not wrap, as it does in libzmq", () => {
  const bench = new Bench().shakeHands().push(command("PING", "ffff"));

  bench.clock.advance(6_553_499);
  assert.equal(bench.ending, "");
  bench.clock.advance(1);

  assert.equal(bench.ending, "timeout ETIMEDOUT false");
});

test("any traffic ends the time-to-live until the next PING asks again", () => {
  const bench = new Bench().shakeHands().push(command("PING", "000a"));
  bench.clock.advance(900);
  bench.push("000161");
  bench.clock.advance(100_000);
  assert.equal(bench.ending, "");

  bench.push(command("PING", "000a"));
  bench.clock.advance(1000);

  assert.equal(bench.ending, "timeout ETIMEDOUT false");
});

test("a time-to-live of zero asks for nothing", () => {
  const bench = new Bench().shakeHands().push(PING_0);

  assert.equal(bench.clock.pending, 0);
});

test("a time-to-live in the chunk that follows a longer one replaces it", () => {
  const bench = new Bench().shakeHands().push(command("PING", "0064"), command("PING", "000a"));
  bench.clock.advance(1000);

  assert.equal(bench.ending, "timeout ETIMEDOUT false");
});

test("while this side reads nothing, silence is no reason to give the peer up", () => {
  const bench = new Bench({ ...BEATS, heartbeatTimeoutMs: 400 }).shakeHands();
  bench.pipe.room = 1;
  bench.push(`${command("PING", "000a")}000161`, "000162");
  assert.equal(bench.stream.isPaused, true);

  bench.clock.advance(100_000);

  assert.equal(bench.ending, "");
});

test("a time-to-live found while catching up does not run while this side is full again", () => {
  const bench = new Bench().shakeHands();
  bench.pipe.room = 1;
  bench.push(`000161${command("PING", "000a")}000162000163`);
  assert.deepEqual(bench.pipe.text, ["61"]);

  bench.pipe.room = 1;
  bench.engine.writable();
  assert.deepEqual(bench.pipe.text, ["61", "62"]);
  bench.clock.advance(100_000);

  assert.equal(bench.ending, "");
});

test("once this side reads again, silence counts again", () => {
  const bench = new Bench(BEATS).shakeHands();
  bench.pipe.room = 1;
  bench.push("000161");
  bench.clock.advance(10_500);
  bench.pipe.room = 10;
  bench.engine.writable();

  bench.clock.advance(899);
  assert.equal(bench.ending, "");
  bench.clock.advance(1);

  assert.equal(bench.ending, "timeout ETIMEDOUT false");
});

test("a peer that answers is not given up while the last messages drain to it", () => {
  const bench = new Bench(BEATS).shakeHands();
  bench.stream.isFull = true;
  bench.send(Buffer.alloc(100_000));
  bench.engine.finish();

  for (let i = 0; i < 20; i++) {
    bench.clock.advance(500);
    bench.push(command("PONG"));
  }

  assert.equal(bench.ending, "");
  bench.stream.isFull = false;
  bench.engine.drained();
  assert.deepEqual(bench.endings, [{ kind: "finished", inHandshake: false }]);
});

test("a peer that sends PINGs and reads no answer costs a bounded amount of memory", async () => {
  const bench = new Bench().shakeHands();
  bench.stream.isFull = true;
  const chunk = command("PING", `0000${"ab".repeat(16)}`).repeat(2000);

  for (let i = 0; i < 100; i++) {
    bench.push(chunk);
    await turn();
  }
  bench.stream.isFull = false;
  bench.stream.take();
  bench.engine.drained();
  await turn();

  const answered = bench.stream.take().length;
  assert.ok(answered < 100_000, `200 000 PINGs left ${answered} bytes waiting`);
  assert.equal(bench.ending, "");
});

test("a thread that was busy looks once more before it gives its peer up", () => {
  const bench = new Bench(BEATS).shakeHands();
  bench.clock.advance(1000);

  bench.clock.stall(2000);
  assert.equal(bench.ending, "", "what came meanwhile has not been read");
  bench.push(command("PONG"));
  bench.clock.advance(399);
  assert.equal(bench.ending, "");

  bench.clock.stall(2000);
  bench.clock.advance(500);
  assert.match(bench.ending, /timeout/);
});
