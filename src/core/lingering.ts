/**
 * The warnings that say what a program waits for when closing takes long: which sockets, which endpoints, how many
 * messages. Loaded when there is something to say.
 */
import type { SocketTypeName } from "./socket-type.ts";

export interface Unsent {
  readonly endpoint: string;
  readonly messages: number;
}

/** What is told of a socket that somebody waits for. */
export interface Ending {
  readonly type: SocketTypeName;
  readonly isClosed: boolean;
  readonly endpointNames: readonly string[];
  readonly unsent: readonly Unsent[];
}

export function ofLingering(socket: Ending): string {
  return (
    `a closed ${socket.type} socket still has ${listOf(socket.unsent)}. ` +
    "Its option linger says how long it may wait for a peer to take that, in ms: -1, the default, is for ever"
  );
}

export function ofWaiting(sockets: Iterable<Ending>): string {
  const texts = [...sockets].map((socket) => {
    const at = socket.endpointNames.length > 0 ? ` at ${socket.endpointNames.join(", ")}` : "";
    return socket.isClosed
      ? `a closed ${socket.type} socket that still has ${listOf(socket.unsent)}`
      : `a ${socket.type} socket${at} that nobody has closed`;
  });
  return `the context waits, until it can end, for ${texts.join("; ")}`;
}

function listOf(unsent: readonly Unsent[]): string {
  if (unsent.length === 0) return "bytes to send that the system has not taken";
  return unsent
    .map(({ endpoint, messages }) => `${messages} message${messages === 1 ? "" : "s"} to send to ${endpoint}`)
    .join(", ");
}
