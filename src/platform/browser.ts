/** The transports of a browser. */
import type { TransportTable } from "../core/transport.ts";
import { Inproc } from "../transports/inproc.ts";

/** The table of one context: inproc names are its own. */
export function createTransports(): TransportTable {
  return new Map([["inproc", new Inproc()]]);
}
