/**
 * The handler's side of ZAP: requests as they come to a ROUTER, and the replies to them. 27/ZAP "Message Format". The
 * server's side is in `zap.ts`.
 */
import { concat, fromText, toLatin1, toText } from "../util/bytes.ts";
import { printable, ZmqError } from "../util/errors.ts";
import { encodeMetadata } from "../wire/command.ts";
import { ZAP_VERSION } from "./zap.ts";

export interface ZapRequest {
  /** The way back: routing ids and the delimiter. */
  envelope: Uint8Array[];
  requestId: Uint8Array;
  domain: string;
  address: string;
  routingId: string;
  mechanism: string;
  credentials: Uint8Array[];
  /** What is wrong with it; it is to be refused then. */
  fault: string | undefined;
}

export interface ZapReply {
  status: 200 | 300 | 400 | 500;
  text: string;
  userId: string;
  /** As `encodeProperties` makes them. */
  metadata: Uint8Array;
}

/** Frames before the credentials. */
const FIXED = 6;
/** Mechanism → the credentials it comes with. */
const CREDENTIALS: ReadonlyMap<string, number> = new Map([
  ["NULL", 0],
  ["PLAIN", 2],
  ["CURVE", 1],
]);
const KEY_SIZE = 32;
const TEXT_MAX = 255;

/** Undefined for what cannot even be answered. */
export function parseZapRequest(message: readonly Uint8Array[]): ZapRequest | undefined {
  const delimiter = message.findIndex((frame) => frame.length === 0);
  const frames = message.slice(delimiter + 1);
  const [version, requestId, domain, address, routingId, mechanism, ...credentials] = frames;
  if (delimiter < 0 || version === undefined || requestId === undefined) return undefined;
  const request: ZapRequest = {
    envelope: message.slice(0, delimiter + 1),
    requestId,
    domain: textOf(domain),
    address: textOf(address),
    routingId: textOf(routingId),
    mechanism: textOf(mechanism),
    credentials,
    fault: undefined,
  };
  request.fault = faultOf(request, version, frames.length);
  return request;
}

function faultOf(request: ZapRequest, version: Uint8Array, frames: number): string | undefined {
  if (toLatin1(version) !== ZAP_VERSION)
    return `the version of the request is ${printable(version)}, not 1.0`;
  if (frames < FIXED) return `the request has ${frames} frames where ${FIXED} are the least`;
  const { mechanism, credentials } = request;
  const expected = CREDENTIALS.get(mechanism);
  if (expected === undefined) return undefined;
  if (credentials.length !== expected)
    return `${mechanism} comes with ${expected} credentials, not ${credentials.length}`;
  if (mechanism === "CURVE" && credentials[0]!.length !== KEY_SIZE)
    return `a CURVE key has ${KEY_SIZE} bytes, not ${credentials[0]!.length}`;
  return undefined;
}

function textOf(frame: Uint8Array | undefined): string {
  return frame === undefined ? "" : toText(frame);
}

export function encodeZapReply(request: ZapRequest, reply: ZapReply): Uint8Array[] {
  return [
    ...request.envelope,
    fromText(ZAP_VERSION),
    request.requestId,
    fromText(String(reply.status)),
    fromText(reply.text).subarray(0, TEXT_MAX),
    fromText(reply.userId),
    reply.metadata,
  ];
}

/** @throws ZmqError EINVAL for a name that is empty or too long, or a value that is no text */
export function encodeProperties(properties: Readonly<Record<string, string>>): Uint8Array {
  const metadata = new Map<string, Uint8Array>();
  for (const [name, value] of Object.entries(properties)) {
    const { length } = fromText(name);
    if (length < 1 || length > 255 || typeof value !== "string") {
      throw new ZmqError(
        "EINVAL",
        `metadata have names of 1 to 255 bytes and texts as values, not ${JSON.stringify(name)}: ${typeof value}`,
      );
    }
    metadata.set(name, fromText(value));
  }
  return metadata.size === 0 ? concat([], 0) : encodeMetadata(metadata);
}
