/** SCATTER and GATHER: a pipeline of messages of one part. 49/SCATTERGATHER. */
import type { GatherAccessors, ScatterAccessors } from "../accessors.ts";
import { PullPattern } from "../pull.ts";
import { PushPattern } from "../push.ts";
import { makeReadable, type Readable } from "../readable.ts";
import { installOptions, ownOptions, Socket, type SocketOptions } from "../socket.ts";
import type { Message, MessageLike } from "../types.ts";
import { makeWritable, type Writable } from "../writable.ts";
import { SinglePart } from "./single-part.ts";

/** ZMQ_SCATTER: to its GATHERs in turn; waits while none has room. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface's members are installed below
export class Scatter extends Socket {
  constructor(options?: SocketOptions<Scatter>) {
    super("SCATTER", () => new SinglePart(new PushPattern()), options);
  }
}

export interface Scatter extends Writable<MessageLike>, ScatterAccessors {}

makeWritable(Scatter);
installOptions(Scatter, ownOptions("SCATTER"));

/** ZMQ_GATHER: from its SCATTERs in turn. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface's members are installed below
export class Gather extends Socket {
  constructor(options?: SocketOptions<Gather>) {
    super("GATHER", () => new SinglePart(new PullPattern()), options);
  }
}

export interface Gather extends Readable<[Message]>, GatherAccessors {}

makeReadable(Gather);
installOptions(Gather, ownOptions("GATHER"));
