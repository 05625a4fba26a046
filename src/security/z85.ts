/**
 * Z85: 4 bytes as 5 printable characters, 32/Z85. The form in which CURVE keys are written down. Knows nothing of keys.
 */
import { allocate } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
const BASE = 85;

/** Character code → its value, 255 for none. */
const VALUES = new Uint8Array(256).fill(255);
for (let i = 0; i < DIGITS.length; i++) VALUES[DIGITS.charCodeAt(i)] = i;

/**
 * `zmq_z85_encode`: bytes as Z85 text, five characters for each four bytes.
 * @throws ZmqError EINVAL when the number of bytes is no multiple of four; TypeError for anything but bytes
 * @see 32/Z85
 */
export function z85Encode(bytes: Uint8Array): string {
  if (!(bytes instanceof Uint8Array)) throw new TypeError("z85Encode takes a Buffer or Uint8Array");
  if (bytes.length % 4 !== 0) {
    throw new ZmqError(
      "EINVAL",
      `Z85 takes a number of bytes that is a multiple of 4, not ${bytes.length}; pad them`,
    );
  }
  let text = "";
  for (let at = 0; at < bytes.length; at += 4) {
    let value = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
    let group = "";
    for (let i = 0; i < 5; i++) {
      group = DIGITS[value % BASE]! + group;
      value = Math.floor(value / BASE);
    }
    text += group;
  }
  return text;
}

/**
 * `zmq_z85_decode`: the bytes of a Z85 text.
 * @throws ZmqError EINVAL when the length is no multiple of five, or at the first character that cannot be there;
 * TypeError for anything but text
 * @see 32/Z85
 */
export function z85Decode(text: string): Buffer {
  if (typeof text !== "string") throw new TypeError("z85Decode takes a string");
  const fault = z85Fault(text);
  if (fault !== undefined) throw new ZmqError("EINVAL", fault);
  const bytes = allocate((text.length / 5) * 4);
  for (let at = 0, to = 0; at < text.length; at += 5, to += 4) {
    const value = valueAt(text, at);
    bytes[to] = value >>> 24;
    bytes[to + 1] = value >>> 16;
    bytes[to + 2] = value >>> 8;
    bytes[to + 3] = value;
  }
  return bytes as Buffer;
}

/** What is wrong with the text, and where; it may be a secret, so no more of it than one character. */
export function z85Fault(text: string): string | undefined {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255 || VALUES[code] === 255)
      return `Z85 has no character ${JSON.stringify(text[i])}, which is at position ${i + 1}`;
  }
  if (text.length % 5 !== 0)
    return `Z85 text has a multiple of 5 characters, not ${text.length}; some are missing or too many`;
  for (let at = 0; at < text.length; at += 5) {
    if (valueAt(text, at) > 0xffff_ffff)
      return `the five characters from position ${at + 1} are no Z85: they mean more than four bytes can hold`;
  }
  return undefined;
}

function valueAt(text: string, at: number): number {
  let value = 0;
  for (let i = 0; i < 5; i++) value = value * BASE + VALUES[text.charCodeAt(at + i)]!;
  return value;
}
