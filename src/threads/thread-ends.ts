/**
 * Notices that threads end, so that those they were connected to are told. A thread that ends by itself says so; one that
 * is terminated cannot, so the thread that started it does. Hence rule: who starts a worker that takes part in a shared
 * context has loaded this library too.
 */
import { threadId } from "node:worker_threads";
import { leaveAll, threadEnded } from "./membership.ts";

/** 0 is no thread of ours. */
export const ownThread: number = threadId + 1;

interface Started {
  readonly threadId: number;
  once(event: "exit", listener: () => void): void;
}

let isWatching = false;

/** From now on, of all workers that are started. May be called twice. */
export function watchThreads(): void {
  if (isWatching) return;
  isWatching = true;
  process.on("exit", leaveAll);
  process.on("worker", (worker: Started) => {
    // Its id is -1 when it has ended.
    const id = worker.threadId + 1;
    worker.once("exit", () => threadEnded(id));
  });
}
