/** Collects the pipes whose engines hold back, and lets each deliver all that has room in the next turn: `Pipe.fill`. */
import { collected } from "../util/collected.ts";
import { nextTurn } from "../util/defer.ts";

export const fillNextTurn: (item: { fill(): void }) => void = collected(nextTurn, (item) => item.fill());
