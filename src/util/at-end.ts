/**
 * The natural end of a program: nothing is left that holds the process. `beforeExit` of Node.js, Deno and Bun; other
 * runtimes have no such moment. Not reached by `process.exit` and signals.
 */
interface Process {
  on?(event: "beforeExit", listener: () => void): void;
}

/** Calls `listener` whenever the process is about to end by itself; what it starts can still hold the process. */
export function atNaturalEnd(listener: () => void): void {
  (globalThis as { process?: Process }).process?.on?.("beforeExit", listener);
}
