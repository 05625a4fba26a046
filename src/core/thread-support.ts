/** What a context needs of the runtime's threads. `threads/` implements it, `platform/` hands it out where there are any. */
import type { InprocTable } from "./inproc-table.ts";
import type { RemoteTransport, StreamTransport } from "./transport.ts";

/** What one thread gives another so that both have the same inproc names. Plain data: may go into any message. */
export interface SharedContext {
  readonly format: "zmq-ts context 1";
  readonly memory: SharedArrayBuffer;
}

/** A context's part in what it shares. */
export interface ThreadPart {
  readonly shared: SharedContext;
  /** The same transport with its endpoints in background threads, at most so many. */
  inBackground(transport: StreamTransport, ioThreads: number): RemoteTransport;
  /** For a thread that blocks: deals with all that has come. Answers what `sleep` takes. */
  turn(): number;
  /** Something has come since the last `turn`. */
  readonly hasNews: boolean;
  /** Shows others what was written. */
  flush(): void;
  /** Blocks the thread until something comes, at most so long. False: the time is over. */
  sleep(seen: number, timeoutMs: number): boolean;
  /** Nothing is on its way to or from another thread. */
  readonly isIdle: boolean;
  /** The program is about to end by itself: holds it while something is on its way to another thread. */
  holdUnsent(): void;
  /** The context ends: leaves when what its sockets have sent is through. */
  leave(): void;
}

export interface ThreadSupport {
  /** Makes the names of this table known to other threads. `isBlocking`: see `ThreadPart.turn`. */
  share(table: InprocTable, isBlocking: boolean): ThreadPart;
  /** Takes part in what another thread shares. @throws TypeError, ZmqError when it is not what `share` gave */
  join(shared: unknown, table: InprocTable, isBlocking: boolean): ThreadPart;
}
