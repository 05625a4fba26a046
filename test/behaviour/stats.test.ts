/** What a socket tells of itself: who is there, what waits, what was dropped. And waiting for those who are to come. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Context,
  Dealer,
  type Event,
  Pair,
  Publisher,
  Pull,
  Push,
  Request,
  Router,
  Subscriber,
  XPublisher,
} from "zmq-ts";
import {
  anyEndpoint,
  endpointToCome,
  fill,
  married,
  open,
  receiveTexts,
  rejects,
  soon,
  staysPending,
  TRANSPORTS,
  throws,
  turns,
  until,
} from "../support/sockets.ts";

for (const transport of TRANSPORTS) {
  test(`a publisher awaits its subscribers, so that none misses the first message, over ${transport}`, async (t) => {
    const publisher = open(t, Publisher);
    const subscribers = [open(t, Subscriber), open(t, Subscriber)];
    await publisher.bind(anyEndpoint(transport));
    const both = publisher.subscribers(2, "weather");
    await staysPending(both);

    subscribers[0]!.subscribe("weat");
    subscribers[1]!.subscribe("sports");
    for (const subscriber of subscribers) subscriber.connect(publisher.lastEndpoint!);
    await soon(publisher.subscribers(2));
    await staysPending(both);
    subscribers[1]!.subscribe("weather");
    await soon(both);

    await publisher.send("weather: fine");
    for (const subscriber of subscribers)
      assert.deepEqual(await receiveTexts(subscriber, 1), ["weather: fine"]);
  });

  test(`connected() awaits peers, and stats() counts them, over ${transport}`, async (t) => {
    const server = open(t, Router);
    await server.bind(anyEndpoint(transport));
    const clients = [open(t, Request), open(t, Request)];
    clients[0]!.connect(server.lastEndpoint!);
    await soon(server.connected());
    assert.equal(server.stats().peers, 1);
    const both = server.connected(2);
    await staysPending(both);

    clients[1]!.connect(server.lastEndpoint!);
    await soon(both);

    assert.equal(server.stats().peers, 2);
    clients[0]!.close();
    await until(() => server.stats().peers === 1, "the server has one peer less");
  });

  test(`stats() tells what waits to be sent and to be received over ${transport}`, async (t) => {
    const push = open(t, Push, { sendHighWaterMark: 5 });
    const pull = open(t, Pull, { receiveHighWaterMark: 5 });
    const endpoint = await married(t, pull, push, transport);

    await fill(push, Buffer.alloc(transport === "inproc" ? 1 : 300_000));
    const waiting = push.send("one more");

    const sender = push.stats();
    assert.equal(sender.waitingSends, 1);
    assert.equal(sender.dropped, 0);
    // Room is made in large steps, so a queue that takes nothing may have some already.
    const [least, most] = transport === "inproc" ? [10, 10] : [1, 5];
    assert.ok(sender.sendQueue >= least && sender.sendQueue <= most, String(sender.sendQueue));
    const { remote } = sender.connections[0]!;
    assert.equal(remote, endpoint);
    if (transport !== "inproc") {
      const { receiveQueue, waitingReceives, connections } = pull.stats();
      assert.ok(receiveQueue >= 1 && receiveQueue <= 5, String(receiveQueue));
      assert.equal(waitingReceives, 0);
      assert.equal(connections[0]!.local, endpoint);
    }
    // Not left to the end of the test: closing rejects it.
    waiting.catch(() => {});
  });
}

test("stats() lists a place for a peer that has not come", async (t) => {
  const endpoint = await endpointToCome(t, "tcp");
  const push = open(t, Push, { reconnectInterval: 60_000 });
  push.connect(endpoint);
  await push.send("early");

  const { connections, ...sums } = push.stats();

  assert.deepEqual(connections, [
    { local: "", remote: endpoint, isConnected: false, sendQueue: 1, receiveQueue: 0, dropped: 0 },
  ]);
  assert.deepEqual(sums, {
    peers: 0,
    sendQueue: 1,
    receiveQueue: 0,
    dropped: 0,
    waitingSends: 0,
    waitingReceives: 0,
  });
  push.linger = 0;
  push.close();
  throws(() => push.stats(), "ENOTSOCK");
});

test("what an XPUB has been sent and nobody received counts as waiting", async (t) => {
  const publisher = open(t, XPublisher);
  const subscriber = open(t, Subscriber);
  await married(t, publisher, subscriber, "tcp");
  subscriber.subscribe("a", "b");

  await soon(publisher.subscribers(1, "b"));

  assert.equal(publisher.stats().receiveQueue, 2);
});

test("a publisher counts what a full subscriber misses, and tells once until there is room", async (t) => {
  const publisher = open(t, Publisher, { sendHighWaterMark: 2 });
  const subscriber = open(t, Subscriber, { receiveHighWaterMark: 2 });
  const told: Event[] = [];
  publisher.events.on("drop", (event) => told.push(event));
  const endpoint = `inproc://drops-${process.pid}`;
  await publisher.bind(endpoint);
  subscriber.subscribe("");
  subscriber.connect(endpoint);
  await soon(publisher.subscribers());

  for (let i = 0; i < 10; i++) await publisher.send(String(i));
  await turns();

  assert.equal(publisher.stats().dropped, 6);
  assert.equal(told.length, 1);
  assert.deepEqual(await receiveTexts(subscriber, 4), ["0", "1", "2", "3"]);
  for (let i = 0; i < 10; i++) await publisher.send(String(i));
  await turns();
  assert.equal(publisher.stats().dropped, 12);
  assert.equal(told.length, 2);
  subscriber.close();
  await until(() => publisher.stats().connections.length === 0, "the subscriber is gone");
  assert.equal(publisher.stats().dropped, 12, "not forgotten with the subscriber");
});

test("a drop at a full queue names the peer over tcp", async (t) => {
  const publisher = open(t, Publisher, { sendHighWaterMark: 1 });
  const subscriber = open(t, Subscriber, { receiveHighWaterMark: 1 });
  const drop = new Promise<Event>((resolve) => publisher.events.on("drop", resolve));
  const endpoint = await married(t, publisher, subscriber, "tcp");
  subscriber.subscribe("");
  await soon(publisher.subscribers());
  const body = Buffer.alloc(500_000);

  let isTold = false;
  void drop.then(() => (isTold = true));
  while (!isTold) {
    await publisher.send(body);
    await turns();
  }

  const event = await drop;
  assert.ok(event.type === "drop");
  assert.equal(event.local, endpoint);
  assert.match(event.remote!, /^tcp:\/\/127\.0\.0\.1:\d+$/);
  assert.ok(publisher.stats().dropped > 0);
});

test("a ROUTER counts messages for ids that nobody has, and for peers that are full", async (t) => {
  const router = open(t, Router, { sendHighWaterMark: 1, receiveHighWaterMark: 1 });
  const told: Event[] = [];
  router.events.on("drop", (event) => told.push(event));
  await router.send(["nobody", "hello"]);
  await router.send(["nobody", "hello"]);
  await turns();
  assert.equal(router.stats().dropped, 2);
  assert.equal(told.length, 1);

  const dealer = open(t, Dealer, { routingId: "full", receiveHighWaterMark: 1 });
  const endpoint = `inproc://router-drops-${process.pid}`;
  await router.bind(endpoint);
  dealer.connect(endpoint);
  await soon(router.connected());
  for (let i = 0; i < 5; i++) await router.send(["full", String(i)]);

  assert.equal(router.stats().dropped, 5);
});

test("waiting for peers ends with the socket, the context, or a signal", async (t) => {
  const context = new Context();
  const publisher = open(t, Publisher, { context });
  const given = new AbortController();
  const [signalled, closed] = [
    publisher.subscribers(1, "x", { signal: given.signal }),
    publisher.connected(3),
  ];
  given.abort(new Error("enough"));
  await assert.rejects(signalled, /enough/);
  publisher.close();
  await rejects(closed, "EBADF");
  const other = open(t, Pair, { context });
  const terminated = other.connected();
  context.shutdown();
  await rejects(terminated, "ETERM");
  assert.throws(() => open(t, Pair).connected(-1), RangeError);
  assert.throws(() => open(t, Publisher).subscribers(0.5), RangeError);
});
