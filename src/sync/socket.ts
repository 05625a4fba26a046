/** A socket whose calls block, in the shape of pyzmq's. The routing is the async socket's; only the waiting is done here. */
import type { Context as AsyncContext } from "../api/context.ts";
import { coreOf } from "../api/core-of.ts";
import { Dealer } from "../api/dealer.ts";
import { toFrame } from "../api/message.ts";
import { Pair } from "../api/pair.ts";
import { Publisher, XPublisher } from "../api/publisher.ts";
import { Pull } from "../api/pull.ts";
import { Push } from "../api/push.ts";
import { Reply } from "../api/reply.ts";
import { Request } from "../api/request.ts";
import { Router } from "../api/router.ts";
import type { Socket as AsyncSocket } from "../api/socket.ts";
import { Stream } from "../api/stream.ts";
import { Subscriber, XSubscriber } from "../api/subscriber.ts";
import { OPTIONS } from "../core/option-table.ts";
import { optionsOf } from "../core/options.ts";
import type { SocketCore } from "../core/socket-core.ts";
import { SOCKET_TYPES } from "../core/socket-type.ts";
import type { ThreadPart } from "../core/thread-support.ts";
import { toText } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import * as zmq from "./constants.ts";

/** What a part may be made of: text as UTF-8, bytes as they are. */
export type Part = string | Uint8Array | ArrayBuffer | null;

type SocketClass = new (options: { context: AsyncContext }) => AsyncSocket;

const CLASSES: Readonly<Record<number, SocketClass>> = {
  [zmq.PAIR]: Pair,
  [zmq.PUB]: Publisher,
  [zmq.SUB]: Subscriber,
  [zmq.REQ]: Request,
  [zmq.REP]: Reply,
  [zmq.DEALER]: Dealer,
  [zmq.ROUTER]: Router,
  [zmq.PULL]: Pull,
  [zmq.PUSH]: Push,
  [zmq.XPUB]: XPublisher,
  [zmq.XSUB]: XSubscriber,
  [zmq.STREAM]: Stream,
};

export class Socket {
  readonly #socket: AsyncSocket;
  readonly #core: SocketCore;
  readonly #part: ThreadPart;
  readonly #closed: () => void;
  /** Parts of a message that SNDMORE has begun. */
  #outgoing: Uint8Array[] = [];
  /** Parts of the last message that were not asked for yet. */
  #incoming: Uint8Array[] = [];

  /** @internal */
  constructor(context: AsyncContext, part: ThreadPart, type: number, closed: () => void) {
    const Class = CLASSES[type];
    if (Class === undefined) throw new ZmqError("EINVAL", `there is no socket type ${String(type)}`);
    this.#socket = new Class({ context });
    this.#core = coreOf(this.#socket);
    this.#part = part;
    this.#closed = closed;
  }

  /** @internal For `Poller`: whose thread sleeps. */
  get part(): ThreadPart {
    return this.#part;
  }

  get closed(): boolean {
    return this.#core.isClosed;
  }

  // ---- endpoints

  /** `zmq_bind`. Blocks until it listens. @throws ZmqError EADDRINUSE, EINVAL, EACCES … */
  bind(address: string): void {
    this.#core.bindSync(address);
  }

  /** Binds to a free port of an address without one, `tcp://127.0.0.1`, and answers which. @throws as `bind` */
  bindToRandomPort(address: string): number {
    this.bind(`${address}:*`);
    const { lastEndpoint } = this.#core;
    return Number(lastEndpoint?.slice(lastEndpoint.lastIndexOf(":") + 1));
  }

  /** `zmq_unbind` @throws ZmqError ENOENT */
  unbind(address: string): void {
    void this.#core.unbindSync(address);
    this.#part.flush();
  }

  /** `zmq_connect` @throws ZmqError EINVAL, EPROTONOSUPPORT */
  connect(address: string): void {
    this.#core.connect(address);
    this.#part.flush();
  }

  /** `zmq_disconnect` @throws ZmqError ENOENT */
  disconnect(address: string): void {
    this.#core.disconnect(address);
    this.#part.flush();
  }

  // ---- sending

  /**
   * `zmq_send`: one part. With SNDMORE it waits here for the last one, since messages go as a whole. Blocks while no peer
   * has room, at most SNDTIMEO. @throws ZmqError EAGAIN when that is over, or at once with DONTWAIT; EFSM, EHOSTUNREACH
   */
  send(data: Part, flags = 0): void {
    this.#outgoing.push(frameOf(data));
    if ((flags & zmq.SNDMORE) !== 0) return;
    const message = this.#outgoing;
    this.#outgoing = [];
    this.#sendAll(message, flags);
  }

  /** All parts of one message. */
  sendMultipart(parts: readonly Part[], flags = 0): void {
    if (!Array.isArray(parts)) throw new TypeError("sendMultipart takes an array of parts");
    const message = [...this.#outgoing, ...parts.map(frameOf)];
    this.#outgoing = [];
    if ((flags & zmq.SNDMORE) !== 0) this.#outgoing = message;
    else this.#sendAll(message, flags);
  }

  sendString(text: string, flags = 0): void {
    if (typeof text !== "string") throw new TypeError("sendString takes a string; use send for other values");
    this.send(text, flags);
  }

  /** @throws TypeError for what JSON cannot hold */
  sendJson(value: unknown, flags = 0): void {
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) throw new TypeError(`JSON has no form for a ${typeof value}`);
    this.send(text, flags);
  }

  #sendAll(message: Uint8Array[], flags: number): void {
    const core = this.#core;
    // A loop of calls that succeed at once must not go on without hearing of peers and subscriptions.
    if (this.#part.hasNews) this.#part.turn();
    if (core.trySend(message)) {
      this.#part.flush();
      return;
    }
    this.#wait(() => core.trySend(message), flags, core.options.sendTimeout, "send");
    this.#part.flush();
  }

  // ---- receiving

  /**
   * `zmq_recv`: the next part; `rcvmore` then says whether it was the last of its message. Blocks at most RCVTIMEO.
   * @throws ZmqError EAGAIN when that is over, or at once with DONTWAIT; EFSM
   */
  recv(flags = 0): Buffer {
    if (this.#incoming.length === 0) this.#incoming = this.#receive(flags);
    return this.#incoming.shift() as Buffer;
  }

  /** All parts of the next message, or those of the last one that `recv` has left. */
  recvMultipart(flags = 0): Buffer[] {
    const parts = this.#incoming.length > 0 ? this.#incoming : this.#receive(flags);
    this.#incoming = [];
    return parts as Buffer[];
  }

  /** One part, as text. */
  recvString(flags = 0): string {
    return toText(this.recv(flags));
  }

  /** One part, parsed. @throws SyntaxError when it is not JSON */
  recvJson(flags = 0): unknown {
    return JSON.parse(this.recvString(flags));
  }

  /** ZMQ_RCVMORE: the part that `recv` gave was not the last of its message. */
  get rcvmore(): boolean {
    return this.#incoming.length > 0;
  }

  #receive(flags: number): Uint8Array[] {
    const core = this.#core;
    if (this.#part.hasNews) this.#part.turn();
    let message = core.tryReceive();
    if (message !== undefined) return message;
    const attempt = () => {
      message = core.tryReceive();
      return message !== undefined;
    };
    this.#wait(attempt, flags, core.options.receiveTimeout, "receive");
    // A REQ or REP may have answered its peer from inside.
    this.#part.flush();
    return message as unknown as Uint8Array[];
  }

  // ---- waiting

  /** Tries after each ring of the bell. */
  #wait(attempt: () => boolean, flags: number, timeoutMs: number, verb: string): void {
    const part = this.#part;
    const isBounded = timeoutMs >= 0;
    const end = isBounded ? performance.now() + timeoutMs : 0;
    for (;;) {
      const seen = part.turn();
      if (attempt()) return;
      part.flush();
      const left = isBounded ? end - performance.now() : Number.POSITIVE_INFINITY;
      const isNow = (flags & zmq.DONTWAIT) !== 0;
      if (isNow || left <= 0) {
        const why = isNow ? "would have to wait" : "waited as long as its timeout allows";
        throw new ZmqError("EAGAIN", `operation was not possible or timed out: ${verb} ${why}`);
      }
      part.sleep(seen, left);
    }
  }

  /** Waits until one of these is possible, `timeoutMs` at most; -1: for ever. Answers which of `flags` are, or 0. */
  poll(timeoutMs = -1, flags: number = zmq.POLLIN): number {
    let events = 0;
    const end = performance.now() + timeoutMs;
    for (;;) {
      const seen = this.#part.turn();
      events = this.events & flags;
      if (events !== 0) return events;
      const left = timeoutMs < 0 ? Number.POSITIVE_INFINITY : end - performance.now();
      if (left <= 0) return 0;
      this.#part.flush();
      this.#part.sleep(seen, left);
    }
  }

  /** ZMQ_EVENTS, of what is known now: see `poll`. */
  get events(): number {
    const canReceive = this.#incoming.length > 0 || this.#core.isReadable;
    return (canReceive ? zmq.POLLIN : 0) | (this.#core.isWritable ? zmq.POLLOUT : 0);
  }

  // ---- options

  /** `zmq_setsockopt`, by libzmq's numbers. @throws TypeError, ZmqError EINVAL for an option the type does not have */
  setsockopt(option: number, value: Part | number | boolean | bigint): void {
    if (option === zmq.SUBSCRIBE || option === zmq.UNSUBSCRIBE) {
      this.#subscribe(option === zmq.SUBSCRIBE, frameOf(value));
      return;
    }
    const name = zmq.OPTION_NAMES.get(option);
    const { type } = this.#core;
    if (name === undefined || !optionsOf(type).includes(name))
      throw new ZmqError("EINVAL", `a ${type} socket has no option ${String(option)}`);
    const { kind } = OPTIONS[name];
    const number = typeof value === "bigint" ? Number(value) : value;
    if (kind === "bool" && typeof number === "number") this.#core.setOption(name, number !== 0);
    else this.#core.setOption(name, number instanceof ArrayBuffer ? frameOf(number) : number);
  }

  #subscribe(isWanted: boolean, topic: Uint8Array): void {
    const socket = this.#socket;
    if (!(socket instanceof Subscriber))
      throw new ZmqError("EINVAL", `a ${this.#core.type} socket has no subscriptions of its own`);
    if (isWanted) socket.subscribe(topic as Buffer);
    else socket.unsubscribe(topic as Buffer);
    this.#part.flush();
  }

  /** `zmq_getsockopt`. Flags are 0 or 1, as in libzmq. @throws ZmqError EINVAL */
  getsockopt(option: number): number | string | null {
    if (option === zmq.RCVMORE) return Number(this.rcvmore);
    if (option === zmq.EVENTS) {
      this.#part.turn();
      return this.events;
    }
    if (option === zmq.TYPE) return SOCKET_TYPES[this.#core.type].id;
    if (option === zmq.LAST_ENDPOINT) return this.#core.lastEndpoint;
    const name = zmq.OPTION_NAMES.get(option);
    const { type } = this.#core;
    if (name === undefined || !optionsOf(type).includes(name))
      throw new ZmqError("EINVAL", `a ${type} socket has no option ${String(option)}`);
    const value = this.#core.getOption(name);
    return typeof value === "boolean" ? Number(value) : (value as number | string | null);
  }

  /** The same under libzmq's newer names. */
  set(option: number, value: Part | number | boolean | bigint): void {
    this.setsockopt(option, value);
  }
  get(option: number): number | string | null {
    return this.getsockopt(option);
  }

  /** ZMQ_SUBSCRIBE: SUB only. */
  subscribe(topic: Part): void {
    this.setsockopt(zmq.SUBSCRIBE, topic);
  }
  unsubscribe(topic: Part): void {
    this.setsockopt(zmq.UNSUBSCRIBE, topic);
  }

  // ---- the end

  /** `zmq_close`. What was sent goes out within the socket's linger, or the one given (ms). May be called twice. */
  close(linger?: number): void {
    if (!this.#core.isClosed) {
      if (linger !== undefined) this.#core.setOption("linger", linger);
      this.#core.close();
      this.#part.flush();
    }
    this.#closed();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function frameOf(data: unknown): Uint8Array {
  if (typeof data === "string" || data === null || data instanceof ArrayBuffer || ArrayBuffer.isView(data))
    return toFrame(data);
  throw new TypeError("a part is a string, bytes or null; use sendJson for other values");
}
