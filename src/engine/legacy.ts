/**
 * What is different with peers of ZMTP 1.0 and 2.0.
 *
 * The handshake, after the greeting: no mechanism, no metadata; each side sends its identity as the first
 * frame. 13/ZMTP and 15/ZMTP.
 */
import { ZmqError } from "../util/errors.ts";
import type { FrameDecoder } from "../wire/decoder.ts";
import type { Agreement } from "../wire/greeting.ts";
import type { EnginePipe } from "./connection.ts";
import type { HandshakeOptions } from "./handshake.ts";
import type { FrameOutbox } from "./outbox.ts";

/** @throws ZmqError where the socket wants more security than there is */
export function startLegacy(
  { version, unversioned }: Agreement,
  { mechanism, routingId, zap }: HandshakeOptions,
  decoder: FrameDecoder,
  outbox: FrameOutbox,
): void {
  if (mechanism !== "NULL" || zap !== undefined) {
    throw new ZmqError(
      "ERR_ZMTP_MECHANISM_MISMATCH",
      `this socket uses ${zap === undefined ? mechanism : `${mechanism} with ZAP`}, but the peer speaks ZMTP ${version}.0, which has no security`,
    );
  }
  const framing = version === 1 ? 1 : 2;
  decoder.framing = framing;
  outbox.framing = framing;
  // A true ZMTP 1.0 peer has read our signature as the header of the identity frame: only its body is missing.
  if (unversioned) outbox.raw(routingId);
  else outbox.frame(0, routingId);
}

/** A subscriber of ZMTP 1.0 filters for itself; libzmq takes it for subscribed to everything. */
export function subscribeLegacy(
  { takesSubscriptions, hasGroups }: { takesSubscriptions: boolean; hasGroups: boolean },
  pipe: EnginePipe,
): void {
  if (takesSubscriptions && !hasGroups) pipe.deliver([Uint8Array.of(1)]);
}
