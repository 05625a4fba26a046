/** How full a socket is: `Socket.stats`. Counted where it costs nothing, added up when somebody asks. */
import type { Pipe } from "./pipe.ts";

/** One connection, or the place of one that is being made. */
export interface ConnectionStats {
  /** Its ends as endpoints; empty where not known. */
  readonly local: string;
  readonly remote: string;
  /** The handshake with the peer is over. */
  readonly isConnected: boolean;
  /** Messages accepted by `send` that no connection has taken. What a connection has taken it may still hold in buffers. */
  readonly sendQueue: number;
  /** Messages that have come and were not received. More may wait in the system, at the peer, or in an I/O thread. */
  readonly receiveQueue: number;
  /** Messages dropped because the queue was at its high-water mark: PUB, XPUB, RADIO, ROUTER and REP drop. */
  readonly dropped: number;
}

export interface SocketStats {
  /** Peers that are connected now. */
  readonly peers: number;
  /** Sums over the connections; with messages that the socket itself holds, and drops of connections that have gone. */
  readonly sendQueue: number;
  readonly receiveQueue: number;
  /** With messages for routing ids that nobody has. */
  readonly dropped: number;
  /** Calls that wait: `send` for room, `receive` for a message. */
  readonly waitingSends: number;
  readonly waitingReceives: number;
  readonly connections: readonly ConnectionStats[];
}

/** What the socket knows besides its pipes. */
interface Besides {
  dropped: number;
  held: number;
  waitingSends: number;
  waitingReceives: number;
}

export function statsOf(pipes: Iterable<Pipe>, besides: Besides): SocketStats {
  const connections: ConnectionStats[] = [];
  let peers = 0;
  let sendQueue = 0;
  let receiveQueue = besides.held;
  let { dropped } = besides;
  for (const pipe of pipes) {
    const one = {
      local: pipe.ends?.local ?? "",
      remote: pipe.ends?.remote ?? "",
      isConnected: pipe.peerInfo !== undefined,
      sendQueue: pipe.unsent,
      receiveQueue: pipe.inboundLength,
      dropped: pipe.dropped,
    };
    if (one.isConnected) peers++;
    sendQueue += one.sendQueue;
    receiveQueue += one.receiveQueue;
    dropped += one.dropped;
    connections.push(one);
  }
  const { waitingSends, waitingReceives } = besides;
  return { peers, sendQueue, receiveQueue, dropped, waitingSends, waitingReceives, connections };
}
