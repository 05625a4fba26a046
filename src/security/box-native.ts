/**
 * `sodium-native` behind `box.ts`: libsodium in machine code, called in place on JavaScript's own memory. It has no
 * `crypto_box_beforenm`, so the key of a channel comes from the WebAssembly build. A box under that key is a secret box:
 * that is what `crypto_box_easy_afternm` makes. Small ones are made of their two parts, see `box-parts.ts`.
 */
import { allocate } from "../util/bytes.ts";
import { BOX_OVERHEAD, type Channel, KEY_SIZE, type KeyPair, type Sodium } from "./box.ts";
import {
  type BoxParts,
  KEY_AT,
  NONCE_SIZE,
  OPEN_NONCE_AT,
  openSmall,
  SEAL_NONCE_AT,
  SECRETS_SIZE,
  SMALL_CONTENT,
  SMALL_HEAD,
  sealSmall,
} from "./box-parts.ts";
import type { WasmChannel } from "./box-wasm.ts";

/** The part of `sodium-native` that is used here; the package brings no types. */
export interface SodiumNative {
  randombytes_buf(into: Uint8Array): void;
  sodium_memcmp(a: Uint8Array, b: Uint8Array): boolean;
  sodium_memzero(bytes: Uint8Array): void;
  crypto_scalarmult_base(publicKey: Uint8Array, secretKey: Uint8Array): void;
  crypto_box_keypair(publicKey: Uint8Array, secretKey: Uint8Array): void;
  crypto_box_easy(c: Uint8Array, m: Uint8Array, n: Uint8Array, pk: Uint8Array, sk: Uint8Array): void;
  crypto_box_open_easy(m: Uint8Array, c: Uint8Array, n: Uint8Array, pk: Uint8Array, sk: Uint8Array): boolean;
  crypto_secretbox_easy(c: Uint8Array, m: Uint8Array, n: Uint8Array, k: Uint8Array): void;
  crypto_secretbox_open_easy(m: Uint8Array, c: Uint8Array, n: Uint8Array, k: Uint8Array): boolean;
}

/** What the traffic of connections needs. */
export interface NativeTraffic
  extends Pick<SodiumNative, "crypto_secretbox_easy" | "crypto_secretbox_open_easy"> {
  /** Absent in versions that take them otherwise: then all boxes are made in one call. */
  readonly parts?: BoxParts | undefined;
}

/** A `Sodium` whose channels show their key. */
interface Helper extends Sodium {
  channel(...args: Parameters<Sodium["channel"]>): WasmChannel;
}

const PREFIX_SIZE = 16;
export class NativeSodium implements Sodium {
  readonly name = "sodium-native";
  readonly #native: SodiumNative;
  readonly #traffic: NativeTraffic;
  readonly #wasm: Helper;

  /** `wasm`: the other build, for what this one lacks. */
  constructor(native: SodiumNative, traffic: NativeTraffic, wasm: Sodium) {
    this.#native = native;
    this.#traffic = traffic;
    this.#wasm = wasm as Helper;
  }

  keyPair(): KeyPair {
    const pair = { publicKey: allocate(KEY_SIZE), secretKey: allocate(KEY_SIZE) };
    this.#native.crypto_box_keypair(pair.publicKey, pair.secretKey);
    return pair;
  }

  publicKeyOf(secretKey: Uint8Array): Uint8Array {
    const publicKey = allocate(KEY_SIZE);
    this.#native.crypto_scalarmult_base(publicKey, secretKey);
    return publicKey;
  }

  random(length: number): Uint8Array {
    const bytes = allocate(length);
    this.#native.randombytes_buf(bytes);
    return bytes;
  }

  box(plain: Uint8Array, nonce: Uint8Array, publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array {
    const sealed = allocate(plain.length + BOX_OVERHEAD);
    try {
      this.#native.crypto_box_easy(sealed, plain, nonce, publicKey, secretKey);
    } catch {
      // Its only word for a key that is none; the other build says the same in ours.
      return this.#wasm.box(plain, nonce, publicKey, secretKey);
    }
    return sealed;
  }

  openBox(
    sealed: Uint8Array,
    nonce: Uint8Array,
    publicKey: Uint8Array,
    secretKey: Uint8Array,
  ): Uint8Array | undefined {
    if (sealed.length < BOX_OVERHEAD) return undefined;
    const plain = allocate(sealed.length - BOX_OVERHEAD);
    return this.#native.crypto_box_open_easy(plain, sealed, nonce, publicKey, secretKey) ? plain : undefined;
  }

  secretBox(plain: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array {
    const sealed = allocate(plain.length + BOX_OVERHEAD);
    this.#native.crypto_secretbox_easy(sealed, plain, nonce, key);
    return sealed;
  }

  openSecretBox(sealed: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | undefined {
    if (sealed.length < BOX_OVERHEAD) return undefined;
    const plain = allocate(sealed.length - BOX_OVERHEAD);
    return this.#native.crypto_secretbox_open_easy(plain, sealed, nonce, key) ? plain : undefined;
  }

  isEqual(a: Uint8Array, b: Uint8Array): boolean {
    return a.length === b.length && this.#native.sodium_memcmp(a, b);
  }

  wipe(secret: Uint8Array): void {
    this.#native.sodium_memzero(secret);
  }

  channel(publicKey: Uint8Array, secretKey: Uint8Array, sealPrefix: string, openPrefix: string): Channel {
    const channel = this.#wasm.channel(publicKey, secretKey, sealPrefix, openPrefix);
    const key = channel.copyKey();
    channel.wipe();
    const secrets = new ArrayBuffer(SECRETS_SIZE);
    const bytes = new Uint8Array(secrets);
    bytes.set(key, KEY_AT);
    for (let i = 0; i < PREFIX_SIZE; i++) {
      bytes[SEAL_NONCE_AT + i] = sealPrefix.charCodeAt(i);
      bytes[OPEN_NONCE_AT + i] = openPrefix.charCodeAt(i);
    }
    this.wipe(key);
    return new NativeChannel(this.#traffic, secrets, () => this.wipe(bytes));
  }
}

class NativeChannel implements Channel {
  readonly #traffic: NativeTraffic;
  readonly #parts: BoxParts | undefined;
  readonly #secrets: ArrayBuffer;
  readonly #key: Uint8Array;
  readonly #sealNonce: Uint8Array;
  readonly #openNonce: Uint8Array;
  readonly wipe: () => void;

  constructor(traffic: NativeTraffic, secrets: ArrayBuffer, wipe: () => void) {
    this.#traffic = traffic;
    this.#parts = traffic.parts;
    this.#secrets = secrets;
    this.#key = new Uint8Array(secrets, KEY_AT, KEY_SIZE);
    this.#sealNonce = new Uint8Array(secrets, SEAL_NONCE_AT, NONCE_SIZE);
    this.#openNonce = new Uint8Array(secrets, OPEN_NONCE_AT, NONCE_SIZE);
    this.wipe = wipe;
  }

  seal(first: number, body: Uint8Array, into: Uint8Array, at: number): void {
    const n = this.#sealNonce;
    for (let i = 0; i < 8; i++) n[PREFIX_SIZE + i] = into[at - 8 + i]!;
    const parts = this.#parts;
    if (parts !== undefined && body.length < SMALL_CONTENT) {
      sealSmall(parts, this.#secrets, first, body, into, at);
      return;
    }
    into[at + BOX_OVERHEAD] = first;
    into.set(body, at + BOX_OVERHEAD + 1);
    const box = new Uint8Array(into.buffer, into.byteOffset + at, BOX_OVERHEAD + 1 + body.length);
    this.#traffic.crypto_secretbox_easy(box, contentOf(box), n, this.#key);
  }

  open(bytes: Uint8Array, at: number): boolean {
    const n = this.#openNonce;
    for (let i = 0; i < 8; i++) n[PREFIX_SIZE + i] = bytes[at - 8 + i]!;
    const parts = this.#parts;
    if (parts !== undefined && bytes.length - at <= BOX_OVERHEAD + SMALL_CONTENT && at <= SMALL_HEAD)
      return openSmall(parts, this.#secrets, bytes, at);
    const box = new Uint8Array(bytes.buffer, bytes.byteOffset + at, bytes.length - at);
    return this.#traffic.crypto_secretbox_open_easy(contentOf(box), box, n, this.#key);
  }
}

/** The place in a box of what it hides. */
function contentOf(box: Uint8Array): Uint8Array {
  return new Uint8Array(box.buffer, box.byteOffset + BOX_OVERHEAD, box.length - BOX_OVERHEAD);
}
