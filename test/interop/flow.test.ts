/** High-water marks, large numbers, size limits and linger with libzmq at the other end. */
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Dealer, Pull, Push, Reply, Request } from "zmq-ts";
import { ADDON } from "../support/interop-ends.ts";
import { EVENT, nextEvent } from "../support/interop-events.ts";
import { assertMessage, assertNumbered, bytes } from "../support/interop-messages.ts";
import { type PythonEnd, PythonPeer } from "../support/python.ts";

const python = await PythonPeer.start();
const skip = python.missing ?? false;
const timeout = 10_000;
const wildcards = { tcp: "tcp://127.0.0.1:*", ipc: "ipc://*" };

/** The value that `read` gives twice in a row, a round trip to the Python process apart: the flow stands still. */
async function standstill(read: () => Promise<number>, end: PythonEnd): Promise<number> {
  for (let before = await read(); ; ) {
    for (let i = 0; i < 20; i++) await end.unsent();
    const now = await read();
    if (now === before) return now;
    before = now;
  }
}

for (const [transport, wildcard] of Object.entries(wildcards)) {
  test(`our PUSH waits for a libzmq PULL that does not read, and nothing is lost, over ${transport}`, {
    timeout,
    skip,
  }, async (t) => {
    const COUNT = 10_000;
    const theirs = await python.open("PULL", { receiveHighWaterMark: 100 });
    t.after(() => theirs.close());
    const ours = new Push({ linger: 0, sendHighWaterMark: 100 });
    t.after(() => ours.close());
    ours.connect(await theirs.bind(wildcard));
    const body = bytes(2048);

    const sends = Array.from({ length: COUNT }, (_, i) => ours.send([String(i), body]));
    const waiting = await standstill(async () => ours.waitingSends, theirs);
    assert.ok(waiting > 0, "sends wait");
    assertNumbered(await theirs.receiveBriefly(COUNT), 2048);
    await Promise.all(sends);
    assert.equal(ours.waitingSends, 0);
  });

  test(`a libzmq PUSH waits for our PULL that does not read, and nothing is lost, over ${transport}`, {
    timeout,
    skip,
  }, async (t) => {
    const COUNT = 10_000;
    const ours = new Pull({ linger: 0, receiveHighWaterMark: 100 });
    t.after(() => ours.close());
    await ours.bind(wildcard);
    const theirs = await python.open("PUSH", { sendHighWaterMark: 100 });
    t.after(() => theirs.close());
    await theirs.connect(ours.lastEndpoint!);

    const flood = theirs.flood(COUNT, 2048);
    const unsent = await standstill(() => theirs.unsent(), theirs);
    assert.ok(unsent > 0, "their messages wait");

    for (let i = 0; i < COUNT; i++) {
      const [number, body] = await ours.receive();
      assert.ok(String(number) === String(i) && body!.length === 2048, `message ${i} is ${number}`);
    }
    await flood;
  });

  test(`messages sent before close arrive at libzmq over ${transport}`, { timeout, skip }, async (t) => {
    const COUNT = 1000;
    const theirs = await python.open("PULL");
    t.after(() => theirs.close());
    const ours = new Push();
    ours.connect(await theirs.bind(wildcard));
    for (let i = 0; i < COUNT; i++) await ours.send([String(i), bytes(10_000)]);

    ours.close();

    assertNumbered(await theirs.receiveBriefly(COUNT), 10_000);
  });

  test(`messages sent before close arrive at a libzmq that connected over ${transport}`, {
    timeout,
    skip,
  }, async (t) => {
    const COUNT = 1000;
    const ours = new Push();
    t.after(() => ours.close());
    await ours.bind(wildcard);
    const theirs = await python.open("PULL");
    t.after(() => theirs.close());
    await theirs.connect(ours.lastEndpoint!);
    for (let i = 0; i < COUNT; i++) await ours.send([String(i), bytes(10_000)]);

    ours.close();

    assertNumbered(await theirs.receiveBriefly(COUNT), 10_000);
  });

  test(`messages that libzmq sent before its close arrive here over ${transport}`, {
    timeout,
    skip,
  }, async (t) => {
    const COUNT = 900;
    const ours = new Pull();
    t.after(() => ours.close());
    await ours.bind(wildcard);
    const theirs = await python.open("PUSH");
    await theirs.connect(ours.lastEndpoint!);
    await theirs.flood(COUNT, 10_000);

    await theirs.close(-1);

    for (let i = 0; i < COUNT; i++) assert.equal(String((await ours.receive())[0]), String(i));
  });
}

test("20 000 messages pass through libzmq and back in order", { timeout, skip }, async (t) => {
  const COUNT = 20_000;
  const theirs = await python.open("DEALER");
  t.after(() => theirs.close());
  const ours = new Dealer({ linger: 0 });
  t.after(() => ours.close());
  ours.connect(await theirs.bind("tcp://127.0.0.1:*"));

  const back = theirs.flood(COUNT, 10);
  const forth = theirs.receiveBriefly(COUNT);
  const sent = ours.sendMany(Array.from({ length: COUNT }, (_, i) => [String(i), "ten bytes!"]));
  for (let i = 0; i < COUNT; i++) assert.equal(String((await ours.receive())[0]), String(i));

  assertNumbered(await forth, 10);
  await Promise.all([back, sent]);
});

for (const library of [python, ADDON]) {
  test(`[test_reqrep_tcp] REQ and REP do 1000 rounds with libzmq, each way (${library.name})`, {
    timeout,
    skip: library.missing ?? false,
  }, async (t) => {
    const [theirReply, theirRequest] = [await library.open("REP"), await library.open("REQ")];
    t.after(() => Promise.all([theirReply.close(), theirRequest.close()]));
    const [request, reply] = [new Request({ linger: 0 }), new Reply({ linger: 0 })];
    t.after(() => [request.close(), reply.close()]);
    request.connect(await theirReply.bind("tcp://127.0.0.1:*"));
    await reply.bind("tcp://127.0.0.1:*");
    await theirRequest.connect(reply.lastEndpoint!);

    let atThem = theirReply.receive();
    for (let i = 0; i < 1000; i++) {
      await Promise.all([request.send(`ask ${i}`), theirRequest.send([`ask ${i}`])]);
      await reply.send(["re", ...(await reply.receive())]);
      await theirReply.send(["re", ...(await atThem)]);
      atThem = theirReply.receive();
      const [theirs, ours] = await Promise.all([request.receive(), theirRequest.receive()]);
      assertMessage(theirs, ["re", `ask ${i}`]);
      assertMessage(ours, ["re", `ask ${i}`]);
    }
    atThem.catch(() => {});
  });
}

test("[ZMQ_MAXMSGSIZE] a libzmq that sends more than maxMessageSize loses its connection, others go on", {
  timeout,
  skip,
}, async (t) => {
  const ours = new Pull({ linger: 0, maxMessageSize: 1000 });
  t.after(() => ours.close());
  ours.events;
  await ours.bind("tcp://127.0.0.1:*");
  const [hostile, good] = [await python.open("PUSH", { reconnectInterval: -1 }), await python.open("PUSH")];
  t.after(() => Promise.all([hostile.close(), good.close()]));
  for (const end of [hostile, good]) await end.connect(ours.lastEndpoint!);

  await hostile.send([bytes(1000)]);
  assertMessage(await ours.receive(), [bytes(1000)]);
  await hostile.send([bytes(1001)]);
  const { error } = await nextEvent(ours, "disconnect");
  await good.send(["fine"]);

  assert.equal(error?.code, "EMSGSIZE");
  assertMessage(await ours.receive(), ["fine"]);
});

test("libzmq throws us out for more than its ZMQ_MAXMSGSIZE, and takes us again", {
  timeout,
  skip,
}, async (t) => {
  const theirs = await python.open("PULL", { maxMessageSize: 1000 });
  t.after(() => theirs.close());
  const monitor = await theirs.monitor();
  const ours = new Push({ linger: 0, reconnectInterval: 20 });
  t.after(() => ours.close());
  ours.events;
  ours.connect(await theirs.bind("tcp://127.0.0.1:*"));
  await ours.send(bytes(1000));
  assertMessage(await theirs.receive(), [bytes(1000)]);

  await ours.send(bytes(1001));
  await Promise.all([nextEvent(ours, "disconnect"), monitor.next(EVENT.DISCONNECTED)]);
  await nextEvent(ours, "handshake");
  await ours.send("fine");

  assertMessage(await theirs.receive(), ["fine"]);
});

test("close with linger 0 ends at once though nobody takes the messages", { timeout: 2000 }, async () => {
  const ours = new Push({ linger: 0 });
  ours.connect(`ipc://${join(tmpdir(), `zmq-ts-nobody-${process.pid}`)}`);
  await ours.send("for nobody");

  await ours[Symbol.asyncDispose]();

  assert.equal(ours.closed, true);
});

test("close with linger 0 ends at once though libzmq does not read", { timeout, skip }, async (t) => {
  const theirs = await python.open("PULL", { receiveHighWaterMark: 1 });
  t.after(() => theirs.close());
  const ours = new Push({ linger: 0 });
  ours.connect(await theirs.bind("ipc://*"));
  const body = bytes(100_000);
  while (ours.trySend(body));
  await standstill(async () => Number(ours.writable), theirs);

  await ours[Symbol.asyncDispose]();

  assert.equal(ours.closed, true);
});

test("close with a linger of some milliseconds gives up after them", { timeout: 2000 }, async () => {
  const ours = new Push({ linger: 50 });
  ours.connect(`ipc://${join(tmpdir(), `zmq-ts-nobody-${process.pid}`)}`);
  await ours.send("for nobody");
  const before = performance.now();

  await ours[Symbol.asyncDispose]();

  assert.ok(performance.now() - before >= 49);
});
