/**
 * Reads from the pipes that have something, one message each in turn. libzmq: fq.cpp.
 *
 *   #current ─► pipe whose turn it is          #waiting ─► [ pipe, pipe, … ] in the order of their turns
 *
 * A pipe is in here while it may have messages (`inFairQueue`); one found empty falls out until it is activated.
 */
import type { Message } from "../core/pattern.ts";
import type { Pipe } from "../core/pipe.ts";
import { Queue } from "../util/queue.ts";

export class FairQueue {
  #current: Pipe | undefined;
  readonly #waiting = new Queue<Pipe>();
  /** Where the last message came from. */
  last: Pipe | undefined;

  /** The pipe is new, or has become readable. */
  activate(pipe: Pipe): void {
    if (pipe.inFairQueue) return;
    pipe.inFairQueue = true;
    this.#waiting.push(pipe);
  }

  /** A closed pipe reads as empty and falls out by itself; only what is remembered of it must go. */
  remove(pipe: Pipe): void {
    if (this.last === pipe) this.last = undefined;
  }

  read(): Message | undefined {
    for (;;) {
      const pipe = this.#current ?? this.#waiting.shift();
      if (pipe === undefined) return undefined;
      const message = pipe.read();
      if (message === undefined) {
        this.#drop(pipe);
        continue;
      }
      this.last = pipe;
      if (this.#waiting.isEmpty) this.#current = pipe;
      else {
        this.#current = undefined;
        this.#waiting.push(pipe);
      }
      return message;
    }
  }

  /** Moves messages to the end of `into`, at most `max`. A pipe that is alone here gives many in one step. */
  readMany(into: Message[], max: number): void {
    const end = into.length + max;
    while (into.length < end) {
      const pipe = this.#current;
      if (pipe !== undefined && this.#waiting.isEmpty && pipe.readMany(into, end - into.length) > 0) {
        this.last = pipe;
        continue;
      }
      const message = this.read();
      if (message === undefined) return;
      into.push(message);
    }
  }

  canRead(): boolean {
    for (;;) {
      const pipe = this.#current ?? this.#waiting.shift();
      if (pipe === undefined) return false;
      this.#current = pipe;
      if (pipe.canRead) return true;
      // Asked for its end, if that is what is left of it.
      pipe.read();
      this.#drop(pipe);
    }
  }

  /** After a read that found nothing. It may have told the owner of the pipe's end, and the owner may have read on. */
  #drop(pipe: Pipe): void {
    pipe.inFairQueue = false;
    if (this.#current === pipe) this.#current = undefined;
  }
}
