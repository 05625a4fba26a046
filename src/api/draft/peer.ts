/** PEER: each side binds and connects, and addresses any peer by the number of its connection. 51/P2P. */
import { ZmqError } from "../../util/errors.ts";
import type { PeerAccessors } from "../accessors.ts";
import { freeCoreOf } from "../core-of.ts";
import { makeReadable, type Readable } from "../readable.ts";
import { installOptions, ownOptions, Socket, type SocketOptions } from "../socket.ts";
import type { Message } from "../types.ts";
import { type AddressedWritable, makeAddressed } from "./addressed.ts";
import { addressPeer, type RoutingOptions, ServerPattern } from "./server-pattern.ts";

/** ZMQ_PEER */
export class Peer extends Socket {
  constructor(options?: SocketOptions<Peer>) {
    super("PEER", (host) => new ServerPattern(host), options);
  }

  /**
   * `zmq_connect_peer`: as `connect`, and answers with the number by which the peer is addressed; messages may be sent
   * at once. @throws ZmqError EFAULT with the option `immediate`, under which there is no peer before the handshake
   */
  connectPeer(address: string): number {
    const core = freeCoreOf(this);
    if (core.options.immediate) {
      throw new ZmqError("EFAULT", "connectPeer needs its peer at once: set the option immediate to false");
    }
    core.connect(address);
    return (core.pattern as ServerPattern).lastId;
  }

  /** `zmq_disconnect_peer`: ends the connection with this number. @throws ZmqError EHOSTUNREACH for an unknown one */
  disconnectPeer(routingId: number): void {
    (freeCoreOf(this).pattern as ServerPattern).disconnect(routingId);
  }
}

export interface Peer
  extends AddressedWritable<RoutingOptions>,
    Readable<[Message, RoutingOptions]>,
    PeerAccessors {}

makeAddressed<RoutingOptions>(Peer, addressPeer);
makeReadable(Peer);
installOptions(Peer, ownOptions("PEER"));
