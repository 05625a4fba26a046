/**
 * The names and connections of `inproc://` in one thread, as other threads join in: `transports/inproc.ts` has the table,
 * `threads/shared-names.ts` the others' names.
 */
import type { Message, Peer } from "../engine/connection.ts";
import { EMPTY } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import { routingIdOf } from "./options.ts";
import type { Pipe } from "./pipe.ts";
import type { SocketPort } from "./socket-port.ts";
import { SOCKET_TYPES, type SocketTypeName } from "./socket-type.ts";

/** A connection whose name nobody has bound yet. */
export interface Pending {
  readonly socket: SocketPort;
  readonly outer: Pipe;
  readonly inner: Pipe;
  /** What the bound socket is to receive when the other leaves. */
  farewell: Message | undefined;
}

/** Names that other threads know too. */
export interface SharedNames {
  /** A name is to be bound here. False: another thread has it. */
  bind(name: string, type: SocketTypeName): boolean;
  /** The type of the socket that is bound to it, in whichever thread. */
  typeAt(name: string): SocketTypeName | undefined;
  unbind(name: string): void;
  /** Connections of this thread wait for the name, or do so no longer. */
  seek(name: string): void;
}

export interface InprocTable {
  /** From now on names are shared with other threads, those that there are already too. */
  share(names: SharedNames): void;
  /** Who has bound a name in this thread. */
  boundTo(name: string): SocketPort | undefined;
  /** The names that connections of this thread wait for, and those connections. */
  readonly waiting: ReadonlyMap<string, ReadonlySet<Pending>>;
  /** A connection waits no longer, or again. */
  settle(name: string, pending: Pending): void;
  waitAgain(name: string, pending: Pending): void;
}

/** The peers' types do not go together: the connection ends, and both hear why. */
export function incompatible(own: SocketTypeName, peer: string): ZmqError {
  return new ZmqError(
    "ERR_ZMTP_INVALID_METADATA",
    `a ${own} socket cannot talk to a ${peer} socket; it takes ${SOCKET_TYPES[own].peers.join(", ")}`,
  );
}

/** There is no handshake, so there is no metadata either, as in libzmq. */
export function peerOf(socket: SocketPort): Peer {
  const routingId = SOCKET_TYPES[socket.type].hasRoutingId ? routingIdOf(socket.options) : EMPTY;
  return { version: 3, minor: 1, routingId, socketType: socket.type, metadata: new Map() };
}

/** Owns the far end of a pipe that is joined to nobody yet. */
export const NOBODY = {
  readable(): void {},
  writable(): void {},
  closed(): void {},
  take: (): boolean => false,
};
