/** Frame headers of ZMTP 1.0: the size comes first and counts the flags byte. 13/ZMTP "Framing". */
import { readU64, writeU64 } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import { MORE } from "./frame.ts";

/** Writes a header at `at` and returns where the body goes. */
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

/** @throws ZmqError when it is none */
export function readLegacyHeader(header: Uint8Array): { flags: number; size: number } {
  const long = header[0] === 255;
  const size = (long ? readU64(header, 1) : header[0]!) - 1;
  const flags = long ? header[9]! : header[1]!;
  if (size < 0 || flags & ~MORE)
    throw new ZmqError("ERR_ZMTP_UNSPECIFIED", "the peer sent something that is no ZMTP 1.0 frame");
  return { flags, size };
}
