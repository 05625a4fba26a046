/**
 * The decoder where `room` can be read into: beside the rest of a long frame it gives a block for the next one, header
 * and all, when long ones of one size follow each other. So each is read in one piece, and never copied.
 *
 *   ahead   [ header │ body ]
 */
import { allocate, concat, EMPTY } from "../util/bytes.ts";
import { mark } from "../util/mark.ts";
import { Decoder as Base, WORTH_A_READ } from "./decoder.ts";
import { LONG, smallLength } from "./frame.ts";

const HEADER = 9;
/** The first 8 kB of a longer frame are not worth it. */
const LONGEST = 524_288;

/** Bytes of the blocks that connections hold for frames that have not begun; a quiet one may keep its own for ever. */
const MOST_HELD = 8 * 1024 * 1024;
let held = 0;

export class Decoder extends Base {
  /** What the network has been given to write to: from then on it may do so at any time. */
  #ahead: Uint8Array = EMPTY;
  /** What was `#ahead`, with the next chunk in it. */
  #block: Uint8Array = EMPTY;
  /** The size of the last frame, if it was long and the chunk ended with it. */
  #last = 0;
  /** The size that the next frame will have, after two of it; 0: nothing is expected. */
  #expected = 0;

  override room(): Uint8Array | undefined {
    if (this.#expected === 0) return super.room();
    if (this.gathering !== 0) return super.room(1);
    const length = HEADER + this.#expected;
    if (this.#ahead.length !== length) {
      this.close();
      if (held + length > MOST_HELD) return undefined;
      held += length;
      this.#ahead = allocate(length);
    }
    return this.#ahead;
  }

  claim(chunk: Uint8Array): void {
    if (chunk.buffer !== this.#ahead.buffer) return;
    this.#block = this.#ahead;
    this.close();
    if (this.owner !== undefined) mark(this.#block, this.owner);
  }

  /** Holds no block any more. */
  close(): void {
    held -= this.#ahead.length;
    this.#ahead = EMPTY;
  }

  override push(chunk: Uint8Array): void {
    const own = this.#block === EMPTY ? chunk : this.#settle(chunk);
    if (this.#last > 0) {
      if (beginsWith(own, this.#last)) this.#expected = this.#last;
      this.#last = 0;
    }
    const size = this.gathering;
    super.push(own);
    if (size >= WORTH_A_READ && size <= LONGEST && this.gathering === 0) this.#last = size;
  }

  /** The frame that was expected stays in its block, or what has come of it. Anything else would keep all of that. */
  #settle(chunk: Uint8Array): Uint8Array {
    const block = this.#block;
    this.#block = EMPTY;
    if (beginsWith(chunk, this.#expected)) {
      if (chunk.length < block.length) this.gatherIn(block.subarray(HEADER));
      return chunk;
    }
    this.#expected = 0;
    const own = concat([chunk], chunk.length);
    if (this.owner !== undefined) mark(own, this.owner);
    return own;
  }
}

/** Is there the header of a frame of this size? */
function beginsWith(chunk: Uint8Array, size: number): boolean {
  return chunk.length >= HEADER && (chunk[0]! & LONG) !== 0 && smallLength(chunk, 1) === size;
}
