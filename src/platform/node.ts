/** The transports of Node.js, Bun and Deno. To add one: its line here. */
import type { Transport, TransportTable } from "../core/transport.ts";
import { Inproc } from "../transports/inproc.ts";
import { ipc } from "../transports/ipc.ts";
import { tcp } from "../transports/tcp.ts";

/** The table of one context: inproc names are its own. */
export function createTransports(): TransportTable {
  return new Map<string, Transport>([
    ["tcp", tcp],
    ["ipc", ipc],
    ["inproc", new Inproc()],
  ]);
}

/** How often a program that would end looks whether its messages are sent. */
const CHECK_INTERVAL_MS = 5;

/** Asks `mustWait` whenever the program would end, with the time since it first would have, and waits while it says so. */
export function beforeExit(mustWait: (elapsedMs: number) => boolean): void {
  let firstAsked: number | undefined;
  // Not in Bun or Deno without Node.js's events: there a program that wants its messages sent closes its sockets.
  process.on?.("beforeExit", () => {
    firstAsked ??= performance.now();
    if (mustWait(performance.now() - firstAsked)) setTimeout(() => {}, CHECK_INTERVAL_MS);
  });
}
