/** The ring against a plain list of bytes, both ends in one thread. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { frameSize, RING_HEADER, RingReader, RingWriter, resetRing } from "#src/threads/shared-ring.js";
import { writeHeader } from "#src/wire/frame.js";
import { check } from "../../support/property.ts";

/** Word of the header: how many bytes are in use. */
const SIZE = 4;

function makeRing(
  size: number,
  most = size,
): {
  writer: RingWriter;
  reader: RingReader;
  words: Int32Array;
  bytes: Uint8Array;
} {
  const buffer = new SharedArrayBuffer(RING_HEADER + most);
  const words = new Int32Array(buffer, 0, RING_HEADER / 4);
  const bytes = new Uint8Array(buffer, RING_HEADER, most);
  resetRing(words, size);
  return { writer: new RingWriter(words, bytes), reader: new RingReader(words, bytes), words, bytes };
}

function frame(flags: number, body: Buffer): Buffer {
  const bytes = Buffer.alloc(frameSize(body.length));
  body.copy(bytes, writeHeader(bytes, 0, flags, body.length));
  return bytes;
}

test("frames come out as they went in, at any size and place", () => {
  const step = fc.oneof(
    fc.tuple(fc.constant("put" as const), fc.integer({ min: 0, max: 300 })),
    fc.tuple(fc.constant("take" as const), fc.constant(0)),
  );
  return check(
    fc.property(fc.constantFrom(64, 256, 1024), fc.array(step, { maxLength: 60 }), (most, steps) => {
      const { writer, reader, words } = makeRing(64, most);
      const waiting: Buffer[] = [];
      let number = 0;
      for (const [kind, length] of steps) {
        if (kind === "put") {
          const body = Buffer.alloc(length, ++number);
          const used = waiting.reduce((sum, one) => sum + frameSize(one.length), 0);
          const hasRoom = writer.hasRoom(frameSize(length));
          assert.equal(hasRoom, used + frameSize(length) <= words[SIZE]!);
          if (!hasRoom) {
            writer.awaitRoom();
            continue;
          }
          if (number % 3 === 0) {
            const encoded = Buffer.concat([Buffer.alloc(3), frame(0, body)]);
            writer.putMessages(encoded, 3, encoded.length, 1);
          } else writer.put(0, body);
          if (number % 5 !== 0) writer.publish();
          waiting.push(body);
          continue;
        }
        writer.publish();
        const chunk = Buffer.alloc(reader.available());
        reader.copyTo(chunk, 0, chunk.length);
        assert.deepEqual(chunk, Buffer.concat(waiting.splice(0).map((body) => frame(0, body))));
      }
    }),
  );
});

test("a ring grows when it was full and is empty, and not before", () => {
  const { writer, reader, words } = makeRing(64, 1024);
  writer.put(0, Buffer.alloc(60, 1));
  assert.equal(writer.hasRoom(60), false);
  writer.awaitRoom();
  writer.publish();
  assert.equal(writer.hasRoom(60), false);
  assert.equal(words[SIZE], 64);
  reader.copyTo(Buffer.alloc(61), 0, 61);
  assert.equal(writer.hasRoom(64), false);
  assert.equal(words[SIZE], 64);
  reader.copyTo(Buffer.alloc(1), 0, 1);
  assert.equal(writer.hasRoom(64), true);
  assert.equal(words[SIZE], 256);
  const long = frame(0, Buffer.alloc(200, 2));
  writer.putMessages(long, 0, long.length, 1);
  writer.publish();
  const chunk = Buffer.alloc(long.length);
  reader.copyTo(chunk, 0, chunk.length);
  assert.deepEqual(chunk, long);
});

test("positions go round 2³¹ and 2³² without a jump", () => {
  for (const start of [2 ** 31 - 8, -8]) {
    const { words, bytes } = makeRing(64);
    // An empty ring that has seen so many bytes: TAIL and HEAD.
    words[0] = start;
    words[32] = start;
    const writer = new RingWriter(words, bytes);
    const reader = new RingReader(words, bytes);
    const chunk = Buffer.alloc(64);
    for (let i = 0; i < 5; i++) {
      writer.put(0, Buffer.alloc(30, i));
      assert.equal(writer.hasRoom(32), true);
      writer.put(0, Buffer.alloc(30, i + 100));
      assert.equal(writer.hasRoom(1), false);
      writer.publish();
      assert.equal(reader.available(), 64);
      reader.copyTo(chunk, 0, 64);
      assert.deepEqual([chunk[2], chunk[34]], [i, i + 100]);
    }
    assert.equal(reader.available(), 0);
  }
});

test("a reader that announced its sleep is woken once", () => {
  const { writer, reader } = makeRing(64);
  reader.waits();
  writer.put(0, Buffer.alloc(4));
  assert.equal(writer.publish(), true);
  writer.put(0, Buffer.alloc(4));
  assert.equal(writer.publish(), false);
});

test("a writer that awaits room is woken by room, one that awaits what is done by that", () => {
  const { writer, reader } = makeRing(64);
  writer.awaitDone(0);
  assert.equal(reader.tell(0, 0), false);
  assert.equal(reader.tell(0, 2), true);
  assert.equal(writer.mark, 2);
  for (let i = 0; i < 2; i++) {
    writer.put(0, Buffer.alloc(4));
    writer.endMessage();
  }
  writer.publish();
  assert.equal(writer.unread, 2);
  assert.equal(reader.tell(1, 2), false);
  writer.awaitDone(0);
  assert.equal(reader.free(6), false);
  assert.equal(reader.tell(1, 2), false);
  assert.equal(reader.tell(2, 2), true);
  assert.equal(writer.unread, 0);
  writer.awaitRoom();
  assert.equal(reader.tell(3, 2), false);
  assert.equal(reader.copyTo(Buffer.alloc(6), 0, 6), true);
});

test("a writer that closes shows what it wrote", () => {
  const { writer, reader } = makeRing(64);
  writer.put(0, Buffer.alloc(4));
  reader.waits();
  assert.equal(writer.close(), true);
  assert.equal(reader.isWriterClosed(), true);
  assert.equal(reader.available(), 6);
});
