/** The transports of a browser. */
import type { Transport, TransportTable } from "../core/transport.ts";
import { Inproc } from "../transports/inproc.ts";
import { ws, wss } from "../transports/ws-browser.ts";

/** The table of one context: inproc names are its own. */
export function createTransports(): TransportTable {
  return new Map<string, Transport>([
    ["ws", ws],
    ["wss", wss],
    ["inproc", new Inproc()],
  ]);
}
