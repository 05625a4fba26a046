/**
 * STREAM: plain TCP peers, each with a routing id. A message is the id and a piece of bytes; an empty piece tells of a
 * peer that came or went, and sent, it closes the connection. libzmq: stream.cpp.
 */
import { bytesOf, type OptionName } from "../core/options.ts";
import type { Message, Pattern, PatternHost } from "../core/pattern.ts";
import type { Pipe } from "../core/pipe.ts";
import { ownedCopy } from "../core/properties.ts";
import { FairQueue } from "../routing/fair-queue.ts";
import { RoutingTable } from "../routing/routing-table.ts";
import { EMPTY } from "../util/bytes.ts";
import { printable, ZmqError } from "../util/errors.ts";
import { Queue } from "../util/queue.ts";
import type { StreamAccessors } from "./accessors.ts";
import { freeCoreOf } from "./core-of.ts";
import { makeReadable, type Readable } from "./readable.ts";
import { installOptions, ownOptions, Socket, type SocketOptions } from "./socket.ts";
import type { MessageLike, Message as Part } from "./types.ts";
import { makeWritable, type Writable } from "./writable.ts";

class StreamPattern implements Pattern {
  readonly #host: PatternHost;
  readonly #queue = new FairQueue();
  readonly #table = new RoutingTable();
  /** Peers that came or went, to be told before the next bytes. */
  readonly #notices = new Queue<Message>();
  /** The connection that our own user is closing: no notice of that. */
  #hungUp: Pipe | undefined;

  constructor(host: PatternHost) {
    this.#host = host;
  }

  attach(pipe: Pipe): void {
    const id = pipe.routingId ?? this.#table.makeId();
    pipe.routingId = id;
    // libzmq's way to tell the id of the connection that was made last: ZMQ_ROUTING_ID of the STREAM itself.
    this.#host.options.routingId = id;
    this.#table.set(id, pipe);
    this.#queue.activate(pipe);
  }

  /** The id lies in the connection's memory from here on, so that a notice tells of the peer as its bytes do. */
  ready(pipe: Pipe): void {
    pipe.routingId = ownedCopy(pipe.routingId!, pipe);
    this.#notice(pipe.routingId);
  }

  detach(pipe: Pipe): void {
    this.#queue.remove(pipe);
    const id = pipe.routingId!;
    this.#table.delete(id, pipe);
    if (this.#hungUp !== pipe) this.#notice(id);
  }

  readable(pipe: Pipe): void {
    this.#queue.activate(pipe);
  }

  writable(): void {}

  send(message: Message): boolean {
    const [id, bytes] = message;
    if (id === undefined || bytes === undefined || message.length !== 2) {
      throw new ZmqError("EINVAL", "a STREAM message has two parts: the routing id and the bytes");
    }
    const pipe = this.#table.get(id);
    if (pipe === undefined || pipe.isPeerClosed) {
      throw new ZmqError("EHOSTUNREACH", `no connection has the routing id ${printable(id)}`);
    }
    if (bytes.length > 0) return pipe.write([bytes]);
    this.#hungUp = pipe;
    this.#host.release(pipe);
    this.#hungUp = undefined;
    return true;
  }

  receive(): Message | undefined {
    const notice = this.#notices.shift();
    if (notice !== undefined) return notice;
    const message = this.#queue.read();
    // Reading may have found the end of a connection.
    if (message === undefined) return this.#notices.shift();
    return [this.#queue.last!.routingId!, message[0]!];
  }

  canSend(): boolean {
    return true;
  }

  canReceive(): boolean {
    return !this.#notices.isEmpty || this.#queue.canRead() || !this.#notices.isEmpty;
  }

  #notice(id: Uint8Array): void {
    if (this.#host.options.notify) this.#notices.push([id, EMPTY]);
  }

  optionChanged(name: OptionName): void {
    const id = bytesOf(this.#host.options.connectRoutingId);
    if (name === "connectRoutingId" && id !== undefined) this.#table.checkNew(id);
  }
}

export interface StreamConnectOptions {
  /** ZMQ_CONNECT_ROUTING_ID: the id by which this connection is addressed, 1 to 255 bytes. */
  routingId?: string;
}

export class Stream extends Socket {
  constructor(options?: SocketOptions<Stream>) {
    super("STREAM", (host) => new StreamPattern(host), options);
  }

  /** As `Socket.connect`, tcp only; with `routingId` that is the connection's id. @throws ZmqError EINVAL for an id in use */
  override connect(address: string, options?: StreamConnectOptions): void {
    freeCoreOf(this).connect(address, options?.routingId);
  }
}

export interface Stream
  extends Writable<[MessageLike, MessageLike]>,
    Readable<[Part, Part]>,
    StreamAccessors {}

makeWritable(Stream);
makeReadable(Stream);
installOptions(Stream, ownOptions("STREAM"));
