/** Memory of a WebAssembly module of libsodium: where something is worked on, and how it comes there and back. */
import { allocate } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";

export interface MemoryModule {
  /** Another object after the memory has grown; the one before is left without length. */
  readonly HEAPU8: Uint8Array;
  /** 0 when there is no memory left. */
  _malloc(size: number): number;
  _free(at: number): void;
}

/** Room for most messages; larger ones get memory for as long as it takes. */
const SCRATCH_SIZE = 131_072;

export class BoxMemory {
  readonly #module: MemoryModule;
  readonly #scratch: number;

  /** @throws ZmqError EMSGSIZE without memory for it */
  constructor(module: MemoryModule) {
    this.#module = module;
    this.#scratch = this.allocate(SCRATCH_SIZE);
  }

  /** Where `size` bytes may be worked on; `release` it before anything else is reserved. */
  reserve(size: number): number {
    return size <= SCRATCH_SIZE ? this.#scratch : this.allocate(size);
  }

  release(at: number): void {
    if (at !== this.#scratch) this.free(at);
  }

  allocate(size: number): number {
    const at = this.#module._malloc(size);
    if (at === 0) {
      throw new ZmqError(
        "EMSGSIZE",
        `libsodium's WebAssembly memory has no room for ${size} bytes; send smaller messages, or install sodium-native`,
      );
    }
    return at;
  }

  free(at: number): void {
    this.#module._free(at);
  }

  put(bytes: Uint8Array, size: number, at: number): void {
    if (bytes.length !== size) throw new ZmqError("EINVAL", `expected ${size} bytes, got ${bytes.length}`);
    this.#module.HEAPU8.set(bytes, at);
  }

  copy(at: number, size: number): Uint8Array {
    const block = allocate(size);
    block.set(this.#module.HEAPU8.subarray(at, at + size));
    return block;
  }

  /** Overwrites what was secret. */
  clean(at: number, size: number): void {
    this.#module.HEAPU8.fill(0, at, at + size);
  }
}
