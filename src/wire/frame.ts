/**
 * Frame headers: flag bits, size, writing. 23/ZMTP and 37/ZMTP "Framing"; the older form in 13/ZMTP.
 *
 *   ZMTP 2 and 3   flags(1) size(1 | 8)  body          flags: 1 MORE, 2 LONG, 4 COMMAND
 *   ZMTP 1         size+1(1 | FF 8) flags(1) body      flags: 1 MORE
 */
import { writeU64 } from "../util/bytes.ts";

export const MORE = 1;
export const LONG = 2;
export const COMMAND = 4;

/** The two framings there are: 1 for ZMTP 1.0 peers, 2 for all later ones. */
export type Framing = 1 | 2;

/** No header is longer. */
export const HEADER_MAX = 10;

/** Writes the header of a frame at `at` and returns where the body goes. */
export function writeHeader(target: Uint8Array, at: number, flags: number, size: number): number {
  if (size > 255) {
    target[at] = flags | LONG;
    writeU64(target, at + 1, size);
    return at + 9;
  }
  target[at] = flags;
  target[at + 1] = size;
  return at + 2;
}

/** The same in ZMTP 1.0's form, where the size counts the flags byte. 13/ZMTP "Framing". */
export function writeLegacyHeader(target: Uint8Array, at: number, flags: number, size: number): number {
  if (size + 1 >= 255) {
    target[at] = 255;
    writeU64(target, at + 1, size + 1);
    target[at + 9] = flags;
    return at + 10;
  }
  target[at] = size + 1;
  target[at + 1] = flags;
  return at + 2;
}
