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
import { makeReadable, type Readable } from "./readable.ts";
import { installOptions, ownOptions, Socket, type SocketOptions } from "./socket.ts";
import { checkTopic, setSubscription, topicsCountOf } from "./topics.ts";
import { makeWritable, type Writable } from "./writable.ts";

class SubscriberPattern implements Pattern {
  readonly #host: PatternHost;
  readonly #isRaw: boolean;
  readonly #queue = new FairQueue();
  /** Pipes with a publisher at the far end: it is told at once what changes, the others when they get one. */
  readonly #ready = new Set<Pipe>();
  /** What was subscribed to, and what messages are held against. */
  readonly #topics = new PrefixTree<true>();
  /** Topics that were subscribed to more than once → how often. */
  readonly #repeated = new Map<string, number>();

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
    this.#topics.forEach((topic) => {
      pipe.writeAlways([fromLatin1(`\x01${topic}`)]);
    });
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
    if (message.length > 1) this.#sendParts(message);
    else if (isRequest(first)) this.subscription(first);
    else for (const pipe of this.#ready) pipe.write(message, true);
    return true;
  }

  /** Each part may be a subscription, or none but those that follow one with `onlyFirstSubscribe`. */
  #sendParts(message: Message): void {
    let mayAsk = true;
    let hasRequest = false;
    const parts: Message = [];
    for (let i = 0; i < message.length; i++) {
      const part = message[i]!;
      const asks: boolean = mayAsk && isRequest(part);
      if (i === 0) mayAsk = asks || !this.#host.options.onlyFirstSubscribe;
      hasRequest ||= asks;
      if (!asks || this.#count(part)) parts.push(part);
    }
    if (parts.length === 0) return;
    for (const pipe of this.#ready) {
      if (hasRequest) pipe.writeAlways(parts);
      else pipe.write(parts, true);
    }
  }

  receive(): Message | undefined {
    for (let message = this.#queue.read(); message !== undefined; message = this.#queue.read()) {
      if (this.#isFor(message)) return message;
    }
    return undefined;
  }

  receiveMany(into: Message[], max: number): void {
    let kept = into.length;
    this.#queue.readMany(into, max);
    if (this.#isRaw || (this.#topics.matchesAll && !this.#host.options.invertMatching)) return;
    for (let i = kept; i < into.length; i++) {
      const message = into[i]!;
      if (this.#isFor(message)) into[kept++] = message;
    }
    into.length = kept;
  }

  #isFor(message: Message): boolean {
    return this.#isRaw || this.#topics.matches(message[0]!) !== this.#host.options.invertMatching;
  }

  canSend(): boolean {
    return this.#isRaw;
  }

  /** What is waiting may be nothing that was asked for: libzmq looks ahead, we look when it is received. */
  canReceive(): boolean {
    return this.#queue.canRead();
  }

  get topicsCount(): number {
    return this.#topics.size;
  }

  /** 1 or 0 and the topic. */
  subscription(request: Uint8Array): void {
    if (this.#count(request)) for (const pipe of this.#ready) pipe.writeAlways([request]);
  }

  /** True when publishers are to be told: of each subscription, since an XPUB may show all, but of the last cancellation. */
  #count(request: Uint8Array): boolean {
    if (request[0] === 1) {
      if (!this.#topics.add(request, true, 1)) this.#repeat(toLatin1(request, 1), 1);
      return true;
    }
    const isLast =
      (this.#repeated.size === 0 || !this.#repeat(toLatin1(request, 1), -1)) &&
      this.#topics.remove(request, true, 1) === "last";
    // A topic that was never subscribed to is passed over in silence, as in libzmq.
    return isLast || this.#host.options.verboseUnsubscribe;
  }

  /** Once more, or less. False when it has not been subscribed to more than once. */
  #repeat(topic: string, by: 1 | -1): boolean {
    const count = this.#repeated.get(topic) ?? 1;
    if (count + by < 1) return false;
    if (count + by === 1) this.#repeated.delete(topic);
    else this.#repeated.set(topic, count + by);
    return true;
  }
}

function isRequest(part: Uint8Array): boolean {
  return part.length > 0 && part[0]! <= 1;
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
    this.#each(prefixes, true);
  }

  /** ZMQ_UNSUBSCRIBE: the opposite; without arguments, of the subscription to all. */
  unsubscribe(...prefixes: (Buffer | string)[]): void {
    this.#each(prefixes, false);
  }

  /** ZMQ_TOPICS_COUNT: how many different prefixes this socket has subscribed to. */
  get topicsCount(): number {
    return topicsCountOf(this);
  }

  #each(prefixes: (Buffer | string)[], isWanted: boolean): void {
    const topics = prefixes.length === 0 ? [""] : prefixes;
    if (!this.closed) for (const topic of topics) checkTopic(topic);
    for (const topic of topics) setSubscription(this, topic, isWanted);
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

  /** ZMQ_TOPICS_COUNT: how many different prefixes this socket has subscribed to. */
  get topicsCount(): number {
    return topicsCountOf(this);
  }
}

export interface XSubscriber extends Writable, Readable, XSubscriberAccessors {}

makeWritable(XSubscriber);
makeReadable(XSubscriber);
installOptions(XSubscriber, ownOptions("XSUB"));
