/** Options of a context that tell libzmq's I/O threads what to do. Here they are only kept; a page has none of them. */
import { reasonFor } from "#option-reasons";
import { CONTEXT_OPTIONS, type OptionRow } from "../core/option-table.ts";
import { checkBool, checkInt } from "../core/options.ts";
import { ZmqError } from "../util/errors.ts";
import { warnOnce } from "../util/warn.ts";

type Name = keyof typeof CONTEXT_OPTIONS;
type Value = number | boolean | string | null;

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
