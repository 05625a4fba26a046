/**
 * What SERVER and PEER share: every connection has a number, which received messages carry and sent ones name.
 * 41/CLIENTSERVER "The Server Socket Type", 51/P2P; libzmq: server.cpp, peer.cpp.
 */
import type { Message, Pattern, PatternHost } from "../../core/pattern.ts";
import type { Pipe } from "../../core/pipe.ts";
import { FairQueue } from "../../routing/fair-queue.ts";
import { ZmqError } from "../../util/errors.ts";
import { withMeta } from "./addressed.ts";

export interface RoutingOptions {
  /** The connection, by the number that messages received from it carry: 1 to 2³²−1. */
  routingId: number;
}

export class ServerPattern implements Pattern {
  readonly #host: PatternHost;
  readonly #queue = new FairQueue();
  readonly #pipes = new Map<number, Pipe>();
  readonly #ids = new Map<Pipe, number>();
  #last = Math.floor(Math.random() * 2 ** 32);

  constructor(host: PatternHost) {
    this.#host = host;
  }

  /** The number given out last: that of the pipe a `connect` has just made. */
  get lastId(): number {
    return this.#last;
  }

  attach(pipe: Pipe): void {
    // Never 0, which stands for "none".
    do this.#last = (this.#last + 1) >>> 0;
    while (this.#last === 0 || this.#pipes.has(this.#last));
    this.#pipes.set(this.#last, pipe);
    this.#ids.set(pipe, this.#last);
    this.#queue.activate(pipe);
  }

  ready(): void {}

  detach(pipe: Pipe): void {
    this.#queue.remove(pipe);
    const id = this.#ids.get(pipe);
    if (id === undefined) return;
    this.#ids.delete(pipe);
    this.#pipes.delete(id);
  }

  readable(pipe: Pipe): void {
    this.#queue.activate(pipe);
  }

  writable(): void {}

  send(message: Message): boolean {
    if (message.length === 0) return true;
    const { routingId } = message[1] as unknown as RoutingOptions;
    return this.#find(routingId).write([message[0]!]);
  }

  receive(): Message | undefined {
    for (let message = this.#queue.read(); message !== undefined; message = this.#queue.read()) {
      // Several parts are thrown away, as in libzmq: no peer of the right type sends them. So is what is left of a
      // peer that has gone: nobody could be answered.
      const routingId = this.#ids.get(this.#queue.last!);
      if (message.length === 1 && routingId !== undefined) return withMeta(message[0]!, { routingId });
    }
    return undefined;
  }

  /** Always: only a message tells whether its peer has room, as in libzmq. */
  canSend(): boolean {
    return true;
  }

  canReceive(): boolean {
    return this.#queue.canRead();
  }

  /** `zmq_disconnect_peer`. @throws ZmqError EHOSTUNREACH */
  disconnect(routingId: number): void {
    this.#host.release(this.#find(routingId));
  }

  #find(routingId: number): Pipe {
    const pipe = this.#pipes.get(routingId);
    if (pipe === undefined || pipe.isPeerClosed) {
      throw new ZmqError(
        "EHOSTUNREACH",
        `no peer has the routing id ${routingId}; take it from a message of a peer that is still there`,
      );
    }
    return pipe;
  }
}

/** @throws ZmqError EINVAL for what can be no routing id */
export function addressPeer(body: Uint8Array, options: RoutingOptions): Message {
  const { routingId } = options;
  if (!Number.isInteger(routingId) || routingId < 1 || routingId > 0xffffffff) {
    throw new ZmqError("EINVAL", `routingId must be a whole number from 1 to 4294967295, not ${routingId}`);
  }
  return withMeta(body, { routingId });
}
