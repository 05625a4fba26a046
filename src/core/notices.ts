/**
 * Messages that no peer's program has written: those that options put at the front and at the end of a connection.
 * Each call makes new ones, since what is received belongs to the receiver. libzmq: session_base.cpp engine_error,
 * stream_engine_base.cpp mechanism_ready and error, socket_base.cpp connect_internal.
 */
import type { Message } from "../engine/connection.ts";
import { copy, EMPTY } from "../util/bytes.ts";
import { bytesOf, isRaw, type OptionName, type OptionValues, takes } from "./options.ts";
import type { SocketTypeName } from "./socket-type.ts";

const NOTIFY_CONNECT = 1;
const NOTIFY_DISCONNECT = 2;

/** ZMQ_HELLO_MSG: what the peer shall receive first. */
export function helloOf(type: SocketTypeName, options: OptionValues): Message | undefined {
  return isRaw(type, options) ? undefined : messageOf("helloMessage", type, options);
}

/** ZMQ_DISCONNECT_MSG: what a bound socket receives when an inproc peer leaves. */
export function disconnectMessageOf(type: SocketTypeName, options: OptionValues): Message | undefined {
  return messageOf("disconnectMessage", type, options);
}

/** What the own socket receives first from a new connection. */
export function greetingOf(type: SocketTypeName, options: OptionValues): Message | undefined {
  return notifies(type, options, NOTIFY_CONNECT) ? [EMPTY] : undefined;
}

/** What the own socket receives last from a connection that it made, or else took. */
export function farewellsOf(type: SocketTypeName, options: OptionValues, isDialer: boolean): Message[] {
  const messages: Message[] = [];
  if (notifies(type, options, NOTIFY_DISCONNECT)) messages.push([EMPTY]);
  const last = messageOf(isDialer ? "hiccupMessage" : "disconnectMessage", type, options);
  if (last !== undefined) messages.push(last);
  return messages;
}

/** A raw ROUTER always tells, as in libzmq; a STREAM does so by itself, see `api/stream.ts`. */
function notifies(type: SocketTypeName, options: OptionValues, event: number): boolean {
  return type === "ROUTER" && ((options.routerNotify & event) !== 0 || isRaw(type, options));
}

function messageOf(
  name: Extract<OptionName, "helloMessage" | "disconnectMessage" | "hiccupMessage">,
  type: SocketTypeName,
  options: OptionValues,
): Message | undefined {
  const value = options[name];
  if (value === null || !takes(type, name)) return undefined;
  return [copy(bytesOf(value)!)];
}
