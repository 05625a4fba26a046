/**
 * Time as the core sees it, so that tests can turn the hands. The system clock's timers never hold the process:
 * only `util/keep-alive.ts` does.
 */
export interface Timer {
  /** May be called twice and after the timer has fired. */
  cancel(): void;
}

export interface Clock {
  /** Milliseconds from an arbitrary start; never goes back. */
  now(): number;
  /** Calls `fire` once, never synchronously. Delays beyond 24 days are cut to that. */
  after(delayMs: number, fire: () => void): Timer;
}

const LONGEST = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, fire) {
    const handle: unknown = setTimeout(fire, Math.min(delayMs, LONGEST));
    unref(handle);
    return { cancel: () => clearTimeout(handle as ReturnType<typeof setTimeout>) };
  },
};

function unref(handle: unknown): void {
  if (typeof handle === "object" && handle !== null && "unref" in handle) (handle.unref as () => void)();
}
