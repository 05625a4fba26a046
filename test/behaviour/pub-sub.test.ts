/** PUB and SUB: 29/PUBSUB. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Publisher, Subscriber, XPublisher } from "zmq-ts";
import {
  anyEndpoint,
  endpointToCome,
  fill,
  log,
  married,
  open,
  receiveTexts,
  STREAM_TRANSPORTS,
  soon,
  staysPending,
  subscribed,
  TRANSPORTS,
} from "../support/sockets.ts";

for (const transport of TRANSPORTS) {
  test(`[test_ws_transport] SUB gets what begins with one of its prefixes over ${transport}`, async (t) => {
    const publisher = open(t, Publisher);
    const subscriber = open(t, Subscriber);
    const everything = open(t, Subscriber);
    await married(t, publisher, [subscriber, everything], transport);
    subscriber.subscribe("a", "bc");
    everything.subscribe();
    await subscribed(publisher, subscriber, everything);

    const sent = ["a", "ab", "b", "bc", "bcd", "", "cb", "A", "end", "a end"];
    for (const topic of sent) await publisher.send([topic, "body"]);

    assert.deepEqual(
      await receiveTexts(subscriber, 5),
      ["a", "ab", "bc", "bcd", "a end"].map((topic) => `${topic}|body`),
    );
    assert.deepEqual(
      await receiveTexts(everything, sent.length),
      sent.map((topic) => `${topic}|body`),
    );
  });

  test(`a message that matches two prefixes arrives once over ${transport}`, async (t) => {
    const publisher = open(t, Publisher);
    const subscriber = open(t, Subscriber);
    await married(t, publisher, subscriber, transport);
    subscriber.subscribe("a", "ab", "abc", "");
    await subscribed(publisher, subscriber);

    await publisher.send("abcd");
    await publisher.send("last");

    assert.deepEqual(await receiveTexts(subscriber, 2), ["abcd", "last"]);
  });

  test(`a prefix subscribed to twice must be unsubscribed twice over ${transport}`, async (t) => {
    const publisher = open(t, Publisher);
    const subscriber = open(t, Subscriber);
    await married(t, publisher, subscriber, transport);
    subscriber.subscribe("x", "x", "stay");
    subscriber.unsubscribe("x", "never subscribed to");
    await subscribed(publisher, subscriber);
    await publisher.send("x1");
    assert.deepEqual(await receiveTexts(subscriber, 1), ["x1"]);

    subscriber.unsubscribe("x");
    await subscribed(publisher, subscriber);
    await publisher.send("x2");
    await publisher.send("stay");

    assert.deepEqual(await receiveTexts(subscriber, 1), ["stay"]);
  });

  test(`[test_inproc_connect] subscriptions made before the connection count over ${transport}`, async (t) => {
    const publisher = open(t, Publisher);
    const subscriber = open(t, Subscriber);
    subscriber.subscribe("early");
    await married(t, publisher, subscriber, transport);
    await subscribed(publisher, subscriber);

    await publisher.send("late");
    await publisher.send("early");

    assert.deepEqual(await receiveTexts(subscriber, 1), ["early"]);
  });

  test(`PUB that connects serves SUBs that bind over ${transport}`, async (t) => {
    const publisher = open(t, Publisher);
    const subscribers = [open(t, Subscriber), open(t, Subscriber)];
    for (const subscriber of subscribers) {
      subscriber.subscribe("");
      await married(t, subscriber, publisher, transport);
    }
    await subscribed(publisher, ...subscribers);

    await publisher.send("to both");

    for (const subscriber of subscribers) assert.deepEqual(await receiveTexts(subscriber, 1), ["to both"]);
  });

  test(`[test_hwm_pubsub] PUB drops for a SUB at its high-water mark and goes on with the others over ${transport}`, async (t) => {
    const publisher = open(t, Publisher, { sendHighWaterMark: 10 });
    const slow = open(t, Subscriber, { receiveHighWaterMark: 10 });
    const quick = open(t, Subscriber, { receiveHighWaterMark: 0 });
    await married(t, publisher, [slow, quick], transport);
    slow.subscribe("");
    quick.subscribe("");
    await subscribed(publisher, slow, quick);
    const body = Buffer.alloc(64 * 1024);

    let received = 0;
    for (let i = 0; i < 500; i++) {
      await publisher.send(body);
      await soon(quick.receive());
      received++;
    }

    assert.equal(received, 500);
    let slowly = 0;
    while (slow.tryReceive() !== undefined) slowly++;
    assert.ok(slowly > 0 && slowly < 500, `the slow one had ${slowly}`);
  });

  test(`[test_xpub_nodrop] PUB with noDrop waits for the slowest instead over ${transport}`, async (t) => {
    const publisher = open(t, Publisher, { sendHighWaterMark: 5, noDrop: true });
    const slow = open(t, Subscriber, { receiveHighWaterMark: 5 });
    await married(t, publisher, slow, transport);
    slow.subscribe("");
    await subscribed(publisher, slow);
    const body = Buffer.alloc(256 * 1024);
    const sent = await fill(publisher, body);
    const waiting = publisher.send("the one that waits");
    await staysPending(waiting);

    for (let i = 0; i < sent; i++) assert.equal((await soon(slow.receive()))[0]!.length, body.length);

    await soon(waiting);
    assert.deepEqual(await receiveTexts(slow, 1), ["the one that waits"]);
  });

  test(`[test_pub_invert_matching] invertMatching delivers what matches no prefix over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher, { invertMatching: true });
    const subscriber = open(t, Subscriber, { invertMatching: true });
    await married(t, publisher, subscriber, transport);
    subscriber.subscribe("not this");
    await soon(publisher.receive());

    await publisher.send("not this one");
    await publisher.send("this");

    assert.deepEqual(await receiveTexts(subscriber, 1), ["this"]);
  });

  test(`[test_xpub_topic] long topics are subscribed to and cancelled over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher);
    const subscriber = open(t, Subscriber);
    await married(t, publisher, subscriber, transport);

    for (const length of [1, 245, 246, 254, 255, 256, 8200]) {
      const topic = Buffer.alloc(length, "t");
      subscriber.subscribe(topic);
      const asked = (await soon(publisher.receive()))[0]!;
      subscriber.unsubscribe(topic);
      const cancelled = (await soon(publisher.receive()))[0]!;

      assert.deepEqual(asked, Buffer.concat([Buffer.of(1), topic]));
      assert.deepEqual(cancelled, Buffer.concat([Buffer.of(0), topic]));
    }
  });
}

for (const transport of STREAM_TRANSPORTS) {
  test(`SUB that comes back has its subscriptions again over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const subscriber = open(t, Subscriber, { reconnectInterval: 5 });
    subscriber.subscribe("keep", "drop");
    const first = open(t, Publisher);
    await first.bind(endpoint);
    subscriber.connect(endpoint);
    await subscribed(first, subscriber);
    subscriber.unsubscribe("drop");
    first.close();
    await log(subscriber).next("disconnect");

    const second = open(t, Publisher);
    await second.bind(endpoint);
    await subscribed(second, subscriber);
    await second.send("drop");
    await second.send("keep");

    assert.deepEqual(await receiveTexts(subscriber, 1), ["keep"]);
  });
}

for (const transport of TRANSPORTS) {
  test(`binary prefixes match by their bytes over ${transport}`, async (t) => {
    const publisher = open(t, Publisher);
    const subscriber = open(t, Subscriber);
    await married(t, publisher, subscriber, transport);
    subscriber.subscribe(Buffer.of(0, 255, 128));
    await subscribed(publisher, subscriber);

    await publisher.send(Buffer.of(0, 255, 129));
    await publisher.send(Buffer.of(0, 255, 128, 1));

    assert.deepEqual(await soon(subscriber.receive()), [Buffer.of(0, 255, 128, 1)]);
  });
}

test("PUB without subscribers takes and drops everything", async (t) => {
  const publisher = open(t, Publisher, { sendHighWaterMark: 1 });
  await publisher.bind(anyEndpoint("tcp"));

  for (let i = 0; i < 100; i++) assert.equal(publisher.trySend("nobody hears"), true);

  assert.equal(publisher.writable, true);
});

test("subscribe and unsubscribe check what they are given and whether the socket is open", (t) => {
  const subscriber = open(t, Subscriber);

  assert.throws(() => subscriber.subscribe(5 as unknown as string), TypeError);
  subscriber.unsubscribe("unknown");
  subscriber.close();
  assert.throws(() => subscriber.subscribe("x"), { code: "ENOTSOCK" });
  assert.throws(() => subscriber.unsubscribe("x"), { code: "ENOTSOCK" });
});
