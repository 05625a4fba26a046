/** Option values: their types, defaults and checks, all from the table in `option-table.ts`. */
import { copy, toText } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import { warnOnce } from "../util/warn.ts";
import { OPTIONS, type OptionRow } from "./option-table.ts";
import type { SocketTypeName } from "./socket-type.ts";

export type OptionName = keyof typeof OPTIONS;
type ValueOf<K> = K extends "int" ? number : K extends "bool" ? boolean : string | Uint8Array | null;
/** The value of every option, by name. */
export type OptionValues = { -readonly [N in OptionName]: ValueOf<(typeof OPTIONS)[N]["kind"]> };

const ROWS: Readonly<Record<OptionName, OptionRow>> = OPTIONS;
const INT_MAX = 2 ** 31 - 1;

/** The options that a socket type takes. */
export function optionsOf(type: SocketTypeName): OptionName[] {
  return (Object.keys(ROWS) as OptionName[]).filter((name) => ROWS[name].on?.includes(type) ?? true);
}

export function isLive(name: OptionName): boolean {
  return ROWS[name].live === true;
}

/** Spread, since V8 keeps what is filled in a loop as a hash table: 20 times as long to copy, and slow to read. */
const DEFAULTS: OptionValues = {
  ...(Object.fromEntries(Object.entries(ROWS).map(([name, row]) => [name, row.default])) as OptionValues),
};

export function defaultOptions(): OptionValues {
  return { ...DEFAULTS };
}

/**
 * The value as it is stored.
 * @throws TypeError when it is of the wrong type; ZmqError EINVAL out of range, ENOTSUP where setting it is refused.
 */
export function checkOption(name: OptionName, value: unknown): number | boolean | string | Uint8Array | null {
  const row = ROWS[name];
  const checked = CHECKS[row.kind](name, row, value);
  if (row.refused !== undefined && checked !== row.default) {
    throw new ZmqError("ENOTSUP", `${name} cannot be set: ${row.refused}`);
  }
  if (row.stored !== undefined && checked !== row.default) {
    warnOnce("ZMQ_OPTION_NOT_APPLIED", `${name} is stored but has no effect: ${row.stored}`);
  }
  return checked;
}

const CHECKS = {
  int(name: string, row: OptionRow, value: unknown): number {
    if (typeof value !== "number") throw new TypeError(`Option value must be a number: ${name}`);
    const { min = -INT_MAX - 1, max = INT_MAX } = row;
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new ZmqError("EINVAL", `${name} must be a whole number from ${min} to ${max}, not ${value}`);
    }
    return value;
  },
  bool(name: string, _row: OptionRow, value: unknown): boolean {
    if (typeof value !== "boolean") throw new TypeError(`Option value must be a boolean: ${name}`);
    return value;
  },
  text(name: string, row: OptionRow, value: unknown): string | Uint8Array | null {
    if (value === null || value === "") return null;
    if (typeof value !== "string" && !(value instanceof Uint8Array)) {
      throw new TypeError(`Option value must be a string or buffer: ${name}`);
    }
    if (name === "verbosity" && value !== "allSubs" && value !== "allSubsUnsubs") {
      throw new ZmqError(
        "EINVAL",
        `verbosity must be null, "allSubs" or "allSubsUnsubs", not ${String(value)}`,
      );
    }
    const length = typeof value === "string" ? new TextEncoder().encode(value).length : value.length;
    if (length === 0) return null;
    if (row.max !== undefined && length > row.max) {
      throw new ZmqError("EINVAL", `${name} must be 1 to ${row.max} bytes, not ${length}`);
    }
    return typeof value === "string" ? value : copy(value);
  },
};

/** An option as users read it: text even where bytes were given. */
export function readable(value: OptionValues[OptionName]): number | boolean | string | null {
  return value instanceof Uint8Array ? toText(value) : value;
}
