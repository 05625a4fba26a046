/** Collects items and deals with all of them later, in one go: those that have something to write, to deliver, … */

/** Makes a function that notes an item; `later` brings the time when `run` is called for each noted so far. */
export function collected<T>(later: (run: () => void) => void, run: (item: T) => void): (item: T) => void {
  let waiting: T[] = [];
  const add = (item: T): void => {
    if (waiting.length === 0) later(runAll);
    waiting.push(item);
  };
  const runAll = (): void => {
    const items = waiting;
    waiting = [];
    let next = 0;
    try {
      while (next < items.length) run(items[next++]!);
    } finally {
      // One that throws must not hold back those behind it: their time comes again.
      for (; next < items.length; next++) add(items[next]!);
    }
  };
  return add;
}
