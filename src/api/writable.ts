/** The sending side of socket types that can send. */
import type { WritableAccessors } from "./accessors.ts";
import { coreOf, freeCoreOf } from "./core-of.ts";
import { toMessage } from "./message.ts";
import type { CallOptions, MessageLike, SendOptions } from "./types.ts";

export interface Writable<
  M extends MessageLike | MessageLike[] = MessageLike | MessageLike[],
  O extends unknown[] = [options?: SendOptions],
> extends WritableAccessors {
  /** How many `send` calls wait now. */
  readonly waitingSends: number;
  /**
   * Sends a message: one part, or an array of parts that arrive together or not at all. Resolves when it is queued for
   * a peer; waits while none has room. Calls that wait are served in order.
   *
   * @throws TypeError for no message, ZmqError EBADF on a closed socket; as rejections EAGAIN after `sendTimeout`,
   * EFSM out of step, EHOSTUNREACH for an unknown routing id, EBUSY beyond `sendQueueLimit`, ETERM; the signal's reason.
   */
  send(message: M, ...options: O): Promise<void>;
  /** Sends now or not at all: false when `send` would wait. @throws as `send` rejects */
  trySend(message: M): boolean;
  /** Sends many messages in order, waiting where needed. Cheaper than a `send` each. */
  sendMany(messages: Iterable<M>, options?: SendOptions): Promise<void>;
  /** Sends text as one part. */
  sendString(text: string, options?: CallOptions): Promise<void>;
  /** Sends a value as one part of JSON. @throws TypeError for what JSON cannot hold */
  sendJson(value: unknown, options?: CallOptions): Promise<void>;
}

const methods = {
  get waitingSends(): number {
    return coreOf(this).waitingSends;
  },

  send(message: MessageLike | MessageLike[], options?: SendOptions): Promise<void> {
    return freeCoreOf(this).send(toMessage(message), options);
  },

  trySend(message: MessageLike | MessageLike[]): boolean {
    return freeCoreOf(this).trySend(toMessage(message));
  },

  async sendMany(messages: Iterable<MessageLike | MessageLike[]>, options?: SendOptions): Promise<void> {
    const core = freeCoreOf(this);
    let sent = 0;
    for (const item of messages) {
      const message = toMessage(item);
      // The first by `send`, for its checks; and one in a while, so that the event loop gets its turn.
      if (sent++ % TURN === 0 || !core.trySend(message, options?.copy)) await core.send(message, options);
    }
  },

  sendString(text: string, options?: CallOptions): Promise<void> {
    if (typeof text !== "string") throw new TypeError("sendString takes a string; use send for other values");
    return freeCoreOf(this).send(toMessage(text), options);
  },

  sendJson(value: unknown, options?: CallOptions): Promise<void> {
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) throw new TypeError(`JSON has no form for a ${typeof value}`);
    return freeCoreOf(this).send(toMessage(text), options);
  },
};

const TURN = 1000;

/** Gives a socket class the methods above. */
export function makeWritable(target: { prototype: object }): void {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(methods))) {
    Object.defineProperty(target.prototype, name, { ...property, enumerable: false });
  }
}
