/** Errors on their way between threads: what structured cloning would lose of them. */
import { ZmqError, type ZmqErrorCode } from "../util/errors.ts";

export interface PlainError {
  /** Absent for errors that are not this library's. */
  readonly code?: ZmqErrorCode;
  readonly name: string;
  readonly message: string;
}

export function toPlainError(error: unknown): PlainError {
  if (error instanceof ZmqError) return { code: error.code, name: error.name, message: error.message };
  if (error instanceof Error) return { name: error.name, message: error.message };
  return { name: "Error", message: String(error) };
}

export function fromPlainError({ code, name, message }: PlainError): Error {
  if (code !== undefined) return new ZmqError(code, message);
  return name === "TypeError" ? new TypeError(message) : new Error(message);
}
