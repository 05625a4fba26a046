/** DEALER: out to the peers in turn, in from all of them fairly. 28/REQREP "The DEALER Socket Type". */
import type { Message, Pattern, PatternHost } from "../core/pattern.ts";
import type { Pipe } from "../core/pipe.ts";
import { FairQueue } from "../routing/fair-queue.ts";
import { LoadBalancer } from "../routing/load-balancer.ts";
import { EMPTY } from "../util/bytes.ts";
import type { DealerAccessors } from "./accessors.ts";
import { makeReadable, type Readable } from "./readable.ts";
import { installOptions, ownOptions, Socket, type SocketOptions } from "./socket.ts";
import { makeWritable, type Writable } from "./writable.ts";

export class DealerPattern implements Pattern {
  readonly #host: PatternHost;
  readonly #queue = new FairQueue();
  readonly #balancer = new LoadBalancer();

  constructor(host: PatternHost) {
    this.#host = host;
  }

  attach(pipe: Pipe): void {
    if (this.#host.options.probeRouter) pipe.write([EMPTY]);
    this.#queue.activate(pipe);
    this.#balancer.activate(pipe);
  }

  ready(): void {}

  detach(pipe: Pipe): void {
    this.#queue.remove(pipe);
  }

  readable(pipe: Pipe): void {
    this.#queue.activate(pipe);
  }

  writable(pipe: Pipe): void {
    this.#balancer.activate(pipe);
  }

  send(message: Message): boolean {
    return message.length === 0 || this.#balancer.write(message) !== undefined;
  }

  receive(): Message | undefined {
    return this.#queue.read();
  }

  receiveMany(into: Message[], max: number): void {
    this.#queue.readMany(into, max);
  }

  canSend(): boolean {
    return this.#balancer.canWrite();
  }

  canReceive(): boolean {
    return this.#queue.canRead();
  }
}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface's members are installed below
export class Dealer extends Socket {
  constructor(options?: SocketOptions<Dealer>) {
    super("DEALER", (host) => new DealerPattern(host), options);
  }
}

export interface Dealer extends Writable, Readable, DealerAccessors {}

makeWritable(Dealer);
makeReadable(Dealer);
installOptions(Dealer, ownOptions("DEALER"));
