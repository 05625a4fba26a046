/**
 * libsodium's WebAssembly build behind `box.ts`. Works on the module's memory itself, without the allocations a call
 * that its wrappers make:
 *
 *   scratch   [ 16 bytes for the tag │ plain text … ]      sealed and opened in place
 *   channel   one block a connection, laid out as `CHANNEL` says
 *
 * The package is the one that has all of libsodium: the common one leaves out what small boxes are made of.
 */
import create, { type LibsodiumModule } from "libsodium-sumo";
import { allocate } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import { BOX_OVERHEAD, type Channel, KEY_SIZE, type KeyPair, type Sodium } from "./box.ts";
import { NUMBER_SIZE, PREFIX_SIZE, SMALL_CONTENT, SmallBoxes, ZEROS } from "./box-small.ts";

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
/** Room for most messages; larger ones get memory for as long as it takes. */
const SCRATCH_SIZE = 131_072;
const TAG_SIZE = 32;

export class WasmSodium implements Sodium {
  readonly name = "libsodium";
  readonly module: LibsodiumModule;
  readonly scratch: number;
  readonly smallBoxes: WasmSmallBoxes;
  /** For `isEqual`: a key that nobody knows, and a tag. */
  readonly #compareKey: number;

  private constructor(module: LibsodiumModule) {
    this.module = module;
    this.scratch = this.allocate(SCRATCH_SIZE);
    this.smallBoxes = new WasmSmallBoxes(module, (size) => this.allocate(size));
    this.#compareKey = this.allocate(KEY_SIZE + TAG_SIZE);
    module._randombytes_buf(this.#compareKey, KEY_SIZE);
  }

  static async load(): Promise<WasmSodium> {
    const word = new Uint32Array(1);
    const module = await create({ getRandomValue: () => crypto.getRandomValues(word)[0]! });
    if (module._sodium_init() < 0) throw new Error("sodium_init failed");
    return new WasmSodium(module);
  }

  keyPair(): KeyPair {
    const at = this.scratch;
    this.module._crypto_box_keypair(at, at + KEY_SIZE);
    const pair = { publicKey: this.#copy(at, KEY_SIZE), secretKey: this.#copy(at + KEY_SIZE, KEY_SIZE) };
    this.#clean(at, 2 * KEY_SIZE);
    return pair;
  }

  publicKeyOf(secretKey: Uint8Array): Uint8Array {
    const at = this.scratch;
    this.#put(secretKey, KEY_SIZE, at + KEY_SIZE);
    this.module._crypto_scalarmult_base(at, at + KEY_SIZE);
    const publicKey = this.#copy(at, KEY_SIZE);
    this.#clean(at, 2 * KEY_SIZE);
    return publicKey;
  }

  random(length: number): Uint8Array {
    const at = this.reserve(length);
    this.module._randombytes_buf(at, length);
    const bytes = this.#copy(at, length);
    this.#clean(at, length);
    this.release(at);
    return bytes;
  }

  box(plain: Uint8Array, nonce: Uint8Array, publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array {
    return this.#work(plain, BOX_OVERHEAD, plain.length + BOX_OVERHEAD, (at, args) => {
      this.#put(nonce, NONCE_SIZE, args);
      this.#put(publicKey, KEY_SIZE, args + NONCE_SIZE);
      this.#put(secretKey, KEY_SIZE, args + NONCE_SIZE + KEY_SIZE);
      const { module } = this;
      const from = at + BOX_OVERHEAD;
      const pk = args + NONCE_SIZE;
      if (module._crypto_box_easy(at, from, plain.length, 0, args, pk, pk + KEY_SIZE) !== 0) throw weakKey();
      return at;
    })!;
  }

  openBox(
    sealed: Uint8Array,
    nonce: Uint8Array,
    publicKey: Uint8Array,
    secretKey: Uint8Array,
  ): Uint8Array | undefined {
    if (sealed.length < BOX_OVERHEAD) return undefined;
    return this.#work(sealed, 0, sealed.length - BOX_OVERHEAD, (at, args) => {
      this.#put(nonce, NONCE_SIZE, args);
      this.#put(publicKey, KEY_SIZE, args + NONCE_SIZE);
      this.#put(secretKey, KEY_SIZE, args + NONCE_SIZE + KEY_SIZE);
      const to = at + BOX_OVERHEAD;
      const pk = args + NONCE_SIZE;
      const failed = this.module._crypto_box_open_easy(to, at, sealed.length, 0, args, pk, pk + KEY_SIZE);
      return failed ? undefined : to;
    });
  }

  secretBox(plain: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array {
    return this.#work(plain, BOX_OVERHEAD, plain.length + BOX_OVERHEAD, (at, args) => {
      this.#put(nonce, NONCE_SIZE, args);
      this.#put(key, KEY_SIZE, args + NONCE_SIZE);
      this.module._crypto_secretbox_easy(at, at + BOX_OVERHEAD, plain.length, 0, args, args + NONCE_SIZE);
      return at;
    })!;
  }

  openSecretBox(sealed: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | undefined {
    if (sealed.length < BOX_OVERHEAD) return undefined;
    return this.#work(sealed, 0, sealed.length - BOX_OVERHEAD, (at, args) => {
      this.#put(nonce, NONCE_SIZE, args);
      this.#put(key, KEY_SIZE, args + NONCE_SIZE);
      const to = at + BOX_OVERHEAD;
      const k = args + NONCE_SIZE;
      return this.module._crypto_secretbox_open_easy(to, at, sealed.length, 0, args, k) ? undefined : to;
    });
  }

  /** This build exports no `sodium_memcmp`: the tags of both under a secret key are compared by `crypto_auth_verify`. */
  isEqual(a: Uint8Array, b: Uint8Array): boolean {
    if (a.length !== b.length) return false;
    const { module } = this;
    const key = this.#compareKey;
    const tag = key + KEY_SIZE;
    const at = this.reserve(a.length);
    module.HEAPU8.set(a, at);
    module._crypto_auth(tag, at, a.length, 0, key);
    module.HEAPU8.set(b, at);
    const differs = module._crypto_auth_verify(tag, at, b.length, 0, key);
    this.#clean(at, a.length);
    this.release(at);
    return differs === 0;
  }

  wipe(secret: Uint8Array): void {
    secret.fill(0);
  }

  channel(publicKey: Uint8Array, secretKey: Uint8Array, sealPrefix: string, openPrefix: string): WasmChannel {
    const at = this.allocate(CHANNEL.size);
    const { module, scratch } = this;
    this.#put(publicKey, KEY_SIZE, scratch);
    this.#put(secretKey, KEY_SIZE, scratch + KEY_SIZE);
    const failed = module._crypto_box_beforenm(at + CHANNEL.key, scratch, scratch + KEY_SIZE);
    this.#clean(scratch, 2 * KEY_SIZE);
    if (failed) {
      this.free(at);
      throw weakKey();
    }
    const heap = module.HEAPU8;
    for (let i = 0; i < PREFIX_SIZE; i++) {
      heap[at + CHANNEL.sealNonce + i] = sealPrefix.charCodeAt(i);
      heap[at + CHANNEL.openNonce + i] = openPrefix.charCodeAt(i);
    }
    module._crypto_core_hsalsa20(at + CHANNEL.sealKey, at + CHANNEL.sealNonce, at + CHANNEL.key, 0);
    module._crypto_core_hsalsa20(at + CHANNEL.openKey, at + CHANNEL.openNonce, at + CHANNEL.key, 0);
    return new WasmChannel(this, at);
  }

  /** Where `size` bytes may be worked on; `release` it. */
  reserve(size: number): number {
    return size <= SCRATCH_SIZE ? this.scratch : this.allocate(size);
  }

  release(at: number): void {
    if (at !== this.scratch) this.free(at);
  }

  allocate(size: number): number {
    const at = this.module._malloc(size);
    if (at === 0) {
      throw new ZmqError(
        "EMSGSIZE",
        `libsodium's WebAssembly memory has no room for ${size} bytes; send smaller messages, or install sodium-native`,
      );
    }
    return at;
  }

  free(at: number): void {
    this.module._free(at);
  }

  /** One call of the handshake: the input at `offset`, 128 bytes for nonce and keys behind it, the result copied out. */
  #work(
    input: Uint8Array,
    offset: number,
    resultSize: number,
    call: (at: number, args: number) => number | undefined,
  ): Uint8Array | undefined {
    const end = offset + input.length;
    const size = end + NONCE_SIZE + 2 * KEY_SIZE;
    const at = this.reserve(size);
    try {
      this.module.HEAPU8.set(input, at + offset);
      const result = call(at, at + end);
      return result === undefined ? undefined : this.#copy(result, resultSize);
    } finally {
      this.#clean(at, size);
      this.release(at);
    }
  }

  #put(bytes: Uint8Array, size: number, at: number): void {
    if (bytes.length !== size) throw new ZmqError("EINVAL", `expected ${size} bytes, got ${bytes.length}`);
    this.module.HEAPU8.set(bytes, at);
  }

  #copy(at: number, size: number): Uint8Array {
    const block = allocate(size);
    block.set(this.module.HEAPU8.subarray(at, at + size));
    return block;
  }

  #clean(at: number, size: number): void {
    this.module.HEAPU8.fill(0, at, at + size);
  }
}

class WasmSmallBoxes extends SmallBoxes<number> {
  readonly #salsa20: LibsodiumModule["_crypto_stream_salsa20_xor"];

  constructor(module: LibsodiumModule, allocate: (size: number) => number) {
    super(module, allocate);
    this.#salsa20 = module._crypto_stream_salsa20_xor;
  }

  protected change(size: number, key: number): void {
    this.#salsa20(this.made, this.given, ZEROS + size, 0, this.number, key);
  }
}

export class WasmChannel implements Channel {
  readonly #sodium: WasmSodium;
  readonly #module: LibsodiumModule;
  #at: number;

  constructor(sodium: WasmSodium, at: number) {
    this.#sodium = sodium;
    this.#module = sodium.module;
    this.#at = at;
  }

  seal(first: number, body: Uint8Array, into: Uint8Array, at: number): void {
    const { length } = body;
    if (length < SMALL_CONTENT) {
      this.#sodium.smallBoxes.seal(this.#at + CHANNEL.sealKey, first, body, into, at);
      return;
    }
    const module = this.#module;
    const nonce = this.#at + CHANNEL.sealNonce;
    const size = BOX_OVERHEAD + 1 + length;
    const work = this.#sodium.reserve(size);
    const heap = module.HEAPU8;
    for (let i = 0; i < NUMBER_SIZE; i++) heap[nonce + PREFIX_SIZE + i] = into[at - NUMBER_SIZE + i]!;
    const plain = work + BOX_OVERHEAD;
    heap[plain] = first;
    heap.set(body, plain + 1);
    module._crypto_box_easy_afternm(work, plain, 1 + length, 0, nonce, this.#at + CHANNEL.key);
    into.set(heap.subarray(work, work + size), at);
    this.#sodium.release(work);
  }

  open(bytes: Uint8Array, at: number, data: Uint8Array): number {
    const { length } = data;
    if (length < SMALL_CONTENT)
      return this.#sodium.smallBoxes.open(this.#at + CHANNEL.openKey, bytes, at, data);
    const module = this.#module;
    const nonce = this.#at + CHANNEL.openNonce;
    const work = this.#sodium.reserve(BOX_OVERHEAD + 1 + length);
    const heap = module.HEAPU8;
    for (let i = 0; i < NUMBER_SIZE; i++) heap[nonce + PREFIX_SIZE + i] = bytes[at - NUMBER_SIZE + i]!;
    for (let i = 0; i <= BOX_OVERHEAD; i++) heap[work + i] = bytes[at + i]!;
    const plain = work + BOX_OVERHEAD;
    heap.set(data, plain + 1);
    const key = this.#at + CHANNEL.key;
    const size = BOX_OVERHEAD + 1 + length;
    const failed = module._crypto_box_open_easy_afternm(plain, work, size, 0, nonce, key) !== 0;
    const first = heap[plain]!;
    if (!failed) data.set(heap.subarray(plain + 1, plain + 1 + length));
    this.#sodium.release(work);
    return failed ? -1 : first;
  }

  /** All that it has, laid out as `CHANNEL`, for a channel that uses it elsewhere. The caller wipes it. */
  copySecrets(): Uint8Array {
    const secrets = allocate(CHANNEL.size);
    secrets.set(this.#module.HEAPU8.subarray(this.#at, this.#at + CHANNEL.size));
    return secrets;
  }

  wipe(): void {
    const at = this.#at;
    if (at === 0) return;
    this.#at = 0;
    this.#module.HEAPU8.fill(0, at, at + CHANNEL.size);
    this.#sodium.free(at);
  }
}

function weakKey(): ZmqError {
  return new ZmqError("ERR_ZMTP_KEY_EXCHANGE", "the peer's public key is none: no secret comes of it");
}
