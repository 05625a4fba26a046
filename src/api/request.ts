/**
 * REQ: a request to the next peer in turn, then its reply, strictly. 28/REQREP "The REQ Socket Type"; libzmq: req.cpp.
 *
 *   ready to send ──send──► awaiting the reply ──receive──► ready to send        (`relaxed`: send ──► awaiting anew)
 *
 * On the wire: [request number, with `correlate`] [empty] body …
 */
import type { Message, Pattern, PatternHost } from "../core/pattern.ts";
import type { Pipe } from "../core/pipe.ts";
import { FairQueue } from "../routing/fair-queue.ts";
import { LoadBalancer } from "../routing/load-balancer.ts";
import { EMPTY, equal, writeU32 } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import type { RequestAccessors } from "./accessors.ts";
import { makeReadable, type Readable } from "./readable.ts";
import { installOptions, ownOptions, Socket, type SocketOptions } from "./socket.ts";
import { makeWritable, type Writable } from "./writable.ts";

class RequestPattern implements Pattern {
  readonly #host: PatternHost;
  readonly #queue = new FairQueue();
  readonly #balancer = new LoadBalancer();
  #awaitsReply = false;
  /** Who was asked; undefined when that peer has gone: then a reply from anybody will do, as in libzmq. */
  #asked: Pipe | undefined;
  #requestNumber = Math.floor(Math.random() * 2 ** 32);
  #requestId: Uint8Array = EMPTY;

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
    if (this.#asked === pipe) this.#asked = undefined;
  }

  readable(pipe: Pipe): void {
    this.#queue.activate(pipe);
  }

  writable(pipe: Pipe): void {
    this.#balancer.activate(pipe);
  }

  send(message: Message): boolean {
    const { correlate, relaxed } = this.#host.options;
    if (this.#awaitsReply && !relaxed) {
      throw new ZmqError(
        "EFSM",
        "this REQ socket awaits a reply: receive it first, set relaxed to give it up, or use a DEALER",
      );
    }
    // Late replies to earlier requests must not be taken for the answer to this one.
    while (this.#queue.read() !== undefined);
    const id = correlate ? this.#nextId() : undefined;
    const asked = this.#balancer.write(id === undefined ? [EMPTY, ...message] : [id, EMPTY, ...message]);
    if (asked === undefined) return false;
    this.#asked = asked;
    this.#requestId = id ?? EMPTY;
    this.#awaitsReply = true;
    return true;
  }

  receive(): Message | undefined {
    if (!this.#awaitsReply) {
      throw new ZmqError("EFSM", "this REQ socket has asked nothing: send a request first, or use a DEALER");
    }
    for (let message = this.#queue.read(); message !== undefined; message = this.#queue.read()) {
      const reply = this.#replyIn(message, this.#queue.last!);
      if (reply === undefined) continue;
      this.#awaitsReply = false;
      return reply;
    }
    return undefined;
  }

  canSend(): boolean {
    return (!this.#awaitsReply || this.#host.options.relaxed) && this.#balancer.canWrite();
  }

  canReceive(): boolean {
    return this.#awaitsReply && this.#queue.canRead();
  }

  /** The body, when this is the reply we wait for. */
  #replyIn(message: Message, from: Pipe): Message | undefined {
    const hasId = message[0]!.length === 4;
    const delimiter = hasId ? 1 : 0;
    if (message.length < delimiter + 2 || message[delimiter]!.length > 0) {
      this.#host.reject(
        from,
        new ZmqError("ERR_ZMTP_UNSPECIFIED", "the peer sent a REQ socket a reply without delimiter"),
      );
      return undefined;
    }
    if (this.#asked !== undefined && this.#asked !== from) return undefined;
    if (this.#requestId.length > 0 && !(hasId && equal(message[0]!, this.#requestId))) return undefined;
    return message.slice(delimiter + 1);
  }

  #nextId(): Uint8Array {
    this.#requestNumber = (this.#requestNumber + 1) >>> 0;
    const id = new Uint8Array(4);
    writeU32(id, 0, this.#requestNumber);
    return id;
  }
}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface's members are installed below
export class Request extends Socket {
  constructor(options?: SocketOptions<Request>) {
    super("REQ", (host) => new RequestPattern(host), options);
  }
}

export interface Request extends Writable, Readable, RequestAccessors {}

makeWritable(Request);
makeReadable(Request);
installOptions(Request, ownOptions("REQ"));
