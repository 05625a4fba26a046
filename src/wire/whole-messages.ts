/** Finds what may be passed on as it is: whole messages, encoded as frames of ZMTP 2 and 3. */
import { LONG, MORE, smallLength } from "./frame.ts";

/** What the last call of `wholeMessages` found. */
export const found: { messages: number } = { messages: 0 };

/**
 * How far whole messages reach from `from` on: at most `max`, not beyond `to`, a command, or a frame of over
 * `maxFrameSize` bytes. `found` tells how many they are.
 */
export function wholeMessages(
  chunk: Uint8Array,
  from: number,
  to: number,
  maxFrameSize: number,
  max: number = Number.POSITIVE_INFINITY,
): number {
  let messages = 0;
  let end = from;
  for (let at = from; at + 2 <= to && messages < max; ) {
    const flags = chunk[at]!;
    if (flags > (MORE | LONG)) break;
    if ((flags & LONG) === 0) {
      const size = chunk[at + 1]!;
      if (size > maxFrameSize) break;
      at += 2 + size;
    } else {
      if (at + 9 > to) break;
      const size = smallLength(chunk, at + 1);
      if (size > maxFrameSize) break;
      at += 9 + size;
    }
    if (at > to) break;
    if ((flags & MORE) !== 0) continue;
    messages++;
    end = at;
  }
  found.messages = messages;
  return end;
}
