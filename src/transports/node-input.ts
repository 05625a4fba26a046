/**
 * Where the bytes of a `net.Socket` land. Left to itself Node.js allocates 64 kB for every read; here all sockets of
 * the thread read into one block and what came is copied out of it, but the rest of a long frame goes straight to its
 * place. For frames of 100 kB and more that is 1.6 times the throughput, for short ones the same.
 */
import { type OnReadOpts, Socket } from "node:net";
import type { StreamHandler } from "../core/transport.ts";
import { allocate } from "../util/bytes.ts";

/** One for all: a read and the call that tells of it are one step. */
const COMMON = allocate(65_536);
/** After a long frame: enough for the next one's header, and little to copy when it is as long. */
const AFTER_LONG = COMMON.subarray(0, 8192);

/** Bun and Deno have `node:net`, but not this part of it. */
export const canReadInto: boolean = !("bun" in process.versions || "deno" in process.versions);

export class NodeInput {
  handler: StreamHandler | undefined;
  #wasLong = false;

  /** For the socket's options. */
  readonly onread: OnReadOpts = {
    buffer: () => this.handler?.room?.() ?? (this.#wasLong ? AFTER_LONG : COMMON),
    callback: (length, block) => {
      this.#wasLong = block.buffer !== COMMON.buffer;
      this.handler?.received(this.#wasLong ? block.subarray(0, length) : copyOf(block, length));
      return true;
    },
  };
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
