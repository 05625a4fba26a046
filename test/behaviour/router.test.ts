/** ROUTER: 28/REQREP "The ROUTER Socket Type"; libzmq's ROUTER options. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Dealer, Request, Router } from "zmq-ts";
import {
  anyEndpoint,
  assertInTurn,
  connected,
  countTo,
  endpointToCome,
  fill,
  log,
  married,
  open,
  receiveTexts,
  rejects,
  STREAM_TRANSPORTS,
  soon,
  staysPending,
  TRANSPORTS,
  text,
  throws,
  until,
} from "../support/sockets.ts";

for (const transport of TRANSPORTS) {
  test(`ROUTER makes ids of five bytes that begin with zero over ${transport}`, async (t) => {
    const router = open(t, Router);
    const dealers = [open(t, Dealer), open(t, Dealer)];
    await married(t, router, dealers, transport);
    for (const dealer of dealers) await dealer.send("hello");

    const ids = [(await soon(router.receive()))[0]!, (await soon(router.receive()))[0]!];

    for (const id of ids) assert.equal(id.length, 5);
    for (const id of ids) assert.equal(id[0], 0);
    assert.notDeepEqual(ids[0], ids[1]);
    for (const id of ids) await router.send([id, "back"]);
    for (const dealer of dealers) assert.deepEqual(await receiveTexts(dealer, 1), ["back"]);
  });

  test(`[ZMQ_ROUTING_ID] ROUTER knows its peers by the ids they give over ${transport}`, async (t) => {
    const router = open(t, Router);
    const named = open(t, Dealer, { routingId: "named" });
    const binary = open(t, Dealer);
    Object.assign(binary, { routingId: Buffer.of(255, 0, 1) });
    await married(t, router, [named, binary], transport);

    await router.send(["named", "a", "b"]);
    await router.send([Buffer.of(255, 0, 1), "c"]);
    await named.send("d");

    assert.deepEqual(await receiveTexts(named, 1), ["a|b"]);
    assert.deepEqual(await receiveTexts(binary, 1), ["c"]);
    assert.deepEqual(await receiveTexts(router, 1), ["named|d"]);
  });

  test(`ROUTER drops what goes to nobody over ${transport}`, async (t) => {
    const router = open(t, Router);
    const dealer = open(t, Dealer, { routingId: "d" });
    await married(t, router, dealer, transport);

    await router.send(["nobody", "lost"]);
    await router.send(["d"]);
    await router.send(["d", "found"]);

    assert.deepEqual(await receiveTexts(dealer, 1), ["found"]);
  });

  test(`[test_router_mandatory] ROUTER with mandatory says EHOSTUNREACH for an unknown peer over ${transport}`, async (t) => {
    const router = open(t, Router, { mandatory: true });
    const dealer = open(t, Dealer, { routingId: "d" });
    await married(t, router, dealer, transport, { mayLose: true });

    await rejects(router.send(["nobody", "x"]), "EHOSTUNREACH", /nobody/);
    throws(() => router.trySend(["nobody", "x"]), "EHOSTUNREACH");
    await router.send(["d", "found"]);
    assert.deepEqual(await receiveTexts(dealer, 1), ["found"]);
    const gone = transport === "inproc" ? undefined : log(router).next("disconnect");
    dealer.close();
    await gone;

    await rejects(router.send(["d", "too late"]), "EHOSTUNREACH");
  });

  test(`[test_router_handover] ROUTER without handover does not hear a newcomer with an id in use over ${transport}`, async (t) => {
    const router = open(t, Router);
    const [first, second] = [open(t, Dealer, { routingId: "same" }), open(t, Dealer, { routingId: "same" })];
    await married(t, router, [first, second], transport);

    await second.send("unheard");
    await first.send("heard");
    assert.deepEqual(await receiveTexts(router, 1), ["same|heard"]);
    await staysPending(router.receive());
    await router.send(["same", "for the first"]);

    assert.deepEqual(await receiveTexts(first, 1), ["for the first"]);
  });

  test(`[test_router_handover] ROUTER with handover gives the id to the newcomer over ${transport}`, async (t) => {
    const router = open(t, Router, { handover: true });
    const first = open(t, Dealer, { routingId: "same", reconnectInterval: -1 });
    const second = open(t, Dealer, { routingId: "same" });
    const endpoint = await married(t, router, first, transport, { mayLose: true });
    await first.send("one");
    assert.deepEqual(await receiveTexts(router, 1), ["same|one"]);

    await connected(router, second, endpoint);
    await router.send(["same", "for the second"]);

    assert.deepEqual(await receiveTexts(second, 1), ["for the second"]);
    await second.send("two");
    assert.deepEqual(await receiveTexts(router, 1), ["same|two"]);
  });

  test(`[ZMQ_PROBE_ROUTER] [test_probe_router] ROUTER hears of a DEALER, REQ or ROUTER that probes it over ${transport}`, async (t) => {
    const router = open(t, Router);
    const peers = [
      open(t, Dealer, { routingId: "D", probeRouter: true }),
      open(t, Router, { routingId: "R", probeRouter: true }),
      open(t, Request, { routingId: "Q", probeRouter: true }),
    ];
    await married(t, router, peers, transport);

    assert.deepEqual((await receiveTexts(router, 3)).sort(), ["D|", "Q|", "R|"]);
    await router.send(["D", "known"]);
    assert.deepEqual(await receiveTexts(peers[0] as Dealer, 1), ["known"]);
  });

  test(`[test_connect_rid] ROUTER names a connection of its own over ${transport}`, async (t) => {
    const router = open(t, Router);
    const peer = open(t, Router, { routingId: "its own name" });
    await peer.bind(anyEndpoint(transport));
    router.connect(peer.lastEndpoint!, { routingId: "my name for it" });

    await router.send(["my name for it", "at once"]);

    const [from, body] = text(await soon(peer.receive()));
    assert.equal(body, "at once");
    assert.ok(from!.length > 0);
    throws(() => router.connect(peer.lastEndpoint!, { routingId: "my name for it" }), "EINVAL", /in use/);
    throws(() => router.connect(peer.lastEndpoint!, { routingId: "" }), "EINVAL");
    throws(() => router.connect(peer.lastEndpoint!, { routingId: "x".repeat(256) }), "EINVAL");
  });

  test(`[test_spec_router] ROUTER takes one message of each peer in turn over ${transport}`, async (t) => {
    const router = open(t, Router);
    const dealers = ["a", "b", "c"].map((routingId) => open(t, Dealer, { routingId }));
    await married(t, router, dealers, transport);
    for (const dealer of dealers) for (let i = 0; i < 50; i++) await dealer.send(String(i));
    await until(() => router.stats().receiveQueue === 150, "all messages have arrived");

    const messages = await receiveTexts(router, 150);

    assertInTurn(messages, ["a|", "b|", "c|"]);
  });
}

for (const transport of STREAM_TRANSPORTS) {
  test(`a DEALER that comes back is known by its id again over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const dealer = open(t, Dealer, { routingId: "d", reconnectInterval: 5 });
    dealer.connect(endpoint);
    for (let round = 0; round < 3; round++) {
      const router = open(t, Router);
      await router.bind(endpoint);
      await dealer.send("here");
      assert.deepEqual(await receiveTexts(router, 1), ["d|here"]);
      await router.send(["d", "hello"]);
      assert.deepEqual(await receiveTexts(dealer, 1), ["hello"]);
      const lost = log(dealer).next("disconnect");
      router.close();
      await lost;
    }
  });
}

test("[test_router_mandatory_hwm] ROUTER with mandatory waits for a peer at its high-water mark, EAGAIN after sendTimeout", async (t) => {
  const router = open(t, Router, { mandatory: true, sendHighWaterMark: 1 });
  const dealer = open(t, Dealer, { routingId: "d", receiveHighWaterMark: 1 });
  await married(t, router, dealer, "inproc");
  await router.send(["d", "1"]);
  await router.send(["d", "2"]);
  assert.equal(router.trySend(["d", "3"]), false);
  router.sendTimeout = 1;
  await rejects(router.send(["d", "never"]), "EAGAIN");
  router.sendTimeout = -1;
  const waiting = router.send(["d", "3"]);
  await staysPending(waiting);

  assert.deepEqual(await receiveTexts(dealer, 1), ["1"]);

  await soon(waiting);
  assert.deepEqual(await receiveTexts(dealer, 2), ["2", "3"]);
});

test("ROUTER without mandatory drops for a peer at its high-water mark", async (t) => {
  const router = open(t, Router, { sendHighWaterMark: 1 });
  const dealer = open(t, Dealer, { routingId: "d", receiveHighWaterMark: 1 });
  await married(t, router, dealer, "inproc");

  for (let i = 0; i < 10; i++) await router.send(["d", String(i)]);

  assert.deepEqual(await receiveTexts(dealer, 2), ["0", "1"]);
  assert.equal(dealer.tryReceive(), undefined);
});

for (const transport of STREAM_TRANSPORTS) {
  test(`[test_router_mandatory_hwm] ROUTER with mandatory waits for a peer that reads nothing over ${transport}, and loses nothing`, async (t) => {
    const router = open(t, Router, { mandatory: true, sendHighWaterMark: 1 });
    const dealer = open(t, Dealer, { routingId: "d", receiveHighWaterMark: 1 });
    await married(t, router, dealer, transport);
    const body = Buffer.alloc(1 << 17);

    const sent = await fill({ trySend: (bytes) => router.trySend(["d", bytes]) }, body);
    router.sendTimeout = 1;
    await rejects(router.send(["d", body]), "EAGAIN");
    router.sendTimeout = -1;
    const end = router.send(["d", "end"]);

    assert.equal(await countTo("end", dealer), sent);
    await soon(end);
  });

  test(`ROUTER without mandatory drops for a peer that reads nothing over ${transport}, and counts it`, async (t) => {
    const router = open(t, Router, { sendHighWaterMark: 1 });
    const dealer = open(t, Dealer, { routingId: "d", receiveHighWaterMark: 1 });
    await married(t, router, dealer, transport);
    const body = Buffer.alloc(1 << 17);

    for (let i = 0; i < 200; i++) await router.send(["d", body]);
    const { dropped } = router.stats();
    router.mandatory = true;
    const end = router.send(["d", "end"]);

    assert.ok(dropped > 0);
    assert.equal(await countTo("end", dealer), 200 - dropped);
    await soon(end);
  });
}

test("ROUTER with mandatory is not writable while it has no peer", async (t) => {
  const router = open(t, Router, { mandatory: true });
  await router.bind(anyEndpoint("tcp"));

  assert.equal(router.writable, false);
  const dealer = open(t, Dealer);
  await connected(router, dealer, router.lastEndpoint!);
  assert.equal(router.writable, true);
});

test("[ZMQ_ROUTING_ID] routing ids of more than 255 bytes are refused", (t) => {
  throws(() => open(t, Dealer, { routingId: "x".repeat(256) }), "EINVAL", /routingId/);
  const longest = open(t, Dealer, { routingId: "x".repeat(255) });
  assert.equal(longest.routingId, "x".repeat(255));
});
