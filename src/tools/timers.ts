/**
 * `Timers`: a set of timers for one's own loop, as libzmq's `zmq_timers`. Nothing runs by itself: the loop asks how long
 * the next one takes, waits that long for something else, a poller for one, and then has those run that are due.
 *
 *     const ready = await poller.poll(timers.timeout());
 *     timers.execute();
 */
import { systemClock } from "../util/clock.ts";
import { ZmqError } from "../util/errors.ts";

/** Where the time comes from: any object that tells milliseconds from an arbitrary start and never goes back. */
export interface TimersClock {
  now(): number;
}

/** Called with the timer's number. */
export type TimerHandler = (timerId: number) => void;

interface Timer {
  readonly id: number;
  readonly handler: TimerHandler;
  intervalMs: number;
  due: number;
}

export class Timers {
  readonly #clock: TimersClock;
  /** In the order they fall due; of those of one time the one first that was set first. */
  readonly #timers: Timer[] = [];
  #lastId = 0;

  /** `clock` is for tests, and for programs with a time of their own. */
  constructor({ clock = systemClock }: { clock?: TimersClock | undefined } = {}) {
    this.#clock = clock;
  }

  /** How many there are. */
  get size(): number {
    return this.#timers.length;
  }

  /**
   * zmq_timers_add. Every `intervalMs` from now on, until it is cancelled. Answers its number, from 1.
   * @throws TypeError for a handler that is none; ZmqError EINVAL for an interval that is no whole number from 0
   */
  add(intervalMs: number, handler: TimerHandler): number {
    if (typeof handler !== "function") throw new TypeError("the handler of a timer must be a function");
    checkInterval(intervalMs);
    const id = ++this.#lastId;
    this.#place({ id, handler, intervalMs, due: this.#clock.now() + intervalMs });
    return id;
  }

  /** zmq_timers_cancel. It does not run any more, even where it is due already. @throws ZmqError EINVAL when there is none */
  cancel(timerId: number): void {
    // For a round that is under way and has it on its list.
    this.#take(timerId).due = Number.POSITIVE_INFINITY;
  }

  /**
   * zmq_timers_set_interval. Another interval, which begins now.
   * @throws ZmqError EINVAL when there is no such timer, or as `add`
   */
  setInterval(timerId: number, intervalMs: number): void {
    checkInterval(intervalMs);
    const timer = this.#take(timerId);
    timer.intervalMs = intervalMs;
    timer.due = this.#clock.now() + intervalMs;
    this.#place(timer);
  }

  /** zmq_timers_reset. The interval begins anew, now. @throws ZmqError EINVAL when there is no such timer */
  reset(timerId: number): void {
    const timer = this.#take(timerId);
    timer.due = this.#clock.now() + timer.intervalMs;
    this.#place(timer);
  }

  /** zmq_timers_timeout. Whole milliseconds until the next is due, 0 when one is; -1, as for ever, when there is none. */
  timeout(): number {
    const next = this.#timers[0];
    return next === undefined ? -1 : Math.max(0, Math.ceil(next.due - this.#clock.now()));
  }

  /**
   * zmq_timers_execute. Runs those that are due, each once however late it is, and answers how many. Handlers may add,
   * cancel and change timers. What a handler throws ends the round: those after it run in the next.
   */
  execute(): number {
    const now = this.#clock.now();
    const due = this.#timers.filter((timer) => timer.due <= now);
    let count = 0;
    for (const timer of due) {
      // An earlier handler may have cancelled it or put it off.
      if (timer.due > now) continue;
      this.#remove(timer);
      timer.due = now + timer.intervalMs;
      this.#place(timer);
      count++;
      timer.handler(timer.id);
    }
    return count;
  }

  #take(timerId: number): Timer {
    const timer = this.#timers.find((candidate) => candidate.id === timerId);
    if (timer === undefined)
      throw new ZmqError("EINVAL", `there is no timer ${String(timerId)}; it may have been cancelled`);
    this.#remove(timer);
    return timer;
  }

  #remove(timer: Timer): void {
    this.#timers.splice(this.#timers.indexOf(timer), 1);
  }

  /** After those of the same time. */
  #place(timer: Timer): void {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#timers[middle]!.due <= timer.due) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer);
  }
}

function checkInterval(intervalMs: number): void {
  if (!Number.isSafeInteger(intervalMs) || intervalMs < 0) {
    throw new ZmqError(
      "EINVAL",
      `the interval of a timer is a whole number of milliseconds from 0, not ${String(intervalMs)}`,
    );
  }
}
