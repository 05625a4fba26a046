/**
 * RADIO and DISH: messages to groups, which are joined and left by exact name. On the wire a message is two frames,
 * the group and the body; joining and leaving are commands. 48/RADIO-DISH; libzmq: radio.cpp, dish.cpp.
 */
import type { Message as Frames, Pattern, PatternHost, Peer } from "../../core/pattern.ts";
import type { Pipe } from "../../core/pipe.ts";
import { Distributor } from "../../routing/distributor.ts";
import { FairQueue } from "../../routing/fair-queue.ts";
import { concat, copy, toLatin1 } from "../../util/bytes.ts";
import { printable, ZmqError } from "../../util/errors.ts";
import type { DishAccessors, RadioAccessors } from "../accessors.ts";
import { coreOf } from "../core-of.ts";
import { toFrame } from "../message.ts";
import { makeReadable, type Readable } from "../readable.ts";
import { installOptions, ownOptions, Socket, type SocketOptions } from "../socket.ts";
import type { Message } from "../types.ts";
import { type AddressedWritable, makeAddressed, withMeta } from "./addressed.ts";

/** ZMQ_GROUP_MAX_LENGTH */
const GROUP_MAX = 255;
const JOIN = 1;
const LEAVE = 0;

class RadioPattern implements Pattern {
  readonly #host: PatternHost;
  readonly #distributor = new Distributor();
  /** Group → who has joined it, and how often. */
  readonly #members = new Map<string, Map<Pipe, number>>();
  /** Peers that joins do not come from: datagrams go to whoever listens. */
  readonly #everything = new Set<Pipe>();

  constructor(host: PatternHost) {
    this.#host = host;
  }

  attach(pipe: Pipe): void {
    this.#distributor.attach(pipe);
    this.readable(pipe);
  }

  ready(pipe: Pipe, peer: Peer): void {
    if (peer.version === 0) this.#everything.add(pipe);
  }

  detach(pipe: Pipe): void {
    this.#distributor.detach(pipe);
    this.#everything.delete(pipe);
    for (const [group, members] of this.#members) {
      if (members.delete(pipe) && members.size === 0) this.#members.delete(group);
    }
  }

  /** Joins and leaves are taken in as they come; anything else a DISH has no business sending. */
  readable(pipe: Pipe): void {
    for (let message = pipe.read(); message !== undefined; message = pipe.read()) {
      const [frame] = message;
      if (message.length !== 1 || frame!.length === 0 || frame![0]! > JOIN) continue;
      if (frame!.length > 1 + GROUP_MAX) {
        const error = new ZmqError(
          "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED",
          `the peer named a group of ${frame!.length - 1} bytes; ${GROUP_MAX} is the most`,
        );
        this.#host.reject(pipe, error);
        return;
      }
      const group = toLatin1(frame!, 1);
      if (frame![0] === JOIN) this.#join(group, pipe);
      else this.#leave(group, pipe);
    }
  }

  writable(): void {}

  send(message: Frames): boolean {
    const [group] = message;
    if (group === undefined) return true;
    const distributor = this.#distributor;
    distributor.begin();
    const members = this.#members.get(toLatin1(group));
    if (members !== undefined) for (const pipe of members.keys()) distributor.choose(pipe);
    for (const pipe of this.#everything) distributor.choose(pipe);
    if (this.#host.options.noDrop && !distributor.canWrite()) return false;
    distributor.write(message);
    return true;
  }

  receive(): undefined {
    throw new ZmqError("ENOTSUP", "a RADIO socket cannot receive; use DISH at the other end");
  }

  canSend(): boolean {
    return true;
  }

  canReceive(): boolean {
    return false;
  }

  #join(group: string, pipe: Pipe): void {
    let members = this.#members.get(group);
    if (members === undefined) {
      members = new Map();
      this.#members.set(group, members);
    }
    members.set(pipe, (members.get(pipe) ?? 0) + 1);
  }

  #leave(group: string, pipe: Pipe): void {
    const members = this.#members.get(group);
    const count = members?.get(pipe) ?? 0;
    if (members === undefined || count === 0) return;
    if (count > 1) members.set(pipe, count - 1);
    else if (members.delete(pipe) && members.size === 0) this.#members.delete(group);
  }
}

class DishPattern implements Pattern {
  readonly #host: PatternHost;
  readonly #queue = new FairQueue();
  /** Pipes with a RADIO at the far end: it is told at once what changes, the others when they get one. */
  readonly #ready = new Set<Pipe>();
  readonly #groups = new Map<string, Uint8Array>();

  constructor(host: PatternHost) {
    this.#host = host;
  }

  attach(pipe: Pipe): void {
    this.#queue.activate(pipe);
  }

  /** A new RADIO, or one that has come back and knows nothing any more: it gets the whole list. */
  ready(pipe: Pipe, peer: Peer): void {
    // Datagrams: nobody is there to be told.
    if (peer.version === 0) return;
    this.#ready.add(pipe);
    for (const group of this.#groups.values()) pipe.writeAlways([request(JOIN, group)]);
  }

  detach(pipe: Pipe): void {
    this.#queue.remove(pipe);
    this.#ready.delete(pipe);
  }

  readable(pipe: Pipe): void {
    this.#queue.activate(pipe);
  }

  writable(): void {}

  send(): boolean {
    throw new ZmqError("ENOTSUP", "a DISH socket cannot send; use RADIO at the other end");
  }

  /** Filtered once more: datagrams come for any group, and what was on its way when a group was left comes too. */
  receive(): Frames | undefined {
    for (let message = this.#queue.read(); message !== undefined; message = this.#queue.read()) {
      const [group, body] = message;
      if (message.length !== 2 || group!.length > GROUP_MAX) {
        this.#host.reject(
          this.#queue.last!,
          new ZmqError("ERR_ZMTP_UNSPECIFIED", "the peer sent something that is no group and a body"),
        );
      } else if (this.#groups.has(toLatin1(group!))) return withMeta(body!, { group });
    }
    return undefined;
  }

  canSend(): boolean {
    return false;
  }

  /** What is waiting may be of a group that was not joined: libzmq looks ahead, we look when it is received. */
  canReceive(): boolean {
    return this.#queue.canRead();
  }

  join(group: Uint8Array): void {
    const key = toLatin1(group);
    if (this.#groups.has(key))
      throw new ZmqError("EINVAL", `the group ${printable(group)} is joined already`);
    // Copied: the memory is the user's.
    this.#groups.set(key, copy(group));
    for (const pipe of this.#ready) pipe.writeAlways([request(JOIN, group)]);
  }

  leave(group: Uint8Array): void {
    if (!this.#groups.delete(toLatin1(group)))
      throw new ZmqError("EINVAL", `the group ${printable(group)} is not joined; join it first`);
    for (const pipe of this.#ready) pipe.writeAlways([request(LEAVE, group)]);
  }
}

/** In the form that engines make commands of. */
function request(kind: 0 | 1, group: Uint8Array): Uint8Array {
  return concat([Uint8Array.of(kind), group], 1 + group.length);
}

/** @throws TypeError, ZmqError EINVAL for what can be no group */
function toGroup(value: unknown): Uint8Array {
  if (typeof value !== "string" && !(value instanceof Uint8Array))
    throw new TypeError("Group must be a string or buffer");
  const group = toFrame(value);
  if (group.length > GROUP_MAX)
    throw new ZmqError("EINVAL", `a group has at most ${GROUP_MAX} bytes, not ${group.length}`);
  return group;
}

export interface GroupOptions {
  /** The group, by its exact name of up to 255 bytes. */
  group: Buffer | string;
}

/** ZMQ_RADIO: each message to the DISHes that have joined its group. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface's members are installed below
export class Radio extends Socket {
  constructor(options?: SocketOptions<Radio>) {
    super("RADIO", (host) => new RadioPattern(host), options);
  }
}

export interface Radio extends AddressedWritable<GroupOptions>, RadioAccessors {}

makeAddressed<GroupOptions>(Radio, (body, { group }) => [toGroup(group), body]);
installOptions(Radio, ownOptions("RADIO"));

/** ZMQ_DISH: messages of the groups it has joined. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface's members are installed below
export class Dish extends Socket {
  constructor(options?: SocketOptions<Dish>) {
    super("DISH", (host) => new DishPattern(host), options);
  }

  /** `zmq_join`: receive messages of these groups. @throws ZmqError EINVAL for one joined already or over 255 bytes */
  join(...groups: (Buffer | string)[]): void {
    this.#each(groups, (pattern, group) => pattern.join(group));
  }

  /** `zmq_leave`: the opposite. @throws ZmqError EINVAL for one that is not joined */
  leave(...groups: (Buffer | string)[]): void {
    this.#each(groups, (pattern, group) => pattern.leave(group));
  }

  #each(values: (Buffer | string)[], act: (pattern: DishPattern, group: Uint8Array) => void): void {
    const core = coreOf(this);
    if (core.isClosed) throw new ZmqError("ENOTSOCK", "Socket is closed: its groups are gone with it");
    const groups = values.map(toGroup);
    for (const group of groups) act(core.pattern as DishPattern, group);
  }
}

export interface Dish extends Readable<[Message, { group: Buffer }]>, DishAccessors {}

makeReadable(Dish);
installOptions(Dish, ownOptions("DISH"));
