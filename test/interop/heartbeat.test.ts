/** PING, PONG and TTL with libzmq. A mute peer, thrown out after the time that ours must survive, serves as the clock. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { Dealer } from "zmq-ts";
import { ADDON } from "../support/interop-ends.ts";
import { EVENT, nextEvent } from "../support/interop-events.ts";
import { assertMessage } from "../support/interop-messages.ts";
import { beMuteUntilThrownOut } from "../support/interop-zmtp.ts";
import { PythonPeer } from "../support/python.ts";

const python = await PythonPeer.start();
const skip = python.missing ?? false;
const timeout = 8000;
const beats = { heartbeatInterval: 50, heartbeatTimeout: 600 };

for (const library of [python, ADDON]) {
  test(`[test_heartbeats] we answer the pings of libzmq (${library.name})`, {
    timeout,
    skip: library.missing ?? false,
  }, async (t) => {
    const theirs = await library.open("DEALER", beats);
    t.after(() => theirs.close());
    const endpoint = await theirs.bind("tcp://127.0.0.1:*");
    const ours = new Dealer({ linger: 0 });
    t.after(() => ours.close());
    const losses: unknown[] = [];
    ours.events.on("disconnect", (event) => losses.push(event));
    ours.connect(endpoint);
    const received = theirs.receive();
    await ours.send("hello");
    assertMessage(await received, ["hello"]);

    const next = theirs.receive();
    await beMuteUntilThrownOut(endpoint);
    await beMuteUntilThrownOut(endpoint);
    await ours.send("still here");

    assertMessage(await next, ["still here"]);
    assert.deepEqual(losses, []);
  });

  test(`[test_heartbeats] [ZMQ_HEARTBEAT_IVL] libzmq answers our pings (${library.name})`, {
    timeout,
    skip: library.missing ?? false,
  }, async (t) => {
    const ours = new Dealer({ linger: 0, ...beats });
    t.after(() => ours.close());
    const losses: unknown[] = [];
    ours.events.on("disconnect", ({ error }) => losses.push(error?.code));
    await ours.bind("tcp://127.0.0.1:*");
    const theirs = await library.open("DEALER");
    t.after(() => theirs.close());
    await theirs.connect(ours.lastEndpoint!);
    await theirs.send(["hello"]);
    assertMessage(await ours.receive(), ["hello"]);

    await beMuteUntilThrownOut(ours.lastEndpoint!);
    await beMuteUntilThrownOut(ours.lastEndpoint!);
    await theirs.send(["still here"]);

    assertMessage(await ours.receive(), ["still here"]);
    assert.deepEqual(losses, ["ETIMEDOUT", "ETIMEDOUT"], "the mute peers, and nobody else");
  });
}

test("a libzmq that is frozen is noticed, and found again when it goes on", { timeout, skip }, async (t) => {
  t.after(() => python.thaw());
  const theirs = await python.open("DEALER");
  t.after(() => theirs.close());
  const ours = new Dealer({ linger: 0, reconnectInterval: 20, ...beats });
  t.after(() => ours.close());
  ours.events;
  ours.connect(await theirs.bind("tcp://127.0.0.1:*"));
  await ours.send("before");
  assertMessage(await theirs.receive(), ["before"]);

  python.freeze();
  const { error } = await nextEvent(ours, "disconnect");
  python.thaw();
  await nextEvent(ours, "handshake");
  await ours.send("after");

  assert.equal(error?.code, "ETIMEDOUT");
  assertMessage(await theirs.receive(), ["after"]);
});

test("[test_heartbeats] a frozen libzmq is noticed by the time to live that its pings gave us", {
  timeout,
  skip,
}, async (t) => {
  t.after(() => python.thaw());
  const ours = new Dealer({ linger: 0 });
  t.after(() => ours.close());
  ours.events;
  await ours.bind("tcp://127.0.0.1:*");
  const theirs = await python.open("DEALER", {
    heartbeatInterval: 50,
    heartbeatTimeToLive: 200,
    reconnectInterval: 20,
  });
  t.after(() => theirs.close());
  await theirs.connect(ours.lastEndpoint!);
  await nextEvent(ours, "handshake");
  await untilBeaten();

  python.freeze();
  const { error } = await nextEvent(ours, "disconnect");
  python.thaw();
  await nextEvent(ours, "handshake");
  await theirs.send(["after"]);

  assert.equal(error?.code, "ETIMEDOUT");
  assertMessage(await ours.receive(), ["after"]);
});

/** Resolves after silence in which a peer that beats every 50 ms has beaten: when a mute peer has been thrown out. */
async function untilBeaten(): Promise<void> {
  const clock = new Dealer({ linger: 0, heartbeatInterval: 200, heartbeatTimeout: 200 });
  await clock.bind("tcp://127.0.0.1:*");
  await beMuteUntilThrownOut(clock.lastEndpoint!);
  clock.close();
}

const FROZEN_PROGRAM = `
  import { Dealer } from "zmq-ts";
  const socket = new Dealer({ heartbeatInterval: 50, heartbeatTimeToLive: 200 });
  socket.connect(process.argv[1]);
  await socket.send("hello");
  await socket.receive();
`;

test("[test_heartbeats] [ZMQ_HEARTBEAT_TTL] libzmq notices that we are frozen by the time to live that our pings gave it", {
  timeout,
  skip,
}, async (t) => {
  const theirs = await python.open("DEALER");
  t.after(() => theirs.close());
  const monitor = await theirs.monitor();
  const endpoint = await theirs.bind("tcp://127.0.0.1:*");
  const child = spawn(process.execPath, ["--input-type=module", "-e", FROZEN_PROGRAM, endpoint], {
    stdio: ["ignore", "ignore", "inherit"],
    timeout,
    killSignal: "SIGKILL",
  });
  t.after(() => child.kill("SIGKILL"));
  assertMessage(await theirs.receive(), ["hello"]);
  await untilBeaten();

  child.kill("SIGSTOP");

  await monitor.next(EVENT.DISCONNECTED);
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
});
