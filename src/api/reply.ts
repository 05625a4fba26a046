/**
 * REP: takes requests from its peers in turn, answers each before the next. 28/REQREP "The REP Socket Type";
 * libzmq: rep.cpp.
 *
 *   ready to receive ──receive──► owes a reply ──send──► ready to receive
 *
 * The envelope, all frames up to the first empty one, is kept and put before the reply.
 */
import type { Message, Pattern } from "../core/pattern.ts";
import type { Pipe } from "../core/pipe.ts";
import { FairQueue } from "../routing/fair-queue.ts";
import { ZmqError } from "../util/errors.ts";
import type { ReplyAccessors } from "./accessors.ts";
import { makeReadable, type Readable } from "./readable.ts";
import { installOptions, ownOptions, Socket, type SocketOptions } from "./socket.ts";
import { makeWritable, type Writable } from "./writable.ts";

class ReplyPattern implements Pattern {
  readonly #queue = new FairQueue();
  /** Of the request that is being answered, with the delimiter; undefined when no reply is owed. */
  #envelope: Message | undefined;
  #asker: Pipe | undefined;

  attach(pipe: Pipe): void {
    this.#queue.activate(pipe);
  }

  ready(): void {}

  detach(pipe: Pipe): void {
    this.#queue.remove(pipe);
    if (this.#asker === pipe) this.#asker = undefined;
  }

  readable(pipe: Pipe): void {
    this.#queue.activate(pipe);
  }

  writable(): void {}

  send(message: Message): boolean {
    if (this.#envelope === undefined) {
      throw new ZmqError(
        "EFSM",
        "this REP socket has no request to answer: receive one first, or use a ROUTER",
      );
    }
    // A peer that has gone or takes no more loses its reply; libzmq drops it too.
    this.#asker?.writeOrDrop(this.#envelope.concat(message));
    this.#envelope = undefined;
    this.#asker = undefined;
    return true;
  }

  receive(): Message | undefined {
    if (this.#envelope !== undefined) {
      throw new ZmqError("EFSM", "this REP socket owes a reply: send it first, or use a ROUTER");
    }
    for (let message = this.#queue.read(); message !== undefined; message = this.#queue.read()) {
      const delimiter = message.findIndex((frame) => frame.length === 0);
      // Without delimiter or body it is no request: libzmq skips it and stays usable.
      if (delimiter < 0 || delimiter === message.length - 1) continue;
      this.#envelope = message.slice(0, delimiter + 1);
      this.#asker = this.#queue.last;
      return message.slice(delimiter + 1);
    }
    return undefined;
  }

  canSend(): boolean {
    return this.#envelope !== undefined;
  }

  canReceive(): boolean {
    return this.#envelope === undefined && this.#queue.canRead();
  }
}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface's members are installed below
export class Reply extends Socket {
  constructor(options?: SocketOptions<Reply>) {
    super("REP", () => new ReplyPattern(), options);
  }
}

export interface Reply extends Writable, Readable, ReplyAccessors {}

makeWritable(Reply);
makeReadable(Reply);
installOptions(Reply, ownOptions("REP"));
