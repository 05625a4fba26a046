/**
 * The two "later"s of the library.
 * - `afterTurn`: when the promise jobs now queued have run. It must not be a promise job itself: that would come
 *   between two turns of `await send()` and put one message into each system call (0.3 M msg/s measured, against
 *   6 M/s from `process.nextTick`).
 * - `nextTurn`: after the event loop has looked at its sockets once.
 */
interface Runtime {
  process?: { nextTick?(run: () => void): void };
  setImmediate?(run: () => void): void;
}

const runtime = globalThis as Runtime;

export const nextTurn: (run: () => void) => void = runtime.setImmediate
  ? (run) => runtime.setImmediate!(run)
  : messageChannelTurn();

export const afterTurn: (run: () => void) => void = runtime.process?.nextTick
  ? (run) => runtime.process!.nextTick!(run)
  : nextTurn;

/** Browsers have no `setImmediate`; a message to oneself is the nearest thing without `setTimeout`'s 4 ms. */
function messageChannelTurn(): (run: () => void) => void {
  const queue: (() => void)[] = [];
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener("message", () => queue.shift()?.());
  port1.start();
  return (run) => {
    queue.push(run);
    port2.postMessage(undefined);
  };
}
