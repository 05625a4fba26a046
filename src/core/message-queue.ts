/**
 * The messages that wait in a pipe. Most become objects only when they are read, so that these live for a moment, and the
 * garbage collector seldom meets one:
 * - what comes from a network waits in the chunk that it came in, as frames of ZMTP 2 (a run);
 * - small messages of one frame, which are copied in any case, wait as bytes: a million are 16 MB;
 * - so do those of many small frames, each as a run of its own.
 *
 *   #items    [ run, run, message, place, place, message … ]   a place is a number: size, offset, "in the next block"
 *   #blocks   [ block, block … ]                               those of the places that have not been read
 */
import { commonBlock, EMPTY, storeInCommonBlock, View } from "../util/bytes.ts";
import { Queue } from "../util/queue.ts";
import { single } from "../util/single.ts";
import { LONG, MORE, smallLength } from "../wire/frame.ts";
import { found, wholeMessages } from "../wire/whole-messages.ts";
import { COPIED, encodeSmall, ownFrames } from "./own-frames.ts";
import type { Message } from "./pattern.ts";

/** From so many parts on a message of small ones, which would be copied in any case, waits as bytes. */
const MANY = 8;
/** From so many messages on an array is made as long as it has to be, in place of growing with each. */
const LONG_BATCH = 32;
/** Bits of an offset in the common block, and of the note below them. */
const OFFSET_BITS = 13;
const OFFSET_MASK = (1 << OFFSET_BITS) - 1;

/** Whole messages of a chunk, from `at` on. */
class Run {
  readonly chunk: Uint8Array;
  readonly at: number;
  readonly messages: number;

  constructor(chunk: Uint8Array, at: number, messages: number) {
    this.chunk = chunk;
    this.at = at;
    this.messages = messages;
  }
}

export class MessageQueue {
  readonly #items = new Queue<Message | Run | number>();
  /** Messages of all runs in `#items`, without one for each run. */
  #more = 0;
  /** The run that is being read: how many are left, and where the next is. */
  #left = 0;
  #chunk: Uint8Array = EMPTY;
  #buffer: ArrayBufferLike = EMPTY.buffer;
  #offset = 0;
  #at = 0;
  #blocks: Uint8Array[] | undefined;
  /** The blocks of the last place written and of the last read. */
  #written: Uint8Array | undefined;
  #read: Uint8Array | undefined;

  get length(): number {
    return this.#items.length + this.#more + this.#left;
  }

  get isEmpty(): boolean {
    return this.#left === 0 && this.#items.isEmpty;
  }

  push(message: Message): void {
    this.#items.push(message);
  }

  /** For a message whose sender may use the memory again. */
  pushCopy(message: Message): void {
    const frame = message[0]!;
    if (message.length !== 1 || frame.length > COPIED) {
      this.#pushParts(message);
      return;
    }
    const at = storeInCommonBlock(frame);
    const block = commonBlock;
    const isNext = block !== this.#written;
    if (isNext) {
      this.#written = block;
      this.#blocks ??= [];
      this.#blocks.push(block);
    }
    this.#items.push((((frame.length << OFFSET_BITS) | at) << 1) | (isNext ? 1 : 0));
  }

  #pushParts(message: Message): void {
    const chunk = message.length < MANY ? undefined : encodeSmall(message);
    if (chunk !== undefined) {
      this.#items.push(new Run(chunk, 0, 1));
      return;
    }
    ownFrames(message);
    this.push(message);
  }

  /** Takes whole messages from `from` on, at most `max`, of bytes that are ZMTP 2's frames. Answers how far. */
  pushFrames(chunk: Uint8Array, from: number, maxFrameSize: number, max: number): number {
    const to = wholeMessages(chunk, from, chunk.length, maxFrameSize, max);
    const { messages } = found;
    if (messages > 0) {
      this.#items.push(new Run(chunk, from, messages));
      this.#more += messages - 1;
    }
    return to;
  }

  shift(): Message | undefined {
    if (this.#left > 0) return this.#cut();
    const item = this.#items.shift();
    if (item instanceof Run) {
      this.#open(item);
      return this.#cut();
    }
    if (typeof item !== "number") return item;
    const message = this.#messageAt(item);
    this.#tidy();
    return message;
  }

  /** Moves the first messages, at most `max`, to the end of `into`. */
  shiftMany(into: Message[], max: number): number {
    const { length } = this;
    const count = max < length ? max : length;
    let at = into.length;
    const end = at + count;
    // Once: V8 calls its runtime for it, and copies the array.
    if (count >= LONG_BATCH) into.length = end;
    while (at < end) {
      if (this.#left > 0) at = this.#cutMany(into, at, end);
      else into[at++] = this.shift()!;
    }
    return count;
  }

  clear(): void {
    this.#items.clear();
    this.#more = 0;
    this.#left = 0;
    this.#setChunk(EMPTY);
    this.#tidy();
  }

  #open(run: Run): void {
    this.#more -= run.messages - 1;
    this.#left = run.messages;
    this.#setChunk(run.chunk);
    this.#at = run.at;
  }

  /** Where a chunk lies in its memory takes a call to find out. */
  #setChunk(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#buffer = chunk.buffer;
    this.#offset = chunk.byteOffset;
  }

  /** The next message of the run. */
  #cut(): Message {
    const chunk = this.#chunk;
    let at = this.#at;
    let flags = chunk[at]!;
    if (flags === 0) {
      const size = chunk[at + 1]!;
      const body = new View(this.#buffer, this.#offset + at + 2, size);
      this.#at = at + 2 + size;
      if (--this.#left === 0) this.#setChunk(EMPTY);
      return single(body);
    }
    let message: Message | undefined;
    for (;;) {
      let size: number;
      if ((flags & LONG) === 0) {
        size = chunk[at + 1]!;
        at += 2;
      } else {
        size = smallLength(chunk, at + 1);
        at += 9;
      }
      const body = new View(this.#buffer, this.#offset + at, size);
      at += size;
      if (message === undefined) message = single(body);
      else message.push(body);
      if ((flags & MORE) === 0) break;
      flags = chunk[at]!;
    }
    this.#at = at;
    // A chunk that is used up must not be held by an idle connection.
    if (--this.#left === 0) this.#setChunk(EMPTY);
    return message;
  }

  /** The same again and again, to `from` and on; answers how far. Messages of one frame, which most are, in one loop. */
  #cutMany(into: Message[], from: number, end: number): number {
    const chunk = this.#chunk;
    const buffer = this.#buffer;
    const offset = this.#offset;
    const most = from + this.#left < end ? from + this.#left : end;
    let to = from;
    let at = this.#at;
    for (; to < most; to++) {
      const flags = chunk[at]!;
      if ((flags & MORE) !== 0) break;
      const isLong = (flags & LONG) !== 0;
      const size = isLong ? smallLength(chunk, at + 1) : chunk[at + 1]!;
      at += isLong ? 9 : 2;
      into[to] = single(new View(buffer, offset + at, size));
      at += size;
    }
    this.#at = at;
    this.#left -= to - from;
    if (this.#left === 0) this.#setChunk(EMPTY);
    else if (to < most) into[to++] = this.#cut();
    return to;
  }

  #messageAt(place: number): Message {
    if (place & 1) this.#read = this.#blocks!.shift()!;
    return single(new View(this.#read!.buffer, (place >> 1) & OFFSET_MASK, place >> (OFFSET_BITS + 1)));
  }

  /** An idle queue shall not hold memory that others use. */
  #tidy(): void {
    if (!this.#items.isEmpty) return;
    this.#blocks = undefined;
    this.#written = undefined;
    this.#read = undefined;
  }
}
