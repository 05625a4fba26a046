/** CURVE keys as users give them, and what can be seen to be wrong with them before anything is sent. */
import { allocate, equal, toLatin1 } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import { KEY_SIZE, type KeySource } from "./box.ts";
import { z85Decode, z85Fault } from "./z85.ts";

const TEXT_SIZE = 40;

/**
 * The 32 bytes of a key given as Z85 text, as the bytes of such text, or raw. A block of its own, outside of the pools.
 * Messages say nothing of the key but a character that cannot be there.
 * @throws TypeError for anything else; ZmqError EINVAL when the length is wrong or it is no Z85
 */
export function parseKey(name: string, value: unknown): Uint8Array {
  if (value === null || value === "") {
    throw new ZmqError(
      "EINVAL",
      `${name} needs a key, 40 characters of Z85 or 32 bytes; curveKeyPair() makes a pair`,
    );
  }
  if (typeof value === "string") return ownBlock(decoded(name, value));
  if (!(value instanceof Uint8Array)) throw new TypeError(`Option value must be a string or buffer: ${name}`);
  if (value.length === KEY_SIZE) return ownBlock(value);
  // As libzmq: the text's bytes, with or without the zero that ends it in C.
  if (value.length === TEXT_SIZE || (value.length === TEXT_SIZE + 1 && value[TEXT_SIZE] === 0))
    return ownBlock(decoded(name, toLatin1(value, 0, TEXT_SIZE)));
  throw wrongLength(name, `${value.length} bytes`);
}

function decoded(name: string, text: string): Uint8Array {
  if (text.length !== TEXT_SIZE) throw wrongLength(name, `${text.length} characters`);
  const fault = z85Fault(text);
  if (fault !== undefined) throw new ZmqError("EINVAL", `${name} is mistyped: ${fault}`);
  return z85Decode(text);
}

function wrongLength(name: string, length: string): ZmqError {
  return new ZmqError("EINVAL", `${name} must be 40 characters of Z85 or 32 bytes, not ${length}`);
}

function ownBlock(bytes: Uint8Array): Uint8Array {
  const block = allocate(KEY_SIZE);
  block.set(bytes);
  return block;
}

/** The keys of one socket; null or undefined: not set. */
export interface Keys {
  publicKey?: Uint8Array | null | undefined;
  secretKey?: Uint8Array | null | undefined;
  serverKey?: Uint8Array | null | undefined;
}

/** @throws ZmqError EINVAL when keys are in each other's place, or the two of a pair do not belong together */
export function checkKeys({ publicKey, secretKey, serverKey }: Keys, source: KeySource): void {
  if (!secretKey) return;
  if (serverKey && equal(serverKey, secretKey)) {
    throw new ZmqError(
      "EINVAL",
      "curveServerKey is this socket's own secret key; it must be the server's public key",
    );
  }
  if (!publicKey || equal(source.publicKeyOf(secretKey), publicKey)) return;
  const what = equal(publicKey, secretKey)
    ? "curvePublicKey is the secret key; it must be the public key of the pair"
    : equal(source.publicKeyOf(publicKey), secretKey)
      ? "curvePublicKey and curveSecretKey have each other's place; swap them"
      : "curvePublicKey and curveSecretKey are no pair; curvePublicKey(secretKey) gives the public key of a secret key";
  throw new ZmqError("EINVAL", what);
}
