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
import { Bridged, type EngineParts } from "../engine/bridged.ts";
import type { EngineBridge, Message } from "../engine/connection.ts";
import { fromText, toText } from "../util/bytes.ts";
import { COMMAND } from "../wire/frame.ts";
import { found, wholeMessages } from "../wire/whole-messages.ts";
import type { Control } from "./bridge-control.ts";
import { Holding } from "./holding.ts";
import type { LinkEnd, Membership } from "./membership.ts";
import { MessageReader } from "./message-reader.ts";
import { MessageWriter } from "./message-writer.ts";
import type { ParcelRoute } from "./parcel-route.ts";
import type { Parcels } from "./parcels.ts";
import { frameSize, type RingReader, type RingWriter } from "./shared-ring.ts";

/** Who made the bridge. */
export interface BridgeHost {
  control(bridge: SharedPipe, control: Control): void;
  /** The link is over. True: the local pipe is to stay, for another link. Called once. */
  ended(bridge: SharedPipe): boolean;
  /** How long what the socket has sent may take to get through after it closed its end, ms; -1: any time. */
  readonly lingerMs: number;
  /** Takes long frames past the ring: between a context and its I/O threads. */
  readonly parcels?: Parcels;
  /** What comes was sealed on its way. */
  readonly isSealed?: boolean;
}

/**
 * How the mark of a direction is made up. "sum": of the writer's and the reader's, as with inproc. "writer's": the two
 * pipes make one queue, as if no thread were between socket and engine.
 */
export type MarkRule = "sum" | "writer's";

/** Bytes written in one turn before the reader is told, so that both threads are at work. */
const EARLY = 32_768;

export class SharedPipe implements PipeOwner, LinkEnd, EngineBridge {
  readonly #member: Membership;
  readonly #link: number;
  readonly #side: 0 | 1;
  readonly #end: Pipe;
  readonly #host: BridgeHost;
  readonly #rule: MarkRule;
  readonly #writer: RingWriter;
  readonly #reader: RingReader;
  readonly #messages: MessageWriter;
  readonly #incoming: MessageReader;
  readonly #route: ParcelRoute | undefined;
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
  readonly #holding = new Holding();
  /** A message that the pipe turned down at the last moment. */
  #turnedDown: Message | undefined;
  /** The reader's mark as last seen. */
  #mark = 0;
  /** Messages handed to the local pipe. */
  #delivered = 0;
  /** Those, and those that were written, at the last look. */
  #passed = 0;

  constructor(member: Membership, link: number, side: 0 | 1, end: Pipe, rule: MarkRule, host: BridgeHost) {
    this.#member = member;
    this.#link = link;
    this.#side = side;
    this.#end = end;
    this.#host = host;
    this.#rule = rule;
    [this.#writer, this.#reader] = member.memory.rings(link, side);
    this.#route = host.parcels?.route(link);
    this.#messages = new MessageWriter(this.#writer, () => this.#publish(), this.#route);
    this.#incoming = new MessageReader(
      this.#reader,
      (body) => this.#heard(body),
      () => this.#member.wake(this.#link, this.#side),
      this.#route,
      host.isSealed,
    );
    this.#sendLimit = end.inboundLimit;
    this.#receiveLimit = end.limit;
    member.hold(link, this);
    // Nothing moves before `start`.
    end.owner = NOBODY;
    end.becomeBridge();
    end.owner = this;
    end.other.bridge = this;
  }

  /** Messages that the socket has sent and the other thread has not dealt with. */
  get queued(): number {
    return this.#isEnded ? 0 : this.#end.inboundLength + this.#writer.unread;
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
    const passed = (this.#delivered + this.#writer.sent) | 0;
    this.#member.moved((passed - this.#passed) | 0);
    this.#passed = passed;
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
    // At work on one half of what the mark allows while the reader is on the other.
    const limit = this.#end.inboundLimit + (this.#rule === "sum" ? this.#mark : 0);
    this.#writer.awaitDone(limit >> 1);
    this.#progress();
  }

  /** The socket has closed its end, and everything it sent has been read from the pipe. */
  closed(): void {
    if (this.#isClosing || this.#isEnded) return;
    this.#isClosing = true;
    const { reason } = this.#end;
    if (reason !== undefined) this.tell({ kind: "reason", code: reason.code, message: reason.message });
    if (this.#messages.isBusy || this.#controls.length > 0) this.#linger();
    else this.#finish();
  }

  // ---- from an engine at the other end of the local pipe: messages that are frames already, and stay so

  forward(chunk: Uint8Array, from: number, maxFrameSize: number): number {
    const end = this.#end;
    const writer = this.#writer;
    if (!end.isHungry || end.conflate || this.#messages.isBusy || this.#controls.length > 0) return from;
    const to = writer.hasRoom(chunk.length - from) ? chunk.length : from + writer.room;
    const until = wholeMessages(chunk, from, to, maxFrameSize);
    const { messages } = found;
    // Below the mark all that has come is taken: what is beyond it waits in the ring in place of the chunk.
    if (messages === 0 || !end.reserve(messages)) return from;
    writer.putMessages(chunk, from, until, messages);
    this.#publishSoon();
    return until;
  }

  retry(): void {
    this.#drain();
  }

  join(...engine: EngineParts): Bridged {
    return new Bridged(this.#end.other, this, engine);
  }

  spent(frame: Uint8Array): void {
    this.#route?.free(frame);
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
    if (!this.#messages.isBusy && this.#controls.length === 0 && this.#end.reserve(1)) {
      this.#write(message);
      return true;
    }
    this.#end.isHungry = false;
    return false;
  }

  /** There must be no other message that is still being written. */
  #write(message: Message): void {
    if (this.#messages.write(message)) this.#publishSoon();
    else this.#end.isHungry = false;
  }

  #publishSoon(): void {
    if (!this.#isScheduled) this.#schedule();
    else if (this.#writer.unpublished >= EARLY) this.#publish();
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
    this.#writer.awaitDone(0);
    this.#progress();
    return this.#isWanted();
  }

  #writeControls(): void {
    while (this.#controls.length > 0 && !this.#messages.isBusy) {
      const body = this.#controls[0]!;
      if (!this.#messages.waitForRoom(frameSize(body.length))) return;
      this.#writer.put(COMMAND, body);
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
    if (!this.#messages.continue()) return;
    if (this.#controls.length > 0) this.#writeControls();
    const end = this.#end;
    for (;;) {
      if (this.#messages.isBusy || this.#controls.length > 0) return;
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
    if (end.isHungry) this.#holding.stop();
  }

  // ---- reading

  /** Moves what has come into the local pipe, as far as that has room. */
  #drain(): void {
    if (this.#isReading || this.#isEnded) return;
    this.#isReading = true;
    const reader = this.#reader;
    const end = this.#end;
    const half = end.limit > 0 ? (end.limit + 1) >> 1 : Number.POSITIVE_INFINITY;
    let count = 0;
    // Nobody waits for a writer that has gone: all it wrote is taken, beyond the mark.
    while (!end.isPeerClosed) {
      const isLast = reader.isWriterClosed();
      const { forwarder, isHungry } = end.other;
      if (forwarder !== undefined && this.#turnedDown === undefined) {
        // What the network does not take now waits in the ring: `retry`.
        if (!isHungry && !isLast) break;
        const frames = isHungry ? this.#incoming.stretch() : undefined;
        if (frames !== undefined) {
          this.#delivered = (this.#delivered + found.messages) | 0;
          forwarder.takeFrames(frames);
          this.#report();
          continue;
        }
      }
      if (!isLast && !end.canWrite) break;
      if (!isLast && forwarder === undefined && this.#turnedDown === undefined && this.#incoming.pass(end)) {
        this.#delivered = (this.#delivered + found.messages) | 0;
        continue;
      }
      let message = this.#turnedDown ?? this.#incoming.next(false);
      if (this.#isEnded) return;
      if (message === undefined) {
        if (isLast) {
          this.#isReading = false;
          this.#over();
          return;
        }
        reader.waits();
        if (reader.available() === 0 && !reader.isWriterClosed()) break;
        continue;
      }
      if (isLast) {
        this.#turnedDown = undefined;
        this.#delivered = (this.#delivered + 1) | 0;
        end.deliver(message);
        continue;
      }
      // With it go those that were copied together with it.
      for (; message !== undefined && end.write(message); message = this.#incoming.next(true)) {
        this.#delivered = (this.#delivered + 1) | 0;
        if (++count % half === 0) this.#report();
      }
      if (this.#isEnded) return;
      this.#turnedDown = message;
      if (message !== undefined) break;
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
    if (this.#reader.tell((this.#delivered - end.outboundLength) | 0, mark))
      this.#member.wake(this.#link, this.#side);
  }

  /** Nobody reads what comes any more. The rings' end is seen all the same. */
  #discard(): void {
    const reader = this.#reader;
    for (;;) {
      const isLast = reader.isWriterClosed();
      const length = reader.available();
      if (length > 0 && reader.free(length)) this.#member.wake(this.#link, this.#side);
      else if (length === 0) {
        if (isLast) {
          this.#over();
          return;
        }
        reader.waits();
        if (reader.available() === 0 && !reader.isWriterClosed()) return;
      }
    }
  }

  /** What comes after this is from that peer: its messages tell so. */
  comesFrom(origin: object | undefined): void {
    this.#incoming.comesFrom(origin);
  }

  /** The other bridge says something. False: this one has ended over it. */
  #heard(body: Uint8Array): boolean {
    const control = JSON.parse(toText(body)) as Control;
    if (control.kind === "marks") {
      this.#sendLimit = control.receive!;
      this.#receiveLimit = control.send!;
      this.#end.setLimit(control.send!);
      this.#end.setInboundLimit(control.receive!);
      this.#report();
    } else this.#host.control(this, control);
    return !this.#isEnded;
  }

  // ---- the end

  /** Drops the link at once: what was not written is lost, what was can be read. */
  abort(): void {
    if (!this.#isEnded) this.#finish();
  }

  /** The program is about to end by itself: not while something that was sent is not in the ring. */
  holdUnsent(): void {
    if (this.#isEnded || this.#host.lingerMs === 0) return;
    if (this.#end.inboundLength > 0 || this.#messages.isBusy) this.#linger();
  }

  /** The socket has closed its end, or the program ends, and something that was sent is not in the ring yet. */
  #linger(): void {
    if (this.#holding.isOn) return;
    const { lingerMs } = this.#host;
    if (lingerMs === 0) {
      this.abort();
      return;
    }
    this.#holding.start(lingerMs, () => {
      if (this.#end.isPeerClosed) this.abort();
    });
  }

  /** This side is done. */
  #finish(): void {
    if (this.#writer.close()) this.#member.wake(this.#link, this.#side);
    this.#over();
  }

  #over(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#holding.stop();
    this.#member.drop(this.#link, this.#side);
    this.#messages.clear();
    this.#incoming.clear();
    this.#route?.end();
    this.#end.isHungry = false;
    if (!this.#host.ended(this)) this.#end.close();
  }
}
