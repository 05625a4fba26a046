/**
 * SUB and XSUB: tell every publisher what they want, and take messages from all of them fairly. SUB filters once more
 * for itself, as publishers may send more than was asked. 29/PUBSUB "The SUB Socket Type", "The XSUB Socket Type";
 * libzmq: xsub.cpp, sub.cpp.
 */
import type { Message, Pattern, PatternHost } from "../core/pattern.ts";
import type { Pipe } from "../core/pipe.ts";
import { FairQueue } from "../routing/fair-queue.ts";
import { PrefixTree } from "../routing/prefix-tree.ts";
import { fromLatin1, toLatin1 } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import type { SubscriberAccessors, XSubscriberAccessors } from "./accessors.ts";
import { coreOf } from "./core-of.ts";
import { toFrame } from "./message.ts";
import { makeReadable, type Readable } from "./readable.ts";
import { installOptions, ownOptions, Socket, type SocketOptions } from "./socket.ts";
import { makeWritable, type Writable } from "./writable.ts";

/** libzmq's numbers of the two options that are calls here. */
const SUBSCRIBE = 6;
const UNSUBSCRIBE = 7;

class SubscriberPattern implements Pattern {
  readonly #host: PatternHost;
  readonly #isRaw: boolean;
  readonly #queue = new FairQueue();
  /** Pipes with a publisher at the far end: it is told at once what changes, the others when they get one. */
  readonly #ready = new Set<Pipe>();
  /** Topic → how often it was subscribed to. */
  readonly #counts = new Map<string, number>();
  readonly #filter = new PrefixTree<true>();

  /** Raw is XSUB: subscriptions are sent as messages, and nothing is filtered here. */
  constructor(host: PatternHost, isRaw: boolean) {
    this.#host = host;
    this.#isRaw = isRaw;
  }

  attach(pipe: Pipe): void {
    this.#queue.activate(pipe);
  }

  /** A new publisher, or one that has come back and knows nothing any more: it gets the whole list. */
  ready(pipe: Pipe): void {
    this.#ready.add(pipe);
    for (const topic of this.#counts.keys()) pipe.writeAlways([request(1, topic)]);
  }

  detach(pipe: Pipe): void {
    this.#queue.remove(pipe);
    this.#ready.delete(pipe);
  }

  readable(pipe: Pipe): void {
    this.#queue.activate(pipe);
  }

  writable(): void {}

  /** XSUB only: what begins with 1 or 0 subscribes or cancels, anything else goes to all publishers. */
  send(message: Message): boolean {
    if (!this.#isRaw)
      throw new ZmqError("ENOTSUP", "a SUB socket cannot send; use XSUB to talk to publishers");
    const first = message[0];
    if (first === undefined) return true;
    if (message.length === 1 && first.length > 0 && first[0]! <= 1) {
      const topic = toLatin1(first, 1);
      if (first[0] === 1) this.subscribe(topic);
      else this.cancel(topic);
      return true;
    }
    for (const pipe of this.#ready) pipe.write(message);
    return true;
  }

  receive(): Message | undefined {
    for (let message = this.#queue.read(); message !== undefined; message = this.#queue.read()) {
      if (this.#isRaw || this.#filter.matches(message[0]!) !== this.#host.options.invertMatching)
        return message;
    }
    return undefined;
  }

  canSend(): boolean {
    return this.#isRaw;
  }

  /** What is waiting may be nothing that was asked for: libzmq looks ahead, we look when it is received. */
  canReceive(): boolean {
    return this.#queue.canRead();
  }

  subscribe(topic: string): void {
    const count = this.#counts.get(topic) ?? 0;
    this.#counts.set(topic, count + 1);
    if (count > 0) return;
    this.#filter.add(topic, true);
    this.#tell(1, topic);
  }

  /** A topic that was never subscribed to is passed over in silence, as in libzmq. */
  cancel(topic: string): void {
    const count = this.#counts.get(topic);
    if (count === undefined) return;
    if (count > 1) {
      this.#counts.set(topic, count - 1);
      return;
    }
    this.#counts.delete(topic);
    this.#filter.remove(topic, true);
    this.#tell(0, topic);
  }

  #tell(kind: 0 | 1, topic: string): void {
    for (const pipe of this.#ready) pipe.writeAlways([request(kind, topic)]);
  }
}

function request(kind: 0 | 1, topic: string): Uint8Array {
  return fromLatin1(String.fromCharCode(kind) + topic);
}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface's members are installed below
export class Subscriber extends Socket {
  constructor(options?: SocketOptions<Subscriber>) {
    super("SUB", (host) => new SubscriberPattern(host, false), options);
  }

  /**
   * ZMQ_SUBSCRIBE: receive messages whose first part begins with one of the prefixes; without arguments, all. Counted:
   * a prefix subscribed to twice must be unsubscribed twice.
   */
  subscribe(...prefixes: (Buffer | string)[]): void {
    this.#each(prefixes, (pattern, topic) => pattern.subscribe(topic));
  }

  /** ZMQ_UNSUBSCRIBE: the opposite; without arguments, of the subscription to all. */
  unsubscribe(...prefixes: (Buffer | string)[]): void {
    this.#each(prefixes, (pattern, topic) => pattern.cancel(topic));
  }

  /** By number, as programs of the `zeromq` package do it: 6 is `subscribe`, 7 is `unsubscribe`. */
  protected override setStringOption(option: number, value: string | Buffer | null): void {
    if (option === SUBSCRIBE) this.subscribe(value ?? "");
    else if (option === UNSUBSCRIBE) this.unsubscribe(value ?? "");
    else super.setStringOption(option, value);
  }

  #each(prefixes: (Buffer | string)[], act: (pattern: SubscriberPattern, topic: string) => void): void {
    const core = coreOf(this);
    if (core.isClosed) throw new ZmqError("ENOTSOCK", "Socket is closed: its subscriptions are gone with it");
    const pattern = core.pattern as SubscriberPattern;
    const topics = prefixes.length === 0 ? [""] : prefixes;
    for (const prefix of topics) {
      if (typeof prefix !== "string" && !(prefix instanceof Uint8Array)) {
        throw new TypeError("Option value must be a string or buffer: a subscription's prefix");
      }
    }
    for (const prefix of topics) act(pattern, toLatin1(toFrame(prefix)));
  }
}

export interface Subscriber extends Readable, SubscriberAccessors {}

makeReadable(Subscriber);
installOptions(Subscriber, ownOptions("SUB"));

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface's members are installed below
export class XSubscriber extends Socket {
  constructor(options?: SocketOptions<XSubscriber>) {
    super("XSUB", (host) => new SubscriberPattern(host, true), options);
  }
}

export interface XSubscriber extends Writable, Readable, XSubscriberAccessors {}

makeWritable(XSubscriber);
makeReadable(XSubscriber);
installOptions(XSubscriber, ownOptions("XSUB"));
