/**
 * Routing id → pipe, for ROUTER and STREAM. Ids that are made here have five bytes: a zero and a counter that starts
 * anywhere; they, and those of peers that look the same, are kept by number, which spares making a text for each send.
 */
import type { Pipe } from "../core/pipe.ts";
import { allocate, readU32, toLatin1, writeU32 } from "../util/bytes.ts";
import { printable, ZmqError } from "../util/errors.ts";

const MADE_LENGTH = 5;

export class RoutingTable {
  readonly #byNumber = new Map<number, Pipe>();
  readonly #byText = new Map<string, Pipe>();
  #next = Math.floor(Math.random() * 2 ** 32);

  get(id: Uint8Array): Pipe | undefined {
    return isNumeric(id) ? this.#byNumber.get(readU32(id, 1)) : this.#byText.get(toLatin1(id));
  }

  set(id: Uint8Array, pipe: Pipe): void {
    if (isNumeric(id)) this.#byNumber.set(readU32(id, 1), pipe);
    else this.#byText.set(toLatin1(id), pipe);
  }

  /** Only when the id is still that pipe's. */
  delete(id: Uint8Array, pipe: Pipe): void {
    if (this.get(id) !== pipe) return;
    if (isNumeric(id)) this.#byNumber.delete(readU32(id, 1));
    else this.#byText.delete(toLatin1(id));
  }

  /** An id that nobody has. */
  makeId(): Uint8Array {
    do this.#next = (this.#next + 1) >>> 0;
    while (this.#byNumber.has(this.#next));
    const id = allocate(MADE_LENGTH);
    id[0] = 0;
    writeU32(id, 1, this.#next);
    return id;
  }

  /** @throws ZmqError EINVAL when the id is in use: libzmq aborts the program there. */
  checkNew(id: Uint8Array): void {
    if (this.get(id) === undefined) return;
    throw new ZmqError(
      "EINVAL",
      `the routing id ${printable(id)} is in use by another connection of this socket`,
    );
  }

  *pipes(): IterableIterator<Pipe> {
    yield* this.#byNumber.values();
    yield* this.#byText.values();
  }
}

function isNumeric(id: Uint8Array): boolean {
  return id.length === MADE_LENGTH && id[0] === 0;
}
