/** What the runtime or the system carries out: which options reach it, and what is told when it fails. */
import assert from "node:assert/strict";
import { Socket as DatagramSocket } from "node:dgram";
import { existsSync, readFileSync } from "node:fs";
import { Server as NetServer } from "node:net";
import { test } from "node:test";
import { constants, Dealer, Publisher, Pull, Push, Reply, Request, version } from "zmq-ts";
import { Radio } from "zmq-ts/draft";
import {
  anyEndpoint,
  connected,
  endpointToCome,
  IO_THREADS,
  log,
  open,
  receiveTexts,
  soon,
  turns,
} from "../support/sockets.ts";

// What a test changes in its own thread an I/O thread does not see.
const inThreads = IO_THREADS > 0 && "I/O is in another thread";
const TIMERS = "/proc/net/tcp";

/** Linux's timers of the connections of this port: the kind, 2 for keep-alive, and what is left of it in ticks. */
function timersOf(port: number): { kind: number; ticks: number }[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return readFileSync(TIMERS, "utf8")
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, remote, state]) => state === "01" && `${local} ${remote}`.includes(`:${wanted}`))
    .map((fields) => fields[5]!.split(":"))
    .map(([kind, ticks]) => ({ kind: Number.parseInt(kind!, 16), ticks: Number.parseInt(ticks!, 16) }));
}

test("[ZMQ_TCP_KEEPALIVE] [ZMQ_TCP_KEEPALIVE_IDLE] keep-alive is the system's own, off or on, with the idle time given", {
  skip: !existsSync(TIMERS) && "NOT TESTED: this system does not show its timers",
}, async (t) => {
  for (const [options, expected] of [
    [{}, undefined],
    [{ tcpKeepalive: 0 }, undefined],
    [{ tcpKeepaliveIdle: 500 }, undefined],
    [{ tcpKeepalive: 1, tcpKeepaliveIdle: 500 }, 500],
    [{ tcpKeepalive: 1, tcpKeepaliveIdle: 1000 }, 1000],
  ] as const) {
    const pull = open(t, Pull, options);
    const push = open(t, Push, options);
    await pull.bind("tcp://127.0.0.1:*");
    await connected(pull, push, pull.lastEndpoint!);
    await push.send("x");
    await receiveTexts(pull, 1);

    const keeps = (): number[] =>
      timersOf(Number(pull.lastEndpoint!.split(":").at(-1)))
        .filter(({ kind, ticks }) => kind === 2 && ticks > 1000)
        .map(({ ticks }) => Math.round(ticks / 100));
    // Another timer, for what was just sent, may come first, and come back.
    let seen = keeps();
    const deadline = Date.now() + 5000;
    while (expected !== undefined && seen.length < 2 && Date.now() < deadline) {
      await turns();
      seen = keeps();
    }

    assert.equal(seen.length, expected === undefined ? 0 : 2);
    for (const seconds of seen) assert.ok(Math.abs(seconds - expected!) <= 5, `${seconds} s`);
  }
});

test("[ZMQ_BACKLOG] backlog is what the system is asked for", { skip: inThreads }, async (t) => {
  const asked: unknown[] = [];
  const { listen } = NetServer.prototype;
  NetServer.prototype.listen = function (this: NetServer, ...args: unknown[]) {
    asked.push((args[0] as { backlog?: number }).backlog);
    return (listen as (...args: unknown[]) => NetServer).apply(this, args);
  } as typeof listen;
  t.after(() => {
    NetServer.prototype.listen = listen;
  });

  for (const transport of ["tcp", "ipc", "ws"] as const) {
    const pull = open(t, Pull);
    await pull.bind(anyEndpoint(transport));
    pull.backlog = 7;
    await pull.bind(anyEndpoint(transport));
  }

  assert.deepEqual(asked, [100, 7, 100, 7, 100, 7]);
});

test("[ZMQ_MULTICAST_HOPS] multicastHops is the time to live of datagrams to a group", {
  skip: inThreads,
}, async (t) => {
  const asked: number[] = [];
  const { setMulticastTTL } = DatagramSocket.prototype;
  const told = new Promise<void>((resolve) => {
    DatagramSocket.prototype.setMulticastTTL = function (this: DatagramSocket, hops: number) {
      asked.push(hops);
      resolve();
      return setMulticastTTL.call(this, hops);
    };
  });
  t.after(() => {
    DatagramSocket.prototype.setMulticastTTL = setMulticastTTL;
  });
  const radio = open(t, Radio, { multicastHops: 3 });

  radio.connect("udp://239.255.1.1:45678");
  await soon(told, "the time to live");

  assert.deepEqual(asked, [3]);
});

test("[ZMQ_RATE] [ZMQ_RECOVERY_IVL] [ZMQ_MULTICAST_MAXTPDU] [ZMQ_LOOPBACK_FASTPATH] [ZMQ_AFFINITY] what concerns transports that are not here is kept", (t) => {
  const publisher = open(t, Publisher);
  for (const [option, initial, value] of [
    [constants.ZMQ_RATE, 100, 5000],
    [constants.ZMQ_RECOVERY_IVL, 10_000, 200],
    [constants.ZMQ_MULTICAST_MAXTPDU, 1500, 9000],
    [constants.ZMQ_LOOPBACK_FASTPATH, 0, 1],
    [constants.ZMQ_AFFINITY, 0, 0],
  ] as const) {
    assert.equal(publisher.getOption(option), initial);
    publisher.setOption(option, value);
    assert.equal(publisher.getOption(option), value);
  }
});

test("[ZMQ_SNDTIMEO] [ZMQ_RCVTIMEO] [ZMQ_RECONNECT_IVL] times are checked and read as they were set", async (t) => {
  const dealer = open(t, Dealer);
  for (const option of ["sendTimeout", "receiveTimeout", "reconnectInterval"] as const) {
    for (const value of [-1, 0, 1, 2 ** 31 - 1]) {
      dealer[option] = value;
      assert.equal(dealer[option], value);
    }
    assert.throws(() => Object.assign(dealer, { [option]: -2 }), { code: "EINVAL" });
  }
  dealer.connect(await endpointToCome(t, "tcp"));
});

test("[ZMQ_BUSY_POLL] [test_busy_poll] requests are answered however long the loop looks for the answer", async (t) => {
  for (const transport of ["tcp", "ipc"] as const) {
    for (const busyPoll of [-1, 0, 50, 10_000]) {
      const reply = open(t, Reply, { busyPoll });
      const request = open(t, Request);
      assert.equal(request.getOption(constants.ZMQ_BUSY_POLL), 0);
      request.setOption(constants.ZMQ_BUSY_POLL, busyPoll);
      assert.equal(request.busyPoll, busyPoll);
      await reply.bind(anyEndpoint(transport));
      request.connect(reply.lastEndpoint!);
      for (let i = 0; i < 20; i++) {
        await request.send(`${i}`);
        await reply.send(await reply.receive());
        assert.deepEqual((await request.receive()).map(String), [`${i}`]);
      }
    }
  }
  assert.throws(() => open(t, Request, { busyPoll: -2 }), { code: "EINVAL" });
});

test("[ZMQ_EVENT_CLOSE_FAILED] a listener that the system cannot close is told of by close:error", {
  skip: inThreads,
}, async (t) => {
  const pull = open(t, Pull);
  const events = log(pull);
  await pull.bind("ipc://*");
  const { close } = NetServer.prototype;
  NetServer.prototype.close = function (this: NetServer, callback) {
    NetServer.prototype.close = close;
    close.call(this);
    callback?.(Object.assign(new Error("close EIO"), { code: "EIO", syscall: "close" }));
    return this;
  };
  t.after(() => {
    NetServer.prototype.close = close;
  });
  const endpoint = pull.lastEndpoint!;

  await pull.unbind(endpoint);

  const { address, error } = await events.next("close:error");
  assert.equal(address, endpoint);
  assert.match(error.message, /closing ipc:.* failed/);
});

test("[test_ancillaries] the version is libzmq's whose behaviour this is", () => {
  const [major, minor, patch] = version.split(".").map(Number);

  assert.deepEqual([major, minor], [4, 3]);
  assert.ok(Number.isInteger(patch) && patch! >= 5);
});
