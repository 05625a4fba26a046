import assert from "node:assert/strict";
import { test } from "node:test";
import { HEADER_MAX, writeHeader } from "#src/wire/frame.js";
import { writeLegacyHeader } from "#src/wire/legacy-frame.js";

function header(write: typeof writeHeader, flags: number, size: number): string {
  const target = Buffer.alloc(HEADER_MAX + 3, 0xee);
  const end = write(target, 2, flags, size);
  assert.equal(target.readUInt16BE(0), 0xeeee, "nothing before the header is touched");
  assert.equal(target[end], 0xee, "nothing behind the header is touched");
  return target.toString("hex", 2, end);
}

const VECTORS: [flags: number, size: number, current: string, legacy: string][] = [
  [0, 0, "0000", "0100"],
  [1, 0, "0100", "0101"],
  [0, 1, "0001", "0200"],
  [4, 38, "0426", "2704"],
  [0, 253, "00fd", "fe00"],
  [0, 254, "00fe", "ff00000000000000ff00"],
  [0, 255, "00ff", "ff000000000000010000"],
  [0, 256, "020000000000000100", "ff000000000000010100"],
  [1, 256, "030000000000000100", "ff000000000000010101"],
  [4, 65_536, "060000000000010000", "ff000000000001000104"],
  [0, 0xffff_ffff, "0200000000ffffffff", "ff000000010000000000"],
  [0, 2 ** 32, "020000000100000000", "ff000000010000000100"],
  [0, 2 ** 53 - 1, "02001fffffffffffff", "ff002000000000000000"],
];

for (const [flags, size, current, legacy] of VECTORS) {
  test(`a frame of ${size} bytes with flags ${flags} has the header ${current}, in ZMTP 1.0 ${legacy}`, () => {
    assert.equal(header(writeHeader, flags, size), current);
    assert.equal(header(writeLegacyHeader, flags, size), legacy);
  });
}
