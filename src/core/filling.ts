/** Collects the pipes whose engines hold back, and lets each deliver all that has room in the next turn: `Pipe.fill`. */
import { nextTurn } from "../util/defer.ts";

interface Fillable {
  fill(): void;
}

let waiting: Fillable[] = [];

export function fillNextTurn(item: Fillable): void {
  if (waiting.length === 0) nextTurn(fillAll);
  waiting.push(item);
}

function fillAll(): void {
  const items = waiting;
  waiting = [];
  for (const item of items) item.fill();
}
