/**
 * The boxes of connections, made in the memory of a WebAssembly module of libsodium. Nothing is allocated for one: it
 * is worked on in place, in a block of its own if it is large.
 *
 *   scratch   [ 16 bytes for the tag │ plain text … ]      a large one, sealed and opened
 *   channel   one block a connection, laid out as `CHANNEL` says
 */
import type { LibsodiumModule } from "libsodium-sumo";
import { BOX_OVERHEAD, type Channel, KEY_SIZE } from "./box.ts";
import { BoxMemory, type MemoryModule } from "./box-memory.ts";
import { NUMBER_SIZE, PREFIX_SIZE, SMALL_CONTENT, SmallBoxes, STRIDE, ZEROS } from "./box-small.ts";

/** The part of libsodium that boxes are made with. */
export type BoxModule = MemoryModule &
  Pick<
    LibsodiumModule,
    | "_crypto_stream_salsa20_xor"
    | "_crypto_onetimeauth"
    | "_crypto_onetimeauth_verify"
    | "_crypto_secretbox_easy"
    | "_crypto_secretbox_open_easy"
  >;

export const NONCE_SIZE: number = PREFIX_SIZE + NUMBER_SIZE;
/** Where a channel has its secrets: the key for whole nonces, and those for what the number of a box is left of. */
export const CHANNEL: Readonly<Record<ChannelPart | "size", number>> = {
  key: 0,
  sealKey: KEY_SIZE,
  openKey: 2 * KEY_SIZE,
  sealNonce: 3 * KEY_SIZE,
  openNonce: 3 * KEY_SIZE + NONCE_SIZE,
  size: 3 * KEY_SIZE + 2 * NONCE_SIZE,
};
type ChannelPart = "key" | "sealKey" | "openKey" | "sealNonce" | "openNonce";

/** A module at work for all connections. */
export class WasmBoxes {
  readonly module: BoxModule;
  readonly memory: BoxMemory;
  readonly small: WasmSmallBoxes;
  /** Whether it has vector instructions. */
  readonly hasSimd: boolean;

  /** @throws ZmqError EMSGSIZE without memory for it */
  constructor(module: BoxModule, hasSimd: boolean) {
    this.module = module;
    this.memory = new BoxMemory(module);
    this.small = new WasmSmallBoxes(module, this.memory, hasSimd);
    this.hasSimd = hasSimd;
  }

  /** `secrets`: laid out as `CHANNEL`; the caller wipes them. */
  channel(secrets: Uint8Array): WasmChannel {
    const at = this.memory.allocate(CHANNEL.size);
    this.memory.put(secrets, CHANNEL.size, at);
    return new WasmChannel(this, at);
  }
}

/** Salsa20 with vector instructions does one block at a time, or four for the time of one and a half. */
const BLOCK = 64;

class WasmSmallBoxes extends SmallBoxes<number> {
  readonly #salsa20: BoxModule["_crypto_stream_salsa20_xor"];
  readonly #hasSimd: boolean;

  constructor(module: BoxModule, memory: BoxMemory, hasSimd: boolean) {
    super(module, memory);
    this.#salsa20 = module._crypto_stream_salsa20_xor;
    this.#hasSimd = hasSimd;
  }

  protected change(size: number, key: number): void {
    let total = ZEROS + size;
    const rest = total & (STRIDE - 1);
    if (this.#hasSimd && rest > BLOCK) total += STRIDE - rest;
    this.#salsa20(this.made, this.given, total, 0, this.number, key);
  }
}

export class WasmChannel implements Channel {
  readonly #boxes: WasmBoxes;
  readonly #small: WasmSmallBoxes;
  #at: number;

  constructor(boxes: WasmBoxes, at: number) {
    this.#boxes = boxes;
    this.#small = boxes.small;
    this.#at = at;
  }

  seal(first: number, body: Uint8Array, into: Uint8Array, at: number): void {
    if (body.length < SMALL_CONTENT) this.#small.seal(this.#at + CHANNEL.sealKey, first, body, into, at);
    else this.#sealLarge(first, body, into, at);
  }

  #sealLarge(first: number, body: Uint8Array, into: Uint8Array, at: number): void {
    const { module, memory } = this.#boxes;
    const nonce = this.#at + CHANNEL.sealNonce;
    const size = BOX_OVERHEAD + 1 + body.length;
    const work = memory.reserve(size);
    const heap = module.HEAPU8;
    for (let i = 0; i < NUMBER_SIZE; i++) heap[nonce + PREFIX_SIZE + i] = into[at - NUMBER_SIZE + i]!;
    const plain = work + BOX_OVERHEAD;
    heap[plain] = first;
    heap.set(body, plain + 1);
    module._crypto_secretbox_easy(work, plain, 1 + body.length, 0, nonce, this.#at + CHANNEL.key);
    into.set(heap.subarray(work, work + size), at);
    memory.release(work);
  }

  open(bytes: Uint8Array, at: number, data: Uint8Array): number {
    return data.length < SMALL_CONTENT
      ? this.#small.open(this.#at + CHANNEL.openKey, bytes, at, data)
      : this.#openLarge(bytes, at, data);
  }

  #openLarge(bytes: Uint8Array, at: number, data: Uint8Array): number {
    const { module, memory } = this.#boxes;
    const { length } = data;
    const nonce = this.#at + CHANNEL.openNonce;
    const size = BOX_OVERHEAD + 1 + length;
    const work = memory.reserve(size);
    const heap = module.HEAPU8;
    for (let i = 0; i < NUMBER_SIZE; i++) heap[nonce + PREFIX_SIZE + i] = bytes[at - NUMBER_SIZE + i]!;
    for (let i = 0; i <= BOX_OVERHEAD; i++) heap[work + i] = bytes[at + i]!;
    const plain = work + BOX_OVERHEAD;
    heap.set(data, plain + 1);
    const failed =
      module._crypto_secretbox_open_easy(plain, work, size, 0, nonce, this.#at + CHANNEL.key) !== 0;
    const first = heap[plain]!;
    if (!failed) data.set(heap.subarray(plain + 1, plain + 1 + length));
    memory.release(work);
    return failed ? -1 : first;
  }

  wipe(): void {
    const at = this.#at;
    if (at === 0) return;
    this.#at = 0;
    const { memory } = this.#boxes;
    memory.clean(at, CHANNEL.size);
    memory.free(at);
  }
}
