/**
 * What an engine is to its session, whichever protocol it speaks: ZMTP (`engine.ts`) or plain bytes (`raw.ts`).
 * Both interfaces at the engine's upper end are declared here, so that the engine knows neither sockets nor pipes.
 */

import type { ZmqError } from "../util/errors.ts";
import type { Metadata } from "../wire/command.ts";
import type { Bridged, EngineParts } from "./bridged.ts";
import type { Origin } from "./origin.ts";

/** All frames of one message, first to last. Never empty. */
export type Message = Uint8Array[];

/** In an I/O thread: what joins the pipe to that of a socket in another. Moves messages on as they came. */
export interface EngineBridge {
  /** Takes whole messages from `from` on, of bytes that are ZMTP 2's frames. Answers how far. */
  forward(chunk: Uint8Array, from: number, maxFrameSize: number): number;
  /** The engine takes bytes again, or none any more: what was held back for it goes on. */
  retry(): void;
  /** An engine moves the pipe's messages from now on. */
  join(...engine: EngineParts): Bridged;
  /** The engine is done with a long frame: it is sealed, or with the system. */
  spent(frame: Uint8Array): void;
}

/** An engine that takes frames as they are. */
export interface Forwarder {
  /** Whole messages, encoded as ZMTP 2's frames. Only while the pipe is hungry. The memory is the engine's. */
  takeFrames(bytes: Uint8Array): void;
}

/** The end of a pipe that an engine moves messages through. Implemented by `core/pipe.ts`. */
export interface EnginePipe {
  /** Absent where the socket is in the engine's thread. */
  readonly bridge?: EngineBridge | undefined;
  /** For the bridge. */
  forwarder?: Forwarder | undefined;
  /** The next message to send. */
  read(): Message | undefined;
  /** A message that arrived; there must be room. False: no more messages until `Connection.writable` tells of room. */
  deliver(message: Message): boolean;
  /**
   * Takes whole messages from `from` on, of bytes that are ZMTP 2's frames, as far as it wants them like this. Answers how
   * far; the rest is for `deliver`.
   */
  forward(chunk: Uint8Array, from: number, maxFrameSize: number): number;
  /** False: as `deliver` says it. */
  hasRoom(): boolean;
  /** True: `Connection.take` may be called with what the socket sends, past the queue. Only while that is empty. */
  isHungry: boolean;
}

/** Who is at the other end, known when the handshake is over. */
export interface Peer {
  /** 1, 2 or 3: ZMTP's major version; 0 for a raw connection, and for datagrams, where nobody in particular is. */
  version: 0 | 1 | 2 | 3;
  minor: number;
  /** The peer's Identity; empty when it has none. */
  routingId: Uint8Array;
  /** Its Socket-Type; empty when it does not say. */
  socketType: string;
  metadata: Metadata;
  /** What its messages can tell of it; absent where there is no connection, as with inproc. */
  origin?: Origin;
}

/**
 * Why a connection ended. `lost`: by the peer or the network; `timeout`: nothing came in time; `protocol`: the peer
 * broke the rules and must not be dialled again; `finished`: this side was done with it.
 */
export interface Ending {
  kind: "lost" | "timeout" | "protocol" | "finished";
  /** Before the handshake was over? */
  inHandshake: boolean;
  error?: ZmqError;
}

/** What an engine tells its session. */
export interface ConnectionHost {
  /** The handshake is over; the session answers with `attach`. @throws ZmqError to refuse the peer. */
  handshaken(peer: Peer): void;
  /**
   * Puts a question to the ZAP handler; the frames are those of 27/ZAP. False: there is no handler. `answer` is called
   * at most once, never from inside, and not after `ended` or `abort`. @throws ZmqError EFAULT when what is bound there
   * can be no handler.
   */
  authenticate(request: Message, answer: (reply: Message) => void): boolean;
  /** The connection is gone and its stream closed. Called once, last. */
  ended(ending: Ending): void;
}

export interface Connection {
  /** Sends the first bytes. Call once, when the stream is connected. */
  start(): void;
  /** The pipe to move messages through from now on. */
  attach(pipe: EnginePipe): void;
  /** A message past the pipe's queue, which must be empty. False: not now. */
  take(message: Message): boolean;
  /** The pipe has something to send. */
  readable(): void;
  /** The pipe has room for what arrives. */
  writable(): void;
  /** Sends what was taken, then closes. `ended` follows. */
  finish(): void;
  /** Closes now. `ended` does not follow. */
  abort(): void;
}
