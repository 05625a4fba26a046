/** PAIR: one peer, both ways. A second one is turned away. 31/EXPAIR. */
import type { Message, Pattern, PatternHost } from "../core/pattern.ts";
import type { Pipe } from "../core/pipe.ts";
import type { PairAccessors } from "./accessors.ts";
import { makeReadable, type Readable } from "./readable.ts";
import { installOptions, ownOptions, Socket, type SocketOptions } from "./socket.ts";
import { makeWritable, type Writable } from "./writable.ts";

export class PairPattern implements Pattern {
  readonly #host: PatternHost;
  #pipe: Pipe | undefined;

  constructor(host: PatternHost) {
    this.#host = host;
  }

  attach(pipe: Pipe): void {
    if (this.#pipe === undefined) this.#pipe = pipe;
    else this.#host.release(pipe);
  }

  ready(): void {}

  detach(pipe: Pipe): void {
    if (this.#pipe === pipe) this.#pipe = undefined;
  }

  readable(): void {}

  writable(): void {}

  send(message: Message): boolean {
    return message.length === 0 || (this.#pipe?.write(message) ?? false);
  }

  receive(): Message | undefined {
    return this.#pipe?.read();
  }

  canSend(): boolean {
    return this.#pipe?.canWrite ?? false;
  }

  canReceive(): boolean {
    if (this.#pipe?.canRead) return true;
    // Asked for its end, if that is what is left of it.
    this.#pipe?.read();
    return false;
  }
}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface's members are installed below
export class Pair extends Socket {
  constructor(options?: SocketOptions<Pair>) {
    super("PAIR", (host) => new PairPattern(host), options);
  }
}

export interface Pair extends Writable, Readable, PairAccessors {}

makeWritable(Pair);
makeReadable(Pair);
installOptions(Pair, ownOptions("PAIR"));
