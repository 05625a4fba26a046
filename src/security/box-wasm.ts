/**
 * libsodium's WebAssembly build behind `box.ts`. Works on the module's memory itself, without the allocations a call
 * that its wrappers make:
 *
 *   scratch   [ 16 bytes for the tag │ plain text … ]      sealed and opened in place
 *   channel   [ key 32 │ nonce to seal 24 │ nonce to open 24 ]      one block a connection
 */
import create, { type LibsodiumModule } from "libsodium";
import { allocate } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import { BOX_OVERHEAD, type Channel, KEY_SIZE, type KeyPair, type Sodium } from "./box.ts";

const NONCE_SIZE = 24;
const PREFIX_SIZE = 16;
/** Room for most messages; larger ones get memory for as long as it takes. */
const SCRATCH_SIZE = 131_072;
/** A loop beats `set` and the view that it needs for this many bytes; without a view `set` always wins. */
const BYTE_LOOP = 24;
const TAG_SIZE = 32;

export class WasmSodium implements Sodium {
  readonly name = "libsodium";
  readonly module: LibsodiumModule;
  readonly scratch: number;
  /** For `isEqual`: a key that nobody knows, and a tag. */
  readonly #compareKey: number;

  private constructor(module: LibsodiumModule) {
    this.module = module;
    this.scratch = this.allocate(SCRATCH_SIZE);
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
    const at = this.allocate(KEY_SIZE + 2 * NONCE_SIZE);
    const { module, scratch } = this;
    this.#put(publicKey, KEY_SIZE, scratch);
    this.#put(secretKey, KEY_SIZE, scratch + KEY_SIZE);
    const failed = module._crypto_box_beforenm(at, scratch, scratch + KEY_SIZE);
    this.#clean(scratch, 2 * KEY_SIZE);
    if (failed) {
      this.free(at);
      throw weakKey();
    }
    const heap = module.HEAPU8;
    for (let i = 0; i < PREFIX_SIZE; i++) {
      heap[at + KEY_SIZE + i] = sealPrefix.charCodeAt(i);
      heap[at + KEY_SIZE + NONCE_SIZE + i] = openPrefix.charCodeAt(i);
    }
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

export class WasmChannel implements Channel {
  readonly #sodium: WasmSodium;
  readonly #module: LibsodiumModule;
  #key: number;

  constructor(sodium: WasmSodium, at: number) {
    this.#sodium = sodium;
    this.#module = sodium.module;
    this.#key = at;
  }

  seal(first: number, body: Uint8Array, into: Uint8Array, at: number): void {
    const module = this.#module;
    const key = this.#key;
    const nonce = key + KEY_SIZE;
    const { length } = body;
    const size = BOX_OVERHEAD + 1 + length;
    const work = this.#sodium.reserve(size);
    const heap = module.HEAPU8;
    for (let i = 0; i < 8; i++) heap[nonce + PREFIX_SIZE + i] = into[at - 8 + i]!;
    const plain = work + BOX_OVERHEAD;
    heap[plain] = first;
    heap.set(body, plain + 1);
    module._crypto_box_easy_afternm(work, plain, 1 + length, 0, nonce, key);
    into.set(heap.subarray(work, work + size), at);
    this.#sodium.release(work);
  }

  open(bytes: Uint8Array, at: number): boolean {
    const module = this.#module;
    const key = this.#key;
    const nonce = key + KEY_SIZE + NONCE_SIZE;
    const { length } = bytes;
    const work = this.#sodium.reserve(length);
    const heap = module.HEAPU8;
    // All of it, since a view of the box alone would cost more than to copy what is before it.
    heap.set(bytes, work);
    for (let i = 0; i < 8; i++) heap[nonce + PREFIX_SIZE + i] = bytes[at - 8 + i]!;
    const box = work + at;
    const plain = box + BOX_OVERHEAD;
    const failed = module._crypto_box_open_easy_afternm(plain, box, length - at, 0, nonce, key);
    if (!failed) {
      const size = length - at - BOX_OVERHEAD;
      const to = at + BOX_OVERHEAD;
      if (size < BYTE_LOOP) for (let i = 0; i < size; i++) bytes[to + i] = heap[plain + i]!;
      else bytes.set(heap.subarray(plain, plain + size), to);
    }
    this.#sodium.release(work);
    return failed === 0;
  }

  /** The key itself, for a channel that uses it elsewhere. The caller wipes it. */
  copyKey(): Uint8Array {
    const key = allocate(KEY_SIZE);
    key.set(this.#module.HEAPU8.subarray(this.#key, this.#key + KEY_SIZE));
    return key;
  }

  wipe(): void {
    const at = this.#key;
    if (at === 0) return;
    this.#key = 0;
    this.#module.HEAPU8.fill(0, at, at + KEY_SIZE + 2 * NONCE_SIZE);
    this.#sodium.free(at);
  }
}

function weakKey(): ZmqError {
  return new ZmqError("ERR_ZMTP_KEY_EXCHANGE", "the peer's public key is none: no secret comes of it");
}
