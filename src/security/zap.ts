/**
 * What a server asks a ZAP handler and what that answers, as frames. 27/ZAP "Message Format"; libzmq: zap_client.cpp.
 * Each question goes over a pipe of its own, so the request id need not tell them apart and is always 1.
 */
import { EMPTY, fromText, toLatin1, toText } from "../util/bytes.ts";
import { printable, ZmqError, type ZmqErrorCode } from "../util/errors.ts";
import { type Metadata, parseMetadata } from "../wire/command.ts";
import type { ZapQuestion, ZapVerdict } from "./mechanism.ts";

export const ZAP_VERSION = "1.0";
export const ZAP_REQUEST_ID = "1";
const REPLY_FRAMES = 7;

/** What the server knows of itself and the connection. */
export interface ZapScene {
  domain: Uint8Array;
  /** The peer's, without port. */
  address: string;
  /** The server's own, as libzmq has it; the RFC says the peer's. */
  routingId: Uint8Array;
}

/** The frames of a request, delimiter first. */
export function encodeRequest({ mechanism, credentials }: ZapQuestion, scene: ZapScene): Uint8Array[] {
  return [
    EMPTY,
    fromText(ZAP_VERSION),
    fromText(ZAP_REQUEST_ID),
    scene.domain,
    fromText(scene.address),
    scene.routingId,
    fromText(mechanism),
    ...credentials,
  ];
}

/** What is made of a peer where there is no handler and none is required. */
const LET_IN: ZapVerdict = { status: 200, text: "", userId: "", metadata: new Map() };

/**
 * The handler's reply, or undefined where there is no handler.
 * @throws ZmqError EFAULT for want of a handler that is required; see `decodeReply`
 */
export function verdictOf(reply: readonly Uint8Array[] | undefined, isRequired: boolean): ZapVerdict {
  if (reply !== undefined) return decodeReply(reply);
  if (!isRequired) return LET_IN;
  throw new ZmqError(
    "EFAULT",
    "no ZAP handler is bound to inproc://zeromq.zap.01 in this context: start an Authenticator before peers come",
  );
}

/** Of a verdict that is not 200. */
export function refusalOf({ status, text }: ZapVerdict): ZmqError {
  const what = status === 300 ? "could not decide about" : status === 400 ? "refused" : "failed in judging";
  return new ZmqError(
    "ERR_AUTHENTICATION",
    `the ZAP handler ${what} the peer (${status}): ${text === "" ? "no reason given" : text}`,
    { status: status === 200 ? undefined : status },
  );
}

/** The handler's answer. @throws ZmqError `ERR_ZAP_…` when it is none; the peer is not let in then. */
export function decodeReply(reply: readonly Uint8Array[]): ZapVerdict {
  if (reply.length !== REPLY_FRAMES) {
    throw broken("ERR_ZAP_MALFORMED_REPLY", `${reply.length} frames, delimiter counted, where 7 are due`);
  }
  const [delimiter, version, requestId, status, text, userId, metadata] = reply as Uint8Array[] & {
    length: 7;
  };
  if (delimiter!.length > 0) throw broken("ERR_ZAP_UNSPECIFIED", "no delimiter at the start");
  if (toLatin1(version!) !== ZAP_VERSION) {
    throw broken("ERR_ZAP_BAD_VERSION", `version ${printable(version!)} where 1.0 is due`);
  }
  if (toLatin1(requestId!) !== ZAP_REQUEST_ID) {
    throw broken(
      "ERR_ZAP_BAD_REQUEST_ID",
      `request id ${printable(requestId!)}; send back the one that came`,
    );
  }
  return {
    status: statusOf(status!),
    text: toText(text!),
    userId: toText(userId!),
    metadata: metadataOf(metadata!),
  };
}

function statusOf(frame: Uint8Array): ZapVerdict["status"] {
  const text = toLatin1(frame);
  if (text === "200" || text === "300" || text === "400" || text === "500") return Number(text) as 200;
  throw broken("ERR_ZAP_INVALID_STATUS_CODE", `status ${printable(frame)}; use 200, 300, 400 or 500`);
}

function metadataOf(frame: Uint8Array): Metadata {
  try {
    return parseMetadata(frame);
  } catch {
    throw broken("ERR_ZAP_INVALID_METADATA", "metadata that are cut short");
  }
}

function broken(code: ZmqErrorCode, what: string): ZmqError {
  return new ZmqError(code, `the ZAP handler answered with ${what}`);
}
