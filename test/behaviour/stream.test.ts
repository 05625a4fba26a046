/** STREAM: plain TCP peers. libzmq: stream.cpp. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Stream } from "zmq-ts";
import { RawPeer, RawServer } from "../support/raw-peer.ts";
import {
  anyEndpoint,
  endpointToCome,
  log,
  open,
  rejects,
  soon,
  staysPending,
  throws,
} from "../support/sockets.ts";

/** Bytes of one peer, gathered until there are `length`. */
async function gather(stream: Stream, id: Buffer, length: number): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < length) {
    const [from, chunk] = await soon(stream.receive());
    assert.deepEqual(from, id);
    bytes = Buffer.concat([bytes, chunk]);
  }
  return bytes;
}

test("[ZMQ_STREAM_NOTIFY] [test_stream_disconnect] STREAM tells of a raw peer, takes its bytes, answers, and tells of its end", async (t) => {
  const stream = open(t, Stream);
  await stream.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, stream.lastEndpoint!);

  const [id, nothing] = await soon(stream.receive());
  assert.equal(id.length, 5);
  assert.equal(id[0], 0);
  assert.equal(nothing.length, 0);
  peer.write("GET / HTTP/1.0\r\n\r\n");
  assert.equal((await gather(stream, id, 18)).toString(), "GET / HTTP/1.0\r\n\r\n");
  await stream.send([id, "HTTP/1.0 200 OK\r\n\r\n"]);
  assert.equal((await peer.read(19)).toString(), "HTTP/1.0 200 OK\r\n\r\n");
  peer.end();

  assert.deepEqual(await soon(stream.receive()), [id, Buffer.alloc(0)]);
  await rejects(stream.send([id, "too late"]), "EHOSTUNREACH");
});

test("STREAM sends nothing of its own: a raw peer sees no greeting", async (t) => {
  const stream = open(t, Stream);
  await stream.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, stream.lastEndpoint!);
  const [id] = await soon(stream.receive());

  await stream.send([id, "first bytes"]);

  assert.equal((await peer.read(11)).toString(), "first bytes");
  assert.equal(peer.pending.length, 0);
});

test("[test_stream_disconnect] [test_stream_empty] STREAM closes a connection when it is sent nothing", async (t) => {
  const stream = open(t, Stream);
  await stream.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, stream.lastEndpoint!);
  const [id] = await soon(stream.receive());

  await stream.send([id, "last words"]);
  await stream.send([id, ""]);

  assert.equal((await peer.read(10)).toString(), "last words");
  await soon(peer.closed);
  await rejects(stream.send([id, "x"]), "EHOSTUNREACH");
});

test("[test_connect_rid] STREAM connects to a raw server under a name of its own", async (t) => {
  const server = await RawServer.listen(t);
  const stream = open(t, Stream);

  stream.connect(server.endpoint, { routingId: "server" });
  const peer = await server.accept();
  assert.deepEqual(await soon(stream.receive()), [Buffer.from("server"), Buffer.alloc(0)]);
  await stream.send(["server", "hello"]);

  assert.equal((await peer.read(5)).toString(), "hello");
  throws(() => stream.connect(server.endpoint, { routingId: "server" }), "EINVAL", /in use/);
  peer.write("bye");
  assert.equal((await gather(stream, Buffer.from("server"), 3)).toString(), "bye");
});

test("STREAM connects before there is a server", async (t) => {
  const endpoint = await endpointToCome(t, "tcp");
  const client = open(t, Stream, { reconnectInterval: 5 });
  client.connect(endpoint);
  await log(client).next("connect:retry");

  const server = open(t, Stream);
  await server.bind(endpoint);

  const [there] = await soon(client.receive());
  await client.send([there, "hi"]);
  const [back] = await soon(server.receive());
  assert.equal((await gather(server, back, 2)).toString(), "hi");
});

test("[test_stream] [test_stream_exceeds_buffer] STREAM to STREAM carries a megabyte each way", async (t) => {
  const server = open(t, Stream);
  const client = open(t, Stream);
  await server.bind("tcp://127.0.0.1:*");
  client.connect(server.lastEndpoint!);
  const [there] = await soon(client.receive());
  const [back] = await soon(server.receive());
  const body = Buffer.alloc(1_000_000, "0123456789");

  await client.send([there, body]);
  assert.ok((await gather(server, back, body.length)).equals(body));
  await server.send([back, body]);

  assert.ok((await gather(client, there, body.length)).equals(body));
});

test("[ZMQ_STREAM_NOTIFY] STREAM with notify off is silent about who comes and goes", async (t) => {
  const stream = open(t, Stream, { notify: false });
  await stream.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, stream.lastEndpoint!);
  const first = stream.receive();
  await staysPending(first);

  peer.write("x");

  assert.equal((await soon(first))[1].toString(), "x");
  peer.end();
  await soon(log(stream).next("disconnect"));
  assert.equal(stream.readable, false);
});

test("a STREAM message has two parts", async (t) => {
  const stream = open(t, Stream);
  await stream.bind("tcp://127.0.0.1:*");

  await rejects(stream.send(["one"] as unknown as [string, string]), "EINVAL", /two parts/);
  await rejects(stream.send(["1", "2", "3"] as unknown as [string, string]), "EINVAL", /two parts/);
});

test("STREAM keeps several peers apart", async (t) => {
  const stream = open(t, Stream);
  await stream.bind("tcp://127.0.0.1:*");
  const peers = [
    await RawPeer.connect(t, stream.lastEndpoint!),
    await RawPeer.connect(t, stream.lastEndpoint!),
  ];
  const ids = [(await soon(stream.receive()))[0], (await soon(stream.receive()))[0]];

  for (const id of ids) await stream.send([id, id]);

  const heard = await Promise.all(peers.map((peer) => peer.read(5)));
  assert.deepEqual(heard.map(String).sort(), ids.map(String).sort());
});

test("STREAM speaks tcp only", async (t) => {
  const stream = open(t, Stream);

  throws(() => stream.connect(anyEndpoint("inproc")), "ENOCOMPATPROTO", /STREAM/);
  throws(() => stream.bindSync(anyEndpoint("inproc")), "ENOCOMPATPROTO", /STREAM/);
});
