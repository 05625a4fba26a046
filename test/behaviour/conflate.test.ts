/** ZMQ_CONFLATE: only the newest message is kept. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Dealer, Publisher, Pull, Push, Subscriber } from "zmq-ts";
import {
  endpointToCome,
  IO_THREADS,
  log,
  married,
  open,
  receiveTexts,
  soon,
  subscribed,
  TRANSPORTS,
  text,
  turns,
} from "../support/sockets.ts";

for (const transport of TRANSPORTS) {
  test(`[test_conflate] PULL with conflate keeps the newest of many over ${transport}`, async (t) => {
    const pull = open(t, Pull, { conflate: true });
    const push = open(t, Push);
    await married(t, pull, push, transport);

    for (let i = 0; i < 20; i++) await push.send(String(i));

    // All came in one piece, so the first that is seen is the last that was sent; at worst a few come before it.
    const seen: string[] = [];
    while (seen.at(-1) !== "19") seen.push(text(await soon(pull.receive()))[0]!);
    await turns(3);
    assert.ok(seen.length < 20, `${seen.length} were kept`);
    assert.equal(pull.tryReceive(), undefined);
  });

  // As libzmq's program, which waits a while: here until all has been read, which the end of the connection tells of.
  if (transport === "inproc" || IO_THREADS === 0) {
    test(`[test_conflate] of 20 messages PULL with conflate has the last and no other over ${transport}`, async (t) => {
      const pull = open(t, Pull, { conflate: true });
      const push = open(t, Push);
      await married(t, pull, push, transport, { mayLose: true });
      const gone = transport === "inproc" ? undefined : log(pull).next("disconnect");

      for (let i = 0; i < 20; i++) await push.send(String(i));
      push.close();
      await gone;

      assert.deepEqual(await receiveTexts(pull, 1), ["19"]);
      assert.equal(pull.tryReceive(), undefined);
    });
  }

  test(`PUSH with conflate keeps the newest while nobody is there over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const push = open(t, Push, { conflate: true, sendHighWaterMark: 2, reconnectInterval: 5 });
    push.connect(endpoint);
    for (let i = 0; i < 20; i++) await soon(push.send(String(i)));

    const pull = open(t, Pull);
    await pull.bind(endpoint);

    assert.deepEqual(await receiveTexts(pull, 1), ["19"]);
    assert.equal(pull.tryReceive(), undefined);
  });

  test(`DEALER with conflate keeps the newest of what it receives over ${transport}`, async (t) => {
    const dealer = open(t, Dealer, { conflate: true });
    const peer = open(t, Dealer);
    await married(t, dealer, peer, transport);

    for (let i = 0; i < 20; i++) await peer.send(String(i));

    let last = "";
    while (last !== "19") [last] = (await receiveTexts(dealer, 1)) as [string];
    assert.equal(dealer.readable, false);
  });
}

for (const transport of TRANSPORTS) {
  test(`[test_conflate] SUB with conflate keeps the newest over ${transport}`, async (t) => {
    const publisher = open(t, Publisher);
    const subscriber = open(t, Subscriber, { conflate: true });
    await married(t, publisher, subscriber, transport);
    subscriber.subscribe("");
    await subscribed(publisher, subscriber);

    for (let i = 0; i < 20; i++) await publisher.send(String(i));

    let last = "";
    while (last !== "19") [last] = (await receiveTexts(subscriber, 1)) as [string];
    assert.equal(subscriber.readable, false);
  });
}
