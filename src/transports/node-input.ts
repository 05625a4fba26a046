/**
 * Where the bytes of a `net.Socket` land. Left to itself Node.js allocates 64 kB for every read; here all sockets of
 * the thread read into one block and what came is copied out of it, with two exceptions:
 * - The rest of a long frame goes straight to its place: 1.6 times the throughput of frames of 100 kB and more.
 * - A socket that has filled the block is busy and gets blocks of its own, which are handed on without a copy when they are
 *   full: a tenth of what receiving 1 kB takes.
 */
import { type OnReadOpts, Socket } from "node:net";
import type { StreamHandler } from "../core/transport.ts";
import { allocate } from "../util/bytes.ts";
import type { Answers } from "./node-awake.ts";

const BLOCK_SIZE = 65_536;
/** One for all: a read and the call that tells of it are one step. */
const COMMON = allocate(BLOCK_SIZE);
/** After a long frame: enough for the next one's header, and little to copy when it is as long. */
const AFTER_LONG = COMMON.subarray(0, 8192);

/**
 * glibc gives freed memory back to the system at once, and each page of it that is used again costs a fault: a quarter of
 * what receiving 1 MB takes, a tenth at 10 kB. It keeps twice the largest block that it has seen freed, of those that it
 * maps for themselves. This is one, which nobody writes to and the next collection frees.
 */
const FREED_MEMORY_KEPT = 16 * 1024 * 1024;
allocate(FREED_MEMORY_KEPT / 2);

/** Bun and Deno have `node:net`, but not this part of it. */
export const canReadInto: boolean = !("bun" in process.versions || "deno" in process.versions);

export class NodeInput {
  handler: StreamHandler | undefined;
  answers: Answers | undefined;
  #wasLong = false;
  /** A block that only this socket reads into: Node.js asks for the next one as soon as it has told of the last. */
  #own: Uint8Array | undefined;

  /** For the socket's options. */
  readonly onread: OnReadOpts = {
    buffer: () => this.handler?.room?.() ?? (this.#wasLong ? AFTER_LONG : (this.#own ?? COMMON)),
    callback: (length, block) => {
      this.answers?.heard();
      this.handler?.received(this.#chunkOf(block, length));
      return true;
    },
  };

  #chunkOf(block: Uint8Array, length: number): Uint8Array {
    const own = this.#own;
    this.#wasLong = block !== own && block.buffer !== COMMON.buffer;
    if (this.#wasLong) return block.subarray(0, length);
    const isFull = length === BLOCK_SIZE;
    if (isFull) this.#own = allocate(BLOCK_SIZE);
    else if (length < BLOCK_SIZE / 2) this.#own = undefined;
    return isFull && block === own ? block : copyOf(block, length);
  }
}

function copyOf(block: Uint8Array, length: number): Uint8Array {
  const chunk = allocate(length);
  chunk.set(length === block.length ? block : block.subarray(0, length));
  return chunk;
}

interface Handled {
  _handle: object | null;
}

/**
 * An accepted connection that reads into `input`. `node:net` takes `onread` only where a socket is made, and makes
 * those of a server itself; so its handle moves to one of our own. The server must not have begun to read
 * (`pauseOnConnect`).
 */
export function adopt(accepted: Socket, input: NodeInput): Socket {
  const { _handle: handle } = accepted as unknown as Handled;
  (accepted as unknown as Handled)._handle = null;
  return new Socket({ handle, onread: input.onread } as object);
}
