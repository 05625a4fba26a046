/**
 * V8 frees the memory of a large block when it has found its `ArrayBuffer` dead. A young collection finds that, and
 * takes half a millisecond; but it comes when the young objects themselves have filled their space, and an
 * `ArrayBuffer` is a hundred bytes there, whatever it holds. The bytes that it holds bring on a full collection: all that
 * the program has is marked, in up to four other threads, once in 25 to 32 MB. A program whose processors are busy with
 * cryptography has a quarter of their time for that. So garbage of half a block's size goes with it, and the young
 * collection comes first: 10 % more of messages of 10 or 100 kB with CURVE. Where nothing else wants the other processors it is
 * only a cost, and from 1 MB on it is a loss.
 */

/** Below this a message leaves enough young garbage by itself. */
const SMALLEST = 2048;
/** Half of it is what V8 still puts among other objects. */
const LARGEST = 262_144;

/** Only so that it is made. */
export let garbage: unknown;

/** Goes with a block of `size` bytes that somebody will soon be done with. */
export function hastenYoungCollection(size: number): void {
  if (size >= SMALLEST && size <= LARGEST) garbage = new Array(size >> 4);
}
