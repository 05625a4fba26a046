/**
 * What is known of the peer that a message came from. A message carries nothing itself: its bytes lie in memory that was
 * noted as its connection's when it arrived.
 */
import { originOf } from "../core/properties.ts";
import { toText } from "../util/bytes.ts";

/** A received message, or one of its parts. */
export type Received = readonly Uint8Array[] | Uint8Array;

/**
 * zmq_msg_gets. One property of the peer that a received message came from; undefined when there is none of that name.
 * Names are compared with their case.
 *
 * - `User-Id`, and whatever metadata the ZAP handler gave: from the authenticator, so it can be relied upon.
 * - `Peer-Address`: the IP address of the other end of the connection; `localhost` over ipc.
 * - `Socket-Type`, `Identity` and the peer's own `X-…` (its option `metadata`): the peer's word, and no more.
 *
 * Messages over inproc have none. Copies of frames have none either: ask before copying.
 *
 * @see 37/ZMTP "The NULL Security Mechanism", 27/ZAP "Message Format"
 */
export function messageProperty(message: Received, name: string): string | undefined {
  const value = originOf(framesOf(message))?.get(name);
  return value === undefined ? undefined : toText(value);
}

/** All of them, by name; an object without prototype, empty when there are none. */
export function messageProperties(message: Received): Record<string, string> {
  const properties: Record<string, string> = Object.create(null);
  const origin = originOf(framesOf(message));
  if (origin !== undefined) {
    for (const name of origin.names()) properties[name] = toText(origin.get(name)!);
  }
  return properties;
}

function framesOf(message: Received): readonly Uint8Array[] {
  const frames = message instanceof Uint8Array ? [message] : message;
  if (Array.isArray(frames) && frames.every((frame) => frame instanceof Uint8Array)) return frames;
  throw new TypeError("properties are those of a received message: its parts, or one of them");
}
