/**
 * Cuts messages out of a ring. What is in it is copied in large pieces, and frames are views of the copy, as they are of
 * what comes from a network. A frame that has not come whole is gathered in a block of its own; one that went past the ring
 * is fetched when its turn comes.
 */
import type { Pipe } from "../core/pipe.ts";
import type { Message } from "../engine/connection.ts";
import { allocate, allocateSmall, EMPTY, readU64, View } from "../util/bytes.ts";
import { mark } from "../util/mark.ts";
import { hastenYoungCollection } from "../util/young-garbage.ts";
import { COMMAND, LONG, MORE, PARCEL, smallLength, TOO_LARGE } from "../wire/frame.ts";
import { wholeMessages } from "../wire/whole-messages.ts";
import type { ParcelRoute } from "./parcel-route.ts";
import { HEADER_ROOM, type RingReader } from "./shared-ring.ts";

/** Up to this much is copied out of a ring into the runtime's pool. */
const POOLED = 2048;
/**
 * And no more than this at once, 2.5 times the rate of 1 kB in batches: larger blocks are fresh memory each time, and a small
 * message that is kept holds its block.
 */
const MOST_AT_ONCE = 65_536;
/** Behind a part as long as this the next one is likely as long. It is copied once, to where it stays, all but so much. */
const LONG_PART = 32_768;
const AFTER_LONG = 512;

export class MessageReader {
  readonly #reader: RingReader;
  /** A command: it is for the bridge. False: it has ended. */
  readonly #heard: (body: Uint8Array) => boolean;
  /** The writer waits for the room that was made. */
  readonly #wake: () => void;
  readonly #route: ParcelRoute | undefined;
  readonly #isSealed: boolean;
  // What was copied out of the ring and not yet looked at. Where it lies in its memory is asked once.
  #chunk: Uint8Array = EMPTY;
  #chunkAt = 0;
  #chunkLength = 0;
  #buffer: ArrayBufferLike = EMPTY.buffer;
  #offset = 0;
  // A part that is longer than what has come: where it is gathered, and how far.
  #gathered: Uint8Array | undefined;
  #gatheredTo = 0;
  #gatheredFlags = 0;
  #isAfterLong = false;
  /** Parts of a message of several. */
  #parts: Message | undefined;
  /** The peer of the connection at the other side; see `util/mark.ts`. */
  #origin: object | undefined;

  constructor(
    reader: RingReader,
    heard: (body: Uint8Array) => boolean,
    wake: () => void,
    route?: ParcelRoute,
    isSealed = false,
  ) {
    this.#isSealed = isSealed;
    this.#reader = reader;
    this.#heard = heard;
    this.#wake = wake;
    this.#route = route;
  }

  /**
   * The next whole message in the ring, if it is there; with `isCopied` only of what was copied with the last one. Deals
   * with what the other bridge says on the way.
   */
  next(isCopied: boolean): Message | undefined {
    for (;;) {
      let flags: number;
      let body: Uint8Array;
      if (this.#gathered !== undefined) {
        if (!this.#gather(this.#gathered)) return undefined;
        flags = this.#gatheredFlags;
        body = this.#gathered;
        this.#gathered = undefined;
      } else {
        if (!this.#hasHeader() && (isCopied || !this.#refill())) return undefined;
        const chunk = this.#chunk;
        const at = this.#chunkAt;
        flags = chunk[at]!;
        const isLong = (flags & LONG) !== 0;
        const length = isLong ? smallLength(chunk, at + 1) : chunk[at + 1]!;
        const bodyAt = at + (isLong ? HEADER_ROOM : 2);
        this.#chunkAt = bodyAt + length;
        if (this.#chunkAt > this.#chunkLength) {
          if (this.#isSealed) hastenYoungCollection(length);
          this.#gathered = allocate(isLong ? readU64(chunk, at + 1) : length);
          if (this.#origin !== undefined) mark(this.#gathered, this.#origin);
          this.#gathered.set(chunk.subarray(bodyAt));
          this.#gatheredTo = chunk.length - bodyAt;
          this.#gatheredFlags = flags;
          this.#setChunk(EMPTY);
          continue;
        }
        body = new View(this.#buffer, this.#offset + bodyAt, length);
      }
      if ((flags & (COMMAND | PARCEL)) !== 0) {
        if ((flags & COMMAND) !== 0) {
          if (!this.#heard(body)) return undefined;
          continue;
        }
        const parcel = this.#takeParcel();
        if (parcel === undefined) return undefined;
        body = parcel;
      }
      if ((flags & MORE) !== 0) {
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

  /** The frame that went past the ring. Undefined: the other thread is gone, and nothing more can be had. */
  #takeParcel(): Uint8Array | undefined {
    const parcel = this.#route?.take();
    if (parcel === undefined) {
      this.clear();
      return undefined;
    }
    const { buffer, length } = parcel;
    if (this.#isSealed) hastenYoungCollection(length);
    if (this.#origin !== undefined) mark(new View(buffer, 0, buffer.byteLength), this.#origin);
    return parcel;
  }

  /** Moves the whole messages that come next as they are, as many as the pipe takes. False: see what `next` says. */
  pass(pipe: Pipe): boolean {
    if (this.#gathered !== undefined || this.#parts !== undefined) return false;
    if (this.#chunkAt === this.#chunkLength && !this.#refill()) return false;
    const from = this.#chunkAt;
    this.#chunkAt = pipe.forward(this.#chunk, from, TOO_LARGE);
    return this.#chunkAt > from;
  }

  /** The whole messages that come next, encoded as they are. Undefined: see what `next` says. */
  stretch(): Uint8Array | undefined {
    if (this.#gathered !== undefined || this.#parts !== undefined) return undefined;
    if (this.#chunkAt === this.#chunkLength && !this.#refill()) return undefined;
    const chunk = this.#chunk;
    const from = this.#chunkAt;
    const end = wholeMessages(chunk, from, chunk.length, TOO_LARGE);
    if (end === from) return undefined;
    this.#chunkAt = end;
    return chunk.subarray(from, end);
  }

  /** The next frame's header is there. Writers show headers whole: if not, the ring has the rest of it. */
  #hasHeader(): boolean {
    const length = this.#chunkLength - this.#chunkAt;
    if (length >= HEADER_ROOM) return true;
    return length >= 2 && (this.#chunk[this.#chunkAt]! & LONG) === 0;
  }

  /** Takes what is in the ring. What has not been looked at, part of a header, comes before it. */
  #refill(): boolean {
    const length = Math.min(this.#reader.available(), this.#isAfterLong ? AFTER_LONG : MOST_AT_ONCE);
    if (length === 0) return false;
    this.#isAfterLong = false;
    const rest = this.#chunkLength - this.#chunkAt;
    const size = rest + length;
    // Memory of which it is noted whose it is cannot be part of a pool.
    const isPooled = size <= POOLED && this.#origin === undefined;
    if (this.#isSealed) hastenYoungCollection(size);
    const chunk = isPooled ? allocateSmall(size) : allocate(size);
    if (this.#origin !== undefined) mark(chunk, this.#origin);
    for (let i = 0; i < rest; i++) chunk[i] = this.#chunk[this.#chunkAt + i]!;
    this.#setChunk(chunk);
    if (this.#reader.copyTo(chunk, rest, length)) this.#wake();
    return true;
  }

  #setChunk(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#chunkAt = 0;
    this.#chunkLength = chunk.length;
    this.#buffer = chunk.buffer;
    this.#offset = chunk.byteOffset;
  }

  /** What comes after this is from that peer: its messages tell so. What has been copied already is its as well. */
  comesFrom(origin: object | undefined): void {
    this.#origin = origin;
    const rest = this.#chunk.subarray(this.#chunkAt);
    if (rest.length === 0 || origin === undefined) return;
    const chunk = allocate(rest.length);
    chunk.set(rest);
    mark(chunk, origin);
    this.#setChunk(chunk);
  }

  /** Straight to where the long part is to be. True: it is complete. */
  #gather(target: Uint8Array): boolean {
    const missing = target.length - this.#gatheredTo;
    const length = Math.min(this.#reader.available(), missing);
    if (length > 0 && this.#reader.copyTo(target, this.#gatheredTo, length)) this.#wake();
    this.#gatheredTo += length;
    const isWhole = this.#gatheredTo === target.length;
    this.#isAfterLong = isWhole && target.length >= LONG_PART;
    return isWhole;
  }

  /** Forgets what has not come whole. */
  clear(): void {
    this.#parts = undefined;
    this.#gathered = undefined;
    this.#setChunk(EMPTY);
  }
}
