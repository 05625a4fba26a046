/** PULL: from the connected PUSHes in turn. 30/PIPELINE "The PULL Socket Type". */
import type { Message, Pattern } from "../core/pattern.ts";
import type { Pipe } from "../core/pipe.ts";
import { FairQueue } from "../routing/fair-queue.ts";
import { ZmqError } from "../util/errors.ts";
import type { PullAccessors } from "./accessors.ts";
import { makeReadable, type Readable } from "./readable.ts";
import { installOptions, ownOptions, Socket, type SocketOptions } from "./socket.ts";

export class PullPattern implements Pattern {
  readonly #queue = new FairQueue();

  attach(pipe: Pipe): void {
    this.#queue.activate(pipe);
  }

  ready(): void {}

  detach(pipe: Pipe): void {
    this.#queue.remove(pipe);
  }

  readable(pipe: Pipe): void {
    this.#queue.activate(pipe);
  }

  writable(): void {}

  send(): boolean {
    throw new ZmqError("ENOTSUP", "a PULL socket cannot send; use PUSH at the other end");
  }

  receive(): Message | undefined {
    return this.#queue.read();
  }

  receiveMany(into: Message[], max: number): void {
    this.#queue.readMany(into, max);
  }

  canSend(): boolean {
    return false;
  }

  canReceive(): boolean {
    return this.#queue.canRead();
  }
}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface's members are installed below
export class Pull extends Socket {
  constructor(options?: SocketOptions<Pull>) {
    super("PULL", () => new PullPattern(), options);
  }
}

export interface Pull extends Readable, PullAccessors {}

makeReadable(Pull);
installOptions(Pull, ownOptions("PULL"));
