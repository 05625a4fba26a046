/** Options of a context by libzmq's numbers, and those that tell threads what to do, which here are only kept. */
import { reasonFor } from "#option-reasons";
import { CONTEXT_OPTIONS, type OptionRow } from "../core/option-table.ts";
import { checkBool, checkInt } from "../core/options.ts";
import { ZmqError } from "../util/errors.ts";
import { warnOnce } from "../util/warn.ts";

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

/** What libzmq would do with its I/O threads. */
export class ThreadOptions {
  readonly values: { threadNamePrefix: string | number | null; zeroCopyReceive: boolean } & Record<
    "threadPriority" | "threadSchedulingPolicy",
    number
  > = { threadPriority: -1, threadSchedulingPolicy: -1, threadNamePrefix: null, zeroCopyReceive: true };
  readonly #processors = new Set<number>();

  /** @throws TypeError, ZmqError EINVAL */
  set(name: Name, value: Value): void {
    const { values } = this;
    if (name === "threadPriority" || name === "threadSchedulingPolicy")
      values[name] = checkInt(name, value, 0);
    else if (name === "threadNamePrefix") values.threadNamePrefix = checkPrefix(value);
    else if (name === "zeroCopyReceive") values.zeroCopyReceive = checkBool(name, value);
    else if (name === "threadAffinityAdd") this.#processors.add(checkInt(name, value, 0));
    else if (!this.#processors.delete(checkInt(name, value, 0))) {
      throw new ZmqError("EINVAL", `the processor ${value} was not added`);
    }
    const { stored } = CONTEXT_OPTIONS[name] as Pick<OptionRow, "stored">;
    warnOnce("ZMQ_OPTION_NOT_APPLIED", `${name} is stored but has no effect: ${reasonFor(stored!)}`);
  }
}

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

/** libzmq takes a number as well: older versions had nothing else. */
function checkPrefix(value: Value): string | number | null {
  if (value === null || value === "") return null;
  if (typeof value === "number") return checkInt("threadNamePrefix", value, 0);
  if (typeof value !== "string") throw new TypeError("Option value must be a string: threadNamePrefix");
  if (new TextEncoder().encode(value).length > 16) {
    throw new ZmqError("EINVAL", `threadNamePrefix must be 1 to 16 bytes, not "${value}"`);
  }
  return value;
}
