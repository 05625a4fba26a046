/** A clock whose hands a test turns. Timers fire in the order of their times, those of one time in order of making. */
import type { Clock, Timer } from "#src/util/clock.js";

interface Entry {
  at: number;
  fire: () => void;
}

export class FakeClock implements Clock {
  #now = 0;
  #entries: Entry[] = [];

  now(): number {
    return this.#now;
  }

  after(delayMs: number, fire: () => void): Timer {
    const entry = { at: this.#now + delayMs, fire };
    this.#entries.push(entry);
    return {
      cancel: () => {
        this.#entries = this.#entries.filter((other) => other !== entry);
      },
    };
  }

  /** Timers that would still fire. */
  get pending(): number {
    return this.#entries.length;
  }

  /** Time passes while the thread is busy: what has fallen due fires afterwards. */
  stall(ms: number): void {
    this.#now += ms;
    const due = this.#entries.filter(({ at }) => at <= this.#now).sort((a, b) => a.at - b.at);
    for (const entry of due) {
      if (!this.#entries.includes(entry)) continue;
      this.#entries = this.#entries.filter((other) => other !== entry);
      entry.fire();
    }
  }

  /** Lets time pass, with all that falls due meanwhile, timers made by timers included. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      let next: Entry | undefined;
      for (const entry of this.#entries) {
        if (entry.at <= end && (next === undefined || entry.at < next.at)) next = entry;
      }
      if (next === undefined) break;
      const due = next;
      this.#entries = this.#entries.filter((other) => other !== due);
      this.#now = Math.max(this.#now, due.at);
      due.fire();
    }
    this.#now = end;
  }
}
