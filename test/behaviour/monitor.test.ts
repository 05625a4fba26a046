/** The events of a socket: which, in what order, with what, and the three ways to read them. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { type Event, Observer, Pull, Push, Router } from "zmq-ts";
import { command, greeting, RawPeer, RawServer, ready } from "../support/raw-peer.ts";
import {
  anyEndpoint,
  connected,
  endpointToCome,
  inprocName,
  log,
  married,
  open,
  rejects,
  STREAM_TRANSPORTS,
  soon,
  staysPending,
  throws,
  turns,
} from "../support/sockets.ts";

const run = promisify(execFile);

const addressOf = (event: Event): string | undefined => ("address" in event ? event.address : undefined);

for (const transport of STREAM_TRANSPORTS) {
  const delay = transport !== "ipc" ? ["connect:delay"] : [];

  test(`[ZMQ_EVENT_LISTENING] [ZMQ_EVENT_ACCEPTED] [ZMQ_EVENT_HANDSHAKE_SUCCEEDED] [ZMQ_EVENT_CONNECT_DELAYED] [ZMQ_EVENT_CONNECTED] a connection that works: bind, accept, handshake; ${delay}, connect, handshake over ${transport}`, async (t) => {
    const pull = open(t, Pull);
    const push = open(t, Push);
    const endpoint = await married(t, pull, push, transport);

    assert.deepEqual(log(pull).types, ["bind", "accept", "handshake"]);
    assert.deepEqual(log(push).types, [...delay, "connect", "handshake"]);
    for (const event of [...log(pull).all, ...log(push).all])
      assert.equal(addressOf(event), endpoint, event.type);
  });

  test(`[ZMQ_EVENT_CLOSED] [ZMQ_EVENT_CONNECT_RETRIED] a refused connection: close, connect:retry, and again, over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const push = open(t, Push, { reconnectInterval: 3 });
    const events = log(push);

    push.connect(endpoint);
    const first = await events.next("close");
    await events.next("connect:retry");
    await events.next("connect:retry");

    const once = [...delay, "close", "connect:retry"];
    assert.deepEqual(events.types.slice(0, 2 * once.length), [...once, ...once]);
    for (const event of events.all) assert.equal(addressOf(event), endpoint, event.type);
    assert.equal(first.error!.code, transport !== "ipc" ? "ECONNREFUSED" : "ENOENT");
    assert.equal(first.error!.address, endpoint);
  });

  test(`[ZMQ_EVENT_DISCONNECTED] [ZMQ_EVENT_CLOSED] [ZMQ_EVENT_MONITOR_STOPPED] the binding side closes: close, end; disconnect and retries at the other over ${transport}`, async (t) => {
    const pull = open(t, Pull);
    const push = open(t, Push, { reconnectInterval: 3 });
    const endpoint = await married(t, pull, push, transport, { mayLose: true });

    pull.close();
    await log(push).next("disconnect");
    await log(push).next("connect:retry");
    await log(push).next("connect:retry");
    await log(pull).next("end");

    assert.deepEqual(log(pull).types, ["bind", "accept", "handshake", "close", "end"]);
    assert.equal(addressOf(log(pull).all[3]!), endpoint);
    assert.deepEqual(log(push).types.slice(delay.length), [
      "connect",
      "handshake",
      "disconnect",
      "connect:retry",
      ...delay,
      "close",
      "connect:retry",
    ]);
  });

  test(`the connecting side closes: disconnect with a reason at the other, end here, over ${transport}`, async (t) => {
    const pull = open(t, Pull);
    const push = open(t, Push);
    const endpoint = await married(t, pull, push, transport, { mayLose: true });

    push.close();
    const lost = await log(pull).next("disconnect");
    await log(push).next("end");

    assert.equal(lost.address, endpoint);
    assert.equal(lost.error!.code, "ECONNRESET");
    assert.deepEqual(log(push).types, [...delay, "connect", "handshake", "end"]);
    assert.deepEqual(log(pull).types, ["bind", "accept", "handshake", "disconnect"]);
  });

  test(`a disconnect() is told at the other side only over ${transport}`, async (t) => {
    const pull = open(t, Pull);
    const push = open(t, Push);
    const endpoint = await married(t, pull, push, transport, { mayLose: true });

    push.disconnect(endpoint);
    await log(pull).next("disconnect");
    await turns(3);

    assert.equal(log(push).types.at(-1), "handshake");
  });

  test(`an unbind: close here, disconnect there, over ${transport}`, async (t) => {
    const pull = open(t, Pull);
    const push = open(t, Push, { reconnectInterval: -1 });
    const endpoint = await married(t, pull, push, transport, { mayLose: true });

    await pull.unbind(endpoint);
    await log(push).next("disconnect");

    assert.equal((await log(pull).next("close")).address, endpoint);
  });

  test(`sockets of types that do not fit: an error that names both, and no retry, over ${transport}`, async (t) => {
    const router = open(t, Router);
    const push = open(t, Push, { reconnectInterval: 1 });
    const [there, here] = [log(router), log(push)];
    await router.bind(anyEndpoint(transport));

    push.connect(router.lastEndpoint!);
    const { error } = await there.next("disconnect");
    await here.next("disconnect");
    await turns(5);

    assert.match(error!.message, /a ROUTER socket cannot talk to a PUSH socket/);
    assert.deepEqual(there.types, ["bind", "accept", "disconnect"]);
    assert.deepEqual(here.types.slice(0, delay.length + 1), [...delay, "connect"]);
    assert.equal(here.types.at(-1), "disconnect");
    assert.equal(here.count("handshake"), 0);
    assert.equal(here.count("connect:retry"), 0);
  });
}

test("over inproc there is only an end", async (t) => {
  const pull = open(t, Pull);
  const push = open(t, Push);
  const [there, here] = [log(pull), log(push)];
  await married(t, pull, push, "inproc");
  await push.send("x");
  await soon(pull.receive());

  push.close();
  pull.close();
  await Promise.all([there.next("end"), here.next("end")]);

  assert.deepEqual(there.types, ["end"]);
  assert.deepEqual(here.types, ["end"]);
});

test("[ZMQ_EVENT_BIND_FAILED] a taken port: bind:error with address and error, as the rejection has them", async (t) => {
  const first = open(t, Pull);
  await first.bind("tcp://127.0.0.1:*");
  const second = open(t, Pull);
  const events = log(second);

  const rejected = await rejects(second.bind(first.lastEndpoint!), "EADDRINUSE");

  const event = await events.next("bind:error");
  assert.deepEqual(events.types, ["bind:error"]);
  assert.equal(event.address, first.lastEndpoint);
  assert.equal(event.error, rejected);
  const name = inprocName();
  first.bindSync(name);
  throws(() => second.bindSync(name), "EADDRINUSE");
  assert.equal((await events.next("bind:error")).address, name);
});

test("a wildcard bind reports what it became, connections the address they use", async (t) => {
  const pull = open(t, Pull);
  const push = open(t, Push);
  const [there, here] = [log(pull), log(push)];
  await pull.bind("tcp://*:*");
  const port = pull.lastEndpoint!.split(":").at(-1);

  await connected(pull, push, `tcp://localhost:${port}`);

  assert.deepEqual(there.all.map(addressOf), [
    `tcp://0.0.0.0:${port}`,
    `tcp://127.0.0.1:${port}`,
    `tcp://127.0.0.1:${port}`,
  ]);
  for (const event of here.all) assert.equal(addressOf(event), `tcp://localhost:${port}`);
});

test("[ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL] a peer of another mechanism: handshake:error:protocol ERR_ZMTP_MECHANISM_MISMATCH and no retry", async (t) => {
  const server = await RawServer.listen(t);
  const push = open(t, Push, { reconnectInterval: 1 });
  const events = log(push);
  push.connect(server.endpoint);
  const peer = await server.accept();
  peer.write(greeting("CURVE"));

  const { error } = await events.next("handshake:error:protocol");
  await events.next("disconnect");
  await turns(10);

  assert.equal(error.code, "ERR_ZMTP_MECHANISM_MISMATCH");
  assert.match(error.message, /NULL.*CURVE/);
  assert.deepEqual(events.types, ["connect:delay", "connect", "handshake:error:protocol", "disconnect"]);
});

for (const [reason, status] of [
  ["300", 300],
  ["400", 400],
  ["500", 500],
] as const) {
  test(`[ZMQ_EVENT_HANDSHAKE_FAILED_AUTH] a peer that says ERROR ${reason}: handshake:error:auth with status ${status}`, async (t) => {
    const server = await RawServer.listen(t);
    const push = open(t, Push, { reconnectInterval: 1 });
    const events = log(push);
    push.connect(server.endpoint);
    const peer = await server.accept();

    peer.write(greeting(), command("ERROR", `\x03${reason}`));

    const { error, address } = await events.next("handshake:error:auth");
    assert.equal(error.status, status);
    assert.equal(error.code, "ERR_AUTHENTICATION");
    assert.equal(address, server.endpoint);
    await events.next("disconnect");
  });
}

test("a peer that says ERROR with another reason: handshake:error:protocol with the reason", async (t) => {
  const server = await RawServer.listen(t);
  const push = open(t, Push, { reconnectInterval: 1 });
  const events = log(push);
  push.connect(server.endpoint);
  const peer = await server.accept();

  peer.write(greeting(), command("ERROR", "\x09no\x01entry\xff"));

  const { error } = await events.next("handshake:error:protocol");
  assert.match(error.message, /no\\x01entry/);
});

test("[ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL] a peer that goes away in the handshake: handshake:error:other EPIPE, disconnect, and a retry", async (t) => {
  const server = await RawServer.listen(t);
  const push = open(t, Push, { reconnectInterval: 1 });
  const events = log(push);
  push.connect(server.endpoint);
  const peer = await server.accept();
  peer.write(greeting());
  await peer.read(64);

  peer.end();

  const { error } = await events.next("handshake:error:other");
  assert.equal(error.code, "EPIPE");
  await events.next("disconnect");
  await events.next("connect:retry");
});

test("a peer of ZMTP 3 that is greeted and ready is a handshake, with its address", async (t) => {
  const pull = open(t, Pull);
  const events = log(pull);
  await pull.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, pull.lastEndpoint!);
  assert.equal((await events.next("accept")).address, pull.lastEndpoint);
  peer.write(greeting());
  await peer.read(64);
  assert.equal(events.count("handshake"), 0);

  peer.write(ready("PUSH"));

  assert.equal((await events.next("handshake")).address, pull.lastEndpoint);
});

// ---- the three ways

test("events are received one by one, in order, waiting where there are none", async (t) => {
  const pull = open(t, Pull);
  const first = pull.events.receive();
  const second = pull.events.receive();
  await staysPending(first);

  await pull.bind("tcp://127.0.0.1:*");
  await pull.unbind(pull.lastEndpoint!);
  await pull.bind("tcp://127.0.0.1:*");

  assert.equal((await soon(first)).type, "bind");
  assert.equal((await soon(second)).type, "close");
  assert.equal((await soon(pull.events.receive())).type, "bind");
  pull.close();
  assert.equal((await soon(pull.events.receive())).type, "close");
});

test("events are iterated until the end, which is the last of them", async (t) => {
  const pull = open(t, Pull);
  const types: string[] = [];
  const { events } = pull;
  const iterating = (async () => {
    for await (const event of events) types.push(event.type);
  })();
  await pull.bind("tcp://127.0.0.1:*");

  pull.close();

  await soon(iterating);
  assert.deepEqual(types, ["bind", "close", "end"]);
  assert.equal(events.closed, true);
  throws(() => void events.receive(), "EBADF");
});

test("unread events are still there after the socket has closed", async (t) => {
  const pull = open(t, Pull);
  const { events } = pull;
  await pull.bind(inprocName());
  pull.close();

  assert.equal(events.closed, false);
  const types: string[] = [];
  for await (const event of events) types.push(event.type);

  assert.deepEqual(types, ["end"]);
  throws(() => void events.receive(), "EBADF");
  assert.equal(pull.events, events);
});

test("on and off listen to one type each", async (t) => {
  const pull = open(t, Pull);
  const binds: string[] = [];
  const ends: string[] = [];
  const onBind = (event: { type: "bind"; address: string }) => binds.push(event.address);

  const returned = pull.events.on("bind", onBind);
  pull.events.on("end", (event) => ends.push(event.type));
  await pull.bind("tcp://127.0.0.1:*");
  const first = pull.lastEndpoint!;
  returned.off("bind", onBind);
  await pull.bind("tcp://127.0.0.1:*");
  const ended = new Promise<void>((resolve) => pull.events.on("end", () => resolve()));
  pull.close();

  await soon(ended);
  assert.deepEqual(binds, [first]);
  assert.deepEqual(ends, ["end"]);
});

test("after on, receive says that it is too late for it", (t) => {
  const pull = open(t, Pull);
  pull.events.on("bind", () => {});

  assert.throws(() => pull.events.receive(), /Observer is in event emitter mode/);
  assert.throws(() => pull.events.on("bind", undefined as unknown as () => void), TypeError);
});

test("there is one observer per socket, and it can be closed", async (t) => {
  const pull = open(t, Pull);
  const { events } = pull;
  assert.equal(pull.events, events);
  const waiting = events.receive();
  const iterating = (async () => {
    for await (const _ of events);
  })();

  events.close();
  events.close();

  await rejects(waiting, "ENOTSOCK");
  await soon(iterating);
  assert.equal(events.closed, true);
  await pull.bind(inprocName());
  throws(() => void events.receive(), "EBADF");
});

test("an observer in listening mode can be closed", async (t) => {
  const pull = open(t, Pull);
  let heard = 0;
  pull.events.on("bind", () => heard++);
  pull.events.close();

  await pull.bind("tcp://127.0.0.1:*");

  assert.equal(heard, 0);
});

test("an Observer wants a socket", () => {
  assert.throws(() => new Observer(undefined as unknown as Pull), {
    name: "TypeError",
    message: "Socket must be a socket object",
  });
  assert.throws(() => new Observer({} as unknown as Pull), TypeError);
});

test("events that nobody reads do not pile up for ever", async (t) => {
  const push = open(t, Push);
  const { events } = push;
  for (let i = 0; i < 1500; i++) {
    push.connect("tcp://127.0.0.1:1");
    push.disconnect("tcp://127.0.0.1:1");
  }
  await push[Symbol.asyncDispose]();

  let count = 0;
  for await (const _ of events) count++;

  assert.ok(count <= 1001, `${count} were kept`);
});

test("a listener that throws harms no connection: its error is uncaught", async () => {
  // It was thrown through the engine, which took it for a fault of the peer and hung up for good.
  const program = `
    import { Pull, Push } from "zmq-ts";
    process.on("uncaughtException", (error) => console.log("uncaught:", error.message));
    const pull = new Pull();
    await pull.bind("tcp://127.0.0.1:*");
    const push = new Push();
    push.events.on("handshake", () => { throw new Error("a fault of mine"); });
    push.events.on("disconnect", () => console.log("disconnected"));
    push.connect(pull.lastEndpoint);
    await push.send("all the same");
    console.log(await pull.receiveString());
    push.close();
    pull.close();
  `;

  const { stdout } = await soon(run(process.execPath, ["--input-type=module", "--eval", program]));

  assert.deepEqual(stdout.trim().split("\n").sort(), ["all the same", "uncaught: a fault of mine"]);
});

test("a listener may close the socket that it hears of", async (t) => {
  const pull = open(t, Pull);
  const push = open(t, Push, { reconnectInterval: -1 });
  await pull.bind("tcp://127.0.0.1:*");
  const ended = new Promise((resolve) => push.events.on("end", resolve));
  push.events.on("handshake", () => push.close());

  push.connect(pull.lastEndpoint!);
  await soon(ended);

  assert.equal(push.closed, true);
});
