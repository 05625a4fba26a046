/**
 * The messages that wait in a pipe. Small ones of one frame, which are copied in any case, wait as bytes alone and become
 * objects when they are read: a million of them are 16 MB that the garbage collector never looks into.
 *
 *   #items    [ message, place, place, message, place … ]      a place is a number: size, offset, "in the next block"
 *   #blocks   [ block, block … ]                               those of the places that have not been read
 */
import { commonBlock, storeInCommonBlock, View } from "../util/bytes.ts";
import { Queue } from "../util/queue.ts";
import { single } from "../util/single.ts";
import { COPIED, ownFrames } from "./own-frames.ts";
import type { Message } from "./pattern.ts";

/** Bits of an offset in the common block, and of the note below them. */
const OFFSET_BITS = 13;
const OFFSET_MASK = (1 << OFFSET_BITS) - 1;

export class MessageQueue {
  readonly #items = new Queue<Message | number>();
  #blocks: Uint8Array[] | undefined;
  /** The blocks of the last place written and of the last read. */
  #written: Uint8Array | undefined;
  #read: Uint8Array | undefined;

  get length(): number {
    return this.#items.length;
  }

  get isEmpty(): boolean {
    return this.#items.isEmpty;
  }

  push(message: Message): void {
    this.#items.push(message);
  }

  /** For a message whose sender may use the memory again. */
  pushCopy(message: Message): void {
    const frame = message[0]!;
    if (message.length !== 1 || frame.length > COPIED) {
      ownFrames(message);
      this.push(message);
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

  shift(): Message | undefined {
    const item = this.#items.shift();
    if (typeof item !== "number") return item;
    const message = this.#messageAt(item);
    this.#tidy();
    return message;
  }

  /** Moves the first messages, at most `max`, to the end of `into`. */
  shiftMany(into: Message[], max: number): number {
    const from = into.length;
    const count = this.#items.shiftMany(into as (Message | number)[], max);
    if (this.#written === undefined) return count;
    for (let i = from; i < into.length; i++) {
      const item: Message | number = into[i]!;
      if (typeof item === "number") into[i] = this.#messageAt(item);
    }
    this.#tidy();
    return count;
  }

  clear(): void {
    this.#items.clear();
    this.#tidy();
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
