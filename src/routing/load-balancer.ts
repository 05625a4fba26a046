/**
 * Writes to the pipes that have room, one message each in turn. libzmq: lb.cpp. The mirror of `fair-queue.ts`: a pipe
 * found full falls out until it becomes writable.
 */
import type { Message } from "../core/pattern.ts";
import type { Pipe } from "../core/pipe.ts";
import { Queue } from "../util/queue.ts";

export class LoadBalancer {
  #current: Pipe | undefined;
  readonly #waiting = new Queue<Pipe>();

  /** The pipe is new, or has become writable. */
  activate(pipe: Pipe): void {
    if (pipe.inLoadBalancer) return;
    pipe.inLoadBalancer = true;
    this.#waiting.push(pipe);
  }

  /** The pipe that took the message, or undefined when none has room. */
  write(message: Message): Pipe | undefined {
    for (;;) {
      const pipe = this.#current ?? this.#waiting.shift();
      if (pipe === undefined) return undefined;
      if (!pipe.write(message)) {
        pipe.inLoadBalancer = false;
        this.#current = undefined;
        continue;
      }
      if (this.#waiting.isEmpty) this.#current = pipe;
      else {
        this.#current = undefined;
        this.#waiting.push(pipe);
      }
      return pipe;
    }
  }

  canWrite(): boolean {
    for (;;) {
      const pipe = this.#current ?? this.#waiting.shift();
      if (pipe === undefined) return false;
      this.#current = pipe;
      if (pipe.canWrite) return true;
      pipe.inLoadBalancer = false;
      this.#current = undefined;
    }
  }
}
