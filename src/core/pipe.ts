/**
 * A pipe: two bounded queues between a socket and one peer, seen from either end. The other end belongs to a session
 * (and through it an engine) or, for inproc, to another socket. The high-water mark lives here.
 *
 *     socket's end                      other end
 *     write ──►  [ its inbound queue ]  ──► read          full at limit; the reader reports every half limit,
 *     read  ◄──  [ own inbound queue ]  ◄── write         so a full queue opens again in large steps
 *
 * A message is one slot, however many frames it has: queues never hold half of one.
 */
import { MessageQueue } from "#message-queue";
import type { EngineBridge, EnginePipe, Forwarder, Message, Peer } from "../engine/connection.ts";
import { beginFanOut, endFanOut } from "../engine/fan-out.ts";
import type { ZmqError } from "../util/errors.ts";
import type { EndpointPair } from "./monitor.ts";

/** Who holds an end. Called synchronously from inside the other end's calls. */
export interface PipeOwner {
  /** The inbound queue was empty and is not any more. */
  readable(pipe: Pipe): void;
  /** The outbound queue was full and has room again. */
  writable(pipe: Pipe): void;
  /** The other end has closed and everything it wrote has been read. Called once, not after the owner's `close`. */
  closed(pipe: Pipe): void;
  /** A message past the queue; see `EnginePipe.isHungry`. Only engines' ends are hungry. */
  take(message: Message): boolean;
  /** A bridge is full: what it has not reported yet may make room, and what is to come must wake this thread. */
  catchUp?(): void;
  /** A message was dropped because this end's pipe is full: once until it has room again. */
  dropping?(pipe: Pipe): void;
}

export class Pipe implements EnginePipe {
  readonly #inbound = new MessageQueue();
  #peer!: Pipe;
  #owner!: PipeOwner;
  /** High-water mark of what this end writes; 0 for none. */
  #limit: number;
  /** This end's share of that, and, with `isDirect`, the reader's. */
  #ownLimit: number;
  #readersLimit: number | undefined;
  #written = 0;
  #acknowledged = 0;
  #wasFull = false;
  /** Messages read since the last report to the writer. */
  #unreported = 0;
  #reportEvery = 1;
  /** The writer hears of room from inside `read`, before the reader has its message. */
  #isReporting = false;
  #isClosed = false;
  #peerClosed = false;
  #toldClosed = false;
  isHungry = false;
  /** Both ends are sockets': inproc. Its high-water mark is the sum of both sides'. */
  isDirect = false;
  /** Keep only the newest message in the inbound queue. */
  conflate = false;
  /** Copy small frames when they are queued: for ends that a user's memory comes through. */
  #copies: boolean;
  /** This end is a bridge to another thread. */
  #isBridge = false;
  /** The other end is one: it says itself what has been read, and hears at once of closing and of new limits. */
  #isBridged = false;
  bridge: EngineBridge | undefined;
  forwarder: Forwarder | undefined;

  /** Routing id of the peer, once known. The same object for every message from it. */
  routingId: Uint8Array | undefined;
  /** The peer, from the handshake on; undefined while there is no connection. */
  peerInfo: Peer | undefined;
  /** Where it leads; of the connection that stands, or stood last. */
  ends: EndpointPair | undefined;
  /** Messages that were dropped because the queue was full. */
  dropped = 0;
  #isDropping = false;
  /** Why the other end ended the pipe, where there is more to say than "closed". */
  reason: ZmqError | undefined;
  /** Room for the fair queue and load balancer to note that they hold this pipe already. */
  inFairQueue = false;
  inLoadBalancer = false;
  /** The last match of a publisher that found this pipe, so that two matching prefixes make one message. */
  matchedBy = 0;
  /** A publisher's subscriber has subscribed to something at least once. */
  hasSubscribed = false;

  private constructor(limit: number, copies: boolean) {
    this.#limit = limit;
    this.#ownLimit = limit;
    this.#copies = copies;
  }

  /**
   * Two ends that belong together. `limit` is the high-water mark of what the first writes, `backLimit` of what the
   * second does.
   */
  static pair(limit: number, backLimit: number, bothCopy: boolean): [Pipe, Pipe] {
    const first = new Pipe(limit, true);
    const second = new Pipe(backLimit, bothCopy);
    first.#peer = second;
    second.#peer = first;
    first.setLimit(limit);
    second.setLimit(backLimit);
    return [first, second];
  }

  get other(): Pipe {
    return this.#peer;
  }

  /** Call before anything else. */
  set owner(owner: PipeOwner) {
    this.#owner = owner;
  }

  /**
   * This end is a bridge to another thread. What passes it has memory of its own already, and counts as unread until it
   * is read over there: see `reserve` and `report`.
   */
  becomeBridge(): void {
    const peer = this.#peer;
    this.isDirect = false;
    peer.isDirect = false;
    this.#ownLimit = this.#readersLimit ?? this.#ownLimit;
    this.#readersLimit = undefined;
    this.#copies = false;
    this.#isBridge = true;
    peer.#isBridged = true;
    peer.#limitChanged();
    this.#limitChanged();
  }

  /** For a bridge: counts messages that it takes past the queue. False: the mark does not allow even the first. */
  reserve(count: number): boolean {
    const peer = this.#peer;
    if (peer.#isFull()) return false;
    peer.#written += count;
    return true;
  }

  /** For a bridge: so many more messages have been read at the far side. */
  report(count: number): void {
    this.#peer.#acknowledge(count);
  }

  /** For a bridge: somebody was refused and waits for room. */
  get isAwaited(): boolean {
    return this.#peer.#wasFull;
  }

  /** For a bridge: the far side's mark, which adds to the writer's; undefined: there is none. */
  set readersLimit(limit: number | undefined) {
    const peer = this.#peer;
    if (peer.#readersLimit === limit) return;
    peer.#readersLimit = limit;
    peer.#limitChanged();
  }

  /** High-water mark of what this end writes by itself; 0: none. */
  get limit(): number {
    return this.#ownLimit;
  }

  /** High-water mark of what the other end writes, wherever the queue is; 0: none. */
  get inboundLimit(): number {
    return this.#peer.#ownLimit;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** What comes through it comes from the event loop: neither from this thread nor, perhaps, in a promise job. */
  get isFromNetwork(): boolean {
    return !this.isDirect && !this.#isBridged;
  }

  /** The other end has closed: nothing written here would be read. */
  get isPeerClosed(): boolean {
    return this.#peerClosed;
  }

  /** Closes because the peer broke the rules: its connection ends with this error, and unsent messages are dropped. */
  reject(error: ZmqError): void {
    this.#peer.reason = error;
    this.close(true);
  }

  /** Messages waiting to be read at this end. */
  get inboundLength(): number {
    return this.#inbound.length;
  }

  /** Messages written at this end that the other has not read. */
  get outboundLength(): number {
    return this.#peer.#inbound.length;
  }

  /** The same, with those that are on their way through another thread. */
  get unsent(): number {
    return this.#isBridged ? this.#written - this.#acknowledged : this.outboundLength;
  }

  /** What this end writes may pile up to `limit` messages; 0: any number. Live. */
  setLimit(limit: number): void {
    this.#ownLimit = limit;
    this.#limitChanged();
  }

  /** The same for what the other end writes; with `isDirect` this end's share of it. Live. */
  setInboundLimit(limit: number): void {
    const peer = this.#peer;
    if (this.isDirect) peer.#readersLimit = limit;
    else peer.#ownLimit = limit;
    peer.#limitChanged();
  }

  /** Both sides' queues make one; if either has no limit, the whole has none. libzmq: pipe.cpp set_hwms. */
  #limitChanged(): void {
    const own = this.#ownLimit;
    const readers = this.#readersLimit;
    const limit = readers === undefined ? own : own === 0 || readers === 0 ? 0 : own + readers;
    const peer = this.#peer;
    this.#limit = limit;
    peer.#reportEvery = limit > 0 && !this.#isBridged ? (limit + 1) >> 1 : Number.POSITIVE_INFINITY;
    // Reads that the old mark would have reported later, or never: against a lower one they would count as unread.
    if (!this.#isBridged) this.#acknowledged += peer.#unreported;
    peer.#unreported = 0;
    if (this.#wasFull && !this.#isFull()) this.#tellWritable();
    if (this.#isBridged) peer.#owner.readable(peer);
    if (this.#isBridge) this.#owner.writable(this);
  }

  /** A method: V8 calls its runtime for every read of a private accessor. */
  #isFull(): boolean {
    return this.#limit > 0 && this.#written - this.#acknowledged >= this.#limit && !this.#peer.conflate;
  }

  get canRead(): boolean {
    return !this.#inbound.isEmpty;
  }

  get canWrite(): boolean {
    if (this.#isClosed || this.#peerClosed) return false;
    // A hungry bridge keeps to the mark: it only moves the queue elsewhere.
    return (this.#peer.isHungry && !this.#isBridged) || this.#hasSpace();
  }

  hasRoom(): boolean {
    return this.#hasSpace();
  }

  /** Room as the high-water mark sees it. */
  #hasSpace(): boolean {
    if (!this.#isFull()) return true;
    this.#wasFull = true;
    if (!this.#isBridged) return false;
    this.#peer.#owner.catchUp!();
    return !this.#isFull();
  }

  /** What the socket sends now comes from somebody who will not change its memory: no frame is copied. */
  static isBorrowing = false;

  /**
   * Queues a message for the other end. False, and nothing happened, when full or closed. The array is the pipe's from
   * then on, unless it `isShared` with other pipes.
   */
  write(message: Message, isShared = false): boolean {
    const peer = this.#peer;
    if (peer.isHungry && peer.#owner.take(message)) return true;
    if (this.#isClosed || this.#peerClosed) return false;
    if (!this.#hasSpace()) return false;
    this.#enqueue(isShared ? message.slice() : message);
    return true;
  }

  /** As `write`; what does not fit is dropped and counted. */
  writeOrDrop(message: Message, isShared = false): void {
    if (this.write(message, isShared) || this.#isClosed || this.#peerClosed) return;
    this.dropped++;
    if (this.#isDropping) return;
    this.#isDropping = true;
    this.#owner.dropping?.(this);
  }

  /**
   * As `write`, from an engine, which has asked for room: its socket takes nothing past the queue. Answers the next
   * question with it: is there still room?
   */
  deliver(message: Message): boolean {
    if (!this.#isClosed && !this.#peerClosed) this.#enqueue(message);
    return this.hasRoom();
  }

  forward(chunk: Uint8Array, from: number, maxFrameSize: number): number {
    if (this.bridge !== undefined) return this.bridge.forward(chunk, from, maxFrameSize);
    const peer = this.#peer;
    if (peer.conflate || this.#isClosed || this.#peerClosed || !this.#hasSpace()) return from;
    const inbound = peer.#inbound;
    const before = inbound.length;
    const room =
      this.#limit > 0 ? this.#limit - this.#written + this.#acknowledged : Number.POSITIVE_INFINITY;
    const to = inbound.pushFrames(chunk, from, maxFrameSize, room);
    if (to === from) return from;
    this.#written += inbound.length - before;
    if (before === 0 && !peer.#isReporting) peer.#owner.readable(peer);
    return to;
  }

  /** Writes one message to the first `count` pipes, encoding it once. Those that are full or closed miss it. */
  static writeToAll(pipes: readonly Pipe[], count: number, message: Message): void {
    if (count <= 1) {
      if (count === 1) pipes[0]!.writeOrDrop(message);
      return;
    }
    beginFanOut(message);
    for (let i = 0; i < count; i++) pipes[i]!.writeOrDrop(message, true);
    endFanOut();
  }

  /** As `write`, past the high-water mark: for subscriptions, which must not be lost. */
  writeAlways(message: Message): void {
    const peer = this.#peer;
    if (peer.isHungry && peer.#owner.take(message)) return;
    if (!this.#isClosed && !this.#peerClosed) this.#enqueue(message.slice());
  }

  read(): Message | undefined {
    const message = this.#inbound.shift();
    if (message === undefined) {
      // Not together with the last message: its reader would be told of the end before it has dealt with it.
      if (this.#peerClosed && !this.#isClosed) this.#tellClosed();
      return undefined;
    }
    this.#unreported++;
    this.#afterRead();
    return message;
  }

  /** As `read`, again and again: moves at most `max` messages to the end of `into`. */
  readMany(into: Message[], max: number): number {
    let count = 0;
    while (count < max) {
      const untilReport = this.#reportEvery - this.#unreported;
      const taken = this.#inbound.shiftMany(into, max - count < untilReport ? max - count : untilReport);
      count += taken;
      this.#unreported += taken;
      // More may have come in then.
      this.#afterRead();
      if (this.#inbound.isEmpty) break;
    }
    return count;
  }

  /** Tells the writer, who may wait for it, of half a mark's room. */
  #afterRead(): void {
    const count = this.#unreported;
    if (count < this.#reportEvery) return;
    this.#unreported = 0;
    this.#isReporting = true;
    try {
      this.#peer.#acknowledge(count);
    } finally {
      this.#isReporting = false;
    }
  }

  /**
   * This end is done: it reads no more and writes no more. What it wrote stays for the other end to read, unless
   * `discard`. May be called twice.
   */
  close(discard = false): void {
    const peer = this.#peer;
    if (discard) peer.#inbound.clear();
    const first = !this.#isClosed;
    this.#isClosed = true;
    this.#inbound.clear();
    this.isHungry = false;
    if (first) peer.#peerClosed = true;
    // From inside its read the reader is not told of the end, but by its next: it has not dealt with the message yet.
    if (!peer.#isClosed && peer.#inbound.isEmpty && !peer.#isReporting) peer.#tellClosed();
    else if (this.#isBridged) peer.#owner.readable(peer);
  }

  #enqueue(message: Message): void {
    const peer = this.#peer;
    const inbound = peer.#inbound;
    if (peer.conflate) inbound.clear();
    else this.#written++;
    const wasEmpty = inbound.isEmpty;
    if (this.#copies && !Pipe.isBorrowing) inbound.pushCopy(message);
    else inbound.push(message);
    // Told from inside its own `read`, an engine would send what is new before what it has just read. For the reader the
    // queue was never empty: it reads on until it is.
    if (wasEmpty && !peer.#isReporting) peer.#owner.readable(peer);
  }

  #acknowledge(count: number): void {
    this.#acknowledged += count;
    // A bridge hears of it in any case: it passes it on to a writer in another thread that may be at its mark.
    if ((this.#wasFull || this.#isBridge) && !this.#isClosed && !this.#isFull()) this.#tellWritable();
  }

  #tellWritable(): void {
    this.#wasFull = false;
    this.#isDropping = false;
    this.#owner.writable(this);
  }

  #tellClosed(): void {
    if (this.#toldClosed) return;
    this.#toldClosed = true;
    this.#owner.closed(this);
  }
}
