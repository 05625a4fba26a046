/**
 * Batches outgoing frames into few writes: small bodies are copied into a slab, large ones passed by reference
 * between two stretches of it. Knows nothing of ZMTP beyond frame headers.
 *
 *   #slab    [ h b h b h │ h b h … │ free ]         #blocks   [ slab part, BODY, slab part, BODY … ]
 *                        ▲ #start  ▲ #end
 *
 * A slab is borrowed with the first frame and given back when the stream has taken every byte, so an idle connection
 * holds none. Small slabs first: five thousand connections that answer in one turn take 10 MB, not 320.
 */
import { writeLegacyHeader } from "#legacy-frame";
import { allocate, BYTE_LOOP } from "../util/bytes.ts";
import { type Framing, HEADER_MAX, writeHeader } from "../wire/frame.ts";
import type { ByteStream } from "./stream.ts";

/** From here on a body goes by reference: copying and gathering cost the same between 4 and 16 kB. */
export const BY_REFERENCE: 8192 = 8192;
const SMALL_SLAB = 2048;
const LARGE_SLAB = 65_536;
/** Hand over to the stream at this many bytes, in the middle of a turn if need be. */
const ENOUGH = 60_000;
/** Sealed frames up to this size share a slab. */
const LARGEST_SEALED = 32_000;
/** A block of a larger one is kept for the next, up to this size: fresh memory costs a tenth of what sealing does. */
const SPARE_BLOCK = 1_048_576;
/** Of frames over 255 bytes. */
const LONG_HEADER = 9;

/** A mechanism that seals frames where they are to lie. */
export interface Sealing {
  /** A frame is longer by so much when it is sealed. */
  readonly sealedHead: number;
  seal(flags: number, body: Uint8Array, into: Uint8Array, at: number): void;
}

const smallSlabs: Uint8Array[] = [];
const largeSlabs: Uint8Array[] = [];
const SLABS_KEPT = 32;
let spareBlock: Uint8Array | undefined;

/** What an engine needs of an outbox: this one for byte streams, `ZwsOutbox` where the stream keeps frames apart. */
export interface FrameOutbox {
  framing: Framing;
  readonly isEmpty: boolean;
  readonly isFull: boolean;
  frame(flags: number, body: Uint8Array): void;
  sealed(sealing: Sealing, flags: number, body: Uint8Array): void;
  raw(bytes: Uint8Array): void;
  /** Absent where frames are not encoded alike for all peers. */
  shared?(slab: Uint8Array, start: number, end: number): void;
  flush(stream: ByteStream): boolean;
  clear(): void;
}

export class Outbox implements FrameOutbox {
  framing: Framing = 2;
  #slab: Uint8Array | undefined;
  #start = 0;
  #end = 0;
  readonly #blocks: Uint8Array[] = [];
  #blockBytes = 0;
  /** The memory of the last sealed frame that was too large for a slab. */
  #sealedBlock: Uint8Array | undefined;
  /** A stretch of a fan-out's slab, to be sent last: the own slab has been cut before. Empty: undefined. */
  #sharedSlab: Uint8Array | undefined;
  #sharedStart = 0;
  #sharedEnd = 0;

  get isEmpty(): boolean {
    return this.#end === this.#start && this.#blocks.length === 0 && this.#sharedSlab === undefined;
  }

  /** True when it is time to hand over without waiting for the end of the turn. */
  get isFull(): boolean {
    // At once: then the next one has its block.
    if (this.#sealedBlock !== undefined) return true;
    const shared = this.#sharedSlab === undefined ? 0 : this.#sharedEnd - this.#sharedStart;
    return this.#end - this.#start + this.#blockBytes + shared >= ENOUGH;
  }

  frame(flags: number, body: Uint8Array): void {
    if (this.#sharedSlab !== undefined) this.#closeShared();
    const size = body.length;
    if (size >= BY_REFERENCE) {
      this.#reference(flags, body);
      return;
    }
    const slab = this.#room(HEADER_MAX + size);
    let at: number;
    if (size < 256 && this.framing === 2) {
      at = this.#end;
      slab[at] = flags;
      slab[at + 1] = size;
      at += 2;
    } else at = this.#header(slab, flags, size);
    if (size < BYTE_LOOP) for (let i = 0; i < size; i++) slab[at + i] = body[i]!;
    else slab.set(body, at);
    this.#end = at + size;
  }

  /** A frame that is sealed into its place: no copy is saved by a reference, so only the largest get their own block. */
  sealed(sealing: Sealing, flags: number, body: Uint8Array): void {
    if (this.#sharedSlab !== undefined) this.#closeShared();
    const size = sealing.sealedHead + body.length;
    if (size > LARGEST_SEALED) {
      const length = LONG_HEADER + size;
      const block = largeBlock(length);
      sealing.seal(flags, body, block, writeHeader(block, 0, 0, size));
      this.#cut();
      this.#blocks.push(block.length === length ? block : block.subarray(0, length));
      this.#blockBytes += length;
      this.#sealedBlock = block;
      return;
    }
    const slab = this.#room(HEADER_MAX + size);
    const at = writeHeader(slab, this.#end, 0, size);
    sealing.seal(flags, body, slab, at);
    this.#end = at + size;
  }

  /** Bytes as they are: greetings, and traffic of raw sockets. */
  raw(bytes: Uint8Array): void {
    if (this.#sharedSlab !== undefined) this.#closeShared();
    if (bytes.length >= BY_REFERENCE) {
      this.#cut();
      this.#blocks.push(bytes);
      this.#blockBytes += bytes.length;
      return;
    }
    const slab = this.#room(bytes.length);
    slab.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /**
   * Encoded bytes that other outboxes have too, [start, end) of a slab that nobody writes again. Next to the stretch
   * before: it grows. At the beginning of a slab a new stretch begins. Else, for a peer that gets only some of the
   * messages, they are copied like any small frame.
   */
  shared(slab: Uint8Array, start: number, end: number): void {
    if (this.#sharedSlab === slab && this.#sharedEnd === start) {
      this.#sharedEnd = end;
    } else if (start === 0 || this.isEmpty) {
      this.#closeShared();
      this.#cut();
      this.#sharedSlab = slab;
      this.#sharedStart = start;
      this.#sharedEnd = end;
    } else this.raw(slab.subarray(start, end));
  }

  /** Gives everything to the stream. The stream's answer: false for no more until it drains. */
  flush(stream: ByteStream): boolean {
    let more: boolean;
    if (this.#sharedSlab !== undefined && this.#slab === undefined && this.#blocks.length === 0) {
      more = stream.write(this.#sharedSlab.subarray(this.#sharedStart, this.#sharedEnd));
      this.#sharedSlab = undefined;
      return more;
    }
    this.#closeShared();
    if (this.#blocks.length === 0) {
      if (this.#slab === undefined) return true;
      more = stream.write(this.#slab.subarray(this.#start, this.#end));
    } else {
      this.#cut();
      more = stream.writeAll(this.#blocks);
      this.#blocks.length = 0;
      this.#blockBytes = 0;
    }
    const { isIdle } = stream;
    if (this.#sealedBlock !== undefined) {
      if (isIdle && this.#sealedBlock.length <= SPARE_BLOCK) spareBlock = this.#sealedBlock;
      this.#sealedBlock = undefined;
    }
    this.#giveBack(isIdle);
    return more;
  }

  clear(): void {
    this.#sharedSlab = undefined;
    this.#sealedBlock = undefined;
    this.#blocks.length = 0;
    this.#blockBytes = 0;
    this.#giveBack(false);
  }

  #header(slab: Uint8Array, flags: number, size: number): number {
    return this.framing === 2
      ? writeHeader(slab, this.#end, flags, size)
      : writeLegacyHeader(slab, this.#end, flags, size);
  }

  #reference(flags: number, body: Uint8Array): void {
    this.#end = this.#header(this.#room(HEADER_MAX), flags, body.length);
    this.#cut();
    this.#blocks.push(body);
    this.#blockBytes += body.length;
  }

  /** The shared stretch ends: what comes now goes behind it. */
  #closeShared(): void {
    const slab = this.#sharedSlab;
    if (slab === undefined) return;
    this.#sharedSlab = undefined;
    // Short: not worth a block of its own.
    const bytes = slab.subarray(this.#sharedStart, this.#sharedEnd);
    if (bytes.length < BY_REFERENCE) {
      const own = this.#room(bytes.length);
      own.set(bytes, this.#end);
      this.#end += bytes.length;
    } else {
      this.#blocks.push(bytes);
      this.#blockBytes += bytes.length;
    }
  }

  /** What lies in the slab becomes a block of its own. */
  #cut(): void {
    if (this.#slab === undefined || this.#end === this.#start) return;
    this.#blocks.push(this.#slab.subarray(this.#start, this.#end));
    this.#blockBytes += this.#end - this.#start;
    this.#start = this.#end;
  }

  /** The slab, with at least `size` bytes free after `#end`. */
  #room(size: number): Uint8Array {
    const slab = this.#slab;
    if (slab !== undefined && this.#end + size <= slab.length) return slab;
    if (slab === undefined) {
      this.#slab =
        size <= SMALL_SLAB
          ? (smallSlabs.pop() ?? allocate(SMALL_SLAB))
          : (largeSlabs.pop() ?? allocate(LARGE_SLAB));
      this.#start = 0;
      this.#end = 0;
      return this.#slab;
    }
    if (slab.length === SMALL_SLAB && this.#blocks.length === 0) {
      const large = largeSlabs.pop() ?? allocate(LARGE_SLAB);
      large.set(slab.subarray(0, this.#end));
      if (smallSlabs.length < SLABS_KEPT) smallSlabs.push(slab);
      this.#slab = large;
      return large;
    }
    // The blocks point into the old slab, so it goes with them.
    this.#cut();
    this.#slab = largeSlabs.pop() ?? allocate(LARGE_SLAB);
    this.#start = 0;
    this.#end = 0;
    return this.#slab;
  }

  #giveBack(free: boolean): void {
    const slab = this.#slab;
    this.#slab = undefined;
    this.#start = 0;
    this.#end = 0;
    if (!free || slab === undefined) return;
    const kept = slab.length === SMALL_SLAB ? smallSlabs : largeSlabs;
    if (kept.length < SLABS_KEPT) kept.push(slab);
  }
}

/** The spare one where it fits without waste. */
function largeBlock(length: number): Uint8Array {
  const spare = spareBlock;
  if (spare === undefined || spare.length < length || spare.length > 2 * length) return allocate(length);
  spareBlock = undefined;
  return spare;
}
