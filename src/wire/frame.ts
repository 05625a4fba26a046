/**
 * Frame headers: flag bits, size, writing. 23/ZMTP and 37/ZMTP "Framing"; the older form in 13/ZMTP.
 *
 *   ZMTP 2 and 3   flags(1) size(1 | 8)  body          flags: 1 MORE, 2 LONG, 4 COMMAND
 *   between threads                                      8 PARCEL: the frame comes another way
 *   ZMTP 1         size+1(1 | FF 8) flags(1) body      flags: 1 MORE
 */
import { writeU64 } from "../util/bytes.ts";

export const MORE = 1;
export const LONG = 2;
export const COMMAND = 4;
/** Empty: what it stands for has gone past the ring, see `threads/parcels.ts`. Never on a network. */
export const PARCEL = 8;

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

/** The first integer that V8 does not keep as a small one everywhere. */
export const TOO_LARGE: number = 2 ** 30 - 1;

/** `readU64` without doubles: a length below 2³⁰, anything larger as one that fits no chunk. */
export function smallLength(bytes: Uint8Array, at: number): number {
  const isSmall =
    (bytes[at]! | bytes[at + 1]! | bytes[at + 2]! | bytes[at + 3]! | (bytes[at + 4]! & 0xc0)) === 0;
  if (!isSmall) return TOO_LARGE;
  return (bytes[at + 4]! << 24) | (bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!;
}
