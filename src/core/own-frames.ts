/** Frames whose sender may use the memory again, as with `zeromq`, where only large ones are the library's until they are sent. */
import { allocateSmall, BYTE_LOOP, copy } from "../util/bytes.ts";
import { MORE, writeHeader } from "../wire/frame.ts";
import type { Message } from "./pattern.ts";

/** Frames of up to this size are copied when they are queued. */
export const COPIED = 128;

/** Puts small frames into memory of their own. */
export function ownFrames(message: Message): void {
  for (let i = 0; i < message.length; i++) {
    const frame = message[i]!;
    if (frame.length <= COPIED && frame.length > 0) message[i] = copy(frame);
  }
}

/** A message whose frames are all small as frames of ZMTP 2, a copy; undefined: one is not. */
export function encodeSmall(message: Message): Uint8Array | undefined {
  let size = 2 * message.length;
  for (let i = 0; i < message.length; i++) {
    const { length } = message[i]!;
    if (length > COPIED) return undefined;
    size += length;
  }
  const chunk = allocateSmall(size);
  let at = 0;
  for (let i = 0; i < message.length; i++) {
    const frame = message[i]!;
    const { length } = frame;
    at = writeHeader(chunk, at, i < message.length - 1 ? MORE : 0, length);
    if (length < BYTE_LOOP) for (let j = 0; j < length; j++) chunk[at + j] = frame[j]!;
    else chunk.set(frame, at);
    at += length;
  }
  return chunk;
}
