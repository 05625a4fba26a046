/** Heartbeats, 37/ZMTP "Connection Heartbeating", against a peer that answers or does not. */
import assert from "node:assert/strict";
import { type AddressInfo, connect, createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { Dealer, Router } from "zmq-ts";
import { COMMAND, command, message, RawPeer, RawServer } from "../support/raw-peer.ts";
import { log, open, receiveTexts, soon, until } from "../support/sockets.ts";

/** Stands between two sockets and hears what they say to each other. */
class Relay {
  readonly endpoint: string;
  readonly #heard: [string, string];

  private constructor(endpoint: string, heard: [string, string]) {
    this.endpoint = endpoint;
    this.#heard = heard;
  }

  static async listen(t: TestContext, to: string): Promise<Relay> {
    const heard: [string, string] = ["", ""];
    const server = createServer((near) => {
      const far = connect(Number(new URL(to).port), "127.0.0.1");
      for (const [i, [from, into]] of [[near, far] as const, [far, near] as const].entries()) {
        from.on("data", (chunk: Buffer) => {
          heard[i] += chunk.toString("latin1");
        });
        from.pipe(into).on("error", () => {});
      }
    });
    t.after(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Relay(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, heard);
  }

  /** How many PONGs went each way. */
  pongs(): number[] {
    return this.#heard.map((text) => text.split("\x04PONG").length - 1);
  }
}

function ping(ttlTenths: number, context = ""): Buffer {
  return command("PING", Buffer.concat([Buffer.of(ttlTenths >> 8, ttlTenths & 255), Buffer.from(context)]));
}

test("[test_heartbeats] a peer that does not answer PING is dropped after heartbeatTimeout, and dialled again", async (t) => {
  const server = await RawServer.listen(t);
  const dealer = open(t, Dealer, { heartbeatInterval: 10, heartbeatTimeout: 15, reconnectInterval: 1 });
  const events = log(dealer);
  dealer.connect(server.endpoint);
  const peer = await server.accept();
  await peer.handshake("ROUTER");

  const { flags, body } = await peer.readFrame();
  assert.equal(flags, COMMAND);
  assert.equal(body.toString("latin1"), "\x04PING\0\0");

  assert.equal((await events.next("disconnect")).error!.code, "ETIMEDOUT");
  await soon(peer.closed);
  await events.next("connect:retry");
});

for (const [says, first] of [
  ["says nothing", Buffer.alloc(0)],
  ["pings, but does not answer", ping(0, "LOL")],
] as const) {
  test(`[test_heartbeats] a bound ROUTER drops a DEALER that ${says}`, async (t) => {
    const router = open(t, Router, { heartbeatInterval: 50 });
    const events = log(router);
    await router.bind("tcp://127.0.0.1:*");
    const peer = await RawPeer.connect(t, router.lastEndpoint!);
    await peer.handshake("DEALER");

    peer.write(first);

    assert.equal((await events.next("disconnect")).error!.code, "ETIMEDOUT");
    await soon(peer.closed);
    const heard = peer.pending.toString("latin1");
    assert.match(heard, /\x04PING/);
    assert.equal(heard.includes("\x04PONGLOL"), first.length > 0);
  });
}

test("any traffic counts as an answer", async (t) => {
  const server = await RawServer.listen(t);
  const dealer = open(t, Dealer, { heartbeatInterval: 5, heartbeatTimeout: 100 });
  dealer.connect(server.endpoint);
  const peer = await server.accept();
  await peer.handshake("ROUTER");

  for (let i = 0; i < 5; i++) {
    assert.equal((await peer.readFrame()).body.toString("latin1", 0, 5), "\x04PING");
    peer.write(message("alive"));
  }

  assert.equal(peer.isClosed, false);
  assert.equal((await receiveTexts(dealer, 5)).length, 5);
});

test("[test_heartbeats] PING is answered with PONG and its context", async (t) => {
  const router = open(t, Router);
  await router.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, router.lastEndpoint!);
  await peer.handshake("DEALER");

  peer.write(ping(0, "abc"));

  assert.equal((await peer.readFrame()).body.toString("latin1"), "\x04PONGabc");
});

test("heartbeatTimeToLive goes into PING in tenths of a second", async (t) => {
  const server = await RawServer.listen(t);
  const dealer = open(t, Dealer, { heartbeatInterval: 5, heartbeatTimeToLive: 3456 });
  dealer.connect(server.endpoint);
  const peer = await server.accept();
  await peer.handshake("ROUTER");

  const { body } = await peer.readFrame();

  assert.deepEqual([...body.subarray(5)], [0, 34]);
});

test("[test_heartbeats] a peer that falls silent is dropped after the time to live that it asked for", async (t) => {
  const router = open(t, Router);
  const events = log(router);
  await router.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, router.lastEndpoint!);
  await peer.handshake("DEALER");
  const start = performance.now();

  peer.write(ping(1));

  await events.next("disconnect");
  await soon(peer.closed);
  const took = performance.now() - start;
  assert.ok(took >= 95, `${took} ms`);
});

test("[test_heartbeats] two sockets with heartbeats stay together", async (t) => {
  const router = open(t, Router, { heartbeatInterval: 5, heartbeatTimeout: 500 });
  const dealer = open(t, Dealer, { heartbeatInterval: 5, heartbeatTimeout: 500, routingId: "d" });
  await router.bind("tcp://127.0.0.1:*");
  const relay = await Relay.listen(t, router.lastEndpoint!);
  dealer.connect(relay.endpoint);
  const events = log(dealer);
  await events.next("handshake");

  await until(() => relay.pongs().every((count) => count >= 5), "each has answered the other five times");
  await dealer.send("still here");

  assert.deepEqual(await receiveTexts(router, 1), ["d|still here"]);
  assert.equal(events.count("disconnect"), 0);
});

test("without heartbeatInterval no PING is sent", async (t) => {
  const server = await RawServer.listen(t);
  const dealer = open(t, Dealer);
  dealer.connect(server.endpoint);
  const peer = await server.accept();
  await peer.handshake("ROUTER");

  await dealer.send("only this");

  assert.deepEqual((await peer.readFrame()).body.toString(), "only this");
  assert.equal(peer.pending.length, 0);
});

test("[test_heartbeats] heartbeatTimeToLive above 6553599 is refused", (t) => {
  assert.throws(() => open(t, Dealer, { heartbeatTimeToLive: 6_553_600 }), { code: "EINVAL" });
});
