/** XPUB, XSUB, PUB and SUB: verbosity, manual subscriptions, last value, welcome, matching. libzmq's programs in brackets. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, Publisher, Subscriber, XPublisher, XSubscriber } from "zmq-ts";
import { message, RawPeer } from "../support/raw-peer.ts";
import {
  connected,
  log,
  married,
  open,
  receiveTexts,
  soon,
  staysPending,
  subscribed,
  TRANSPORTS,
  text,
  until,
} from "../support/sockets.ts";

/** Nothing but the mark is left: what would have come before it did not. */
async function nothingBefore(publisher: XPublisher, subscriber: Subscriber): Promise<void> {
  subscriber.subscribe("mark");
  assert.deepEqual(await receiveTexts(publisher, 1), ["\x01mark"]);
  subscriber.unsubscribe("mark");
  assert.deepEqual(await receiveTexts(publisher, 1), ["\x00mark"]);
}

for (const transport of TRANSPORTS) {
  test(`[test_xpub_verbose] repeated subscriptions of one SUB are shown with allSubs over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher);
    const subscriber = open(t, Subscriber);
    await married(t, publisher, subscriber, transport);
    subscriber.subscribe("A", "B", "A");
    assert.deepEqual(await receiveTexts(publisher, 2), ["\x01A", "\x01B"]);
    await nothingBefore(publisher, subscriber);

    publisher.verbosity = "allSubs";
    subscriber.subscribe("A");

    assert.deepEqual(await receiveTexts(publisher, 1), ["\x01A"]);
    for (const topic of ["A", "B"]) await publisher.send(topic);
    assert.deepEqual(await receiveTexts(subscriber, 2), ["A", "B"]);
  });

  test(`[test_xpub_verbose] a SUB keeps superfluous cancellations to itself, whatever the verbosity, over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher);
    const subscriber = open(t, Subscriber);
    await married(t, publisher, subscriber, transport);

    for (const verbosity of [null, "allSubsUnsubs"] as const) {
      publisher.verbosity = verbosity;
      subscriber.unsubscribe("A");
      subscriber.subscribe("A", "A");
      subscriber.unsubscribe("A", "A", "A");
      const shown = verbosity === null ? ["\x01A", "\x00A"] : ["\x01A", "\x01A", "\x00A"];
      assert.deepEqual(await receiveTexts(publisher, shown.length), shown);
      await nothingBefore(publisher, subscriber);
    }
  });

  test(`[test_xpub_verbose] of two SUBs each request is shown with allSubsUnsubs over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher);
    const [one, two] = [open(t, Subscriber), open(t, Subscriber)];
    await married(t, publisher, [one, two], transport);
    one.subscribe("A");
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x01A"]);
    two.subscribe("A");
    await nothingBefore(publisher, two);
    one.unsubscribe("A");
    await nothingBefore(publisher, one);
    two.unsubscribe("A");
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x00A"]);

    publisher.verbosity = "allSubsUnsubs";
    for (const subscriber of [one, two]) {
      subscriber.subscribe("A");
      assert.deepEqual(await receiveTexts(publisher, 1), ["\x01A"]);
    }
    await publisher.send("A");
    for (const subscriber of [one, two]) assert.deepEqual(await receiveTexts(subscriber, 1), ["A"]);
    for (const subscriber of [two, one]) {
      subscriber.unsubscribe("A");
      assert.deepEqual(await receiveTexts(publisher, 1), ["\x00A"]);
    }
    two.unsubscribe("A");
    await nothingBefore(publisher, two);
  });

  test(`[test_xsub_verbose] an XSUB with verboseUnsubscribe sends every cancellation over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher, { verbosity: "allSubsUnsubs" });
    const subscriber = open(t, XSubscriber);
    await married(t, publisher, subscriber, transport);
    for (const request of ["\x00A", "\x01A", "\x01A", "\x00A", "\x00A"]) await subscriber.send(request);
    assert.deepEqual(await receiveTexts(publisher, 3), ["\x01A", "\x01A", "\x00A"]);

    subscriber.verboseUnsubscribe = true;
    for (const request of ["\x00A", "\x01A", "\x01A", "\x00A", "\x00A"]) await subscriber.send(request);

    assert.deepEqual(await receiveTexts(publisher, 5), ["\x00A", "\x01A", "\x01A", "\x00A", "\x00A"]);
  });

  for (const option of ["manual", "manualLastValue"] as const) {
    test(`[test_xpub_manual] [test_xpub_manual_last_value] ${option}: taking back what a lost subscriber had leaves the others theirs over ${transport}`, async (t) => {
      const publisher = open(t, XPublisher, { [option]: true });
      const [leaving, staying] = [open(t, Subscriber), open(t, Subscriber)];
      await married(t, publisher, [leaving, staying], transport, { mayLose: true });
      for (const subscriber of [leaving, staying]) {
        subscriber.subscribe("A");
        assert.deepEqual(await receiveTexts(publisher, 1), ["\x01A"]);
        publisher.subscribe("A");
      }

      leaving.close();
      assert.deepEqual(await receiveTexts(publisher, 1), ["\x00A"]);
      publisher.unsubscribe("A");

      assert.equal(publisher.topicsCount, 1);
      await publisher.send("A");
      assert.deepEqual(await receiveTexts(staying, 1), ["A"]);
    });

    test(`[test_xpub_manual] [test_xpub_manual_last_value] ${option}: what is granted to a subscriber that has gone is given to nobody else over ${transport}`, async (t) => {
      const publisher = open(t, XPublisher, { [option]: true });
      const [leaving, staying] = [open(t, Subscriber), open(t, Subscriber)];
      await married(t, publisher, [leaving, staying], transport, { mayLose: true });
      staying.subscribe("A");
      assert.deepEqual(await receiveTexts(publisher, 1), ["\x01A"]);
      publisher.subscribe("A");
      leaving.subscribe("B");
      await until(() => publisher.readable, "the request is there");
      leaving.close();
      await until(() => publisher.stats().connections.length === 1, "its subscriber is gone");

      assert.deepEqual(await receiveTexts(publisher, 1), ["\x01B"]);
      publisher.subscribe("B");
      assert.equal(publisher.topicsCount, 1);
      assert.deepEqual(await receiveTexts(publisher, 1), ["\x00B"]);
      publisher.unsubscribe("A");

      assert.equal(publisher.topicsCount, 1);
      await publisher.send("A");
      assert.deepEqual(await receiveTexts(staying, 1), ["A"]);
    });

    test(`[test_xpub_manual] [test_xpub_manual_last_value] ${option}: the program decides what a subscriber gets, and takes it back, over ${transport}`, async (t) => {
      const publisher = open(t, XPublisher, { [option]: true });
      assert.equal(publisher.manual, true);
      const subscriber = open(t, Subscriber);
      await married(t, publisher, subscriber, transport, { mayLose: true });
      subscriber.subscribe("A", "B");
      assert.deepEqual(await receiveTexts(publisher, 1), ["\x01A"]);
      publisher.subscribe("XA");
      assert.deepEqual(await receiveTexts(publisher, 1), ["\x01B"]);
      publisher.subscribe("XB");
      // What it decided is all there is; a SUB that did not ask for it throws it away, so ask for all.
      subscriber.subscribe("X");
      assert.deepEqual(await receiveTexts(publisher, 1), ["\x01X"]);
      subscriber.unsubscribe("A");
      assert.deepEqual(await receiveTexts(publisher, 1), ["\x00A"]);
      publisher.unsubscribe("XA");

      for (const topic of ["A", "B", "XA", "XB"]) await publisher.send(topic);
      assert.deepEqual(await receiveTexts(subscriber, 1), ["XB"]);

      subscriber.close();
      assert.deepEqual((await receiveTexts(publisher, 2)).sort(), ["\x00B", "\x00X"]);
      publisher.unsubscribe("XB");
      publisher.subscribe("for nobody");
    });

    test(`[test_xpub_manual] [test_xpub_manual_last_value] ${option}: what a lost subscriber was given goes with it over ${transport}`, async (t) => {
      const publisher = open(t, XPublisher, { [option]: true });
      const first = open(t, Subscriber);
      const endpoint = await married(t, publisher, first, transport, { mayLose: true });
      first.subscribe("XA", "A");
      await receiveTexts(publisher, 1);
      publisher.subscribe("XA");
      await receiveTexts(publisher, 1);
      await publisher.send("A");
      await publisher.send("XA");
      assert.deepEqual(await receiveTexts(first, 1), ["XA"]);
      first.close();
      assert.deepEqual((await receiveTexts(publisher, 2)).sort(), ["\x00A", "\x00XA"]);
      assert.equal(publisher.topicsCount, 0);

      const second = open(t, Subscriber);
      await connected(publisher, second, endpoint);
      second.subscribe("X");
      assert.deepEqual(await receiveTexts(publisher, 1), ["\x01X"]);
      publisher.subscribe("XB");
      await publisher.send("XA");
      await publisher.send("XB");

      assert.deepEqual(await receiveTexts(second, 1), ["XB"]);
    });

    test(`[test_xpub_manual] [test_xpub_manual_last_value] ${option}: a proxy that confirms subscriptions one by one loses none over ${transport}`, async (t) => {
      const publisher = open(t, Publisher);
      const upper = open(t, XSubscriber);
      const lower = open(t, XPublisher, { [option]: true });
      const [one, two] = [open(t, Subscriber), open(t, Subscriber)];
      await married(t, publisher, upper, transport);
      await married(t, lower, [one, two], transport);
      // In quick succession: the second is there before the first is confirmed.
      one.subscribe("topic1");
      two.subscribe("topic2");
      const topics: string[] = [];
      for (let i = 0; i < 2; i++) {
        const [request] = await soon(lower.receive());
        lower.subscribe(request!.subarray(1));
        topics.push(String(request!.subarray(1)));
        await upper.send(request!);
      }
      assert.deepEqual(topics.toSorted(), ["topic1", "topic2"]);
      await until(() => publisher.topicsCount === 2, "the publisher knows of both");

      for (const topic of topics) await publisher.send([topic, "data"]);
      for (let i = 0; i < 2; i++) await lower.send(await soon(upper.receive()));

      const [first, last] = topics[0] === "topic1" ? [one, two] : [two, one];
      assert.deepEqual(await receiveTexts(last!, 1), [`${topics[1]}|data`]);
      // With manualLastValue the first message is for the last who asked, alone: libzmq's program says so as well.
      if (option === "manual") assert.deepEqual(await receiveTexts(first!, 1), [`${topics[0]}|data`]);
      assert.equal(first!.tryReceive(), undefined);
    });

    test(`[test_xpub_manual] [test_xpub_manual_last_value] ${option}: a proxy hears of the end of each subscriber of one topic over ${transport}`, async (t) => {
      const publisher = open(t, Publisher);
      const upper = open(t, XSubscriber);
      const lower = open(t, XPublisher, { [option]: true });
      const [one, two] = [open(t, Subscriber), open(t, Subscriber)];
      await married(t, upper, publisher, transport);
      await married(t, lower, [one, two], transport, { mayLose: true });
      for (const subscriber of [one, two]) {
        subscriber.subscribe("1");
        const [request] = await soon(lower.receive());
        lower.subscribe("1");
        await upper.send(request!);
      }
      await until(() => publisher.topicsCount === 1, "the publisher knows of it");
      for (const news of ["X", "Y"]) {
        await publisher.send(["1", news]);
        await lower.send(await soon(upper.receive()));
      }
      if (option === "manual") assert.deepEqual(await receiveTexts(one, 1), ["1|X"]);
      assert.deepEqual(await receiveTexts(one, 1), ["1|Y"]);
      assert.deepEqual(await receiveTexts(two, 2), ["1|X", "1|Y"]);

      one.close();
      two.close();

      for (let i = 0; i < 2; i++) {
        const [request] = await soon(lower.receive());
        assert.equal(String(request), "\x001");
        lower.unsubscribe("1");
        await upper.send(request!);
      }
      await until(() => publisher.topicsCount === 0, "the publisher has nobody left");
      await publisher.send(["1", "for nobody"]);
      await upper.send("\x01end");
      await until(() => publisher.topicsCount === 1, "the publisher knows of the end");
      await publisher.send("end");
      assert.deepEqual(await receiveTexts(upper, 1), ["end"]);
    });
  }

  test(`[ZMQ_XPUB_MANUAL_LAST_VALUE] [test_xpub_manual_last_value] one message goes to the last subscriber alone, the next to all, over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher, { manualLastValue: true });
    const [one, two] = [open(t, Subscriber), open(t, Subscriber)];
    await married(t, publisher, [one, two], transport);
    for (const subscriber of [one, two]) {
      subscriber.subscribe("A");
      assert.deepEqual(await receiveTexts(publisher, 1), ["\x01A"]);
      publisher.subscribe("A");
    }

    await publisher.send(["A", "last value"]);
    await publisher.send(["A", "news"]);

    assert.deepEqual(await receiveTexts(two, 2), ["A|last value", "A|news"]);
    assert.deepEqual(await receiveTexts(one, 1), ["A|news"]);
  });

  test(`[test_xpub_manual] an XPUB receives what is neither subscription nor cancellation over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher);
    const subscriber = open(t, XSubscriber);
    await married(t, publisher, subscriber, transport);

    await subscriber.send("\x02A");

    assert.deepEqual(await receiveTexts(publisher, 1), ["\x02A"]);
  });

  test(`[test_xpub_manual] onlyFirstSubscribe: parts after data are data, parts after a request are requests, over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher, { onlyFirstSubscribe: true });
    const subscriber = open(t, XSubscriber, { onlyFirstSubscribe: true });
    await married(t, publisher, subscriber, transport);

    for (const parts of [
      ["ABC", "\x00BC"],
      ["ABC", "\x01BC"],
      ["\x01BC", "\x01CD"],
      ["\x00BC", "\x00CD"],
    ])
      await subscriber.send(parts);

    assert.deepEqual(await receiveTexts(publisher, 6), [
      "ABC|\x00BC",
      "ABC|\x01BC",
      "\x01BC",
      "\x01CD",
      "\x00BC",
      "\x00CD",
    ]);
    assert.equal(publisher.topicsCount, 0);
    assert.equal(subscriber.topicsCount, 0);
  });

  test(`without onlyFirstSubscribe each part is looked at over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher);
    const subscriber = open(t, XSubscriber);
    await married(t, publisher, subscriber, transport);

    await subscriber.send(["data", "\x01A", "more", "\x00unknown"]);

    // A cancellation that is not the last one stays out of the message; the data are one.
    assert.deepEqual(await receiveTexts(publisher, 2), ["\x01A", "data|more"]);
    assert.equal(subscriber.topicsCount, 1);
    await publisher.send("A1");
    assert.deepEqual(await receiveTexts(subscriber, 1), ["A1"]);
  });

  test(`[ZMQ_XPUB_WELCOME_MSG] [test_xpub_welcome_msg] a welcome reaches the subscriber that asked for it first over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher, { welcomeMessage: "W" });
    const subscriber = open(t, Subscriber);
    subscriber.subscribe("W");
    await married(t, publisher, subscriber, transport);

    assert.deepEqual(await receiveTexts(publisher, 1), ["\x01W"]);
    assert.deepEqual(await receiveTexts(subscriber, 1), ["W"]);
  });

  test(`[ZMQ_XPUB_WELCOME_MSG] [test_xpub_welcome_msg] PUB has a welcome too, by number, over ${transport}`, async (t) => {
    const publisher = open(t, Publisher);
    publisher.setOption(constants.ZMQ_XPUB_WELCOME_MSG, "W");
    const subscriber = open(t, Subscriber);
    subscriber.subscribe("W");
    await married(t, publisher, subscriber, transport);

    assert.deepEqual(await receiveTexts(subscriber, 1), ["W"]);
  });

  test(`[test_pub_invert_matching] both sides with invertMatching: what does not match is delivered over ${transport}`, async (t) => {
    const publisher = open(t, Publisher);
    const [one, two] = [open(t, Subscriber), open(t, Subscriber)];
    await married(t, publisher, [one, two], transport);
    one.subscribe("prefix1");
    two.subscribe("p2");
    await subscribed(publisher, one, two);
    await publisher.send("prefix1 as usual");
    assert.deepEqual(await receiveTexts(one, 1), ["prefix1 as usual"]);

    for (const socket of [publisher, one, two]) socket.invertMatching = true;
    await publisher.send("prefix1 inverted");
    await publisher.send("p2 inverted");

    assert.deepEqual(await receiveTexts(two, 1), ["prefix1 inverted"]);
    assert.deepEqual(await receiveTexts(one, 1), ["p2 inverted"]);
    one.invertMatching = false;
    await publisher.send("neither");
    assert.deepEqual(await receiveTexts(two, 1), ["neither"]);
    assert.equal(one.tryReceive(), undefined, "a SUB that does not invert has not asked for it");
  });

  test(`[test_xpub_topic] topics of every length are subscribed to and cancelled over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher);
    const subscriber = open(t, Subscriber);
    await married(t, publisher, subscriber, transport);

    for (const length of [0, 1, 2, 244, 245, 246, 254, 255, 256, 8191, 8192, 8193]) {
      const topic = "T".repeat(length);
      subscriber.subscribe(topic);
      assert.deepEqual(await receiveTexts(publisher, 1), [`\x01${topic}`]);
      await publisher.send(topic);
      assert.deepEqual(await receiveTexts(subscriber, 1), [topic]);
      subscriber.unsubscribe(topic);
      assert.deepEqual(await receiveTexts(publisher, 1), [`\x00${topic}`]);
    }
  });
}

test("manual switched off ends manualLastValue as well, and requests count again", async (t) => {
  const publisher = open(t, XPublisher, { manualLastValue: true });
  const [one, two] = [open(t, Subscriber), open(t, Subscriber)];
  await married(t, publisher, [one, two], "inproc");

  publisher.manual = false;
  assert.equal(publisher.manualLastValue, false);
  for (const subscriber of [one, two]) subscriber.subscribe("A");
  await receiveTexts(publisher, 1);
  await publisher.send("A");

  for (const subscriber of [one, two]) assert.deepEqual(await receiveTexts(subscriber, 1), ["A"]);
});

test("manualLastValue with noDrop keeps the message for its subscriber until that has room", async (t) => {
  const publisher = open(t, XPublisher, { manualLastValue: true, noDrop: true, sendHighWaterMark: 1 });
  const [one, two] = [
    open(t, Subscriber, { receiveHighWaterMark: 0 }),
    open(t, Subscriber, { receiveHighWaterMark: 1 }),
  ];
  await married(t, publisher, [one, two], "inproc");
  for (const subscriber of [one, two]) {
    subscriber.subscribe("");
    await receiveTexts(publisher, 1);
    publisher.subscribe("");
  }
  while (publisher.trySend("to both or to two"));
  while (one.tryReceive() !== undefined);
  two.subscribe("again");
  await receiveTexts(publisher, 1);
  const waiting = publisher.send("for two alone");

  await staysPending(waiting);
  assert.deepEqual(await receiveTexts(two, 1), ["to both or to two"]);
  await soon(waiting);

  assert.deepEqual(await receiveTexts(two, 2), ["to both or to two", "for two alone"]);
  assert.equal(one.tryReceive(), undefined);
});

test("a PUB with onlyFirstSubscribe takes a part after data for data", async (t) => {
  const publisher = open(t, Publisher, { onlyFirstSubscribe: true });
  await publisher.bind("tcp://127.0.0.1:*");
  const ready = log(publisher).next("handshake");
  const peer = await RawPeer.connect(t, publisher.lastEndpoint!);
  await peer.handshake("SUB");
  await ready;

  peer.write(message("data", "\x01A"), message("\x01B", "\x01C"));
  while (publisher.topicsCount < 2) await new Promise(setImmediate);
  for (const topic of ["A", "B", "C"]) await publisher.send(topic);

  assert.deepEqual(await peer.readMessage(), ["B"]);
  assert.deepEqual(await peer.readMessage(), ["C"]);
});

test("an XSUB that sends requests in many parts reaches every publisher with them, past the high-water mark", async (t) => {
  const subscriber = open(t, XSubscriber, { sendHighWaterMark: 1 });
  const publisher = open(t, XPublisher, { receiveHighWaterMark: 1 });
  await married(t, publisher, subscriber, "inproc");

  for (let i = 0; i < 5; i++) await subscriber.send([`\x01${i}`, `\x01${i}${i}`]);

  const shown: string[] = [];
  while (shown.length < 10) shown.push(...text(await soon(publisher.receive())));
  assert.deepEqual(shown.slice(-2), ["\x014", "\x0144"]);
});
