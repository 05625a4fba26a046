/**
 * Cuts a byte stream into frames, 37/ZMTP "Framing". Chunks come in as the network cut them; bodies go out as views
 * of the chunk, or joined when they span several. Knows nothing of messages or commands.
 *
 *   chunk   [ header body header body header bo ]      complete frames: one walk, no copy
 *                                            ▲ #offset
 *   #body   [ body of a split fr… free ]               gathered in one block; `room` lets the network write into it
 *
 * Memory follows what has arrived, never what a length field promises. When the sink wants no more, decoding stops
 * in the middle of a chunk and goes on at `resume`.
 */
import { readLegacyHeader } from "#legacy-frame";
import { allocate, EMPTY, readU64, View } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import { mark } from "../util/mark.ts";
import { Queue } from "../util/queue.ts";
import { type Framing, LONG, smallLength, TOO_LARGE } from "./frame.ts";

export interface FrameSink {
  /** Whole messages from `from` on, as they are; for a decoder that `forwards`. Answers how far it has taken them. */
  forward?(chunk: Uint8Array, from: number, maxFrameSize: number): number;
  /** One frame. The body is the sink's from now on. False: take no more until `resume`. */
  frame(flags: number, body: Uint8Array): boolean;
  /** The same for a sealed one, whose head is at `bytes[at]`; `data` is what follows it. */
  sealed?(bytes: Uint8Array, at: number, data: Uint8Array): boolean;
}

/** What an engine needs of a decoder: this one for byte streams, `ZwsDecoder` where the stream keeps frames apart. */
export interface FrameDecoder {
  /** Asks its sink to take whole messages as they are, before it cuts them into frames. */
  forwards?: boolean;
  /** Frames are sealed, with so many bytes in front of their data: a view is made of that alone. 0: they are not. */
  sealedHead?: number;
  framing: Framing;
  readonly isStopped: boolean;
  /** Stopped, and whole chunks wait. */
  readonly isBehind: boolean;
  setLimit(maxFrameSize: number, advice?: string): void;
  /** Before `push`, of a chunk that may have been read into what `room` gave: that is this decoder's now. */
  claim?(chunk: Uint8Array): void;
  /** @throws ZmqError once; the decoder is of no use after that. */
  push(chunk: Uint8Array): void;
  stop(): void;
  /** True when everything that came has been decoded. */
  resume(): boolean;
  /**
   * Where the next bytes may be put. It is this connection's alone: nobody knows when they come, and what other connections
   * read until then must not lie there.
   */
  room(): Uint8Array | undefined;
  /** The connection is over: nothing is put there any more. */
  close?(): void;
}

/** So much of a frame's size is believed from anybody. */
const BELIEVED = 65_536;
/** What a frame's first bytes make believable, and so how often a growing block is copied: 1/8 + 1/64 of the frame. */
const GROWTH = 8;
/** Below this, taking the rest of a frame from a common block is cheaper than a read of its own. */
export const WORTH_A_READ = 16_384;

export class Decoder implements FrameDecoder {
  readonly #sink: FrameSink;
  /** Whose blocks are that bodies are gathered in; the chunks themselves are marked where they come from. */
  protected readonly owner: object | undefined;
  forwards: boolean = false;
  sealedHead: number = 0;
  #maxFrameSize = 0;
  #advice = "";
  #framing: Framing;

  #chunk: Uint8Array = EMPTY;
  #offset = 0;
  /** Chunks that came while the sink wanted no more; the transport stops reading, so these are few. */
  readonly #backlog = new Queue<Uint8Array>();
  #stopped = false;

  /** A header that the end of a chunk has split. */
  readonly #header: Uint8Array = new Uint8Array(10);
  #headerLength = 0;

  /** The body being gathered over several chunks; `#missing` 0 when there is none. */
  #flags = 0;
  #size = 0;
  #missing = 0;
  #body: Uint8Array = EMPTY;
  /** The largest body that has come whole: the peer has shown that it means such sizes. */
  #largest = BELIEVED;

  /** `maxFrameSize` in bytes, -1 for none. */
  constructor(sink: FrameSink, maxFrameSize: number, framing: Framing = 2, owner?: object) {
    this.#sink = sink;
    this.#framing = framing;
    this.owner = owner;
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

  get isBehind(): boolean {
    return !this.#backlog.isEmpty;
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

  /**
   * Where the next bytes may be put, the rest of a long frame, so that they need not be copied there; `push` is told
   * as ever. Undefined: anywhere.
   */
  room(worth: number = WORTH_A_READ): Uint8Array | undefined {
    if (this.#missing < worth || this.#stopped || this.#chunk !== EMPTY) return undefined;
    const filled = this.#size - this.#missing;
    return this.#bodyFor(filled + 1).subarray(filled);
  }

  /** The size of the frame that is being gathered; 0 between two frames, when all that came has been decoded; else -1. */
  protected get gathering(): number {
    if (this.#missing > 0) return this.#size;
    return this.#stopped || this.#chunk !== EMPTY || this.#headerLength > 0 ? -1 : 0;
  }

  /** The block that the body of the next frame is to be gathered in, if it is gathered. */
  protected gatherIn(body: Uint8Array): void {
    this.#body = body;
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
        if (this.forwards) {
          this.#offset = this.#sink.forward!(chunk, at, this.#maxFrameSize);
          if (this.#offset > at) continue;
        }
        const isLong = (flags & LONG) !== 0;
        const size = isLong ? smallLength(chunk, at + 1) : chunk[at + 1]!;
        const body = at + (isLong ? 9 : 2);
        if (size <= end - body && size <= this.#maxFrameSize) {
          this.#offset = body + size;
          const head = size < this.sealedHead ? 0 : this.sealedHead;
          const view = new View(buffer, byteOffset + body + head, size - head);
          if (head === 0) this.#emit(flags & ~LONG, view);
          else if (!this.#sink.sealed!(chunk, body, view)) this.#stopped = true;
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
      this.#begin(chunk);
      return;
    }
  }

  #headerNeeds(): number {
    if (this.#framing === 2) return this.#header[0]! & LONG ? 9 : 2;
    return this.#header[0] === 255 ? 10 : 2;
  }

  #begin(chunk: Uint8Array): void {
    const header = this.#header;
    if (this.#framing === 2) {
      this.#flags = header[0]! & ~LONG;
      this.#size = small(header[0]! & LONG ? readU64(header, 1) : header[1]!);
    } else {
      const { flags, size } = readLegacyHeader(header);
      this.#flags = flags;
      this.#size = small(size);
    }
    if (this.#size > this.#maxFrameSize) {
      throw new ZmqError(
        "EMSGSIZE",
        `the peer announced a frame of ${this.#size} bytes, over the limit of ${this.#maxFrameSize}; ${this.#advice}`,
      );
    }
    this.#missing = this.#size;
    // Nothing, but cut from the chunk like any other body, so that it can be told where it came from.
    if (this.#size === 0) this.#emit(this.#flags, new View(chunk.buffer, chunk.byteOffset, 0));
  }

  #gather(chunk: Uint8Array, end: number): void {
    const at = this.#offset;
    const length = Math.min(this.#missing, end - at);
    const filled = this.#size - this.#missing;
    const body = this.#bodyFor(filled + length);
    const isThere = chunk.buffer === body.buffer && chunk.byteOffset + at === body.byteOffset + filled;
    if (!isThere) body.set(chunk.subarray(at, at + length), filled);
    this.#offset += length;
    this.#missing -= length;
    if (this.#missing > 0) return;
    if (this.#size > this.#largest) this.#largest = this.#size;
    this.#body = EMPTY;
    this.#emit(this.#flags, body);
  }

  /** The block that the body is gathered in, with space for its first `length` bytes. */
  #bodyFor(length: number): Uint8Array {
    const before = this.#body;
    if (length <= before.length) return before;
    const body = allocate(Math.min(this.#size, Math.max(this.#largest, length * GROWTH)));
    if (this.owner !== undefined) mark(body, this.owner);
    body.set(before);
    this.#body = body;
    return body;
  }

  #emit(flags: number, body: Uint8Array): void {
    if (!this.#sink.frame(flags, body)) this.#stopped = true;
  }
}

/** The same value, as a small integer where it can be one. A double in a field turns the decoder's offsets into doubles. */
function small(length: number): number {
  return length < TOO_LARGE ? length | 0 : length;
}
