/**
 * ZMTP commands: name and data inside a COMMAND frame, 37/ZMTP "Commands", and the metadata of READY and INITIATE,
 * 37/ZMTP "The NULL Security Mechanism". Bytes in, values out.
 */
import {
  allocate,
  allocateSmall,
  BYTE_LOOP,
  concat,
  copy,
  EMPTY,
  fromText,
  readU32,
  toLatin1,
  View,
  writeU32,
} from "../util/bytes.ts";
import { printable, ZmqError } from "../util/errors.ts";

export interface Command {
  readonly name: string;
  readonly data: Uint8Array;
}

/** The largest PING context, 37/ZMTP "Connection Heartbeating". */
const CONTEXT_MAX = 16;

/** Name → its length and letters as they begin a command. */
const prefixes = new Map<string, Uint8Array>();

export function encodeCommand(name: string, data: Uint8Array = EMPTY): Uint8Array {
  let prefix = prefixes.get(name);
  if (prefix === undefined) {
    const text = fromText(name);
    prefix = concat([Uint8Array.of(text.length), text], 1 + text.length);
    prefixes.set(name, prefix);
  }
  const body = allocate(prefix.length + data.length);
  body.set(prefix);
  body.set(data, prefix.length);
  return body;
}

const TOPICS = { wanted: fromText("\x09SUBSCRIBE"), cancelled: fromText("\x06CANCEL") };
const GROUPS = { wanted: fromText("\x04JOIN"), cancelled: fromText("\x05LEAVE") };

/**
 * SUBSCRIBE and CANCEL, or JOIN and LEAVE (48/RADIO-DISH), in the form of older versions, 01 or 00 and the topic or
 * group, which is how sockets know them. Undefined for any other command. The last letter of the name makes room for the
 * first byte: the answer lies in the command.
 */
export function subscriptionIn(body: Uint8Array, isGroup: boolean): Uint8Array | undefined {
  const { wanted, cancelled } = isGroup ? GROUPS : TOPICS;
  const name = begins(body, wanted) ? wanted : begins(body, cancelled) ? cancelled : undefined;
  if (name === undefined) return undefined;
  const at = name.length - 1;
  const message = new View(body.buffer, body.byteOffset + at, body.length - at);
  message[0] = name === wanted ? 1 : 0;
  return message;
}

/** The command for a subscription in that form. */
export function encodeSubscription(body: Uint8Array, isGroup: boolean): Uint8Array {
  const { wanted, cancelled } = isGroup ? GROUPS : TOPICS;
  const name = body[0] === 1 ? wanted : cancelled;
  const command = allocateSmall(name.length + body.length - 1);
  let at = 0;
  for (; at < name.length; at++) command[at] = name[at]!;
  if (body.length > BYTE_LOOP) command.set(body.subarray(1), at);
  else for (let i = 1; i < body.length; i++) command[at++] = body[i]!;
  return command;
}

function begins(body: Uint8Array, name: Uint8Array): boolean {
  if (body.length < name.length) return false;
  for (let i = 0; i < name.length; i++) if (body[i] !== name[i]) return false;
  return true;
}

/** @throws ZmqError when the name is empty or longer than the frame. */
export function parseCommand(body: Uint8Array): Command {
  const length = body[0] ?? 0;
  if (length === 0 || 1 + length > body.length) {
    throw new ZmqError(
      "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED",
      `the peer sent a command without a name: ${printable(body)}`,
    );
  }
  return { name: toLatin1(body, 1, 1 + length), data: body.subarray(1 + length) };
}

/** Property name → value, in the order of the wire. Names keep their case and are compared with it, as libzmq does. */
export type Metadata = Map<string, Uint8Array>;

export function encodeMetadata(metadata: Metadata): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const [name, value] of metadata) {
    const text = fromText(name);
    const block = new Uint8Array(1 + text.length + 4 + value.length);
    block[0] = text.length;
    block.set(text, 1);
    writeU32(block, 1 + text.length, value.length);
    block.set(value, 1 + text.length + 4);
    parts.push(block);
    length += block.length;
  }
  return concat(parts, length);
}

/** @throws ZmqError when a name or value runs over the end, or bytes are left over. */
export function parseMetadata(bytes: Uint8Array): Metadata {
  const metadata: Metadata = new Map();
  let at = 0;
  while (at < bytes.length) {
    const nameEnd = at + 1 + bytes[at]!;
    if (bytes[at] === 0 || nameEnd + 4 > bytes.length) throw malformed();
    const valueEnd = nameEnd + 4 + readU32(bytes, nameEnd);
    if (valueEnd > bytes.length) throw malformed();
    // Copied: metadata lives as long as the connection and must not hold the chunk it came in.
    metadata.set(toLatin1(bytes, at + 1, nameEnd), copy(bytes.subarray(nameEnd + 4, valueEnd)));
    at = valueEnd;
  }
  return metadata;
}

function malformed(): ZmqError {
  return new ZmqError("ERR_ZMTP_INVALID_METADATA", "the peer sent metadata that is cut short");
}

/** `ttlMs` in milliseconds; the wire has tenths of a second in 16 bits. */
export function encodePing(ttlMs: number): Uint8Array {
  const tenths = Math.min(Math.floor(ttlMs / 100), 65_535);
  return encodeCommand("PING", Uint8Array.of(tenths >> 8, tenths & 255));
}

export interface Ping {
  ttlMs: number;
  context: Uint8Array;
}

/** @throws ZmqError when the TTL is missing. A context beyond 16 bytes is cut, as libzmq does. */
export function parsePing(data: Uint8Array): Ping {
  if (data.length < 2)
    throw new ZmqError("ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED", "the peer sent a PING without a TTL");
  return { ttlMs: ((data[0]! << 8) | data[1]!) * 100, context: data.subarray(2, 2 + CONTEXT_MAX) };
}

export function encodePong(context: Uint8Array): Uint8Array {
  return encodeCommand("PONG", context);
}

/** The reason of an ERROR command, at most 255 bytes of it. @throws ZmqError when its length is wrong. */
export function parseError(data: Uint8Array): string {
  const length = data[0];
  if (length === undefined || 1 + length > data.length) {
    throw new ZmqError(
      "ERR_ZMTP_MALFORMED_COMMAND_ERROR",
      "the peer sent an ERROR whose reason is cut short",
    );
  }
  return printable(data.subarray(1, 1 + length));
}

export function encodeError(reason: string): Uint8Array {
  const text = fromText(reason).subarray(0, 255);
  return encodeCommand("ERROR", concat([Uint8Array.of(text.length), text], 1 + text.length));
}
