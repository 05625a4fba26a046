/** Collects the connections that have something to write and lets each write once, when the turn's jobs have run. */
import { collected } from "../util/collected.ts";
import { afterTurn } from "../util/defer.ts";

export interface Flushable {
  flush(): void;
}

export const flushAfterTurn: (item: Flushable) => void = collected(afterTurn, (item) => item.flush());
