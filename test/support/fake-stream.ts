/** The far side of an engine, in memory: keeps what is written, says "full" when told to, and moves nothing by itself. */
import type { ByteStream } from "#src/engine/stream.js";

export class FakeStream implements ByteStream {
  /** One entry for each `write` and `writeAll`: what one system call would have carried. */
  readonly writes: Buffer[] = [];
  /** The very blocks that were handed over, to tell a reference from a copy. */
  readonly blocks: Uint8Array[] = [];
  /** True: each write answers that the stream has enough. */
  isFull = false;
  isIdle = true;
  /** `drained` was asked for. */
  isAwaitingIdle = false;
  isPaused = false;
  isEnded = false;
  isDestroyed = false;
  readonly localAddress = "127.0.0.1:1";
  readonly remoteAddress = "127.0.0.1:2";
  readonly peerAddress = "127.0.0.1";
  #taken = 0;

  write(bytes: Uint8Array): boolean {
    return this.writeAll([bytes]);
  }

  writeAll(blocks: readonly Uint8Array[]): boolean {
    if (this.isEnded || this.isDestroyed) return false;
    this.blocks.push(...blocks);
    this.writes.push(Buffer.concat(blocks));
    return !this.isFull;
  }

  awaitIdle(): void {
    this.isAwaitingIdle = true;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  end(): void {
    this.isEnded = true;
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  get isOpen(): boolean {
    return !this.isEnded && !this.isDestroyed;
  }

  /** Everything ever written. */
  get all(): Buffer {
    return Buffer.concat(this.writes);
  }

  /** What was written since the last call. */
  take(): Buffer {
    const { all } = this;
    const fresh = all.subarray(this.#taken);
    this.#taken = all.length;
    return fresh;
  }

  takeHex(): string {
    return this.take().toString("hex");
  }
}
