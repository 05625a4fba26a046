/** Bytes in tests: hex in, hex out, and every way of cutting them. */

/** Hex with any white space in it. */
export function hex(text: string): Buffer {
  const digits = text.replace(/\s+/g, "");
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`not hex: ${text}`);
  return Buffer.from(digits, "hex");
}

/** Latin-1 text as hex, to build vectors from. */
export function ascii(text: string): string {
  return Buffer.from(text, "latin1").toString("hex");
}

/** Whole, byte by byte, and in two at every place. */
export function cuttings(bytes: Buffer): Buffer[][] {
  const all: Buffer[][] = [[bytes], Array.from(bytes, (byte) => Buffer.of(byte))];
  for (let at = 1; at < bytes.length; at++) all.push([bytes.subarray(0, at), bytes.subarray(at)]);
  return all;
}

/** Resolves when everything that was planned for the end of this turn has happened. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
