/**
 * The work of a proxy: passes messages between two sockets, both ways, until it is told to stop. Knows the sockets'
 * cores; what users hold is in `proxy.ts`, what comes over a control socket is read by `relay-control.ts`.
 * libzmq: proxy.cpp.
 *
 *   front ──► read only while the far side has room ──► back          capture gets a copy of every message
 *   front ◄── read only while the far side has room ◄── back
 *
 * Driven by the sockets' changes, without a promise a message: each look passes a burst each way.
 */
import type { Message } from "../core/pattern.ts";
import type { SocketCore } from "../core/socket-core.ts";
import { afterTurn, nextTurn } from "../util/defer.ts";
import { ZmqError } from "../util/errors.ts";
import { hold, release } from "../util/keep-alive.ts";

/** Messages of one side before the other, and then the event loop, has its turn. libzmq: config.hpp proxy_burst_size. */
const BURST = 1000;

/** What has gone one way through one socket. */
export interface ProxyTraffic {
  messages: number;
  /** Of all messages: what libzmq's statistics count as messages. */
  parts: number;
  bytes: number;
}

export interface ProxySide {
  /** Taken from the socket. */
  received: ProxyTraffic;
  /** Taken by the socket, for whoever is behind it. */
  sent: ProxyTraffic;
}

/** ZMQ_STATISTICS of `zmq_proxy_steerable`: since the proxy began. */
export interface ProxyStatistics {
  frontend: ProxySide;
  backend: ProxySide;
}

/** What comes over a control socket, and the answers. */
export interface Controller {
  /** Obeys what is at hand. */
  obey(relay: Relay): void;
}

export interface RelayParts {
  front: SocketCore;
  back: SocketCore;
  capture?: SocketCore | undefined;
  control?: SocketCore | undefined;
  controller?: Controller | undefined;
}

/** One direction. */
class Way {
  readonly from: SocketCore;
  readonly to: SocketCore;
  readonly received: ProxyTraffic = { messages: 0, parts: 0, bytes: 0 };
  readonly sent: ProxyTraffic = { messages: 0, parts: 0, bytes: 0 };
  /** A DISH gives `[body, { group }]`, and a RADIO takes `[group, body]`. */
  readonly isGrouped: boolean;
  /** A message that was read waits in a socket whose room only a message can tell: an XPUB with `noDrop`. */
  isBlocked = false;

  constructor(from: SocketCore, to: SocketCore) {
    this.from = from;
    this.to = to;
    this.isGrouped = from.type === "DISH";
  }

  partsOf(message: Message): number {
    return this.isGrouped ? 1 : message.length;
  }

  sizeOf(message: Message): number {
    let size = 0;
    for (let i = this.partsOf(message) - 1; i >= 0; i--) size += message[i]!.length;
    return size;
  }
}

export class Relay {
  readonly #capture: SocketCore | undefined;
  readonly #controller: Controller | undefined;
  /** All sockets, each once. */
  readonly #sockets: readonly SocketCore[];
  readonly #there: Way;
  /** Undefined where one socket is both ends. */
  readonly #return: Way | undefined;
  /** What is to be done at the end. */
  readonly #stops: (() => void)[] = [];
  #resolve!: () => void;
  #reject!: (error: unknown) => void;
  #isPaused = false;
  #isPlanned = false;
  #isOver = false;
  /** Resolves when the relay was terminated or one of its sockets closed; rejects with what went wrong. */
  readonly ended: Promise<void>;

  /** Begins at once, and has the sockets for itself until the end. @throws ZmqError EBUSY for one with another proxy */
  constructor({ front, back, capture, control, controller }: RelayParts) {
    this.#capture = capture;
    this.#controller = controller;
    this.#there = new Way(front, back);
    this.#return = front === back ? undefined : new Way(back, front);
    this.#sockets = [...new Set([front, back, capture, control])].filter((core) => core !== undefined);
    if (this.#sockets.some((core) => core.isHeld))
      throw new ZmqError("EBUSY", "another proxy runs on one of the sockets");
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    hold();
    const changed = () => this.look();
    for (const core of this.#sockets) {
      core.isHeld = true;
      this.#stops.push(core.watch(changed));
    }
    changed();
  }

  /** Called at the end, before `ended` settles. */
  atEnd(run: () => void): void {
    this.#stops.push(run);
  }

  /** Looks after this turn's jobs what can pass. */
  look(): void {
    this.#plan(afterTurn);
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Nothing is read any more until `resume`. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.look();
  }

  /** Ends at once. May be called twice. */
  terminate(): void {
    if (this.#end()) this.#resolve();
  }

  /** Ends with an error. */
  fail(error: unknown): void {
    if (this.#end()) this.#reject(error);
  }

  statistics(): ProxyStatistics {
    const there = this.#there;
    const back = this.#return;
    const none = { messages: 0, parts: 0, bytes: 0 };
    return {
      frontend: { received: { ...there.received }, sent: { ...(back?.sent ?? none) } },
      backend: { received: { ...(back?.received ?? none) }, sent: { ...there.sent } },
    };
  }

  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    for (const core of this.#sockets) core.isHeld = false;
    for (const stop of this.#stops) stop();
    release();
    return true;
  }

  #plan(later: (run: () => void) => void): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    later(this.#onLook);
  }

  readonly #onLook = (): void => {
    this.#isPlanned = false;
    for (const core of this.#sockets) {
      if (core.isClosed) this.terminate();
      else if (core.isTerminated) this.fail(new ZmqError("ETERM"));
    }
    if (this.#isOver) return;
    try {
      this.#controller?.obey(this);
      let hasMore = this.#forward(this.#there);
      if (this.#return !== undefined && this.#forward(this.#return)) hasMore = true;
      // Not in this turn: others want to be served too, and the sockets' own I/O among them.
      if (hasMore) this.#plan(nextTurn);
    } catch (error) {
      this.fail(error);
    }
  };

  /** Passes a burst. True: there may be more. */
  #forward(way: Way): boolean {
    const { from, to, received, sent } = way;
    const capture = this.#capture;
    for (let i = 0; i < BURST; i++) {
      if (this.#isPaused || this.#isOver || way.isBlocked || !from.isReadable) return false;
      // One socket as both ends answers for what it has read: a REP can send only then.
      if (to !== from && !to.isWritable) return false;
      if (capture !== undefined && !capture.isWritable) return false;
      const message = from.tryReceive();
      if (message === undefined) return false;
      const parts = way.partsOf(message);
      const bytes = way.sizeOf(message);
      count(received, parts, bytes);
      if (capture === undefined && !way.isGrouped && to.trySend(message)) count(sent, parts, bytes);
      else this.#pass(way, message, parts, bytes);
    }
    return true;
  }

  /**
   * With a copy for the capture socket, and waiting where it must: the message then is among the sends that wait in its
   * socket, and stays there whatever becomes of the relay.
   */
  #pass(way: Way, message: Message, parts: number, bytes: number): void {
    const { to, sent } = way;
    const capture = this.#capture;
    const waits: Promise<void>[] = [];
    if (capture !== undefined) {
      // An array of its own; the parts are shared.
      const copy = message.slice(0, parts);
      if (!capture.trySend(copy)) waits.push(capture.send(copy));
    }
    const outgoing = way.isGrouped ? grouped(message) : message;
    if (to.trySend(outgoing)) count(sent, parts, bytes);
    else waits.push(to.send(outgoing).then(() => count(sent, parts, bytes)));
    if (waits.length === 0) return;
    way.isBlocked = true;
    Promise.all(waits).then(
      () => {
        way.isBlocked = false;
        this.look();
      },
      (error: unknown) => {
        // What waited in a socket that was closed is dropped with it.
        if (this.#sockets.some((core) => core.isClosed)) this.terminate();
        else this.fail(error);
      },
    );
  }
}

function count(traffic: ProxyTraffic, parts: number, bytes: number): void {
  traffic.messages++;
  traffic.parts += parts;
  traffic.bytes += bytes;
}

function grouped([body, about]: Message): Message {
  return [(about as unknown as { group: Uint8Array }).group, body!];
}
