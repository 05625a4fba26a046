/** Threads that block, for `zmq-ts/sync`: the test's own must not. */
import type { TestContext } from "node:test";
import { Worker } from "node:worker_threads";
import type * as Sync from "zmq-ts/sync";
import { soon } from "./sockets.ts";

/** Runs a function that blocks, in a thread; sent as text. There, `attempt(run)` is the code of what `run` throws. */
export function blocking<D, R>(t: TestContext, body: (zmq: typeof Sync, data: D) => R, data?: D): Promise<R> {
  const code = `
    const { parentPort, workerData } = require("node:worker_threads");
    import(workerData.library).then((zmq) => {
      const attempt = (run) => { try { run(); return "nothing thrown"; } catch (error) { return error.code ?? error.name; } };
      globalThis.attempt = attempt;
      return (${body.toString()})(zmq, workerData.data);
    }).then(
      (result) => parentPort.postMessage({ result }),
      (error) => parentPort.postMessage({ failed: String(error && error.stack) }),
    );`;
  const worker = new Worker(code, {
    eval: true,
    workerData: { data, library: import.meta.resolve("zmq-ts/sync") },
  });
  t.after(() => worker.terminate());
  return soon(
    new Promise<R>((resolve, reject) => {
      worker.once("error", reject);
      worker.once("message", (told: { result: R; failed?: string }) => {
        if (told.failed === undefined) resolve(told.result);
        else reject(new Error(told.failed));
      });
    }),
    "the thread",
  );
}
