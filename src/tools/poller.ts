/**
 * `Poller`: waits until one of many sockets or streams can be read or written, in the shape of pyzmq's `Poller`. It takes
 * nothing from them: what is ready is for the caller to receive. libzmq: zmq_poll, zmq_poller_wait_all.
 */
import { coreOf } from "../api/core-of.ts";
import { Socket } from "../api/socket.ts";
import type { CallOptions } from "../api/types.ts";
import { afterTurn } from "../util/defer.ts";
import { ZmqError } from "../util/errors.ts";
import { hold, release } from "../util/keep-alive.ts";

/** ZMQ_POLLIN: a message, or bytes, can be received. */
export const POLLIN = 1;
/** ZMQ_POLLOUT: something can be sent. */
export const POLLOUT = 2;
/** ZMQ_POLLERR: a stream has failed or is over. Told of without being asked for. */
export const POLLERR = 4;

/** What a poller needs of a stream of the runtime: `process.stdin`, a `net.Socket`, … */
export interface PollableStream {
  readonly readableLength?: number;
  readonly readableEnded?: boolean;
  readonly writableNeedDrain?: boolean;
  readonly writable?: boolean;
  readonly destroyed: boolean;
  /** Called with 0, to have the stream look for more, and find its end. */
  read?(size: number): unknown;
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
}

export type Pollable = Socket | PollableStream;

const STREAM_EVENTS = ["readable", "drain", "end", "error", "close"];
const ALL = POLLIN | POLLOUT;
/** What the runtime's timers can do: 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

export class Poller<T extends Pollable = Pollable> {
  readonly #flags = new Map<T, number>();
  /** Of the polls that wait: each watches what is registered now. */
  readonly #polls = new Set<() => void>();

  /**
   * Watches a socket or stream, for `POLLIN`, `POLLOUT` or both; again, to change that; 0: no longer. Polls that wait
   * take note of it.
   *
   * A file descriptor is watched through a stream that reads and writes it, since a runtime can do no other:
   * `new net.Socket({ fd, readable: true })` for a pipe or socket, `new tty.ReadStream(fd)` for a terminal.
   *
   * @throws TypeError for what cannot be watched; ZmqError EINVAL for other flags, ENOTSOCK for a closed socket
   */
  register(item: T, flags: number = ALL): void {
    checkItem(item);
    checkFlags(flags);
    if (flags === 0) this.#flags.delete(item);
    else this.#flags.set(item, flags);
    this.#changed();
  }

  /**
   * zmq_poller_modify. Watches for something else from now on; for 0, nothing until the next change: the item stays
   * registered. @throws ZmqError EINVAL for what was not registered, and for other flags
   */
  modify(item: T, flags: number): void {
    this.#check(item);
    checkFlags(flags);
    this.#flags.set(item, flags);
    this.#changed();
  }

  /** @throws ZmqError EINVAL for what was not registered */
  unregister(item: T): void {
    this.#check(item);
    this.#flags.delete(item);
    this.#changed();
  }

  /** zmq_poller_size: how many are registered. */
  get size(): number {
    return this.#flags.size;
  }

  has(item: T): boolean {
    return this.#flags.has(item);
  }

  /**
   * Waits until something is possible, `timeoutMs` at most (0: not at all, -1: for ever), and answers what is ready and
   * for what: `new Map(await poller.poll())` to look it up. Empty when the time is over. Holds the process.
   * @throws (rejects) ZmqError EINVAL for a timeout that is no number, and for none where nothing is watched; ETERM when
   * a socket's context is shut down; the signal's reason
   */
  async poll(timeoutMs = -1, options?: CallOptions): Promise<[item: T, events: number][]> {
    if (typeof timeoutMs !== "number" || Number.isNaN(timeoutMs))
      throw new ZmqError("EINVAL", `a timeout is a number of milliseconds, not ${String(timeoutMs)}`);
    options?.signal?.throwIfAborted();
    const ready = this.#ready();
    if (ready.length > 0 || timeoutMs === 0) return ready;
    if (timeoutMs < 0 && [...this.#flags.values()].every((flags) => flags === 0))
      throw new ZmqError("EINVAL", "nothing is watched: the poller would wait for ever");
    return this.#wait(timeoutMs, options?.signal);
  }

  #wait(timeoutMs: number, signal: AbortSignal | undefined): Promise<[item: T, events: number][]> {
    const watches = new Map<T, () => void>();
    const stops: (() => void)[] = [];
    hold();
    return new Promise<[item: T, events: number][]>((resolve, reject) => {
      let isPlanned = false;
      const look = () => {
        isPlanned = false;
        try {
          const ready = this.#ready();
          if (ready.length > 0) resolve(ready);
        } catch (error) {
          reject(error);
        }
      };
      // From inside a socket's own work: it is looked at when that is done.
      const changed = () => {
        if (isPlanned) return;
        isPlanned = true;
        afterTurn(look);
      };
      const watchAll = () => {
        for (const [item, stop] of watches) {
          if (this.#flags.has(item)) continue;
          stop();
          watches.delete(item);
        }
        for (const item of this.#flags.keys()) {
          if (!watches.has(item)) watches.set(item, watch(item, changed));
        }
        // A stream may have become readable by being watched.
        changed();
      };
      this.#polls.add(watchAll);
      stops.push(() => this.#polls.delete(watchAll));
      if (timeoutMs > 0 && timeoutMs < Number.POSITIVE_INFINITY) {
        const timer = setTimeout(() => resolve([]), Math.min(timeoutMs, LONGEST_MS));
        stops.push(() => clearTimeout(timer));
      }
      if (signal !== undefined) {
        const onAbort = () => reject(signal.reason);
        signal.addEventListener("abort", onAbort);
        stops.push(() => signal.removeEventListener("abort", onAbort));
      }
      watchAll();
    }).finally(() => {
      release();
      for (const stop of [...stops, ...watches.values()]) stop();
    });
  }

  #changed(): void {
    for (const watchAll of this.#polls) watchAll();
  }

  #ready(): [item: T, events: number][] {
    const ready: [T, number][] = [];
    for (const [item, flags] of this.#flags) {
      if (flags === 0) continue;
      const events = eventsOf(item, flags) & (flags | POLLERR);
      if (events !== 0) ready.push([item, events]);
    }
    return ready;
  }

  #check(item: T): void {
    if (!this.#flags.has(item)) throw new ZmqError("EINVAL", "this is not registered with the poller");
  }
}

function checkItem(item: unknown): void {
  if (item instanceof Socket) {
    if (item.closed) throw new ZmqError("ENOTSOCK", "Socket is closed: there is nothing to wait for");
    return;
  }
  if (typeof item === "number") {
    throw new TypeError(
      "this runtime cannot watch a bare file descriptor; register a stream over it, such as new net.Socket({ fd, readable: true })",
    );
  }
  const stream = item as Partial<PollableStream> | null | undefined;
  if (typeof stream?.on !== "function" || typeof stream.destroyed !== "boolean")
    throw new TypeError("a poller watches sockets and streams");
}

function checkFlags(flags: number): void {
  if (!Number.isInteger(flags) || (flags & ~(ALL | POLLERR)) !== 0)
    throw new ZmqError("EINVAL", `flags must be POLLIN, POLLOUT or both, not ${String(flags)}`);
}

function eventsOf(item: Pollable, flags: number): number {
  if (item instanceof Socket) {
    const core = coreOf(item);
    if (core.isClosed) return POLLERR;
    if (core.isTerminated) throw new ZmqError("ETERM");
    return (core.isReadable ? POLLIN : 0) | (core.isWritable ? POLLOUT : 0);
  }
  // One that has never been read does not look for data by itself, nor one that is empty for its end.
  if ((flags & POLLIN) !== 0 && item.readableLength === 0 && !item.destroyed) item.read?.(0);
  const isOver = item.destroyed || item.readableEnded === true;
  return (
    (isOver ? POLLERR : 0) |
    ((item.readableLength ?? 0) > 0 ? POLLIN : 0) |
    (item.writable === true && item.writableNeedDrain === false ? POLLOUT : 0)
  );
}

/** Calls when the item may have become ready. The answer ends it. */
function watch(item: Pollable, changed: () => void): () => void {
  if (item instanceof Socket) return coreOf(item).watch(changed);
  for (const event of STREAM_EVENTS) item.on(event, changed);
  return () => {
    for (const event of STREAM_EVENTS) item.off(event, changed);
  };
}
