/** A WebSocket of the package `ws` as the stream that engines want: each block is a message. */
import { randomFillSync } from "node:crypto";
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { ByteStream, StreamHandler } from "../core/transport.ts";
import { ZmqError } from "../util/errors.ts";
import { plain } from "./node-address.ts";

/** Messages from here on go out by themselves; smaller ones are copied together into one block. */
const LARGE = 32_768;
/** Opcode "binary", and the bit that says the message has no further fragments. 6455/WebSocket "Base Framing Protocol" */
const BINARY = 0x82;
const HEADER_MAX = 14;

export class WsStream implements ByteStream {
  readonly #web: WebSocket;
  /** Below the WebSocket: it knows how much is unsent, and gathers writes. */
  readonly #socket: Socket;
  readonly subprotocol: string;
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly peerAddress: string;
  #handler: StreamHandler | undefined;

  /** A client masks what it sends. */
  readonly #masks: boolean;

  constructor(
    web: WebSocket,
    socket: Socket,
    subprotocol: string,
    local: string,
    remote: string,
    isClient: boolean,
  ) {
    this.#web = web;
    this.#masks = isClient;
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
    if (this.#web.readyState !== this.#web.OPEN) return true;
    socket.cork();
    let start = 0;
    let size = 0;
    for (let i = 0; i < blocks.length; i++) {
      const { length } = blocks[i]!;
      size += HEADER_MAX + length;
      if (length < LARGE && i < blocks.length - 1) continue;
      this.#writeBlocks(blocks, start, i + 1, size);
      start = i + 1;
      size = 0;
    }
    socket.uncork();
    return !socket.writableNeedDrain || socket.writableLength === 0;
  }

  /**
   * Frames messages and writes them as one block. Not by the WebSocket's own `send`, which makes two writes of each: half
   * of what a stream of small messages cost.
   */
  #writeBlocks(blocks: readonly Uint8Array[], start: number, end: number, size: number): void {
    const last = blocks[end - 1]!;
    const byReference = last.length >= LARGE && !this.#masks;
    const target = Buffer.allocUnsafe(byReference ? size - last.length : size);
    let at = 0;
    for (let i = start; i < end; i++) {
      const block = blocks[i]!;
      at = writeHeader(target, at, block.length, this.#masks);
      if (this.#masks) at = writeMasked(target, at, block);
      else if (i < end - 1 || !byReference) {
        target.set(block, at);
        at += block.length;
      }
    }
    this.#socket.write(target.subarray(0, at));
    if (byReference) this.#socket.write(last);
  }

  get isIdle(): boolean {
    return this.#socket.writableLength === 0 && this.#web.bufferedAmount === 0;
  }

  awaitIdle(): void {
    // An empty write is over when all before it are; "drain" comes only where one was refused.
    this.#socket.write("", (error) => {
      // Of a dead socket "close" tells; it never gets idle.
      if (!error) this.#handler?.drained();
    });
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

/** The header but for the mask; says where that or the message goes. */
function writeHeader(target: Buffer, at: number, length: number, masks: boolean): number {
  const bit = masks ? 0x80 : 0;
  target[at] = BINARY;
  if (length < 126) {
    target[at + 1] = bit | length;
    return at + 2;
  }
  if (length < 65_536) {
    target[at + 1] = bit | 126;
    return target.writeUInt16BE(length, at + 2);
  }
  target[at + 1] = bit | 127;
  target.writeUInt32BE(Math.floor(length / 2 ** 32), at + 2);
  return target.writeUInt32BE(length >>> 0, at + 6);
}

const masks = Buffer.alloc(4096);
let nextMask = masks.length;

/** A mask that nobody can foresee, and the message under it. 6455/WebSocket "Client-to-Server Masking" */
function writeMasked(target: Buffer, at: number, message: Uint8Array): number {
  if (nextMask === masks.length) {
    randomFillSync(masks);
    nextMask = 0;
  }
  const mask = nextMask;
  nextMask += 4;
  for (let i = 0; i < 4; i++) target[at + i] = masks[mask + i]!;
  const body = at + 4;
  for (let i = 0; i < message.length; i++) target[body + i] = message[i]! ^ masks[mask + (i & 3)]!;
  return body + message.length;
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
