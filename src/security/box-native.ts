/**
 * `sodium-native` behind `box.ts`: libsodium in machine code, called in place on JavaScript's own memory. It has no
 * `crypto_box_beforenm`, so the keys of a channel come from the WebAssembly build. A box under that key is a secret box:
 * that is what `crypto_box_easy_afternm` makes. Small ones are made as `box-small.ts` says.
 */
import { allocate } from "../util/bytes.ts";
import { BOX_OVERHEAD, type Channel, KEY_SIZE, type KeyPair, type Sodium } from "./box.ts";
import {
  type Content,
  NUMBER_SIZE,
  PREFIX_SIZE,
  SMALL_CONTENT,
  SmallBoxes,
  STRIDE,
  TAG_AT,
  ZEROS,
} from "./box-small.ts";
import { CHANNEL, NONCE_SIZE, type WasmBoxes, type WasmChannel } from "./box-traffic.ts";
import type { WasmSodium } from "./box-wasm.ts";

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

/** What small boxes need: Salsa20, and Poly1305 where it is worth a call. */
export interface BoxParts {
  crypto_stream_salsa20_xor(c: Uint8Array, m: Uint8Array, n: Uint8Array, k: Uint8Array): void;
  crypto_onetimeauth(tag: Uint8Array, m: Uint8Array, k: Uint8Array): void;
  crypto_onetimeauth_verify(tag: Uint8Array, m: Uint8Array, k: Uint8Array): boolean;
}

/** What the traffic of connections needs. */
export interface NativeTraffic
  extends Pick<SodiumNative, "crypto_secretbox_easy" | "crypto_secretbox_open_easy"> {
  /** Absent in versions that take them otherwise: then all boxes are made in one call. */
  readonly parts?: BoxParts | undefined;
}

export class NativeSodium implements Sodium {
  readonly name = "sodium-native";
  readonly #native: SodiumNative;
  readonly #traffic: NativeTraffic;
  readonly #smallBoxes: NativeSmallBoxes | undefined;
  readonly #wasm: WasmSodium;

  /** `wasm`: the other build, for what this one lacks. */
  constructor(native: SodiumNative, traffic: NativeTraffic, wasm: WasmSodium) {
    this.#native = native;
    this.#traffic = traffic;
    this.#smallBoxes = traffic.parts && new NativeSmallBoxes(wasm.boxes, traffic.parts);
    this.#wasm = wasm;
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
    const secrets = this.#wasm.channelSecrets(publicKey, secretKey, sealPrefix, openPrefix);
    return new NativeChannel(this.#traffic, this.#smallBoxes, this.#wasm.boxes, secrets, () =>
      this.wipe(secrets),
    );
  }
}

/** From here on Salsa20 costs less in the addon, call and all, than in WebAssembly. */
const STREAM_IN_ADDON = { withSimd: STRIDE - ZEROS, withoutSimd: 128 - ZEROS };
/** From here on Poly1305 costs less in the addon. */
const AUTH_IN_ADDON = 512;

/** What the addon is given with every box. */
type FixedViews = Record<"number" | "tag" | "sealedTag" | "authKey", Uint8Array>;

class NativeSmallBoxes extends SmallBoxes<Uint8Array> {
  readonly #parts: BoxParts;
  #views: FixedViews;
  /** Pairs of views by the number of strides that they have. */
  #streams: ({ given: Uint8Array; made: Uint8Array } | undefined)[] = [];

  constructor(boxes: WasmBoxes, parts: BoxParts) {
    super(boxes.module, boxes.memory);
    this.#parts = parts;
    this.#views = this.#fixedViews();
  }

  protected change(size: number, key: Uint8Array): void {
    const strides = Math.ceil((ZEROS + size) / STRIDE);
    const { given, made } = this.#streams[strides] ?? this.#stream(strides);
    this.#parts.crypto_stream_salsa20_xor(made, given, this.#views.number, key);
  }

  protected override authenticate(content: Content): void {
    if (content.size < AUTH_IN_ADDON) super.authenticate(content);
    else this.#parts.crypto_onetimeauth(this.#views.sealedTag, content.made, this.#views.authKey);
  }

  protected override isAuthentic(content: Content): boolean {
    if (content.size < AUTH_IN_ADDON) return super.isAuthentic(content);
    return this.#parts.crypto_onetimeauth_verify(this.#views.tag, content.given, this.#views.authKey);
  }

  protected override renew(): void {
    super.renew();
    this.#views = this.#fixedViews();
    this.#streams = [];
  }

  #fixedViews(): FixedViews {
    return {
      number: this.#view(this.number, NUMBER_SIZE),
      tag: this.#view(this.tag, BOX_OVERHEAD),
      sealedTag: this.#view(this.made + TAG_AT, BOX_OVERHEAD),
      authKey: this.#view(this.made, KEY_SIZE),
    };
  }

  #stream(strides: number): { given: Uint8Array; made: Uint8Array } {
    const size = strides * STRIDE;
    const pair = { given: this.#view(this.given, size), made: this.#view(this.made, size) };
    this.#streams[strides] = pair;
    return pair;
  }

  #view(at: number, size: number): Uint8Array {
    return new Uint8Array(this.heap.buffer, at, size);
  }
}

class NativeChannel implements Channel {
  readonly #traffic: NativeTraffic;
  readonly #smallBoxes: NativeSmallBoxes | undefined;
  readonly #wasm: WasmChannel;
  readonly #streamInAddon: number;
  readonly #key: Uint8Array;
  readonly #sealKey: Uint8Array;
  readonly #openKey: Uint8Array;
  readonly #sealNonce: Uint8Array;
  readonly #openNonce: Uint8Array;
  readonly #wipeSecrets: () => void;

  /** `boxes`: for the smallest. `secrets`: its own, laid out as `CHANNEL`. */
  constructor(
    traffic: NativeTraffic,
    smallBoxes: NativeSmallBoxes | undefined,
    boxes: WasmBoxes,
    secrets: Uint8Array,
    wipeSecrets: () => void,
  ) {
    this.#traffic = traffic;
    this.#smallBoxes = smallBoxes;
    this.#wasm = boxes.channel(secrets);
    this.#streamInAddon = boxes.hasSimd ? STREAM_IN_ADDON.withSimd : STREAM_IN_ADDON.withoutSimd;
    const part = (at: number, size: number) => secrets.subarray(at, at + size);
    this.#key = part(CHANNEL.key, KEY_SIZE);
    this.#sealKey = part(CHANNEL.sealKey, KEY_SIZE);
    this.#openKey = part(CHANNEL.openKey, KEY_SIZE);
    this.#sealNonce = part(CHANNEL.sealNonce, NONCE_SIZE);
    this.#openNonce = part(CHANNEL.openNonce, NONCE_SIZE);
    this.#wipeSecrets = wipeSecrets;
  }

  wipe(): void {
    this.#wipeSecrets();
    this.#wasm.wipe();
  }

  seal(first: number, body: Uint8Array, into: Uint8Array, at: number): void {
    const { length } = body;
    const small = this.#smallBoxes;
    if (length < this.#streamInAddon) this.#wasm.seal(first, body, into, at);
    else if (small !== undefined && length < SMALL_CONTENT) small.seal(this.#sealKey, first, body, into, at);
    else this.#sealLarge(first, body, into, at);
  }

  #sealLarge(first: number, body: Uint8Array, into: Uint8Array, at: number): void {
    const n = this.#sealNonce;
    for (let i = 0; i < NUMBER_SIZE; i++) n[PREFIX_SIZE + i] = into[at - NUMBER_SIZE + i]!;
    into[at + BOX_OVERHEAD] = first;
    into.set(body, at + BOX_OVERHEAD + 1);
    const box = new Uint8Array(into.buffer, into.byteOffset + at, BOX_OVERHEAD + 1 + body.length);
    this.#traffic.crypto_secretbox_easy(box, contentOf(box), n, this.#key);
  }

  open(bytes: Uint8Array, at: number, data: Uint8Array): number {
    const { length } = data;
    const small = this.#smallBoxes;
    if (length < this.#streamInAddon) return this.#wasm.open(bytes, at, data);
    if (small !== undefined && length < SMALL_CONTENT) return small.open(this.#openKey, bytes, at, data);
    return this.#openLarge(bytes, at, data);
  }

  #openLarge(bytes: Uint8Array, at: number, data: Uint8Array): number {
    const n = this.#openNonce;
    for (let i = 0; i < NUMBER_SIZE; i++) n[PREFIX_SIZE + i] = bytes[at - NUMBER_SIZE + i]!;
    const box = new Uint8Array(bytes.buffer, bytes.byteOffset + at, BOX_OVERHEAD + 1 + data.length);
    return this.#traffic.crypto_secretbox_open_easy(contentOf(box), box, n, this.#key)
      ? bytes[at + BOX_OVERHEAD]!
      : -1;
  }
}

/** The place in a box of what it hides. */
function contentOf(box: Uint8Array): Uint8Array {
  return new Uint8Array(box.buffer, box.byteOffset + BOX_OVERHEAD, box.length - BOX_OVERHEAD);
}
