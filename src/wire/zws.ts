/**
 * ZeroMQ over WebSockets, 45/ZWS: one WebSocket message is one frame, a flags byte and the body. There is no greeting; the
 * WebSocket subprotocol says which mechanism is spoken. libzmq: ws_engine.cpp, ws_decoder.cpp.
 *
 *   flags(1) body        flags: 1 MORE, 2 COMMAND
 *
 *   ZWS2.0               each side's first frame is its routing id, then messages
 *   ZWS2.0/NULL          the mechanism's commands, as in ZMTP 3, then messages; also /PLAIN, /CURVE
 *   ZMTP-NULL            between ends of this library: the frames of ZMTP 3.1 without its greeting, as a byte stream cut
 *                        into WebSocket messages anywhere. A browser takes some thousand messages a second, or as many
 *                        frames a millisecond in fewer messages; and the name is one that browsers allow
 */
import { EMPTY } from "../util/bytes.ts";
import { printable, ZmqError } from "../util/errors.ts";
import { Queue } from "../util/queue.ts";
import type { FrameDecoder, FrameSink } from "./decoder.ts";
import { COMMAND, type Framing, MORE } from "./frame.ts";

const PLAIN_NAME = "ZWS2.0";
const STREAM = "ZMTP-";
const WEB_COMMAND = 2;

/**
 * Subprotocols to ask for, in an order for servers that take the first they know. libzmq's names have a slash, which makes
 * them no HTTP tokens: browsers refuse them, and so do servers on the package `ws`, JSZMQ among them. With `tokensOnly`
 * those are left out. To libzmq they come first: without a mechanism it answers no pings, and 4.3.5 aborts when it is
 * itself to send them.
 */
export function offeredSubprotocols(mechanism: string, tokensOnly: boolean): string[] {
  const named = `${tokensOnly ? STREAM : `${PLAIN_NAME}/`}${mechanism}`;
  if (mechanism !== "NULL") return [named];
  return tokensOnly ? [PLAIN_NAME, named] : [named, PLAIN_NAME];
}

/** The best of a client's offers for a socket with this mechanism: one that says who the peer is, where there is one. */
export function chooseSubprotocol(offers: readonly string[], mechanism: string): string | undefined {
  const named = offers.find((offer) => mechanismOf(offer) === mechanism);
  if (named !== undefined || mechanism !== "NULL") return named;
  return offers.find((offer) => offer === PLAIN_NAME);
}

/** Is it a subprotocol of this file at all? */
export function isZws(subprotocol: string): boolean {
  return subprotocol.startsWith(PLAIN_NAME) || subprotocol.startsWith(STREAM);
}

/** Are its WebSocket messages pieces of a byte stream, and not each a frame? */
export function isByteStream(subprotocol: string): boolean {
  return subprotocol.startsWith(STREAM);
}

/** Undefined for the subprotocol that has none. */
export function mechanismOf(subprotocol: string): string | undefined {
  return /^(?:ZWS2\.0\/|ZMTP-)([A-Z]+)$/.exec(subprotocol)?.[1];
}

export function webFlags(flags: number): number {
  return (flags & MORE) | (flags & COMMAND ? WEB_COMMAND : 0);
}

/** A frame as a WebSocket message. */
export function encodeZws(flags: number, body: Uint8Array): Uint8Array {
  const message = new Uint8Array(1 + body.length);
  message[0] = webFlags(flags);
  message.set(body, 1);
  return message;
}

/** WebSocket messages to frames, in the manner of `Decoder`: it stops when the sink wants no more. */
export class ZwsDecoder implements FrameDecoder {
  readonly #sink: FrameSink;
  #maxFrameSize = 0;
  #advice = "";
  /** Of no meaning here: there are no lengths. */
  framing: Framing = 2;
  readonly #backlog = new Queue<Uint8Array>();
  #stopped = false;

  constructor(sink: FrameSink, maxFrameSize: number) {
    this.#sink = sink;
    this.setLimit(maxFrameSize);
  }

  setLimit(maxFrameSize: number, advice = "raise maxMessageSize to take it"): void {
    this.#maxFrameSize = maxFrameSize < 0 ? Number.MAX_SAFE_INTEGER : maxFrameSize;
    this.#advice = advice;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  get isBehind(): boolean {
    return !this.#backlog.isEmpty;
  }

  /** @throws ZmqError for a message without flags, or too large */
  push(message: Uint8Array): void {
    if (this.#stopped) this.#backlog.push(message);
    else this.#decode(message);
  }

  stop(): void {
    this.#stopped = true;
  }

  resume(): boolean {
    this.#stopped = false;
    for (;;) {
      const next = this.#backlog.shift();
      if (next === undefined) return true;
      this.#decode(next);
      if (this.#stopped) return false;
    }
  }

  room(): undefined {}

  #decode(message: Uint8Array): void {
    const flags = message[0];
    if (flags === undefined || flags > (MORE | WEB_COMMAND)) {
      throw new ZmqError(
        "EPROTO",
        `the peer sent a WebSocket message that is no frame: ${printable(message)}`,
      );
    }
    const body = message.length === 1 ? EMPTY : message.subarray(1);
    if (body.length > this.#maxFrameSize) {
      throw new ZmqError(
        "EMSGSIZE",
        `the peer sent a frame of ${body.length} bytes, over the limit of ${this.#maxFrameSize}; ${this.#advice}`,
      );
    }
    if (!this.#sink.frame((flags & MORE) | (flags & WEB_COMMAND ? COMMAND : 0), body)) this.#stopped = true;
  }
}
