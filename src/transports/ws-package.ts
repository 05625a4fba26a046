/** The package `ws`, loaded when the first `ws://` endpoint is used. */
import type { OptionValues } from "../core/options.ts";
import { ZmqError } from "../util/errors.ts";

export type WsPackage = typeof import("ws");

let loading: Promise<WsPackage> | undefined;

/** @throws ZmqError EPROTONOSUPPORT as a rejection, where it is not installed */
export function loadWs(): Promise<WsPackage> {
  loading ??= import("ws").catch((cause) => {
    loading = undefined;
    throw new ZmqError("EPROTONOSUPPORT", "ws:// and wss:// need the package ws: npm install ws", { cause });
  });
  return loading;
}

/** Many small frames may share a message. */
const BATCH_MAX = 131_072;

/** The largest WebSocket message; 0 for any. The frames in it are looked at one by one later. `ws` counts in 32 bits. */
export function maxPayloadOf({ maxMessageSize }: OptionValues): number {
  return maxMessageSize < 0 || maxMessageSize > 2 ** 31 - 65 ? 0 : Math.max(maxMessageSize + 64, BATCH_MAX);
}
