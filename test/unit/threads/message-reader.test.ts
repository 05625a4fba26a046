/** Messages that come out of a ring in several pieces, cut anywhere. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageReader } from "#src/threads/message-reader.js";
import {
  frameSize,
  HEADER_ROOM,
  RING_HEADER,
  RingReader,
  RingWriter,
  resetRing,
} from "#src/threads/shared-ring.js";
import { MORE } from "#src/wire/frame.js";

/** As much as is copied out of a ring at once. */
const PIECE = 65_536;
const SIZE = 4 * PIECE;

function makeRing(): { writer: RingWriter; reader: MessageReader } {
  const buffer = new SharedArrayBuffer(RING_HEADER + SIZE);
  const words = new Int32Array(buffer, 0, RING_HEADER / 4);
  const bytes = new Uint8Array(buffer, RING_HEADER, SIZE);
  resetRing(words, SIZE);
  const reader = new MessageReader(
    new RingReader(words, bytes),
    () => true,
    () => {},
  );
  return { writer: new RingWriter(words, bytes), reader };
}

for (const [kind, length] of [
  ["short", 200],
  ["long", 1000],
] as const) {
  test(`a ${kind} frame is whole wherever the end of a piece cuts it`, () => {
    const size = frameSize(length);
    for (let before = 0; before <= size; before++) {
      const { writer, reader } = makeRing();
      const first = Buffer.alloc(PIECE - HEADER_ROOM - before, 1);
      const parts = [first, Buffer.alloc(length, 2), Buffer.alloc(length, 3), Buffer.alloc(3, 4)];
      parts.forEach((part, i) => {
        writer.put(i === 1 ? MORE : 0, part);
      });
      writer.publish();

      const messages = [reader.next(false), reader.next(true) ?? reader.next(false), reader.next(false)];

      assert.deepEqual(messages, [[parts[0]], [parts[1], parts[2]], [parts[3]]], `${before} bytes before`);
      assert.equal(reader.next(false), undefined);
    }
  });
}

test("long parts one behind the other lie in blocks of their own, short ones between them do not keep such a block", () => {
  const { writer, reader } = makeRing();
  const sizes = [100_000, 100_000, 20, 40_000, 0, 3, 100_000, 33_000, 33_000];
  const parts = sizes.map((size, i) => Buffer.from(new Uint8Array(size).map((_, at) => i * 31 + at * 7)));
  const bodies: Uint8Array[] = [];
  const read = (): void => {
    for (let message = reader.next(false); message !== undefined; message = reader.next(false))
      bodies.push(...message);
  };

  for (const part of parts) {
    const flags = part.length < 100 ? MORE : 0;
    if (!writer.hasRoom(frameSize(part.length))) read();
    assert.ok(writer.hasRoom(frameSize(part.length)));
    writer.put(flags, part);
    writer.publish();
  }
  read();

  assert.deepEqual(
    bodies.map((body) => body.length),
    sizes,
  );
  for (const [i, part] of parts.entries()) assert.ok(part.equals(bodies[i]!), `part ${i}`);
  for (const i of [1, 3, 7, 8]) assert.equal(bodies[i]!.buffer.byteLength, sizes[i], `part ${i}`);
  for (const i of [2, 4, 5]) assert.ok(bodies[i]!.buffer.byteLength < 32_768, `part ${i}`);
});
