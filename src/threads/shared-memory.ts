/**
 * The one block of memory that the threads of a shared context have in common, and where things lie in it. Grows as
 * links are made; nothing in it is ever moved. Every thread has its own views of it.
 *
 *   [ counters ][ members: who takes part ][ names: slots ][ names: bytes ][ link 0 ][ link 1 ] …
 *
 *   link = [ words: between whom ][ ring: creator → acceptor ][ ring: acceptor → creator ]
 */
import { ZmqError } from "../util/errors.ts";
import { RING_HEADER, RingReader, RingWriter, resetRing } from "./shared-ring.ts";

export const MAX_MEMBERS = 256;
export const MAX_NAMES = 8192;
export const MAX_LINKS = 4096;

/** Bytes of one ring at first. A link has two; memory that was never written costs nothing. */
const RING_SIZE = 64 * 1024;
/** Those of the first links may grow: with all of them, the memory would not fit into what an address can reach. */
const GROWING_LINKS = 256;
const MAX_RING_SIZE = 1024 * 1024;
const NAME_BYTES = 1 << 20;

/** Counters, by word. */
const FORMAT = 0;
const NAME_BYTES_USED = 1;
/** Links with a number from here on were never made. */
const LINKS_USED = 2;
const COUNTER_WORDS = 64;
const FORMAT_IS = 0x5a_4d_51_01;

/** Words of a member. */
export const Member: {
  readonly KEY: 0;
  readonly GENERATION: 1;
  readonly THREAD: 2;
  readonly SEEKS: 3;
  readonly NAMES_CHANGED: 4;
  readonly BELL: 5;
  readonly SUMMARY: 32;
  readonly BITS: 64;
} = {
  /** 0: free, -1: being cleared, else the key of who is here. */
  KEY: 0,
  GENERATION: 1,
  THREAD: 2,
  /** How many connections wait for a name. */
  SEEKS: 3,
  NAMES_CHANGED: 4,
  /** The word that a thread sleeps on. Counts up. */
  BELL: 5,
  /** Which words of BITS have a bit. */
  SUMMARY: 32,
  /** A bit a link: look at it. */
  BITS: 64,
};
const MEMBER_WORDS = Member.BITS + MAX_LINKS / 32;

/** Words of a link. */
export const Link: {
  readonly CREATOR: 0;
  readonly ACCEPTOR: 1;
  readonly SIDES: 2;
  readonly TARGET: 3;
  readonly ROUND: 4;
} = {
  /** Key of the member that made it; 0: the link is free. */
  CREATOR: 0,
  ACCEPTOR: 1,
  /** Bit 0: the creator holds it, bit 1: the acceptor does. */
  SIDES: 2,
  /** What the link is to be joined to: the slot of a name, or the number of a socket, less than 0. */
  TARGET: 3,
  /** How often it was made. */
  ROUND: 4,
};
const LINK_WORDS = 64;

const MEMBERS_AT = COUNTER_WORDS;
const NAMES_AT = MEMBERS_AT + MAX_MEMBERS * MEMBER_WORDS;
const NAME_WORDS = 2;
const TEXT_AT = (NAMES_AT + MAX_NAMES * NAME_WORDS) * 4;
const LINKS_AT = TEXT_AT + NAME_BYTES;
const SMALL_LINKS_AT = LINKS_AT + GROWING_LINKS * bytesOf(MAX_RING_SIZE);

/** ES2024; Node.js has it from 20 on. */
interface GrowableBuffer extends SharedArrayBuffer {
  grow(bytes: number): void;
}
const Growable = SharedArrayBuffer as unknown as new (
  bytes: number,
  options: { maxByteLength: number },
) => GrowableBuffer;

export class SharedMemory {
  readonly buffer: SharedArrayBuffer;
  /** Counters, members and slots of names. */
  readonly words: Int32Array;
  readonly text: Uint8Array;

  /** @throws ZmqError EINVAL when the memory is not that of a shared context. */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    if (!(buffer instanceof SharedArrayBuffer) || buffer.byteLength < LINKS_AT) throw notShared();
    this.words = new Int32Array(buffer, 0, TEXT_AT / 4);
    this.text = new Uint8Array(buffer, TEXT_AT, NAME_BYTES);
    if (Atomics.load(this.words, FORMAT) !== FORMAT_IS) throw notShared();
  }

  static create(): SharedMemory {
    const most = linkAt(MAX_LINKS);
    const buffer = new Growable(LINKS_AT, { maxByteLength: most });
    Atomics.store(new Int32Array(buffer, 0, 1), FORMAT, FORMAT_IS);
    return new SharedMemory(buffer);
  }

  /** Index of a member's first word in `words`. */
  memberAt(index: number): number {
    return MEMBERS_AT + index * MEMBER_WORDS;
  }

  /** Index of a name's two words: where its text is, and whose it is. */
  nameAt(slot: number): number {
    return NAMES_AT + slot * NAME_WORDS;
  }

  /** Room for so many bytes of names. @throws ZmqError EMFILE */
  allocateText(bytes: number): number {
    const at = Atomics.add(this.words, NAME_BYTES_USED, (bytes + 3) & ~3);
    if (at + bytes <= NAME_BYTES) return at;
    Atomics.sub(this.words, NAME_BYTES_USED, (bytes + 3) & ~3);
    throw tooManyNames();
  }

  get linksUsed(): number {
    return Atomics.load(this.words, LINKS_USED);
  }

  linkWords(link: number): Int32Array {
    return new Int32Array(this.buffer, linkAt(link), LINK_WORDS);
  }

  /** Takes a free link for `creator`, its rings empty. The caller fills in the rest. @throws ZmqError EMFILE */
  claimLink(creator: number): number {
    for (let link = 0; link < MAX_LINKS; link++) {
      this.#ensure(link);
      const words = this.linkWords(link);
      if (Atomics.compareExchange(words, Link.CREATOR, 0, creator) !== 0) continue;
      for (const word of [Link.ACCEPTOR, Link.SIDES, Link.TARGET]) Atomics.store(words, word, 0);
      Atomics.add(words, Link.ROUND, 1);
      resetRing(this.ringWords(link, 0), RING_SIZE);
      resetRing(this.ringWords(link, 1), RING_SIZE);
      return link;
    }
    throw new ZmqError(
      "EMFILE",
      `the threads of this context have ${MAX_LINKS} connections between them, which is the most`,
    );
  }

  /** Header of a link's ring: 0 from creator to acceptor, 1 back. */
  ringWords(link: number, ring: 0 | 1): Int32Array {
    return new Int32Array(this.buffer, ringAt(link, ring), RING_HEADER / 4);
  }

  /** The ends of a link's rings for one side: 0 the creator's, 1 the acceptor's. */
  rings(link: number, side: 0 | 1): [RingWriter, RingReader] {
    const out = side;
    const back = side === 0 ? 1 : 0;
    return [
      new RingWriter(this.ringWords(link, out), this.#ringBytes(link, out)),
      new RingReader(this.ringWords(link, back), this.#ringBytes(link, back)),
    ];
  }

  #ringBytes(link: number, ring: 0 | 1): Uint8Array {
    return new Uint8Array(this.buffer, ringAt(link, ring) + RING_HEADER, ringSize(link));
  }

  /** Makes the memory large enough for a link. Several threads may do so at once. */
  #ensure(link: number): void {
    const { words } = this;
    if (link < Atomics.load(words, LINKS_USED)) return;
    const buffer = this.buffer as GrowableBuffer;
    const bytes = linkAt(link + 1);
    try {
      if (buffer.byteLength < bytes) buffer.grow(bytes);
    } catch (cause) {
      // Another thread may have grown it further meanwhile.
      if (buffer.byteLength < bytes)
        throw new ZmqError("EMFILE", "there is no memory for another connection between threads", { cause });
    }
    for (let used = Atomics.load(words, LINKS_USED); used <= link; used = Atomics.load(words, LINKS_USED)) {
      Atomics.compareExchange(words, LINKS_USED, used, link + 1);
    }
  }
}

function linkAt(link: number): number {
  return link < GROWING_LINKS
    ? LINKS_AT + link * bytesOf(MAX_RING_SIZE)
    : SMALL_LINKS_AT + (link - GROWING_LINKS) * bytesOf(RING_SIZE);
}

function ringAt(link: number, ring: 0 | 1): number {
  return linkAt(link) + LINK_WORDS * 4 + ring * (RING_HEADER + ringSize(link));
}

/** The most that a ring of this link may have. */
function ringSize(link: number): number {
  return link < GROWING_LINKS ? MAX_RING_SIZE : RING_SIZE;
}

/** Of a link whose rings have so many. */
function bytesOf(ring: number): number {
  return LINK_WORDS * 4 + 2 * (RING_HEADER + ring);
}

export function tooManyNames(): ZmqError {
  return new ZmqError(
    "EMFILE",
    `the threads of this context have used ${MAX_NAMES} different inproc names, which is the most; use names again`,
  );
}

function notShared(): ZmqError {
  return new ZmqError(
    "EINVAL",
    "this is not what context.share() gives: pass that to the worker as it is, in workerData or a message",
  );
}
