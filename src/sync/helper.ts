/**
 * Work that cannot block, done in a thread of its own while this one sleeps: an authenticator, which answers while its
 * program waits in `recv`, and reading and writing certificates.
 *
 *   this thread:    post the call ─► sleep until ANSWERED moves ─► take the answer
 *   the helper:     await the call ─► post the answer ─► ANSWERED + 1 ─► notify
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { SharedContext } from "../core/thread-support.ts";
import { fromPlainError, type PlainError } from "./helper-messages.ts";

export interface HelperData {
  readonly port: MessagePort;
  /** One word: how many calls have been answered. */
  readonly answered: SharedArrayBuffer;
  /** The context that the authenticator is for. */
  readonly shared: SharedContext | undefined;
}

export interface Call {
  readonly method: string;
  readonly arguments: readonly unknown[];
}

export type Told =
  | { readonly result: unknown }
  | { readonly error: PlainError }
  | { readonly event: unknown };

/** Beside this file, in the language of this file. */
const PROGRAM = new URL(
  import.meta.url.endsWith(".ts") ? "helper-thread.ts" : "helper-thread.js",
  import.meta.url,
);

export class Helper {
  readonly #port: MessagePort;
  readonly #answered = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;
  /** What it told besides, in order. */
  readonly events: unknown[] = [];

  constructor(shared?: SharedContext) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const data: HelperData = { port: port2, answered: this.#answered.buffer as SharedArrayBuffer, shared };
    this.#worker = new Worker(PROGRAM, {
      workerData: data,
      transferList: [port2],
      execArgv: [],
      name: "zmq-ts helper",
    } as object);
    this.#worker.unref();
    port1.unref();
  }

  /** Blocks until the call is answered. @throws what the call throws */
  call(method: string, ...args: unknown[]): unknown {
    const before = Atomics.load(this.#answered, 0);
    const call: Call = { method, arguments: args };
    this.#port.postMessage(call);
    for (;;) {
      const told = this.#next();
      if (told === undefined) Atomics.wait(this.#answered, 0, before);
      else if ("result" in told) return told.result;
      else if ("error" in told) throw fromPlainError(told.error);
    }
  }

  /** Takes note of events that have come. */
  listen(): void {
    while (this.#next() !== undefined);
  }

  #next(): Told | undefined {
    const told = receiveMessageOnPort(this.#port)?.message as Told | undefined;
    if (told !== undefined && "event" in told) this.events.push(told.event);
    return told;
  }

  stop(): void {
    void this.#worker.terminate();
  }
}

let common: Helper | undefined;

/** For calls that have nothing to do with a context. */
export function helper(): Helper {
  common ??= new Helper();
  return common;
}
