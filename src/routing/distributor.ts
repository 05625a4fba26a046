/** Writes one message to many pipes; drops for those that are full. libzmq: dist.cpp. */
import type { Message } from "../core/pattern.ts";
import { Pipe } from "../core/pipe.ts";

export class Distributor {
  readonly #pipes = new Set<Pipe>();
  /** The pipes that the message goes to; one array, used again and again. */
  readonly #matching: Pipe[] = [];
  #round = 0;

  get pipes(): ReadonlySet<Pipe> {
    return this.#pipes;
  }

  attach(pipe: Pipe): void {
    this.#pipes.add(pipe);
  }

  detach(pipe: Pipe): void {
    this.#pipes.delete(pipe);
  }

  /** Begins a choice of pipes. */
  begin(): void {
    this.#matching.length = 0;
    this.#round++;
  }

  /** Chooses a pipe; twice is as good as once. A field, so that it can be handed to a match as it is. */
  readonly choose: (pipe: Pipe) => void = (pipe) => {
    if (pipe.matchedBy === this.#round) return;
    pipe.matchedBy = this.#round;
    this.#matching.push(pipe);
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
    let all = true;
    for (const pipe of this.#matching) if (!pipe.canWrite && !pipe.isPeerClosed) all = false;
    return all;
  }

  /** Writes to the chosen pipes; those without room miss it. */
  write(message: Message): void {
    Pipe.writeToAll(this.#matching, message);
  }
}
