/** CURVE keys for users: made, derived, and what can be loaded ahead of the first connection. */
import type { KeySource } from "../security/box.ts";
import { parseKey } from "../security/curve-keys.ts";
import { keySource } from "../security/key-source.ts";
import { prepareMechanism } from "../security/load-mechanism.ts";
import { type Backend, loadSodium } from "../security/load-sodium.ts";
import { z85Encode } from "../security/z85.ts";
import { ZmqError } from "../util/errors.ts";

/** Both keys of one side, 40 characters of Z85 each. */
export interface CurveKeyPair {
  /** To be given to everybody. */
  publicKey: string;
  /** To be shown to nobody. */
  secretKey: string;
}

/**
 * `zmq_curve_keypair`: a new pair of CURVE keys. Servers and clients have one each.
 * @throws ZmqError ENOTSUP in a browser before `prepareCurve` is done
 */
export function curveKeyPair(): CurveKeyPair {
  const { publicKey, secretKey } = source().keyPair();
  const pair = { publicKey: z85Encode(publicKey), secretKey: z85Encode(secretKey) };
  secretKey.fill(0);
  return pair;
}

/**
 * `zmq_curve_public`: the public key that belongs to a secret one, given as 40 characters of Z85 or 32 bytes.
 * @throws ZmqError EINVAL when it is no key; ENOTSUP in a browser before `prepareCurve` is done
 */
export function curvePublicKey(secretKey: string | Uint8Array): string {
  return z85Encode(source().publicKeyOf(parseKey("secretKey", secretKey)));
}

export interface PrepareCurveOptions {
  /**
   * Which build of libsodium: "libsodium" the WebAssembly that is always there, "sodium-native" the package of that
   * name, which must be installed; "any", the default, the latter if it is there.
   */
  backend?: Backend;
}

/**
 * Loads the cryptography of CURVE ahead of time; without it, setting a key begins to load it and the first handshakes
 * wait for it. Resolves to the package that does the work from now on. May be called again, to choose anew.
 * @throws (rejects) ZmqError ENOTSUP when the package cannot be loaded
 */
export async function prepareCurve(
  options: PrepareCurveOptions = {},
): Promise<"libsodium" | "sodium-native"> {
  const { backend = "any" } = options;
  if (backend !== "any" && backend !== "libsodium" && backend !== "sodium-native") {
    throw new ZmqError(
      "EINVAL",
      `backend must be "any", "libsodium" or "sodium-native", not ${String(backend)}`,
    );
  }
  const [{ name }] = await Promise.all([loadSodium(backend), prepareMechanism("CURVE")]);
  return name;
}

function source(): KeySource {
  const found = keySource();
  if (found === undefined) {
    throw new ZmqError(
      "ENOTSUP",
      "this runtime makes CURVE keys only after its cryptography is loaded: await prepareCurve() before",
    );
  }
  return found;
}
