/**
 * A message that goes to many peers is encoded once; their outboxes share the bytes. A subscriber that gets every
 * message of a turn then costs two number updates a message, and one write of the common bytes at the end.
 *
 *   slab   [ m1 | m2 | m3 | … ]           outbox A: 0 ─────────► end of m3     (all messages: one stretch)
 *                                         outbox B: own slab [ m1 m3 ]         (some of them: copied)
 */
import { allocate } from "../util/bytes.ts";
import { HEADER_MAX, MORE, writeHeader } from "../wire/frame.ts";
import type { Message } from "./connection.ts";

/** Larger messages are passed by reference anyway. */
const LARGEST = 8192;
const SLAB_SIZE = 65_536;

/** The message that is being fanned out, and where its bytes lie. One object, so that engines need one look. */
export const fanOut: { message: Message | undefined; slab: Uint8Array; start: number; end: number } = {
  message: undefined,
  slab: new Uint8Array(0),
  start: 0,
  end: 0,
};

/** Encodes the message, if it is worth it, for all `take`s until `endFanOut`. */
export function beginFanOut(message: Message): void {
  let size = 0;
  for (let i = 0; i < message.length; i++) size += HEADER_MAX + message[i]!.length;
  if (size > LARGEST) return;
  // Slabs are never used twice: connections may still be sending from them. One lasts for hundreds of messages.
  if (fanOut.end + size > fanOut.slab.length) {
    fanOut.slab = allocate(SLAB_SIZE);
    fanOut.end = 0;
  }
  const { slab } = fanOut;
  let at = fanOut.end;
  fanOut.start = at;
  const last = message.length - 1;
  for (let i = 0; i <= last; i++) {
    const frame = message[i]!;
    at = writeHeader(slab, at, i < last ? MORE : 0, frame.length);
    slab.set(frame, at);
    at += frame.length;
  }
  fanOut.end = at;
  fanOut.message = message;
}

export function endFanOut(): void {
  fanOut.message = undefined;
}
