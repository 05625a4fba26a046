/**
 * The rule of libzmq's thread-safe socket types: a message has one part. Lays it over a pattern that is otherwise the
 * same: CLIENT is such a DEALER, SCATTER a PUSH, GATHER a PULL, CHANNEL a PAIR.
 */
import type { Message, Pattern, Peer } from "../../core/pattern.ts";
import type { Pipe } from "../../core/pipe.ts";
import { ZmqError } from "../../util/errors.ts";

export class SinglePart implements Pattern {
  readonly #inner: Pattern;

  constructor(inner: Pattern) {
    this.#inner = inner;
  }

  attach(pipe: Pipe): void {
    this.#inner.attach(pipe);
  }

  ready(pipe: Pipe, peer: Peer): void {
    this.#inner.ready(pipe, peer);
  }

  detach(pipe: Pipe): void {
    this.#inner.detach(pipe);
  }

  readable(pipe: Pipe): void {
    this.#inner.readable(pipe);
  }

  writable(pipe: Pipe): void {
    this.#inner.writable(pipe);
  }

  send(message: Message): boolean {
    if (message.length > 1) throw tooManyParts(message.length);
    return this.#inner.send(message);
  }

  /** What has more parts than one was sent by something else than a peer of this type: thrown away, as in libzmq. */
  receive(): Message | undefined {
    let message = this.#inner.receive();
    while (message !== undefined && message.length > 1) message = this.#inner.receive();
    return message;
  }

  canSend(): boolean {
    return this.#inner.canSend();
  }

  canReceive(): boolean {
    return this.#inner.canReceive();
  }
}

export function tooManyParts(count: number): ZmqError {
  return new ZmqError(
    "EINVAL",
    `this socket type sends messages of one part, not ${count}; join them, or use a type that has parts`,
  );
}
