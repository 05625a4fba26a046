/** ROUTER: mandatory, handover, notify, raw, routing ids of connections, probes. libzmq's programs in brackets. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, Dealer, Request, Router, Stream } from "zmq-ts";
import { message, RawPeer, RawServer } from "../support/raw-peer.ts";
import {
  anyEndpoint,
  connected,
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
} from "../support/sockets.ts";

for (const transport of TRANSPORTS) {
  test(`[test_router_mandatory] mandatory tells of an unknown peer what is dropped without it over ${transport}`, async (t) => {
    const router = open(t, Router);
    await router.bind(anyEndpoint(transport));
    await router.send(["UNKNOWN", "DATA"]);
    router.mandatory = true;
    router.sendTimeout = 0;
    await rejects(router.send(["UNKNOWN", "DATA"]), "EHOSTUNREACH", /UNKNOWN/);

    const dealer = open(t, Dealer, { routingId: "X" });
    await connected(router, dealer, router.lastEndpoint!);
    await dealer.send("Hello");
    assert.deepEqual(await receiveTexts(router, 1), ["X|Hello"]);

    await router.send(["X", "Hello"]);
    assert.deepEqual(await receiveTexts(dealer, 1), ["Hello"]);
    await rejects(router.send(["UNKNOWN", "DATA"]), "EHOSTUNREACH");
  });

  test(`[test_router_mandatory_hwm] [test_router_mandatory] a full peer can be told from one with room over ${transport}`, async (t) => {
    const router = open(t, Router, { mandatory: true, sendHighWaterMark: 5, sendTimeout: 0 });
    const quick = open(t, Dealer, { routingId: "X", receiveHighWaterMark: 5 });
    const slow = open(t, Dealer, { routingId: "Y", receiveHighWaterMark: 5 });
    await married(t, router, [quick, slow], transport);
    for (const dealer of [quick, slow]) await dealer.send("Hello");
    await receiveTexts(router, 2);
    assert.equal(router.isPeerWritable("X"), true);
    assert.equal(router.isPeerWritable(Buffer.from("Y")), true);

    // Over ws the end of this test, where a peer that took no more goes away, was an endless loop.
    const body = Buffer.alloc(transport === "inproc" ? 1 : 1 << 16);
    await fill({ trySend: (part) => router.trySend(["Y", part]) }, body);

    assert.equal(router.isPeerWritable("Y"), false);
    await rejects(router.send(["Y", body]), "EAGAIN", /^/);
    assert.equal(router.isPeerWritable("X"), true);
    await router.send(["X", "still heard"]);
    assert.deepEqual(await receiveTexts(quick, 1), ["still heard"]);
    throws(() => router.isPeerWritable("Z"), "EHOSTUNREACH", /Z/);
    router.close();
    throws(() => router.isPeerWritable("X"), "ENOTSOCK");
  });

  test(`[test_router_handover] a newcomer takes over a routing id over ${transport}`, async (t) => {
    const router = open(t, Router, { handover: true });
    const first = open(t, Dealer, { routingId: "X", reconnectInterval: -1 });
    const second = open(t, Dealer, { routingId: "X" });
    await router.bind(anyEndpoint(transport));
    await connected(router, first, router.lastEndpoint!);
    await first.send("Hello");
    assert.deepEqual(await receiveTexts(router, 1), ["X|Hello"]);

    await connected(router, second, router.lastEndpoint!);
    await second.send("Hello again");
    assert.deepEqual(await receiveTexts(router, 1), ["X|Hello again"]);
    await router.send(["X", "for the second"]);

    assert.deepEqual(await receiveTexts(second, 1), ["for the second"]);
    assert.equal(first.tryReceive(), undefined);
  });

  test(`[test_router_handover] without handover the newcomer is not heard and the first keeps its id over ${transport}`, async (t) => {
    const router = open(t, Router);
    const first = open(t, Dealer, { routingId: "X" });
    const second = open(t, Dealer, { routingId: "X" });
    await married(t, router, [first, second], transport);
    await second.send("unheard");
    await first.send("Hello");
    assert.deepEqual(await receiveTexts(router, 1), ["X|Hello"]);

    await router.send(["X", "for the first"]);

    assert.deepEqual(await receiveTexts(first, 1), ["for the first"]);
    await staysPending(soon(router.receive()).catch(() => {}));
  });

  for (const Prober of [Dealer, Router, Request]) {
    test(`[ZMQ_PROBE_ROUTER] [test_probe_router] a ROUTER hears of a ${Prober.name} that probes before it says anything over ${transport}`, async (t) => {
      const server = open(t, Router);
      const client = open<Dealer | Router | Request, object>(t, Prober, {
        routingId: "X",
        probeRouter: true,
      });
      if (client instanceof Router) server.routingId = "Y";
      await married(t, server, client, transport);

      assert.deepEqual(await receiveTexts(server, 1), ["X|"]);

      if (client instanceof Request) {
        await client.send("question");
        const [id, ...rest] = text(await soon(server.receive()));
        await server.send([id!, ...rest.slice(0, -1), "answer"]);
        assert.deepEqual(await receiveTexts(client, 1), ["answer"]);
        return;
      }
      await server.send(["X", "Hello"]);
      assert.deepEqual(await receiveTexts(client, 1), [client instanceof Router ? "Y|Hello" : "Hello"]);
    });
  }

  for (const named of [false, true]) {
    test(`[test_connect_rid] a ROUTER names a connection to ${named ? "a named" : "an unnamed"} ROUTER and writes first over ${transport}`, async (t) => {
      const server = open(t, Router);
      const client = open(t, Router);
      if (named) Object.assign(server, { routingId: "X" });
      if (named) Object.assign(client, { routingId: "Y" });
      await server.bind(anyEndpoint(transport));
      client.setOption(constants.ZMQ_CONNECT_ROUTING_ID, "conn1");
      client.connect(server.lastEndpoint!);
      assert.equal(client.connectRoutingId, null, "it is for one connection");

      await client.send(["conn1", "hi 1"]);
      const [id, body] = await soon(server.receive());
      if (named) assert.equal(String(id), "Y");
      else assert.equal(id![0], 0);
      assert.equal(String(body), "hi 1");

      await server.send([id!, "ok"]);
      assert.deepEqual(await receiveTexts(client, 1), ["conn1|ok"]);
    });
  }
}

test("[test_connect_rid] a ROUTER that receives may name a new connection, which is not mixed up with the others", async (t) => {
  const [x, y, z] = [
    open(t, Router, { routingId: "X" }),
    open(t, Router, { routingId: "Y" }),
    open(t, Router, { routingId: "Z" }),
  ];
  await x.bind("tcp://127.0.0.1:*");
  await z.bind("tcp://127.0.0.1:*");
  y.connect(x.lastEndpoint!, { routingId: "X" });
  await y.send(["X", "hi 1"]);
  assert.deepEqual(await receiveTexts(x, 1), ["Y|hi 1"]);

  x.connect(z.lastEndpoint!, { routingId: "Z" });
  await x.send(["Z", "hi 2"]);

  assert.deepEqual(await receiveTexts(z, 1), ["X|hi 2"]);
  assert.equal(y.tryReceive(), undefined);
});

test("[test_connect_rid] a STREAM names a connection by connectRoutingId", async (t) => {
  const server = open(t, Stream, { notify: false });
  const client = open(t, Stream);
  await server.bind("tcp://127.0.0.1:*");
  client.connectRoutingId = "conn1";
  client.connect(server.lastEndpoint!);

  assert.deepEqual(await receiveTexts(client, 1), ["conn1|"]);
  await client.send(["conn1", "hi 1"]);

  const [id, body] = await soon(server.receive());
  assert.equal(id![0], 0);
  assert.equal(String(body), "hi 1");
});

test("a routing id in use is refused for a connection, where libzmq aborts", async (t) => {
  const server = open(t, Router);
  const client = open(t, Router);
  await server.bind("tcp://127.0.0.1:*");
  client.connect(server.lastEndpoint!, { routingId: "taken" });

  throws(() => client.connect(server.lastEndpoint!, { routingId: "taken" }), "EINVAL", /taken/);
  throws(() => {
    client.connectRoutingId = "taken";
  }, "EINVAL");
  assert.equal(client.connectRoutingId, null);
  throws(() => client.connect(server.lastEndpoint!, { routingId: "" }), "EINVAL");
  client.connectRoutingId = "came meanwhile";
  const rival = open(t, Dealer, { routingId: "came meanwhile" });
  await client.bind("tcp://127.0.0.1:*");
  rival.connect(client.lastEndpoint!);
  await soon(client.connected(2));
  throws(() => client.connect(server.lastEndpoint!), "EINVAL", /came meanwhile/);
  throws(() => client.connect("tcp://nowhere", { routingId: "unused" }), "EINVAL");
  assert.equal(client.connectRoutingId, null);
});

test("[test_router_notify] routerNotify is 0 to 3, on ROUTER only", (t) => {
  const router = open(t, Router);

  assert.equal(router.getOption(constants.ZMQ_ROUTER_NOTIFY), 0);
  for (const value of [1, 2, 0, 3]) {
    router.setOption(constants.ZMQ_ROUTER_NOTIFY, value);
    assert.equal(router.routerNotify, value);
  }
  for (const value of [-1, 4]) throws(() => router.setOption(constants.ZMQ_ROUTER_NOTIFY, value), "EINVAL");
  assert.equal(router.routerNotify, 3);
  throws(() => open(t, Dealer).setOption(constants.ZMQ_ROUTER_NOTIFY, 1), "EINVAL");
});

for (const transport of STREAM_TRANSPORTS) {
  for (const events of [1, 2, 3]) {
    test(`[test_router_notify] routerNotify ${events} tells of peers that come (1) or go (2) over ${transport}`, async (t) => {
      const router = open(t, Router, { routerNotify: events });
      await router.bind(anyEndpoint(transport));
      const dealer = open(t, Dealer, { routingId: "X" });
      dealer.connect(router.lastEndpoint!);
      await dealer.send("Hello");
      dealer.disconnect(router.lastEndpoint!);
      // The next one marks the end of what the first has brought.
      const marker = open(t, Dealer, { routingId: "Z" });
      if (events & 2) {
        const wanted = events & 1 ? ["X|", "X|Hello", "X|"] : ["X|Hello", "X|"];
        assert.deepEqual(await receiveTexts(router, wanted.length), wanted);
      } else assert.deepEqual(await receiveTexts(router, 2), ["X|", "X|Hello"]);
      marker.connect(router.lastEndpoint!);
      await marker.send("mark");

      assert.deepEqual(
        await receiveTexts(router, events & 1 ? 2 : 1),
        events & 1 ? ["Z|", "Z|mark"] : ["Z|mark"],
      );
    });
  }

  test(`routerNotify tells of each reconnection on the connecting side over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const router = open(t, Router, { routerNotify: 3, reconnectInterval: 1 });
    router.connect(endpoint, { routingId: "server" });
    for (let round = 0; round < 2; round++) {
      const dealer = open(t, Dealer);
      await dealer.bind(endpoint);
      assert.deepEqual(await receiveTexts(router, 1), ["server|"]);
      await dealer.send(`round ${round}`);
      assert.deepEqual(await receiveTexts(router, 1), [`server|round ${round}`]);
      const closed = log(dealer).next("end");
      dealer.close();
      assert.deepEqual(await receiveTexts(router, 1), ["server|"]);
      await closed;
    }
  });
}

test("[test_router_notify] a failed handshake is nobody's coming or going", async (t) => {
  const router = open(t, Router, { routerNotify: 3 });
  await router.bind("tcp://127.0.0.1:*");
  const gone = log(router).next("disconnect");
  const stranger = await RawPeer.connect(t, router.lastEndpoint!);
  stranger.write(Buffer.from("ff00000000000000017f03", "hex"), "not-a-handshake");
  stranger.end();
  await gone;

  assert.equal(router.tryReceive(), undefined);
});

test("[test_router_notify] half a message of a lost peer is not seen, its going is", async (t) => {
  const router = open(t, Router, { routerNotify: 2, maxMessageSize: 64 });
  await router.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, router.lastEndpoint!);
  await peer.handshake("DEALER", "X");

  peer.write(message("Hello", "*".repeat(127)));
  await peer.closed;

  assert.deepEqual(await receiveTexts(router, 1), ["X|"]);
});

test("over inproc nobody comes or goes for routerNotify", async (t) => {
  const router = open(t, Router, { routerNotify: 3 });
  const dealer = open(t, Dealer, { routingId: "X" });
  await married(t, router, dealer, "inproc");
  await dealer.send("only this");
  dealer.close();

  assert.deepEqual(await receiveTexts(router, 1), ["X|only this"]);
  assert.equal(router.tryReceive(), undefined);
});

test("[ZMQ_ROUTER_RAW] a raw ROUTER talks to plain TCP peers: comings and goings, bytes both ways, an empty part hangs up", async (t) => {
  const router = open(t, Router, { raw: true });
  await router.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, router.lastEndpoint!);
  const [id, empty] = await soon(router.receive());
  assert.equal(id!.length, 5);
  assert.equal(empty!.length, 0);

  peer.write("GET /");
  assert.deepEqual(text(await soon(router.receive())).slice(1), ["GET /"]);
  await router.send([id!, "answer"]);
  assert.equal(String(await peer.read(6)), "answer");
  await router.send([id!, ""]);
  await soon(peer.closed);

  const other = await RawPeer.connect(t, router.lastEndpoint!);
  const [otherId] = await soon(router.receive());
  assert.notDeepEqual(otherId, id);
  other.end();
  assert.deepEqual(await soon(router.receive()), [otherId, Buffer.alloc(0)]);
});

test("[ZMQ_ROUTER_RAW] a raw ROUTER connects, under a name of its own", async (t) => {
  const server = await RawServer.listen(t);
  const router = open(t, Router, { raw: true, mandatory: true });
  router.connect(server.endpoint, { routingId: "web" });
  const peer = await server.accept();

  assert.deepEqual(await receiveTexts(router, 1), ["web|"]);
  await router.send(["web", "hello"]);

  assert.equal(String(await peer.read(5)), "hello");
});
