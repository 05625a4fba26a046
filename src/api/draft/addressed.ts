/**
 * Sending and receiving where each message carries more than bytes: the peer's routing id of SERVER and PEER, the group
 * of RADIO and DISH. Between the calls here and their patterns such a message travels as `[body, about]`.
 */
import type { Message as Frames } from "../../core/pattern.ts";
import type { WritableAccessors } from "../accessors.ts";
import { coreOf, freeCoreOf } from "../core-of.ts";
import { toFrame, toMessage } from "../message.ts";
import type { CallOptions, MessageLike } from "../types.ts";
import { tooManyParts } from "./single-part.ts";

/** The sending side; `O` says where a message goes to. */
export interface AddressedWritable<O extends object> extends WritableAccessors {
  /** How many `send` calls wait now. */
  readonly waitingSends: number;
  /**
   * Sends a message of one part.
   *
   * @throws TypeError without a message or options; ZmqError EINVAL for options that name nobody, EBADF on a closed
   * socket; as rejections EAGAIN after `sendTimeout`, EHOSTUNREACH for an unknown routing id, EINVAL for several parts.
   */
  send(message: MessageLike, options: O & CallOptions): Promise<void>;
  /** Sends now or not at all: false when `send` would wait. @throws as `send` does and rejects */
  trySend(message: MessageLike, options: O): boolean;
  /** Sends many messages to the same place in order, waiting where needed. */
  sendMany(messages: Iterable<MessageLike>, options: O & CallOptions): Promise<void>;
  /** Sends text. */
  sendString(text: string, options: O & CallOptions): Promise<void>;
  /** Sends a value as JSON. @throws TypeError for what JSON cannot hold */
  sendJson(value: unknown, options: O & CallOptions): Promise<void>;
}

/** A body and what it says about itself, as patterns and waiting calls pass it on. */
export function withMeta(body: Uint8Array, about: object): Frames {
  return [body, about as Uint8Array];
}

/** Gives a class the methods above. `address` turns a body and the user's options into what the pattern sends. */
export function makeAddressed<O extends object>(
  target: { prototype: object },
  address: (body: Uint8Array, options: O) => Frames,
): void {
  const prepare = (message: unknown, options: unknown): Frames => {
    const parts = toMessage(message);
    if (typeof options !== "object" || options === null) throw new TypeError("Options must be an object");
    // Checked before the parts are counted: a bad address is thrown, as with `zeromq`.
    const addressed = address(parts[0] ?? toFrame(null), options as O);
    if (parts.length > 1) throw tooManyParts(parts.length);
    return parts.length === 0 ? [] : addressed;
  };
  const methods = {
    get waitingSends(): number {
      return coreOf(this).waitingSends;
    },
    send(message: unknown, options: CallOptions): Promise<void> {
      const core = freeCoreOf(this);
      if (Array.isArray(message) && message.length > 1) return Promise.reject(tooManyParts(message.length));
      return core.send(prepare(message, options), options);
    },
    trySend(message: unknown, options: object): boolean {
      return freeCoreOf(this).trySend(prepare(message, options));
    },
    async sendMany(messages: Iterable<unknown>, options: CallOptions): Promise<void> {
      const core = freeCoreOf(this);
      for (const message of messages) await core.send(prepare(message, options), options);
    },
    sendString(text: string, options: CallOptions): Promise<void> {
      if (typeof text !== "string")
        throw new TypeError("sendString takes a string; use send for other values");
      return freeCoreOf(this).send(prepare(text, options), options);
    },
    sendJson(value: unknown, options: CallOptions): Promise<void> {
      const text: string | undefined = JSON.stringify(value);
      if (text === undefined) throw new TypeError(`JSON has no form for a ${typeof value}`);
      return freeCoreOf(this).send(prepare(text, options), options);
    },
  };
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(methods))) {
    Object.defineProperty(target.prototype, name, { ...property, enumerable: false });
  }
}
