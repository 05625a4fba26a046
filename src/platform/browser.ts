/** The transports of a browser. */
import type { ThreadSupport } from "../core/thread-support.ts";
import type { Transport, TransportTable } from "../core/transport.ts";
import type { KeySource } from "../security/box.ts";
import { Inproc } from "../transports/inproc.ts";
import { ws, wss } from "../transports/ws-browser.ts";
import { ZmqError } from "../util/errors.ts";

/** Until a page imports `zmq-ts/workers`. */
export let threads: ThreadSupport | undefined;

export function provideThreads(support: ThreadSupport): void {
  threads = support;
}

/** The table of one context: inproc names are its own. */
export function createTransports(): TransportTable {
  return new Map<string, Transport>([
    ["ws", ws],
    ["wss", wss],
    ["inproc", new Inproc()],
  ]);
}

export function loadFiles(): Promise<never> {
  return Promise.reject(
    new ZmqError(
      "ENOTSUP",
      "a page has no files: give keys as text, with loadCertificate's place taken by parseCertificate",
    ),
  );
}

/** Browsers make keys only in the background; libsodium, once it is loaded, makes them at once. */
export const keySource: KeySource | undefined = undefined;
