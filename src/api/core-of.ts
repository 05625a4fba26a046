/** The way from a public socket object to its private side, for the files of `api/` and `tools/`. */
import type { SocketCore } from "../core/socket-core.ts";
import { ZmqError } from "../util/errors.ts";

let read: (socket: object) => SocketCore;

/** Called once, by the class that has the private field. */
export function provideCoreOf(reader: (socket: object) => SocketCore): void {
  read = reader;
}

/** @throws TypeError for anything that is no socket of this library */
export function coreOf(socket: object): SocketCore {
  return read(socket);
}

/** As `coreOf`, for calls that are not allowed while a proxy runs on the socket. @throws ZmqError EBUSY */
export function freeCoreOf(socket: object): SocketCore {
  const core = read(socket);
  if (core.isHeld)
    throw new ZmqError("EBUSY", "Socket is busy: a proxy runs on it; terminate() the proxy first");
  return core;
}
