/** From a socket's options to the mechanism of its connections, and what is wrong with them before there is any. */
import { ZmqError } from "../util/errors.ts";
import { checkKeys } from "./curve-keys.ts";
import { keySource } from "./key-source.ts";
import type { Credentials } from "./mechanism.ts";

type Text = string | Uint8Array | null;

/** The options that decide. */
export interface SecurityOptions {
  plainServer: boolean;
  plainUsername: Text;
  plainPassword: Text;
  curveServer: boolean;
  curvePublicKey: Uint8Array | null;
  curveSecretKey: Uint8Array | null;
  curveServerKey: Uint8Array | null;
}

export interface Security {
  mechanism: "NULL" | "PLAIN" | "CURVE";
  asServer: boolean;
  credentials: Credentials;
}

/**
 * Unlike libzmq, where the option that is set last decides: what was set counts, in whatever order, so that a
 * `curveServer: false` after the keys does not put a socket in the clear.
 */
export function mechanismOf(options: SecurityOptions): "NULL" | "PLAIN" | "CURVE" {
  if (usesCurve(options)) return "CURVE";
  return usesPlain(options) ? "PLAIN" : "NULL";
}

function usesCurve(options: SecurityOptions): boolean {
  const { curveServer, curvePublicKey, curveSecretKey, curveServerKey } = options;
  return curveServer || curvePublicKey !== null || curveSecretKey !== null || curveServerKey !== null;
}

function usesPlain({ plainServer, plainUsername, plainPassword }: SecurityOptions): boolean {
  return plainServer || plainUsername !== null || plainPassword !== null;
}

export function securityOf(options: SecurityOptions): Security {
  const mechanism = mechanismOf(options);
  const credentials: Credentials = {};
  if (mechanism === "PLAIN") {
    const { plainUsername, plainPassword, plainServer } = options;
    credentials.username = plainUsername ?? "";
    credentials.password = plainPassword ?? "";
    return { mechanism, asServer: plainServer, credentials };
  }
  if (mechanism === "CURVE") {
    const { curvePublicKey, curveSecretKey, curveServerKey, curveServer } = options;
    if (curvePublicKey !== null) credentials.publicKey = curvePublicKey;
    if (curveSecretKey !== null) credentials.secretKey = curveSecretKey;
    if (curveServerKey !== null) credentials.serverKey = curveServerKey;
    return { mechanism, asServer: curveServer, credentials };
  }
  return { mechanism, asServer: false, credentials };
}

/** For bind and connect. @throws ZmqError EINVAL for options with which no handshake can succeed */
export function checkSecurity(options: SecurityOptions): void {
  if (!usesCurve(options)) return;
  if (usesPlain(options)) {
    throw new ZmqError(
      "EINVAL",
      "options of PLAIN and of CURVE are set, and a socket has one mechanism: leave one of the two out",
    );
  }
  const { curveServer, curvePublicKey, curveSecretKey, curveServerKey } = options;
  if (curveSecretKey === null) {
    throw new ZmqError(
      "EINVAL",
      `a CURVE ${curveServer ? "server" : "client"} needs curveSecretKey; curveKeyPair() makes a pair`,
    );
  }
  if (!curveServer && curveServerKey === null) {
    throw new ZmqError(
      "EINVAL",
      "keys are set, but neither curveServerKey, which makes a CURVE client, nor curveServer",
    );
  }
  const keys = { publicKey: curvePublicKey, secretKey: curveSecretKey, serverKey: curveServerKey };
  const source = keySource();
  if (source !== undefined) checkKeys(keys, source);
}
