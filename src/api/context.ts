/**
 * `Context`: where sockets live. Holds the inproc names, the options that new sockets start with, and ends them all
 * together. libzmq: ctx.cpp.
 */
import { createTransports, keySource, threads } from "#platform";
import { ThreadOptions } from "#thread-options";
import type { InprocTable } from "../core/inproc-table.ts";
import { checkBool, checkInt, INT_MAX } from "../core/options.ts";
import { type ContextPort, LONG_TO_CLOSE_MS, type SocketCore } from "../core/socket-core.ts";
import type { SharedContext, ThreadPart, ThreadSupport } from "../core/thread-support.ts";
import type { Transport } from "../core/transport.ts";
import { abortable, type CallOptions, holding } from "../core/waiting.ts";
import { provideKeySource } from "../security/key-source.ts";
import { atNaturalEnd } from "../util/at-end.ts";
import { systemClock } from "../util/clock.ts";
import { ZmqError } from "../util/errors.ts";
import { warn } from "../util/warn.ts";
import { getByNumber, setByNumber } from "./context-options.ts";
import type { Options } from "./types.ts";

const SOCKETS_LIMIT = 65_535;
const IO_THREADS_LIMIT = 64;

/** For `api/socket.ts` alone: what it needs of a context's private side. */
export let portOf: (context: Context) => ContextPort & { add(socket: SocketCore): void };
/** For `sync/` alone: makes a new context one whose thread blocks where others wait. */
export let makeBlocking: (context: Context, shared: SharedContext | undefined) => ThreadPart;
/** For `sync/` alone: how many of its sockets are open or linger. */
export let socketsOf: (context: Context) => ReadonlySet<SocketCore>;
export let defaultsOf: (context: Context) => { ipv6: boolean; blocky: boolean };
/** @throws ZmqError EMFILE when the context has as many sockets as it may. */
export let admit: (context: Context) => void;

export class Context {
  readonly #port: ContextState = new ContextState();
  readonly #threadOptions = new ThreadOptions();
  #ioThreads = 0;
  #maxSockets = 1023;
  #maxMessageSize: number = INT_MAX;
  #ipv6 = false;
  #blocky = true;

  constructor(options?: Options<Context>) {
    if (options !== undefined && (typeof options !== "object" || options === null)) {
      throw new TypeError("Options must be an object");
    }
    Object.seal(this);
    if (options !== undefined) Object.assign(this, options);
  }

  static {
    portOf = (context) => context.#port;
    defaultsOf = (context) => ({ ipv6: context.#ipv6, blocky: context.#blocky });
    makeBlocking = (context, shared) => context.#port.block(shared);
    socketsOf = (context) => context.#port.sockets;
    admit = (context) => {
      const { sockets } = context.#port;
      if (sockets.size >= context.#maxSockets) throw new ZmqError("EMFILE");
    };
  }

  /**
   * ZMQ_IO_THREADS. Background threads for I/O, 0 to 64; default 0: I/O runs in the thread that owns the socket. With
   * more, connections, encryption and heartbeats go on while the program computes. Takes effect on endpoints opened from
   * then on. Unlike libzmq's, whose default is 1. @throws ZmqError ENOTSUP where the runtime has no such threads
   */
  get ioThreads(): number {
    return this.#ioThreads;
  }
  set ioThreads(value: number) {
    const count = checkInt("ioThreads", value, 0, IO_THREADS_LIMIT);
    if (count !== this.#ioThreads) this.#port.setIoThreads(count);
    this.#ioThreads = count;
  }

  /** ZMQ_MAX_SOCKETS. How many sockets may be open at once, 1 to 65535; default 1023. More: EMFILE. */
  get maxSockets(): number {
    return this.#maxSockets;
  }
  set maxSockets(value: number) {
    this.#maxSockets = checkInt("maxSockets", value, 1, SOCKETS_LIMIT);
  }

  /** ZMQ_SOCKET_LIMIT. The most that `maxSockets` can be. */
  get maxSocketsLimit(): number {
    return SOCKETS_LIMIT;
  }

  /** ZMQ_MAX_MSGSZ. Stored; not enforced, as in libzmq. Use the sockets' `maxMessageSize`. */
  get maxMessageSize(): number {
    return this.#maxMessageSize;
  }
  set maxMessageSize(value: number) {
    this.#maxMessageSize = checkInt("maxMessageSize", value, 0);
  }

  /** ZMQ_IPV6. What `ipv6` of new sockets starts with; default false. */
  get ipv6(): boolean {
    return this.#ipv6;
  }
  set ipv6(value: boolean) {
    this.#ipv6 = checkBool("ipv6", value);
  }

  /** ZMQ_BLOCKY. False: `linger` of new sockets starts with 0, so that nothing waits at the end; default true. */
  get blocky(): boolean {
    return this.#blocky;
  }
  set blocky(value: boolean) {
    this.#blocky = checkBool("blocky", value);
  }

  /** ZMQ_THREAD_PRIORITY. Has no meaning here: threads of a JavaScript runtime have no priority. Reads undefined. */
  get threadPriority(): number {
    return undefined as unknown as number;
  }
  set threadPriority(value: number) {
    this.#threadOptions.set("threadPriority", value);
  }

  /** ZMQ_THREAD_SCHED_POLICY. Has no meaning here. Reads undefined; by number what was set. */
  get threadSchedulingPolicy(): number {
    return undefined as unknown as number;
  }
  set threadSchedulingPolicy(value: number) {
    this.#threadOptions.set("threadSchedulingPolicy", value);
  }

  /** ZMQ_THREAD_NAME_PREFIX. Stored: threads of this runtime cannot be named. A text of up to 16 bytes, or null. */
  get threadNamePrefix(): string | null {
    const value = this.#threadOptions.values.threadNamePrefix;
    return value === null ? null : String(value);
  }
  set threadNamePrefix(value: string | null) {
    this.#threadOptions.set("threadNamePrefix", value);
  }

  /** ZMQ_ZERO_COPY_RECV. Stored: a received frame is a view where that costs least. Default true. */
  get zeroCopyReceive(): boolean {
    return this.#threadOptions.values.zeroCopyReceive;
  }
  set zeroCopyReceive(value: boolean) {
    this.#threadOptions.set("zeroCopyReceive", value);
  }

  /**
   * `zmq_ctx_get`, by libzmq's number; `constants` has the names. Booleans as 0 and 1.
   * @throws ZmqError EINVAL for a number that a context has no option of
   */
  getOption(option: number): number | string | null {
    return getByNumber(this, this.#threadOptions, option);
  }

  /**
   * `zmq_ctx_set`, by libzmq's number. Booleans also as 0 and 1.
   * @throws TypeError for a value of the wrong type; ZmqError EINVAL out of range, and for an unknown number
   */
  setOption(option: number, value: number | boolean | string | null): void {
    setByNumber(this, this.#threadOptions, option, value);
  }

  /**
   * Shares the inproc names of this context with other threads. Give the answer to a worker, in `workerData` or a
   * message, and call `Context.from` there: sockets of both contexts then find each other by `inproc://`.
   *
   * A thread that starts workers which take part must have loaded this library, so that it can tell the others when one
   * of them is terminated. @throws ZmqError ENOTSUP where the runtime has no threads that share memory
   */
  share(): SharedContext {
    return this.#port.share();
  }

  /** A context that shares its inproc names with the one whose `share` gave `shared`. @throws TypeError, ZmqError ENOTSUP */
  static from(shared: SharedContext, options?: Options<Context>): Context {
    const context = new Context(options);
    context.#port.join(shared);
    return context;
  }

  /** True once `shutdown`, `terminate` or `destroy` was called. */
  get closed(): boolean {
    return !this.#port.isRunning;
  }

  /** `zmq_ctx_shutdown`: every waiting and later call on the sockets ends with ETERM. They must still be closed. */
  shutdown(): void {
    this.#port.shutdown();
  }

  /**
   * `zmq_ctx_term`: `shutdown`, then wait until every socket is closed and what lingers is sent or its linger time is
   * over. Does not close sockets: see `destroy`.
   */
  async terminate(options?: CallOptions): Promise<void> {
    this.#port.shutdown();
    await abortable(this.#port.empty(), options);
  }

  /** Closes every socket, each with its own linger or the one given (ms), then terminates. pyzmq's `destroy`. */
  async destroy(linger?: number): Promise<void> {
    for (const socket of [...this.#port.sockets]) {
      if (linger !== undefined && !socket.isClosed) socket.setOption("linger", linger);
      socket.close();
    }
    await this.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.destroy();
  }

  protected getBoolOption(option: number): boolean {
    return Boolean(this.getOption(option));
  }
  protected setBoolOption(option: number, value: boolean): void {
    this.setOption(option, value);
  }
  protected getInt32Option(option: number): number {
    return Number(this.getOption(option));
  }
  protected setInt32Option(option: number, value: number): void {
    this.setOption(option, value);
  }
}

/** What sockets see of their context, out of users' sight. */
class ContextState implements ContextPort {
  /** For the list of contexts in use, which must not keep a forgotten one alive. */
  readonly ref: WeakRef<ContextState> = new WeakRef(this);
  readonly transports: Map<string, Transport> = new Map(createTransports());
  readonly sockets = new Set<SocketCore>();
  isRunning = true;
  #threadPart: ThreadPart | undefined;
  #waiters: (() => void)[] = [];

  shutdown(): void {
    if (!this.isRunning) return;
    this.isRunning = false;
    for (const socket of [...this.sockets]) socket.shutdown();
    if (this.sockets.size === 0) this.#threadPart?.leave();
  }

  share(): SharedContext {
    this.#threadPart ??= threadSupport().share(this.#inproc, false);
    return this.#threadPart.shared;
  }

  setIoThreads(count: number): void {
    if (count > 0) this.share();
    for (const [scheme, transport] of createTransports()) {
      if (transport.kind !== "stream") continue;
      this.transports.set(scheme, count > 0 ? this.#threadPart!.inBackground(transport, count) : transport);
    }
  }

  block(shared: SharedContext | undefined): ThreadPart {
    const threads = threadSupport();
    this.#threadPart =
      shared === undefined ? threads.share(this.#inproc, true) : threads.join(shared, this.#inproc, true);
    return this.#threadPart;
  }

  join(shared: SharedContext): void {
    this.#threadPart = threadSupport().join(shared, this.#inproc, false);
  }

  get #inproc(): InprocTable {
    return this.transports.get("inproc") as unknown as InprocTable;
  }

  socketEnded(socket: SocketCore): void {
    this.sockets.delete(socket);
    if (this.sockets.size > 0) return;
    inUse.delete(this.ref);
    if (!this.isRunning) this.#threadPart?.leave();
    for (const done of this.#waiters.splice(0)) done();
  }

  endNaturally(): void {
    closeUnsent(this.sockets);
    this.#threadPart?.holdUnsent();
  }

  /** Resolves when no socket is left; holds the process meanwhile. */
  async empty(): Promise<void> {
    if (this.sockets.size === 0) return;
    const warning = systemClock.after(LONG_TO_CLOSE_MS, async () => {
      const { ofWaiting } = await import("../core/lingering.ts");
      if (this.sockets.size > 0) warn("ZMQ_TERMINATING", ofWaiting(this.sockets));
    });
    await holding(new Promise<void>((resolve) => this.#waiters.push(resolve)));
    warning.cancel();
  }

  add(socket: SocketCore): void {
    this.sockets.add(socket);
    watch(this);
  }
}

function threadSupport(): ThreadSupport {
  if (threads !== undefined) return threads;
  throw new ZmqError(
    "ENOTSUP",
    'contexts cannot be shared here: in a page import "zmq-ts/workers" first; other runtimes need threads',
  );
}

/** Contexts with sockets, held weakly: one that is forgotten with its sockets may go. */
const inUse = new Set<WeakRef<ContextState>>();
let isWatching = false;

function watch(state: ContextState): void {
  inUse.add(state.ref);
  if (isWatching) return;
  isWatching = true;
  atNaturalEnd(() => {
    for (const ref of [...inUse]) ref.deref()?.endNaturally();
  });
}

/** A program that ends with messages unsent waits for them as if it had closed their sockets, as with `zeromq`. */
function closeUnsent(sockets: Iterable<SocketCore>): void {
  for (const socket of [...sockets]) {
    if (!socket.isClosed && socket.options.linger !== 0 && socket.unsent.length > 0) socket.close();
  }
}

provideKeySource(keySource);

/** The context of sockets that are given none. */
export const context: Context = new Context();
