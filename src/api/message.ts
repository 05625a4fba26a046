/** What users may send, as frames. */
import type { Message } from "../core/pattern.ts";
import { EMPTY, fromText, view } from "../util/bytes.ts";
import { single } from "../util/single.ts";

/** @throws TypeError when there is no message. */
export function toMessage(value: unknown): Message {
  if (value === undefined) throw new TypeError("Message must be present");
  if (!Array.isArray(value)) return single(toFrame(value));
  const message: Message = [];
  for (let i = 0; i < value.length; i++) message.push(toFrame(value[i]));
  return message;
}

/** Strings as UTF-8, views and buffers by content, null empty, all else as its text. */
export function toFrame(value: unknown): Uint8Array {
  if (typeof value === "string") return fromText(value);
  if (value instanceof Uint8Array) return view(value);
  if (value === null) return EMPTY;
  if (ArrayBuffer.isView(value)) return view(value);
  if (value instanceof ArrayBuffer) return view(value);
  if (typeof SharedArrayBuffer !== "undefined" && value instanceof SharedArrayBuffer) return view(value);
  if (typeof value === "symbol") throw new TypeError("a Symbol cannot be sent; send its description");
  return fromText(String(value));
}
