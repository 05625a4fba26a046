/**
 * Which member of a shared context has bound which inproc name. A hash table in shared memory that is never locked: a
 * thread may be terminated between any two steps, and must not leave a lock behind. So names are only ever added;
 * binding and unbinding changes the owner's word beside the name, by compare-and-exchange.
 *
 *   slot = [ where the text is + 1, 0: free ][ owner: key and type of its socket, 0: not bound ]     probed in turn
 */
import { fromText } from "../util/bytes.ts";
import { MAX_NAMES, type SharedMemory, tooManyNames } from "./shared-memory.ts";

const TEXT = 0;
const OWNER = 1;

const TYPE_BITS = 5;

/** Member and the number of its socket's type, in one word, so that nobody sees one without the other. */
export function ownerWord(key: number, type: number): number {
  return (key << TYPE_BITS) | type;
}

export function keyOf(owner: number): number {
  return owner >>> TYPE_BITS;
}

export function typeOf(owner: number): number {
  return owner & ((1 << TYPE_BITS) - 1);
}

export class Directory {
  readonly #memory: SharedMemory;
  readonly #slots = new Map<string, number>();

  constructor(memory: SharedMemory) {
    this.#memory = memory;
  }

  /** The slot of a name, the same in every thread. @throws ZmqError EMFILE when there are too many names. */
  slotOf(name: string): number {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    const slot = this.#intern(fromText(name));
    this.#slots.set(name, slot);
    return slot;
  }

  /** The name in a slot. */
  nameOf(slot: number): string {
    const bytes = this.#textAt(Atomics.load(this.#memory.words, this.#memory.nameAt(slot) + TEXT) - 1);
    return new TextDecoder().decode(bytes.slice());
  }

  /** Who has bound the name; 0: nobody. See `ownerWord`. */
  ownerOf(slot: number): number {
    return Atomics.load(this.#memory.words, this.#memory.nameAt(slot) + OWNER);
  }

  /** Makes `to` the owner if it is `from`'s. */
  change(slot: number, from: number, to: number): boolean {
    const at = this.#memory.nameAt(slot) + OWNER;
    return Atomics.compareExchange(this.#memory.words, at, from, to) === from;
  }

  /** Frees all names of a member. */
  freeAll(key: number): void {
    for (let slot = 0; slot < MAX_NAMES; slot++) {
      const owner = this.ownerOf(slot);
      if (owner !== 0 && keyOf(owner) === key) this.change(slot, owner, 0);
    }
  }

  #intern(text: Uint8Array): number {
    const { words } = this.#memory;
    // Written before the slot points to it, so that nobody sees half a name; lost when another thread was first.
    let ours = -1;
    for (let probe = 0, slot = hash(text) % MAX_NAMES; probe < MAX_NAMES; probe++) {
      const at = this.#memory.nameAt(slot) + TEXT;
      let there = Atomics.load(words, at);
      if (there === 0) {
        if (ours < 0) ours = this.#write(text);
        there = Atomics.compareExchange(words, at, 0, ours + 1);
        if (there === 0) return slot;
      }
      if (isSame(this.#textAt(there - 1), text)) return slot;
      slot = (slot + 1) % MAX_NAMES;
    }
    throw tooManyNames();
  }

  /** Two bytes of length, then the text. */
  #write(text: Uint8Array): number {
    const at = this.#memory.allocateText(text.length + 2);
    const target = this.#memory.text;
    target[at] = text.length >> 8;
    target[at + 1] = text.length;
    target.set(text, at + 2);
    return at;
  }

  #textAt(at: number): Uint8Array {
    const { text } = this.#memory;
    const length = (text[at]! << 8) | text[at + 1]!;
    return text.subarray(at + 2, at + 2 + length);
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** FNV-1a. */
function hash(text: Uint8Array): number {
  let value = 0x81_1c_9d_c5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text[i]!, 0x01_00_01_93);
  return value >>> 0;
}
