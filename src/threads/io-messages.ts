/** What a context and its I/O threads say to each other by messages: rare things. Messages of sockets go over links. */
import type { MonitorEvent } from "../core/monitor.ts";
import type { OptionValues } from "../core/options.ts";
import type { SocketTypeName } from "../core/socket-type.ts";
import { ZmqError, type ZmqErrorCode } from "../util/errors.ts";

/** What an I/O thread starts with. */
export interface IoThreadData {
  readonly memory: SharedArrayBuffer;
  /** Its own key, and that of the context it works for. */
  readonly key: number;
  readonly owner: number;
  /** The owner sleeps on its bell: ring it for messages too. */
  readonly rings: boolean;
  readonly port: unknown;
  /** For `Parcels`. */
  readonly parcelPort: unknown;
}

/** From the context. `id` is that of an endpoint, never used twice. */
export type Order =
  | {
      readonly do: "bind" | "connect";
      readonly id: number;
      readonly type: SocketTypeName;
      readonly options: OptionValues;
      readonly address: string;
      /** The link that the endpoint's first pipe is to be joined to; -1: links are made as connections are. */
      readonly link: number;
      readonly routingId: Uint8Array | undefined;
    }
  | { readonly do: "close"; readonly id: number; readonly lingerMs: number }
  | { readonly do: "pass"; readonly id: number }
  | { readonly do: "sweep" }
  | { readonly do: "stop" };

/** From the I/O thread. */
export type Report =
  | { readonly of: "bound"; readonly id: number; readonly endpoint: string }
  | { readonly of: "failed"; readonly id: number; readonly error: PlainError }
  /** The address is free. */
  | { readonly of: "closed"; readonly id: number }
  /** The endpoint has ended, with all its connections. */
  | { readonly of: "gone"; readonly id: number }
  | {
      readonly of: "event";
      readonly id: number;
      readonly event: object;
      readonly error: PlainError | undefined;
    }
  | { readonly of: "sweep" }
  /** All orders before "pass" have been dealt with, and what was sent is with the system. */
  | { readonly of: "passed"; readonly id: number };

export interface PlainError {
  readonly code: ZmqErrorCode;
  readonly message: string;
  readonly address: string | undefined;
  readonly status: ZmqError["status"];
  readonly cause: string | undefined;
}

export function toPlain(error: ZmqError): PlainError {
  const { code, message, address, status, cause } = error;
  return { code, message, address, status, cause: cause === undefined ? undefined : String(cause) };
}

export function fromPlain({ code, message, address, status, cause }: PlainError): ZmqError {
  return new ZmqError(code, message, { address, status, cause });
}

export function plainEvent(event: MonitorEvent): { event: object; error: PlainError | undefined } {
  const { error, ...rest } = event as MonitorEvent & { error?: ZmqError };
  return { event: rest, error: error === undefined ? undefined : toPlain(error) };
}

export function eventFrom(event: object, error: PlainError | undefined): MonitorEvent {
  return (error === undefined ? event : { ...event, error: fromPlain(error) }) as MonitorEvent;
}
