/** The transports of a browser. */
import type { ThreadSupport } from "../core/thread-support.ts";
import type { TransportTable } from "../core/transport.ts";
import type { KeySource } from "../security/box.ts";
import { Inproc } from "../transports/inproc.ts";

/** Contexts are not shared between a page and its workers. */
export const threads: ThreadSupport | undefined = undefined;

/** The table of one context: inproc names are its own. */
export function createTransports(): TransportTable {
  return new Map([["inproc", new Inproc()]]);
}

/** Browsers make keys only in the background; libsodium, once it is loaded, makes them at once. */
export const keySource: KeySource | undefined = undefined;
