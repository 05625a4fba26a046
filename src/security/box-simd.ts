/**
 * libsodium's stream cipher and authenticator with WebAssembly's vector instructions, which libsodium.js is built
 * without: half its time for a large box. `scripts/simd/` says what it is made of. Its allocator is here: what it is
 * asked for is a few blocks for good, one of the same size for each connection, and a large one for the time of a call.
 */
import type { BoxModule } from "./box-traffic.ts";
import { SIMD_MODULE } from "./simd-module.ts";

const PAGE = 65_536;
/** As libsodium's own allocator aligns. */
const ALIGNMENT = 16;

/** What the module exports. */
interface Exports extends Omit<BoxModule, "HEAPU8" | "_malloc" | "_free"> {
  readonly memory: WebAssembly.Memory;
  readonly __heap_base: WebAssembly.Global;
  _sodium_init(): number;
}

/** Undefined where there are no such instructions, or where a page forbids WebAssembly. */
export async function loadSimd(): Promise<BoxModule | undefined> {
  try {
    const bytes = Uint8Array.from(atob(SIMD_MODULE), (char) => char.charCodeAt(0));
    const { instance } = await WebAssembly.instantiate(bytes);
    return new SimdModule(instance.exports as unknown as Exports);
  } catch {
    return undefined;
  }
}

class SimdModule implements BoxModule {
  HEAPU8: Uint8Array;
  readonly _crypto_stream_salsa20_xor: BoxModule["_crypto_stream_salsa20_xor"];
  readonly _crypto_onetimeauth: BoxModule["_crypto_onetimeauth"];
  readonly _crypto_onetimeauth_verify: BoxModule["_crypto_onetimeauth_verify"];
  readonly _crypto_secretbox_easy: BoxModule["_crypto_secretbox_easy"];
  readonly _crypto_secretbox_open_easy: BoxModule["_crypto_secretbox_open_easy"];
  readonly #memory: WebAssembly.Memory;
  /** Where nothing has been given out. */
  #end: number;
  readonly #sizes = new Map<number, number>();
  readonly #freed = new Map<number, number[]>();

  constructor(exports: Exports) {
    exports._sodium_init();
    this.#memory = exports.memory;
    this.HEAPU8 = new Uint8Array(exports.memory.buffer);
    this.#end = aligned(exports.__heap_base.value as number);
    this._crypto_stream_salsa20_xor = exports._crypto_stream_salsa20_xor;
    this._crypto_onetimeauth = exports._crypto_onetimeauth;
    this._crypto_onetimeauth_verify = exports._crypto_onetimeauth_verify;
    this._crypto_secretbox_easy = exports._crypto_secretbox_easy;
    this._crypto_secretbox_open_easy = exports._crypto_secretbox_open_easy;
  }

  _malloc(wanted: number): number {
    const size = aligned(wanted);
    const at = this.#freed.get(size)?.pop() ?? this.#extend(size);
    if (at !== 0) this.#sizes.set(at, size);
    return at;
  }

  _free(at: number): void {
    const size = this.#sizes.get(at)!;
    this.#sizes.delete(at);
    if (at + size === this.#end) {
      this.#end = at;
      return;
    }
    const freed = this.#freed.get(size);
    if (freed === undefined) this.#freed.set(size, [at]);
    else freed.push(at);
  }

  /** 0 when the memory cannot grow so far. */
  #extend(size: number): number {
    const at = this.#end;
    const missing = at + size - this.HEAPU8.length;
    if (missing > 0) {
      try {
        this.#memory.grow(Math.ceil(missing / PAGE));
      } catch {
        return 0;
      }
      this.HEAPU8 = new Uint8Array(this.#memory.buffer);
    }
    this.#end = at + size;
    return at;
  }
}

function aligned(size: number): number {
  return Math.ceil(size / ALIGNMENT) * ALIGNMENT;
}
