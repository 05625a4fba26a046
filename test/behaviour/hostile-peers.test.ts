/** A peer that breaks the rules loses its own connection, and nothing else: the good client does not notice. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type EventType, Publisher, Pull, Push, Router, type ZmqErrorCode } from "zmq-ts";
import { COMMAND, command, frame, greeting, MORE, message, RawPeer, ready } from "../support/raw-peer.ts";
import { fill, log, married, open, receiveTexts, soon, text, turns } from "../support/sockets.ts";

const handshake = Buffer.concat([greeting(), ready("PUSH")]);

function longHeader(flags: number, size: bigint): Buffer {
  const header = Buffer.alloc(9);
  header[0] = flags | 2;
  header.writeBigUInt64BE(size, 1);
  return header;
}

interface Attack {
  name: string;
  bytes: Buffer | (() => Buffer);
  /** The peer hangs up after that. */
  hangsUp?: boolean;
  /** What the victim reports after "accept". */
  events: EventType[];
  code: ZmqErrorCode;
}

const ATTACKS: Attack[] = [
  {
    name: "garbage",
    bytes: Buffer.alloc(1000, 0xaa),
    events: ["handshake:error:protocol", "disconnect"],
    code: "ERR_ZMTP_UNSPECIFIED",
  },
  {
    name: "HTTP",
    bytes: Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    events: ["handshake:error:protocol", "disconnect"],
    code: "ERR_ZMTP_UNSPECIFIED",
  },
  {
    name: "a TLS hello",
    bytes: Buffer.from("16030100a5010000a10303", "hex"),
    events: ["handshake:error:protocol", "disconnect"],
    code: "ERR_ZMTP_UNSPECIFIED",
  },
  {
    name: "a greeting of another mechanism",
    bytes: greeting("PLAIN"),
    events: ["handshake:error:protocol", "disconnect"],
    code: "ERR_ZMTP_MECHANISM_MISMATCH",
  },
  {
    name: "a greeting whose mechanism is no name",
    bytes: greeting("NULL\0NULL"),
    events: ["handshake:error:protocol", "disconnect"],
    code: "ERR_ZMTP_MECHANISM_MISMATCH",
  },
  {
    // As in libzmq: the handshake as such went well.
    name: "the wrong socket type",
    bytes: Buffer.concat([greeting(), ready("SUB")]),
    events: ["disconnect"],
    code: "ERR_ZMTP_INVALID_METADATA",
  },
  {
    name: "a socket type that does not exist",
    bytes: Buffer.concat([greeting(), ready("NONSENSE")]),
    events: ["disconnect"],
    code: "ERR_ZMTP_INVALID_METADATA",
  },
  {
    name: "a READY with malformed metadata",
    bytes: Buffer.concat([greeting(), command("READY", "\x0bSocket-Type\xff\xff\xff\xff")]),
    events: ["handshake:error:protocol", "disconnect"],
    code: "ERR_ZMTP_INVALID_METADATA",
  },
  {
    name: "another command instead of READY",
    bytes: Buffer.concat([greeting(), command("HELLO", "?")]),
    events: ["handshake:error:protocol", "disconnect"],
    code: "ERR_ZMTP_UNEXPECTED_COMMAND",
  },
  {
    name: "a message before the handshake",
    bytes: Buffer.concat([greeting(), message("early")]),
    events: ["handshake:error:protocol", "disconnect"],
    code: "ERR_ZMTP_UNEXPECTED_COMMAND",
  },
  {
    name: "a truncated greeting",
    bytes: greeting().subarray(0, 20),
    hangsUp: true,
    events: ["handshake:error:other", "disconnect"],
    code: "EPIPE",
  },
  {
    name: "a truncated READY",
    bytes: handshake.subarray(0, 70),
    hangsUp: true,
    events: ["handshake:error:other", "disconnect"],
    code: "EPIPE",
  },
  {
    name: "nothing at all",
    bytes: Buffer.alloc(0),
    hangsUp: true,
    events: ["handshake:error:other", "disconnect"],
    code: "EPIPE",
  },
  {
    name: "a READY over maxMessageSize",
    bytes: Buffer.concat([greeting(), longHeader(COMMAND, 2n ** 40n)]),
    events: ["disconnect"],
    code: "EMSGSIZE",
  },
  {
    name: "a frame over maxMessageSize",
    bytes: Buffer.concat([handshake, frame(0, Buffer.alloc(5001))]),
    events: ["handshake", "disconnect"],
    code: "EMSGSIZE",
  },
  {
    name: "a header that promises a terabyte",
    bytes: Buffer.concat([handshake, longHeader(0, 2n ** 40n), Buffer.alloc(100)]),
    events: ["handshake", "disconnect"],
    code: "EMSGSIZE",
  },
  {
    name: "a length above 2^53",
    bytes: Buffer.concat([handshake, longHeader(0, 2n ** 63n)]),
    events: ["handshake", "disconnect"],
    code: "EMSGSIZE",
  },
  {
    name: "an unknown command",
    bytes: Buffer.concat([handshake, command("DANCE", "now")]),
    events: ["handshake", "disconnect"],
    code: "ERR_ZMTP_UNEXPECTED_COMMAND",
  },
  {
    name: "an empty command",
    bytes: Buffer.concat([handshake, frame(COMMAND, "")]),
    events: ["handshake", "disconnect"],
    code: "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED",
  },
  {
    name: "a command whose name is longer than itself",
    bytes: Buffer.concat([handshake, frame(COMMAND, "\xffAB")]),
    events: ["handshake", "disconnect"],
    code: "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED",
  },
  {
    name: "a PING without its time to live",
    bytes: Buffer.concat([handshake, command("PING", "x")]),
    events: ["handshake", "disconnect"],
    code: "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED",
  },
  {
    name: "a message that never ends",
    bytes: () => Buffer.concat([handshake, Buffer.alloc(2 * ((1 << 20) + 10), Buffer.of(MORE, 0))]),
    events: ["handshake", "disconnect"],
    code: "EMSGSIZE",
  },
  {
    name: "half a message, then an end",
    bytes: Buffer.concat([handshake, frame(MORE, "first part")]),
    hangsUp: true,
    events: ["handshake", "disconnect"],
    code: "ECONNRESET",
  },
];

for (const { name, bytes, hangsUp, events: expected, code } of ATTACKS) {
  test(`a peer that sends ${name} ends its own connection only`, async (t) => {
    const pull = open(t, Pull, { maxMessageSize: 5000 });
    const push = open(t, Push);
    await married(t, pull, push, "tcp", { mayLose: "other peers" });
    const events = log(pull);
    const before = events.all.length;
    const peer = await RawPeer.connect(t, pull.lastEndpoint!);

    peer.write(typeof bytes === "function" ? bytes() : bytes);
    if (hangsUp) peer.end();

    const { error, address } = await events.next("disconnect");
    assert.equal(error!.code, code, error!.message);
    assert.equal(address, pull.lastEndpoint);
    assert.ok(error!.message.length < 300);
    assert.deepEqual(events.types.slice(before), ["accept", ...expected]);
    await soon(peer.closed);
    for (let i = 0; i < 10; i++) await push.send(`good ${i}`);
    assert.deepEqual(
      await receiveTexts(pull, 10),
      Array.from({ length: 10 }, (_, i) => `good ${i}`),
    );
    await turns(2);
    assert.equal(pull.readable, false);
    assert.equal(events.count("disconnect"), 1);
  });
}

test("a peer that drips the bytes of a good handshake one by one is served", async (t) => {
  const pull = open(t, Pull);
  const push = open(t, Push);
  await married(t, pull, push, "tcp", { mayLose: "other peers" });
  const peer = await RawPeer.connect(t, pull.lastEndpoint!);

  for (const byte of Buffer.concat([handshake, message("dripped", "slowly")])) {
    peer.write(Buffer.of(byte));
    await turns();
  }
  await push.send("not held up");

  assert.deepEqual((await receiveTexts(pull, 2)).sort(), ["dripped|slowly", "not held up"]);
});

test("a peer that drips a handshake for too long is dropped", async (t) => {
  const pull = open(t, Pull, { handshakeInterval: 30 });
  const push = open(t, Push);
  await married(t, pull, push, "tcp", { mayLose: "other peers" });
  const events = log(pull);
  const peer = await RawPeer.connect(t, pull.lastEndpoint!);
  const dripping = setInterval(() => peer.write(Buffer.of(0xff)), 3);
  t.after(() => clearInterval(dripping));

  const { error } = await events.next("handshake:error:other");

  assert.equal(error.code, "EAGAIN");
  await soon(peer.closed);
  await push.send("good");
  assert.deepEqual(await receiveTexts(pull, 1), ["good"]);
});

test("a peer that drips one large message does not hold up the others", async (t) => {
  const pull = open(t, Pull);
  const push = open(t, Push);
  await married(t, pull, push, "tcp", { mayLose: "other peers" });
  const peer = await RawPeer.connect(t, pull.lastEndpoint!);
  await peer.handshake("PUSH");
  const large = message(Buffer.alloc(50_000, "L"));

  for (let i = 0; i < 50; i++) {
    peer.write(large.subarray(i * 1000, (i + 1) * 1000));
    await push.send(String(i));
    assert.deepEqual(await receiveTexts(pull, 1), [String(i)]);
  }
  peer.write(large.subarray(50_000));

  assert.equal((await soon(pull.receive()))[0]!.length, 50_000);
});

test("half a message of a peer that died is never seen", async (t) => {
  const pull = open(t, Pull);
  await pull.bind("tcp://127.0.0.1:*");
  const first = await RawPeer.connect(t, pull.lastEndpoint!);
  await first.handshake("PUSH");
  first.write(message("whole"), frame(MORE, "half"));
  const events = log(pull);
  assert.deepEqual(await receiveTexts(pull, 1), ["whole"]);
  first.end();
  await events.next("disconnect");

  const second = await RawPeer.connect(t, pull.lastEndpoint!);
  await second.handshake("PUSH");
  second.write(message("new", "message"));

  assert.deepEqual(await receiveTexts(pull, 1), ["new|message"]);
});

test("many hostile peers at once leave the good ones alone", async (t) => {
  const pull = open(t, Pull, { maxMessageSize: 5000 });
  const push = open(t, Push);
  await married(t, pull, push, "tcp", { mayLose: "other peers" });

  const peers = await Promise.all(Array.from({ length: 50 }, () => RawPeer.connect(t, pull.lastEndpoint!)));
  for (const [i, peer] of peers.entries()) {
    const { bytes } = ATTACKS[i % 10]!;
    peer.write(typeof bytes === "function" ? bytes() : bytes);
  }
  await push.send("through it all");

  assert.deepEqual(await receiveTexts(pull, 1), ["through it all"]);
  await soon(Promise.all(peers.map((peer) => peer.closed)));
});

test("a routing id of a peer that is too long ends its connection", async (t) => {
  const router = open(t, Router);
  const events = log(router);
  await router.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, router.lastEndpoint!);

  peer.write(greeting(), ready("DEALER", "x".repeat(256)));

  assert.match((await events.next("handshake:error:protocol")).error.message, /256 bytes/);
  await soon(peer.closed);
});

test("a publisher passes over what a subscriber has no business sending", async (t) => {
  const publisher = open(t, Publisher);
  await publisher.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, publisher.lastEndpoint!);
  await peer.handshake("SUB");

  peer.write(
    message("chatter"),
    message(""),
    command("SUBSCRIBE", "a"),
    command("CANCEL", "never asked for"),
    message("\x01b"),
  );

  while (peer.pending.length === 0) {
    await publisher.send("b");
    await turns();
  }
  assert.deepEqual(await peer.readMessage(), ["b"]);
  await publisher.send(["a", "1"]);
  for (;;) {
    const parts = await peer.readMessage();
    if (parts[0] !== "b") {
      assert.deepEqual(parts, ["a", "1"]);
      break;
    }
  }
});

test("a peer that reads nothing is bounded by the high-water mark, and harms nobody", async (t) => {
  const push = open(t, Push, { sendHighWaterMark: 10 });
  await push.bind("tcp://127.0.0.1:*");
  const events = log(push);
  const deaf = await RawPeer.connect(t, push.lastEndpoint!);
  await deaf.handshake("PULL");
  await events.next("handshake");
  deaf.socket.pause();
  const body = Buffer.alloc(1_000_000);
  const taken = await fill(push, body);
  assert.ok(taken < 40, `${taken} MB were taken`);

  const pull = open(t, Pull);
  pull.connect(push.lastEndpoint!);
  await soon(push.send("for the good one"));

  assert.deepEqual(text(await soon(pull.receive())), ["for the good one"]);
});
