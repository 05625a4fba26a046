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
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
}

export type Pollable = Socket | PollableStream;

const STREAM_EVENTS = ["readable", "drain", "end", "error", "close"];
const ALL = POLLIN | POLLOUT;

export class Poller<T extends Pollable = Pollable> {
  readonly #flags = new Map<T, number>();

  /**
   * Watches a socket or stream, for `POLLIN`, `POLLOUT` or both; again, to change that; 0: no longer.
   * @throws TypeError for what cannot be watched, a file descriptor for one; ZmqError EINVAL for other flags
   */
  register(item: T, flags: number = ALL): void {
    if (typeof item === "number") {
      throw new TypeError(
        "this runtime cannot watch a bare file descriptor; wrap it, as new net.Socket({ fd })",
      );
    }
    if (!(item instanceof Socket) && typeof (item as PollableStream | undefined)?.on !== "function")
      throw new TypeError("a poller watches sockets and streams");
    if (!Number.isInteger(flags) || (flags & ~(ALL | POLLERR)) !== 0)
      throw new ZmqError("EINVAL", `flags must be POLLIN, POLLOUT or both, not ${flags}`);
    if (flags === 0) this.#flags.delete(item);
    else this.#flags.set(item, flags);
  }

  /** @throws ZmqError EINVAL for what was not registered */
  modify(item: T, flags: number): void {
    this.#check(item);
    this.register(item, flags);
  }

  /** @throws ZmqError EINVAL for what was not registered */
  unregister(item: T): void {
    this.#check(item);
    this.#flags.delete(item);
  }

  has(item: T): boolean {
    return this.#flags.has(item);
  }

  /**
   * Waits until something is possible, `timeoutMs` at most (0: not at all, -1: for ever), and answers what is ready and
   * for what: `new Map(await poller.poll())` to look it up. Empty when the time is over.
   * @throws (rejects) ZmqError EINVAL when nothing is registered and no timeout is given; the signal's reason
   */
  async poll(timeoutMs = -1, options?: CallOptions): Promise<[item: T, events: number][]> {
    options?.signal?.throwIfAborted();
    const ready = this.#ready();
    if (ready.length > 0 || timeoutMs === 0) return ready;
    if (this.#flags.size === 0 && timeoutMs < 0)
      throw new ZmqError("EINVAL", "nothing is registered: the poller would wait for ever");
    return this.#wait(timeoutMs, options?.signal);
  }

  #wait(timeoutMs: number, signal: AbortSignal | undefined): Promise<[item: T, events: number][]> {
    const stops: (() => void)[] = [];
    hold();
    return new Promise<[item: T, events: number][]>((resolve, reject) => {
      let isPlanned = false;
      const look = () => {
        isPlanned = false;
        const ready = this.#ready();
        if (ready.length > 0) resolve(ready);
      };
      // From inside a socket's own work: it is looked at when that is done.
      const changed = () => {
        if (isPlanned) return;
        isPlanned = true;
        afterTurn(look);
      };
      for (const item of this.#flags.keys()) stops.push(watch(item, changed));
      if (timeoutMs > 0) {
        const timer = setTimeout(() => resolve([]), timeoutMs);
        stops.push(() => clearTimeout(timer));
      }
      if (signal !== undefined) {
        const onAbort = () => reject(signal.reason);
        signal.addEventListener("abort", onAbort);
        stops.push(() => signal.removeEventListener("abort", onAbort));
      }
      // A stream may have become readable by being watched.
      changed();
    }).finally(() => {
      release();
      for (const stop of stops) stop();
    });
  }

  #ready(): [item: T, events: number][] {
    const ready: [T, number][] = [];
    for (const [item, flags] of this.#flags) {
      const events = eventsOf(item) & (flags | POLLERR);
      if (events !== 0) ready.push([item, events]);
    }
    return ready;
  }

  #check(item: T): void {
    if (!this.#flags.has(item)) throw new ZmqError("EINVAL", "this is not registered with the poller");
  }
}

function eventsOf(item: Pollable): number {
  if (item instanceof Socket) {
    const core = coreOf(item);
    if (core.isClosed) return POLLERR;
    return (core.isReadable ? POLLIN : 0) | (core.isWritable ? POLLOUT : 0);
  }
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
