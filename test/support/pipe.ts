/** A pair of pipes whose owners write down what they are told. */

import { Pipe, type PipeOwner } from "#src/core/pipe.js";
import type { Message } from "#src/engine/connection.js";

export class Owner implements PipeOwner {
  readonly log: string[] = [];
  readonly taken: Message[] = [];
  takes = true;
  onReadable: ((pipe: Pipe) => void) | undefined;
  onWritable: ((pipe: Pipe) => void) | undefined;
  onClosed: ((pipe: Pipe) => void) | undefined;

  readable(pipe: Pipe): void {
    this.log.push("readable");
    this.onReadable?.(pipe);
  }

  writable(pipe: Pipe): void {
    this.log.push("writable");
    this.onWritable?.(pipe);
  }

  closed(pipe: Pipe): void {
    this.log.push("closed");
    this.onClosed?.(pipe);
  }

  take(message: Message): boolean {
    if (this.takes) this.taken.push(message);
    return this.takes;
  }
}

export interface Ends {
  /** The socket's end; `limit` is for what it writes. */
  near: Pipe;
  far: Pipe;
  nearOwner: Owner;
  farOwner: Owner;
}

export function makePipe(limit = 0, backLimit = 0, bothCopy = false): Ends {
  const [near, far] = Pipe.pair(limit, backLimit, bothCopy);
  const nearOwner = new Owner();
  const farOwner = new Owner();
  near.owner = nearOwner;
  far.owner = farOwner;
  return { near, far, nearOwner, farOwner };
}

export function text(message: Message | undefined): string | undefined {
  return message?.map((frame) => Buffer.from(frame).toString("latin1")).join("|");
}

export function message(...frames: string[]): Message {
  return frames.map((frame) => Buffer.from(frame, "latin1"));
}
