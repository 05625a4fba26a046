/** The receiving side of socket types that can receive. */
import type { Message as Frames } from "../core/pattern.ts";
import type { SocketCore } from "../core/socket-core.ts";
import { toText } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import type { ReadableAccessors } from "./accessors.ts";
import { freeCoreOf } from "./core-of.ts";
import type { Socket } from "./socket.ts";
import type { BatchOptions, CallOptions, Message, ReceiveType } from "./types.ts";

export interface Readable<M extends object[] = Message[]> extends ReadableAccessors {
  /**
   * The next message, all its parts. Waits while there is none; calls that wait are served in order.
   *
   * @throws ZmqError EBADF on a closed socket; as rejections EAGAIN after `receiveTimeout` or when the socket is closed
   * meanwhile, EFSM out of step, ETERM; the signal's reason.
   */
  receive(options?: CallOptions): Promise<M>;
  /** A message if there is one at hand. @throws as `receive` rejects */
  tryReceive(): M | undefined;
  /** Waits for one message and brings all that are at hand with it, at most `max`. */
  receiveMany(options?: BatchOptions): Promise<M[]>;
  /** A message of one part as text. @throws (rejects) ZmqError EMSGSIZE when it has more; the message is lost then */
  receiveString(options?: CallOptions): Promise<string>;
  /** A message of one part, parsed. @throws (rejects) SyntaxError when it is not JSON */
  receiveJson(options?: CallOptions): Promise<unknown>;
  /** Messages until the socket is closed. Leaving the loop leaves the socket open. */
  [Symbol.asyncIterator](): AsyncIterator<ReceiveType<this>, undefined>;
  /** As iteration, many messages at a time: one turn of the loop for all that are at hand. */
  batches(options?: BatchOptions): AsyncIterableIterator<M[], undefined>;
}

const methods = {
  receive(this: Socket, options?: CallOptions): Promise<Frames> {
    return freeCoreOf(this).receive(options);
  },

  tryReceive(this: Socket): Frames | undefined {
    return freeCoreOf(this).tryReceive();
  },

  receiveMany(this: Socket, options?: BatchOptions): Promise<Frames[]> {
    return receiveMany(freeCoreOf(this), options);
  },

  async receiveString(this: Socket, options?: CallOptions): Promise<string> {
    return toText(onlyPart(await freeCoreOf(this).receive(options)));
  },

  async receiveJson(this: Socket, options?: CallOptions): Promise<unknown> {
    return JSON.parse(toText(onlyPart(await freeCoreOf(this).receive(options))));
  },

  [Symbol.asyncIterator](this: Socket): AsyncIterator<Frames, undefined> {
    return new Messages(freeCoreOf(this));
  },

  batches(this: Socket, options?: BatchOptions): AsyncIterableIterator<Frames[], undefined> {
    return new Batches(freeCoreOf(this), options);
  },
};

async function receiveMany(core: SocketCore, options: BatchOptions | undefined): Promise<Frames[]> {
  const max = options?.max ?? 1000;
  if (!Number.isInteger(max) || max < 1)
    throw new ZmqError("EINVAL", `max must be a whole number from 1, not ${max}`);
  const messages = [await core.receive(options)];
  core.receiveMany(messages, max - 1);
  return messages;
}

/** Iteration ends when the socket is closed; other errors go to the caller. */
abstract class Items<T> implements AsyncIterableIterator<T, undefined> {
  protected readonly core: SocketCore;
  readonly #onValue = (value: T): IteratorResult<T, undefined> => ({ value, done: false });
  readonly #onError = (error: unknown): IteratorResult<T, undefined> => {
    if (this.core.isClosed && error instanceof ZmqError && error.code === "EAGAIN")
      return { value: undefined, done: true };
    throw error;
  };

  constructor(core: SocketCore) {
    this.core = core;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  abstract next(): Promise<IteratorResult<T, undefined>>;

  protected wait(receive: () => Promise<T>): Promise<IteratorResult<T, undefined>> {
    if (this.core.isClosed) return Promise.resolve({ value: undefined, done: true });
    try {
      return receive().then(this.#onValue, this.#onError);
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

class Messages extends Items<Frames> {
  next(): Promise<IteratorResult<Frames, undefined>> {
    try {
      // What is at hand costs one promise a turn.
      const message = this.core.receiveNow();
      if (message !== undefined) return Promise.resolve({ value: message, done: false });
    } catch (error) {
      return Promise.reject(error);
    }
    return this.wait(() => this.core.receive());
  }
}

class Batches extends Items<Frames[]> {
  readonly #options: BatchOptions | undefined;

  constructor(core: SocketCore, options: BatchOptions | undefined) {
    super(core);
    this.#options = options;
  }

  next(): Promise<IteratorResult<Frames[], undefined>> {
    return this.wait(() => receiveMany(this.core, this.#options));
  }
}

function onlyPart(message: Frames): Uint8Array {
  // What follows the body on a draft socket is an object about it, no part.
  if (message.length === 1 || !(message[1] instanceof Uint8Array)) return message[0]!;
  throw new ZmqError(
    "EMSGSIZE",
    `the message has ${message.length} parts where one was expected; use receive()`,
  );
}

/** Gives a socket class the methods above. */
export function makeReadable(target: { prototype: object }): void {
  for (const name of Reflect.ownKeys(methods)) {
    Object.defineProperty(target.prototype, name, {
      value: methods[name as keyof typeof methods],
      writable: true,
      configurable: true,
    });
  }
}
