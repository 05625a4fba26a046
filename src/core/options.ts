/** Option values: their types, defaults and checks, all from the table in `option-table.ts`. */

import { parseNetworks } from "#accept-filter";
import { reasonFor } from "#option-reasons";
import { parseKey } from "../security/curve-keys.ts";
import { prepareMechanism } from "../security/load-mechanism.ts";
import { z85Encode } from "../security/z85.ts";
import { copy, EMPTY, fromText, toText } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import { warnOnce } from "../util/warn.ts";
import { parseHostPort } from "./endpoint.ts";
import { OPTIONS, type OptionRow } from "./option-table.ts";
import type { SocketTypeName } from "./socket-type.ts";

export type OptionName = keyof typeof OPTIONS;
/** Names and values of metadata. */
export type Properties = Readonly<Record<string, string>>;
type ValueOf<K> = K extends "int"
  ? number
  : K extends "bool"
    ? boolean
    : K extends "key"
      ? Uint8Array | null
      : K extends "properties"
        ? Properties | null
        : string | Uint8Array | null;
/** The value of every option, by name. */
export type OptionValues = { -readonly [N in OptionName]: ValueOf<(typeof OPTIONS)[N]["kind"]> };

const ROWS: Readonly<Record<OptionName, OptionRow>> = OPTIONS;
export const INT_MAX: number = 2 ** 31 - 1;

/** The options that a socket type takes. */
export function optionsOf(type: SocketTypeName): OptionName[] {
  return (Object.keys(ROWS) as OptionName[]).filter((name) => takes(type, name));
}

/** Does the option mean something on this type? By number some can be set all the same, as in libzmq. */
export function takes(type: SocketTypeName, name: OptionName): boolean {
  return ROWS[name].on?.includes(type) ?? true;
}

/** ZMQ_CONFLATE where it has an effect. */
export function conflates(type: SocketTypeName, options: OptionValues): boolean {
  return options.conflate && takes(type, "conflate");
}

/** Plain byte streams in place of ZMTP. */
export function isRaw(type: SocketTypeName, options: OptionValues): boolean {
  return type === "STREAM" || (options.raw && takes(type, "raw"));
}

/** ZMQ_ROUTING_ID as bytes, empty where none is set. */
export function routingIdOf(options: OptionValues): Uint8Array {
  return bytesOf(options.routingId) ?? EMPTY;
}

/** An option that may have been given as text or as bytes; undefined where it is not set. */
export function bytesOf(value: string | Uint8Array | null): Uint8Array | undefined {
  if (value === null) return undefined;
  return typeof value === "string" ? fromText(value) : value;
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

const honoured = new Set<OptionName>();

/** A transport says that this runtime can apply what others can only store. */
export function honours(name: OptionName): void {
  honoured.add(name);
}

/**
 * The value as it is stored. `before`: the one that it replaces, or adds to.
 * @throws TypeError when it is of the wrong type; ZmqError EINVAL out of range, ENOTSUP where setting it is refused.
 */
export function checkOption(
  name: OptionName,
  value: unknown,
  before: OptionValues[OptionName] = null,
): OptionValues[OptionName] {
  const row = ROWS[name];
  const checked = CHECKS[row.kind](name, row, value, before);
  if (row.refused !== undefined && checked !== row.default) {
    throw new ZmqError("ENOTSUP", `${name} cannot be set: ${reasonFor(row.refused)}`);
  }
  if (row.stored !== undefined && checked !== row.default && !honoured.has(name)) {
    warnOnce("ZMQ_OPTION_NOT_APPLIED", `${name} is stored but has no effect: ${reasonFor(row.stored)}`);
  }
  return checked;
}

/** @throws TypeError; ZmqError EINVAL */
export function checkInt(
  name: string,
  value: unknown,
  min: number = -INT_MAX - 1,
  max: number = INT_MAX,
): number {
  if (typeof value !== "number") throw new TypeError(`Option value must be a number: ${name}`);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ZmqError("EINVAL", `${name} must be a whole number from ${min} to ${max}, not ${value}`);
  }
  return value;
}

/** @throws TypeError */
export function checkBool(name: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw new TypeError(`Option value must be a boolean: ${name}`);
  return value;
}

const CHECKS = {
  int(name: string, { min, max, step = 1 }: OptionRow, value: unknown): number {
    const checked = checkInt(name, value, min, max);
    return checked - (checked % step);
  },
  bool: (name: string, _row: OptionRow, value: unknown): boolean => checkBool(name, value),
  bytes(name: string, row: OptionRow, value: unknown): string | Uint8Array | null {
    if (value === null || value === "") return null;
    if (typeof value !== "string" && !(value instanceof Uint8Array)) {
      throw new TypeError(`Option value must be a string or buffer: ${name}`);
    }
    const length = typeof value === "string" ? new TextEncoder().encode(value).length : value.length;
    if (length === 0) return null;
    if (row.max !== undefined && length > row.max) {
      throw new ZmqError("EINVAL", `${name} must be 1 to ${row.max} bytes, not ${length}`);
    }
    return typeof value === "string" ? value : copy(value);
  },
  text(name: string, row: OptionRow, value: unknown, before: unknown): string | Uint8Array | null {
    const { values } = row;
    if (values !== undefined && value !== null && !values.includes(value as string)) {
      const allowed = [row.default, ...values].filter((item, i, all) => all.indexOf(item) === i);
      throw new ZmqError(
        "EINVAL",
        `${name} must be one of ${allowed.map((item) => JSON.stringify(item)).join(", ")}, not ${String(value)}`,
      );
    }
    const checked = CHECKS.bytes(name, row, value);
    const form = FORMS[name];
    if (checked === null || form === undefined) return checked;
    return form(typeof checked === "string" ? checked : toText(checked), before);
  },
  key(name: string, _row: OptionRow, value: unknown): Uint8Array {
    const key = parseKey(name, value);
    // Loading takes some milliseconds: it is likely over before the first connection stands. One that fails is told there.
    prepareMechanism("CURVE")?.catch(() => {});
    return key;
  },
  properties(name: string, _row: OptionRow, value: unknown, before: unknown): Properties | null {
    if (value === null) return null;
    if (typeof value === "string" || value instanceof Uint8Array) {
      const text = typeof value === "string" ? value : toText(value);
      const colon = text.indexOf(":");
      if (colon < 0)
        throw new ZmqError("EINVAL", `${name} takes an object, or a text X-name:value, not ${text}`);
      return { ...(before as Properties | null), ...property(text.slice(0, colon), text.slice(colon + 1)) };
    }
    if (typeof value !== "object") throw new TypeError(`Option value must be an object or a string: ${name}`);
    const properties: Record<string, string> = {};
    for (const [key, text] of Object.entries(value)) Object.assign(properties, property(key, text));
    return properties;
  },
};

/** Texts that must have a certain form, and what is stored of them. @throws ZmqError EINVAL */
const FORMS: Readonly<Record<string, (text: string, before: unknown) => string>> = {
  /** Filters add up. */
  tcpAcceptFilter(text, before) {
    parseNetworks(text);
    const filters = `${before ?? ""},${text}`.split(",").map((filter) => filter.trim());
    return [...new Set(filters)].filter((filter) => filter !== "").join(",");
  },
  socksProxy(text) {
    parseHostPort(text, text);
    return text;
  },
};

/** 37/ZMTP "The NULL Security Mechanism": the characters of a name. Those of users begin with X-. */
const NAME = /^X-[A-Za-z0-9._+-]{1,253}$/;

function property(name: string, value: unknown): Properties {
  if (!NAME.test(name)) {
    throw new ZmqError(
      "EINVAL",
      `the name of a metadata property is X- and 1 to 253 letters, digits or - _ . +, not ${name}`,
    );
  }
  if (typeof value !== "string") throw new TypeError(`Option value must be a string: metadata ${name}`);
  if (value === "" || value.includes("\0")) {
    throw new ZmqError("EINVAL", `the value of the metadata property ${name} must be a text without zeros`);
  }
  return { [name]: value };
}

/** An option as users read it: text even where bytes were given, but for those typed as bytes. */
export function readable(
  name: OptionName,
  value: OptionValues[OptionName],
): number | boolean | string | Uint8Array | Properties | null {
  if (!(value instanceof Uint8Array)) return value;
  const { kind } = ROWS[name];
  if (kind === "key") return z85Encode(value);
  return kind === "text" || name === "routingId" || name === "welcomeMessage" ? toText(value) : copy(value);
}
