/**
 * Finds dead connections, 37/ZMTP "Connection Heartbeating": a PING every interval, and an end when nothing at all
 * came within the timeout, or within the time-to-live that the peer asked for. Knows no frames.
 */
import type { Clock, Timer } from "../util/clock.ts";

export interface HeartbeatOptions {
  /** Milliseconds between PINGs; 0 for none. */
  intervalMs: number;
  /** Milliseconds that an answer may take. */
  timeoutMs: number;
}

export interface HeartbeatActions {
  ping(): void;
  /** We ourselves have stopped reading, so silence says nothing about the peer. */
  isDeaf(): boolean;
  /** Nothing came in time. Called once. */
  expired(): void;
}

/** A timer that fires later than this tells that the thread was busy. */
const LATE_MS = 10;

export class Heartbeat {
  readonly #clock: Clock;
  readonly #options: HeartbeatOptions;
  readonly #actions: HeartbeatActions;
  #interval: Timer | undefined;
  #answer: Timer | undefined;
  #peerTtl: Timer | undefined;
  #stopped = false;

  constructor(clock: Clock, options: HeartbeatOptions, actions: HeartbeatActions) {
    this.#clock = clock;
    this.#options = options;
    this.#actions = actions;
  }

  start(): void {
    const { intervalMs, timeoutMs } = this.#options;
    if (intervalMs <= 0 || this.#stopped) return;
    this.#interval = this.#clock.after(intervalMs, () => {
      this.#actions.ping();
      if (timeoutMs > 0 && !this.#actions.isDeaf())
        this.#answer ??= this.#expireAfter(timeoutMs, (timer) => {
          this.#answer = timer;
        });
      this.start();
    });
  }

  /** Something came from the peer. Called once a chunk, so it costs two comparisons when nothing is awaited. */
  alive(): void {
    if (this.#answer !== undefined) {
      this.#answer.cancel();
      this.#answer = undefined;
    }
    if (this.#peerTtl !== undefined) {
      this.#peerTtl.cancel();
      this.#peerTtl = undefined;
    }
  }

  /** The peer's PING asked to be given up after this time without traffic. */
  expectWithin(ttlMs: number): void {
    if (ttlMs <= 0 || this.#stopped) return;
    this.#peerTtl ??= this.#expireAfter(ttlMs, (timer) => {
      this.#peerTtl = timer;
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#interval?.cancel();
    this.alive();
  }

  /** A thread that was busy has not read what came meanwhile: it looks at its sockets once more before it gives anybody up. */
  #expireAfter(delayMs: number, onceMore: (timer: Timer) => void): Timer {
    const clock = this.#clock;
    const due = clock.now() + delayMs;
    return clock.after(delayMs, () => {
      if (clock.now() - due <= LATE_MS) this.#expire();
      else onceMore(clock.after(LATE_MS, () => this.#expire()));
    });
  }

  #expire(): void {
    if (this.#stopped) return;
    this.stop();
    this.#actions.expired();
  }
}
