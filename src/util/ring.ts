/**
 * A growable first-in, first-out queue on a power-of-two array. Push and shift cost some nanoseconds at any depth,
 * where `Array.shift` is linear. Knows nothing of messages.
 *
 *      head            tail
 *       ▼               ▼
 *   [ · a b c d e f g h · · · · ]     index = position & mask; head === tail means empty;
 *                                     one slot stays free, so full is tail + 1 === head
 */
const SMALLEST = 16;

export class Ring<T> {
  #slots: (T | undefined)[] = new Array(SMALLEST);
  #mask = SMALLEST - 1;
  #head = 0;
  #tail = 0;

  get length(): number {
    return (this.#tail - this.#head) & this.#mask;
  }

  get isEmpty(): boolean {
    return this.#head === this.#tail;
  }

  push(item: T): void {
    this.#slots[this.#tail] = item;
    this.#tail = (this.#tail + 1) & this.#mask;
    if (this.#tail === this.#head) this.#grow();
  }

  shift(): T | undefined {
    if (this.#head === this.#tail) return undefined;
    const item = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & this.#mask;
    // A burst must not leave its array behind: 4096 slots are 32 kB.
    if (this.#head === this.#tail && this.#mask >= 4096) this.clear();
    return item;
  }

  peek(): T | undefined {
    return this.#head === this.#tail ? undefined : this.#slots[this.#head];
  }

  /** Takes out the first item that is `item`; linear, for the rare case of a caller who gives up waiting. */
  remove(item: T): boolean {
    for (let at = this.#head; at !== this.#tail; at = (at + 1) & this.#mask) {
      if (this.#slots[at] !== item) continue;
      for (let next = (at + 1) & this.#mask; next !== this.#tail; next = (next + 1) & this.#mask) {
        this.#slots[(next - 1) & this.#mask] = this.#slots[next];
      }
      this.#tail = (this.#tail - 1) & this.#mask;
      this.#slots[this.#tail] = undefined;
      return true;
    }
    return false;
  }

  clear(): void {
    this.#slots = new Array(SMALLEST);
    this.#mask = SMALLEST - 1;
    this.#head = 0;
    this.#tail = 0;
  }

  #grow(): void {
    const length = this.#mask + 1;
    const slots = new Array<T | undefined>(length * 2);
    for (let i = 0; i < length; i++) slots[i] = this.#slots[(this.#head + i) & this.#mask];
    this.#slots = slots;
    this.#mask = length * 2 - 1;
    this.#head = 0;
    this.#tail = length;
  }
}
