/**
 * Puts messages into a ring. One for which there is no room is written piece by piece as room comes, so it may be larger
 * than the ring. Long frames go past it where there is a way.
 */
import { ownFrames } from "../core/own-frames.ts";
import type { Message } from "../engine/connection.ts";
import { EMPTY } from "../util/bytes.ts";
import { MORE, PARCEL } from "../wire/frame.ts";
import { PARCEL_FROM, type ParcelRoute } from "./parcel-route.ts";
import { frameSize, HEADER_ROOM, type RingWriter } from "./shared-ring.ts";

export class MessageWriter {
  readonly #writer: RingWriter;
  /** Shows the reader what was written: without it there will be no room. */
  readonly #publish: () => void;
  readonly #route: ParcelRoute | undefined;
  // The message that is being written: its next part, and how far that is; -1: not begun.
  #writing: Message | undefined;
  #part = 0;
  #partAt = -1;

  constructor(writer: RingWriter, publish: () => void, route?: ParcelRoute) {
    this.#writer = writer;
    this.#publish = publish;
    this.#route = route;
  }

  /** A message is not written to its end: no other may begin. */
  get isBusy(): boolean {
    return this.#writing !== undefined;
  }

  /** The message is taken. False: there was no room for all of it; `continue` when there is. */
  write(message: Message): boolean {
    const writer = this.#writer;
    let size = 0;
    for (let i = 0; i < message.length; i++) size += frameSize(message[i]!.length);
    if (size >= PARCEL_FROM && this.#route !== undefined) size = this.#sizeOf(message);
    if (!writer.hasRoom(size)) {
      // Its sender has been told that it is done.
      ownFrames(message);
      this.#writing = message;
      this.#part = 0;
      this.#partAt = -1;
      return this.continue();
    }
    const last = message.length - 1;
    for (let i = 0; i < last; i++) this.#put(MORE, message[i]!);
    this.#put(0, message[last]!);
    writer.endMessage();
    return true;
  }

  /** Goes on with the message that is being written. False: there is no room for the rest yet. */
  continue(): boolean {
    const message = this.#writing;
    if (message === undefined) return true;
    const writer = this.#writer;
    while (this.#part < message.length) {
      const body = message[this.#part]!;
      if (this.#partAt < 0) {
        if (!this.waitForRoom(HEADER_ROOM)) return false;
        const flags = this.#part < message.length - 1 ? MORE : 0;
        if (this.#isRouted(body)) {
          this.#put(flags, body);
          this.#part++;
          continue;
        }
        writer.begin(flags, body.length);
        this.#partAt = 0;
      }
      while (this.#partAt < body.length) {
        if (!this.waitForRoom(1)) return false;
        this.#partAt += writer.putPart(body, this.#partAt);
      }
      this.#part++;
      this.#partAt = -1;
    }
    this.#writing = undefined;
    writer.endMessage();
    this.#publish();
    return true;
  }

  /** What a message takes up in the ring. */
  #sizeOf(message: Message): number {
    return message.reduce((size, body) => size + frameSize(this.#isRouted(body) ? 0 : body.length), 0);
  }

  #isRouted(body: Uint8Array): boolean {
    return this.#route !== undefined && body.length >= PARCEL_FROM;
  }

  /** A whole frame; there must be room. */
  #put(flags: number, body: Uint8Array): void {
    if (this.#isRouted(body)) {
      this.#route!.send(body);
      this.#writer.put(flags | PARCEL, EMPTY);
    } else this.#writer.put(flags, body);
  }

  /** Room for so many bytes? If not, this side is woken when some comes. */
  waitForRoom(bytes: number): boolean {
    if (this.#writer.hasRoom(bytes)) return true;
    this.#publish();
    this.#writer.awaitRoom();
    return this.#writer.hasRoom(bytes);
  }

  /** Gives up what is not written. */
  clear(): void {
    this.#writing = undefined;
  }
}
