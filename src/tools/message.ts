/**
 * Messages of several parts: their texts, and the addresses before their bodies. Pure functions over arrays of parts;
 * they make new arrays and share the parts, whose bytes are never copied. CZMQ: zmsg.
 *
 *     [address] … [address] [empty] │ [body] …
 *     └──────── envelope ─────────┘   28/REQREP "Request-Reply Message Format"
 *
 * A message of one part needs none of this: `sendString`, `receiveJson` and their like are calls of the sockets.
 */
import type { Message, MessageLike } from "../api/types.ts";
import { EMPTY, toText } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";

/** A message whose envelope has been told from its body. */
export interface Enveloped<P extends Uint8Array = Message> {
  /** The addresses and, as the last part, the empty one that closes them. Empty where there is no envelope. */
  envelope: P[];
  body: P[];
}

/** A message whose first address has been taken off. */
export interface Unwrapped<P extends Uint8Array = Message> {
  /** The routing id of a message from a ROUTER. */
  address: P;
  body: P[];
}

/** What may be sent as a body: one part, or an array of parts. */
export type MessageBody = MessageLike | readonly MessageLike[];

/**
 * Tells the envelope from the body: all parts up to the first that is empty, and those after it. A message without an
 * empty part is all body; so is one that a DEALER sent a ROUTER without, for which see `unwrap`.
 * @throws TypeError for what is no message
 */
export function envelopeOf<P extends Uint8Array>(message: readonly P[]): Enveloped<P> {
  check(message);
  const bodyAt = message.findIndex((part) => part.length === 0) + 1;
  return { envelope: message.slice(0, bodyAt), body: message.slice(bodyAt) };
}

/**
 * A reply to be sent where a request was received, by a ROUTER, or a DEALER behind one: the request's envelope and this
 * body. Where there is no envelope, the request's first part, the routing id, takes its place.
 * @throws TypeError for what is no message
 */
export function replyTo(request: readonly Uint8Array[], body: MessageBody): MessageLike[] {
  const { envelope } = envelopeOf(request);
  return [...(envelope.length > 0 ? envelope : request.slice(0, 1)), ...partsOf(body)];
}

/** zmsg_wrap. The address, an empty part, the body: what a ROUTER sends to a REQ, or to the next hop on the way. */
export function wrap(address: MessageLike, body: MessageBody): MessageLike[] {
  return [address, EMPTY, ...partsOf(body)];
}

/**
 * zmsg_unwrap. The first part, and what follows it without the empty part, if there is one, between them.
 * @throws TypeError for what is no message, or has no part
 */
export function unwrap<P extends Uint8Array>(message: readonly P[]): Unwrapped<P> {
  check(message);
  const address = partOf(message, 0);
  return { address, body: message.slice(message[1]?.length === 0 ? 2 : 1) };
}

/**
 * A part as text, the first unless another is named; -1 is the last.
 * @throws TypeError for what is no message; ZmqError EMSGSIZE when it has no such part
 */
export function textOf(message: readonly Uint8Array[], index = 0): string {
  check(message);
  return toText(partOf(message, index));
}

/** All parts as text. @throws TypeError for what is no message */
export function textsOf(message: readonly Uint8Array[]): string[] {
  check(message);
  return message.map(toText);
}

/** A part, parsed. @throws as `textOf`; SyntaxError when it is not JSON */
export function jsonOf(message: readonly Uint8Array[], index = 0): unknown {
  return JSON.parse(textOf(message, index));
}

/**
 * zmsg_print. A message for a person to look at: a line a part, its size before it; text as it is, other bytes in
 * hexadecimal, long ones cut.
 */
export function dump(message: readonly Uint8Array[]): string {
  check(message);
  return message
    .map((part) => `[${String(part.length).padStart(3, "0")}] ${shown(part)}`.trimEnd())
    .join("\n");
}

/** Shown of a part: so many characters of text, half as many bytes. */
const SHOWN = 70;

function shown(part: Uint8Array): string {
  const head = part.subarray(0, SHOWN);
  const isText = head.every((byte) => byte >= 32 && byte < 127);
  const hex = (byte: number) => byte.toString(16).toUpperCase().padStart(2, "0");
  const text = isText ? toText(head) : Array.from(head.subarray(0, SHOWN / 2), hex).join("");
  return part.length > (isText ? SHOWN : SHOWN / 2) ? `${text}…` : text;
}

function partOf<P extends Uint8Array>(message: readonly P[], index: number): P {
  const part = message.at(index);
  if (part !== undefined) return part;
  throw new ZmqError("EMSGSIZE", `the message has ${message.length} parts, and none at ${index}`);
}

function partsOf(body: MessageBody): readonly MessageLike[] {
  return Array.isArray(body) ? body : [body as MessageLike];
}

function check(message: unknown): void {
  if (!Array.isArray(message) || !message.every((part) => part instanceof Uint8Array))
    throw new TypeError("a message is an array of its parts, as receive() resolves to");
}
