/** Holds the process while something is on its way to another thread, for as long as linger allows. */
import { systemClock, type Timer } from "../util/clock.ts";
import { hold, release } from "../util/keep-alive.ts";

export class Holding {
  #timer: Timer | undefined;
  #isOn = false;

  get isOn(): boolean {
    return this.#isOn;
  }

  /** `lingerMs` -1: until `stop`. Else `expired` is called when the time is over and nothing holds any more. */
  start(lingerMs: number, expired: () => void): void {
    if (this.#isOn) return;
    this.#isOn = true;
    hold();
    if (lingerMs < 0) return;
    this.#timer = systemClock.after(lingerMs, () => {
      this.stop();
      expired();
    });
  }

  /** May be called when it is not on. */
  stop(): void {
    if (!this.#isOn) return;
    this.#isOn = false;
    release();
    this.#timer?.cancel();
  }
}
