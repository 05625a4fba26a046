/**
 * What CURVE needs of cryptography: crypto_box (X25519, XSalsa20, Poly1305) and crypto_secretbox. Interfaces only; all
 * of it is libsodium's, as WebAssembly (`box-wasm.ts`) or as `sodium-native` (`box-native.ts`).
 */

/** Bytes of every key. */
export const KEY_SIZE = 32;
/** A box is that much longer than what is in it. */
export const BOX_OVERHEAD = 16;

export interface KeyPair {
  publicKey: Uint8Array;
  secretKey: Uint8Array;
}

/** What can make keys without waiting. */
export interface KeySource {
  keyPair(): KeyPair;
  /** `crypto_scalarmult_base` */
  publicKeyOf(secretKey: Uint8Array): Uint8Array;
}

/** Results are new blocks; arguments are left as they are, unless it says otherwise. Nonces have 24 bytes. */
export interface Sodium extends KeySource {
  /** The package that does the work. */
  readonly name: "libsodium" | "sodium-native";
  random(length: number): Uint8Array;
  /** `crypto_box_easy`. @throws ZmqError ERR_ZMTP_KEY_EXCHANGE for a public key with which no secret can be shared */
  box(plain: Uint8Array, nonce: Uint8Array, publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array;
  /** `crypto_box_open_easy`; undefined for a forgery. */
  openBox(
    sealed: Uint8Array,
    nonce: Uint8Array,
    publicKey: Uint8Array,
    secretKey: Uint8Array,
  ): Uint8Array | undefined;
  /** `crypto_secretbox_easy` */
  secretBox(plain: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array;
  /** `crypto_secretbox_open_easy`; undefined for a forgery. */
  openSecretBox(sealed: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | undefined;
  /** Takes the same time wherever two blocks of one length differ. */
  isEqual(a: Uint8Array, b: Uint8Array): boolean;
  /** Overwrites a secret with zeros. */
  wipe(secret: Uint8Array): void;
  /**
   * `crypto_box_beforenm`: many boxes between the same two keys. The prefixes are the first 16 bytes of the nonces, one
   * for what is sealed and one for what is opened. Owns memory outside of JavaScript until `wipe`.
   * @throws ZmqError as `box`
   */
  channel(publicKey: Uint8Array, secretKey: Uint8Array, sealPrefix: string, openPrefix: string): Channel;
}

/** The traffic of one connection. Works in place; the eight bytes before a box are the rest of its nonce. */
export interface Channel {
  /** Writes the box of a first byte and a body at `into[at]`: 17 bytes more than the body. */
  seal(first: number, body: Uint8Array, into: Uint8Array, at: number): void;
  /**
   * Opens the box at `bytes[at]`, whose body is `data`, right behind the 17 bytes that a box has in front of it. Answers
   * the first byte of what was sealed, -1 for a forgery, whose body is left as it was.
   */
  open(bytes: Uint8Array, at: number, data: Uint8Array): number;
  /** Forgets the key. Twice is harmless; nothing else may follow. */
  wipe(): void;
}
