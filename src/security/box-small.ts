/**
 * Boxes of up to 4 kB, made of the functions of libsodium that `crypto_box_afternm` consists of, in memory of
 * WebAssembly ("Cryptography in NaCl", sections 7 to 10: HSalsa20 of the key and the first half of the nonce gives
 * another key; Salsa20 under that with the second half goes over 32 zeros and the content; what the zeros became is the
 * key of Poly1305 over the rest). It takes a third to a half less time, since
 *
 * - the first half of the nonce is the same for all boxes of one direction, so that HSalsa20 is done once a connection;
 * - Poly1305 of so little costs less in WebAssembly than a call into an addon does;
 * - nothing needs views made for it: those of the memory here are kept by size.
 *
 *   given   [ 32 zeros       │ content          │ what was there before ]
 *   made    [ Poly1305's key │ content, changed │ rubbish               ]      sealed, the tag is half of that key
 */
import { BOX_OVERHEAD } from "./box.ts";
import type { BoxMemory } from "./box-memory.ts";
import type { BoxModule } from "./box-traffic.ts";

/** Half a nonce each: that which all boxes of a direction have, and the number of the box. */
export const PREFIX_SIZE = 16;
export const NUMBER_SIZE = 8;

/** A content of up to this size can be changed here. */
export const SMALL_CONTENT = 4096;

export const ZEROS = 32;
const CONTENTS_KEPT = 1024;
/** Vector code makes so many bytes at once: to ask for them costs less than for a part of them. */
export const STRIDE = 256;
/** Room for whole strides. */
const SPACE = (ZEROS + SMALL_CONTENT + STRIDE - 1) & -STRIDE;
/** From `made`: the tag of a box that is sealed. */
export const TAG_AT: number = ZEROS - BOX_OVERHEAD;
const MEMORY_SIZE = 2 * SPACE + BOX_OVERHEAD + NUMBER_SIZE;

/** Where a content of one size lies. */
export interface Content {
  readonly size: number;
  readonly given: Uint8Array;
  readonly made: Uint8Array;
  /** What has been made, with the tag before it. */
  readonly box: Uint8Array;
  /** What has been made, without its first byte. */
  readonly body: Uint8Array;
}

/** As a method it would be looked up for each box. */
const { set } = Uint8Array.prototype;

/** `Key`: what a build names a key by that Salsa20 takes. */
export abstract class SmallBoxes<Key> {
  readonly #module: BoxModule;
  /** Places in the module's memory; `tag` is that of a box to be opened. */
  protected readonly given: number;
  protected readonly made: number;
  protected readonly tag: number;
  protected readonly number: number;
  /** The module's memory, as bytes and as words. When it grows, this is left without length, and all views are made anew. */
  protected heap: Uint8Array;
  #words: Int32Array;
  // To look these up in the module, which has a thousand, takes as long as to call them.
  readonly #authenticate: BoxModule["_crypto_onetimeauth"];
  readonly #verify: BoxModule["_crypto_onetimeauth_verify"];
  #contents: (Content | undefined)[] = noContents();

  /** @throws ZmqError EMSGSIZE without memory for it */
  constructor(module: BoxModule, memory: BoxMemory) {
    const at = memory.allocate(MEMORY_SIZE);
    this.#module = module;
    this.given = at;
    this.made = at + SPACE;
    this.tag = this.made + SPACE;
    this.number = this.tag + BOX_OVERHEAD;
    this.heap = module.HEAPU8;
    this.#words = new Int32Array(this.heap.buffer);
    this.#authenticate = module._crypto_onetimeauth;
    this.#verify = module._crypto_onetimeauth_verify;
  }

  /** Salsa20 from `given` to `made`, of zeros and `size` bytes of content; rubbish may follow, up to whole strides. */
  protected abstract change(size: number, key: Key): void;

  /** Poly1305 of what has been made, under its key, to where the tag of a box is. */
  protected authenticate({ size }: Content): void {
    this.#authenticate(this.made + TAG_AT, this.made + ZEROS, size, 0, this.made);
  }

  /** Whether `tag` is that of what was given. */
  protected isAuthentic({ size }: Content): boolean {
    return this.#verify(this.tag, this.given + ZEROS, size, 0, this.made) === 0;
  }

  /** The memory is another: forget the views of what it was. */
  protected renew(): void {
    this.heap = this.#module.HEAPU8;
    this.#words = new Int32Array(this.heap.buffer);
    this.#contents = noContents();
  }

  /** The box of a first byte and a body, to `into[at]`; its number is in the 8 bytes before. */
  seal(key: Key, first: number, body: Uint8Array, into: Uint8Array, at: number): void {
    if (this.heap.length === 0) this.renew();
    const { heap } = this;
    const content = this.given + ZEROS;
    const size = body.length + 1;
    this.#putWords(this.number, into, at - NUMBER_SIZE, NUMBER_SIZE);
    heap[content] = first;
    set.call(heap, body, content + 1);
    this.change(size, key);
    const places = this.#contentOf(size);
    this.authenticate(places);
    set.call(into, places.box, at);
  }

  /** Opens the box at `bytes[at]` with its body in `data`. The first byte of what was sealed, -1 for a forgery. */
  open(key: Key, bytes: Uint8Array, at: number, data: Uint8Array): number {
    if (this.heap.length === 0) this.renew();
    const { heap } = this;
    const content = this.given + ZEROS;
    const size = data.length + 1;
    this.#putWords(this.number, bytes, at - NUMBER_SIZE, NUMBER_SIZE);
    this.#putWords(this.tag, bytes, at, BOX_OVERHEAD);
    heap[content] = bytes[at + BOX_OVERHEAD]!;
    set.call(heap, data, content + 1);
    this.change(size, key);
    const places = this.#contentOf(size);
    if (!this.isAuthentic(places)) return -1;
    set.call(data, places.body);
    return heap[this.made + ZEROS]!;
  }

  /** A few bytes to the module's memory, where they are aligned. */
  #putWords(to: number, from: Uint8Array, at: number, size: number): void {
    const words = this.#words;
    for (let i = 0; i < size; i += 4) {
      words[(to + i) >> 2] =
        from[at + i]! | (from[at + i + 1]! << 8) | (from[at + i + 2]! << 16) | (from[at + i + 3]! << 24);
    }
  }

  #contentOf(size: number): Content {
    const kept = this.#contents[size % CONTENTS_KEPT];
    if (kept !== undefined && kept.size === size) return kept;
    const { buffer } = this.heap;
    const content = {
      size,
      given: new Uint8Array(buffer, this.given + ZEROS, size),
      made: new Uint8Array(buffer, this.made + ZEROS, size),
      box: new Uint8Array(buffer, this.made + TAG_AT, BOX_OVERHEAD + size),
      body: new Uint8Array(buffer, this.made + ZEROS + 1, size - 1),
    };
    this.#contents[size % CONTENTS_KEPT] = content;
    return content;
  }
}

function noContents(): undefined[] {
  return new Array<undefined>(CONTENTS_KEPT).fill(undefined);
}
