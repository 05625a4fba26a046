/**
 * ROUTER: the first frame of a message is the routing id of the peer it goes to or comes from. 28/REQREP "The ROUTER
 * Socket Type"; libzmq: router.cpp.
 */
import { bytesOf, type OptionName } from "../core/options.ts";
import type { Message, Pattern, PatternHost, Peer } from "../core/pattern.ts";
import type { Pipe } from "../core/pipe.ts";
import { FairQueue } from "../routing/fair-queue.ts";
import { RoutingTable } from "../routing/routing-table.ts";
import { EMPTY } from "../util/bytes.ts";
import { printable, ZmqError } from "../util/errors.ts";
import type { RouterAccessors } from "./accessors.ts";
import { coreOf, freeCoreOf } from "./core-of.ts";
import { toFrame } from "./message.ts";
import { makeReadable, type Readable } from "./readable.ts";
import { installOptions, ownOptions, Socket, type SocketOptions } from "./socket.ts";
import { makeWritable, type Writable } from "./writable.ts";

class RouterPattern implements Pattern {
  readonly #host: PatternHost;
  readonly #queue = new FairQueue();
  readonly #table = new RoutingTable();

  constructor(host: PatternHost) {
    this.#host = host;
  }

  attach(pipe: Pipe): void {
    if (this.#host.options.probeRouter) pipe.write([EMPTY]);
    // Named by connect(): reachable before there is a connection.
    if (pipe.routingId !== undefined) this.#register(pipe, pipe.routingId);
  }

  ready(pipe: Pipe, peer: Peer): void {
    // After a reconnection the peer keeps the id it had, whatever it says now; so in libzmq.
    if (this.#isKnown(pipe)) return;
    const id = peer.routingId.length > 0 ? peer.routingId : this.#table.makeId();
    const holder = this.#table.get(id);
    if (holder !== undefined && !holder.isPeerClosed) {
      // Without handover the newcomer stays connected but is never read.
      if (!this.#host.options.handover) return;
      this.#table.delete(id, holder);
      this.#host.release(holder);
    }
    this.#register(pipe, id);
  }

  detach(pipe: Pipe): void {
    this.#queue.remove(pipe);
    if (pipe.routingId !== undefined) this.#table.delete(pipe.routingId, pipe);
  }

  readable(pipe: Pipe): void {
    if (this.#isKnown(pipe)) this.#queue.activate(pipe);
  }

  writable(): void {}

  send(message: Message): boolean {
    const id = message[0];
    if (id === undefined) return true;
    const { mandatory } = this.#host.options;
    const pipe = this.#table.get(id);
    if (pipe === undefined || pipe.isPeerClosed) {
      if (!mandatory) {
        this.#host.unroutable();
        return true;
      }
      throw new ZmqError(
        "EHOSTUNREACH",
        `no peer has the routing id ${printable(id)}; wait for its first message before sending`,
      );
    }
    if (message.length === 1) return true;
    if (this.#host.options.raw && message[message.length - 1]!.length === 0) {
      this.#host.release(pipe);
      return true;
    }
    if (mandatory) return pipe.write(message.slice(1));
    pipe.writeOrDrop(message.slice(1));
    return true;
  }

  receive(): Message | undefined {
    const message = this.#queue.read();
    if (message === undefined) return undefined;
    // Not `unshift`, which moves every frame: a message of one body, the usual one, is made anew.
    const id = this.#queue.last!.routingId!;
    return message.length === 1 ? [id, message[0]!] : [id, ...message];
  }

  /** With `mandatory` some peer must have room, as libzmq's ZMQ_POLLOUT says; else there is nothing to wait for. */
  canSend(): boolean {
    if (!this.#host.options.mandatory) return true;
    for (const pipe of this.#table.pipes()) if (pipe.canWrite) return true;
    return false;
  }

  canReceive(): boolean {
    return this.#queue.canRead();
  }

  /** Would a message to this peer be taken at once? @throws ZmqError EHOSTUNREACH */
  isPeerWritable(id: Uint8Array): boolean {
    const pipe = this.#table.get(id);
    if (pipe !== undefined && !pipe.isPeerClosed) return pipe.canWrite;
    throw new ZmqError("EHOSTUNREACH", `no peer has the routing id ${printable(id)}`);
  }

  #register(pipe: Pipe, id: Uint8Array): void {
    pipe.routingId = id;
    this.#table.set(id, pipe);
    this.#queue.activate(pipe);
  }

  #isKnown(pipe: Pipe): boolean {
    return pipe.routingId !== undefined && this.#table.get(pipe.routingId) === pipe;
  }

  optionChanged(name: OptionName): void {
    const id = bytesOf(this.#host.options.connectRoutingId);
    if (name === "connectRoutingId" && id !== undefined) this.#table.checkNew(id);
  }
}

export interface RouterConnectOptions {
  /** ZMQ_CONNECT_ROUTING_ID: the id by which this connection is addressed, 1 to 255 bytes. */
  routingId?: string;
}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface's members are installed below
export class Router extends Socket {
  constructor(options?: SocketOptions<Router>) {
    super("ROUTER", (host) => new RouterPattern(host), options);
  }

  /** As `Socket.connect`; with `routingId` the peer can be addressed at once. @throws ZmqError EINVAL for an id in use */
  override connect(address: string, options?: RouterConnectOptions): void {
    freeCoreOf(this).connect(address, options?.routingId);
  }

  /**
   * `zmq_socket_get_peer_state`: would a message to the peer of this routing id be taken at once? False while that peer
   * is at its high-water mark. @throws ZmqError EHOSTUNREACH when there is no such peer, ENOTSOCK on a closed socket
   */
  isPeerWritable(routingId: string | Buffer): boolean {
    const core = coreOf(this);
    core.checkOptionsOpen();
    return (core.pattern as RouterPattern).isPeerWritable(toFrame(routingId));
  }
}

export interface Router extends Writable, Readable, RouterAccessors {}

makeWritable(Router);
makeReadable(Router);
installOptions(Router, ownOptions("ROUTER"));
