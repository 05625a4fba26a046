import assert from "node:assert/strict";
import { test } from "node:test";
import { prepareMechanism } from "#src/security/load-mechanism.js";
import { ZmqError } from "#src/util/errors.js";
import { ascii, cuttings, hex, turn } from "../../support/bytes.ts";
import {
  Bench,
  command,
  GREETING_20,
  GREETING_30,
  GREETING_31,
  GREETING_PLAIN,
  property,
  READY_PEER,
  SIGNATURE,
} from "../../support/engine.ts";

/** Moves bytes between two engines, `step` at a time, until neither has more to say. */
async function join(left: Bench, right: Bench, step: number): Promise<void> {
  for (;;) {
    await turn();
    const forRight = left.stream.take();
    const forLeft = right.stream.take();
    for (let at = 0; at < forRight.length; at += step)
      right.engine.received(forRight.subarray(at, at + step));
    for (let at = 0; at < forLeft.length; at += step) left.engine.received(forLeft.subarray(at, at + step));
    if (forRight.length + forLeft.length === 0) return;
  }
}

for (const step of [1, 7, 10_000]) {
  test(`two engines shake hands and talk both ways, ${step} bytes at a time`, async () => {
    const left = new Bench();
    const right = new Bench();

    await join(left, right, step);
    left.send("to", "", "right").send("again");
    right.send("x".repeat(300));
    await join(left, right, step);

    for (const { peers } of [left, right]) {
      assert.deepEqual(
        peers.map((peer) => [peer.version, peer.minor, peer.socketType, peer.routingId.length]),
        [[3, 1, "DEALER", 0]],
      );
    }
    assert.deepEqual(right.pipe.text, [`${ascii("to")}||${ascii("right")}`, ascii("again")]);
    assert.deepEqual(left.pipe.text, [ascii("x".repeat(300))]);
    assert.deepEqual([left.ending, right.ending], ["", ""]);
  });
}

test("golden bytes: READY of a DEALER is Socket-Type, then Identity, in one command frame", () => {
  const bench = new Bench({
    metadata: new Map([
      ["Socket-Type", Buffer.from("DEALER")],
      ["Identity", Buffer.from("me")],
    ]),
  });
  bench.push(GREETING_31);

  const ready = "055245414459 0b536f636b65742d54797065000000064445414c4552 084964656e74697479000000026d65";
  assert.equal(bench.stream.all.toString("hex"), GREETING_31 + `042b${ready}`.replace(/ /g, ""));
});

test("golden bytes: READY of a SUB is its Socket-Type alone", () => {
  const bench = new Bench({ metadata: new Map([["Socket-Type", Buffer.from("SUB")]]) });
  bench.push(GREETING_31);

  assert.equal(
    bench.stream.all.subarray(64).toString("hex"),
    "04190552454144590b536f636b65742d5479706500000003535542",
  );
});

test("READY goes out with the greeting, once the peer has said that it is of ZMTP 3", () => {
  const bench = new Bench();
  bench.push(GREETING_31.slice(0, 20));
  assert.equal(bench.stream.all.length, 11);

  bench.push(GREETING_31.slice(20, 22));

  assert.equal(bench.stream.all.toString("latin1", 67, 72), "READY");
  assert.equal(bench.stream.writes.length, 3);
  assert.deepEqual(bench.peers, []);
});

test("a mechanism with secrets says nothing before the peer's greeting has named the same", async () => {
  await prepareMechanism("PLAIN");
  const bench = new Bench({ mechanism: "PLAIN", credentials: { username: "a", password: "b" } });
  bench.push(GREETING_PLAIN.slice(0, 126));
  assert.equal(bench.stream.all.length, 64);

  bench.push(GREETING_PLAIN.slice(126));

  assert.equal(bench.stream.all.toString("latin1", 67, 72), "HELLO");
});

test("what one chunk of the peer's makes us say leaves in one write, with messages that wait", () => {
  const bench = new Bench();
  bench.pipe.outgoing.push([Buffer.from("m")]);

  bench.push(GREETING_31 + READY_PEER);

  assert.equal(bench.stream.writes.length, 2);
  assert.equal(bench.stream.all.toString("latin1").endsWith("\0\x01m"), true);
});

test("a peer that we cannot talk to still gets our greeting", () => {
  const bench = new Bench();

  bench.push(GREETING_PLAIN);

  assert.equal(bench.ending, "protocol ERR_ZMTP_MECHANISM_MISMATCH true");
  assert.equal(bench.stream.all.toString("hex", 0, 64), GREETING_31);
});

test("READY longer than 255 bytes goes out as a long command", () => {
  const bench = new Bench({ metadata: new Map([["X-long", Buffer.alloc(300)]]) });
  bench.push(GREETING_31);

  assert.equal(bench.stream.all.subarray(64, 74).toString("hex"), "06000000000000013d05");
});

test("the peer's identity, socket type and other properties are told", () => {
  const bench = new Bench();
  const ready =
    property("Socket-Type", "ROUTER") + property("Identity", "abc") + property("X-hello", "world");
  bench.push(GREETING_31, command("READY", ready));

  const [peer] = bench.peers;
  assert.equal(peer.socketType, "ROUTER");
  assert.equal(Buffer.from(peer.routingId).toString(), "abc");
  assert.equal(Buffer.from(peer.metadata.get("X-hello")!).toString(), "world");
});

test("a READY without any property is accepted, as libzmq does", () => {
  const bench = new Bench().push(GREETING_31, command("READY"));

  assert.deepEqual(
    bench.peers.map((peer) => [peer.socketType, peer.routingId.length]),
    [["", 0]],
  );
});

test("what the peer announced stays as it was when its chunk's memory is used again", () => {
  const bench = new Bench();
  const chunk = hex(
    GREETING_31 + command("READY", property("Socket-Type", "ROUTER") + property("Identity", "abc")),
  );

  bench.engine.received(chunk);
  chunk.fill(0);

  assert.equal(Buffer.from(bench.peers[0].routingId).toString(), "abc");
  assert.equal(Buffer.from(bench.peers[0].metadata.get("Identity")!).toString(), "abc");
});

test("traffic right behind READY, in the same chunk, is not lost", () => {
  const bench = new Bench().push(`${GREETING_31}${READY_PEER}000161010162000163`);

  assert.deepEqual(bench.pipe.text, ["61", "62|63"]);
});

interface Golden {
  name: string;
  peer: string;
  ours: string;
  version: number;
  minor: number;
  routingId: string;
  message: string;
}

const OWN_READY = command("READY", property("Socket-Type", "DEALER") + property("Identity", "me"));
const OURS_31 = GREETING_31.replace(SIGNATURE, "ff00000000000000037f");
/** A handshake with each generation of peers, then one message of two parts each way. */
const GOLDEN: Golden[] = [
  {
    name: "ZMTP 3.1",
    peer: `${GREETING_31}${command("READY", property("Socket-Type", "DEALER") + property("Identity", "you"))}`,
    ours: `${OURS_31}${OWN_READY}`,
    version: 3,
    minor: 1,
    routingId: "you",
    message: "010161 000162",
  },
  {
    name: "ZMTP 3.0",
    peer: `${GREETING_30}${command("READY", property("Socket-Type", "DEALER") + property("Identity", "you"))}`,
    ours: `${OURS_31}${OWN_READY}`,
    version: 3,
    minor: 0,
    routingId: "you",
    message: "010161 000162",
  },
  {
    name: "ZMTP 2.0",
    peer: `${GREETING_20} 0003 ${ascii("you")}`,
    ours: `ff00000000000000037f 03 05 0002 ${ascii("me")}`,
    version: 2,
    minor: 0,
    routingId: "you",
    message: "010161 000162",
  },
  {
    name: "revision 0",
    peer: `${SIGNATURE} 00 05 0400 ${ascii("you")}`,
    ours: `ff00000000000000037f 03 05 0300 ${ascii("me")}`,
    version: 1,
    minor: 0,
    routingId: "you",
    message: "020161 020062",
  },
  {
    name: "ZMTP 1.0",
    peer: `0400 ${ascii("you")}`,
    // The signature doubles as the long header of the identity frame: size 3, flags 7F.
    ours: `ff00000000000000037f ${ascii("me")}`,
    version: 1,
    minor: 0,
    routingId: "you",
    message: "020161 020062",
  },
  {
    name: "ZMTP 1.0 with a long header",
    peer: `ff0000000000000004 00 ${ascii("you")}`,
    ours: `ff00000000000000037f ${ascii("me")}`,
    version: 1,
    minor: 0,
    routingId: "you",
    message: "020161 020062",
  },
];

function dealerCalledMe(): Bench {
  return new Bench({
    routingId: Buffer.from("me"),
    metadata: new Map([
      ["Socket-Type", Buffer.from("DEALER")],
      ["Identity", Buffer.from("me")],
    ]),
  });
}

for (const { name, peer, ours, version, minor, routingId, message } of GOLDEN) {
  test(`golden bytes: handshake and traffic with a peer of ${name}, however its bytes are cut`, async () => {
    for (const chunks of cuttings(hex(peer + message))) {
      const bench = dealerCalledMe();
      assert.equal(bench.stream.all.toString("hex"), "ff00000000000000037f", "the signature goes out first");
      for (const chunk of chunks) bench.engine.received(chunk);
      bench.send("a", "b");
      await turn();

      assert.equal(bench.stream.all.toString("hex"), hex(ours + message).toString("hex"));
      assert.deepEqual(
        bench.peers.map((p) => [p.version, p.minor, Buffer.from(p.routingId).toString()]),
        [[version, minor, routingId]],
      );
      assert.deepEqual(bench.pipe.text, ["61|62"]);
      assert.equal(bench.ending, "");
    }
  });
}

test("an anonymous ZMTP 1.0 peer has an empty routing id", () => {
  const bench = new Bench().push("0100");

  assert.deepEqual(
    bench.peers.map((peer) => [peer.version, peer.routingId.length]),
    [[1, 0]],
  );
});

test("messages wait in the pipe until the handshake is over", async () => {
  const bench = new Bench();
  bench.pipe.outgoing.push([Buffer.from("early")]);

  bench.push(GREETING_31);
  bench.engine.readable();
  await turn();
  assert.equal(bench.pipe.outgoing.length, 1);
  bench.stream.take();
  bench.push(READY_PEER);
  await turn();

  assert.equal(bench.stream.takeHex(), `0005${ascii("early")}`);
});

test("take refuses a message while the handshake lasts", () => {
  const bench = new Bench().push(GREETING_31);

  assert.equal(bench.engine.take([Buffer.from("x")]), false);
});

// ---- subscriptions, by the age of the peer

const SUB = {
  sendsSubscriptions: true,
  metadata: new Map([["Socket-Type", Buffer.from("SUB")]]),
  socketType: 2,
};
const PUB = {
  takesSubscriptions: true,
  metadata: new Map([["Socket-Type", Buffer.from("PUB")]]),
  socketType: 1,
};
const SUB_READY = command("READY", property("Socket-Type", "SUB"));
const PUB_READY = command("READY", property("Socket-Type", "PUB"));
const A = Buffer.from([1, 0x41]);
const NOT_A = Buffer.from([0, 0x41]);

for (const [name, handshake, wire] of [
  [
    "3.1: commands",
    [GREETING_31, PUB_READY],
    `${command("SUBSCRIBE", "41")}${command("CANCEL", "41")}${command("SUBSCRIBE")}`,
  ],
  ["3.0: messages", [GREETING_30, PUB_READY], "00020141 00020041 000101"],
  ["2.0: messages", [GREETING_20, "0000"], "00020141 00020041 000101"],
  ["revision 0: messages in its framing", [`${SIGNATURE}0001`, "0100"], "03000141 03000041 020001"],
  ["1.0: messages in its framing", ["0100"], "03000141 03000041 020001"],
] as const) {
  test(`SUB tells its subscriptions to a peer of ZMTP ${name}`, async () => {
    const bench = new Bench(SUB).push(...handshake);
    await turn();
    bench.stream.take();

    bench.send(A).send(NOT_A).send(Buffer.of(1));
    await turn();

    assert.equal(bench.stream.takeHex(), wire.replace(/ /g, ""));
  });
}

test("a topic of more than 255 bytes goes out as a long command", async () => {
  for (const length of [244, 245, 246, 255, 256]) {
    const bench = new Bench(SUB).shakeHands(GREETING_31, PUB_READY);
    bench.send(Buffer.concat([Buffer.of(1), Buffer.alloc(length, 0x41)]));
    await turn();

    const wire = bench.stream.take();
    const size = length + 10;
    assert.equal(wire[0], size > 255 ? 6 : 4);
    assert.equal(size > 255 ? wire.readUInt32BE(5) : wire[1], size);
    assert.equal(wire.length, size + (size > 255 ? 9 : 2));
  }
});

test("what XSUB sends that is no subscription stays a message", async () => {
  const bench = new Bench(SUB).shakeHands(GREETING_31, PUB_READY);

  bench
    .send(Buffer.from([2, 0x41]))
    .send("")
    .send(A, "part");
  await turn();

  assert.equal(bench.stream.takeHex(), `00020241 0000 01020141 0004${ascii("part")}`.replace(/ /g, ""));
});

test("a socket that sends no subscriptions sends 01 and 00 as they are", async () => {
  const bench = new Bench().shakeHands();
  bench.send(A).send(NOT_A);
  await turn();

  assert.equal(bench.stream.takeHex(), "0002014100020041");
});

for (const [name, handshake] of [
  ["3.1", [GREETING_31, SUB_READY]],
  ["3.0", [GREETING_30, SUB_READY]],
] as const) {
  test(`PUB hears subscriptions of a ZMTP ${name} peer as commands and as messages alike`, () => {
    const bench = new Bench(PUB).push(...handshake);

    bench.push(
      command("SUBSCRIBE", "41"),
      command("CANCEL", "41"),
      "00020142",
      "00020042",
      command("SUBSCRIBE"),
    );

    assert.deepEqual(bench.pipe.text, ["0141", "0041", "0142", "0042", "01"]);
  });
}

test("SUBSCRIBE and CANCEL are let pass by sockets that publish nothing", () => {
  const bench = new Bench().shakeHands().push(command("SUBSCRIBE", "41"), command("CANCEL", "41"), "000161");

  assert.deepEqual(bench.pipe.text, ["61"]);
  assert.equal(bench.ending, "");
});

test("a true ZMTP 1.0 peer of a publisher counts as subscribed to everything", () => {
  assert.deepEqual(new Bench(PUB).push("0100").pipe.text, ["01"]);
});

test("no other peer of a publisher, and no peer of another socket, gets a subscription it did not send", () => {
  assert.deepEqual(new Bench(PUB).push(`${SIGNATURE}0002`, "0100").pipe.text, []);
  assert.deepEqual(new Bench(PUB).push(GREETING_20, "0000").pipe.text, []);
  assert.deepEqual(new Bench(PUB).push(GREETING_30, SUB_READY).pipe.text, []);
  assert.deepEqual(new Bench(PUB).push(GREETING_31, SUB_READY).pipe.text, []);
  assert.deepEqual(new Bench().push("0100").pipe.text, []);
});

// ---- time

for (const [name, bytes] of [
  ["says nothing", []],
  ["sends half a greeting", [GREETING_31.slice(0, 60)]],
  ["sends no READY", [GREETING_31]],
  ["of ZMTP 2.0 sends no identity", [GREETING_20]],
  ["of ZMTP 1.0 sends half an identity", ["0400 61"]],
] as const) {
  test(`a peer that ${name} is given up after the handshake interval`, () => {
    const bench = new Bench({ handshakeIntervalMs: 500 }).push(...bytes);

    bench.clock.advance(499);
    assert.equal(bench.ending, "");
    bench.clock.advance(1);

    assert.equal(bench.ending, "timeout EAGAIN true");
    assert.equal(bench.stream.isDestroyed, true);
  });
}

for (const [name, bytes] of [
  ["3.1", [GREETING_31, READY_PEER]],
  ["2.0", [GREETING_20, "0000"]],
  ["1.0", ["0100"]],
] as const) {
  test(`a ZMTP ${name} peer that has shaken hands may be silent for ever`, () => {
    const bench = new Bench({ handshakeIntervalMs: 500 }).push(...bytes);

    bench.clock.advance(1_000_000);

    assert.equal(bench.ending, "");
    assert.equal(bench.clock.pending, 0);
  });
}

test("a handshake interval of 0 waits for ever", () => {
  const bench = new Bench({ handshakeIntervalMs: 0 });

  assert.equal(bench.clock.pending, 0);
});

test("an engine that has ended leaves no timer behind", () => {
  const bench = new Bench({ heartbeatIntervalMs: 10, heartbeatTimeoutMs: 10 }).shakeHands();
  bench.push(command("PING", "ffff"));

  bench.engine.closed();

  assert.equal(bench.clock.pending, 0);
});

// ---- refusals

test("a peer that the session refuses is cut off with the session's error", () => {
  const bench = new Bench();
  bench.refusal = new ZmqError("ERR_ZMTP_INVALID_METADATA", "wrong socket type");

  bench.push(GREETING_31, READY_PEER);

  assert.equal(bench.endings.length, 1);
  assert.equal(bench.endings[0].kind, "protocol");
  assert.equal(bench.endings[0].error, bench.refusal);
  assert.equal(bench.stream.isDestroyed, true);
});

test("ERROR of the peer ends the handshake and carries its reason", () => {
  const bench = new Bench().push(GREETING_31, command("ERROR", `06${ascii("go off")}`));

  assert.equal(bench.ending, "protocol ERR_ZMTP_UNSPECIFIED true");
  assert.match(bench.endings[0].error!.message, /go off/);
});

for (const status of ["300", "400", "500"]) {
  test(`ERROR ${status} is an authentication failure with that status`, () => {
    const bench = new Bench().push(GREETING_31, command("ERROR", `03${ascii(status)}`));

    assert.equal(bench.ending, "protocol ERR_AUTHENTICATION true");
    assert.equal(bench.endings[0].error!.status, Number(status));
  });
}
