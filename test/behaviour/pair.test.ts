/** PAIR: 31/EXPAIR. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Pair } from "zmq-ts";
import {
  anyEndpoint,
  log,
  married,
  open,
  receiveTexts,
  soon,
  staysPending,
  TRANSPORTS,
  turns,
} from "../support/sockets.ts";

for (const transport of TRANSPORTS) {
  test(`[test_pair_inproc] [test_pair_ipc] [test_pair_tcp] PAIR talks both ways over ${transport}`, async (t) => {
    const one = open(t, Pair);
    const other = open(t, Pair);
    await married(t, one, other, transport);

    for (let i = 0; i < 5; i++) await one.send(["to other", String(i)]);
    for (let i = 0; i < 5; i++) await other.send(["to one", String(i)]);

    assert.deepEqual((await receiveTexts(one, 5))[4], "to one|4");
    assert.deepEqual((await receiveTexts(other, 5))[4], "to other|4");
  });

  test(`PAIR turns a second peer away over ${transport}`, async (t) => {
    const one = open(t, Pair);
    const first = open(t, Pair);
    const second = open(t, Pair, { reconnectInterval: -1 });
    const endpoint = await married(t, one, first, transport, { mayLose: true });
    const gone = transport === "inproc" ? undefined : log(second).next("disconnect");

    second.connect(endpoint);
    await gone;
    await one.send("for the first");
    await first.send("from the first");

    assert.deepEqual(await receiveTexts(first, 1), ["for the first"]);
    assert.deepEqual(await receiveTexts(one, 1), ["from the first"]);
    const nothing = second.receive();
    await staysPending(nothing);
    second.close();
    await assert.rejects(nothing, { code: "EAGAIN" });
    await one.send("still here");
    assert.deepEqual(await receiveTexts(first, 1), ["still here"]);
  });

  test(`PAIR takes a new peer when the old one has gone over ${transport}`, async (t) => {
    const one = open(t, Pair);
    const first = open(t, Pair);
    const endpoint = await married(t, one, first, transport, { mayLose: true });
    const gone = transport === "inproc" ? undefined : log(one).next("disconnect");
    first.close();
    await gone;

    const second = open(t, Pair);
    second.connect(endpoint);
    await second.send("new");

    assert.deepEqual(await receiveTexts(one, 1), ["new"]);
    await one.send("welcome");
    assert.deepEqual(await receiveTexts(second, 1), ["welcome"]);
  });

  test(`PAIR waits while it has no peer over ${transport}`, async (t) => {
    const one = open(t, Pair);
    await one.bind(anyEndpoint(transport));
    const waiting = one.send("waits");
    await staysPending(waiting);

    const other = open(t, Pair);
    other.connect(one.lastEndpoint!);

    await soon(waiting);
    assert.deepEqual(await receiveTexts(other, 1), ["waits"]);
  });
}

test("PAIR that has connected connects to nobody else", async (t) => {
  // The endpoint was dropped at once, but dialled all the same, and nothing could end that connection any more.
  const one = open(t, Pair);
  const other = open(t, Pair);
  const stranger = open(t, Pair);
  await stranger.bind("tcp://127.0.0.1:*");
  await married(t, one, other, "tcp");

  other.connect(stranger.lastEndpoint!);
  await turns(20);

  assert.equal(log(stranger).count("accept"), 0);
  assert.equal(log(other).count("connect"), 1);
});
