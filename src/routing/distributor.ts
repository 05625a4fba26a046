/** Writes one message to many pipes; drops for those that are full. libzmq: dist.cpp. */
import type { Message } from "../core/pattern.ts";
import { Pipe } from "../core/pipe.ts";

export class Distributor {
  readonly #pipes = new Set<Pipe>();
  /** The pipes that the message goes to: the first `#count` of an array that is used again and again. */
  #chosen: Pipe[] = [];
  #count = 0;
  #round = 0;

  get pipes(): ReadonlySet<Pipe> {
    return this.#pipes;
  }

  attach(pipe: Pipe): void {
    this.#pipes.add(pipe);
  }

  detach(pipe: Pipe): void {
    this.#pipes.delete(pipe);
    // What is behind `#count` must not hold it.
    this.#chosen = [];
    this.#count = 0;
  }

  /** Begins a choice of pipes. */
  begin(): void {
    this.#count = 0;
    this.#round++;
  }

  /** Chooses a pipe; twice is as good as once. A field, so that it can be handed to a match as it is. */
  readonly choose: (pipe: Pipe) => void = (pipe) => {
    if (pipe.matchedBy === this.#round) return;
    pipe.matchedBy = this.#round;
    this.#chosen[this.#count++] = pipe;
  };

  /** Chooses those that were not chosen. */
  invert(): void {
    const round = this.#round;
    this.begin();
    for (const pipe of this.#pipes) if (pipe.matchedBy !== round) this.choose(pipe);
  }

  chooseAll(): void {
    for (const pipe of this.#pipes) this.choose(pipe);
  }

  /** Have all chosen pipes room? */
  canWrite(): boolean {
    for (let i = 0; i < this.#count; i++) {
      const pipe = this.#chosen[i]!;
      if (!pipe.canWrite && !pipe.isPeerClosed) return false;
    }
    return true;
  }

  /** Writes to the chosen pipes; those without room miss it. */
  write(message: Message): void {
    Pipe.writeToAll(this.#chosen, this.#count, message);
  }
}
