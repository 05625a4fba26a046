/**
 * The one error class and its table of codes. Users match on `code`; the sentence says what happened and what to do.
 * The numbers of POSIX errors are Linux's, those of ZeroMQ's own are libzmq's (`ZMQ_HAUSNUMERO` + n).
 */
import { SENTENCES } from "#error-sentences";

/** code → [errno, sentence used when the thrower has nothing better to say]. */
const ERRNO = {
  EAGAIN: 11,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  ENODEV: 19,
  EINVAL: 22,
  EMFILE: 24,
  EPIPE: 32,
  ENAMETOOLONG: 36,
  EBADF: 9,
  ENOENT: 2,
  EEXIST: 17,
  EPROTO: 71,
  ENOTSOCK: 88,
  EMSGSIZE: 90,
  EPROTONOSUPPORT: 93,
  ENOTSUP: 95,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETUNREACH: 101,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTUNREACH: 113,
  EFSM: 156384763,
  ENOCOMPATPROTO: 156384764,
  ETERM: 156384765,
  EMTHREAD: 156384766,
  ERR_SYSTEM: 5,
} as const;

/** What peers and authenticators get wrong. */
const PROTOCOL = [
  "ERR_ZMTP_UNSPECIFIED",
  "ERR_ZMTP_UNEXPECTED_COMMAND",
  "ERR_ZMTP_INVALID_SEQUENCE",
  "ERR_ZMTP_KEY_EXCHANGE",
  "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED",
  "ERR_ZMTP_MALFORMED_COMMAND_MESSAGE",
  "ERR_ZMTP_MALFORMED_COMMAND_HELLO",
  "ERR_ZMTP_MALFORMED_COMMAND_INITIATE",
  "ERR_ZMTP_MALFORMED_COMMAND_ERROR",
  "ERR_ZMTP_MALFORMED_COMMAND_READY",
  "ERR_ZMTP_MALFORMED_COMMAND_WELCOME",
  "ERR_ZMTP_INVALID_METADATA",
  "ERR_ZMTP_CRYPTOGRAPHIC",
  "ERR_ZMTP_MECHANISM_MISMATCH",
  "ERR_ZAP_UNSPECIFIED",
  "ERR_ZAP_MALFORMED_REPLY",
  "ERR_ZAP_BAD_REQUEST_ID",
  "ERR_ZAP_BAD_VERSION",
  "ERR_ZAP_INVALID_STATUS_CODE",
  "ERR_ZAP_INVALID_METADATA",
  "ERR_AUTHENTICATION",
] as const;

export type ErrnoCode = keyof typeof ERRNO;
export type ProtocolErrorCode = (typeof PROTOCOL)[number];
export type ZmqErrorCode = ErrnoCode | ProtocolErrorCode;

/** Details that an error may carry beside its code and sentence. */
export interface ErrorDetail {
  /** The endpoint as the caller wrote it. */
  address?: string | undefined;
  /** What ZAP answered: 300 temporary, 400 refused, 500 internal. */
  status?: 300 | 400 | 500 | undefined;
  cause?: unknown;
}

/** Every error of this library. `code` is libzmq's name of it; match on that, not on the text. */
export class ZmqError extends Error {
  readonly code: ZmqErrorCode;
  /** libzmq's number of the code; absent on `ERR_ZMTP_*` and `ERR_ZAP_*`. */
  declare readonly errno?: number;
  /** The endpoint that the failed call was about. */
  declare readonly address?: string;
  /** ZAP's status, on authentication errors only. */
  declare readonly status?: 300 | 400 | 500;

  constructor(code: ZmqErrorCode, message?: string, detail?: ErrorDetail) {
    super(message ?? sentenceOf(code), detail?.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    if (code in ERRNO) this.errno = ERRNO[code as ErrnoCode];
    if (detail?.address !== undefined) this.address = detail.address;
    if (detail?.status !== undefined) this.status = detail.status;
  }

  override get name(): string {
    return "ZmqError";
  }
}

/** Of a protocol error its code says it: "protocol error: ZMTP malformed command ready". */
function sentenceOf(code: ZmqErrorCode): string {
  if (code in ERRNO) return SENTENCES[code as ErrnoCode] ?? code;
  const [, kind, ...words] = code.split("_");
  return `protocol error: ${kind} ${words.join(" ").toLowerCase()}`.trimEnd();
}

/** All codes, for the reference and its test. In a call, so that bundlers can leave it out of pages. */
export const ERROR_CODES: readonly ZmqErrorCode[] = /* @__PURE__ */ allCodes();

function allCodes(): ZmqErrorCode[] {
  return [...(Object.keys(ERRNO) as ErrnoCode[]), ...PROTOCOL];
}

/** The error of a runtime's call (`node:net`, `node:dns`, …) as ours, its own kept as `cause`. */
export function fromSystem(error: unknown, message: string, address?: string): ZmqError {
  if (error instanceof ZmqError) return error;
  const code = errorCode(error);
  const known = code !== undefined && code in ERRNO ? (code as ErrnoCode) : "ERR_SYSTEM";
  const detail = error instanceof Error ? error.message : String(error);
  return new ZmqError(known, `${message}: ${SENTENCES[known] ?? known} (${detail})`, {
    address,
    cause: error,
  });
}

function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  const code = String(error.code);
  return code === "ENOTFOUND" || code === "EAI_AGAIN" ? "ENODEV" : code;
}

/** Bytes of a peer, or Latin-1 text made of them, as printable text of at most 64 characters, for an error message. */
export function printable(bytes: Uint8Array | string): string {
  let text = "";
  let at = 0;
  for (; at < bytes.length && text.length < 60; at++) {
    const byte = typeof bytes === "string" ? bytes.charCodeAt(at) : bytes[at]!;
    text += byte > 31 && byte < 127 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return at < bytes.length ? `${text}…` : text;
}
