/** The socket types: libzmq's numbers, the names on the wire, and who may talk to whom (37/ZMTP "Socket types"). */

export interface SocketTypeRow {
  /** libzmq's number, and that of `SocketType` in the `zeromq` package. */
  readonly id: number;
  readonly peers: readonly SocketTypeName[];
  /** Announces its routing id: 28/REQREP. */
  readonly hasRoutingId?: boolean;
}

export type SocketTypeName =
  | "PAIR"
  | "PUB"
  | "SUB"
  | "REQ"
  | "REP"
  | "DEALER"
  | "ROUTER"
  | "PULL"
  | "PUSH"
  | "XPUB"
  | "XSUB"
  | "STREAM";

export const SOCKET_TYPES: Readonly<Record<SocketTypeName, SocketTypeRow>> = {
  PAIR: { id: 0, peers: ["PAIR"] },
  PUB: { id: 1, peers: ["SUB", "XSUB"] },
  SUB: { id: 2, peers: ["PUB", "XPUB"] },
  REQ: { id: 3, peers: ["REP", "ROUTER"], hasRoutingId: true },
  REP: { id: 4, peers: ["REQ", "DEALER"] },
  DEALER: { id: 5, peers: ["REP", "DEALER", "ROUTER"], hasRoutingId: true },
  ROUTER: { id: 6, peers: ["REQ", "DEALER", "ROUTER"], hasRoutingId: true },
  PULL: { id: 7, peers: ["PUSH"] },
  PUSH: { id: 8, peers: ["PULL"] },
  XPUB: { id: 9, peers: ["SUB", "XSUB"] },
  XSUB: { id: 10, peers: ["PUB", "XPUB"] },
  STREAM: { id: 11, peers: [] },
};

export function isCompatible(own: SocketTypeName, peer: string): boolean {
  return (SOCKET_TYPES[own].peers as readonly string[]).includes(peer);
}
