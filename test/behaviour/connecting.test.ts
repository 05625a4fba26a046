/** Connecting in the background: before there is a peer, again after a loss, with back-off and time limits. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Dealer, Pull, Push, Router } from "zmq-ts";
import { greeting, message, RawPeer, RawServer, ready } from "../support/raw-peer.ts";
import {
  anyEndpoint,
  endpointToCome,
  IO_THREADS,
  log,
  married,
  open,
  receiveTexts,
  STREAM_TRANSPORTS,
  soon,
  staysPending,
  TRANSPORTS,
  turns,
  until,
} from "../support/sockets.ts";

for (const transport of TRANSPORTS) {
  test(`[test_bind_after_connect_tcp] [test_inproc_connect] connect may come before bind over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const push = open(t, Push, { reconnectInterval: 5 });
    push.connect(endpoint);
    await push.send("early");
    if (transport !== "inproc") await log(push).next("connect:retry");

    const pull = open(t, Pull);
    await pull.bind(endpoint);

    assert.deepEqual(await receiveTexts(pull, 1), ["early"]);
  });

  test(`[test_inproc_connect] what was sent by a socket that has closed is there when the name is bound over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const push = open(t, Push, { reconnectInterval: 5 });
    push.connect(endpoint);
    for (const text of ["one", "two"]) await push.send(text);
    push.close();
    const hasty = open(t, Push, { reconnectInterval: 5, linger: 0 });
    hasty.connect(endpoint);
    await hasty.send("gone");
    hasty.close();

    const pull = open(t, Pull);
    await pull.bind(endpoint);

    assert.deepEqual(await receiveTexts(pull, 2), ["one", "two"]);
    await turns(3);
    assert.equal(pull.tryReceive(), undefined);
    await until(() => pull.stats().peers === 0, "nobody is left");
  });

  test(`[test_inproc_connect] many connect before one binds over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const pushes = Array.from({ length: 5 }, () => open(t, Push, { reconnectInterval: 5 }));
    for (const [i, push] of pushes.entries()) {
      push.connect(endpoint);
      await push.send(String(i));
    }

    const pull = open(t, Pull);
    await pull.bind(endpoint);

    assert.deepEqual((await receiveTexts(pull, 5)).sort(), ["0", "1", "2", "3", "4"]);
  });

  test(`[test_immediate] without immediate a peer that is to come has its share kept for it over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const [push, here, late] = [open(t, Push, { reconnectInterval: 5 }), open(t, Pull), open(t, Pull)];
    push.connect(endpoint);
    await married(t, here, push, transport);

    for (let i = 0; i < 10; i++) await push.send(String(i));

    assert.deepEqual(await receiveTexts(here, 5), ["1", "3", "5", "7", "9"]);
    await late.bind(endpoint);
    assert.deepEqual(await receiveTexts(late, 5), ["0", "2", "4", "6", "8"]);
    assert.equal(here.tryReceive(), undefined);
  });

  test(`[test_term_endpoint] disconnect stops what goes there over ${transport}`, async (t) => {
    const push = open(t, Push);
    const [first, second] = [open(t, Pull), open(t, Pull)];
    const gone = await married(t, first, push, transport, { mayLose: true });
    await married(t, second, push, transport, { mayLose: true });
    const lost = transport === "inproc" ? undefined : log(first).next("disconnect");

    push.disconnect(gone);
    await lost;
    for (let i = 0; i < 4; i++) await push.send(String(i));

    assert.deepEqual(await receiveTexts(second, 4), ["0", "1", "2", "3"]);
    assert.equal(first.tryReceive(), undefined);
  });

  test(`a disconnected endpoint may be connected again over ${transport}`, async (t) => {
    const pull = open(t, Pull);
    const push = open(t, Push);
    const endpoint = await married(t, pull, push, transport, { mayLose: true });

    push.disconnect(endpoint);
    push.connect(endpoint);
    await push.send("again");

    assert.deepEqual(await receiveTexts(pull, 1), ["again"]);
  });
}

for (const transport of STREAM_TRANSPORTS) {
  test(`a lost connection is made again and nothing that waited is lost over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const first = open(t, Pull);
    await first.bind(endpoint);
    const push = open(t, Push, { reconnectInterval: 5 });
    const events = log(push);
    push.connect(endpoint);
    await events.next("handshake");
    first.close();
    await events.next("disconnect");
    await push.send("while nobody was there");

    const second = open(t, Pull);
    await second.bind(endpoint);

    await events.next("handshake");
    assert.deepEqual(await receiveTexts(second, 1), ["while nobody was there"]);
  });

  test(`retries come after reconnectInterval and up to as much again over ${transport}`, async (t) => {
    const push = open(t, Push, { reconnectInterval: 4 });
    const events = log(push);
    push.connect(await endpointToCome(t, transport));

    for (let i = 0; i < 6; i++) {
      const { interval } = await events.next("connect:retry");
      assert.ok(interval >= 4 && interval < 8, `${interval} ms`);
    }
  });

  test(`with reconnectMaxInterval the pause doubles up to it over ${transport}`, async (t) => {
    const push = open(t, Push, { reconnectInterval: 2, reconnectMaxInterval: 13 });
    const events = log(push);
    push.connect(await endpointToCome(t, transport));

    const intervals: number[] = [];
    while (intervals.length < 6) intervals.push((await events.next("connect:retry")).interval);

    assert.deepEqual(intervals, [2, 4, 8, 13, 13, 13]);
  });

  test(`the pause starts anew after a connection over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const push = open(t, Push, { reconnectInterval: 2, reconnectMaxInterval: 64 });
    const events = log(push);
    push.connect(endpoint);
    for (let i = 0; i < 4; i++) await events.next("connect:retry");
    const pull = open(t, Pull);
    await pull.bind(endpoint);
    await events.next("handshake");

    pull.close();

    assert.equal((await events.next("connect:retry")).interval, 2);
    assert.equal((await events.next("connect:retry")).interval, 4);
  });

  test(`[test_reconnect_ivl] reconnectInterval -1 never tries again over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const server = open(t, Router);
    await server.bind(endpoint);
    const dealer = open(t, Dealer, { reconnectInterval: -1 });
    const events = log(dealer);
    dealer.connect(endpoint);
    await events.next("handshake");

    server.close();
    await events.next("disconnect");

    await turns(5);
    assert.equal(events.count("connect:retry"), 0);
    assert.throws(() => dealer.disconnect(endpoint), { code: "ENOENT" });
    const refused = open(t, Dealer, { reconnectInterval: -1 });
    refused.connect(endpoint);
    await log(refused).next("close");
    await turns(5);
    assert.equal(log(refused).count("connect:retry"), 0);
  });

  test(`[test_immediate] immediate queues nothing for a peer that is not there over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const push = open(t, Push, { immediate: true, reconnectInterval: 5 });
    push.connect(endpoint);
    assert.equal(push.writable, false);
    assert.equal(push.trySend("x"), false);
    const waiting = push.send("waits");
    await log(push).next("connect:retry");
    await staysPending(waiting);

    const pull = open(t, Pull);
    await pull.bind(endpoint);

    await soon(waiting);
    assert.deepEqual(await receiveTexts(pull, 1), ["waits"]);
    const lost = log(push).next("disconnect");
    pull.close();
    await lost;
    assert.equal(push.writable, false);
  });

  test(`[test_immediate] immediate sends to the peers that are there and no others over ${transport}`, async (t) => {
    const push = open(t, Push, { immediate: true });
    const pull = open(t, Pull);
    push.connect(await endpointToCome(t, transport));
    await married(t, pull, push, transport);

    for (let i = 0; i < 10; i++) await push.send(String(i));

    assert.equal((await receiveTexts(pull, 10)).at(-1), "9");
  });
}

test("[test_stream_timeout] a silent peer is given up after handshakeInterval and dialled again", async (t) => {
  const server = await RawServer.listen(t);
  const interval = IO_THREADS > 0 ? 300 : 20;
  const push = open(t, Push, { handshakeInterval: interval, reconnectInterval: 5 });
  const events = log(push);
  push.connect(server.endpoint);
  const silent = await server.accept();

  const failed = await events.next("handshake:error:other");
  assert.equal(failed.error.code, "EAGAIN");
  assert.match(failed.error.message, new RegExp(`${interval} ms`));
  await events.next("disconnect");
  await events.next("connect:retry");
  await soon(silent.closed);
  const good = await server.accept();
  await good.handshake("PULL");
  await events.next("handshake");
});

test("[test_stream_timeout] a silent peer that connected is dropped after handshakeInterval", async (t) => {
  const pull = open(t, Pull, { handshakeInterval: 20 });
  const events = log(pull);
  await pull.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, pull.lastEndpoint!);

  assert.equal((await events.next("handshake:error:other")).error.code, "EAGAIN");
  assert.equal((await events.next("disconnect")).error!.code, "EAGAIN");
  await soon(peer.closed);
});

test("a peer that stops in the middle of the handshake is dropped too", async (t) => {
  const pull = open(t, Pull, { handshakeInterval: 20 });
  await pull.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, pull.lastEndpoint!);

  peer.write(greeting(), ready("PUSH").subarray(0, 5));

  await soon(peer.closed);
});

test("a finished handshake is not timed out", async (t) => {
  const pull = open(t, Pull, { handshakeInterval: 15 });
  await pull.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, pull.lastEndpoint!);
  await peer.handshake("PUSH");

  // One that came later and says nothing runs out of time after it would have.
  const silent = await RawPeer.connect(t, pull.lastEndpoint!);
  await soon(silent.closed);

  assert.equal(peer.isClosed, false);
  peer.write(message("still here"));
  assert.deepEqual(await receiveTexts(pull, 1), ["still here"]);
});

test("connectTimeout ends an attempt that gets no answer", async (t) => {
  // 192.0.2.0/24 is for documentation, RFC 5737: nobody answers there. Some networks say so at once.
  const push = open(t, Push, { connectTimeout: 20, reconnectInterval: 1 });
  const events = log(push);

  push.connect("tcp://192.0.2.1:5555");

  const { error } = await events.next("close");
  assert.ok(
    ["ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH", "ECONNREFUSED"].includes(error!.code),
    error!.message,
  );
  await events.next("connect:retry");
});

test("[unittest_ip_resolver] [test_connect_resolve] a host name that cannot be resolved is tried again and again", async (t) => {
  const push = open(t, Push, { reconnectInterval: 1 });
  const events = log(push);

  push.connect("tcp://no-such-host.invalid:5555");

  const { error } = await events.next("close");
  assert.match(error!.message, /no-such-host/);
  await events.next("connect:retry");
});

for (const transport of STREAM_TRANSPORTS) {
  test(`closing a socket that is connecting leaves nothing behind over ${transport}`, async (t) => {
    const push = new Push({ reconnectInterval: 1 });
    const events = log(push);
    push.connect(await endpointToCome(t, transport));
    await events.next("connect:retry");

    await soon(push[Symbol.asyncDispose]());

    assert.equal(events.types.at(-1), "end");
  });

  test(`a peer that answers with the wrong socket type is not dialled again over ${transport}`, async (t) => {
    const server = open(t, Router);
    await server.bind(anyEndpoint(transport));
    const push = open(t, Push, { reconnectInterval: 1 });
    const events = log(push);

    push.connect(server.lastEndpoint!);
    await events.next("disconnect");

    await turns(10);
    assert.equal(events.count("connect:retry"), 0);
    assert.throws(() => push.disconnect(server.lastEndpoint!), { code: "ENOENT" });
  });
}
