/** The context of sockets whose calls block. I/O runs in background threads, since this one sleeps. */
import { Context as AsyncContext, makeBlocking, socketsOf } from "../api/context.ts";
import type { SharedContext, ThreadPart } from "../core/thread-support.ts";
import { atNaturalEnd } from "../util/at-end.ts";
import { ZmqError } from "../util/errors.ts";
import { Socket } from "./socket.ts";

/** Contexts with sockets, for the end of the program. */
const open = new Set<Context>();
let isWatching = false;

export class Context {
  readonly #context: AsyncContext;
  readonly #part: ThreadPart;
  readonly #sockets = new Set<Socket>();

  /**
   * `ioThreads`, ZMQ_IO_THREADS: background threads for I/O, 1 to 64. `shared`: see `from`.
   * @throws ZmqError EINVAL, ENOTSUP
   */
  constructor(ioThreads = 1, shared?: SharedContext) {
    if (ioThreads === 0)
      throw new ZmqError("EINVAL", "a thread that blocks needs at least one I/O thread beside it");
    this.#context = new AsyncContext();
    this.#part = makeBlocking(this.#context, shared);
    this.#context.ioThreads = ioThreads;
  }

  /** A context that shares its inproc names with the one whose `share` gave `shared`. @throws TypeError, ZmqError */
  static from(shared: SharedContext, ioThreads = 1): Context {
    return new Context(ioThreads, shared);
  }

  /** Shares the inproc names of this context with other threads: see `Context.share` of the main entry. */
  share(): SharedContext {
    return this.#part.shared;
  }

  /** `zmq_socket`. @throws ZmqError EINVAL for an unknown type, EMFILE, ETERM */
  socket(type: number): Socket {
    const socket = new Socket(this.#context, this.#part, type, () => this.#sockets.delete(socket));
    this.#sockets.add(socket);
    open.add(this);
    watch();
    return socket;
  }

  get closed(): boolean {
    return this.#context.closed;
  }

  /**
   * `zmq_ctx_term`: blocks until what the sockets have sent is delivered or their linger time is over. They must be
   * closed before. @throws ZmqError EBUSY when some are open: nobody could close them while this blocks
   */
  term(): void {
    if (this.#sockets.size > 0)
      throw new ZmqError(
        "EBUSY",
        `${this.#sockets.size} sockets are open: close them before term(), or use destroy()`,
      );
    this.#context.shutdown();
    const sockets = socketsOf(this.#context);
    for (;;) {
      const seen = this.#part.turn();
      if (sockets.size === 0 && this.#part.isIdle) break;
      this.#part.flush();
      this.#part.sleep(seen, Number.POSITIVE_INFINITY);
    }
    this.#part.leave();
    open.delete(this);
  }

  /** Closes all sockets, each with its own linger or the one given (ms), then terminates. */
  destroy(linger?: number): void {
    for (const socket of [...this.#sockets]) socket.close(linger);
    this.term();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }
}

/** As `zeromq` and the main entry do: a program that ends by itself delivers what it has sent, unless linger says no. */
function watch(): void {
  if (isWatching) return;
  isWatching = true;
  atNaturalEnd(() => {
    for (const context of [...open]) context.destroy();
  });
}
