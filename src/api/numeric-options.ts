/**
 * Options by libzmq's numbers: `zmq_getsockopt` and `zmq_setsockopt`. Most are rows of the option table; the others
 * are read off the socket, or are calls. libzmq: options.cpp, socket_base.cpp getsockopt.
 */
import { OPTIONS, type OptionRow } from "../core/option-table.ts";
import { bytesOf, type OptionName, takes } from "../core/options.ts";
import { SOCKET_TYPES, type SocketTypeName } from "../core/socket-type.ts";
import { copy, view } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import { coreOf } from "./core-of.ts";
import type { Socket } from "./socket.ts";
import { setSubscription } from "./topics.ts";

/** What `setOption` takes. */
export type OptionValue = number | bigint | boolean | string | ArrayBufferView | null;
type Result = number | string | Buffer | null;

const SUBSCRIBE = 6;
const UNSUBSCRIBE = 7;
const IPV4ONLY = 31;
const XPUB_VERBOSE = 40;
const XPUB_VERBOSER = 78;
const POLLIN = 1;
const POLLOUT = 2;
const MECHANISMS = [null, "plain", "curve", "gssapi"] as const;

const ROWS: Readonly<Record<OptionName, OptionRow>> = OPTIONS;
const BY_ID: ReadonlyMap<number, OptionName> = new Map(
  (Object.keys(ROWS) as OptionName[])
    .filter((name) => ROWS[name].id > 0 && name !== "verbosity")
    .map((name) => [ROWS[name].id, name]),
);

/** Those that are no rows of the table and can be read only. */
const STATE: Readonly<Record<number, (socket: Socket) => Result>> = {
  /** ZMQ_RCVMORE: what `receive` gives is a whole message, so there is never more of it. */
  13: () => 0,
  /** ZMQ_FD */
  14: () => {
    throw new ZmqError(
      "ENOTSUP",
      "a socket has no file descriptor here; await receive(), or read its events",
    );
  },
  /** ZMQ_EVENTS */
  15: (socket) => (socket.readable ? POLLIN : 0) | (socket.writable ? POLLOUT : 0),
  /** ZMQ_TYPE */
  16: (socket) => SOCKET_TYPES[coreOf(socket).type].id,
  /** ZMQ_LAST_ENDPOINT */
  32: (socket) => socket.lastEndpoint,
  /** ZMQ_MECHANISM */
  43: (socket) => MECHANISMS.indexOf(socket.securityMechanism),
  /** ZMQ_THREAD_SAFE */
  81: (socket) => Number(socket.threadSafe),
  /** ZMQ_TOPICS_COUNT */
  116: (socket) => {
    const { pattern, type } = coreOf(socket);
    if (pattern.topicsCount === undefined) throw unknown(type, 116);
    return pattern.topicsCount;
  },
};

/** @throws TypeError, ZmqError EINVAL, ENOTSUP, ENOTSOCK */
export function getByNumber(socket: Socket, option: unknown): Result {
  const core = coreOf(socket);
  core.checkOptionsOpen();
  const id = checkNumber(option);
  const state = STATE[id];
  if (state !== undefined) return state(socket);
  const { type, options } = core;
  if (id === IPV4ONLY) return options.ipv6 ? 0 : 1;
  if (isVerbosity(id, type))
    return Number(id === XPUB_VERBOSE ? options.verbosity !== null : options.verbosity === "allSubsUnsubs");
  const name = nameOf(id, type);
  const { kind, values } = ROWS[name];
  const value = options[name];
  if (values !== undefined) return values.indexOf(String(value));
  if (kind === "bytes") return value === null ? null : (copy(bytesOf(value as string)!) as Buffer);
  const shown = core.getOption(name);
  return typeof shown === "boolean" ? Number(shown) : (shown as Result);
}

/** @throws TypeError, ZmqError EINVAL, ENOTSUP, ENOTSOCK */
export function setByNumber(socket: Socket, option: unknown, value: unknown): void {
  const core = coreOf(socket);
  core.checkOptionsOpen();
  const id = checkNumber(option);
  const { type } = core;
  if (id === SUBSCRIBE || id === UNSUBSCRIBE) {
    setSubscription(socket, value ?? "", id === SUBSCRIBE);
  } else if (STATE[id] !== undefined) {
    throw new ZmqError("EINVAL", `option ${id} can be read only`);
  } else if (id === IPV4ONLY) {
    core.setOption("ipv6", !toBool(value, "ipv6"));
  } else if (isVerbosity(id, type)) {
    const isWanted = toBool(value, "verbosity");
    const verbosity = id === XPUB_VERBOSE ? "allSubs" : "allSubsUnsubs";
    core.setOption("verbosity", isWanted ? verbosity : null);
  } else {
    const name = nameOf(id, type);
    core.setOption(name, converted(ROWS[name], value, name));
  }
}

/** As the table's checks want it. */
function converted(row: OptionRow, value: unknown, name: OptionName): unknown {
  if (row.kind === "bool") return toBool(value, name);
  if (row.kind === "int") return toNumber(value);
  const { values } = row;
  if (values !== undefined && typeof value === "number") return values[value] ?? String(value);
  return ArrayBuffer.isView(value) ? view(value) : value;
}

/** Many of libzmq's options take any number that is not negative for a boolean; ours all do. */
function toBool(value: unknown, name: string): boolean {
  if (typeof value === "boolean") return value;
  const number = toNumber(value);
  if (typeof number !== "number") throw new TypeError(`Option value must be a boolean or a number: ${name}`);
  if (!Number.isInteger(number) || number < 0) {
    throw new ZmqError("EINVAL", `${name} must be 0 or 1, not ${number}`);
  }
  return number !== 0;
}

function toNumber(value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

function isVerbosity(id: number, type: SocketTypeName): boolean {
  return (id === XPUB_VERBOSE || id === XPUB_VERBOSER) && isTaken("verbosity", type);
}

/** libzmq's PUB is an XPUB that does not receive, and has its options. */
function isTaken(name: OptionName, type: SocketTypeName): boolean {
  return takes(type, name) || ROWS[name].anywhere === true || (type === "PUB" && takes("XPUB", name));
}

/** @throws ZmqError EINVAL */
function nameOf(id: number, type: SocketTypeName): OptionName {
  const name = BY_ID.get(id);
  if (name === undefined || !isTaken(name, type)) throw unknown(type, id);
  return name;
}

function checkNumber(option: unknown): number {
  if (typeof option !== "number") throw new TypeError("Identifier must be a number");
  return option;
}

function unknown(type: SocketTypeName, option: number): ZmqError {
  return new ZmqError("EINVAL", `a ${type} socket has no option ${option}`);
}
