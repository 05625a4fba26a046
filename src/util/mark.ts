/**
 * A note on a block of memory: whose it is. All frames cut from one chunk share its `ArrayBuffer`, so one note a chunk
 * serves every message in it, and messages themselves carry nothing.
 *
 * The note is a private field stamped onto the `ArrayBuffer`: users neither see nor forge it, and it lives and dies with
 * the memory, where a `WeakMap` would cost the collector an entry a chunk.
 */
class Stamped {
  constructor(target: object) {
    // biome-ignore lint/correctness/noConstructorReturn: this is how a private field gets onto an object of another class
    return target;
  }
}

class Mark extends Stamped {
  #owner: object;

  constructor(buffer: ArrayBufferLike, owner: object) {
    super(buffer);
    this.#owner = owner;
  }

  static of(buffer: object): object | undefined {
    return #owner in buffer ? buffer.#owner : undefined;
  }
}

/**
 * Notes whose memory this is. Says false, and nothing happened, where the block is only a part of its `ArrayBuffer`: the
 * rest may be somebody else's, as in Node.js's pool of small buffers. What is marked keeps its first owner.
 */
export function mark(bytes: Uint8Array, owner: object): boolean {
  const { buffer } = bytes;
  const found = Mark.of(buffer);
  if (found !== undefined) return found === owner;
  if (bytes.length !== buffer.byteLength || bytes.length === 0) return false;
  new Mark(buffer, owner);
  return true;
}

/** The owner of the memory that these bytes lie in, if it was noted. */
export function ownerOf(bytes: Uint8Array): object | undefined {
  return Mark.of(bytes.buffer);
}
