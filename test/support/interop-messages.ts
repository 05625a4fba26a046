/** Messages that touch every length form of a frame, and their comparison. */
import assert from "node:assert/strict";

export type Part = Uint8Array | string;

export function bytesOf(part: Part): Buffer {
  return typeof part === "string"
    ? Buffer.from(part)
    : Buffer.from(part.buffer, part.byteOffset, part.byteLength);
}

/** Bytes that differ from one position to the next and from one length to another. */
export function bytes(length: number): Buffer {
  const result = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i++) result[i] = (i * 31 + (i >> 8) + length) & 255;
  return result;
}

export const MESSAGES: Part[][] = [
  ["hello"],
  [""],
  ["", ""],
  ["a", "", "c", ""],
  [bytes(255)],
  [bytes(256), bytes(255), bytes(1)],
  [bytes(65536)],
  [bytes(2 ** 20 + 7), "", bytes(300)],
  ["last"],
];

/** As `assert.deepEqual`, but a difference is told in a few words instead of a megabyte. */
export function assertMessage(
  actual: readonly Uint8Array[],
  expected: readonly Part[],
  what = "message",
): void {
  const lengths = (parts: readonly Part[]): number[] => parts.map((part) => bytesOf(part).length);
  assert.deepEqual(lengths(actual), lengths(expected), `${what}: lengths of the parts`);
  for (const [i, part] of actual.entries()) {
    const wanted = bytesOf(expected[i]!);
    assert.ok(
      wanted.equals(part),
      `${what}: part ${i} of ${wanted.length} bytes differs: ${preview(part)} is not ${preview(wanted)}`,
    );
  }
}

export function assertMessages(actual: readonly Uint8Array[][], expected: readonly Part[][]): void {
  assert.equal(actual.length, expected.length, "number of messages");
  for (const [i, message] of actual.entries()) assertMessage(message, expected[i]!, `message ${i}`);
}

/** What `receiveBriefly` gives for messages of their number and a body of `size` bytes. */
export function assertNumbered(arrived: readonly [string, number][], size: number): void {
  for (const [i, [number, length]] of arrived.entries()) {
    if (number !== String(i) || length !== size)
      assert.fail(`message ${i} is ${number} with ${length} bytes`);
  }
}

function preview(part: Uint8Array): string {
  return `${bytesOf(part).subarray(0, 32).toString("hex")}${part.length > 32 ? "…" : ""}`;
}
