/** Connections to a libzmq whose process dies and is started again. */
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Dealer, Push, Subscriber, XPublisher } from "zmq-ts";
import { nextEvent } from "../support/interop-events.ts";
import { assertMessage, assertMessages } from "../support/interop-messages.ts";
import { PythonPeer } from "../support/python.ts";

const python = await PythonPeer.start();
const skip = python.missing ?? false;
const timeout = 8000;
const QUEUED = Array.from({ length: 100 }, (_, i) => [`queued ${i}`, "", "end"]);

const endpoints = {
  tcp: "tcp://127.0.0.1:*",
  ipc: `ipc://${join(tmpdir(), `zmq-ts-interop-${process.pid}`)}`,
};

for (const [transport, wildcard] of Object.entries(endpoints)) {
  for (const [ourType, theirType] of [
    ["PUSH", "PULL"],
    ["DEALER", "DEALER"],
  ] as const) {
    const name = `messages sent by our ${ourType} while their ${theirType} is dead arrive after its restart over ${transport}`;
    test(name, { timeout, skip }, async (t) => {
      const first = await PythonPeer.start();
      t.after(() => first.kill());
      const endpoint = await (await first.open(theirType)).bind(wildcard);
      const ours = new (ourType === "PUSH" ? Push : Dealer)({ linger: 0, reconnectInterval: 20 });
      t.after(() => ours.close());
      ours.events;
      ours.connect(endpoint);
      await nextEvent(ours, "handshake");

      await first.kill();
      await nextEvent(ours, "disconnect");
      for (const message of QUEUED) await ours.send(message);
      const second = await PythonPeer.start();
      t.after(() => second.kill());
      const theirs = await second.open(theirType);
      await theirs.bind(endpoint);

      assertMessages(await theirs.receiveMany(QUEUED.length), QUEUED);
    });
  }
}

test("messages sent by our PUSH while nobody is connected go to the libzmq that connects next", {
  timeout,
  skip,
}, async (t) => {
  const ours = new Push({ linger: 0 });
  t.after(() => ours.close());
  ours.events;
  await ours.bind("tcp://127.0.0.1:*");
  const first = await PythonPeer.start();
  t.after(() => first.kill());
  await (await first.open("PULL")).connect(ours.lastEndpoint!);
  await nextEvent(ours, "handshake");

  await first.kill();
  await nextEvent(ours, "disconnect");
  const sent = QUEUED.map((message) => ours.send(message));
  const theirs = await python.open("PULL");
  t.after(() => theirs.close());
  await theirs.connect(ours.lastEndpoint!);

  assertMessages(await theirs.receiveMany(QUEUED.length), QUEUED);
  await Promise.all(sent);
});

test("our subscriptions are sent again to a publisher that was restarted", { timeout, skip }, async (t) => {
  const first = await PythonPeer.start();
  t.after(() => first.kill());
  const before = await first.open("XPUB");
  const endpoint = await before.bind("tcp://127.0.0.1:*");
  const ours = new Subscriber({ reconnectInterval: 20 });
  t.after(() => ours.close());
  ours.events;
  ours.subscribe("a", "gone", "b");
  ours.connect(endpoint);
  const topics = async (end: typeof before, count: number): Promise<string[]> =>
    (await end.receiveMany(count)).map((message) => message[0]!.toString("latin1")).sort();
  assert.deepEqual(await topics(before, 3), ["\x01a", "\x01b", "\x01gone"]);
  ours.unsubscribe("gone");
  assertMessage(await before.receive(), ["\x00gone"]);

  await first.kill();
  await nextEvent(ours, "disconnect");
  const second = await PythonPeer.start();
  t.after(() => second.kill());
  const after = await second.open("XPUB");
  await after.bind(endpoint);

  assert.deepEqual(await topics(after, 2), ["\x01a", "\x01b"]);
  await after.sendMany([
    ["gone", "x"],
    ["b", "y"],
  ]);
  assertMessage(await ours.receive(), ["b", "y"]);
});

test("libzmq's subscriptions are sent again to our publisher that was restarted", {
  timeout,
  skip,
}, async (t) => {
  const first = new XPublisher({ linger: 0 });
  t.after(() => first.close());
  await first.bind("tcp://127.0.0.1:*");
  const endpoint = first.lastEndpoint!;
  const theirs = await python.open("SUB", { reconnectInterval: 20 });
  t.after(() => theirs.close());
  await theirs.subscribe("a");
  await theirs.connect(endpoint);
  assertMessage(await first.receive(), ["\x01a"]);

  await first.unbind(endpoint);
  first.close();
  const second = new XPublisher({ linger: 0 });
  t.after(() => second.close());
  await second.bind(endpoint);

  assertMessage(await second.receive(), ["\x01a"]);
  await second.send(["a", "x"]);
  assertMessage(await theirs.receive(), ["a", "x"]);
});
