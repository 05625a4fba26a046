/** What a received message tells of its peer, however its bytes came: libzmq's test_metadata and test_app_meta. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  curveKeyPair,
  Dealer,
  messageProperties,
  messageProperty,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Stream,
  Subscriber,
  XPublisher,
  XSubscriber,
} from "zmq-ts";
import { command, greeting, message, property, RawPeer, ready } from "../support/raw-peer.ts";
import { log, married, open, STREAM_TRANSPORTS, soon, subscribed, text, throws } from "../support/sockets.ts";
import { handle, metadata, ok, openContext } from "../support/zap.ts";

const secretOf = ({ publicKey, secretKey }: { publicKey: string; secretKey: string }) => ({
  curvePublicKey: publicKey,
  curveSecretKey: secretKey,
});
const properties = (received: readonly Uint8Array[]) => ({ ...messageProperties(received) });

for (const transport of STREAM_TRANSPORTS) {
  const address = transport === "ipc" ? "localhost" : "127.0.0.1";

  test(`[test_metadata] [test_app_meta] a message tells the address, type and name of its peer, and what the peer says of itself, over ${transport}`, async (t) => {
    const router = open(t, Router, { metadata: { "X-hello": "world", "X-connection": "backup" } });
    const dealer = open(t, Dealer, { routingId: "me", metadata: { "X-hello": "hello", "X-bin": "009c6" } });
    await married(t, router, dealer, transport);

    await dealer.send(["a", "b"]);
    const received = await soon(router.receive());
    await router.send(["me", "back"]);
    const back = await soon(dealer.receive());

    assert.deepEqual(properties(received), {
      "Peer-Address": address,
      "Socket-Type": "DEALER",
      Identity: "me",
      "X-hello": "hello",
      "X-bin": "009c6",
    });
    assert.deepEqual(properties(back), {
      "Peer-Address": address,
      "Socket-Type": "ROUTER",
      Identity: "",
      "X-hello": "world",
      "X-connection": "backup",
    });
    assert.equal(messageProperty(received, "X-hello"), "hello");
    assert.equal(messageProperty(received[2]!, "X-hello"), "hello", "any part of the peer's will do");
    assert.equal(messageProperty(received, "x-hello"), undefined, "names keep their case");
    assert.equal(messageProperty(received, "User-Id"), undefined);
    assert.equal(messageProperty(received, "No-Such"), undefined);
  });

  test(`[test_metadata] User-Id and the handler's metadata are with every message, over ${transport}`, async (t) => {
    const context = openContext(t);
    handle(context, ok("joe", metadata({ Hello: "World" })));
    const server = open(t, Dealer, { context, zapDomain: "test" });
    const client = open(t, Dealer);
    await married(t, server, client, transport);
    await client.send("one");
    await client.send("two");

    for (const expected of ["one", "two"]) {
      const received = await soon(server.receive());
      assert.deepEqual(text(received), [expected]);
      assert.deepEqual(properties(received), {
        "Peer-Address": address,
        "User-Id": "joe",
        Hello: "World",
        "Socket-Type": "DEALER",
        Identity: "",
      });
    }
  });
}

test("encrypted messages of every size tell of their peer, subscriptions too", async (t) => {
  const context = openContext(t);
  handle(context, ok("joe"));
  const keys = curveKeyPair();
  const server = { context, curveServer: true, curveSecretKey: keys.secretKey };
  const client = { curveServerKey: keys.publicKey, ...secretOf(curveKeyPair()), metadata: { "X-a": "b" } };
  const pull = open(t, Pull, server);
  const push = open(t, Push, client);
  await married(t, pull, push, "tcp");
  const sizes = [0, 1, 100, 255, 8192, 65_536, 300_000];
  const sent = push.sendMany([
    ...sizes.map((size) => Buffer.alloc(size)),
    sizes.map((size) => Buffer.alloc(size)),
  ]);

  for (let i = 0; i <= sizes.length; i++) {
    const received = await soon(pull.receive());
    for (const part of received) {
      assert.deepEqual(properties([part]), {
        "Peer-Address": "127.0.0.1",
        "User-Id": "joe",
        "Socket-Type": "PUSH",
        "X-a": "b",
      });
    }
  }
  await sent;

  const xpub = open(t, XPublisher, server);
  const subscriber = open(t, Subscriber, client);
  await married(t, xpub, subscriber, "tcp");
  subscriber.subscribe("news");
  assert.equal(messageProperty(await soon(xpub.receive()), "User-Id"), "joe");
});

test("each message tells of its own peer, though they come at the same time", async (t) => {
  const pull = open(t, Pull, { receiveHighWaterMark: 0 });
  const clients = Array.from({ length: 5 }, (_, i) =>
    open(t, Push, { metadata: { "X-number": String(i) }, sendHighWaterMark: 0 }),
  );
  await married(t, pull, clients, "tcp");
  const rounds = 400;

  for (let round = 0; round < rounds; round++)
    for (const [i, client] of clients.entries()) client.send([String(i), Buffer.alloc(round * 3)]);

  for (let i = 0; i < rounds * clients.length; i++) {
    const received = await soon(pull.receive());
    assert.equal(messageProperty(received, "X-number"), String(received[0]));
  }
});

const SIZES = [0, 1, 5, 6, 7, 8, 100, 255, 256, 4095, 4096, 8191, 8192, 8193, 65_535, 65_536, 300_000];
const BODIES = SIZES.map((size) => [Buffer.alloc(size, 1)]);
const SHAPES: [what: string, messages: Buffer[][]][] = [
  ["of every size", BODIES],
  ["of many parts", [SIZES.map((size) => Buffer.alloc(size))]],
  ["of empty parts", [[Buffer.alloc(0), Buffer.alloc(0)]]],
];

for (const [what, messages] of SHAPES) {
  const bytes = Buffer.concat(messages.map((parts) => message(...parts)));
  for (const step of [1, 2, 3, 1000, 9000, bytes.length]) {
    // Byte by byte a large message would take long, and is gathered as one of 9000.
    if (bytes.length / step > 20_000) continue;
    test(`messages ${what} tell of their peer, ${step} bytes at a time`, async (t) => {
      const pull = open(t, Pull, { receiveHighWaterMark: 0 });
      await pull.bind("tcp://127.0.0.1:*");
      const peer = await RawPeer.connect(t, pull.lastEndpoint!);
      peer.write(greeting(), ready("PUSH", "raw"));
      await peer.read(64);

      const send = async (): Promise<void> => {
        for (let at = 0; at < bytes.length; at += step) {
          peer.write(bytes.subarray(at, at + step));
          if (step < bytes.length) await new Promise((resolve) => setImmediate(resolve));
        }
      };
      const sent = send();

      for (const parts of messages) {
        const received = await soon(pull.receive());
        assert.deepEqual(
          received.map((part) => part.length),
          parts.map((part) => part.length),
        );
        assert.equal(messageProperty(received, "Identity"), "raw");
        for (const part of received) assert.equal(messageProperty(part, "Identity"), "raw");
      }
      await sent;
    });
  }
}

test("a message of single bytes in single chunks tells of its peer", async (t) => {
  const pull = open(t, Pull);
  await pull.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, pull.lastEndpoint!);
  peer.write(greeting(), ready("PUSH", "raw"));
  await peer.read(64);
  for (const byte of message("", "x", "")) {
    peer.write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }

  const received = await soon(pull.receive());

  assert.deepEqual(text(received), ["", "x", ""]);
  for (const part of received) assert.equal(messageProperty(part, "Identity"), "raw");
});

test("a message that came in one chunk with the handshake tells of its peer", async (t) => {
  const pull = open(t, Pull);
  await pull.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, pull.lastEndpoint!);

  peer.write(Buffer.concat([greeting(), ready("PUSH", "raw"), message("at once")]));

  assert.equal(messageProperty(await soon(pull.receive()), "Identity"), "raw");
});

test("REP's requests tell of their peer without the envelope; REQ's replies do", async (t) => {
  const reply = open(t, Reply, { metadata: { "X-side": "reply" } });
  const request = open(t, Request, { metadata: { "X-side": "request" } });
  await married(t, reply, request, "tcp");

  for (const body of ["", "x", "y".repeat(10_000)]) {
    await request.send(body);
    const asked = await soon(reply.receive());
    assert.equal(messageProperty(asked, "X-side"), "request");
    await reply.send(asked);
    assert.equal(messageProperty(await soon(request.receive()), "X-side"), "reply");
  }
});

test("published messages tell of the publisher, subscriptions and upstream messages of the subscriber", async (t) => {
  const publisher = open(t, Publisher, { metadata: { "X-side": "publisher" } });
  const subscriber = open(t, Subscriber);
  await married(t, publisher, subscriber, "tcp");
  subscriber.subscribe("news");
  await subscribed(publisher, subscriber);
  await publisher.send(["news", "x"]);
  const news = await soon(subscriber.receive());

  const xpub = open(t, XPublisher);
  const xsub = open(t, XSubscriber, { metadata: { "X-side": "subscriber" } });
  await married(t, xpub, xsub, "tcp");
  await xsub.send("\x01news");
  const subscription = await soon(xpub.receive());
  await xsub.send("\x02up");
  const upstream = await soon(xpub.receive());

  assert.equal(messageProperty(news, "X-side"), "publisher");
  assert.deepEqual(text(subscription), ["\x01news"]);
  assert.equal(messageProperty(subscription, "X-side"), "subscriber");
  assert.deepEqual(text(upstream), ["\x02up"]);
  assert.equal(messageProperty(upstream, "X-side"), "subscriber");
});

test("a STREAM's bytes tell the address and nothing more", async (t) => {
  const stream = open(t, Stream);
  await stream.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, stream.lastEndpoint!);
  await soon(stream.receive());
  peer.write("hello");

  assert.deepEqual(properties(await soon(stream.receive())), { "Peer-Address": "127.0.0.1" });
});

test("a peer of ZMTP 2.0 tells its address and nothing more", async (t) => {
  const pull = open(t, Pull);
  await pull.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, pull.lastEndpoint!);

  peer.write(Buffer.concat([Buffer.from("ff00000000000000017f0108", "hex"), message(""), message("old")]));

  assert.deepEqual(properties(await soon(pull.receive())), { "Peer-Address": "127.0.0.1" });
});

test("messages over inproc tell nothing", async (t) => {
  const [left, right] = [open(t, Pair, { metadata: { "X-a": "b" } }), open(t, Pair)];
  await married(t, right, left, "inproc");
  await left.send(["short", Buffer.alloc(1000)]);

  assert.deepEqual(properties(await soon(right.receive())), {});
});

test("a message passed on tells of the one who passed it on", async (t) => {
  const [front, client] = [open(t, Pull), open(t, Push, { metadata: { "X-who": "client" } })];
  const [worker, back] = [open(t, Pull), open(t, Push, { metadata: { "X-who": "broker" } })];
  await married(t, front, client, "tcp");
  await married(t, worker, back, "tcp");
  await client.send(Buffer.alloc(10_000));
  await back.send(await soon(front.receive()));

  assert.equal(messageProperty(await soon(worker.receive()), "X-who"), "broker");
});

test("messages of one's own, and those put together from several peers', tell nothing", async (t) => {
  const pull = open(t, Pull);
  const clients = ["a", "b"].map((name) => open(t, Push, { metadata: { "X-who": name } }));
  await married(t, pull, clients, "tcp");
  await clients[0]!.send("from a");
  const [first] = await soon(pull.receive());
  await clients[1]!.send("from b");
  const [second] = await soon(pull.receive());

  assert.deepEqual(properties([Buffer.from("mine")]), {});
  assert.equal(messageProperty([first!, Buffer.from("mine")], "X-who"), "a");
  assert.equal(messageProperty([first!, second!], "X-who"), undefined);
  assert.equal(messageProperty([Buffer.from(first!)], "X-who"), undefined, "a copy is one's own");
  assert.throws(() => messageProperty("text" as never, "X-who"), TypeError);
  assert.throws(() => messageProperties([1] as never), TypeError);
  assert.throws(() => messageProperties(undefined as never), TypeError);
});

test("after a reconnection messages tell of the new peer, and those kept from before still of the old", async (t) => {
  const pull = open(t, Pull, { reconnectInterval: 1 });
  const context = { linger: 0 };
  const first = open(t, Push, { ...context, metadata: { "X-who": "first" } });
  await first.bind("tcp://127.0.0.1:*");
  const endpoint = first.lastEndpoint!;
  log(pull);
  pull.connect(endpoint);
  await first.send("one");
  const kept = await soon(pull.receive());
  await first.unbind(endpoint);
  first.close();
  const second = open(t, Push, { ...context, metadata: { "X-who": "second" } });
  await second.bind(endpoint);
  await second.send("two");
  const fresh = await soon(pull.receive());

  assert.equal(messageProperty(kept, "X-who"), "first");
  assert.equal(messageProperty(fresh, "X-who"), "second");
});

test("a peer cannot call itself a user or give another address", async (t) => {
  const pull = open(t, Pull);
  await pull.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, pull.lastEndpoint!);
  const claims = [
    property("Socket-Type", "PUSH"),
    property("User-Id", "root"),
    property("Peer-Address", "::1"),
  ];
  peer.write(greeting(), command("READY", Buffer.concat(claims)), message("believe me"));

  assert.deepEqual(properties(await soon(pull.receive())), {
    "Peer-Address": "127.0.0.1",
    "Socket-Type": "PUSH",
  });
});

test("names like those of object members are names like any other", async (t) => {
  const pull = open(t, Pull);
  await pull.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, pull.lastEndpoint!);
  const claims = [property("Socket-Type", "PUSH"), property("__proto__", "x"), property("constructor", "y")];
  peer.write(greeting(), command("READY", Buffer.concat(claims)), message("hello"));

  const received = messageProperties(await soon(pull.receive()));

  assert.equal(Object.getPrototypeOf(received), null);
  assert.deepEqual(Object.keys(received).sort(), ["Peer-Address", "Socket-Type", "__proto__", "constructor"]);
});

test("[test_app_meta] [ZMQ_METADATA] metadata: an object sets all, a text adds one, null takes all away", (t) => {
  const dealer = open(t, Dealer);
  assert.equal(dealer.metadata, null);
  dealer.metadata = { "X-a": "1", "X-b": "2:3" };
  assert.deepEqual(dealer.metadata, { "X-a": "1", "X-b": "2:3" });
  Object.assign(dealer, { metadata: "X-c:4:5" });
  assert.deepEqual(dealer.metadata, { "X-a": "1", "X-b": "2:3", "X-c": "4:5" });
  (dealer as unknown as { setStringOption(id: number, value: string): void }).setStringOption(95, "X-a:6");
  assert.deepEqual(dealer.metadata, { "X-a": "6", "X-b": "2:3", "X-c": "4:5" });
  dealer.metadata = { "X-d": "7" };
  assert.deepEqual(dealer.metadata, { "X-d": "7" });
  dealer.metadata = null;
  assert.equal(dealer.metadata, null);
});

test("[test_app_meta] metadata that libzmq refuses are refused, and nothing has changed", (t) => {
  const dealer = open(t, Dealer, { metadata: { "X-a": "1" } });
  for (const bad of [
    ":",
    "key:",
    ":value",
    "keyvalue",
    "key:value",
    "X-:value",
    "X-key:",
    `X-${"k".repeat(254)}:v`,
  ]) {
    throws(() => Object.assign(dealer, { metadata: bad }), "EINVAL");
  }
  throws(() => Object.assign(dealer, { metadata: { "X-a b": "c" } }), "EINVAL", /X-a b/);
  throws(() => Object.assign(dealer, { metadata: { "X-a": "c\0d" } }), "EINVAL");
  for (const bad of [5, true, { "X-a": 5 }]) {
    assert.throws(() => Object.assign(dealer, { metadata: bad }), TypeError);
  }

  assert.deepEqual(dealer.metadata, { "X-a": "1" });
});
