/**
 * Cuts a byte stream into frames, 37/ZMTP "Framing". Chunks come in as the network cut them; bodies go out as views
 * of the chunk, or joined when they span several. Knows nothing of messages or commands.
 *
 *   chunk   [ header body header body header bo ]      complete frames: one walk, no copy
 *                                            ▲ #offset
 *   #parts  [ bo ] [ dy of a long frame ] …            joined once, when the last byte is here
 *
 * Memory follows what has arrived, never what a length field promises. When the sink wants no more, decoding stops
 * in the middle of a chunk and goes on at `resume`.
 */
import { allocate, concat, EMPTY, readU64, View } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import { Ring } from "../util/ring.ts";
import { type Framing, LONG, MORE } from "./frame.ts";

export interface FrameSink {
  /** One frame. The body is the sink's from now on. False: take no more until `resume`. */
  frame(flags: number, body: Uint8Array): boolean;
}

/** Pieces below this are copied out of their chunk, so that a peer who sends byte by byte holds no chunk a byte. */
const SMALL_PIECE = 4096;
/** The first integer that V8 does not keep as a small one everywhere. */
const TOO_LARGE = 2 ** 30 - 1;
const STAGE_SIZE = 2 * SMALL_PIECE;

export class Decoder {
  readonly #sink: FrameSink;
  #maxFrameSize = 0;
  #advice = "";
  #framing: Framing;

  #chunk: Uint8Array = EMPTY;
  #offset = 0;
  /** Chunks that came while the sink wanted no more; the transport stops reading, so these are few. */
  readonly #backlog = new Ring<Uint8Array>();
  #stopped = false;

  /** A header that the end of a chunk has split. */
  readonly #header: Uint8Array = new Uint8Array(10);
  #headerLength = 0;

  /** The body being gathered over several chunks; `#missing` 0 when there is none. */
  #flags = 0;
  #size = 0;
  #missing = 0;
  #parts: Uint8Array[] = [];
  #stage: Uint8Array = EMPTY;
  #staged = 0;

  /** `maxFrameSize` in bytes, -1 for none. */
  constructor(sink: FrameSink, maxFrameSize: number, framing: Framing = 2) {
    this.#sink = sink;
    this.#framing = framing;
    this.setLimit(maxFrameSize);
  }

  /** For the greeting, which decides the framing. Only between frames. */
  set framing(framing: Framing) {
    this.#framing = framing;
  }

  /** Bytes of the largest frame from now on, -1 for any; and what to do about a larger one. */
  setLimit(maxFrameSize: number, advice = "raise maxMessageSize to take it"): void {
    this.#maxFrameSize = maxFrameSize < 0 ? Number.MAX_SAFE_INTEGER : maxFrameSize;
    this.#advice = advice;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  /** @throws ZmqError once on a frame that is malformed or too large; the decoder is of no use after that. */
  push(chunk: Uint8Array): void {
    if (this.#stopped || this.#offset < this.#chunk.length) {
      this.#backlog.push(chunk);
      return;
    }
    this.#chunk = chunk;
    this.#offset = 0;
    this.#run();
  }

  /** The sink wants no more, before it is given a frame to say so. */
  stop(): void {
    this.#stopped = true;
  }

  /** The sink has room again. True when everything that came has been decoded. */
  resume(): boolean {
    this.#stopped = false;
    for (;;) {
      this.#run();
      if (this.#stopped) return false;
      const next = this.#backlog.shift();
      if (next === undefined) return true;
      this.#chunk = next;
      this.#offset = 0;
    }
  }

  #run(): void {
    const chunk = this.#chunk;
    const end = chunk.length;
    const { buffer, byteOffset } = chunk;
    while (this.#offset < end && !this.#stopped) {
      if (this.#missing > 0) {
        this.#gather(chunk, end);
        continue;
      }
      const at = this.#offset;
      const flags = chunk[at]!;
      // The common case, by itself: a frame of ZMTP 2 or 3 that lies whole in this chunk.
      if (this.#headerLength === 0 && this.#framing === 2 && at + 9 <= end) {
        const isLong = (flags & LONG) !== 0;
        const size = isLong ? smallLength(chunk, at + 1) : chunk[at + 1]!;
        const body = at + (isLong ? 9 : 2);
        if (size <= end - body && size <= this.#maxFrameSize) {
          this.#offset = body + size;
          this.#emit(flags & ~LONG, new View(buffer, byteOffset + body, size));
          continue;
        }
      }
      this.#readHeader(chunk, end);
    }
    // A chunk that is used up must not be held by an idle connection.
    if (this.#offset === end) {
      this.#chunk = EMPTY;
      this.#offset = 0;
    }
  }

  /** Any header, byte by byte; when it is whole, the body begins. */
  #readHeader(chunk: Uint8Array, end: number): void {
    const header = this.#header;
    while (this.#offset < end) {
      header[this.#headerLength++] = chunk[this.#offset++]!;
      if (this.#headerLength < this.#headerNeeds()) continue;
      this.#headerLength = 0;
      this.#begin();
      return;
    }
  }

  #headerNeeds(): number {
    if (this.#framing === 2) return this.#header[0]! & LONG ? 9 : 2;
    return this.#header[0] === 255 ? 10 : 2;
  }

  #begin(): void {
    const header = this.#header;
    if (this.#framing === 2) {
      this.#flags = header[0]! & ~LONG;
      this.#size = small(header[0]! & LONG ? readU64(header, 1) : header[1]!);
    } else {
      const long = header[0] === 255;
      this.#size = small((long ? readU64(header, 1) : header[0]!) - 1);
      this.#flags = long ? header[9]! : header[1]!;
      if (this.#size < 0 || this.#flags & ~MORE) {
        throw new ZmqError("ERR_ZMTP_UNSPECIFIED", "the peer sent something that is no ZMTP 1.0 frame");
      }
    }
    if (this.#size > this.#maxFrameSize) {
      throw new ZmqError(
        "EMSGSIZE",
        `the peer announced a frame of ${this.#size} bytes, over the limit of ${this.#maxFrameSize}; ${this.#advice}`,
      );
    }
    this.#missing = this.#size;
    if (this.#size === 0) this.#emit(this.#flags, EMPTY);
  }

  #gather(chunk: Uint8Array, end: number): void {
    const length = Math.min(this.#missing, end - this.#offset);
    const piece = chunk.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    this.#missing -= length;
    if (length < SMALL_PIECE || this.#size <= STAGE_SIZE) this.#keepSmall(piece);
    else {
      this.#closeStage();
      this.#parts.push(piece);
    }
    if (this.#missing === 0) this.#emit(this.#flags, this.#gathered());
  }

  /** Collected in a block of their own, no longer than what is to come; a full block is a part like any other. */
  #keepSmall(piece: Uint8Array): void {
    if (this.#staged + piece.length > this.#stage.length) {
      this.#closeStage();
      this.#stage = allocate(Math.min(STAGE_SIZE, piece.length + this.#missing));
    }
    this.#stage.set(piece, this.#staged);
    this.#staged += piece.length;
  }

  /** The whole body: the only part, where there is but one. */
  #gathered(): Uint8Array {
    this.#closeStage();
    const parts = this.#parts;
    this.#parts = [];
    return parts.length === 1 ? parts[0]! : concat(parts, this.#size);
  }

  #closeStage(): void {
    if (this.#staged === 0) return;
    this.#parts.push(this.#stage.subarray(0, this.#staged));
    this.#stage = EMPTY;
    this.#staged = 0;
  }

  #emit(flags: number, body: Uint8Array): void {
    if (!this.#sink.frame(flags, body)) this.#stopped = true;
  }
}

/** The same value, as a small integer where it can be one. A double in a field turns the decoder's offsets into doubles. */
function small(length: number): number {
  return length < TOO_LARGE ? length | 0 : length;
}

/** `readU64` without doubles: a length below 2³⁰, anything larger as one that fits no chunk. */
function smallLength(bytes: Uint8Array, at: number): number {
  const isSmall =
    (bytes[at]! | bytes[at + 1]! | bytes[at + 2]! | bytes[at + 3]! | (bytes[at + 4]! & 0xc0)) === 0;
  if (!isSmall) return TOO_LARGE;
  return (bytes[at + 4]! << 24) | (bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!;
}
