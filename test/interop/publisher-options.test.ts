/** Options of publishers with libzmq at the other end: what XPUB shows, what a full queue does, what inverted matching gives. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Publisher, Subscriber, XPublisher } from "zmq-ts";
import { ADDON, type End, OURS, type PeerLibrary } from "../support/interop-ends.ts";
import { assertNumbered } from "../support/interop-messages.ts";
import { subscribe, unsubscribe } from "../support/interop-scenarios.ts";
import { PythonPeer } from "../support/python.ts";
import {
  anyEndpoint,
  fill,
  open,
  receiveTexts,
  STREAM_TRANSPORTS,
  soon,
  staysPending,
  turns,
  until,
} from "../support/sockets.ts";

const python = await PythonPeer.start();
const timeout = 10_000;
/** Who publishes, and who subscribes. */
const SIDES: readonly (readonly [PeerLibrary, PeerLibrary])[] = [python, ADDON].flatMap(
  (library) =>
    [
      [OURS, library],
      [library, OURS],
    ] as const,
);

async function opened(t: TestContext, end: Promise<End>): Promise<End> {
  t.after(async () => (await end).close());
  return end;
}

const STEPS = ["one subscribes", "the other does too", "one cancels", "the other does too"];
const SHOWN = [
  [null, [["\x01A"], [], [], ["\x00A"]]],
  ["allSubs", [["\x01A"], ["\x01A"], [], ["\x00A"]]],
  ["allSubsUnsubs", [["\x01A"], ["\x01A"], ["\x00A"], ["\x00A"]]],
] as const;

for (const [publishers, subscribers] of SIDES) {
  const skip = publishers.missing ?? subscribers.missing ?? false;
  for (const transport of STREAM_TRANSPORTS) {
    for (const type of ["SUB", "XSUB"] as const) {
      for (const [verbosity, shown] of SHOWN) {
        test(`[test_xpub_verbose] XPUB of ${publishers.name}, verbosity ${verbosity}, shows of two ${type}s of ${subscribers.name} what it should over ${transport}`, {
          timeout,
          skip,
        }, async (t) => {
          const publisher = await opened(t, publishers.open("XPUB", verbosity === null ? {} : { verbosity }));
          const endpoint = await publisher.bind(anyEndpoint(transport));
          const [one, other] = [
            await opened(t, subscribers.open(type)),
            await opened(t, subscribers.open(type)),
          ];
          for (const end of [one, other]) await end.connect(endpoint);
          const requests = [
            [one, subscribe],
            [other, subscribe],
            [one, unsubscribe],
            [other, unsubscribe],
          ] as const;

          for (const [step, [end, request]] of requests.entries()) {
            await request(end, "A");
            // Each subscriber's requests keep their order: what came before the mark is all that comes.
            await subscribe(end, `mark ${step}`);
            const before: string[] = [];
            for (;;) {
              const notice = (await soon(publisher.receive(), "a notice")).map(String).join("|");
              if (notice === `\x01mark ${step}`) break;
              before.push(notice);
            }
            assert.deepEqual(before, shown[step], STEPS[step]);
          }
        });
      }
    }

    test(`[test_pub_invert_matching] XPUB of ${publishers.name} and SUB of ${subscribers.name}, both inverting, pass on what does not match over ${transport}`, {
      timeout,
      skip,
    }, async (t) => {
      const publisher = await opened(t, publishers.open("XPUB", { invertMatching: true }));
      const subscriber = await opened(t, subscribers.open("SUB", { invertMatching: true }));
      await subscriber.connect(await publisher.bind(anyEndpoint(transport)));
      await subscriber.subscribe("A");
      assert.deepEqual((await soon(publisher.receive())).map(String), ["\x01A"]);

      for (const topic of ["A1", "B1", "A", "", "B2"]) await publisher.send([topic, "x"]);

      const heard = [];
      for (let i = 0; i < 3; i++) heard.push((await soon(subscriber.receive())).map(String).join("|"));
      assert.deepEqual(heard, ["B1|x", "|x", "B2|x"]);
    });
  }
}

const MARK = 100;
/** Large enough that the kernel's buffers hold few beside both queues. */
const SIZE = 64 << 10;
const BODY = Buffer.alloc(SIZE);
const skip = python.missing ?? false;

for (const transport of ["tcp", "ipc"] as const) {
  test(`[test_hwm_pubsub] our PUB never waits for a libzmq SUB that reads nothing, counts what it drops, and its mark is free again after reading, over ${transport}`, {
    timeout,
    skip,
  }, async (t) => {
    const ours = open(t, Publisher, { sendHighWaterMark: MARK });
    await ours.bind(anyEndpoint(transport));
    const theirs = await python.open("SUB", { receiveHighWaterMark: MARK });
    t.after(() => theirs.close());
    await theirs.subscribe("");
    await theirs.connect(ours.lastEndpoint!);
    await soon(ours.subscribers(1));
    let sent = 0;

    for (; ours.stats().dropped < MARK; sent++) {
      assert.equal(ours.trySend([String(sent), BODY]), true);
      if (sent % MARK === 0) await turns();
    }

    const { dropped } = ours.stats();
    const arrived = await soon(theirs.receiveBriefly(sent - dropped));
    // What the mark allows at least, from the first on, and nothing out of order.
    assertNumbered(arrived.slice(0, MARK), SIZE);
    const numbers = arrived.map(([number]) => Number(number));
    assert.ok(
      numbers.every((number, i) => i === 0 || number > numbers[i - 1]!),
      "in order",
    );
    for (let i = 0; i < MARK; i++) await ours.send([String(i), BODY]);
    assertNumbered(await soon(theirs.receiveBriefly(MARK)), SIZE);
    assert.equal(ours.stats().dropped, dropped);
  });

  test(`[ZMQ_XPUB_NODROP] [test_xpub_nodrop] our XPUB with noDrop waits for a libzmq SUB that reads nothing, and loses nothing, over ${transport}`, {
    timeout,
    skip,
  }, async (t) => {
    const ours = open(t, XPublisher, { sendHighWaterMark: MARK, noDrop: true });
    await ours.bind(anyEndpoint(transport));
    const theirs = await python.open("SUB", { receiveHighWaterMark: MARK });
    t.after(() => theirs.close());
    await theirs.subscribe("");
    await theirs.connect(ours.lastEndpoint!);
    assert.deepEqual(await receiveTexts(ours, 1), ["\x01"]);
    // Stopped where it is: its I/O thread reads nothing either.
    t.after(() => python.thaw());
    python.freeze();
    let sent = 0;
    await fill({ trySend: (body) => ours.trySend([String(sent), body]) && ++sent > 0 }, BODY);
    const waiting = ours.send([String(sent), BODY]);

    await staysPending(waiting);
    assert.ok(sent >= MARK, `${sent} went before`);
    python.thaw();
    assertNumbered(await soon(theirs.receiveBriefly(sent + 1)), SIZE);
    await soon(waiting);

    assert.equal(ours.stats().dropped, 0);
  });

  test(`[test_hwm_pubsub] libzmq's PUB never waits for our SUB that reads nothing, which takes in no more than its mark, over ${transport}`, {
    timeout,
    skip,
  }, async (t) => {
    const COUNT = 1000;
    const ours = open(t, Subscriber, { receiveHighWaterMark: MARK });
    ours.subscribe("");
    const theirs = await python.open("XPUB", { sendHighWaterMark: MARK });
    t.after(() => theirs.close());
    ours.connect(await theirs.bind(anyEndpoint(transport)));
    assert.deepEqual((await soon(theirs.receive())).map(String), ["\x01"]);

    await soon(theirs.flood(COUNT, SIZE));
    await until(() => ours.stats().receiveQueue === MARK, "its queue is full");
    await turns(20);
    assert.equal(ours.stats().receiveQueue, MARK);
    const numbers: number[] = [];
    let isOver = false;
    const reading = (async () => {
      for (;;) {
        const [number] = await soon(ours.receive());
        if (String(number) === "end") break;
        numbers.push(Number(number));
      }
      isOver = true;
    })();
    // There is room for it when some of what waits was read.
    while (!isOver) await theirs.send(["end"]);
    await reading;

    assert.ok(numbers.length < COUNT, "the rest was dropped");
    assert.deepEqual(
      numbers.slice(0, MARK),
      Array.from({ length: MARK }, (_, i) => i),
    );
  });

  test(`[test_xpub_nodrop] libzmq's XPUB with noDrop waits for our SUB that reads nothing, and nothing is lost, over ${transport}`, {
    timeout,
    skip,
  }, async (t) => {
    const COUNT = 1000;
    const ours = open(t, Subscriber, { receiveHighWaterMark: MARK });
    ours.subscribe("");
    const theirs = await python.open("XPUB", { sendHighWaterMark: MARK, noDrop: true });
    t.after(() => theirs.close());
    ours.connect(await theirs.bind(anyEndpoint(transport)));
    assert.deepEqual((await soon(theirs.receive())).map(String), ["\x01"]);

    const flood = theirs.flood(COUNT, SIZE);
    await until(() => ours.stats().receiveQueue === MARK, "its queue is full");
    assert.ok((await theirs.unsent()) > 0, "libzmq waits");

    for (let i = 0; i < COUNT; i++) assert.equal(String((await soon(ours.receive()))[0]), String(i));
    await flood;
  });
}
