/** Being turned away: the ERROR command of a peer that refuses us, and ours to a peer that the ZAP handler refused. */
import { ZmqError } from "../util/errors.ts";
import { encodeError, parseError } from "../wire/command.ts";
import type { ZapVerdict } from "./mechanism.ts";

/**
 * The peer said ERROR. A reason of 300, 400 or 500 is what its ZAP handler answered, 27/ZAP "Message Format"; anything
 * else is its own affair. @throws ZmqError instead when the command is cut short.
 */
export function refusedBy(data: Uint8Array): ZmqError {
  const reason = parseError(data);
  const status =
    reason === "300" || reason === "400" || reason === "500"
      ? (Number(reason) as 300 | 400 | 500)
      : undefined;
  return new ZmqError(
    status === undefined ? "ERR_ZMTP_UNSPECIFIED" : "ERR_AUTHENTICATION",
    `the peer refused the connection: ${reason === "" ? "no reason given" : reason}`,
    { status },
  );
}

/** What tells the peer of the verdict: nothing when it may come in, or may try again later (300). */
export function refusalOf(verdict: ZapVerdict): Uint8Array | undefined {
  return verdict.status === 400 || verdict.status === 500 ? encodeError(String(verdict.status)) : undefined;
}
