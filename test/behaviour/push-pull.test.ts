/** PUSH and PULL: 30/PIPELINE. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Pull, Push } from "zmq-ts";
import {
  anyEndpoint,
  assertInTurn,
  connected,
  countTo,
  fill,
  log,
  married,
  open,
  receiveTexts,
  STREAM_TRANSPORTS,
  soon,
  staysPending,
  TRANSPORTS,
  text,
  until,
} from "../support/sockets.ts";

for (const transport of TRANSPORTS) {
  test(`[test_spec_pushpull] PUSH gives its messages to three PULLs in turn over ${transport}`, async (t) => {
    const push = open(t, Push);
    const pulls = [open(t, Pull), open(t, Pull), open(t, Pull)];
    await married(t, push, pulls, transport);

    for (let i = 0; i < 9; i++) await push.send(String(i));

    const shares = await Promise.all(pulls.map((pull) => receiveTexts(pull, 3)));
    for (const share of shares) {
      const numbers = share.map(Number);
      assert.deepEqual(numbers, [numbers[0]!, numbers[0]! + 3, numbers[0]! + 6]);
    }
    assert.deepEqual(shares.flat().sort(), ["0", "1", "2", "3", "4", "5", "6", "7", "8"]);
  });

  test(`PUSH that connects to three PULLs shares alike over ${transport}`, async (t) => {
    const push = open(t, Push);
    const pulls = [open(t, Pull), open(t, Pull), open(t, Pull)];
    for (const pull of pulls) await married(t, pull, push, transport);

    for (let i = 0; i < 6; i++) await push.send(String(i));

    for (const pull of pulls) assert.equal((await receiveTexts(pull, 2)).length, 2);
  });

  test(`[test_spec_pushpull] PUSH waits while it has no peer over ${transport}`, async (t) => {
    const push = open(t, Push);
    await push.bind(anyEndpoint(transport));
    const first = push.send("first");
    const second = push.send("second");
    await staysPending(first);
    assert.equal(push.writable, false);
    assert.equal(push.waitingSends, 2);

    const pull = open(t, Pull);
    pull.connect(push.lastEndpoint!);

    await soon(Promise.all([first, second]));
    assert.deepEqual(await receiveTexts(pull, 2), ["first", "second"]);
    assert.equal(push.writable, true);
    assert.equal(push.waitingSends, 0);
  });

  test(`PUSH moves on from a PULL that went away over ${transport}`, async (t) => {
    const push = open(t, Push);
    const [staying, leaving] = [open(t, Pull), open(t, Pull)];
    await married(t, push, [staying, leaving], transport, { mayLose: true });

    const gone = transport === "inproc" ? undefined : log(push).next("disconnect");
    leaving.close();
    await gone;
    for (let i = 0; i < 4; i++) await push.send(String(i));

    assert.deepEqual(await receiveTexts(staying, 4), ["0", "1", "2", "3"]);
  });

  test(`[test_msg_flags] messages of many parts arrive whole over ${transport}`, async (t) => {
    const push = open(t, Push);
    const pull = open(t, Pull);
    await married(t, pull, push, transport);
    const parts = ["", "a", "b".repeat(255), "c".repeat(256), "d".repeat(100_000), ""];

    await push.send(parts);
    await push.send("after");

    assert.deepEqual(text(await soon(pull.receive())), parts);
    assert.deepEqual(text(await soon(pull.receive())), ["after"]);
  });

  test(`[test_spec_pushpull] PULL takes one message of each peer in turn over ${transport}`, async (t) => {
    const pull = open(t, Pull);
    const pushes = { a: open(t, Push), b: open(t, Push), c: open(t, Push) };
    await married(t, pull, Object.values(pushes), transport);
    for (const [name, push] of Object.entries(pushes))
      for (let i = 0; i < 50; i++) await push.send([name, String(i)]);
    await until(() => pull.stats().receiveQueue === 150, "all messages have arrived");

    const messages = await receiveTexts(pull, 150);

    assertInTurn(messages, ["a|", "b|", "c|"]);
  });

  test(`a PUSH that floods does not keep another from being heard over ${transport}`, async (t) => {
    const pull = open(t, Pull);
    const flood = open(t, Push, { sendHighWaterMark: 0 });
    const quiet = open(t, Push);
    await married(t, pull, [flood, quiet], transport);
    for (let i = 0; i < 5000; i++) assert.equal(flood.trySend("flood"), true);
    await quiet.send("quiet");
    await until(
      () => pull.stats().connections.every(({ receiveQueue }) => receiveQueue > 0),
      "both have messages here",
    );

    const firstTwo = await receiveTexts(pull, 2);

    assert.ok(firstTwo.includes("quiet"), `${firstTwo} came first`);
  });
}

test("PUSH waits while every PULL is at its high-water mark and goes on when one reads", async (t) => {
  const push = open(t, Push, { sendHighWaterMark: 1 });
  const pull = open(t, Pull, { receiveHighWaterMark: 1 });
  await married(t, pull, push, "inproc");
  await push.send("1");
  await push.send("2");
  assert.equal(push.writable, false);
  const third = push.send("3");
  await staysPending(third);

  assert.deepEqual(await receiveTexts(pull, 1), ["1"]);

  await soon(third);
  assert.deepEqual(await receiveTexts(pull, 2), ["2", "3"]);
});

for (const transport of STREAM_TRANSPORTS) {
  test(`PUSH waits while its PULL reads nothing over ${transport}, and loses nothing`, async (t) => {
    const push = open(t, Push, { sendHighWaterMark: 1 });
    const pull = open(t, Pull, { receiveHighWaterMark: 1 });
    await married(t, pull, push, transport);

    const sent = await fill(push, Buffer.alloc(1 << 17));
    assert.equal(push.writable, false);
    const end = push.send("end");
    await staysPending(end);

    assert.equal(await countTo("end", pull), sent);
    await soon(end);
  });
}

test("a second connect of PUSH to the same endpoint is a second connection", async (t) => {
  const pull = open(t, Pull);
  const push = open(t, Push);
  const endpoint = await married(t, pull, push, "tcp");

  await connected(pull, push, endpoint);

  assert.equal(log(pull).count("handshake"), 2);
});
