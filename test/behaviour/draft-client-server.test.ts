/** CLIENT and SERVER, 41/CLIENTSERVER; PEER, 51/P2P; CHANNEL, 52/CHANNEL; SCATTER and GATHER, 49/SCATTERGATHER. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Socket } from "zmq-ts";
import { Channel, Client, Gather, Peer, Scatter, Server } from "zmq-ts/draft";
import {
  anyEndpoint,
  connected,
  inprocName,
  log,
  married,
  open,
  rejects,
  soon,
  staysPending,
  TRANSPORTS,
  throws,
  turns,
} from "../support/sockets.ts";

for (const transport of TRANSPORTS) {
  test(`SERVER answers each CLIENT by the routing id of its message over ${transport} [test_client_server]`, async (t) => {
    const server = open(t, Server);
    const clients = [open(t, Client), open(t, Client), open(t, Client)];
    await married(t, server, clients, transport);

    for (const [i, client] of clients.entries()) await client.send(`question ${i}`);
    const ids = new Set<number>();
    for (let i = 0; i < clients.length; i++) {
      const [question, { routingId }] = await soon(server.receive());
      assert.ok(Number.isInteger(routingId) && routingId > 0 && routingId < 2 ** 32);
      ids.add(routingId);
      await server.send(`re: ${question}`, { routingId });
    }

    assert.equal(ids.size, 3);
    for (const [i, client] of clients.entries())
      assert.deepEqual((await soon(client.receive())).map(String), [`re: question ${i}`]);
  });

  test(`CLIENT and SERVER keep one routing id for one connection over ${transport}`, async (t) => {
    const server = open(t, Server);
    const client = open(t, Client);
    await married(t, server, client, transport);

    await client.send("one");
    await client.send("two");
    const [, first] = await soon(server.receive());
    const [, second] = await soon(server.receive());

    assert.equal(first.routingId, second.routingId);
  });

  test(`SERVER refuses a peer that has gone over ${transport}`, async (t) => {
    const server = open(t, Server);
    const client = open(t, Client);
    await married(t, server, client, transport, { mayLose: true });
    await client.send("hello");
    const [, about] = await soon(server.receive());

    const gone = transport === "inproc" ? undefined : log(server).next("disconnect");
    client.close();
    await gone;

    await rejects(server.send("anybody?", about), "EHOSTUNREACH", new RegExp(String(about.routingId)));
  });

  test(`SERVER ends one CLIENT's connection over ${transport}`, async (t) => {
    const server = open(t, Server);
    const [leaving, staying] = [open(t, Client, { reconnectInterval: -1 }), open(t, Client)];
    await married(t, server, [leaving, staying], transport, { mayLose: true });
    await leaving.send("leaving");
    const [, about] = await soon(server.receive());
    await staying.send("staying");
    const [, other] = await soon(server.receive());

    const gone = transport === "inproc" ? undefined : log(leaving).next("disconnect");
    server.disconnectPeer(about.routingId);
    await gone;

    throws(() => server.disconnectPeer(about.routingId), "EHOSTUNREACH");
    throws(() => server.trySend("x", about), "EHOSTUNREACH");
    await server.send("still here", other);
    assert.equal(String((await soon(staying.receive()))[0]), "still here");
  });

  test(`PEER addresses the one it connects to and the one it is connected by over ${transport} [test_peer]`, async (t) => {
    const [bound, connecting] = [open(t, Peer), open(t, Peer)];
    await bound.bind(anyEndpoint(transport));

    const routingId = connecting.connectPeer(bound.lastEndpoint!);
    await connecting.send("hello", { routingId });
    const [hello, about] = await soon(bound.receive());
    await bound.send("world", about);
    const [world, from] = await soon(connecting.receive());

    assert.deepEqual([String(hello), String(world)], ["hello", "world"]);
    assert.equal(from.routingId, routingId);
  });

  test(`PEER disconnects a peer, which is unreachable then, over ${transport} [test_peer_disconnect]`, async (t) => {
    const [bound, connecting] = [open(t, Peer), open(t, Peer)];
    await bound.bind(anyEndpoint(transport));
    const routingId = connecting.connectPeer(bound.lastEndpoint!);
    await connecting.send("hello", { routingId });
    await soon(bound.receive());

    connecting.disconnectPeer(routingId);

    await rejects(connecting.send("more", { routingId }), "EHOSTUNREACH");
    throws(() => connecting.disconnectPeer(routingId), "EHOSTUNREACH");
  });

  test(`PEER disconnects the one that a message came from over ${transport} [test_peer_disconnect]`, async (t) => {
    const [bound, connecting] = [open(t, Peer), open(t, Peer)];
    await bound.bind(anyEndpoint(transport));
    const routingId = connecting.connectPeer(bound.lastEndpoint!);
    await connecting.send("X", { routingId });
    const [, about] = await soon(bound.receive());
    const gone = transport === "inproc" ? undefined : log(connecting).next("disconnect");

    bound.disconnectPeer(about.routingId);

    await rejects(bound.send("HELLO", about), "EHOSTUNREACH");
    throws(() => bound.disconnectPeer(about.routingId), "EHOSTUNREACH");
    await gone;
  });

  test(`CHANNEL talks both ways and turns a second peer away over ${transport} [test_channel]`, async (t) => {
    const [left, right] = [open(t, Channel), open(t, Channel)];
    const third = open(t, Channel, { reconnectInterval: -1 });
    const endpoint = await married(t, left, right, transport, { mayLose: true });
    const gone = transport === "inproc" ? undefined : log(third).next("disconnect");
    third.connect(endpoint);
    third.trySend("me too");
    await gone;
    await left.send("over there");
    await right.send("over here");

    assert.equal(String((await soon(right.receive()))[0]), "over there");
    assert.equal(String((await soon(left.receive()))[0]), "over here");
    await staysPending(third.receive());
    assert.equal(left.tryReceive(), undefined);
  });

  test(`SCATTER gives its messages to the GATHERs in turn over ${transport} [test_scatter_gather]`, async (t) => {
    const scatter = open(t, Scatter);
    const gathers = [open(t, Gather), open(t, Gather)];
    await married(t, scatter, gathers, transport);

    for (let i = 0; i < 6; i++) await scatter.send(String(i));

    for (const gather of gathers) {
      const numbers: number[] = [];
      for (let i = 0; i < 3; i++) numbers.push(Number((await soon(gather.receive()))[0]));
      assert.deepEqual(numbers, [numbers[0]!, numbers[0]! + 2, numbers[0]! + 4]);
    }
  });

  test(`SCATTER waits while there is no GATHER over ${transport}`, async (t) => {
    const scatter = open(t, Scatter);
    await scatter.bind(anyEndpoint(transport));
    const sending = scatter.send("early");
    await staysPending(sending);

    const gather = open(t, Gather);
    gather.connect(scatter.lastEndpoint!);

    await soon(sending);
    assert.equal(await soon(gather.receiveString()), "early");
  });
}

const SENDERS = { CLIENT: Client, SCATTER: Scatter, CHANNEL: Channel };

for (const [name, type] of Object.entries(SENDERS) as [keyof typeof SENDERS, typeof Client][]) {
  test(`[test_client_server] [test_scatter_gather] [test_channel] ${name} refuses messages of several parts and takes an array of one`, async (t) => {
    const socket = open(t, type);
    socket.connect(inprocName());

    await rejects(socket.send(["a", "b"] as never), "EINVAL", /one part, not 2/);
    throws(() => socket.trySend(["a", "b", "c"] as never), "EINVAL", /not 3/);
    await socket.send(["a"] as never);
    await socket.send([] as never);
  });
}

for (const [name, type] of [
  ["SERVER", Server],
  ["PEER", Peer],
] as [string, typeof Server][]) {
  test(`${name} checks the routing id and refuses messages of several parts [test_client_server]`, async (t) => {
    const socket = open(t, type);

    const untyped = socket as unknown as { send(...args: unknown[]): Promise<void> };
    assert.throws(() => untyped.send("x"), { name: "TypeError", message: "Options must be an object" });
    assert.throws(() => untyped.send(undefined, { routingId: 1 }), {
      name: "TypeError",
      message: "Message must be present",
    });
    for (const routingId of [undefined, 0, -1, 1.5, 2 ** 32, "1"])
      throws(() => void untyped.send("x", { routingId }), "EINVAL", /4294967295/);
    await rejects(untyped.send(["a", "b"], { routingId: 1 }), "EINVAL", /one part/);
    await rejects(socket.send("x", { routingId: 77 }), "EHOSTUNREACH", /77/);
    assert.equal(socket.writable, true);
  });
}

test("connectPeer is refused with immediate, under which there is no peer yet [test_peer]", (t) => {
  const peer = open(t, Peer, { immediate: true });

  throws(() => peer.connectPeer("tcp://127.0.0.1:1"), "EFAULT", /immediate/);
});

test("SERVER's convenience calls go to the routing id as well", async (t) => {
  const server = open(t, Server);
  const client = open(t, Client);
  await married(t, server, client, "inproc");
  await client.sendJson({ a: 1 });
  await client.sendString("text");

  assert.deepEqual(await soon(server.receiveJson()), { a: 1 });
  const [, about] = await soon(server.receive());
  await server.sendString("text", about);
  await server.sendJson([1], about);
  await server.sendMany(["x", "y"], about);

  const got: string[] = [];
  for (let i = 0; i < 4; i++) got.push(await soon(client.receiveString()));
  assert.deepEqual(got, ["text", "[1]", "x", "y"]);
});

test("a send of SERVER waits while that peer is at its high-water mark, and only for that peer", async (t) => {
  const server = open(t, Server, { sendHighWaterMark: 1 });
  const [slow, quick] = [open(t, Client, { receiveHighWaterMark: 1 }), open(t, Client)];
  await married(t, server, [slow, quick], "inproc");
  await slow.send("slow");
  const [, toSlow] = await soon(server.receive());
  await quick.send("quick");
  const [, toQuick] = await soon(server.receive());
  await server.send("1", toSlow);
  await server.send("2", toSlow);

  assert.equal(server.trySend("3", toSlow), false);
  assert.equal(server.trySend("x", toQuick), true);
  const third = server.send("3", toSlow);
  await staysPending(third);
  assert.equal(server.waitingSends, 1);
  await soon(slow.receive());
  await soon(third);
});

test("the last message before the end of a connection reaches a SERVER that reads one in each turn", async (t) => {
  const server = open(t, Server);
  const client = open(t, Client);
  await married(t, server, client, "tcp", { mayLose: true });
  const lost = log(server).next("disconnect");
  const sent = Array.from({ length: 64 }, (_, i) => String(i));
  for (const text of sent) await client.send(text);
  client.close();
  // All is there, and the end with it, before the first is read.
  const received = [String((await soon(server.receive()))[0])];
  while (received.length < sent.length) {
    await turns(1);
    received.push(String((await soon(server.receive()))[0]));
  }

  assert.deepEqual(received, sent);
  await soon(lost);
});

test("conflate keeps a GATHER's newest message only", async (t) => {
  const gather = open(t, Gather, { conflate: true });
  const scatter = open(t, Scatter);
  await married(t, gather, scatter, "inproc");

  for (let i = 0; i < 20; i++) await scatter.send(String(i));

  assert.equal(await soon(gather.receiveString()), "19");
});

const TYPES = {
  12: Server,
  13: Client,
  16: Gather,
  17: Scatter,
  19: Peer,
  20: Channel,
};

for (const [id, type] of Object.entries(TYPES) as [string, new () => Socket][]) {
  test(`${type.name} says what it is, and that it is thread-safe [test_thread_safe]`, (t) => {
    const socket = open(t, type as new () => Client);

    assert.ok(socket instanceof Socket);
    assert.equal(socket.type, Number(id));
    assert.equal(socket.threadSafe, true);
    assert.equal("send" in socket, id !== "16");
    assert.equal("receive" in socket, id !== "17");
  });
}

test("a PUSH that connects to a GATHER is turned away", async (t) => {
  const { Push } = await import("zmq-ts");
  const gather = open(t, Gather);
  await gather.bind("tcp://127.0.0.1:*");
  const push = open(t, Push);
  const ended = log(push).next("disconnect");

  push.connect(gather.lastEndpoint!);

  assert.match((await ended).error!.message, /PUSH socket cannot talk to a GATHER/);
});

test("a CLIENT talks to the SERVER that took the place of another", async (t) => {
  const first = open(t, Server);
  await first.bind("tcp://127.0.0.1:*");
  const endpoint = first.lastEndpoint!;
  const client = open(t, Client, { reconnectInterval: 1 });
  await connected(first, client, endpoint);
  await client.send("a");
  await soon(first.receive());

  const lost = log(client).next("disconnect");
  await first.unbind(endpoint);
  await lost;
  const second = open(t, Server);
  await second.bind(endpoint);
  await client.send("b");

  const [body, about] = await soon(second.receive());
  await second.send("c", about);
  assert.equal(String(body), "b");
  assert.equal(await soon(client.receiveString()), "c");
});
