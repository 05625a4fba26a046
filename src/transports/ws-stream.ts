/** A WebSocket of the package `ws` as the stream that engines want: each block is a message. */
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { ByteStream, StreamHandler } from "../core/transport.ts";
import { ZmqError } from "../util/errors.ts";
import { plain } from "./node-address.ts";

const BINARY = { binary: true, compress: false };

export class WsStream implements ByteStream {
  readonly #web: WebSocket;
  /** Below the WebSocket: it knows how much is unsent, and gathers writes. */
  readonly #socket: Socket;
  readonly subprotocol: string;
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly peerAddress: string;
  #handler: StreamHandler | undefined;

  constructor(web: WebSocket, socket: Socket, subprotocol: string, local: string, remote: string) {
    this.#web = web;
    this.#socket = socket;
    this.subprotocol = subprotocol;
    this.localAddress = local;
    this.remoteAddress = remote;
    this.peerAddress = plain(socket.remoteAddress);
    socket.unref();
  }

  /** Begins to tell the handler what happens. Once. */
  start(handler: StreamHandler): void {
    const web = this.#web;
    this.#handler = handler;
    let failure: Error | undefined;
    web.on("message", (message: Buffer, isBinary: boolean) => {
      if (isBinary) this.#handler?.received(message);
      else this.#gone(new ZmqError("EPROTO", "the peer sent a text message, where ZeroMQ's are binary"));
    });
    web.on("pong", () => this.#handler?.alive?.());
    web.on("error", (error) => {
      failure = verdict(error);
    });
    web.on("close", () => this.#gone(failure));
    this.#socket.on("drain", () => this.#handler?.drained());
  }

  #gone(error: Error | undefined): void {
    const handler = this.#handler;
    this.#handler = undefined;
    this.#web.terminate();
    handler?.closed(error);
  }

  write(bytes: Uint8Array): boolean {
    return this.writeAll([bytes]);
  }

  writeAll(blocks: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    socket.cork();
    for (let i = 0; i < blocks.length; i++) this.#web.send(blocks[i]!, BINARY);
    socket.uncork();
    return !socket.writableNeedDrain || socket.writableLength === 0;
  }

  get isIdle(): boolean {
    return this.#socket.writableLength === 0 && this.#web.bufferedAmount === 0;
  }

  awaitIdle(): void {
    // An empty write is over when all before it are; "drain" comes only where one was refused.
    this.#socket.write("", () => this.#handler?.drained());
  }

  ping(): void {
    if (this.#web.readyState === this.#web.OPEN) this.#web.ping();
  }

  pause(): void {
    // After `end` the peer's answer must still be read.
    if (this.#handler !== undefined) this.#web.pause();
  }

  resume(): void {
    this.#web.resume();
  }

  end(): void {
    this.#handler = undefined;
    this.#web.resume();
    this.#web.close();
    // What waits for the peer's answer must not hold the process.
    (this.#web as unknown as { _closeTimer?: NodeJS.Timeout | null })._closeTimer?.unref();
  }

  destroy(): void {
    this.#handler = undefined;
    this.#web.terminate();
  }
}

/** What `ws` finds wrong with the peer's frames is the peer's fault; other errors are the network's. */
function verdict(error: Error & { code?: string }): Error {
  const { code = "", message } = error;
  if (!code.startsWith("WS_ERR_")) return error;
  if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH")
    return new ZmqError(
      "EMSGSIZE",
      "the peer sent a message over the limit; raise maxMessageSize to take it",
    );
  return new ZmqError("EPROTO", `the peer broke the rules of WebSocket: ${message}`, { cause: error });
}
