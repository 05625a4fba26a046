/** Frames whose sender may use the memory again, as with `zeromq`, where only large ones are the library's until they are sent. */
import { copy } from "../util/bytes.ts";
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
