/** What ends an endpoint, and what only interrupts it. libzmq's programs in brackets. */
import assert from "node:assert/strict";
import { linkSync } from "node:fs";
import { test } from "node:test";
import { constants, Dealer, Pair, Publisher, Push, Subscriber } from "zmq-ts";
import { RawServer } from "../support/raw-peer.ts";
import {
  anyEndpoint,
  connected,
  endpointToCome,
  IO_THREADS,
  log,
  open,
  receiveTexts,
  STREAM_TRANSPORTS,
  soon,
  staysPending,
  throws,
  turns,
} from "../support/sockets.ts";

for (const transport of STREAM_TRANSPORTS) {
  const delay = transport === "ipc" ? [] : ["connect:delay"];

  test(`[test_reconnect_options] a lost connection is tried again after its interval over ${transport}`, async (t) => {
    const publisher = open(t, Publisher);
    await publisher.bind(await endpointToCome(t, transport));
    const endpoint = publisher.lastEndpoint!;
    const subscriber = open(t, Subscriber, { reconnectInterval: 60_000 });
    await connected(publisher, subscriber, endpoint);

    publisher.close();
    await log(subscriber).next("connect:retry");
    await turns(5);

    assert.deepEqual(log(subscriber).types, [
      ...delay,
      "connect",
      "handshake",
      "disconnect",
      "connect:retry",
    ]);
  });

  test(`[test_reconnect_options] the peer that comes back is connected to over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const subscriber = open(t, Subscriber, { reconnectInterval: 1 });
    for (let round = 0; round < 2; round++) {
      const publisher = open(t, Publisher);
      await publisher.bind(endpoint);
      if (round === 0) log(subscriber);
      if (round === 0) subscriber.connect(endpoint);
      await log(subscriber).next("handshake");
      publisher.close();
      await log(subscriber).next("disconnect");
    }
  });

  test(`[test_reconnect_options] reconnectStop 1: the endpoint ends when it is refused over ${transport}`, async (t) => {
    const publisher = open(t, Publisher);
    await publisher.bind(await endpointToCome(t, transport));
    let endpoint = publisher.lastEndpoint!;
    // A path that is not there refuses nobody: this second name of it stays when the first goes.
    if (transport === "ipc") {
      linkSync(endpoint.slice("ipc://".length), `${endpoint.slice("ipc://".length)}2`);
      endpoint += "2";
    }
    const subscriber = open(t, Subscriber, {
      reconnectInterval: 1,
      reconnectStop: constants.ZMQ_RECONNECT_STOP_CONN_REFUSED,
    });
    await connected(publisher, subscriber, endpoint);
    publisher.close();

    const { error } = await log(subscriber).next("close");
    assert.equal(error!.code, "ECONNREFUSED");
    await turns(5);

    const wanted = [...delay, "connect", "handshake", "disconnect", "connect:retry", ...delay, "close"];
    assert.deepEqual(log(subscriber).types, wanted);
    throws(() => subscriber.disconnect(endpoint), "ENOENT");
  });
}

test("[test_reconnect_options] reconnectStop 1 also ends an endpoint that was never there, and frees who waits for it", async (t) => {
  const push = open(t, Push, { reconnectInterval: 1, reconnectStop: 1 });
  log(push);
  const endpoint = await endpointToCome(t, "tcp");
  push.connect(endpoint);
  await push.send("lost with the endpoint");

  await log(push).next("close");

  assert.equal(push.writable, false);
  throws(() => push.disconnect(endpoint), "ENOENT");
  push.close();
  await log(push).next("end");
});

for (const [what, act] of [
  ["times out", undefined],
  ["is cut off", (peer: { end(): void }) => peer.end()],
] as const) {
  test(`[test_reconnect_options] reconnectStop 2: a handshake that ${what} ends the endpoint`, async (t) => {
    const server = await RawServer.listen(t);
    const options = { handshakeInterval: 20, reconnectInterval: 1 };
    const subscriber = open(t, Subscriber, {
      ...options,
      reconnectStop: constants.ZMQ_RECONNECT_STOP_HANDSHAKE_FAILED,
    });
    log(subscriber);
    subscriber.connect(server.endpoint);
    const peer = await server.accept();
    act?.(peer);

    await log(subscriber).next("disconnect");
    await turns(5);

    const wanted = ["connect:delay", "connect", "handshake:error:other", "disconnect"];
    assert.deepEqual(log(subscriber).types, wanted);
    throws(() => subscriber.disconnect(server.endpoint), "ENOENT");
  });
}

test("reconnectStop 2 does not end an endpoint whose handshake succeeded", async (t) => {
  const endpoint = await endpointToCome(t, "tcp");
  const dealer = open(t, Dealer, { reconnectInterval: 1, reconnectStop: 2 });
  for (let round = 0; round < 2; round++) {
    const server = open(t, Dealer);
    await server.bind(endpoint);
    if (round === 0) dealer.connect(endpoint);
    await server.send(`round ${round}`);
    assert.deepEqual(await receiveTexts(dealer, 1), [`round ${round}`]);
    server.close();
  }
});

test("[test_reconnect_options] reconnectStop 4: after disconnect a refused attempt is the last", async (t) => {
  const push = open(t, Push, {
    reconnectInterval: 1,
    reconnectStop: constants.ZMQ_RECONNECT_STOP_AFTER_DISCONNECT,
  });
  const events = log(push);
  const endpoint = await endpointToCome(t, "tcp");
  push.connect(endpoint);
  await push.send("would linger for ever");
  await events.next("close");
  await events.next("connect:retry");

  push.disconnect(endpoint);
  await events.next("close");
  push.linger = -1;
  push.close();

  await events.next("end");
});

test("reconnectStop is a sum of 1, 2 and 4", (t) => {
  const push = open(t, Push);
  push.reconnectStop = 7;
  assert.equal(push.getOption(constants.ZMQ_RECONNECT_STOP), 7);
  for (const bad of [-1, 8]) throws(() => push.setOption(constants.ZMQ_RECONNECT_STOP, bad), "EINVAL");
});

for (const transport of STREAM_TRANSPORTS) {
  test(`[test_reconnect_ivl] reconnectInterval -1: an unbound peer that binds again is not found until connect is called over ${transport}`, async (t) => {
    const bound = open(t, Pair);
    await bound.bind(await endpointToCome(t, transport));
    const endpoint = bound.lastEndpoint!;
    const connecting = open(t, Pair, { reconnectInterval: -1 });
    await connected(bound, connecting, endpoint);
    await connecting.send("there");
    assert.deepEqual(await receiveTexts(bound, 1), ["there"]);
    await bound.send("and back");
    assert.deepEqual(await receiveTexts(connecting, 1), ["and back"]);

    const lost = log(connecting).next("disconnect");
    await bound.unbind(endpoint);
    await lost;
    const waiting = connecting.send("waits");
    await staysPending(waiting);
    await bound.bind(endpoint);
    await staysPending(waiting);
    connecting.connect(endpoint);
    await soon(waiting);

    assert.deepEqual(await receiveTexts(bound, 1), ["waits"]);
  });
}

for (const transport of STREAM_TRANSPORTS) {
  test(`a PAIR keeps the endpoint of a peer that it has no room for, and turns to it later, over ${transport}`, async (t) => {
    // The endpoint was forgotten, so the second peer was never connected to.
    const pair = open(t, Pair);
    const first = open(t, Pair);
    const second = open(t, Pair);
    await first.bind(anyEndpoint(transport));
    await second.bind(anyEndpoint(transport));
    await connected(first, pair, first.lastEndpoint!);
    pair.connect(second.lastEndpoint!);
    await pair.send("one");
    assert.deepEqual(await receiveTexts(first, 1), ["one"]);
    assert.equal(log(second).count("accept"), 0);

    pair.disconnect(first.lastEndpoint!);
    await pair.send("two");

    assert.deepEqual(await receiveTexts(second, 1), ["two"]);
    pair.connect(first.lastEndpoint!);
    pair.disconnect(first.lastEndpoint!);
    throws(() => pair.disconnect(first.lastEndpoint!), "ENOENT");
    await second.send("three");
    assert.deepEqual(await receiveTexts(pair, 1), ["three"]);
  });

  // In an I/O thread nobody knows that the socket has no room; there the endpoint ends.
  const skip = IO_THREADS > 0;
  test(`a PAIR with immediate tries until it has room over ${transport}`, { skip }, async (t) => {
    const pair = open(t, Pair, { immediate: true, reconnectInterval: 1 });
    const first = open(t, Pair);
    const second = open(t, Pair);
    await first.bind(anyEndpoint(transport));
    await second.bind(anyEndpoint(transport));
    await connected(first, pair, first.lastEndpoint!);
    const refused = log(second).next("disconnect");
    pair.connect(second.lastEndpoint!);
    await refused;

    pair.disconnect(first.lastEndpoint!);
    await pair.send("two");

    assert.deepEqual(await receiveTexts(second, 1), ["two"]);
  });
}

test("two endpoints that a PAIR has no room for come in their turn, and close with it", async (t) => {
  const pair = open(t, Pair);
  const peers = [open(t, Pair), open(t, Pair), open(t, Pair)];
  for (const peer of peers) {
    await peer.bind(anyEndpoint("tcp"));
    pair.connect(peer.lastEndpoint!);
  }
  for (const peer of peers) {
    await pair.send("hello");
    assert.deepEqual(await receiveTexts(peer, 1), ["hello"]);
    pair.disconnect(peer.lastEndpoint!);
  }
  for (const peer of peers) pair.connect(peer.lastEndpoint!);
  log(pair);
  pair.close();

  await log(pair).next("end");
});
