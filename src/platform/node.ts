/** The transports of Node.js, Bun and Deno. To add one: its line here. */
import type { Transport, TransportTable } from "../core/transport.ts";
import { Inproc } from "../transports/inproc.ts";
import { ipc } from "../transports/ipc.ts";
import { tcp } from "../transports/tcp.ts";

export { threadSupport as threads } from "../threads/sharing.ts";

/** The table of one context: inproc names are its own. */
export function createTransports(): TransportTable {
  return new Map<string, Transport>([
    ["tcp", tcp],
    ["ipc", ipc],
    ["inproc", new Inproc()],
  ]);
}
