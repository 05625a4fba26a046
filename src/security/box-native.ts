/**
 * `sodium-native` behind `box.ts`: libsodium in machine code, called in place on JavaScript's own memory. It has no
 * `crypto_box_beforenm`, so the key of a channel comes from the WebAssembly build. A box under that key is a secret box:
 * that is what `crypto_box_easy_afternm` makes.
 */
import { allocate } from "../util/bytes.ts";
import { BOX_OVERHEAD, type Channel, KEY_SIZE, type KeyPair, type Sodium } from "./box.ts";
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
export type NativeTraffic = Pick<SodiumNative, "crypto_secretbox_easy" | "crypto_secretbox_open_easy">;

/** A `Sodium` whose channels show their key. */
interface Helper extends Sodium {
  channel(...args: Parameters<Sodium["channel"]>): WasmChannel;
}

const PREFIX_SIZE = 16;
/** Copying a box up to this size twice costs less than making two views of it for the addon: 250 of 1600 ns a call. */
const COPIED_MAX = 4096;
/** What comes with a box, in front of it, may be copied with it. */
const HEAD = 64;
/** Where small boxes are made and opened, and views of it by size. */
const block = new Uint8Array(HEAD + COPIED_MAX);
const VIEWS_KEPT = 256;
const views: (Views | undefined)[] = new Array(VIEWS_KEPT).fill(undefined);

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
    const wipe = () => this.wipe(key);
    return new NativeChannel(this.#traffic, key, wipe, sealPrefix, openPrefix);
  }
}

class NativeChannel implements Channel {
  readonly #traffic: NativeTraffic;
  readonly #key: Uint8Array;
  readonly #sealNonce: Uint8Array;
  readonly #openNonce: Uint8Array;
  readonly wipe: () => void;

  constructor(
    traffic: NativeTraffic,
    key: Uint8Array,
    wipe: () => void,
    sealPrefix: string,
    openPrefix: string,
  ) {
    this.#traffic = traffic;
    this.#key = key;
    this.wipe = wipe;
    this.#sealNonce = nonce(sealPrefix);
    this.#openNonce = nonce(openPrefix);
  }

  seal(first: number, body: Uint8Array, into: Uint8Array, at: number): void {
    const n = this.#sealNonce;
    for (let i = 0; i < 8; i++) n[PREFIX_SIZE + i] = into[at - 8 + i]!;
    const size = BOX_OVERHEAD + 1 + body.length;
    const isCopied = size <= COPIED_MAX;
    const to = isCopied ? block : into;
    const from = isCopied ? HEAD : at;
    to[from + BOX_OVERHEAD] = first;
    to.set(body, from + BOX_OVERHEAD + 1);
    const { box, plain } = isCopied ? viewsOf(size) : new Views(into, at, size);
    this.#traffic.crypto_secretbox_easy(box, plain, n, this.#key);
    if (isCopied) into.set(box, at);
  }

  open(bytes: Uint8Array, at: number): boolean {
    const n = this.#openNonce;
    for (let i = 0; i < 8; i++) n[PREFIX_SIZE + i] = bytes[at - 8 + i]!;
    const size = bytes.length - at;
    const isCopied = size <= COPIED_MAX && at <= HEAD;
    // All of it: a view of the box alone is what shall be saved.
    if (isCopied) block.set(bytes, HEAD - at);
    const { box, plain } = isCopied ? viewsOf(size) : new Views(bytes, at, size);
    const isOpen = this.#traffic.crypto_secretbox_open_easy(plain, box, n, this.#key);
    if (isCopied && isOpen) bytes.set(plain, at + BOX_OVERHEAD);
    return isOpen;
  }
}

/** A box of `size` bytes, and the place in it of what it hides. */
class Views {
  readonly size: number;
  readonly box: Uint8Array;
  readonly plain: Uint8Array;

  constructor(bytes: Uint8Array, at: number, size: number) {
    const { buffer } = bytes;
    const from = bytes.byteOffset + at;
    this.size = size;
    this.box = new Uint8Array(buffer, from, size);
    this.plain = new Uint8Array(buffer, from + BOX_OVERHEAD, size - BOX_OVERHEAD);
  }
}

function viewsOf(size: number): Views {
  const slot = size % VIEWS_KEPT;
  const kept = views[slot];
  if (kept !== undefined && kept.size === size) return kept;
  const made = new Views(block, HEAD, size);
  views[slot] = made;
  return made;
}

function nonce(prefix: string): Uint8Array {
  const bytes = new Uint8Array(PREFIX_SIZE + 8);
  for (let i = 0; i < PREFIX_SIZE; i++) bytes[i] = prefix.charCodeAt(i);
  return bytes;
}
