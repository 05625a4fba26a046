/** Options by libzmq's numbers, on every socket type, and the constants that name them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as addon from "zeromq/v5-compat.js";
import {
  constants,
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  type Socket,
  Stream,
  Subscriber,
  XPublisher,
  XSubscriber,
} from "zmq-ts";
import { Channel, Client, Datagram, Dish, Gather, Peer, Radio, Scatter, Server } from "zmq-ts/draft";
import { OPTIONS } from "#src/core/option-table.js";
import { PythonPeer } from "../support/python.ts";
import { inprocName, married, open, receiveTexts, soon, throws, until } from "../support/sockets.ts";

const python = await PythonPeer.start();
const CLASSES = {
  PAIR: Pair,
  PUB: Publisher,
  SUB: Subscriber,
  REQ: Request,
  REP: Reply,
  DEALER: Dealer,
  ROUTER: Router,
  PULL: Pull,
  PUSH: Push,
  XPUB: XPublisher,
  XSUB: XSubscriber,
  STREAM: Stream,
  SERVER: Server,
  CLIENT: Client,
  RADIO: Radio,
  DISH: Dish,
  GATHER: Gather,
  SCATTER: Scatter,
  DGRAM: Datagram,
  PEER: Peer,
  CHANNEL: Channel,
} as const;

type Row = { id: number; on?: readonly string[]; anywhere?: true; refused?: string };
const ROWS: [string, Row][] = Object.entries(OPTIONS);
const NUMBERS: Readonly<Record<string, number>> = constants;

test("the option table and the constants agree", () => {
  // The names of the constants are in the source only.
  const source = readFileSync(new URL("../../../src/core/option-table.ts", import.meta.url), "utf8");
  const found = [
    ...source.split("CONTEXT_OPTIONS")[0]!.matchAll(/^ +(\w+): \{ constant: "(\w+)[^"]*", id: (\d+)/gm),
  ];

  assert.ok(found.length > 80, String(found.length));
  for (const [, name, constant, id] of found) {
    assert.equal(NUMBERS[constant!], Number(id), name);
    assert.equal(OPTIONS[name as keyof typeof OPTIONS].id, Number(id), "the build has the same");
  }
});

test("the constants are those of the zeromq package", () => {
  const theirs = addon as unknown as Record<string, unknown>;
  const names = Object.keys(theirs).filter((name) => name in NUMBERS);

  assert.ok(names.length > 45, `${names.length}`);
  for (const name of names) assert.equal(NUMBERS[name], theirs[name], name);
});

test("the constants are those of pyzmq", { skip: python.missing ?? false }, async () => {
  const theirs = (await python.call("constants", {})) as Record<string, number>;

  assert.ok(Object.keys(theirs).length > 100);
  for (const [name, value] of Object.entries(theirs)) {
    // pyzmq 24 has names of its own here and there, and EVENT_ALL as a sum of what it knows.
    if (`ZMQ_${name}` in NUMBERS && name !== "EVENT_ALL") assert.equal(NUMBERS[`ZMQ_${name}`], value, name);
  }
});

for (const [type, Class] of Object.entries(CLASSES)) {
  test(`${type} has by number what it has by name, and what libzmq keeps on every socket`, (t) => {
    const socket = open(t, Class as new () => Socket);
    const properties = socket as unknown as Record<string, unknown>;

    for (const [name, { id, on, anywhere }] of ROWS) {
      if (id < 0 || name === "verbosity") continue;
      if (on === undefined || on.includes(type)) {
        const shown = properties[name];
        const value = socket.getOption(id);
        if (typeof shown === "boolean") assert.equal(value, Number(shown), name);
        else if (!name.startsWith("gssapi")) assert.equal(value, shown, name);
      } else if (anywhere || (type === "PUB" && on.includes("XPUB")))
        assert.doesNotThrow(() => socket.getOption(id), name);
      else throws(() => socket.getOption(id), "EINVAL");
    }
  });

  test(`[ZMQ_TYPE] [ZMQ_THREAD_SAFE] [ZMQ_RCVMORE] [ZMQ_FD] [ZMQ_MECHANISM] [ZMQ_EVENTS] [test_thread_safe] ${type} says what it is and how it is doing by number`, (t) => {
    const socket = open(t, Class as new () => Socket);

    assert.equal(socket.getOption(constants.ZMQ_TYPE), NUMBERS[`ZMQ_${type}`]);
    assert.equal(
      socket.getOption(constants.ZMQ_EVENTS),
      (socket.readable ? constants.ZMQ_POLLIN : 0) + (socket.writable ? constants.ZMQ_POLLOUT : 0),
    );
    assert.equal(socket.getOption(constants.ZMQ_RCVMORE), 0);
    assert.equal(socket.getOption(constants.ZMQ_MECHANISM), constants.ZMQ_NULL);
    assert.equal(socket.getOption(constants.ZMQ_THREAD_SAFE), Number(socket.threadSafe));
    assert.equal(socket.threadSafe, NUMBERS[`ZMQ_${type}`]! > constants.ZMQ_STREAM && type !== "DGRAM");
    assert.equal(socket.getOption(constants.ZMQ_LAST_ENDPOINT), null);
    throws(() => socket.getOption(constants.ZMQ_FD), "ENOTSUP", /file descriptor/);
    for (const option of [constants.ZMQ_TYPE, constants.ZMQ_EVENTS, constants.ZMQ_FD, constants.ZMQ_RCVMORE])
      throws(() => socket.setOption(option, 1), "EINVAL", /read only/);
    for (const option of [-1, 0, 3, 9999]) {
      throws(() => socket.getOption(option), "EINVAL");
      throws(() => socket.setOption(option, 1), "EINVAL");
    }
  });
}

test("[ZMQ_IPV4ONLY] numbers, booleans, bigints, texts and bytes are taken where they fit", (t) => {
  const dealer = open(t, Dealer);

  dealer.setOption(constants.ZMQ_LINGER, 5);
  assert.equal(dealer.linger, 5);
  dealer.setOption(constants.ZMQ_MAXMSGSIZE, 2n ** 40n);
  assert.equal(dealer.getOption(constants.ZMQ_MAXMSGSIZE), 2 ** 40);
  dealer.setOption(constants.ZMQ_IMMEDIATE, 1);
  assert.equal(dealer.immediate, true);
  assert.equal(dealer.getOption(constants.ZMQ_IMMEDIATE), 1);
  dealer.setOption(constants.ZMQ_IMMEDIATE, false);
  assert.equal(dealer.getOption(constants.ZMQ_IMMEDIATE), 0);
  dealer.setOption(constants.ZMQ_IPV4ONLY, 0);
  assert.equal(dealer.ipv6, true);
  assert.equal(dealer.getOption(constants.ZMQ_IPV4ONLY), 0);
  dealer.setOption(constants.ZMQ_ROUTING_ID, "text");
  assert.deepEqual(dealer.getOption(constants.ZMQ_ROUTING_ID), Buffer.from("text"));
  dealer.setOption(constants.ZMQ_ROUTING_ID, new Uint16Array([0x00ff]));
  assert.deepEqual(dealer.getOption(constants.ZMQ_IDENTITY), Buffer.of(255, 0));
  dealer.setOption(constants.ZMQ_HELLO_MSG, Buffer.of(0, 1));
  assert.deepEqual(dealer.getOption(constants.ZMQ_HELLO_MSG), Buffer.of(0, 1));
  dealer.setOption(constants.ZMQ_SOCKS_PROXY, "localhost:1080");
  assert.equal(dealer.getOption(constants.ZMQ_SOCKS_PROXY), "localhost:1080");
  dealer.setOption(constants.ZMQ_SOCKS_PROXY, null);
  assert.equal(dealer.getOption(constants.ZMQ_SOCKS_PROXY), null);

  throws(() => dealer.setOption(constants.ZMQ_LINGER, -2), "EINVAL");
  throws(() => dealer.setOption(constants.ZMQ_IMMEDIATE, -1), "EINVAL");
  assert.throws(() => dealer.setOption(constants.ZMQ_LINGER, "5"), TypeError);
  assert.throws(() => dealer.setOption(constants.ZMQ_IMMEDIATE, "yes"), TypeError);
  assert.throws(() => dealer.setOption(constants.ZMQ_ROUTING_ID, 5), TypeError);
  assert.throws(() => dealer.setOption("17" as unknown as number, 5), TypeError);
});

test("bytes that are read by number are the reader's own", (t) => {
  const dealer = open(t, Dealer, { routingId: "abc" });
  Object.assign(dealer, { routingId: Buffer.from("abc") });

  (dealer.getOption(constants.ZMQ_ROUTING_ID) as Buffer).fill(0);

  assert.equal(dealer.routingId, "abc");
});

test("an option kept where it means nothing has no effect there", async (t) => {
  const pull = open(t, Pull);
  const pair = open(t, Pair);
  const other = open(t, Pair);
  pull.setOption(constants.ZMQ_SNDHWM, 7);
  assert.equal(pull.getOption(constants.ZMQ_SNDHWM), 7);
  assert.equal("sendHighWaterMark" in pull, false);
  pair.setOption(constants.ZMQ_CONFLATE, 1);
  pair.setOption(constants.ZMQ_HELLO_MSG, "H");
  pair.setOption(constants.ZMQ_INVERT_MATCHING, 1);
  await married(t, pair, other, "inproc");

  for (const text of ["one", "two"]) await other.send(text);
  await pair.send("no hello");

  assert.deepEqual(await receiveTexts(pair, 2), ["one", "two"]);
  assert.deepEqual(await receiveTexts(other, 1), ["no hello"]);
});

test("ZMQ_SUBSCRIBE and ZMQ_UNSUBSCRIBE are the calls", async (t) => {
  const publisher = open(t, XPublisher);
  const subscriber = open(t, Subscriber);
  await married(t, publisher, subscriber, "inproc");

  subscriber.setOption(constants.ZMQ_SUBSCRIBE, "a");
  subscriber.setOption(constants.ZMQ_SUBSCRIBE, Buffer.from("b"));
  subscriber.setOption(constants.ZMQ_UNSUBSCRIBE, "a");

  assert.deepEqual(await receiveTexts(publisher, 3), ["\x01a", "\x01b", "\x00a"]);
  throws(() => subscriber.getOption(constants.ZMQ_SUBSCRIBE), "EINVAL");
  throws(() => publisher.setOption(constants.ZMQ_SUBSCRIBE, "a"), "EINVAL", /manual/);
  throws(() => open(t, Pull).setOption(constants.ZMQ_SUBSCRIBE, "a"), "EINVAL");
  assert.throws(() => subscriber.setOption(constants.ZMQ_SUBSCRIBE, 5), TypeError);
});

test("ZMQ_XPUB_VERBOSE and ZMQ_XPUB_VERBOSER are two ways to set verbosity, the last one counts", (t) => {
  const publisher = open(t, XPublisher);
  const both = () => [
    publisher.getOption(constants.ZMQ_XPUB_VERBOSE),
    publisher.getOption(constants.ZMQ_XPUB_VERBOSER),
  ];

  assert.deepEqual(both(), [0, 0]);
  publisher.setOption(constants.ZMQ_XPUB_VERBOSER, 1);
  assert.equal(publisher.verbosity, "allSubsUnsubs");
  assert.deepEqual(both(), [1, 1]);
  publisher.setOption(constants.ZMQ_XPUB_VERBOSE, 1);
  assert.equal(publisher.verbosity, "allSubs");
  assert.deepEqual(both(), [1, 0]);
  publisher.setOption(constants.ZMQ_XPUB_VERBOSE, false);
  assert.equal(publisher.verbosity, null);
  throws(() => open(t, Subscriber).setOption(constants.ZMQ_XPUB_VERBOSE, 1), "EINVAL");
});

test("ZMQ_EVENTS and ZMQ_LAST_ENDPOINT follow the socket", async (t) => {
  const pull = open(t, Pull);
  const push = open(t, Push);
  const endpoint = inprocName();
  await pull.bind(endpoint);
  push.connect(endpoint);

  assert.equal(push.getOption(constants.ZMQ_LAST_ENDPOINT), endpoint);
  assert.equal(push.getOption(constants.ZMQ_EVENTS), constants.ZMQ_POLLOUT);
  assert.equal(pull.getOption(constants.ZMQ_EVENTS), 0);
  await push.send("x");
  assert.equal(pull.getOption(constants.ZMQ_EVENTS), constants.ZMQ_POLLIN);
});

test("STREAM tells the routing id of its last connection as its own [test_stream]", async (t) => {
  const server = open(t, Stream);
  const client = open(t, Stream);
  await server.bind("tcp://127.0.0.1:*");
  assert.equal(client.getOption(constants.ZMQ_ROUTING_ID), null);
  client.connect(server.lastEndpoint!);

  const [id] = await soon(client.receive());

  assert.deepEqual(client.getOption(constants.ZMQ_ROUTING_ID), id);
});

test("options of a closed socket are ENOTSOCK, and its subscriptions too", (t) => {
  const publisher = open(t, XPublisher, { manual: true });
  const subscriber = open(t, Subscriber);
  for (const socket of [publisher, subscriber]) socket.close();

  for (const socket of [publisher, subscriber]) {
    throws(() => socket.getOption(constants.ZMQ_LINGER), "ENOTSOCK");
    throws(() => socket.setOption(constants.ZMQ_LINGER, 1), "ENOTSOCK");
    throws(() => socket.setOption(constants.ZMQ_SUBSCRIBE, "a"), "ENOTSOCK");
    throws(() => socket.topicsCount, "ENOTSOCK");
    throws(() => socket.subscribe("a"), "ENOTSOCK");
    throws(() => socket.unsubscribe("a"), "ENOTSOCK");
  }
});

test("[ZMQ_TOPICS_COUNT] [test_pubsub_topics_count] the number of topics is that of different prefixes, nested or not", async (t) => {
  for (const [PublisherClass, SubscriberClass] of [
    [Publisher, Subscriber],
    [XPublisher, XSubscriber],
  ] as const) {
    const publisher = open<Publisher | XPublisher, object>(t, PublisherClass);
    const subscriber = open<Subscriber | XSubscriber, object>(t, SubscriberClass);
    await married(t, publisher, subscriber, "inproc");
    const ask = async (kind: 0 | 1, topic: string): Promise<void> => {
      if (subscriber instanceof XSubscriber) await subscriber.send(`${String.fromCharCode(kind)}${topic}`);
      else if (kind === 1) subscriber.subscribe(topic);
      else subscriber.unsubscribe(topic);
    };

    for (const topic of ["a", "ab", "abc", "xyz", "xy", "x", "x"]) await ask(1, topic);
    assert.equal(subscriber.topicsCount, 6);
    assert.equal(publisher.topicsCount, 6);
    assert.equal(subscriber.getOption(constants.ZMQ_TOPICS_COUNT), 6);
    assert.equal(publisher.getOption(constants.ZMQ_TOPICS_COUNT), 6);

    for (const topic of ["x", "abc", "nothing"]) await ask(0, topic);
    assert.equal(subscriber.topicsCount, 5, "x was subscribed to twice");
    await until(() => publisher.topicsCount === 5, "the publisher has heard of it");
  }
  throws(() => open(t, Pull).getOption(constants.ZMQ_TOPICS_COUNT), "EINVAL");
});
