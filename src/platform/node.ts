/** The transports of Node.js, Bun and Deno. To add one: its line here. And keys, which they can make at once. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import type { ThreadSupport } from "../core/thread-support.ts";
import type { Transport, TransportTable } from "../core/transport.ts";
import type { KeySource } from "../security/box.ts";
import { Inproc } from "../transports/inproc.ts";
import { ipc } from "../transports/ipc.ts";
import { tcp } from "../transports/tcp.ts";
import { udp } from "../transports/udp.ts";
import { ws, wss } from "../transports/ws.ts";

export { threadSupport as threads } from "../threads/sharing.ts";

/** `zmq-ts/workers` is for pages. */
export function provideThreads(_support: ThreadSupport): void {}

/** The table of one context: inproc names are its own. */
export function createTransports(): TransportTable {
  return new Map<string, Transport>([
    ["tcp", tcp],
    ["ipc", ipc],
    ["udp", udp],
    ["ws", ws],
    ["wss", wss],
    ["inproc", new Inproc()],
  ]);
}

/** Loaded when certificates are read or written, and not before. */
export function loadFiles(): Promise<typeof import("node:fs/promises")> {
  return import("node:fs/promises");
}

/** What stands before the 32 bytes of an X25519 secret key in PKCS #8, RFC 8410 "Private Key Format". */
const SECRET_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex");
const KEY_SIZE = 32;

/** CURVE keys before libsodium is loaded. */
export const keySource: KeySource | undefined = {
  keyPair() {
    const { publicKey, privateKey } = generateKeyPairSync("x25519");
    const secret = privateKey.export({ format: "der", type: "pkcs8" });
    return { publicKey: rawPublicKey(publicKey), secretKey: secret.subarray(SECRET_PREFIX.length) };
  },
  publicKeyOf(secretKey) {
    const key = Buffer.concat([SECRET_PREFIX, secretKey]);
    return rawPublicKey(createPublicKey(createPrivateKey({ key, format: "der", type: "pkcs8" })));
  },
};

/** The key is the last thing in its envelope. */
function rawPublicKey(key: KeyObject): Uint8Array {
  return key.export({ format: "der", type: "spki" }).subarray(-KEY_SIZE);
}
