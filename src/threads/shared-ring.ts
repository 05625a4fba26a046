/**
 * A one-way ring of bytes in shared memory: one thread writes, one reads. Carries frames of ZMTP 2 and 3, so that an I/O
 * thread may pass on what it has as it is. Knows nothing of pipes and of how a thread sleeps; it only says who must be
 * woken. The whole argument, with the table of orderings, is in docs/threads.md; in short:
 *
 *      HEAD            TAIL                         positions count bytes from the start, modulo 2³²; index = & (SIZE - 1)
 *       ▼               ▼                           bytes from HEAD to TAIL are the reader's, all others the writer's
 *   [ · r r r r r r r r · · · · · ]                 HEAD === TAIL: empty;  TAIL − HEAD === SIZE: full
 *
 * - TAIL is written by the writer only, after the bytes; HEAD by the reader only, after it has copied them out. Both
 *   with `Atomics`, whose operations are sequentially consistent and order the plain accesses around them.
 * - Who goes to sleep first says so (READER_WAITS, ROOM_AWAITED, DONE_AWAITED) and then looks once more; who makes progress moves its
 *   index and then looks at that flag. In any order of these four steps one of the two sees the other: no wake-up is
 *   lost. The flag is taken down by an exchange, so that one sleep is ended by one wake-up.
 */

import { allocate, copyPart, EMPTY } from "../util/bytes.ts";
import { writeHeader } from "../wire/frame.ts";

/** Words of the header. The writer's and the reader's are on cache lines of their own. */
const TAIL = 0;
/** 1: nothing follows TAIL. */
const WRITER_CLOSED = 1;
/** 1: the writer sleeps until HEAD moves. */
const ROOM_AWAITED = 2;
/** 1: the writer sleeps until DONE is as far as DONE_WANTED, or MARK moves. */
const DONE_AWAITED = 3;
/** Bytes of the ring that are in use, see `RingWriter.#grow`. */
const SIZE = 4;
/** From which DONE on the writer that sleeps wants to be woken. */
const DONE_WANTED = 5;
const HEAD = 32;
/** Messages that the reader is done with, modulo 2³²: what is written and not done counts against the writer's mark. */
const DONE = 33;
/** 0: the reader takes no messages yet; -1: it sets no limit; else its share of the high-water mark. */
const MARK = 34;
/** 1: the reader sleeps until TAIL or WRITER_CLOSED moves. */
const READER_WAITS = 35;

/** Bytes of header before a ring's bytes. */
export const RING_HEADER = 256;

/** No header of a frame takes more. */
export const HEADER_ROOM = 9;
/** Up to this many bytes a loop is quicker than `set`. */
const BY_HAND = 40;
/**
 * Frames are gathered in so many bytes of the writer's own and then moved into the ring in one piece: what V8 has for
 * moving bytes into shared memory takes 600 ns for 1 kB, `set` into other memory and a share of one `memcpy` 100.
 */
const STAGE = 16 * 1024;
/** A ring in which there was no room is so many times as large as soon as it is empty. */
const GROWTH = 4;

/** Makes a ring new, with so many bytes in use at first, a power of two. Before the other thread knows of it. */
export function resetRing(words: Int32Array, size: number): void {
  for (const word of [TAIL, WRITER_CLOSED, ROOM_AWAITED, DONE_AWAITED, HEAD, DONE, MARK, READER_WAITS]) {
    Atomics.store(words, word, 0);
  }
  Atomics.store(words, SIZE, size);
}

/** What a frame of so many bytes takes up. */
export function frameSize(length: number): number {
  return (length > 255 ? HEADER_ROOM : 2) + length;
}

export class RingWriter {
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  #size: number;
  #wantsMore = false;
  /** What is not in the ring yet, just before `#tail`. */
  #stage: Uint8Array = EMPTY;
  #staged = 0;
  /** How far it is written; TAIL follows with `publish`. */
  #tail: number;
  #published: number;
  /** HEAD as last seen: it can only have grown since. */
  #head: number;
  /** Messages written. */
  #sent = 0;
  #isClosed = false;

  /** `words`: the header, with an empty ring; `bytes`: a power of two of them, as many as it may grow to. */
  constructor(words: Int32Array, bytes: Uint8Array) {
    this.#words = words;
    this.#bytes = bytes;
    this.#size = Atomics.load(words, SIZE);
    this.#tail = Atomics.load(words, TAIL);
    this.#published = this.#tail;
    this.#head = this.#tail;
  }

  /** Bytes written that the reader cannot see yet. */
  get unpublished(): number {
    return (this.#tail - this.#published) | 0;
  }

  /** Messages written, modulo 2³². */
  get sent(): number {
    return this.#sent;
  }

  /** Messages written that the reader is not done with. */
  get unread(): number {
    return (this.#sent - this.done) | 0;
  }

  /** Messages that the reader is done with, modulo 2³². */
  get done(): number {
    return Atomics.load(this.#words, DONE);
  }

  /** What the reader says of its limit: see MARK. */
  get mark(): number {
    return Atomics.load(this.#words, MARK);
  }

  /** Bytes that it has room for, as last seen. */
  get room(): number {
    return this.#size - ((this.#tail - this.#head) | 0);
  }

  /** Has the ring room for so many bytes? */
  hasRoom(bytes: number): boolean {
    if (this.#size - ((this.#tail - this.#head) | 0) >= bytes) return true;
    this.#head = Atomics.load(this.#words, HEAD);
    if (this.#wantsMore && this.#head === this.#tail) this.#grow();
    return this.#size - ((this.#tail - this.#head) | 0) >= bytes;
  }

  /**
   * The larger the ring, the fewer wake-ups (1 MB moves 1 kB messages 1.6 times as fast as 128 kB); but what it has once
   * used stays in memory, so that only those grow that were full. An empty ring may: the reader asks for SIZE after TAIL,
   * and sees no TAIL that was published under another SIZE.
   */
  #grow(): void {
    this.#wantsMore = false;
    if (this.#size === this.#bytes.length) return;
    this.#size = Math.min(this.#size * GROWTH, this.#bytes.length);
    Atomics.store(this.#words, SIZE, this.#size);
  }

  /** A whole frame; there must be room. */
  put(flags: number, body: Uint8Array): void {
    const { length } = body;
    this.begin(flags, length);
    if (length > STAGE - this.#staged) this.#unstage();
    if (length > STAGE) {
      this.#copyIn(body, 0, length);
      return;
    }
    const stage = this.#stage;
    const at = this.#staged;
    if (length <= BY_HAND) for (let i = 0; i < length; i++) stage[at + i] = body[i]!;
    else stage.set(body, at);
    this.#staged = at + length;
    this.#tail = (this.#tail + length) | 0;
  }

  /** The header of a frame whose body follows in pieces; there must be room for the longest. */
  begin(flags: number, length: number): void {
    if (this.#staged > STAGE - HEADER_ROOM) this.#unstage();
    else if (this.#stage === EMPTY) this.#stage = allocate(STAGE);
    const before = this.#staged;
    this.#staged = writeHeader(this.#stage, before, flags, length);
    this.#tail = (this.#tail + this.#staged - before) | 0;
  }

  /** Whole messages, so many, as frames; there must be room. */
  putMessages(chunk: Uint8Array, from: number, to: number, count: number): void {
    this.#unstage();
    this.#copyIn(chunk, from, to);
    this.#sent = (this.#sent + count) | 0;
  }

  /** As much of the body from `from` on as there is room for. Answers how many bytes that was. */
  putPart(body: Uint8Array, from: number): number {
    this.#unstage();
    this.#head = Atomics.load(this.#words, HEAD);
    const free = this.#size - ((this.#tail - this.#head) | 0);
    const length = Math.min(body.length - from, free);
    this.#copyIn(body, from, from + length);
    return length;
  }

  /** A message is complete. */
  endMessage(): void {
    this.#sent = (this.#sent + 1) | 0;
  }

  /** Shows the reader what was written. True: it sleeps and must be woken. */
  publish(): boolean {
    if (this.#published === this.#tail) return false;
    this.#unstage();
    this.#published = this.#tail;
    Atomics.store(this.#words, TAIL, this.#tail);
    return this.#wakesReader();
  }

  /** Nothing follows. True: the reader sleeps and must be woken. May be called twice. */
  close(): boolean {
    const wakes = this.publish();
    this.#isClosed = true;
    Atomics.store(this.#words, WRITER_CLOSED, 1);
    return this.#wakesReader() || wakes;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Announces a sleep. Look for room once more after it, and sleep only if there is still none. */
  awaitRoom(): void {
    this.#wantsMore = true;
    Atomics.store(this.#words, ROOM_AWAITED, 1);
  }

  /** The same for what the reader tells: that only so many messages are unread, or that it has another mark. */
  awaitDone(unread: number): void {
    Atomics.store(this.#words, DONE_WANTED, (this.#sent - unread) | 0);
    Atomics.store(this.#words, DONE_AWAITED, 1);
  }

  #wakesReader(): boolean {
    const words = this.#words;
    return Atomics.load(words, READER_WAITS) === 1 && Atomics.exchange(words, READER_WAITS, 0) === 1;
  }

  #unstage(): void {
    const length = this.#staged;
    if (length === 0) return;
    this.#staged = 0;
    this.#tail = (this.#tail - length) | 0;
    this.#copyIn(this.#stage, 0, length);
  }

  /** Bytes into the ring at `#tail`. */
  #copyIn(source: Uint8Array, from: number, to: number): void {
    const at = this.#tail & (this.#size - 1);
    const end = Math.min(to, from + this.#size - at);
    copyPart(this.#bytes, at, source, from, end);
    if (end < to) copyPart(this.#bytes, 0, source, end, to);
    this.#tail = (this.#tail + to - from) | 0;
  }
}

export class RingReader {
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  #head: number;
  #mark = 0;
  #done = 0;

  constructor(words: Int32Array, bytes: Uint8Array) {
    this.#words = words;
    this.#bytes = bytes;
    this.#head = Atomics.load(words, HEAD);
  }

  /** Bytes that wait: they end after a header, or anywhere in a body. */
  available(): number {
    return (Atomics.load(this.#words, TAIL) - this.#head) | 0;
  }

  /** The writer is done. What it wrote before may still wait: ask for this first, then for `available`. */
  isWriterClosed(): boolean {
    return Atomics.load(this.#words, WRITER_CLOSED) === 1;
  }

  /** Copies `length` bytes to `target` and frees their place. At most `available` of them. True: wake the writer. */
  copyTo(target: Uint8Array, offset: number, length: number): boolean {
    const size = Atomics.load(this.#words, SIZE);
    const at = this.#head & (size - 1);
    const first = Math.min(length, size - at);
    copyPart(target, offset, this.#bytes, at, at + first);
    if (first < length) copyPart(target, offset + first, this.#bytes, 0, length - first);
    return this.free(length);
  }

  /** Frees the place of bytes without looking at them. True: wake the writer. */
  free(length: number): boolean {
    this.#head = (this.#head + length) | 0;
    Atomics.store(this.#words, HEAD, this.#head);
    return this.#wakesWriter(ROOM_AWAITED);
  }

  /** Tells the writer how many messages are done with, and this side's limit, see MARK. True: wake it. */
  tell(done: number, mark: number): boolean {
    if (this.#mark === mark && this.#done === done) return false;
    const words = this.#words;
    const isNewMark = this.#mark !== mark;
    this.#mark = mark;
    this.#done = done;
    Atomics.store(words, MARK, mark);
    Atomics.store(words, DONE, done);
    // An older DONE_WANTED that is seen here wakes the writer too early, and is followed by its question for DONE.
    if (Atomics.load(words, DONE_AWAITED) === 0) return false;
    if (!isNewMark && ((done - Atomics.load(words, DONE_WANTED)) | 0) < 0) return false;
    return this.#wakesWriter(DONE_AWAITED);
  }

  /** Announces a sleep. Ask for `isWriterClosed` and `available` once more after it; sleep only on neither. */
  waits(): void {
    Atomics.store(this.#words, READER_WAITS, 1);
  }

  #wakesWriter(flag: number): boolean {
    const words = this.#words;
    return Atomics.load(words, flag) === 1 && Atomics.exchange(words, flag, 0) === 1;
  }
}

/** For a thread that has died: its end of the ring is closed by another. True: wake the one who reads. */
export function closeForWriter(words: Int32Array): boolean {
  Atomics.store(words, WRITER_CLOSED, 1);
  return Atomics.exchange(words, READER_WAITS, 0) === 1;
}
