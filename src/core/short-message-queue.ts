/** `message-queue.ts` for pages: their queues are short, and each byte of it counts. */
import { Queue } from "../util/queue.ts";
import { ownFrames } from "./own-frames.ts";
import type { Message } from "./pattern.ts";

export class MessageQueue extends Queue<Message> {
  pushCopy(message: Message): void {
    ownFrames(message);
    this.push(message);
  }

  /** Takes none: they come one by one. */
  pushFrames(_chunk: Uint8Array, from: number): number {
    return from;
  }
}
