import assert from "node:assert/strict";
import { test } from "node:test";
import {
  allocate,
  concat,
  copy,
  EMPTY,
  equal,
  fromLatin1,
  fromText,
  readU16,
  readU32,
  readU64,
  toLatin1,
  toText,
  view,
  writeU32,
  writeU64,
} from "#src/util/bytes.js";
import { hex } from "../../support/bytes.ts";

for (const value of [0, 1, 255, 256, 0x7fffffff, 0x80000000, 0xffffffff, 2 ** 32, 2 ** 40 + 5, 2 ** 53 - 1]) {
  test(`${value} is written and read big-endian`, () => {
    const ours = new Uint8Array(8);
    const wanted = Buffer.alloc(8);
    wanted.writeBigUInt64BE(BigInt(value));

    writeU64(ours, 0, value);

    assert.deepEqual(Buffer.from(ours), wanted);
    assert.equal(readU64(ours, 0), value);
    if (value > 0xffffffff) return;
    const four = new Uint8Array(4);
    writeU32(four, 0, value);
    assert.equal(readU32(four, 0), value);
    assert.equal(readU16(four, 2), value % 65_536);
  });
}

test("a 64-bit number that is not exact comes out above every safe one", () => {
  for (const text of ["0020000000000000", "8000000000000000", "ffffffffffffffff"]) {
    assert.ok(readU64(hex(text), 0) > Number.MAX_SAFE_INTEGER);
  }
});

test("every byte survives the way to Latin-1 text and back, from either kind of array", () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);

  for (const bytes of [all, Buffer.from(all)]) {
    const text = toLatin1(bytes);
    assert.equal(text.length, 256);
    assert.deepEqual(Buffer.from(fromLatin1(text)), Buffer.from(all));
    assert.equal(toLatin1(bytes, 65, 68), "ABC");
  }
});

test("text goes out and comes back as UTF-8", () => {
  assert.equal(Buffer.from(fromText("é€😀")).toString("hex"), "c3a9e282acf09f9880");
  assert.equal(toText(new Uint8Array(fromText("é€😀"))), "é€😀");
  assert.equal(toText(fromText("é€😀")), "é€😀");
});

test("a copy has memory of its own, whatever it is made from", () => {
  for (const source of [Buffer.from([1, 2, 3]), Uint8Array.of(1, 2, 3)]) {
    const made = copy(source);
    source.fill(0);
    assert.deepEqual([...made], [1, 2, 3]);
  }
});

test("a view shares the memory it is given, and only the part that was meant", () => {
  const bytes = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7);
  const words = new Uint16Array(bytes.buffer, 2, 2);

  for (const [made, wanted] of [
    [view(bytes.subarray(2, 5)), [2, 3, 4]],
    [view(words), [2, 3, 4, 5]],
    [view(new DataView(bytes.buffer, 6)), [6, 7]],
    [view(bytes.buffer), [0, 1, 2, 3, 4, 5, 6, 7]],
  ] as const) {
    assert.deepEqual([...made], wanted);
    assert.equal(made.buffer, bytes.buffer);
    assert.ok(Buffer.isBuffer(made));
  }
});

test("parts are joined in order", () => {
  assert.deepEqual([...concat([Uint8Array.of(1), EMPTY, Uint8Array.of(2, 3)], 3)], [1, 2, 3]);
  assert.equal(concat([], 0).length, 0);
});

test("a block is never part of a pool that others read", () => {
  assert.equal(allocate(10).buffer.byteLength, 10);
});

test("equal compares length and every byte", () => {
  assert.equal(equal(hex("0102"), Uint8Array.of(1, 2)), true);
  assert.equal(equal(hex("0102"), hex("0103")), false);
  assert.equal(equal(hex("0102"), hex("01")), false);
  assert.equal(equal(EMPTY, hex("")), true);
});
