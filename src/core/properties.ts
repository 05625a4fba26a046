/** From a message back to the connection that it came over. libzmq: msg.cpp, metadata.cpp. */
import { Origin } from "../engine/origin.ts";
import { allocate } from "../util/bytes.ts";
import { mark, ownerOf } from "../util/mark.ts";
import type { Pipe } from "./pipe.ts";

/**
 * Undefined for messages of inproc, for those that a program made, and for those put together from the frames of
 * several peers. Routing ids and empty frames of our own making say nothing, so any frame may be the one that tells.
 */
export function originOf(frames: readonly Uint8Array[]): Origin | undefined {
  let found: Origin | undefined;
  for (const frame of frames) {
    const owner = ownerOf(frame);
    if (!(owner instanceof Origin) || owner === found) continue;
    if (found !== undefined) return undefined;
    found = owner;
  }
  return found;
}

/** A copy of a frame that came through the pipe, in memory that tells so. */
export function ownedCopy(frame: Uint8Array, pipe: Pipe | undefined): Uint8Array {
  const copy = allocate(frame.length);
  copy.set(frame);
  const origin = pipe?.peerInfo?.origin;
  if (origin !== undefined) mark(copy, origin);
  return copy;
}
