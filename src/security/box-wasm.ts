/**
 * libsodium's WebAssembly build behind `box.ts`: keys and what a handshake needs. What connections carry is boxed by
 * `box-traffic.ts`, with vector instructions where there are any.
 *
 * The package is the one that has all of libsodium: the common one leaves out what small boxes are made of.
 */
import create, { type LibsodiumModule } from "libsodium-sumo";
import { ZmqError } from "../util/errors.ts";
import { BOX_OVERHEAD, KEY_SIZE, type KeyPair, type Sodium } from "./box.ts";
import { BoxMemory } from "./box-memory.ts";
import { loadSimd } from "./box-simd.ts";
import { PREFIX_SIZE } from "./box-small.ts";
import { type BoxModule, CHANNEL, NONCE_SIZE, WasmBoxes, type WasmChannel } from "./box-traffic.ts";

const TAG_SIZE = 32;
/** A nonce and two keys. */
const ARGUMENTS_SIZE: number = NONCE_SIZE + 2 * KEY_SIZE;

export class WasmSodium implements Sodium {
  readonly name = "libsodium";
  readonly boxes: WasmBoxes;
  readonly module: LibsodiumModule;
  readonly memory: BoxMemory;
  /** For `isEqual`: a key that nobody knows, and a tag. */
  readonly #compareKey: number;

  private constructor(module: LibsodiumModule, simd: BoxModule | undefined) {
    this.module = module;
    this.memory = new BoxMemory(module);
    this.boxes = new WasmBoxes(simd ?? module, simd !== undefined);
    this.#compareKey = this.memory.allocate(KEY_SIZE + TAG_SIZE);
    module._randombytes_buf(this.#compareKey, KEY_SIZE);
  }

  /** `simd`: the module for boxes, where there is one. */
  static async load(simd: Promise<BoxModule | undefined> = loadSimd()): Promise<WasmSodium> {
    const word = new Uint32Array(1);
    const module = await create({ getRandomValue: () => crypto.getRandomValues(word)[0]! });
    if (module._sodium_init() < 0) throw new Error("sodium_init failed");
    return new WasmSodium(module, await simd);
  }

  keyPair(): KeyPair {
    return this.#work(2 * KEY_SIZE, (at) => {
      this.module._crypto_box_keypair(at, at + KEY_SIZE);
      const { memory } = this;
      return { publicKey: memory.copy(at, KEY_SIZE), secretKey: memory.copy(at + KEY_SIZE, KEY_SIZE) };
    });
  }

  publicKeyOf(secretKey: Uint8Array): Uint8Array {
    return this.#work(2 * KEY_SIZE, (at) => {
      this.memory.put(secretKey, KEY_SIZE, at + KEY_SIZE);
      this.module._crypto_scalarmult_base(at, at + KEY_SIZE);
      return this.memory.copy(at, KEY_SIZE);
    });
  }

  random(length: number): Uint8Array {
    return this.#work(length, (at) => {
      this.module._randombytes_buf(at, length);
      return this.memory.copy(at, length);
    });
  }

  box(plain: Uint8Array, nonce: Uint8Array, publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array {
    const { length } = plain;
    const size = length + BOX_OVERHEAD;
    return this.#work(size + ARGUMENTS_SIZE, (at) => {
      const { n, pk, sk } = this.#putKeys(at + size, nonce, publicKey, secretKey);
      const from = at + BOX_OVERHEAD;
      this.memory.put(plain, length, from);
      if (this.module._crypto_box_easy(at, from, length, 0, n, pk, sk) !== 0) throw weakKey();
      return this.memory.copy(at, size);
    });
  }

  openBox(
    sealed: Uint8Array,
    nonce: Uint8Array,
    publicKey: Uint8Array,
    secretKey: Uint8Array,
  ): Uint8Array | undefined {
    const { length } = sealed;
    if (length < BOX_OVERHEAD) return undefined;
    return this.#work(length + ARGUMENTS_SIZE, (at) => {
      const { n, pk, sk } = this.#putKeys(at + length, nonce, publicKey, secretKey);
      this.memory.put(sealed, length, at);
      const to = at + BOX_OVERHEAD;
      const failed = this.module._crypto_box_open_easy(to, at, length, 0, n, pk, sk);
      return failed ? undefined : this.memory.copy(to, length - BOX_OVERHEAD);
    });
  }

  secretBox(plain: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array {
    const { length } = plain;
    const size = length + BOX_OVERHEAD;
    return this.#work(size + ARGUMENTS_SIZE, (at) => {
      const { n, pk: k } = this.#putKeys(at + size, nonce, key);
      const from = at + BOX_OVERHEAD;
      this.memory.put(plain, length, from);
      this.module._crypto_secretbox_easy(at, from, length, 0, n, k);
      return this.memory.copy(at, size);
    });
  }

  openSecretBox(sealed: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | undefined {
    const { length } = sealed;
    if (length < BOX_OVERHEAD) return undefined;
    return this.#work(length + ARGUMENTS_SIZE, (at) => {
      const { n, pk: k } = this.#putKeys(at + length, nonce, key);
      this.memory.put(sealed, length, at);
      const to = at + BOX_OVERHEAD;
      const failed = this.module._crypto_secretbox_open_easy(to, at, length, 0, n, k);
      return failed ? undefined : this.memory.copy(to, length - BOX_OVERHEAD);
    });
  }

  /** This build exports no `sodium_memcmp`: the tags of both under a secret key are compared by `crypto_auth_verify`. */
  isEqual(a: Uint8Array, b: Uint8Array): boolean {
    const { length } = a;
    if (length !== b.length) return false;
    const key = this.#compareKey;
    const tag = key + KEY_SIZE;
    return this.#work(length, (at) => {
      this.memory.put(a, length, at);
      this.module._crypto_auth(tag, at, length, 0, key);
      this.memory.put(b, length, at);
      return this.module._crypto_auth_verify(tag, at, length, 0, key) === 0;
    });
  }

  wipe(secret: Uint8Array): void {
    secret.fill(0);
  }

  channel(publicKey: Uint8Array, secretKey: Uint8Array, sealPrefix: string, openPrefix: string): WasmChannel {
    const secrets = this.channelSecrets(publicKey, secretKey, sealPrefix, openPrefix);
    try {
      return this.boxes.channel(secrets);
    } finally {
      this.wipe(secrets);
    }
  }

  /** What a channel works with, laid out as `CHANNEL`; the caller wipes it. @throws ZmqError as `channel` */
  channelSecrets(
    publicKey: Uint8Array,
    secretKey: Uint8Array,
    sealPrefix: string,
    openPrefix: string,
  ): Uint8Array {
    return this.#work(CHANNEL.size + 2 * KEY_SIZE, (at) => {
      const { module, memory } = this;
      const pk = at + CHANNEL.size;
      const sk = pk + KEY_SIZE;
      memory.put(publicKey, KEY_SIZE, pk);
      memory.put(secretKey, KEY_SIZE, sk);
      const key = at + CHANNEL.key;
      if (module._crypto_box_beforenm(key, pk, sk) !== 0) throw weakKey();
      for (const [prefix, nonceAt, keyAt] of [
        [sealPrefix, CHANNEL.sealNonce, CHANNEL.sealKey],
        [openPrefix, CHANNEL.openNonce, CHANNEL.openKey],
      ] as const) {
        memory.put(latin1(prefix), PREFIX_SIZE, at + nonceAt);
        module._crypto_core_hsalsa20(at + keyAt, at + nonceAt, key, 0);
      }
      return memory.copy(at, CHANNEL.size);
    });
  }

  /** Work in so many bytes, which are overwritten after it. */
  #work<T>(size: number, call: (at: number) => T): T {
    const at = this.memory.reserve(size);
    try {
      return call(at);
    } finally {
      this.memory.clean(at, size);
      this.memory.release(at);
    }
  }

  /** A nonce and one or two keys at `at`, and where they are then. */
  #putKeys(at: number, nonce: Uint8Array, first: Uint8Array, second?: Uint8Array) {
    const places = { n: at, pk: at + NONCE_SIZE, sk: at + NONCE_SIZE + KEY_SIZE };
    this.memory.put(nonce, NONCE_SIZE, places.n);
    this.memory.put(first, KEY_SIZE, places.pk);
    if (second !== undefined) this.memory.put(second, KEY_SIZE, places.sk);
    return places;
  }
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function weakKey(): ZmqError {
  return new ZmqError("ERR_ZMTP_KEY_EXCHANGE", "the peer's public key is none: no secret comes of it");
}
