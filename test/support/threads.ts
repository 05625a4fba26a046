/** Functions that run in a worker thread with a context shared with the test. */
import type { TestContext } from "node:test";
import { Worker } from "node:worker_threads";
import type * as Zmq from "zmq-ts";
import { Context, type SharedContext } from "zmq-ts";
import type * as Draft from "zmq-ts/draft";

export type ThreadContext = Zmq.Context;
export type Library = typeof Zmq & typeof Draft;

export interface Thread<R> {
  readonly worker: Worker;
  /** What the function answered; rejects when it threw. */
  readonly result: Promise<R>;
  /** What it passed to `say`, in order. */
  said(): Promise<unknown>;
  readonly ended: Promise<void>;
}

interface Told {
  said?: unknown;
  result?: unknown;
  failed?: string;
}

/**
 * Runs `body` in a thread of its own. It is sent as text: it sees its arguments and nothing around it. The thread lives
 * until the function has answered and nothing holds it; it is terminated at the end of the test.
 */
export function inThread<D, R>(
  t: TestContext,
  shared: SharedContext,
  body: (zmq: Library, context: ThreadContext, data: D, say: (what: unknown) => void) => Promise<R> | R,
  data?: D,
): Thread<R> {
  const code = `
    const { parentPort, workerData } = require("node:worker_threads");
    (async () => {
      const [stable, draft] = await Promise.all(workerData.libraries.map((library) => import(library)));
      const zmq = { ...stable, ...draft };
      const context = zmq.Context.from(workerData.shared);
      const body = ${body.toString()};
      return body(zmq, context, workerData.data, (said) => parentPort.postMessage({ said }));
    })().then(
      (result) => parentPort.postMessage({ result }),
      (error) => parentPort.postMessage({ failed: String(error && error.stack) }),
    );`;
  const worker = new Worker(code, {
    eval: true,
    workerData: {
      shared,
      data,
      libraries: ["zmq-ts", "zmq-ts/draft"].map((name) => import.meta.resolve(name)),
    },
  });
  t.after(() => worker.terminate());
  const queue: unknown[] = [];
  const listeners: ((what: unknown) => void)[] = [];
  const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const result = new Promise<R>((resolve, reject) => {
    worker.on("message", (told: Told) => {
      if ("said" in told) {
        const listener = listeners.shift();
        if (listener === undefined) queue.push(told.said);
        else listener(told.said);
      } else if ("failed" in told) reject(new Error(`in the thread: ${told.failed}`));
      else resolve(told.result as R);
    });
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the thread ended without an answer")));
  });
  result.catch(() => {});
  return {
    worker,
    result,
    ended,
    said: () => {
      if (queue.length > 0) return Promise.resolve(queue.shift());
      return Promise.race([new Promise((resolve) => listeners.push(resolve)), result]);
    },
  };
}

/** A context for one test, destroyed at its end. */
export function sharedContext(t: TestContext): { context: Context; shared: SharedContext } {
  const context = new Context();
  t.after(() => context.destroy(0));
  return { context, shared: context.share() };
}
