/**
 * One context's part in a shared memory: its key, its doorbell, and the ends of links that it holds. A thread may have
 * several. Links are made by one member and offered to another, which is how connections between threads begin.
 */
import { afterTurn, nextTurn } from "../util/defer.ts";
import { ZmqError } from "../util/errors.ts";
import { Directory, keyOf, ownerWord } from "./directory.ts";
import { canWaitAsync, Doorbell, ring } from "./doorbell.ts";
import { Link, MAX_MEMBERS, Member, type SharedMemory } from "./shared-memory.ts";
import { closeForWriter } from "./shared-ring.ts";

/** What a member does with a link that it holds an end of. */
export interface LinkEnd {
  /** The other side has moved something. */
  look(): void;
  /** Shows the other side what was written. */
  flush(): void;
  /** Holds the process while something that was sent is not in the link yet. */
  holdUnsent(): void;
}

/** Rounds of work after which the event loop gets its turn, even if it rings on and on. */
const ROUNDS = 8;
/**
 * Turns of the event loop between the last ring and falling asleep: many while answers come at once, as to a request, few
 * where the other thread has work to do first, which it does sooner when it has the processor to itself.
 */
const MOST_TURNS_AWAKE = 30;
const FEWEST_TURNS_AWAKE = 3;
/** Who sleeps for less should have stayed awake. Milliseconds. */
const SHORT_SLEEP = 0.1;
/** So many messages from one look to the next are a stream, in which nobody waits for an I/O thread's answer. */
const STREAM = 64;
const INDEX_BITS = 8;
const GENERATIONS = 2 ** 18 - 1;
/** Of a member whose thread is not known yet. */
export const UNKNOWN_THREAD = -1;

export class Membership {
  readonly memory: SharedMemory;
  readonly directory: Directory;
  /** Who this is. Never used again by another. */
  readonly key: number;
  /** The thread blocks where others would wait for the event loop; whoever calls must call `work` and `flush`. */
  readonly isBlocking: boolean;
  readonly #bell: Doorbell;
  readonly #ends = new Map<number, LinkEnd>();
  readonly #at: number;
  #unflushed: LinkEnd[] = [];
  #seen = 0;
  #isLeaving = false;
  #hasLeft = false;
  /** Another member has made a link to something of ours. */
  offered: (link: number, target: number) => void = () => {};
  /** A link joins us to this member. */
  met: (key: number) => void = () => {};
  /** A name was bound somewhere that connections of ours may be waiting for. */
  namesChanged: () => void = () => {};

  private constructor(memory: SharedMemory, key: number, isBlocking: boolean) {
    if (!isBlocking && !canWaitAsync)
      throw new ZmqError(
        "ENOTSUP",
        "threads cannot be joined here: this runtime has no Atomics.waitAsync; use one that has, such as Node.js 20",
      );
    this.memory = memory;
    this.directory = new Directory(memory);
    this.key = key;
    this.isBlocking = isBlocking;
    this.#at = memory.memberAt(indexOf(key));
    this.#bell = new Doorbell(memory, indexOf(key));
    all.add(this);
  }

  /** A new member. @throws ZmqError EMFILE when 256 contexts take part already */
  static join(memory: SharedMemory, threadId: number, isBlocking: boolean): Membership {
    return new Membership(memory, claim(memory, threadId), isBlocking);
  }

  /** The part that another thread has reserved for this one. */
  static adopt(memory: SharedMemory, key: number): Membership {
    const member = new Membership(memory, key, false);
    member.#isForOthers = true;
    member.listen();
    return member;
  }

  /** A part for another thread. Links to it may be made at once. */
  reserve(): number {
    return claim(this.memory, UNKNOWN_THREAD);
  }

  /** Which thread that is: when that ends, so does its part. */
  setThread(key: number, threadId: number): void {
    Atomics.store(this.memory.words, this.memory.memberAt(indexOf(key)) + Member.THREAD, threadId);
  }

  /** It holds no link. */
  get isIdle(): boolean {
    return this.#ends.size === 0;
  }

  // ---- work

  /** Looks at all that others have rung for. Answers what to sleep on. */
  work(): number {
    const seen = this.#bell.read();
    this.#seen = seen;
    if (Atomics.exchange(this.memory.words, this.#at + Member.NAMES_CHANGED, 0) === 1) this.namesChanged();
    this.#bell.visit(this.#look);
    return seen;
  }

  /** Somebody has rung since the last `work`. */
  get hasRung(): boolean {
    return this.#bell.read() !== this.#seen;
  }

  /** Blocks the thread until somebody rings. False: the time is over. `seen`: from `work`. */
  sleep(seen: number, timeoutMs: number): boolean {
    return this.#bell.sleep(seen, timeoutMs);
  }

  #turnsAwake = 0;
  #patience: number = MOST_TURNS_AWAKE;
  #moved = 0;
  #isStreaming = false;
  /** An I/O thread: those it works for want the processor, also while it has nothing to do. */
  #isForOthers = false;

  /** So many messages have passed through a link, either way, since it was last looked at. */
  moved(messages: number): void {
    this.#moved += messages;
  }

  /** Shows others at the end of the turn what was written to the link. */
  flushLater(end: LinkEnd): void {
    this.#unflushed.push(end);
    if (this.#unflushed.length === 1 && !this.isBlocking) afterTurn(this.flush);
  }

  readonly flush = (): void => {
    const ends = this.#unflushed;
    if (ends.length === 0) return;
    this.#unflushed = [];
    for (let i = 0; i < ends.length; i++) ends[i]!.flush();
  };

  readonly #look = (link: number): void => {
    const end = this.#ends.get(link);
    if (end !== undefined) {
      end.look();
      return;
    }
    if (link >= this.memory.linksUsed) return;
    const words = this.memory.linkWords(link);
    const isOurs = Atomics.load(words, Link.ACCEPTOR) === this.key;
    // A link that was given up already may still ring.
    if (isOurs && (Atomics.load(words, Link.SIDES) & 2) !== 0) {
      this.met(Atomics.load(words, Link.CREATOR));
      this.offered(link, Atomics.load(words, Link.TARGET));
    }
  };

  /** Looks whenever it rings, from now on. */
  readonly listen = (): void => {
    for (let round = 0; round < ROUNDS; round++) {
      if (this.#hasLeft) return;
      this.work();
      if (this.hasRung) continue;
      this.#turnsAwake = 0;
      break;
    }
    // None: somebody rang for room or the like, which says nothing.
    if (this.#moved > 0) this.#isStreaming = this.#isForOthers && this.#moved >= STREAM;
    this.#moved = 0;
    nextTurn(this.#stayAwake);
  };

  /** For some turns of the event loop: who is busy with us is likely to ring again, and sleeping takes two system calls. */
  readonly #stayAwake = (): void => {
    if (this.#hasLeft) return;
    if (this.hasRung) {
      this.#patience = MOST_TURNS_AWAKE;
      this.listen();
      return;
    }
    if (++this.#turnsAwake < (this.#isStreaming ? FEWEST_TURNS_AWAKE : this.#patience)) {
      nextTurn(this.#stayAwake);
      return;
    }
    this.#patience = Math.max(FEWEST_TURNS_AWAKE, this.#patience >> 1);
    const since = performance.now();
    const rung = this.#bell.sleepAsync(this.#seen);
    if (rung === undefined) this.listen();
    else
      void rung.then(() => {
        if (performance.now() - since < SHORT_SLEEP) this.#patience = MOST_TURNS_AWAKE;
        this.listen();
      });
  };

  // ---- links

  /** Makes a link to another member; it hears of it with `offer`. @throws ZmqError EMFILE */
  makeLink(to: number, target: number): number {
    const link = this.memory.claimLink(this.key);
    this.met(to);
    const words = this.memory.linkWords(link);
    Atomics.store(words, Link.ACCEPTOR, to);
    Atomics.store(words, Link.TARGET, target);
    Atomics.store(words, Link.SIDES, 3);
    // Whoever buries the other member from now on finds the link; one that did before may have missed it.
    if (!isAlive(this.memory, to) && holds(this.memory, link, 1, to)) closeSide(this.memory, link, 1);
    return link;
  }

  /** In which thread a member is; undefined: it has not said, or is gone. */
  threadOf(key: number): number | undefined {
    const thread = Atomics.load(this.memory.words, this.memory.memberAt(indexOf(key)) + Member.THREAD);
    return thread === UNKNOWN_THREAD || !isAlive(this.memory, key) ? undefined : thread;
  }

  /** How often a link was made, so that its number and this are never used again. */
  roundOf(link: number): number {
    return Atomics.load(this.memory.linkWords(link), Link.ROUND);
  }

  /** Do we still hold a side of a link that was made for the so-and-so-many-th time? */
  holds(link: number, round: number): boolean {
    const { memory, key } = this;
    return this.roundOf(link) === round && (holds(memory, link, 0, key) || holds(memory, link, 1, key));
  }

  offer(link: number): void {
    this.wake(link, 0);
  }

  /** Turns down a link that was offered. */
  refuse(link: number): void {
    if (holds(this.memory, link, 1, this.key)) closeSide(this.memory, link, 1);
  }

  /** `end` hears of the link from now on. */
  hold(link: number, end: LinkEnd): void {
    this.#ends.set(link, end);
  }

  /** Wakes who holds the other side of a link. `side`: ours. */
  wake(link: number, side: 0 | 1): void {
    const words = this.memory.linkWords(link);
    const other = Atomics.load(words, side === 0 ? Link.ACCEPTOR : Link.CREATOR);
    if (other > 0) ring(this.memory, indexOf(other), link);
  }

  /** This side is done with the link, its end of the ring closed. Called once. */
  drop(link: number, side: 0 | 1): void {
    this.#ends.delete(link);
    if (this.#hasLeft) return;
    closeSide(this.memory, link, side);
    if (this.#isLeaving) this.leaveWhenDone();
  }

  // ---- names

  /** @returns false when another living member has it. */
  bindName(name: string, type: number): boolean {
    const slot = this.directory.slotOf(name);
    for (;;) {
      const owner = this.directory.ownerOf(slot);
      if (owner !== 0 && isAlive(this.memory, keyOf(owner))) return false;
      if (this.directory.change(slot, owner, ownerWord(this.key, type))) break;
    }
    const { words } = this.memory;
    for (let index = 0; index < MAX_MEMBERS; index++) {
      const at = this.memory.memberAt(index);
      if (at === this.#at || Atomics.load(words, at + Member.SEEKS) === 0) continue;
      Atomics.store(words, at + Member.NAMES_CHANGED, 1);
      ring(this.memory, index, -1);
    }
    return true;
  }

  unbindName(name: string): void {
    const slot = this.directory.slotOf(name);
    const owner = this.directory.ownerOf(slot);
    if (keyOf(owner) === this.key) this.directory.change(slot, owner, 0);
  }

  /** How many connections of ours wait for names. To be set before looking whether a name is bound. */
  set seeks(count: number) {
    if (!this.#hasLeft) Atomics.store(this.memory.words, this.#at + Member.SEEKS, count);
  }

  /** Who has bound a name, see `ownerWord`; 0: nobody. */
  ownerOf(name: string): number {
    const owner = this.directory.ownerOf(this.directory.slotOf(name));
    return owner !== 0 && isAlive(this.memory, keyOf(owner)) ? owner : 0;
  }

  // ---- the end

  /** The program is about to end by itself. */
  holdUnsent(): void {
    for (const end of this.#ends.values()) end.holdUnsent();
  }

  /** Leaves when all links have ended by themselves: all sockets are closed, but what they sent may be on its way. */
  leaveWhenDone(): void {
    this.#isLeaving = true;
    if (this.#ends.size === 0) this.leave();
  }

  /** Leaves: names are free, links closed. May be called twice. */
  leave(): void {
    if (this.#hasLeft) return;
    this.flush();
    this.#hasLeft = true;
    all.delete(this);
    bury(this.memory, this.key);
    // Ends the promise of the next ring.
    ring(this.memory, indexOf(this.key), -1);
  }
}

/** All that this thread takes part with. */
const all = new Set<Membership>();

/** The thread ends. */
export function leaveAll(): void {
  for (const membership of [...all]) membership.leave();
}

/** A thread has ended, perhaps without a chance to leave. Any member in any other thread may say so. */
export function threadEnded(threadId: number): void {
  for (const memory of new Set([...all].map((one) => one.memory))) {
    for (let index = 0; index < MAX_MEMBERS; index++) {
      const at = memory.memberAt(index);
      const key = Atomics.load(memory.words, at + Member.KEY);
      if (key > 0 && Atomics.load(memory.words, at + Member.THREAD) === threadId) bury(memory, key);
    }
  }
}

/** Which of the members a key is for. */
export function indexOf(key: number): number {
  return key & (MAX_MEMBERS - 1);
}

export function isAlive(memory: SharedMemory, key: number): boolean {
  return Atomics.load(memory.words, memory.memberAt(indexOf(key)) + Member.KEY) === key;
}

/** The key of a new member. */
function claim(memory: SharedMemory, threadId: number): number {
  const { words } = memory;
  for (let index = 0; index < MAX_MEMBERS; index++) {
    const at = memory.memberAt(index);
    if (Atomics.compareExchange(words, at + Member.KEY, 0, -1) !== 0) continue;
    Atomics.store(words, at + Member.SEEKS, 0);
    Atomics.store(words, at + Member.NAMES_CHANGED, 0);
    Atomics.store(words, at + Member.THREAD, threadId);
    // A key and a socket type go into one word; a quarter of a million rounds on, nobody remembers the first.
    const generation = (Atomics.add(words, at + Member.GENERATION, 1) % GENERATIONS) + 1;
    const key = (generation << INDEX_BITS) | index;
    Atomics.store(words, at + Member.KEY, key);
    return key;
  }
  throw new ZmqError("EMFILE", `${MAX_MEMBERS} contexts share their names already, which is the most`);
}

/** Frees all that a member had. Only the first to do so does. */
function bury(memory: SharedMemory, key: number): void {
  const at = memory.memberAt(indexOf(key)) + Member.KEY;
  if (Atomics.compareExchange(memory.words, at, key, -1) !== key) return;
  new Directory(memory).freeAll(key);
  for (let link = memory.linksUsed - 1; link >= 0; link--) {
    if (holds(memory, link, 0, key)) closeSide(memory, link, 0);
    else if (holds(memory, link, 1, key)) closeSide(memory, link, 1);
    else {
      // Claimed, and nothing more: it died in between.
      const words = memory.linkWords(link);
      if (Atomics.load(words, Link.SIDES) === 0) Atomics.compareExchange(words, Link.CREATOR, key, 0);
    }
  }
  Atomics.store(memory.words, at, 0);
}

/**
 * Is this side of a link held by `key`? Asked twice: a link whose side is held cannot be freed, and one that is made
 * anew loses its members' keys before its sides are set, so the bit between two equal answers is that of this link.
 */
function holds(memory: SharedMemory, link: number, side: 0 | 1, key: number): boolean {
  const words = memory.linkWords(link);
  const word = side === 0 ? Link.CREATOR : Link.ACCEPTOR;
  if (Atomics.load(words, word) !== key) return false;
  return (Atomics.load(words, Link.SIDES) & (1 << side)) !== 0 && Atomics.load(words, word) === key;
}

/** One side, which must be held, is done with a link; the last frees it. */
function closeSide(memory: SharedMemory, link: number, side: 0 | 1): void {
  const words = memory.linkWords(link);
  closeForWriter(memory.ringWords(link, side));
  const bit = 1 << side;
  const creator = Atomics.load(words, Link.CREATOR);
  const other = side === 0 ? Atomics.load(words, Link.ACCEPTOR) : creator;
  const before = Atomics.and(words, Link.SIDES, ~bit);
  if ((before & ~bit) === 0) Atomics.compareExchange(words, Link.CREATOR, creator, 0);
  else if (other > 0) ring(memory, indexOf(other), link);
}
