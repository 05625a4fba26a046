/**
 * How one member of a shared context wakes another: a bit for each link that wants to be looked at, and one word to
 * sleep on, however many links there are. Sleeping is either a promise (`Atomics.waitAsync`), which leaves the event loop
 * free and does not hold the process, or blocks the thread (`Atomics.wait`).
 *
 *   who rings:   bit of the link ─► bit of its word in SUMMARY ─► BELL + 1 ─► notify
 *   who sleeps:  read BELL ─► take SUMMARY and bits, look at those links ─► sleep if BELL is still what was read
 *
 * A ring after BELL was read changes it, so the sleep is refused; one before it has set its bits, so they are found.
 */
import { MAX_LINKS, Member, type SharedMemory } from "./shared-memory.ts";

type Wait =
  | { async: false; value: "not-equal" | "timed-out" }
  | { async: true; value: Promise<"ok" | "timed-out"> };
type WaitAsync = (words: Int32Array, at: number, value: number) => Wait;

const waitAsync: WaitAsync | undefined = (Atomics as { waitAsync?: WaitAsync }).waitAsync;
export const canWaitAsync: boolean = waitAsync !== undefined;

const SUMMARY_WORDS = MAX_LINKS / 1024;

/** Tells a member to look at a link; -1: at nothing in particular. */
export function ring(memory: SharedMemory, member: number, link: number): void {
  const { words } = memory;
  const at = memory.memberAt(member);
  if (link >= 0) {
    Atomics.or(words, at + Member.BITS + (link >> 5), 1 << (link & 31));
    Atomics.or(words, at + Member.SUMMARY + (link >> 10), 1 << ((link >> 5) & 31));
  }
  Atomics.add(words, at + Member.BELL, 1);
  Atomics.notify(words, at + Member.BELL);
}

export class Doorbell {
  readonly #words: Int32Array;
  readonly #at: number;

  constructor(memory: SharedMemory, member: number) {
    this.#words = memory.words;
    this.#at = memory.memberAt(member);
  }

  /** To be read before looking at anything, and given to `sleep`. */
  read(): number {
    return Atomics.load(this.#words, this.#at + Member.BELL);
  }

  /** Visits each link that somebody rang for since the last time. */
  visit(look: (link: number) => void): void {
    const words = this.#words;
    for (let i = 0; i < SUMMARY_WORDS; i++) {
      const summaryAt = this.#at + Member.SUMMARY + i;
      if (Atomics.load(words, summaryAt) === 0) continue;
      for (let summary = Atomics.exchange(words, summaryAt, 0); summary !== 0; summary &= summary - 1) {
        const word = i * 32 + lowestBit(summary);
        let bits = Atomics.exchange(words, this.#at + Member.BITS + word, 0);
        for (; bits !== 0; bits &= bits - 1) look(word * 32 + lowestBit(bits));
      }
    }
  }

  /** Undefined when it rang since `seen` was read; else a promise of the next ring. */
  sleepAsync(seen: number): Promise<unknown> | undefined {
    const wait = waitAsync!(this.#words, this.#at + Member.BELL, seen);
    return wait.async ? wait.value : undefined;
  }

  /** Blocks the thread until it rings, or for so long. False: time is over. */
  sleep(seen: number, timeoutMs: number): boolean {
    return Atomics.wait(this.#words, this.#at + Member.BELL, seen, timeoutMs) !== "timed-out";
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
