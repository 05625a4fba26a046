/**
 * Frames on their way out of a connection that keeps messages apart: each is a block of its own. Gathered until the end of
 * the turn, so that the stream can hand them to the system together.
 */
import { allocate } from "../util/bytes.ts";
import type { Framing } from "../wire/frame.ts";
import { encodeZws } from "../wire/zws.ts";
import type { FrameOutbox, Sealing } from "./outbox.ts";
import type { ByteStream } from "./stream.ts";

/** Hand over to the stream at this many bytes or blocks, in the middle of a turn if need be. */
const ENOUGH_BYTES = 60_000;
const ENOUGH_BLOCKS = 512;

export class ZwsOutbox implements FrameOutbox {
  framing: Framing = 2;
  #blocks: Uint8Array[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#blocks.length === 0;
  }

  get isFull(): boolean {
    return this.#bytes >= ENOUGH_BYTES || this.#blocks.length >= ENOUGH_BLOCKS;
  }

  frame(flags: number, body: Uint8Array): void {
    this.#blocks.push(encodeZws(flags, body));
    this.#bytes += body.length + 1;
  }

  /** @throws what sealing throws */
  sealed(sealing: Sealing, flags: number, body: Uint8Array): void {
    const block = allocate(1 + sealing.sealedHead + body.length);
    block[0] = 0;
    sealing.seal(flags, body, block, 1);
    this.raw(block);
  }

  raw(bytes: Uint8Array): void {
    this.#blocks.push(bytes);
    this.#bytes += bytes.length;
  }

  flush(stream: ByteStream): boolean {
    const blocks = this.#blocks;
    if (blocks.length === 0) return true;
    this.#blocks = [];
    this.#bytes = 0;
    return stream.writeAll(blocks);
  }

  clear(): void {
    this.#blocks = [];
    this.#bytes = 0;
  }
}
