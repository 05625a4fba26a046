/**
 * A secret box from the two functions of libsodium that `crypto_secretbox` consists of ("Cryptography in NaCl", section
 * 10: XSalsa20 over 32 zeros and the content; what the zeros became is the key of Poly1305 over the rest). Small boxes
 * take a tenth to a fifth less time so: `crypto_secretbox` sends its first bytes through XSalsa20 by themselves and the
 * rest up to its last byte, where four whole blocks of 64 bytes at once cost less than one or two.
 *
 *   given   [ 32 zeros       │ content          │ what was there before ]
 *   made    [ Poly1305's key │ content, changed │ rubbish               ]      up to the next 256
 *
 * Two copies cost less than the views of a box that the functions want; those of the memory here are kept by size.
 */
import { BOX_OVERHEAD, KEY_SIZE } from "./box.ts";

/** The part of the binding of `sodium-native`, which checks nothing. */
export interface BoxParts {
  /** XSalsa20; each of memory, offset and size. */
  crypto_stream_xor(
    c: ArrayBufferLike,
    cAt: number,
    cSize: number,
    m: ArrayBufferLike,
    mAt: number,
    mSize: number,
    n: ArrayBufferLike,
    nAt: number,
    nSize: number,
    k: ArrayBufferLike,
    kAt: number,
    kSize: number,
  ): void;
  /** Poly1305 */
  crypto_onetimeauth(tag: Uint8Array, m: Uint8Array, k: Uint8Array): void;
  crypto_onetimeauth_verify(tag: Uint8Array, m: Uint8Array, k: Uint8Array): boolean;
}

export const NONCE_SIZE = 24;
/** Where a channel has them in its memory. */
export const KEY_AT = 0;
export const SEAL_NONCE_AT: number = KEY_SIZE;
export const OPEN_NONCE_AT: number = SEAL_NONCE_AT + NONCE_SIZE;
export const SECRETS_SIZE: number = OPEN_NONCE_AT + NONCE_SIZE;

const ZEROS = 32;
/** Four blocks: 350 ns a call, where 133 bytes take 500. */
const STRIDE = 256;
/** A content of up to this size can be changed here. */
export const SMALL_CONTENT = 4096;
/** What comes in front of a box that is opened is copied with it: up to so much. */
export const SMALL_HEAD = 48;
const HEAD = SMALL_HEAD + BOX_OVERHEAD;
const SPACE = (ZEROS + SMALL_CONTENT + STRIDE - 1) & -STRIDE;
const GIVEN = HEAD;
const MADE = GIVEN + SPACE;
const TAG = MADE + SPACE;

const block = new Uint8Array(TAG + BOX_OVERHEAD);
const { buffer } = block;
const words = new Uint32Array(buffer);
const tag = new Uint8Array(buffer, TAG, BOX_OVERHEAD);
const authKey = new Uint8Array(buffer, MADE, KEY_SIZE);

/** Both places of a content of `size` bytes. */
class Places {
  readonly size: number;
  readonly given: Uint8Array;
  readonly made: Uint8Array;

  constructor(size: number) {
    this.size = size;
    this.given = new Uint8Array(buffer, GIVEN + ZEROS, size);
    this.made = new Uint8Array(buffer, MADE + ZEROS, size);
  }
}

const PLACES_KEPT = 256;
const places: (Places | undefined)[] = new Array(PLACES_KEPT).fill(undefined);

/** The box of a first byte and a body, to `into[at]`. */
export function sealSmall(
  parts: BoxParts,
  secrets: ArrayBuffer,
  first: number,
  body: Uint8Array,
  into: Uint8Array,
  at: number,
): void {
  const size = body.length + 1;
  block[GIVEN + ZEROS] = first;
  block.set(body, GIVEN + ZEROS + 1);
  change(parts, size, secrets, SEAL_NONCE_AT);
  const { made } = placesOf(size);
  parts.crypto_onetimeauth(tag, made, authKey);
  for (let i = 0; i < BOX_OVERHEAD; i++) into[at + i] = tag[i]!;
  into.set(made, at + BOX_OVERHEAD);
}

/** Opens the box from `bytes[at]` to the end in its place, which a forgery leaves as it was. */
export function openSmall(parts: BoxParts, secrets: ArrayBuffer, bytes: Uint8Array, at: number): boolean {
  const size = bytes.length - at - BOX_OVERHEAD;
  // All of it: a view of the content alone is what shall be saved. The tag is then the second half of the zeros.
  block.set(bytes, GIVEN + BOX_OVERHEAD - at);
  for (let i = 0; i < BOX_OVERHEAD / 4; i++) words[TAG / 4 + i] = words[(GIVEN + BOX_OVERHEAD) / 4 + i]!;
  for (let i = 0; i < ZEROS / 4; i++) words[GIVEN / 4 + i] = 0;
  change(parts, size, secrets, OPEN_NONCE_AT);
  const { given, made } = placesOf(size);
  if (!parts.crypto_onetimeauth_verify(tag, given, authKey)) return false;
  bytes.set(made, at + BOX_OVERHEAD);
  return true;
}

function change(parts: BoxParts, size: number, secrets: ArrayBuffer, nonceAt: number): void {
  const length = (ZEROS + size + STRIDE - 1) & -STRIDE;
  parts.crypto_stream_xor(
    buffer,
    MADE,
    length,
    buffer,
    GIVEN,
    length,
    secrets,
    nonceAt,
    NONCE_SIZE,
    secrets,
    KEY_AT,
    KEY_SIZE,
  );
}

function placesOf(size: number): Places {
  const slot = size % PLACES_KEPT;
  const kept = places[slot];
  if (kept !== undefined && kept.size === size) return kept;
  const made = new Places(size);
  places[slot] = made;
  return made;
}
