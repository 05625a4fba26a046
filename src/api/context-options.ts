/** Options of a context by libzmq's numbers. */
import type { ThreadOptions } from "#thread-options";
import { CONTEXT_OPTIONS } from "../core/option-table.ts";
import { ZmqError } from "../util/errors.ts";

type Name = keyof typeof CONTEXT_OPTIONS;
type Value = number | boolean | string | null;

/** `sizeof (zmq_msg_t)`, for programs that ask. */
const MSG_T_SIZE = 64;
/** Number → property that is read; 3 is another one when it is set. */
const READ: ReadonlyMap<number, Name> = byNumber((name) => name !== "threadPriority");
const WRITTEN: ReadonlyMap<number, Name> = byNumber(
  (name) => name !== "maxSocketsLimit" && name !== "messageStructSize",
);
const BOOLEANS: ReadonlySet<Name> = new Set<Name>(["ipv6", "blocky", "zeroCopyReceive"]);

/** @throws ZmqError EINVAL */
export function getByNumber(context: object, threads: ThreadOptions, option: number): number | string | null {
  const name = nameOf(READ, option);
  if (name === "messageStructSize") return MSG_T_SIZE;
  if (name === "threadNamePrefix" || name === "threadSchedulingPolicy") return threads.values[name];
  if (name.startsWith("threadAffinity")) throw unknown(option);
  const value = (context as Record<Name, number | boolean>)[name];
  return Number(value);
}

/** @throws TypeError, ZmqError EINVAL */
export function setByNumber(context: object, threads: ThreadOptions, option: number, value: Value): void {
  const name = nameOf(WRITTEN, option);
  const converted = BOOLEANS.has(name) && typeof value === "number" ? value !== 0 : value;
  if (name.startsWith("thread") || name === "zeroCopyReceive") threads.set(name, converted);
  else (context as Record<Name, Value>)[name] = converted;
}

function byNumber(isIn: (name: Name) => boolean): ReadonlyMap<number, Name> {
  const names = (Object.keys(CONTEXT_OPTIONS) as Name[]).filter(isIn);
  return new Map(names.map((name) => [CONTEXT_OPTIONS[name].id, name]));
}

function nameOf(names: ReadonlyMap<number, Name>, option: number): Name {
  if (typeof option !== "number") throw new TypeError("Identifier must be a number");
  const name = names.get(option);
  if (name === undefined) throw unknown(option);
  return name;
}

function unknown(option: number): ZmqError {
  return new ZmqError("EINVAL", `there is no context option ${option}`);
}
