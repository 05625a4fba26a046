/** What CURVE's two state machines share: layouts, nonces and complaints. 26/CURVEZMQ "CurveZMQ Commands". */
import { allocate } from "../util/bytes.ts";
import { type ProtocolErrorCode, printable, ZmqError } from "../util/errors.ts";

export const HELLO = "\x05HELLO";
export const WELCOME = "\x07WELCOME";
export const INITIATE = "\x08INITIATE";
export const READY = "\x05READY";
export const ERROR = "\x05ERROR";

export const HELLO_SIZE = 200;
export const WELCOME_SIZE = 168;
/** Without metadata. */
export const INITIATE_SIZE = 257;
export const READY_SIZE = 30;

/** Where things are in HELLO. */
export const HELLO_KEY_AT = 80;
export const HELLO_NONCE_AT = 112;
export const HELLO_BOX_AT = 120;
/** In WELCOME. */
export const WELCOME_NONCE_AT = 8;
export const WELCOME_BOX_AT = 24;
/** In INITIATE, and in its box. */
export const INITIATE_COOKIE_AT = 9;
export const INITIATE_NONCE_AT = 105;
export const INITIATE_BOX_AT = 113;
export const VOUCH_NONCE_AT = 32;
export const VOUCH_BOX_AT = 48;
export const METADATA_AT = 128;
/** In READY. */
export const READY_NONCE_AT = 6;
export const READY_BOX_AT = 14;

export const FROM_CLIENT = "CurveZMQMESSAGEC";
export const FROM_SERVER = "CurveZMQMESSAGES";

/** 24 bytes from a prefix of 16 characters and the 8 bytes of a counter. */
export function shortNonce(prefix: string, bytes: Uint8Array, at: number): Uint8Array {
  return nonce(prefix, bytes.subarray(at, at + 8));
}

/** 24 bytes from a prefix of 8 characters and 16 random bytes. */
export function longNonce(prefix: string, random: Uint8Array): Uint8Array {
  return nonce(prefix, random);
}

function nonce(prefix: string, rest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(24);
  putName(bytes, prefix);
  bytes.set(rest, prefix.length);
  return bytes;
}

/** A command of this size that begins with its name. Every other byte is zero. */
export function newCommand(name: string, size: number): Uint8Array {
  const body = allocate(size).fill(0);
  putName(body, name);
  return body;
}

function putName(bytes: Uint8Array, name: string): void {
  for (let i = 0; i < name.length; i++) bytes[i] = name.charCodeAt(i);
}

export function isNamed(body: Uint8Array, name: string): boolean {
  if (body.length < name.length) return false;
  for (let i = 0; i < name.length; i++) if (body[i] !== name.charCodeAt(i)) return false;
  return true;
}

export function unexpected(body: Uint8Array, due: string): ZmqError {
  return new ZmqError(
    "ERR_ZMTP_UNEXPECTED_COMMAND",
    `the peer sent ${printable(body.subarray(0, 12))} where ${due.slice(1)} was due`,
  );
}

export function wrong(code: ProtocolErrorCode, what: string): ZmqError {
  return new ZmqError(code, what);
}
