/**
 * Calls that wait: each with its own timeout and abort signal, served in the order they came. Holds the process while
 * any waits.
 */
import type { Clock, Timer } from "../util/clock.ts";
import type { ZmqError } from "../util/errors.ts";
import { hold, release } from "../util/keep-alive.ts";
import { Queue } from "../util/queue.ts";

/** What every call that waits takes. */
export interface CallOptions {
  /** Gives the call up: it rejects with the signal's reason, and nothing has been sent or received by it. */
  signal?: AbortSignal | undefined;
}

/** What calls that send take. */
export interface SendOptions extends CallOptions {
  /**
   * False: small frames are passed on by reference too, as large ones always are, and must not be changed after the call.
   * Default true: the memory of frames of up to 128 bytes may be used again at once.
   */
  copy?: boolean | undefined;
}

/** What this library's own calls may ask for besides. */
export interface WaitOptions extends CallOptions {
  /** The call does not hold the process: nobody would miss what it brings. */
  background?: boolean;
}

export interface Waiting<In, Out> {
  readonly input: In;
  resolve(value: Out): void;
  reject(error: unknown): void;
}

class Entry<In, Out> implements Waiting<In, Out> {
  readonly input: In;
  readonly #queue: WaitingCalls<In, Out>;
  readonly #resolve: (value: Out) => void;
  readonly #reject: (error: unknown) => void;
  readonly #holds: boolean;
  #timer: Timer | undefined;
  #signal: AbortSignal | undefined;
  #onAbort: (() => void) | undefined;

  constructor(
    queue: WaitingCalls<In, Out>,
    input: In,
    holds: boolean,
    resolve: (value: Out) => void,
    reject: (error: unknown) => void,
  ) {
    this.#queue = queue;
    this.input = input;
    this.#holds = holds;
    this.#resolve = resolve;
    this.#reject = reject;
    if (holds) hold();
  }

  giveUpAfter(clock: Clock, timeoutMs: number, error: () => unknown): void {
    this.#timer = clock.after(timeoutMs, () => {
      this.#queue.remove(this);
      this.reject(error());
    });
  }

  giveUpOn(signal: AbortSignal): void {
    this.#signal = signal;
    this.#onAbort = () => {
      this.#queue.remove(this);
      this.reject(signal.reason);
    };
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  resolve(value: Out): void {
    this.#settle();
    this.#resolve(value);
  }

  reject(error: unknown): void {
    this.#settle();
    this.#reject(error);
  }

  #settle(): void {
    if (this.#holds) release();
    this.#timer?.cancel();
    if (this.#signal !== undefined) this.#signal.removeEventListener("abort", this.#onAbort!);
  }
}

export class WaitingCalls<In, Out> {
  readonly #entries = new Queue<Entry<In, Out>>();
  readonly #clock: Clock;
  readonly #timeoutError: () => unknown;

  constructor(clock: Clock, timeoutError: () => unknown) {
    this.#clock = clock;
    this.#timeoutError = timeoutError;
  }

  get length(): number {
    return this.#entries.length;
  }

  get isEmpty(): boolean {
    return this.#entries.isEmpty;
  }

  /** A promise for this call's turn. `timeoutMs` -1: for ever; 0 rejects at once. */
  wait(input: In, timeoutMs: number, options: WaitOptions | undefined): Promise<Out> {
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (timeoutMs === 0) return Promise.reject(this.#timeoutError());
    return new Promise((resolve, reject) => {
      const entry = new Entry<In, Out>(this, input, options?.background !== true, resolve, reject);
      if (timeoutMs > 0) entry.giveUpAfter(this.#clock, timeoutMs, this.#timeoutError);
      if (signal !== undefined) entry.giveUpOn(signal);
      this.#entries.push(entry);
    });
  }

  /** The call whose turn it is. It stays until `shift`. */
  peek(): Waiting<In, Out> | undefined {
    return this.#entries.peek();
  }

  shift(): Waiting<In, Out> | undefined {
    return this.#entries.shift();
  }

  /** @internal */
  remove(entry: unknown): void {
    this.#entries.remove(entry as Entry<In, Out>);
  }

  rejectAll(error: () => ZmqError): void {
    for (let entry = this.#entries.shift(); entry !== undefined; entry = this.#entries.shift())
      entry.reject(error());
  }
}

/** Holds the process until the promise has settled. */
export async function holding<T>(promise: Promise<T>): Promise<T> {
  hold();
  try {
    return await promise;
  } finally {
    release();
  }
}

/** The promise, or the signal's reason when that comes first; what the promise brings is then nobody's. */
export function abortable<T>(promise: Promise<T>, options: CallOptions | undefined): Promise<T> {
  const signal = options?.signal;
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
