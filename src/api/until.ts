/** Waiting for something to become true of a socket: peers that have come, subscriptions that have arrived. */
import type { SocketCore } from "../core/socket-core.ts";
import { holding } from "../core/waiting.ts";
import { afterTurn } from "../util/defer.ts";
import type { CallOptions } from "./types.ts";

/** @throws RangeError */
export function checkCount(count: number): void {
  if (!Number.isSafeInteger(count) || count < 0)
    throw new RangeError(`a number of peers is a whole number from 0 on, not ${String(count)}`);
}

/**
 * Resolves when `isTrue` says so, which is asked whenever the socket's peers or messages change.
 * @throws (rejects) ZmqError EBADF or ETERM when the socket or context ends before; the signal's reason
 */
export async function until(
  core: SocketCore,
  isTrue: () => boolean,
  options: CallOptions | undefined,
): Promise<void> {
  const signal = options?.signal;
  signal?.throwIfAborted();
  if (isTrue()) return;
  const stops: (() => void)[] = [];
  const waiting = new Promise<void>((resolve, reject) => {
    let isPlanned = false;
    const look = () => {
      isPlanned = false;
      try {
        core.checkOpen();
        if (isTrue()) resolve();
      } catch (error) {
        reject(error);
      }
    };
    stops.push(
      // From inside the socket's own work: it is looked at when that is done.
      core.watch(() => {
        if (isPlanned) return;
        isPlanned = true;
        afterTurn(look);
      }),
    );
    if (signal !== undefined) {
      const onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort);
      stops.push(() => signal.removeEventListener("abort", onAbort));
    }
  });
  await holding(waiting).finally(() => {
    for (const stop of stops) stop();
  });
}
