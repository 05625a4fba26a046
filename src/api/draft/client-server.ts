/** CLIENT and SERVER: request-reply without envelopes, messages of one part. 41/CLIENTSERVER. */
import type { ClientAccessors, ServerAccessors } from "../accessors.ts";
import { freeCoreOf } from "../core-of.ts";
import { DealerPattern } from "../dealer.ts";
import { makeReadable, type Readable } from "../readable.ts";
import { installOptions, ownOptions, Socket, type SocketOptions } from "../socket.ts";
import type { Message, MessageLike } from "../types.ts";
import { makeWritable, type Writable } from "../writable.ts";
import { type AddressedWritable, makeAddressed } from "./addressed.ts";
import { addressPeer, type RoutingOptions, ServerPattern } from "./server-pattern.ts";
import { SinglePart } from "./single-part.ts";

/** ZMQ_CLIENT: sends to its SERVERs in turn, receives from all of them. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface's members are installed below
export class Client extends Socket {
  constructor(options?: SocketOptions<Client>) {
    super("CLIENT", (host) => new SinglePart(new DealerPattern(host)), options);
  }
}

export interface Client extends Writable<MessageLike>, Readable<[Message]>, ClientAccessors {}

makeWritable(Client);
makeReadable(Client);
installOptions(Client, ownOptions("CLIENT"));

/** ZMQ_SERVER: answers any of its CLIENTs, by the number that came with the message. */
export class Server extends Socket {
  constructor(options?: SocketOptions<Server>) {
    super("SERVER", (host) => new ServerPattern(host), options);
  }

  /** `zmq_disconnect_peer`: ends the connection with this number. @throws ZmqError EHOSTUNREACH for an unknown one */
  disconnectPeer(routingId: number): void {
    (freeCoreOf(this).pattern as ServerPattern).disconnect(routingId);
  }
}

export interface Server
  extends AddressedWritable<RoutingOptions>,
    Readable<[Message, RoutingOptions]>,
    ServerAccessors {}

makeAddressed<RoutingOptions>(Server, addressPeer);
makeReadable(Server);
installOptions(Server, ownOptions("SERVER"));
