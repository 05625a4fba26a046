import assert from "node:assert/strict";
import { test } from "node:test";
import { ZmqError } from "#src/util/errors.js";
import { Decoder, type FrameSink } from "#src/wire/decoder.js";
import type { Framing } from "#src/wire/frame.js";
import { cuttings, hex } from "../../support/bytes.ts";

class Collector implements FrameSink {
  readonly frames: [flags: number, body: Buffer][] = [];
  /** Says "no more" once this many frames are here. */
  limit = Number.POSITIVE_INFINITY;

  frame(flags: number, body: Uint8Array): boolean {
    this.frames.push([flags, Buffer.from(body)]);
    return this.frames.length < this.limit;
  }

  get text(): string[] {
    return this.frames.map(([flags, body]) => `${flags}:${body.toString("hex")}`);
  }
}

function decode(chunks: readonly Uint8Array[], max = -1, framing: Framing = 2): string[] {
  const sink = new Collector();
  const decoder = new Decoder(sink, max, framing);
  for (const chunk of chunks) decoder.push(chunk);
  return sink.text;
}

const long = Buffer.alloc(300, 7).toString("hex");

const CURRENT: [name: string, input: string, frames: string[]][] = [
  ["an empty frame", "00 00", ["0:"]],
  ["a short frame", "00 03 616263", ["0:616263"]],
  ["a part with more to come, then the last", "01 01 61 00 01 62", ["1:61", "0:62"]],
  ["a command", "04 02 0141", ["4:0141"]],
  ["a long frame", `02 000000000000012c ${long}`, [`0:${long}`]],
  ["a long command", `06 000000000000012c ${long}`, [`4:${long}`]],
  ["a long part with more to come", `03 000000000000012c ${long} 0000`, [`1:${long}`, "0:"]],
  ["the long form with a small size", "02 0000000000000002 6162", ["0:6162"]],
  ["the long form with size zero", "02 0000000000000000 00 01 61", ["0:", "0:61"]],
  ["many empty frames", "0000 0000 0100 0000", ["0:", "0:", "1:", "0:"]],
  ["nothing", "", []],
  ["a header alone", "02 00000000", []],
  ["a frame without its last byte", "00 03 6162", []],
];

const LEGACY: [name: string, input: string, frames: string[]][] = [
  ["an empty frame", "01 00", ["0:"]],
  ["a short frame", "04 00 616263", ["0:616263"]],
  ["a part with more to come, then the last", "02 01 61 02 00 62", ["1:61", "0:62"]],
  ["a long frame", `ff 000000000000012d 00 ${long}`, [`0:${long}`]],
  ["a long part with more to come", `ff 000000000000012d 01 ${long} 0100`, [`1:${long}`, "0:"]],
  ["the long form with a small size", "ff 0000000000000003 00 6162", ["0:6162"]],
  ["the largest short frame", `fe 00 ${"61".repeat(253)}`, [`0:${"61".repeat(253)}`]],
];

for (const [framing, vectors] of [
  [2, CURRENT],
  [1, LEGACY],
] as const) {
  for (const [name, input, frames] of vectors) {
    test(`framing ${framing}: the decoder reads ${name}, however it is cut`, () => {
      for (const chunks of cuttings(hex(input))) {
        assert.deepEqual(
          decode(chunks, -1, framing),
          frames,
          `cut as ${chunks.map((c) => c.length).join("+")}`,
        );
      }
    });
  }
}

function failure(run: () => void): ZmqError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ZmqError, String(error));
    return error;
  }
  return assert.fail("nothing was thrown");
}

test("a frame at the limit passes, one byte more is refused, in each form and however it is cut", () => {
  assert.deepEqual(decode([hex("00 03 616263")], 3), ["0:616263"]);
  assert.deepEqual(decode([hex("02 0000000000000003 616263")], 3), ["0:616263"]);
  assert.deepEqual(decode([hex("04 00 616263")], 3, 1), ["0:616263"]);

  for (const [input, framing] of [
    ["00 04 61626364", 2],
    ["02 0000000000000004 61626364", 2],
    ["04 04 61626364", 2],
    ["05 00 61626364", 1],
    ["ff 0000000000000005 00 61626364", 1],
  ] as const) {
    for (const chunks of cuttings(hex(input))) {
      const error = failure(() => decode(chunks, 3, framing));
      assert.equal(error.code, "EMSGSIZE");
      assert.match(error.message, /4 bytes, over the limit of 3; raise maxMessageSize/);
    }
  }
});

test("a frame over the limit is refused on its header, before a byte of its body", () => {
  assert.equal(failure(() => decode([hex("02 0000000000000100")], 255)).code, "EMSGSIZE");
  assert.equal(failure(() => decode([hex("00 0b")], 10)).code, "EMSGSIZE");
});

test("frames before the one that is too large still come through", () => {
  const sink = new Collector();
  const decoder = new Decoder(sink, 2);

  assert.equal(failure(() => decoder.push(hex("00 01 61 00 03 616263"))).code, "EMSGSIZE");

  assert.deepEqual(sink.text, ["0:61"]);
});

test("a length up to 2^53-1 is believed but not allocated", () => {
  const sink = new Collector();
  const before = process.memoryUsage().arrayBuffers;
  const decoders = Array.from({ length: 20 }, () => new Decoder(sink, -1));

  for (const decoder of decoders) {
    decoder.push(hex("02 001fffffffffffff"));
    decoder.push(Buffer.alloc(10));
  }

  assert.deepEqual(sink.frames, []);
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 20 * 70_000 + 1_000_000, `at most a 64 kB stage each, not ${grown} bytes`);
});

for (const size of ["0020000000000000", "7fffffffffffffff", "8000000000000000", "ffffffffffffffff"]) {
  test(`a length of ${size} is an error, not a conversion`, () => {
    for (const chunks of cuttings(hex(`02 ${size}`)))
      assert.equal(failure(() => decode(chunks)).code, "EMSGSIZE");
  });
}

test("a ZMTP 1.0 frame of length zero, which would have no flags, is an error", () => {
  assert.equal(failure(() => decode([hex("00 00")], -1, 1)).code, "ERR_ZMTP_UNSPECIFIED");
  assert.equal(failure(() => decode([hex("ff 0000000000000000 00")], -1, 1)).code, "ERR_ZMTP_UNSPECIFIED");
});

test("a ZMTP 1.0 frame with flags that version does not have is an error", () => {
  for (const flags of ["02", "04", "80"]) {
    assert.equal(failure(() => decode([hex(`02 ${flags} 61`)], -1, 1)).code, "ERR_ZMTP_UNSPECIFIED");
  }
});

test("the body of a frame that lies in one chunk is a view of the chunk, not a copy", () => {
  const chunk = hex("00 03 616263 02 0000000000000002 6465");
  const bodies: Uint8Array[] = [];

  new Decoder({ frame: (_flags, body) => bodies.push(body) > 0 }, -1).push(chunk);

  assert.deepEqual(
    bodies.map((body) => [body.buffer === chunk.buffer, body.byteOffset - chunk.byteOffset, body.length]),
    [
      [true, 2, 3],
      [true, 14, 2],
    ],
  );
});

test("the body of a frame in several chunks is in memory of its own", () => {
  const chunks = [hex("00 03 61"), hex("62"), hex("63")];
  let body: Uint8Array | undefined;
  const sink: FrameSink = {
    frame(_flags, bytes) {
      body = bytes;
      return true;
    },
  };
  const decoder = new Decoder(sink, -1);

  for (const chunk of chunks) decoder.push(chunk);
  for (const chunk of chunks) chunk.fill(0);

  assert.equal(Buffer.from(body!).toString(), "abc");
});

test("decoding stops in the middle of a chunk and goes on where it stopped", () => {
  const sink = new Collector();
  const decoder = new Decoder(sink, -1);
  sink.limit = 2;

  decoder.push(hex("00 01 61 00 01 62 00 01 63 00 01 64"));

  assert.equal(decoder.isStopped, true);
  assert.deepEqual(sink.text, ["0:61", "0:62"]);
  sink.limit = 3;
  assert.equal(decoder.resume(), false);
  assert.deepEqual(sink.text, ["0:61", "0:62", "0:63"]);
  sink.limit = 10;
  assert.equal(decoder.resume(), true);
  assert.equal(decoder.isStopped, false);
  assert.deepEqual(sink.text, ["0:61", "0:62", "0:63", "0:64"]);
});

test("chunks that come after the stop wait their turn, in order, split frames included", () => {
  const bytes = hex("00 01 61 00 02 6263 02 0000000000000003 646566 01 00 00 01 67");
  const wanted = decode([bytes]);

  for (const chunks of cuttings(bytes)) {
    const sink = new Collector();
    const decoder = new Decoder(sink, -1);
    sink.limit = 1;
    for (const chunk of chunks) decoder.push(chunk);
    for (let room = 2; !decoder.resume(); room++) sink.limit = room;
    assert.deepEqual(sink.text, wanted);
  }
});

test("a stop on the last frame of a chunk leaves nothing behind", () => {
  const sink = new Collector();
  const decoder = new Decoder(sink, -1);
  sink.limit = 1;
  decoder.push(hex("00 01 61"));
  sink.limit = 10;

  assert.equal(decoder.resume(), true);
  decoder.push(hex("00 01 62"));

  assert.deepEqual(sink.text, ["0:61", "0:62"]);
});

test("the pieces of a large frame keep their order and bytes", () => {
  const body = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i ^ (i >> 8)) & 255));
  const head = hex("02 0000000000030d40");

  for (const sizes of [[1], [17], [4095], [4096], [64_000], [1, 4095, 4096], [5000, 3, 3, 9000]]) {
    const chunks: Buffer[] = [head];
    for (let at = 0, i = 0; at < body.length; at += sizes[i++ % sizes.length]) {
      chunks.push(body.subarray(at, at + sizes[i % sizes.length]));
    }
    const sink = new Collector();
    const decoder = new Decoder(sink, -1);
    for (const chunk of chunks) decoder.push(chunk);
    assert.equal(sink.frames[0][1].equals(body), true, `pieces of ${sizes}`);
  }
});

test("small pieces are copied when they come, so that none holds its chunk", () => {
  const sink = new Collector();
  const decoder = new Decoder(sink, -1);
  decoder.push(hex("02 0000000000001388"));

  for (let i = 0; i < 5000; i += 10) {
    const chunk = Buffer.alloc(65_536, i & 255);
    decoder.push(chunk.subarray(0, 10));
    chunk.fill(0xee);
  }

  const wanted = Buffer.concat(Array.from({ length: 500 }, (_, i) => Buffer.alloc(10, (i * 10) & 255)));
  assert.equal(sink.frames[0][1].equals(wanted), true);
});
