import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "#src/engine/outbox.js";
import { writeHeader } from "#src/wire/frame.js";
import { writeLegacyHeader } from "#src/wire/legacy-frame.js";
import { hex } from "../../support/bytes.ts";
import { FakeStream } from "../../support/fake-stream.ts";

/** The plain way: a header, then the body. */
function naive(frames: [flags: number, body: Buffer][], write: typeof writeHeader = writeHeader): Buffer {
  const parts: Buffer[] = [];
  for (const [flags, body] of frames) {
    const header = Buffer.alloc(10);
    parts.push(header.subarray(0, write(header, 0, flags, body.length)), body);
  }
  return Buffer.concat(parts);
}

function body(size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + size) & 255));
}

test("small frames leave together, in order, in one block", () => {
  const outbox = new Outbox();
  const stream = new FakeStream();

  outbox.frame(1, hex("61"));
  outbox.frame(0, hex("62"));
  outbox.raw(hex("ffff"));
  outbox.frame(4, hex(""));
  assert.equal(outbox.isEmpty, false);
  assert.equal(outbox.flush(stream), true);

  assert.equal(stream.all.toString("hex"), "010161000162ffff0400");
  assert.equal(stream.writes.length, 1);
  assert.equal(outbox.isEmpty, true);
});

test("frames of every size around each boundary come out as written the plain way, in both framings", () => {
  const sizes = [
    0, 1, 23, 24, 25, 252, 253, 254, 255, 256, 257, 2030, 2038, 2039, 2048, 2049, 8191, 8192, 8193, 70_000,
  ];
  for (const framing of [1, 2] as const) {
    for (const first of sizes) {
      for (const second of sizes) {
        const frames: [number, Buffer][] = [
          [1, body(first)],
          [0, body(second)],
          [1, body(first)],
        ];
        const outbox = new Outbox();
        outbox.framing = framing;
        const stream = new FakeStream();
        for (const [flags, bytes] of frames) outbox.frame(flags, bytes);
        outbox.flush(stream);

        const wanted = naive(frames, framing === 1 ? writeLegacyHeader : writeHeader);
        assert.equal(stream.all.equals(wanted), true, `${first} and ${second} in framing ${framing}`);
      }
    }
  }
});

test("a slab that is outgrown, many times over, keeps every byte and the order", () => {
  const frames: [number, Buffer][] = Array.from({ length: 400 }, (_, i) => [i & 1, body((i * 37) % 1500)]);
  const outbox = new Outbox();
  const stream = new FakeStream();

  for (const [flags, bytes] of frames) outbox.frame(flags, bytes);
  outbox.flush(stream);

  assert.equal(stream.all.equals(naive(frames)), true);
});

test("a body from 8192 bytes on goes by reference, one below is copied", () => {
  for (const [size, byReference] of [
    [8191, false],
    [8192, true],
  ] as const) {
    const outbox = new Outbox();
    const stream = new FakeStream();
    const large = body(size);
    outbox.frame(0, hex("61"));
    outbox.frame(0, large);
    outbox.frame(0, hex("62"));
    outbox.flush(stream);

    assert.equal(stream.blocks.includes(large), byReference);
    assert.equal(stream.all.length, 3 + 9 + size + 3);
    assert.equal(stream.writes.length, 1, "with one system call");
  }
});

test("small bodies may be overwritten once they are in the outbox", () => {
  const outbox = new Outbox();
  const stream = new FakeStream();
  for (const size of [10, 100, 5000]) {
    const bytes = Buffer.alloc(size, 1);
    outbox.frame(0, bytes);
    bytes.fill(2);
  }
  outbox.flush(stream);

  assert.equal(stream.all.includes(2, 12), true, "only as flags of long headers");
  assert.equal(stream.all.filter((byte) => byte === 2).length, 1);
});

test("the outbox is full from 60 kB on, whether copied or by reference", () => {
  const outbox = new Outbox();
  while (!outbox.isFull) outbox.frame(0, Buffer.alloc(998));
  const stream = new FakeStream();
  outbox.flush(stream);
  assert.ok(stream.all.length >= 60_000 && stream.all.length < 61_100);

  outbox.frame(0, Buffer.alloc(59_000));
  assert.equal(outbox.isFull, false);
  outbox.frame(0, Buffer.alloc(1000));
  assert.equal(outbox.isFull, true);
});

test("flush answers what the stream answers", () => {
  const outbox = new Outbox();
  const stream = new FakeStream();
  stream.isFull = true;
  outbox.frame(0, hex("61"));

  assert.equal(outbox.flush(stream), false);
  assert.equal(outbox.isEmpty, true);
});

test("the slab of an idle stream is used again, that of a busy one is left to it", () => {
  for (const isIdle of [true, false]) {
    const outbox = new Outbox();
    const stream = new FakeStream();
    stream.isIdle = isIdle;
    outbox.frame(0, hex("61"));
    outbox.flush(stream);
    outbox.frame(0, hex("62"));
    outbox.flush(stream);

    const [first, second] = stream.blocks;
    assert.equal(first.buffer === second.buffer, isIdle);
    assert.equal(Buffer.from(first).toString("hex"), isIdle ? "000162" : "000161");
  }
});

test("clear forgets everything", () => {
  const outbox = new Outbox();
  const stream = new FakeStream();
  outbox.frame(0, body(100));
  outbox.frame(0, body(10_000));

  outbox.clear();
  assert.equal(outbox.isEmpty, true);
  assert.equal(outbox.isFull, false);
  outbox.frame(0, hex("61"));
  outbox.flush(stream);

  assert.equal(stream.all.toString("hex"), "000161");
});

test("a slab that waits in no stream is never written to by another outbox while it is borrowed", () => {
  const stream = new FakeStream();
  const outboxes = Array.from({ length: 50 }, () => new Outbox());
  for (const [i, outbox] of outboxes.entries()) outbox.frame(0, Buffer.alloc(3, i));
  for (const outbox of outboxes) outbox.frame(0, Buffer.alloc(3000, 0xaa));

  outboxes.forEach((outbox, i) => {
    outbox.flush(stream);
    assert.equal(stream.take().subarray(0, 5).toString("hex"), Buffer.from([0, 3, i, i, i]).toString("hex"));
  });
});
