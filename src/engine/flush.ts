/** Collects the connections that have something to write and lets each write once, when the turn's jobs have run. */
import { afterTurn } from "../util/defer.ts";

export interface Flushable {
  flush(): void;
}

let waiting: Flushable[] = [];

export function flushAfterTurn(item: Flushable): void {
  if (waiting.length === 0) afterTurn(flushAll);
  waiting.push(item);
}

function flushAll(): void {
  const items = waiting;
  waiting = [];
  let next = 0;
  try {
    while (next < items.length) items[next++]!.flush();
  } finally {
    // One that throws must not hold back those behind it: their turn comes as if it were the next.
    for (; next < items.length; next++) flushAfterTurn(items[next]!);
  }
}
