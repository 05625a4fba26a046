/** What a socket shows to those below it: sessions, dialers, listeners and the inproc transport. */
import type { Message, Peer } from "../engine/connection.ts";
import type { Clock } from "../util/clock.ts";
import type { Monitor } from "./monitor.ts";
import type { OptionValues } from "./options.ts";
import type { Pipe } from "./pipe.ts";
import type { SocketTypeName } from "./socket-type.ts";
import type { ZapQuery } from "./zap-query.ts";

export interface SocketPort {
  readonly type: SocketTypeName;
  readonly options: OptionValues;
  readonly monitor: Monitor;
  readonly clock: Clock;
  /** The socket's end of a new pipe. It is used at once; `peerReady` follows when there is somebody at the far end. */
  attach(pipe: Pipe): void;
  /** A pipe of this socket has something to read: for one that had before it was attached. */
  readable(pipe: Pipe): void;
  /** A handshake is over on this pipe; again after each reconnection. */
  peerReady(pipe: Pipe, peer: Peer): void;
  /** The connection of this pipe is gone; another may come. */
  peerLost(pipe: Pipe): void;
  /** The pipe's endpoint goes: the socket closes its end and uses it no more. What was sent stays to be read. */
  release(pipe: Pipe): void;
  /** Takes the routing id that the next connection is to be known by, if one was set. */
  takeConnectRoutingId(): Uint8Array | undefined;
  /** Asks the ZAP handler of the context; undefined when there is none. See `ConnectionHost.authenticate`. */
  askZap(request: Message, answer: (reply: Message) => void): ZapQuery | undefined;
}
