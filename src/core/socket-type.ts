/** The socket types: libzmq's numbers, the names on the wire, and who may talk to whom (37/ZMTP "Socket types"). */

export interface SocketTypeRow {
  /** libzmq's number, and that of `SocketType` in the `zeromq` package. */
  readonly id: number;
  readonly peers: readonly SocketTypeName[];
  /** Announces its routing id: 28/REQREP. */
  readonly hasRoutingId?: boolean;
  /** Of libzmq's thread-safe types: messages of one part only. */
  readonly isThreadSafe?: boolean;
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
  | "STREAM"
  | "SERVER"
  | "CLIENT"
  | "RADIO"
  | "DISH"
  | "GATHER"
  | "SCATTER"
  | "DGRAM"
  | "PEER"
  | "CHANNEL";

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
  SERVER: { id: 12, peers: ["CLIENT"], isThreadSafe: true },
  CLIENT: { id: 13, peers: ["SERVER"], isThreadSafe: true },
  RADIO: { id: 14, peers: ["DISH"], isThreadSafe: true },
  DISH: { id: 15, peers: ["RADIO"], isThreadSafe: true },
  GATHER: { id: 16, peers: ["SCATTER"], isThreadSafe: true },
  SCATTER: { id: 17, peers: ["GATHER"], isThreadSafe: true },
  DGRAM: { id: 18, peers: ["DGRAM"] },
  PEER: { id: 19, peers: ["PEER"], isThreadSafe: true },
  CHANNEL: { id: 20, peers: ["CHANNEL"], isThreadSafe: true },
};

export function isCompatible(own: SocketTypeName, peer: string): boolean {
  return (SOCKET_TYPES[own].peers as readonly string[]).includes(peer);
}
