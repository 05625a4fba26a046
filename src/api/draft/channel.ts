/** CHANNEL: one peer, both ways, messages of one part: a PAIR for threads. 52/CHANNEL. */
import type { ChannelAccessors } from "../accessors.ts";
import { PairPattern } from "../pair.ts";
import { makeReadable, type Readable } from "../readable.ts";
import { installOptions, ownOptions, Socket, type SocketOptions } from "../socket.ts";
import type { Message, MessageLike } from "../types.ts";
import { makeWritable, type Writable } from "../writable.ts";
import { SinglePart } from "./single-part.ts";

/** ZMQ_CHANNEL */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface's members are installed below
export class Channel extends Socket {
  constructor(options?: SocketOptions<Channel>) {
    super("CHANNEL", (host) => new SinglePart(new PairPattern(host)), options);
  }
}

export interface Channel extends Writable<MessageLike>, Readable<[Message]>, ChannelAccessors {}

makeWritable(Channel);
makeReadable(Channel);
installOptions(Channel, ownOptions("CHANNEL"));
