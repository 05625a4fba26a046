/**
 * What makes a socket type: which pipe a message goes to or comes from, and in which order calls are allowed.
 * Synchronous throughout; promises exist only above, where a caller waits. A pattern never calls back into user code.
 */
import type { Message, Peer } from "../engine/connection.ts";
import type { ZmqError } from "../util/errors.ts";
import type { OptionName, OptionValues } from "./options.ts";
import type { Pipe } from "./pipe.ts";

export type { Message, Peer } from "../engine/connection.ts";

export interface Pattern {
  /** A new pipe. Messages may already be written to it, though nobody may be at the far end yet. */
  attach(pipe: Pipe): void;
  /** Somebody is at the far end; again after each reconnection. */
  ready(pipe: Pipe, peer: Peer): void;
  /** The pipe is gone: use it no more. */
  detach(pipe: Pipe): void;
  /** The pipe had nothing to read and has now. */
  readable(pipe: Pipe): void;
  /** The pipe was full and has room now. */
  writable(pipe: Pipe): void;
  /**
   * Takes the message (all frames, or nothing) or says false: not now. The array is the pattern's from then on.
   * @throws ZmqError when waiting would not help: EFSM, EHOSTUNREACH, ENOTSUP, EINVAL.
   */
  send(message: Message): boolean;
  /** The next message, or undefined: not now. @throws ZmqError EFSM, ENOTSUP */
  receive(): Message | undefined;
  /** What `receive` would give, again and again: moves at most `max` messages to the end of `into`. */
  receiveMany?(into: Message[], max: number): void;
  /** Would `send` take a message, `receive` give one? */
  canSend(): boolean;
  canReceive(): boolean;
  /** An option of this socket has a new value. @throws ZmqError to refuse it. */
  optionChanged?(name: OptionName): void;
  /** ZMQ_SUBSCRIBE and ZMQ_UNSUBSCRIBE, where they are options: 1 or 0 and the topic. */
  subscription?(request: Uint8Array): void;
  /** ZMQ_TOPICS_COUNT: different prefixes subscribed to. */
  readonly topicsCount?: number;
  /** Messages that wait to be received in the pattern itself, besides those in pipes. */
  readonly held?: number;
}

/** What a pattern may ask of its socket. */
export interface PatternHost {
  readonly options: OptionValues;
  /** Closes a pipe of this socket; `detach` follows from inside. */
  release(pipe: Pipe): void;
  /** The same for a peer that broke the pattern's rules: its connection ends at once and a monitor event tells why. */
  reject(pipe: Pipe, error: ZmqError): void;
  /** A message is dropped for want of anybody that it is for. */
  unroutable(): void;
}
