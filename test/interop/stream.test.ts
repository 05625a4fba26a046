/** STREAM with libzmq's, with plain TCP, and speaking ZMTP by hand to sockets that know nothing of it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { test } from "node:test";
import { Stream } from "zmq-ts";
import { type End, testPair } from "../support/interop-ends.ts";
import { assertMessage, bytes } from "../support/interop-messages.ts";
import { frame, GREETING, ready } from "../support/interop-zmtp.ts";
import { PythonPeer } from "../support/python.ts";

const python = await PythonPeer.start();
const SIZES = [1, 255, 256, 65536, 2 ** 20 + 7];

interface Receives {
  receive(): Promise<Buffer[]>;
}

/** So many bytes of one peer; STREAM hands them out in pieces of any size. */
async function collect(stream: Receives, id: Buffer, length: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let got = 0; got < length; got += pieces.at(-1)!.length) {
    const [from, piece] = await stream.receive();
    assertMessage([from!], [id], "sender");
    assert.notEqual(piece!.length, 0, "the connection has ended");
    pieces.push(piece!);
  }
  return Buffer.concat(pieces);
}

/** The id that the notice of a new connection carries. */
async function newPeer(stream: Receives): Promise<Buffer> {
  const [id, notice] = await stream.receive();
  assert.equal(id!.length, 5);
  assert.equal(notice!.length, 0);
  return id!;
}

async function exchange(binder: End, connecter: End): Promise<{ atBinder: Buffer; atConnecter: Buffer }> {
  const [atBinder, atConnecter] = await Promise.all([newPeer(binder), newPeer(connecter)]);
  for (const size of SIZES) {
    await binder.send([atBinder, bytes(size)]);
    assertMessage([await collect(connecter, atConnecter, size)], [bytes(size)], "to the connecter");
    await connecter.send([atConnecter, bytes(size)]);
    assertMessage([await collect(binder, atBinder, size)], [bytes(size)], "to the binder");
  }
  return { atBinder, atConnecter };
}

const tcp = { transports: ["tcp" as const] };

testPair(
  python,
  "STREAM",
  "STREAM",
  async ({ binder, connecter }) => void (await exchange(binder, connecter)),
  tcp,
);

testPair(
  python,
  "STREAM",
  "STREAM",
  async ({ binder, connecter }) => {
    const { atBinder, atConnecter } = await exchange(binder, connecter);

    await connecter.send([atConnecter, ""]);
    // A libzmq socket brings it to an end only while its user waits for something.
    connecter.receive().catch(() => {});

    assertMessage(await binder.receive(), [atBinder, ""]);
  },
  { ...tcp, behaviour: "hang up with an empty message", endsConnection: true },
);

async function speakZmtp(stream: End, dealer: End): Promise<void> {
  // Begun first: a libzmq socket sees to new connections only while its user waits for something.
  const answer = dealer.receive();
  const id = await newPeer(stream);
  await stream.send([id, Buffer.concat([GREETING, ready("DEALER")])]);
  const greeting = await collect(stream, id, GREETING.length);
  assert.equal(greeting.subarray(10, 16).toString("latin1"), "\x03\x01NULL");
  const header = greeting.subarray(64).length >= 2 ? greeting.subarray(64) : await collect(stream, id, 2);
  assert.equal(header[0], 4, "a command follows the greeting");

  await stream.send([id, frame("by hand")]);

  assertMessage(await answer, ["by hand"]);
}

testPair(python, "STREAM", "DEALER", ({ ours, theirs }) => speakZmtp(ours, theirs), {
  ...tcp,
  behaviour: "speak ZMTP written by hand",
});
testPair(python, "DEALER", "STREAM", ({ ours, theirs }) => speakZmtp(theirs, ours), {
  ...tcp,
  behaviour: "speak ZMTP written by hand",
});

test("our STREAM accepts a plain TCP client and tells when it goes", { timeout: 5000 }, async (t) => {
  const stream = new Stream({ linger: 0 });
  t.after(() => stream.close());
  await stream.bind("tcp://127.0.0.1:*");
  const client = connect(Number(new URL(stream.lastEndpoint!.replace("tcp:", "http:")).port), "127.0.0.1");
  t.after(() => client.destroy());
  const receives = { receive: () => stream.receive() as Promise<Buffer[]> };

  const id = await newPeer(receives);
  client.write("GET / HTTP/1.0\r\n\r\n");
  assert.equal((await collect(receives, id, 18)).toString(), "GET / HTTP/1.0\r\n\r\n");
  await stream.send([id, "HTTP/1.0 200 OK\r\n"]);
  const [answer] = (await once(client, "data")) as [Buffer];
  client.end();

  assert.equal(answer.toString(), "HTTP/1.0 200 OK\r\n");
  assertMessage(await receives.receive(), [id, ""]);
});

test("our STREAM connects to a plain TCP server and hangs up", { timeout: 5000 }, async (t) => {
  const server = createServer((socket) => socket.on("data", (data) => socket.write(data))).listen(
    0,
    "127.0.0.1",
  );
  t.after(() => server.close());
  await once(server, "listening");
  const stream = new Stream({ linger: 0 });
  t.after(() => stream.close());
  const accepted = once(server, "connection");
  stream.connect(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const receives = { receive: () => stream.receive() as Promise<Buffer[]> };

  const id = await newPeer(receives);
  await stream.send([id, bytes(70_000)]);
  assertMessage([await collect(receives, id, 70_000)], [bytes(70_000)]);
  const [peer] = await accepted;
  const gone = once(peer, "end");
  await stream.send([id, ""]);

  await gone;
});
