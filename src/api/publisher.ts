/**
 * PUB and XPUB: each message to every peer that has subscribed to a prefix of its first frame; a peer that has no room
 * misses it. 29/PUBSUB "The PUB Socket Type", "The XPUB Socket Type"; libzmq: xpub.cpp.
 */
import type { OptionName } from "../core/options.ts";
import type { Message, Pattern, PatternHost } from "../core/pattern.ts";
import type { Pipe } from "../core/pipe.ts";
import { Distributor } from "../routing/distributor.ts";
import { PrefixTree } from "../routing/prefix-tree.ts";
import { fromLatin1, fromText } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import { Queue } from "../util/queue.ts";
import type { PublisherAccessors, XPublisherAccessors } from "./accessors.ts";
import { freeCoreOf } from "./core-of.ts";
import { toFrame } from "./message.ts";
import { makeReadable, type Readable } from "./readable.ts";
import { installOptions, ownOptions, Socket, type SocketOptions } from "./socket.ts";
import { checkTopic, setSubscription, topicsCountOf } from "./topics.ts";
import type { CallOptions } from "./types.ts";
import { checkCount, until } from "./until.ts";
import { makeWritable, type Writable } from "./writable.ts";

class PublisherPattern implements Pattern {
  readonly #host: PatternHost;
  /** XPUB shows its user what subscribers send; PUB keeps it to itself. */
  readonly #showsUpstream: boolean;
  readonly #distributor = new Distributor();
  readonly #subscriptions = new PrefixTree<Pipe>();
  /** With `manual`: what subscribers asked for, so that it can be taken back when they go. */
  readonly #asked = new PrefixTree<Pipe>();
  /** For `receive` of an XPUB, with the pipe each came through. */
  readonly #upstream = new Queue<{ message: Message; pipe: Pipe | undefined }>();
  #lastAsker: Pipe | undefined;

  constructor(host: PatternHost, showsUpstream: boolean) {
    this.#host = host;
    this.#showsUpstream = showsUpstream;
  }

  attach(pipe: Pipe): void {
    this.#distributor.attach(pipe);
    const { welcomeMessage } = this.#host.options;
    if (welcomeMessage !== null)
      pipe.write([typeof welcomeMessage === "string" ? fromText(welcomeMessage) : welcomeMessage]);
    this.readable(pipe);
  }

  ready(): void {}

  detach(pipe: Pipe): void {
    this.#distributor.detach(pipe);
    if (this.#lastAsker === pipe) this.#lastAsker = undefined;
    const { manual, verbosity } = this.#host.options;
    const tellAll = verbosity === "allSubsUnsubs";
    if (manual) {
      this.#asked.removeAll(pipe, (topic) => this.#show(cancellation(topic), undefined));
      this.#subscriptions.removeAll(pipe, () => {});
      return;
    }
    this.#subscriptions.removeAll(pipe, (topic, wasLast) => {
      if (wasLast || tellAll) this.#show(cancellation(topic), undefined);
    });
  }

  /** Subscriptions are taken in as they come, whether or not the user receives. */
  readable(pipe: Pipe): void {
    for (let message = pipe.read(); message !== undefined; message = pipe.read()) {
      let rest: Message | undefined;
      let mayAsk = true;
      for (let i = 0; i < message.length; i++) {
        const frame = message[i]!;
        const kind: number = mayAsk && frame.length > 0 ? frame[0]! : 2;
        if (i === 0) mayAsk = kind < 2 || !this.#host.options.onlyFirstSubscribe;
        if (kind > 1) {
          rest ??= [];
          rest.push(frame);
        } else if (kind === 1) this.#subscribe(frame, pipe);
        else this.#cancel(frame, pipe);
      }
      if (rest !== undefined && this.#showsUpstream) this.#upstream.push({ message: rest, pipe });
    }
  }

  writable(): void {}

  send(message: Message): boolean {
    const first = message[0];
    if (first === undefined) return true;
    const distributor = this.#distributor;
    const { invertMatching, manualLastValue, noDrop } = this.#host.options;
    distributor.begin();
    const asker = manualLastValue ? this.#lastAsker : undefined;
    if (asker === undefined) this.#subscriptions.match(first, distributor.choose);
    else this.#chooseOnly(asker, first);
    if (invertMatching) distributor.invert();
    if (noDrop && !distributor.canWrite()) return false;
    if (asker !== undefined) this.#lastAsker = undefined;
    distributor.write(message);
    return true;
  }

  /** With `manualLastValue`: the one that asked last, if the message matches; the next message goes to all again. */
  #chooseOnly(asker: Pipe, topic: Uint8Array): void {
    this.#subscriptions.match(topic, (pipe) => {
      if (pipe === asker) this.#distributor.choose(pipe);
    });
  }

  receive(): Message | undefined {
    const next = this.#upstream.shift();
    if (next === undefined) return undefined;
    // Of one that has gone: what is granted or taken back now must not meet whoever asked before.
    this.#lastAsker = next.pipe === undefined || next.pipe.isClosed ? undefined : next.pipe;
    return next.message;
  }

  /** Only a message tells whether there is room for it, with `noDrop`; libzmq says yes as well. */
  canSend(): boolean {
    return true;
  }

  canReceive(): boolean {
    return !this.#upstream.isEmpty;
  }

  optionChanged(name: OptionName): void {
    const { options } = this.#host;
    if (name === "manualLastValue") options.manual = options.manualLastValue;
    // As in libzmq, where the one is nothing without the other.
    if (name === "manual" && !options.manual) options.manualLastValue = false;
    if (name === "manual" || name === "manualLastValue") this.#lastAsker = undefined;
  }

  get topicsCount(): number {
    return this.#subscriptions.size;
  }

  get held(): number {
    return this.#upstream.length;
  }

  /** Peers that a message of this topic goes to; without topic, those that have subscribed to anything yet. */
  subscribersOf(topic: Uint8Array | undefined): number {
    const { pipes } = this.#distributor;
    let count = 0;
    if (topic === undefined) {
      for (const pipe of pipes) if (pipe.hasSubscribed) count++;
      return count;
    }
    const found = new Set<Pipe>();
    this.#subscriptions.match(topic, (pipe) => found.add(pipe));
    return this.#host.options.invertMatching ? pipes.size - found.size : found.size;
  }

  /** With `manual`: what the subscriber whose message was received last gets from now on, or no more. */
  subscription(request: Uint8Array): void {
    if (!this.#host.options.manual) {
      throw new ZmqError(
        "EINVAL",
        "only a publisher with the option manual decides about subscriptions; set it to true first",
      );
    }
    const pipe = this.#lastAsker;
    if (pipe === undefined) return;
    if (request[0] === 1) this.#subscriptions.add(request, pipe, 1);
    else this.#subscriptions.remove(request, pipe, 1);
  }

  /** A request is 1 or 0 and the topic. */
  #subscribe(request: Uint8Array, pipe: Pipe): void {
    pipe.hasSubscribed = true;
    const { manual, verbosity } = this.#host.options;
    if (manual) {
      this.#asked.add(request, pipe, 1);
      this.#show(request, pipe);
    } else if (this.#subscriptions.add(request, pipe, 1) || verbosity !== null) this.#show(request, pipe);
  }

  #cancel(request: Uint8Array, pipe: Pipe): void {
    const { manual, verbosity } = this.#host.options;
    if (manual) {
      this.#asked.remove(request, pipe, 1);
      this.#show(request, pipe);
    } else if (
      this.#subscriptions.remove(request, pipe, 1) !== "others remain" ||
      verbosity === "allSubsUnsubs"
    ) {
      this.#show(request, pipe);
    }
  }

  #show(request: Uint8Array, pipe: Pipe | undefined): void {
    if (this.#showsUpstream) this.#upstream.push({ message: [request], pipe });
  }
}

function cancellation(topic: string): Uint8Array {
  return fromLatin1(`\0${topic}`);
}

function subscribersOf(
  socket: Socket,
  count: number,
  topic: string | Buffer | undefined,
  options: CallOptions | undefined,
): Promise<void> {
  checkCount(count);
  const core = freeCoreOf(socket);
  const pattern = core.pattern as PublisherPattern;
  const prefix = topic === undefined ? undefined : toFrame(checkTopic(topic));
  return until(core, () => pattern.subscribersOf(prefix) >= count, options);
}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface's members are installed below
export class Publisher extends Socket {
  constructor(options?: SocketOptions<Publisher>) {
    super("PUB", (host) => new PublisherPattern(host, false), options);
  }

  /** ZMQ_TOPICS_COUNT: how many different prefixes are subscribed to by all peers. */
  get topicsCount(): number {
    return topicsCountOf(this);
  }

  /**
   * Resolves when at least `count` peers would get a message whose first frame is `topic`; without topic, when so many have
   * subscribed to anything. What is sent before, those peers miss: await this where every message counts.
   * @throws (rejects) ZmqError EBADF or ETERM when the socket or context ends before; the signal's reason
   */
  subscribers(count: number = 1, topic?: string | Buffer, options?: CallOptions): Promise<void> {
    return subscribersOf(this, count, topic, options);
  }
}

export interface Publisher extends Writable, PublisherAccessors {}

makeWritable(Publisher);
installOptions(Publisher, ownOptions("PUB"));

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface's members are installed below
export class XPublisher extends Socket {
  constructor(options?: SocketOptions<XPublisher>) {
    super("XPUB", (host) => new PublisherPattern(host, true), options);
  }

  /** ZMQ_TOPICS_COUNT: how many different prefixes are subscribed to by all peers. */
  get topicsCount(): number {
    return topicsCountOf(this);
  }

  /**
   * Resolves when at least `count` peers would get a message whose first frame is `topic`; without topic, when so many have
   * subscribed to anything. What is sent before, those peers miss: await this where every message counts.
   * @throws (rejects) ZmqError EBADF or ETERM when the socket or context ends before; the signal's reason
   */
  subscribers(count: number = 1, topic?: string | Buffer, options?: CallOptions): Promise<void> {
    return subscribersOf(this, count, topic, options);
  }

  /**
   * ZMQ_SUBSCRIBE with ZMQ_XPUB_MANUAL: gives the subscriber whose message was received last these topics.
   * @throws ZmqError EINVAL without `manual`, ENOTSOCK on a closed socket
   */
  subscribe(...topics: (Buffer | string)[]): void {
    for (const topic of topics) setSubscription(this, topic, true);
  }

  /** ZMQ_UNSUBSCRIBE with ZMQ_XPUB_MANUAL: the opposite. @throws as `subscribe` */
  unsubscribe(...topics: (Buffer | string)[]): void {
    for (const topic of topics) setSubscription(this, topic, false);
  }
}

export interface XPublisher extends Writable, Readable, XPublisherAccessors {}

makeWritable(XPublisher);
makeReadable(XPublisher);
installOptions(XPublisher, ownOptions("XPUB"));
