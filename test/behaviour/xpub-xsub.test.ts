/** XPUB and XSUB: 29/PUBSUB; libzmq's XPUB options. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Publisher, Subscriber, XPublisher, XSubscriber } from "zmq-ts";
import {
  connected,
  countTo,
  fill,
  married,
  open,
  receiveTexts,
  STREAM_TRANSPORTS,
  soon,
  staysPending,
  subscribed,
  TRANSPORTS,
  turns,
} from "../support/sockets.ts";

for (const transport of TRANSPORTS) {
  test(`XPUB shows the first subscription to a topic and the last cancellation over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher);
    const [one, two] = [open(t, Subscriber), open(t, Subscriber)];
    await married(t, publisher, [one, two], transport);

    one.subscribe("a");
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x01a"]);
    two.subscribe("a", "b");
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x01b"]);
    one.unsubscribe("a");
    one.subscribe("c");
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x01c"]);
    two.unsubscribe("a");
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x00a"]);
  });

  test(`[test_xpub_verbose] XPUB with verbosity allSubs shows every subscription over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher, { verbosity: "allSubs" });
    const [one, two] = [open(t, Subscriber), open(t, Subscriber)];
    await married(t, publisher, [one, two], transport);

    one.subscribe("a");
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x01a"]);
    two.subscribe("a");
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x01a"]);
    one.unsubscribe("a");
    one.subscribe("mark");
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x01mark"]);
    two.unsubscribe("a");
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x00a"]);
  });

  test(`[test_xpub_verbose] XPUB with verbosity allSubsUnsubs shows every cancellation as well over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher, { verbosity: "allSubsUnsubs" });
    const [one, two] = [open(t, Subscriber), open(t, Subscriber)];
    await married(t, publisher, [one, two], transport);

    one.subscribe("a");
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x01a"]);
    two.subscribe("a");
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x01a"]);
    one.unsubscribe("a");
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x00a"]);
    two.unsubscribe("a");
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x00a"]);
  });

  test(`XPUB cancels what a subscriber that goes away alone had over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher);
    const [staying, leaving] = [open(t, Subscriber), open(t, Subscriber)];
    await married(t, publisher, [staying, leaving], transport, { mayLose: true });
    staying.subscribe("both");
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x01both"]);
    leaving.subscribe("both", "alone", "alone too");
    assert.deepEqual(await receiveTexts(publisher, 2), ["\x01alone", "\x01alone too"]);

    leaving.close();

    assert.deepEqual((await receiveTexts(publisher, 2)).sort(), ["\x00alone", "\x00alone too"]);
    staying.unsubscribe("both");
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x00both"]);
  });

  test(`[ZMQ_XPUB_MANUAL] [test_xpub_manual] XPUB with manual lets its program decide who gets what over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher, { manual: true });
    const subscriber = open(t, XSubscriber);
    await married(t, publisher, subscriber, transport, { mayLose: true });
    await subscriber.send("\x01A");
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x01A"]);
    publisher.subscribe("B");

    await publisher.send("A");
    await publisher.send("B");

    assert.deepEqual(await receiveTexts(subscriber, 1), ["B"]);

    await subscriber.send("\x00A");
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x00A"]);
    publisher.unsubscribe("B");
    publisher.subscribe("C");
    await publisher.send("B");
    await publisher.send("C");
    assert.deepEqual(await receiveTexts(subscriber, 1), ["C"]);
  });

  test(`[ZMQ_XPUB_MANUAL] XPUB with manual gives what it decides to the asker alone over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher, { manual: true });
    const [one, two] = [open(t, XSubscriber), open(t, XSubscriber)];
    await married(t, publisher, [one, two], transport);
    await one.send("\x01for one");
    await soon(publisher.receive());
    publisher.subscribe("1");
    await two.send("\x01for two");
    await soon(publisher.receive());
    publisher.subscribe("2");

    await publisher.send("1");
    await publisher.send("2");

    assert.deepEqual(await receiveTexts(one, 1), ["1"]);
    assert.deepEqual(await receiveTexts(two, 1), ["2"]);
  });

  test(`[test_xpub_manual] XPUB with manual shows what a lost peer had asked for as cancelled over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher, { manual: true });
    const subscriber = open(t, XSubscriber);
    await married(t, publisher, subscriber, transport, { mayLose: true });
    await subscriber.send("\x01A");
    await soon(publisher.receive());
    publisher.subscribe("B");

    subscriber.close();

    assert.deepEqual(await receiveTexts(publisher, 1), ["\x00A"]);
  });

  test(`[ZMQ_XPUB_WELCOME_MSG] [test_xpub_welcome_msg] XPUB sends its welcome to each new subscriber that wants it over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher, { welcomeMessage: "W" });
    const subscriber = open(t, Subscriber);
    subscriber.subscribe("W");
    await married(t, publisher, subscriber, transport);

    assert.deepEqual(await receiveTexts(publisher, 1), ["\x01W"]);
    assert.deepEqual(await receiveTexts(subscriber, 1), ["W"]);

    const uninterested = open(t, Subscriber);
    uninterested.subscribe("other");
    await connected(publisher, uninterested, publisher.lastEndpoint!);
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x01other"]);
    await publisher.send("other");
    assert.deepEqual(await receiveTexts(uninterested, 1), ["other"]);
  });

  test(`XPUB receives what XSUB sends upstream over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher);
    const subscriber = open(t, XSubscriber);
    await married(t, publisher, subscriber, transport);

    await subscriber.send("\x02hello");
    await subscriber.send(["many", "parts"]);
    await subscriber.send("");

    assert.deepEqual(await receiveTexts(publisher, 3), ["\x02hello", "many|parts", ""]);
  });

  test(`XSUB subscribes by message and receives from all its publishers over ${transport}`, async (t) => {
    const subscriber = open(t, XSubscriber);
    const publishers = [open(t, XPublisher), open(t, XPublisher)];
    for (const publisher of publishers) await married(t, publisher, subscriber, transport);
    await subscriber.send("\x01a");
    for (const publisher of publishers) assert.deepEqual(await receiveTexts(publisher, 1), ["\x01a"]);

    for (const [i, publisher] of publishers.entries()) await publisher.send(`a${i}`);
    assert.deepEqual((await receiveTexts(subscriber, 2)).sort(), ["a0", "a1"]);

    await subscriber.send("\x00a");
    for (const publisher of publishers) assert.deepEqual(await receiveTexts(publisher, 1), ["\x00a"]);
    for (const publisher of publishers) await publisher.send("a");
    const more = subscriber.receive();
    await staysPending(more);
    await subscriber.send("\x01b");
    for (const publisher of publishers) await soon(publisher.receive());
    await publishers[0]!.send("b");
    assert.deepEqual(await soon(more), [Buffer.from("b")]);
  });

  test(`XSUB forwards every subscription and the last cancellation only over ${transport}`, async (t) => {
    const subscriber = open(t, XSubscriber);
    const publisher = open(t, XPublisher, { verbosity: "allSubsUnsubs" });
    await married(t, publisher, subscriber, transport);

    for (const request of ["\x01a", "\x01a", "\x00a", "\x00a", "\x01mark"]) await subscriber.send(request);

    assert.deepEqual(await receiveTexts(publisher, 4), ["\x01a", "\x01a", "\x00a", "\x01mark"]);
  });

  test(`[test_sub_forward] a forwarder of XPUB and XSUB passes subscriptions up and messages down over ${transport}`, async (t) => {
    const publisher = open(t, Publisher);
    const upper = open(t, XSubscriber);
    await married(t, publisher, upper, transport);
    const lower = open(t, XPublisher);
    const subscriber = open(t, Subscriber);
    await married(t, lower, subscriber, transport);
    subscriber.subscribe("news");
    const up = soon(lower.receive()).then((request) => upper.send(request));
    await up;

    let down: Promise<Buffer[]> | undefined = upper.receive();
    const passed = soon(down).then((message) => lower.send(message));
    for (down = undefined; down === undefined; ) {
      await publisher.send(["news", "today"]);
      await turns();
      down = subscriber.readable ? subscriber.receive() : undefined;
    }
    await passed;

    assert.deepEqual(await soon(down), [Buffer.from("news"), Buffer.from("today")]);
  });
}

test("subscribe of an XPUB without manual is an error that says so", (t) => {
  const publisher = open(t, XPublisher);

  assert.throws(() => publisher.subscribe("a"), { code: "EINVAL", message: /manual/ });
});

test("[test_xpub_nodrop] XPUB with noDrop refuses a message for one full subscriber whole", async (t) => {
  const publisher = open(t, XPublisher, { noDrop: true, sendHighWaterMark: 1 });
  const [slow, quick] = [
    open(t, Subscriber, { receiveHighWaterMark: 1 }),
    open(t, Subscriber, { receiveHighWaterMark: 0 }),
  ];
  await married(t, publisher, [slow, quick], "inproc");
  slow.subscribe("");
  quick.subscribe("");
  await subscribed(publisher, slow, quick);
  let sent = 0;
  while (publisher.trySend("x")) sent++;

  assert.equal(sent, 2);
  let count = 0;
  while (quick.tryReceive() !== undefined) count++;
  assert.equal(count, 2);
});

for (const transport of STREAM_TRANSPORTS) {
  test(`[test_xpub_nodrop] XPUB with noDrop gives no subscriber what another has no room for over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher, { noDrop: true, sendHighWaterMark: 1 });
    const [slow, quick] = [
      open(t, Subscriber, { receiveHighWaterMark: 1 }),
      open(t, Subscriber, { receiveHighWaterMark: 0 }),
    ];
    await married(t, publisher, [slow, quick], transport);
    slow.subscribe("");
    quick.subscribe("");
    await soon(publisher.subscribers(2));

    const sent = await fill(publisher, Buffer.alloc(1 << 17));
    const end = publisher.send("end");
    await staysPending(end);

    assert.equal(await countTo("end", slow), sent);
    await soon(end);
    assert.equal(await countTo("end", quick), sent);
  });
}
