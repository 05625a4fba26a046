/** Heartbeats, 37/ZMTP "Connection Heartbeating", against a peer that answers or does not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Dealer, Router } from "zmq-ts";
import { COMMAND, command, message, RawPeer, RawServer } from "../support/raw-peer.ts";
import { log, married, open, receiveTexts, soon } from "../support/sockets.ts";

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
  assert.ok(took >= 95 && took < 1000, `${took} ms`);
});

test("[test_heartbeats] two sockets with heartbeats stay together", async (t) => {
  const router = open(t, Router, { heartbeatInterval: 5, heartbeatTimeout: 500 });
  const dealer = open(t, Dealer, { heartbeatInterval: 5, heartbeatTimeout: 500, routingId: "d" });
  await married(t, router, dealer, "tcp");

  await new Promise((resolve) => setTimeout(resolve, 60));
  await dealer.send("still here");

  assert.deepEqual(await receiveTexts(router, 1), ["d|still here"]);
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
