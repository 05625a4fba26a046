/** Frames that are read straight to where they stay: what `room` gives, and who has it then. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import fc from "fast-check";
import { mark, ownerOf } from "#src/util/mark.js";
import { Decoder } from "#src/wire/ahead-decoder.js";
import type { FrameSink } from "#src/wire/decoder.js";
import { check } from "../../support/property.ts";

/** From here on a frame is worth a read of its own. */
const LONG = 16_384;

/** Keeps the bodies themselves, to see that nothing is written over them. */
class Keeper implements FrameSink {
  readonly bodies: Uint8Array[] = [];
  /** Says "no more" at these. */
  stopsAt: ReadonlySet<number> = new Set();

  frame(_flags: number, body: Uint8Array): boolean {
    this.bodies.push(body);
    return !this.stopsAt.has(this.bodies.length);
  }

  sealed(bytes: Uint8Array, at: number, data: Uint8Array): boolean {
    assert.equal(data.byteOffset, bytes.byteOffset + at + 33);
    return this.frame(0, new Uint8Array(bytes.buffer, bytes.byteOffset + at, 33 + data.length));
  }
}

const open: Reader[] = [];

/** What connections hold counts for all of them. */
function closeAll(): void {
  for (const reader of open.splice(0)) reader.decoder.close();
}

afterEach(closeAll);

/** A connection: what the peer sends, and the decoder that reads it as an engine does. */
class Reader {
  readonly sink = new Keeper();
  readonly owner = {};
  readonly decoder = new Decoder(this.sink, -1, 2, this.owner);
  readonly #stream: Buffer;
  #at = 0;
  /** Where the next bytes go: runtimes ask as soon as they have told of the last, and others may read before that. */
  #room: Uint8Array | undefined;

  constructor(frames: readonly Buffer[]) {
    this.#stream = Buffer.concat(frames.flatMap((body) => [headerOf(body), body]));
    open.push(this);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#stream.length;
  }

  /** One read of at most so many bytes. */
  read(most: number): void {
    const room = this.#room;
    const to = this.#at + Math.min(most, room?.length ?? 65_536);
    const bytes = this.#stream.subarray(this.#at, to);
    this.#at += bytes.length;
    room?.set(bytes);
    const chunk = room?.subarray(0, bytes.length) ?? new Uint8Array(bytes);
    this.decoder.claim(chunk);
    assert.ok(mark(chunk, this.owner), "all of the block is this connection's");
    this.decoder.push(chunk);
    this.#room = this.decoder.room();
  }

  get room(): Uint8Array | undefined {
    return this.#room;
  }
}

function headerOf({ length }: Buffer): Buffer {
  if (length < 256) return Buffer.from([0, length]);
  const header = Buffer.alloc(9, 2);
  header.writeBigUInt64BE(BigInt(length), 1);
  return header;
}

/** Frames of these sizes, each of bytes that tell where they belong. */
function framesOf(sizes: readonly number[], seed = 0): Buffer[] {
  return sizes.map((size, i) => Buffer.from(new Uint8Array(size).map((_, at) => seed + i * 31 + at * 7)));
}

function checkBodies(reader: Reader, frames: readonly Buffer[]): void {
  assert.deepEqual(
    reader.sink.bodies.map((body) => body.length),
    frames.map((body) => body.length),
  );
  for (const [i, body] of frames.entries()) assert.ok(body.equals(reader.sink.bodies[i]!), `frame ${i}`);
}

test("long frames of one size are read in one piece, each into a block that is its own", () => {
  const frames = framesOf(new Array(8).fill(90_000));
  const reader = new Reader(frames);

  while (!reader.isAtEnd) reader.read(100_000);

  checkBodies(reader, frames);
  const blocks = reader.sink.bodies.map((body) => body.buffer);
  assert.equal(new Set(blocks).size, 8);
  for (const block of blocks.slice(3)) assert.equal(block.byteLength, 90_009);
  for (const body of reader.sink.bodies) assert.equal(ownerOf(body), reader.owner);
});

test("a frame that comes in pieces stays in the block that was meant for it", () => {
  const frames = framesOf(new Array(6).fill(100_000));
  const reader = new Reader(frames);
  for (let i = 0; i < 3 || reader.sink.bodies.length < 4; i++) reader.read(100_009);

  while (!reader.isAtEnd) reader.read(7000);

  checkBodies(reader, frames);
  for (const body of reader.sink.bodies.slice(4)) {
    assert.equal(body.byteOffset, 9);
    assert.equal(body.buffer.byteLength, 100_009);
  }
});

test("a short frame after long ones does not keep a block of their size", () => {
  const frames = framesOf([...new Array(5).fill(100_000), 20, 30, 100_000]);
  const reader = new Reader(frames);

  while (!reader.isAtEnd) reader.read(100_009);

  checkBodies(reader, frames);
  const shared = reader.sink.bodies[5]!.buffer;
  assert.equal(reader.sink.bodies[6]!.buffer, shared);
  assert.notEqual(reader.sink.bodies[7]!.buffer, shared);
});

test("long frames with short ones between them are not taken for a run", () => {
  const frames = framesOf(new Array(12).fill([20, 50_000]).flat());
  const reader = new Reader(frames);

  while (!reader.isAtEnd) {
    reader.read(65_536);
    const { room } = reader;
    assert.ok(room === undefined || room.length < 50_009, "nothing but the rest of a frame");
  }

  checkBodies(reader, frames);
});

test("connections that take turns with frames of one size do not write over each other's", () => {
  const frames = [1, 2, 3].map((seed) => framesOf(new Array(8).fill(90_000), seed));
  const readers = frames.map((each) => new Reader(each));

  while (readers.some(({ isAtEnd }) => !isAtEnd)) for (const reader of readers) reader.read(90_009);

  for (const [i, reader] of readers.entries()) checkBodies(reader, frames[i]!);
});

test("connections that expect frames of one size have a block each, up to 8 MB in all", () => {
  const size = 500_000;
  const readers = Array.from(
    { length: 20 },
    (_, seed) => new Reader(framesOf(new Array(4).fill(size), seed)),
  );
  for (const reader of readers) while (!reader.isAtEnd) reader.read(size + 9);

  const blocks = readers.flatMap(({ room }) => room?.buffer ?? []);

  assert.equal(new Set(blocks).size, blocks.length);
  assert.equal(blocks.length, 16);
  closeAll();
  const next = new Reader(framesOf(new Array(4).fill(size)));
  while (!next.isAtEnd) next.read(size + 9);
  assert.equal(next.room!.length, size + 9, "what closed connections held is free");
});

test("frames of any sizes come through, however they are cut, on connections that take turns, stopped at any", () =>
  check(
    fc.property(
      fc.array(connection(), { minLength: 1, maxLength: 3 }),
      fc.array(
        fc.tuple(fc.nat(2), fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 70_000 }))),
        {
          minLength: 1,
          maxLength: 40,
        },
      ),
      (connections, reads) => {
        const frames = connections.map(({ sizes }, i) => framesOf(sizes, i * 101));
        const readers = frames.map((each) => new Reader(each));
        for (const [i, reader] of readers.entries()) {
          reader.sink.stopsAt = new Set(connections[i]!.stops);
          if (connections[i]!.isSealed) reader.decoder.sealedHead = 33;
        }
        const step = (reader: Reader, most: number): void => {
          if (!reader.isAtEnd) reader.read(most);
          else if (reader.decoder.isStopped) reader.decoder.resume();
          if (reader.decoder.isStopped && most % 3 === 0) reader.decoder.resume();
          // As an engine does whose pipe is full.
          if (most % 11 === 0) reader.decoder.stop();
        };
        for (const [who, most] of reads) step(readers[who % readers.length]!, most);
        const isUnread = (reader: Reader): boolean => !reader.isAtEnd || reader.decoder.isStopped;
        while (readers.some(isUnread)) for (const reader of readers.filter(isUnread)) step(reader, 65_536);

        for (const [i, reader] of readers.entries()) checkBodies(reader, frames[i]!);
        closeAll();
      },
    ),
  ));

/** Runs of frames of one size, some of them long. */
function connection() {
  const size = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(LONG - 1, LONG, 20_000, 33_000));
  const run = fc.tuple(size, fc.integer({ min: 1, max: 5 }));
  return fc.record({
    sizes: fc
      .array(run, { minLength: 1, maxLength: 4 })
      .map((runs) => runs.flatMap(([length, times]) => new Array<number>(times).fill(length))),
    stops: fc.array(fc.integer({ min: 1, max: 10 }), { maxLength: 3 }),
    isSealed: fc.boolean(),
  });
}
