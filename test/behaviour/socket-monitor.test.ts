/** The monitor as libzmq gives it out: frames on a socket of its own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, Pair, Pull, Push, Subscriber, socketMonitor, socketMonitorPipesStats } from "zmq-ts";
import { greeting, RawPeer } from "../support/raw-peer.ts";
import { anyEndpoint, fill, inprocName, open, STREAM_TRANSPORTS, soon, throws } from "../support/sockets.ts";

interface EventV1 {
  event: number;
  value: number;
  address: string;
}

interface EventV2 {
  event: number;
  values: number[];
  local: string;
  remote: string;
}

function decodeV1(frames: Buffer[]): EventV1 {
  assert.equal(frames.length, 2);
  assert.equal(frames[0]!.length, 6);
  return {
    event: frames[0]!.readUInt16LE(0),
    value: frames[0]!.readInt32LE(2),
    address: String(frames[1]),
  };
}

function decodeV2(frames: Buffer[]): EventV2 {
  const [event, count] = [0, 1].map((i) => Number(frames[i]!.readBigUInt64LE()));
  assert.equal(frames.length, 4 + count!);
  return {
    event: event!,
    values: frames.slice(2, -2).map((frame) => Number(frame.readBigInt64LE())),
    local: String(frames.at(-2)),
    remote: String(frames.at(-1)),
  };
}

async function nextV1(reader: Pair): Promise<EventV1> {
  return decodeV1(await soon(reader.receive(), "a monitor event"));
}

async function nextV2(reader: Pair): Promise<EventV2> {
  return decodeV2(await soon(reader.receive(), "a monitor event"));
}

for (const transport of STREAM_TRANSPORTS) {
  test(`version 1: events of both sides in order, to the last, over ${transport} [test_monitor]`, async (t) => {
    const server = open(t, Pull);
    const client = open(t, Push);
    const [atServer, atClient] = [open(t, Pair), open(t, Pair)];
    const [serverName, clientName] = [inprocName(), inprocName()];
    socketMonitor(server, serverName);
    socketMonitor(client, clientName);
    atServer.connect(serverName);
    atClient.connect(clientName);

    await server.bind(anyEndpoint(transport));
    const endpoint = server.lastEndpoint!;
    client.connect(endpoint);

    const expect = async (reader: Pair, names: (keyof typeof constants)[]) => {
      for (const name of names) {
        const { event, address } = await nextV1(reader);
        assert.equal(event, constants[name], name);
        assert.equal(address, endpoint);
      }
    };
    await expect(atServer, ["ZMQ_EVENT_LISTENING", "ZMQ_EVENT_ACCEPTED", "ZMQ_EVENT_HANDSHAKE_SUCCEEDED"]);
    if (transport !== "ipc") {
      const { event, value } = await nextV1(atClient);
      assert.equal(event, constants.ZMQ_EVENT_CONNECT_DELAYED);
      assert.equal(value, 115, "EINPROGRESS");
    }
    await expect(atClient, ["ZMQ_EVENT_CONNECTED", "ZMQ_EVENT_HANDSHAKE_SUCCEEDED"]);
    client.close();
    await expect(atServer, ["ZMQ_EVENT_DISCONNECTED"]);
    assert.equal((await nextV1(atClient)).event, constants.ZMQ_EVENT_MONITOR_STOPPED);
  });

  test(`version 2: both endpoints of a connection over ${transport} [test_monitor]`, async (t) => {
    const server = open(t, Pull);
    const client = open(t, Push);
    const [atServer, atClient] = [open(t, Pair), open(t, Pair)];
    const [serverName, clientName] = [inprocName(), inprocName()];
    socketMonitor(server, serverName, { version: 2, events: constants.ZMQ_EVENT_ACCEPTED });
    socketMonitor(client, clientName, { version: 2, events: constants.ZMQ_EVENT_CONNECTED });
    atServer.connect(serverName);
    atClient.connect(clientName);

    await server.bind(anyEndpoint(transport));
    const endpoint = server.lastEndpoint!;
    client.connect(endpoint);

    const [accepted, connected] = [await nextV2(atServer), await nextV2(atClient)];
    assert.equal(accepted.event, constants.ZMQ_EVENT_ACCEPTED);
    assert.equal(connected.event, constants.ZMQ_EVENT_CONNECTED);
    assert.deepEqual(accepted.values, [-1]);
    assert.equal(accepted.local, endpoint);
    assert.equal(connected.remote, endpoint);
    assert.ok(accepted.remote.startsWith(`${transport}://`), accepted.remote);
    if (transport === "tcp") {
      assert.equal(connected.local, accepted.remote, "the same connection");
      assert.notEqual(connected.local, connected.remote);
    }
  });
}

test("a refused bind and a failed handshake give their reasons as values", async (t) => {
  const [first, second] = [open(t, Pull), open(t, Pull)];
  const reader = open(t, Pair);
  const name = inprocName();
  socketMonitor(second, name, {
    events: constants.ZMQ_EVENT_BIND_FAILED | constants.ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL,
  });
  reader.connect(name);
  await first.bind("tcp://127.0.0.1:*");

  await assert.rejects(second.bind(first.lastEndpoint!), { code: "EADDRINUSE", errno: 98 });

  assert.deepEqual(await nextV1(reader), {
    event: constants.ZMQ_EVENT_BIND_FAILED,
    value: 98,
    address: first.lastEndpoint!,
  });
  await second.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, second.lastEndpoint!);
  peer.write(greeting("PLAIN"));
  const { event, value } = await nextV1(reader);
  assert.equal(event, constants.ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL);
  assert.equal(value, constants.ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH);
});

test("[ZMQ_EVENT_PIPES_STATS] pipe statistics: what waits in each direction, a message each connection [test_monitor]", async (t) => {
  const push = open(t, Push, { sendHighWaterMark: 4 });
  const name = inprocName();
  throws(() => socketMonitorPipesStats(push), "EINVAL", /ZMQ_EVENT_PIPES_STATS/);
  socketMonitor(push, name, { version: 2, events: constants.ZMQ_EVENT_PIPES_STATS });
  throws(() => socketMonitorPipesStats(push), "EAGAIN");
  const reader = open(t, Pair);
  reader.connect(name);
  await push.bind("tcp://127.0.0.1:*");
  const idle = [open(t, Pull, { receiveHighWaterMark: 1 }), open(t, Pull, { receiveHighWaterMark: 1 })];
  for (const pull of idle) pull.connect(push.lastEndpoint!);
  await soon(push.connected(2));
  await fill(push, Buffer.alloc(400_000));

  socketMonitorPipesStats(push);

  for (const _ of idle) {
    const { event, values, local, remote } = await nextV2(reader);
    assert.equal(event, constants.ZMQ_EVENT_PIPES_STATS);
    assert.ok(values[0]! >= 1 && values[0]! <= 4, String(values[0]));
    assert.equal(values[1], 0);
    assert.equal(local, push.lastEndpoint);
    assert.match(remote, /^tcp:\/\/127\.0\.0\.1:\d+$/);
  }
});

test("a second monitor takes the first one's place, and null ends it [test_monitor]", async (t) => {
  const pull = open(t, Pull);
  const [first, second] = [open(t, Pair), open(t, Pair)];
  const [one, two] = [inprocName(), inprocName()];
  socketMonitor(pull, one);
  first.connect(one);

  socketMonitor(pull, two);
  second.connect(two);

  assert.equal((await nextV1(first)).event, constants.ZMQ_EVENT_MONITOR_STOPPED);
  await pull.bind("tcp://127.0.0.1:*");
  assert.equal((await nextV1(second)).event, constants.ZMQ_EVENT_LISTENING);
  socketMonitor(pull, null);
  assert.equal((await nextV1(second)).event, constants.ZMQ_EVENT_MONITOR_STOPPED);
  // Its name is free again.
  socketMonitor(pull, two);
});

test("events can go to many by PUB", async (t) => {
  const pull = open(t, Pull);
  const name = inprocName();
  socketMonitor(pull, name, { type: "PUB" });
  const readers = [open(t, Subscriber), open(t, Subscriber)];
  for (const reader of readers) {
    reader.subscribe();
    reader.connect(name);
  }

  await pull.bind("tcp://127.0.0.1:*");

  for (const reader of readers)
    assert.equal(decodeV1(await soon(reader.receive())).event, constants.ZMQ_EVENT_LISTENING);
});

test("events wait for somebody to connect, and can be shared out by PUSH", async (t) => {
  const pull = open(t, Pull);
  const name = inprocName();
  socketMonitor(pull, name, { type: "PUSH" });
  await pull.bind("tcp://127.0.0.1:*");
  const reader = open(t, Pull);

  reader.connect(name);

  assert.equal(decodeV1(await soon(reader.receive())).event, constants.ZMQ_EVENT_LISTENING);
});

test("what cannot be monitored is refused at once [test_monitor]", (t) => {
  const pull = open(t, Pull);
  throws(() => socketMonitor(pull, "tcp://127.0.0.1:*"), "EPROTONOSUPPORT", /inproc/);
  throws(() => socketMonitor(pull, inprocName(), { events: 0x10000 }), "EINVAL", /version 2/);
  throws(() => socketMonitor(pull, inprocName(), { type: "ROUTER" as "PAIR" }), "EINVAL", /PAIR/);
  throws(() => socketMonitor(pull, inprocName(), { version: 3 as 2 }), "EINVAL");
  throws(() => socketMonitor(pull, inprocName(), { events: -1 }), "EINVAL");
  const taken = inprocName();
  open(t, Pair).bindSync(taken);
  throws(() => socketMonitor(pull, taken), "EADDRINUSE");
  assert.throws(() => socketMonitor({} as Pull, inprocName()), TypeError);
  pull.close();
  throws(() => socketMonitor(pull, inprocName()), "EBADF");
});
