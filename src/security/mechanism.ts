/**
 * The interface of a security mechanism and the registry of those there are. A mechanism is a pure state machine:
 * commands in, commands out, no I/O and no timers. 37/ZMTP "Security Mechanisms".
 *
 * To add one: a file that exports a `MechanismFactory`, and its line in `MECHANISMS`.
 */
import type { Metadata } from "../wire/command.ts";
import { createNull } from "./null.ts";

export interface MechanismOptions {
  /** Properties that this side announces: Socket-Type, Identity and those of the user. */
  metadata: Metadata;
  asServer: boolean;
}

export interface Mechanism {
  /** True once both sides are through: traffic may flow. */
  readonly isReady: boolean;
  /** The peer's metadata; complete when `isReady`. */
  readonly peerMetadata: Metadata;
  /** The next handshake command to send, or undefined while it is the peer's turn. Call until it says undefined. */
  next(): Uint8Array | undefined;
  /** A handshake command of the peer. @throws ZmqError: the connection must be closed. */
  handle(body: Uint8Array): void;
  /** Seals a frame of the traffic. Absent where traffic goes in the clear. The result is sent without COMMAND flag. */
  encode?(flags: number, body: Uint8Array): Uint8Array;
  /** Opens a frame of the traffic. @throws ZmqError when it is forged or repeated. */
  decode?(flags: number, body: Uint8Array): { flags: number; body: Uint8Array };
}

export type MechanismFactory = (options: MechanismOptions) => Mechanism;

/** Name in the greeting → how to make one for a connection. */
export const MECHANISMS: ReadonlyMap<string, MechanismFactory> = new Map([["NULL", createNull]]);
