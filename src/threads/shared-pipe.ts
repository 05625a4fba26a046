/**
 * A bridge: joins a pipe of this thread to one of another, over the two rings of a link. It owns the far end of the local
 * pipe, as an engine's session does, so sockets and engines see a pipe like any other and nothing on their way changes.
 *
 *   socket ─ outer [local pipe] end ─ SharedPipe ══ ring ══► SharedPipe ─ end [local pipe] ─ socket, or a session
 *                                                ◄══ ring ══
 *
 * Messages are copied into the ring, and out of it a ring's content at a time: frames are views of that copy, as they are
 * of what comes from a network. A message counts as unread, against the mark of the pipe it was written to, until it has
 * left the other pipe. A message that does not fit is written as room comes.
 */

import { NOBODY } from "../core/inproc-table.ts";
import type { Pipe, PipeOwner } from "../core/pipe.ts";
import type { Message, Peer } from "../engine/connection.ts";
import { allocate, allocateSmall, EMPTY, fromText, toText, View } from "../util/bytes.ts";
import { systemClock, type Timer } from "../util/clock.ts";
import type { ZmqErrorCode } from "../util/errors.ts";
import { hold, release } from "../util/keep-alive.ts";
import { mark } from "../util/mark.ts";
import type { LinkEnd, Membership } from "./membership.ts";
import {
  CONTROL,
  isLong,
  longLength,
  lowLength,
  MORE,
  type RingReader,
  type RingWriter,
  readHeader,
  recordSize,
} from "./shared-ring.ts";

/** What the two bridges say to each other, in order with the messages. JSON; bytes as Latin-1 text. */
export interface Control {
  readonly kind: "hello" | "refused" | "marks" | "ready" | "reason" | "closing";
  /** hello, ready */
  readonly socketType?: string;
  readonly routingId?: string;
  readonly conflate?: boolean;
  /** ready */
  readonly version?: Peer["version"];
  readonly minor?: number;
  readonly metadata?: readonly (readonly [string, string])[];
  readonly origin?: {
    readonly address: string;
    readonly peer: readonly (readonly [string, string])[];
    readonly authenticator: readonly (readonly [string, string])[];
  };
  /** marks: those of who says so */
  readonly send?: number;
  readonly receive?: number;
  /** reason: why the other side closes */
  readonly code?: ZmqErrorCode;
  readonly message?: string;
}

/** Who made the bridge. */
export interface BridgeHost {
  control(bridge: SharedPipe, control: Control): void;
  /** The link is over. True: the local pipe is to stay, for another link. Called once. */
  ended(bridge: SharedPipe): boolean;
  /** How long what the socket has sent may take to get through after it closed its end, ms; -1: any time. */
  readonly lingerMs: number;
}

/**
 * How the mark of a direction is made up. "sum": of the writer's and the reader's, as with inproc. "writer's": the two
 * pipes make one queue, as if no thread were between socket and engine.
 */
export type MarkRule = "sum" | "writer's";

/** Bytes written in one turn before the reader is told, so that both threads are at work. */
const EARLY = 8192;
/** Up to this much is copied out of a ring into the runtime's pool. */
const POOLED = 2048;

export class SharedPipe implements PipeOwner, LinkEnd {
  readonly isResting = false;
  readonly #member: Membership;
  readonly #link: number;
  readonly #side: 0 | 1;
  readonly #end: Pipe;
  readonly #host: BridgeHost;
  readonly #rule: MarkRule;
  readonly #writer: RingWriter;
  readonly #reader: RingReader;
  /** Messages that the reader has been done with, as the pipe was told. */
  #reported = 0;
  /** Marks that the other side knows of. */
  #sendLimit: number;
  #receiveLimit: number;
  /** This side takes part: see `start`. */
  #isOpen = false;
  #isScheduled = false;
  #isClosing = false;
  #isEnded = false;
  #isReading = false;
  #isPumping = false;
  #isHolding = false;
  #lingerTimer: Timer | undefined;
  // A message that is being written piece by piece: the next part, and how far it is; -1: not begun.
  #writing: Message | undefined;
  #part = 0;
  #partAt = -1;
  // What was copied out of the ring and not yet looked at.
  #chunk: Uint8Array = EMPTY;
  #chunkAt = 0;
  // A part that is longer than what has come: where it is gathered, and how far.
  #gathered: Uint8Array | undefined;
  #gatheredTo = 0;
  #gatheredHeader = 0;
  /** Parts of a message of several. */
  #parts: Message | undefined;
  /** A message that the pipe turned down at the last moment. */
  #turnedDown: Message | undefined;
  /** The peer of the connection at the other side; see `util/mark.ts`. */
  #origin: object | undefined;
  /** The reader's mark as last seen. */
  #mark = 0;
  /** Messages handed to the local pipe. */
  #delivered = 0;

  constructor(member: Membership, link: number, side: 0 | 1, end: Pipe, rule: MarkRule, host: BridgeHost) {
    this.#member = member;
    this.#link = link;
    this.#side = side;
    this.#end = end;
    this.#host = host;
    this.#rule = rule;
    [this.#writer, this.#reader] = member.memory.rings(link, side);
    this.#sendLimit = end.inboundLimit;
    this.#receiveLimit = end.limit;
    member.hold(link, this);
    // Nothing moves before `start`.
    end.owner = NOBODY;
    end.becomeBridge();
    end.owner = this;
  }

  /** Messages that the socket has sent and the other thread has not dealt with. */
  get queued(): number {
    return this.#isEnded ? 0 : this.#end.inboundLength + this.#writer.unread;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get end(): Pipe {
    return this.#end;
  }

  /** Begins to move messages. */
  start(): void {
    this.#isOpen = true;
    this.#report();
    this.#pump();
    this.#drain();
  }

  /** To the bridge at the other side, after all messages so far. */
  tell(control: Control): void {
    if (this.#isEnded || this.#writer.isClosed) return;
    const body = fromText(JSON.stringify(control));
    // Rare and small, and must not be lost: the ring's other half may be full of messages, so they wait for it in line.
    this.#controls.push(body);
    this.#writeControls();
  }

  readonly #controls: Uint8Array[] = [];

  // ---- from the member

  look(): void {
    this.#progress();
    if (this.#end.isAwaited) this.catchUp();
    this.#pump();
    this.#drain();
  }

  flush(): void {
    this.#isScheduled = false;
    this.#publish();
  }

  // ---- from the local pipe

  readable(): void {
    const end = this.#end;
    this.#marksChanged();
    this.#pump();
    if (end.isPeerClosed && !this.#isEnded) this.#linger();
  }

  writable(): void {
    this.#marksChanged();
    this.#drain();
  }

  catchUp(): void {
    if (this.#isEnded) return;
    this.#publish();
    this.#writer.awaitDone();
    this.#progress();
  }

  /** The socket has closed its end, and everything it sent has been read from the pipe. */
  closed(): void {
    if (this.#isClosing || this.#isEnded) return;
    this.#isClosing = true;
    const { reason } = this.#end;
    if (reason !== undefined) this.tell({ kind: "reason", code: reason.code, message: reason.message });
    if (this.#writing !== undefined || this.#controls.length > 0) this.#linger();
    else this.#finish();
  }

  // ---- writing

  /** With one queue in two threads, both keep its marks. */
  #marksChanged(): void {
    const { limit, inboundLimit } = this.#end;
    if (limit === this.#receiveLimit && inboundLimit === this.#sendLimit) return;
    this.#receiveLimit = limit;
    this.#sendLimit = inboundLimit;
    if (this.#rule === "writer's") this.tell({ kind: "marks", send: inboundLimit, receive: limit });
    else this.#report();
  }

  /** Takes note of what the reader is done with. False: nothing new. */
  #progress(): boolean {
    const { done } = this.#writer;
    const count = (done - this.#reported) | 0;
    const mark = this.#rule === "sum" ? this.#writer.mark : 0;
    const isNew = count > 0 || mark !== this.#mark;
    this.#reported = done;
    if (mark !== this.#mark) {
      this.#mark = mark;
      this.#end.readersLimit = mark < 0 ? 0 : mark;
    }
    if (count > 0) this.#end.report(count);
    return isNew;
  }

  /** May messages be written? Not to a reader that has not said that it wants them. */
  #isWanted(): boolean {
    return this.#rule === "writer's" || this.#mark !== 0;
  }

  take(message: Message): boolean {
    if (this.#writing === undefined && this.#controls.length === 0 && this.#end.reserve()) {
      this.#write(message);
      return true;
    }
    this.#end.isHungry = false;
    return false;
  }

  /** There must be no other message that is still being written. */
  #write(message: Message): void {
    const writer = this.#writer;
    let size = 0;
    for (let i = 0; i < message.length; i++) size += recordSize(message[i]!.length);
    if (!writer.hasRoom(size)) {
      this.#writing = message;
      this.#part = 0;
      this.#partAt = -1;
      this.#end.isHungry = false;
      this.#continue();
      return;
    }
    const last = message.length - 1;
    for (let i = 0; i < last; i++) writer.put(MORE, message[i]!);
    writer.put(0, message[last]!);
    writer.endMessage();
    if (!this.#isScheduled) this.#schedule();
    else if (writer.unpublished >= EARLY) this.#publish();
  }

  #schedule(): void {
    this.#isScheduled = true;
    this.#member.flushLater(this);
  }

  #publish(): void {
    if (this.#writer.publish()) this.#member.wake(this.#link, this.#side);
  }

  /** Announces that this side waits, and looks once more: see shared-ring.ts. */
  #waitUntilWanted(): boolean {
    this.#writer.awaitDone();
    this.#progress();
    return this.#isWanted();
  }

  #waitForRoom(bytes: number): boolean {
    if (this.#writer.hasRoom(bytes)) return true;
    this.#publish();
    this.#writer.awaitRoom();
    return this.#writer.hasRoom(bytes);
  }

  /** Goes on with the message that is being written. False: there is no room for the rest yet. */
  #continue(): boolean {
    const message = this.#writing!;
    const writer = this.#writer;
    while (this.#part < message.length) {
      const body = message[this.#part]!;
      if (this.#partAt < 0) {
        if (!this.#waitForRoom(8)) return false;
        writer.begin(this.#part < message.length - 1 ? MORE : 0, body.length);
        this.#partAt = 0;
      }
      while (this.#partAt < body.length) {
        if (!this.#waitForRoom(8)) return false;
        this.#partAt += writer.putPart(body, this.#partAt);
      }
      this.#part++;
      this.#partAt = -1;
    }
    this.#writing = undefined;
    writer.endMessage();
    this.#publish();
    return true;
  }

  #writeControls(): void {
    while (this.#controls.length > 0 && this.#writing === undefined) {
      const body = this.#controls[0]!;
      if (!this.#waitForRoom(recordSize(body.length))) return;
      this.#writer.put(CONTROL, body);
      this.#controls.shift();
    }
    this.#publish();
  }

  /** Moves what the socket has sent into the ring, as far as it goes. */
  #pump(): void {
    // Reading makes room, and the socket fills it at once: that comes back to here, and the loop goes on with it.
    if (this.#isEnded || this.#isPumping) return;
    this.#isPumping = true;
    this.#pumpAll();
    this.#isPumping = false;
  }

  #pumpAll(): void {
    if (this.#writing !== undefined && !this.#continue()) return;
    if (this.#controls.length > 0) this.#writeControls();
    const end = this.#end;
    for (;;) {
      if (this.#writing !== undefined || this.#controls.length > 0) return;
      if (this.#isClosing) {
        this.#finish();
        return;
      }
      if (!this.#isWanted() && !this.#waitUntilWanted()) return;
      const message = end.read();
      // Reading may have told of the end.
      if (this.#isEnded) return;
      if (message === undefined) break;
      this.#write(message);
    }
    end.isHungry = !end.isPeerClosed;
    if (end.isHungry) this.#stopHolding();
  }

  // ---- reading

  /** Moves what has come into the local pipe, as far as that has room. */
  #drain(): void {
    if (this.#isReading || this.#isEnded) return;
    this.#isReading = true;
    const reader = this.#reader;
    const end = this.#end;
    // Nobody waits for a writer that has gone: all it wrote is taken, beyond the mark.
    while (!end.isPeerClosed) {
      const isLast = reader.isWriterClosed();
      if (!isLast && !end.canWrite) break;
      const message = this.#turnedDown ?? this.#next();
      if (this.#isEnded) return;
      if (message === undefined) {
        if (isLast) {
          this.#isReading = false;
          this.#otherEnded();
          return;
        }
        reader.waits();
        if (reader.available() === 0 && !reader.isWriterClosed()) break;
        continue;
      }
      this.#turnedDown = undefined;
      this.#delivered = (this.#delivered + 1) | 0;
      if (isLast) end.deliver(message);
      else if (!end.write(message)) {
        this.#delivered = (this.#delivered - 1) | 0;
        this.#turnedDown = message;
        break;
      }
    }
    this.#isReading = false;
    // The socket reads no more; but what becomes of the other side is still of interest.
    if (end.isPeerClosed && !this.#isEnded) this.#discard();
    this.#report();
  }

  /** Tells the writer what has been read here. */
  #report(): void {
    if (this.#isEnded || !this.#isOpen) return;
    const end = this.#end;
    const mark = end.limit === 0 || this.#rule === "writer's" ? -1 : end.limit;
    // What a conflating pipe has thrown away is done with too; it has one message at most.
    if (this.#reader.tell((this.#delivered - end.outboundLength) | 0, mark)) this.#wake();
  }

  /** Nobody reads what comes any more. The rings' end is seen all the same. */
  #discard(): void {
    const reader = this.#reader;
    for (;;) {
      const isLast = reader.isWriterClosed();
      const length = reader.available();
      if (length > 0 && reader.free(length)) this.#wake();
      else if (length === 0) {
        if (isLast) {
          this.#otherEnded();
          return;
        }
        reader.waits();
        if (reader.available() === 0 && !reader.isWriterClosed()) return;
      }
    }
  }

  #wake(): void {
    this.#member.wake(this.#link, this.#side);
  }

  /** The next whole message in the ring, if it is there. Deals with what the other bridge says on the way. */
  #next(): Message | undefined {
    for (;;) {
      let header: number;
      let body: Uint8Array;
      if (this.#gathered !== undefined) {
        if (!this.#gather(this.#gathered)) return undefined;
        header = this.#gatheredHeader;
        body = this.#gathered;
        this.#gathered = undefined;
      } else {
        if (this.#chunkAt === this.#chunk.length && !this.#refill()) return undefined;
        header = readHeader(this.#chunk, this.#chunkAt);
        this.#chunkAt += 4;
        let length = lowLength(header);
        if (isLong(header)) {
          length = longLength(header, readHeader(this.#chunk, this.#chunkAt));
          this.#chunkAt += 4;
        }
        const chunk = this.#chunk;
        if (this.#chunkAt + length > chunk.length) {
          this.#gathered = allocate(length);
          if (this.#origin !== undefined) mark(this.#gathered, this.#origin);
          this.#gathered.set(chunk.subarray(this.#chunkAt));
          this.#gatheredTo = chunk.length - this.#chunkAt;
          this.#gatheredHeader = header;
          this.#chunk = EMPTY;
          this.#chunkAt = 0;
          continue;
        }
        body = new View(chunk.buffer, chunk.byteOffset + this.#chunkAt, length);
        this.#chunkAt += (length + 3) & ~3;
      }
      if ((header & CONTROL) !== 0) {
        this.#heard(body);
        if (this.#isEnded) return undefined;
        continue;
      }
      if ((header & MORE) !== 0) {
        this.#parts ??= [];
        this.#parts.push(body);
        continue;
      }
      const message = this.#parts;
      if (message === undefined) return [body];
      this.#parts = undefined;
      message.push(body);
      return message;
    }
  }

  /** Takes all that is in the ring. */
  #refill(): boolean {
    const length = this.#reader.available();
    if (length === 0) return false;
    // Memory of which it is noted whose it is cannot be part of a pool.
    const isPooled = length <= POOLED && this.#origin === undefined;
    this.#chunk = isPooled ? allocateSmall(length) : allocate(length);
    this.#chunkAt = 0;
    if (this.#origin !== undefined) mark(this.#chunk, this.#origin);
    if (this.#reader.copyTo(this.#chunk, 0, length)) this.#wake();
    return true;
  }

  /** What comes after this is from that peer: its messages tell so. What has been copied already is its as well. */
  comesFrom(origin: object | undefined): void {
    this.#origin = origin;
    const rest = this.#chunk.subarray(this.#chunkAt);
    if (rest.length === 0 || origin === undefined) return;
    this.#chunk = allocate(rest.length);
    this.#chunk.set(rest);
    this.#chunkAt = 0;
    mark(this.#chunk, origin);
  }

  /** Straight to where the long part is to be. True: it is complete. */
  #gather(target: Uint8Array): boolean {
    const missing = target.length - this.#gatheredTo;
    const length = Math.min(this.#reader.available(), missing);
    if (length > 0 && this.#reader.copyTo(target, this.#gatheredTo, length)) this.#wake();
    this.#gatheredTo += length;
    return this.#gatheredTo === target.length;
  }

  #heard(body: Uint8Array): void {
    const control = JSON.parse(toText(body)) as Control;
    if (control.kind === "marks") {
      this.#sendLimit = control.receive!;
      this.#receiveLimit = control.send!;
      this.#end.setLimit(control.send!);
      this.#end.setInboundLimit(control.receive!);
      this.#report();
    } else this.#host.control(this, control);
  }

  // ---- the end

  /** Drops the link at once: what was not written is lost, what was can be read. */
  abort(): void {
    if (!this.#isEnded) this.#finish();
  }

  /** The program is about to end by itself: not while something that was sent is not in the ring. */
  holdUnsent(): void {
    if (this.#isEnded || this.#host.lingerMs === 0) return;
    if (this.#end.inboundLength > 0 || this.#writing !== undefined) this.#linger();
  }

  /** The socket has closed its end, or the program ends, and something that was sent is not in the ring yet. */
  #linger(): void {
    if (this.#isHolding) return;
    const { lingerMs } = this.#host;
    if (lingerMs === 0) {
      this.abort();
      return;
    }
    this.#isHolding = true;
    hold();
    if (lingerMs > 0) {
      this.#lingerTimer = systemClock.after(lingerMs, () => {
        if (this.#end.isPeerClosed) this.abort();
        else this.#stopHolding();
      });
    }
  }

  #stopHolding(): void {
    if (!this.#isHolding) return;
    this.#isHolding = false;
    release();
    this.#lingerTimer?.cancel();
  }

  /** This side is done. */
  #finish(): void {
    if (this.#writer.close()) this.#wake();
    this.#over();
  }

  /** The other side is done, and all it wrote has been delivered. */
  #otherEnded(): void {
    this.#over();
  }

  #over(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#stopHolding();
    this.#member.drop(this.#link, this.#side);
    this.#writing = undefined;
    this.#parts = undefined;
    this.#gathered = undefined;
    this.#chunk = EMPTY;
    this.#end.isHungry = false;
    if (!this.#host.ended(this)) this.#end.close();
  }
}
