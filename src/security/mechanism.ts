/**
 * The interface of a security mechanism and the registry of those there are. A mechanism is a pure state machine:
 * commands in, commands out, no I/O and no timers. 37/ZMTP "Security Mechanisms".
 *
 * To add one: a file that exports a `MechanismFactory`, and its line in `MECHANISMS`.
 */
import { ZmqError } from "../util/errors.ts";
import type { Metadata } from "../wire/command.ts";
import { createCurve, createPlain } from "./load-mechanism.ts";
import { createNull } from "./null.ts";

export interface MechanismOptions {
  /** Properties that this side announces: Socket-Type, Identity and those of the user. */
  metadata: Metadata;
  asServer: boolean;
  /** PLAIN's name and password, CURVE's keys: what the socket's options say. */
  credentials: Credentials;
  /** Server side: ask the ZAP handler before the peer is let in. */
  authenticates: boolean;
}

/** Those that the mechanism needs are set. */
export interface Credentials {
  /** At most 255 bytes each. */
  username?: string | Uint8Array;
  password?: string | Uint8Array;
  /** 32 bytes each. */
  publicKey?: Uint8Array;
  secretKey?: Uint8Array;
  serverKey?: Uint8Array;
}

/** What a server's mechanism wants to know of the ZAP handler. */
export interface ZapQuestion {
  mechanism: "NULL" | "PLAIN" | "CURVE";
  credentials: Uint8Array[];
}

/** The answer, 27/ZAP. `userId` and `metadata` go to the peer's properties. */
export interface ZapVerdict {
  status: 200 | 300 | 400 | 500;
  text: string;
  userId: string;
  metadata: Metadata;
}

export interface Mechanism {
  /** True once both sides are through: traffic may flow. */
  readonly isReady: boolean;
  /** The peer's metadata; complete when `isReady`. */
  readonly peerMetadata: Metadata;
  /**
   * The next handshake command to send, or undefined while it is the peer's turn, or a question is open. Call until it
   * says undefined.
   */
  next(): Uint8Array | undefined;
  /** A handshake command of the peer, which may be overwritten. @throws ZmqError: the connection must be closed. */
  handle(body: Uint8Array): void;
  /** Set while the mechanism waits for a verdict; the engine fetches it once and answers with `judge`. */
  readonly question?: ZapQuestion | undefined;
  /**
   * The verdict. 200: go on, call `next` again. 400 and 500: `next` gives the ERROR command, then the connection ends.
   * 300: the connection ends without one.
   */
  judge?(verdict: ZapVerdict): void;
  /** Bytes that a sealed frame has in front of its data. Absent where traffic goes in the clear. */
  readonly sealedHead?: number;
  /**
   * Writes a frame of the traffic, sealed, at `into[at]`; it is sent without COMMAND flag.
   * @throws ZmqError when no more may be sealed: the connection must be closed
   */
  seal?(flags: number, body: Uint8Array, into: Uint8Array, at: number): void;
  /**
   * Opens a frame of the traffic, whose head is at `bytes[at]` and what follows it `data`, in its own memory; answers its
   * flags. The head of a frame that is too short ends with `bytes`.
   * @throws ZmqError when it is forged or repeated: the connection must be closed
   */
  open?(bytes: Uint8Array, at: number, data: Uint8Array): number;
  /** The connection is over: wipe the short-term keys. Nothing else is called after that, but it may come twice. */
  wipe?(): void;
}

export type MechanismFactory = (options: MechanismOptions) => Mechanism;

/** Name in the greeting → how to make one for a connection. */
export const MECHANISMS: ReadonlyMap<string, MechanismFactory> = new Map([
  ["NULL", createNull],
  ["PLAIN", createPlain],
  ["CURVE", createCurve],
  ["GSSAPI", refuseGssapi],
]);

/** The way in for 38/ZMTP-GSSAPI: it needs a Kerberos library, which runtimes do not have. */
function refuseGssapi(): never {
  throw new ZmqError("ENOTSUP", "GSSAPI is known but not available: use CURVE or PLAIN");
}
