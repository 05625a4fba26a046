/** An engine whose mechanism seals the traffic: a toy one, so that it can be made to fail. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MECHANISMS, type Mechanism, type MechanismFactory } from "#src/security/mechanism.js";
import { ZmqError } from "#src/util/errors.js";
import { ascii, turn } from "../../support/bytes.ts";
import { Bench, command, SIGNATURE } from "../../support/engine.ts";

/** Sealed is "<", the flags as a digit, ">", the body; ready after any command of the peer. */
class Toy implements Mechanism {
  isReady = false;
  isWiped = 0;
  left = Number.POSITIVE_INFINITY;
  readonly peerMetadata = new Map();
  next(): Uint8Array | undefined {
    return undefined;
  }
  handle(): void {
    this.isReady = true;
  }
  readonly sealedHead = 3;
  seal(flags: number, body: Uint8Array, into: Uint8Array, at: number): void {
    if (this.left-- <= 0) throw new ZmqError("ERR_ZMTP_INVALID_SEQUENCE", "used up");
    Buffer.from(`<${flags}>`).copy(into, at);
    into.set(body, at + 3);
  }
  open(bytes: Uint8Array, at: number): number {
    if (bytes[at] !== 0x3c || bytes[at + 2] !== 0x3e) throw new ZmqError("ERR_ZMTP_CRYPTOGRAPHIC", "forged");
    return bytes[at + 1]! - 0x30;
  }
  wipe(): void {
    this.isWiped++;
  }
}

let toy = new Toy();
(MECHANISMS as Map<string, MechanismFactory>).set("TOY", () => {
  toy = new Toy();
  return toy;
});
const GREETING = `${SIGNATURE}0301${ascii("TOY")}${"00".repeat(17)}00${"00".repeat(31)}`;

function sealing(options: ConstructorParameters<typeof Bench>[0] = {}): Bench {
  return new Bench({ mechanism: "TOY", ...options }).shakeHands(GREETING, command("GO"));
}

test("messages and commands go out sealed, in frames that are neither MORE nor COMMAND", async () => {
  const bench = sealing({ sendsSubscriptions: true });

  bench.send("a", "bc");
  bench.send(Buffer.from([1, 65]));
  await turn();

  assert.equal(
    bench.stream.takeHex(),
    `0004${ascii("<1>a")}0005${ascii("<0>bc")}000e${ascii("<4>\x09SUBSCRIBEA")}`,
  );
});

test("what comes is opened, and the flags inside count, not those outside", () => {
  const bench = sealing();
  const [one, two] = [ascii("<1>x"), ascii("<0>y")];

  bench.push(`0004${one}0004${two}`, `0104${two}`, `0404${two}`, `0504${one}`);

  assert.deepEqual(bench.pipe.text, [`${ascii("x")}|${ascii("y")}`, ascii("y"), ascii("y")]);
});

test("frames are opened alike whole and in pieces, down to those without data", () => {
  const bytes = `0003${ascii("<0>")}0004${ascii("<1>x")}02${"00".repeat(6)}012c${ascii(`<0>${"y".repeat(297)}`)}`;
  const expected = ["", `${ascii("x")}|${ascii("y".repeat(297))}`];

  for (const length of [1, 2, 7, 100, 1000]) {
    const bench = sealing();
    for (let at = 0; at < bytes.length; at += 2 * length) bench.push(bytes.slice(at, at + 2 * length));
    assert.deepEqual(bench.pipe.text, expected, `in pieces of ${length} bytes`);
  }
});

test("a frame too short for a seal ends the connection", () => {
  for (const frame of ["0000", `0001${ascii("<")}`, `0002${ascii("x0")}`]) {
    const bench = sealing();

    bench.push(`0004${ascii("<0>a")}${frame}`);

    assert.deepEqual(bench.pipe.text, [ascii("a")]);
    assert.equal(bench.ending, "protocol ERR_ZMTP_CRYPTOGRAPHIC false");
  }
});

test("every size is sealed where it lies, from the smallest slab to a block of its own", async () => {
  for (const size of [0, 1, 252, 253, 2000, 2040, 8192, 31_996, 31_997, 31_998, 65_530, 300_000]) {
    const bench = sealing();
    const body = Buffer.alloc(size, "z");
    for (let i = 0; i < 3; i++) bench.send(body);
    await turn();
    const length = size + 3;
    const header = length > 255 ? Buffer.alloc(9) : Buffer.of(0, length);
    if (length > 255) {
      header[0] = 2;
      header.writeUInt32BE(length, 5);
    }
    const sealed = Buffer.concat([header, Buffer.from("<0>"), body]);
    assert.ok(bench.stream.take().equals(Buffer.concat([sealed, sealed, sealed])), `${size} bytes`);
  }
});

test("a large block is not written again while the stream may hold it", async () => {
  const bench = sealing();
  bench.stream.isIdle = false;
  bench.send(Buffer.alloc(100_000, 1));
  await turn();
  const [first] = bench.stream.blocks.slice(-1);
  const before = Buffer.from(first!);

  bench.send(Buffer.alloc(100_000, 2));
  await turn();

  assert.ok(before.equals(first!));
});

test("when nothing more can be sealed the connection is lost, so that a new one is made", async () => {
  for (const hungry of [true, false]) {
    const bench = sealing();
    toy.left = 2;
    if (hungry) for (const text of ["one", "two", "three", "four"]) bench.send(text);
    else {
      bench.stream.isFull = true;
      bench.send("one");
      await turn();
      for (const text of ["two", "three", "four"]) bench.send(text);
      bench.engine.drained();
    }
    await turn();

    assert.equal(bench.ending, "lost ERR_ZMTP_INVALID_SEQUENCE false");
    assert.equal(bench.stream.isDestroyed, true);
    assert.equal(toy.isWiped, 1);
    assert.equal(bench.pipe.isHungry, false);
  }
});

test("a PONG that cannot be sealed ends the connection too", () => {
  const bench = sealing();
  toy.left = 0;

  bench.push(`000a${ascii("<4>\x04PING\0\0")}`);

  assert.equal(bench.ending, "lost ERR_ZMTP_INVALID_SEQUENCE false");
});

test("a forgery ends the connection for good", () => {
  const bench = sealing();

  bench.push(`0004${ascii("<0>a")}`, `0004${ascii("x0>b")}`);

  assert.deepEqual(bench.pipe.text, [ascii("a")]);
  assert.equal(bench.ending, "protocol ERR_ZMTP_CRYPTOGRAPHIC false");
});

const ENDS: [how: string, end: (bench: Bench) => void][] = [
  ["the peer goes", (bench) => bench.engine.closed()],
  ["the socket is done", (bench) => bench.engine.finish()],
  ["the socket gives up", (bench) => bench.engine.abort()],
  ["the peer breaks the rules", (bench) => void bench.push("0003414141")],
];
for (const [how, end] of ENDS) {
  for (const isThrough of [true, false]) {
    test(`keys are wiped when ${how}${isThrough ? "" : " in the handshake"}`, () => {
      const bench = isThrough ? sealing() : new Bench({ mechanism: "TOY" }).push(GREETING);
      assert.equal(toy.isWiped, 0);

      end(bench);

      assert.equal(toy.isWiped, 1);
      assert.equal(bench.stream.isOpen, false);
    });
  }
}

test("what came before the end of a lost connection can still be opened", () => {
  const bench = sealing();
  bench.pipe.room = 1;
  bench.push(`0004${ascii("<0>a")}0004${ascii("<0>b")}`);

  bench.engine.closed();
  assert.equal(toy.isWiped, 0);
  bench.pipe.room = 5;
  bench.engine.writable();

  assert.deepEqual(bench.pipe.text, [ascii("a"), ascii("b")]);
  assert.equal(toy.isWiped, 1);
});

test("what is fanned out is sealed for each peer by itself", async () => {
  const bench = sealing();
  const { beginFanOut, endFanOut } = await import("#src/engine/fan-out.js");
  const message = [Buffer.from("news")];
  beginFanOut(message);

  bench.engine.take(message);
  endFanOut();
  await turn();

  assert.equal(bench.stream.takeHex(), `0007${ascii("<0>news")}`);
});
