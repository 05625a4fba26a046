/**
 * The greeting of either side, from the first byte to the agreed version. 37/ZMTP "The Greeting" and "Backwards
 * Interoperability"; 15/ZMTP and 13/ZMTP for the older peers. A pure state machine: bytes in, bytes out.
 *
 * It speaks in the steps that libzmq takes, so that a peer of any age can follow:
 *
 *   1. 10 bytes  FF, own routing id's length + 1 in 8 bytes, 7F      (to ZMTP 1.0 the header of an identity frame)
 *   2.  1 byte   03, once ten bytes of a newer peer are here
 *   3. the rest  for revision 0 or 1: the socket type; else minor, mechanism, as-server, filler: 64 in all
 */
import { EMPTY, toLatin1, writeU64 } from "../util/bytes.ts";
import { printable, ZmqError } from "../util/errors.ts";

export const SIGNATURE_SIZE = 10;
export const GREETING_SIZE = 64;
const MECHANISM_AT = 12;
const MECHANISM_SIZE = 20;
const AS_SERVER_AT = 32;

export interface GreetingOptions {
  /** Bytes of the routing id that a ZMTP 1.0 peer will be told. */
  routingIdLength: number;
  /** libzmq's number of the socket type, for revision 0 and 1 peers. */
  socketType: number;
  mechanism: string;
  asServer: boolean;
}

/** What the two sides agreed on. */
export interface Agreement {
  /** 1: ZMTP 1.0 framing and identity; 2: ZMTP 2.0; 3: ZMTP 3.x with a mechanism. */
  version: 1 | 2 | 3;
  /** Of version 3 only: 0 for ZMTP 3.0, 1 for 3.1 and whatever comes. */
  minor: number;
  /** The peer's mechanism; empty before version 3. */
  mechanism: string;
  /** Bytes of the greeting that are in truth the peer's first frame: ZMTP 1.0 has no greeting. */
  frames: Uint8Array;
  /** The peer announced no revision at all, which is how libzmq tells a true ZMTP 1.0 peer. */
  unversioned: boolean;
}

type Step = "signature" | "revision" | "rest" | "done";

export class Greeting {
  readonly #options: GreetingOptions;
  readonly #send: (bytes: Uint8Array) => void;
  readonly #received: Uint8Array = new Uint8Array(GREETING_SIZE);
  #length = 0;
  #step: Step = "signature";
  #agreement: Agreement | undefined;

  constructor(options: GreetingOptions, send: (bytes: Uint8Array) => void) {
    this.#options = options;
    this.#send = send;
  }

  /** Sends the signature. Call once, before any `push`. */
  start(): void {
    const signature = new Uint8Array(SIGNATURE_SIZE);
    signature[0] = 0xff;
    writeU64(signature, 1, this.#options.routingIdLength + 1);
    signature[9] = 0x7f;
    this.#send(signature);
  }

  /** The peer is of ZMTP 3, or later: commands may follow our greeting, even before its own is whole. */
  get isModern(): boolean {
    return this.#length > SIGNATURE_SIZE && this.#received[SIGNATURE_SIZE]! > 1;
  }

  /** Set once the greeting is over. */
  get agreement(): Agreement | undefined {
    return this.#agreement;
  }

  /** Takes what belongs to the greeting from `chunk` and returns how many bytes that were. @throws ZmqError */
  push(chunk: Uint8Array): number {
    let used = 0;
    while (used < chunk.length && this.#step !== "done") {
      this.#received[this.#length++] = chunk[used++]!;
      this.#advance();
    }
    return used;
  }

  #advance(): void {
    const bytes = this.#received;
    switch (this.#step) {
      case "signature":
        if (bytes[0] !== 0xff || (this.#length === SIGNATURE_SIZE && (bytes[9]! & 1) === 0)) {
          this.#agree(1, 0, "", bytes.slice(0, this.#length), true);
        } else if (this.#length === SIGNATURE_SIZE) {
          this.#send(Uint8Array.of(3));
          this.#step = "revision";
        }
        return;
      case "revision": {
        const revision = bytes[10]!;
        this.#send(revision <= 1 ? Uint8Array.of(this.#options.socketType) : this.#rest());
        this.#step = "rest";
        return;
      }
      case "rest":
        if (bytes[10]! <= 1) {
          // The peer's socket type ends a greeting of ZMTP 2.0; libzmq does not check it, for it may be a later type.
          this.#agree(bytes[10] === 0 ? 1 : 2, 0, "", EMPTY, false);
        } else if (this.#length === GREETING_SIZE) {
          const minor = bytes[10] === 3 ? Math.min(bytes[11]!, 1) : 1;
          this.#agree(3, minor, this.#mechanismOf(bytes), EMPTY, false);
        }
        return;
      default:
    }
  }

  #agree(
    version: 1 | 2 | 3,
    minor: number,
    mechanism: string,
    frames: Uint8Array,
    unversioned: boolean,
  ): void {
    this.#step = "done";
    this.#agreement = { version, minor, mechanism, frames, unversioned };
  }

  #rest(): Uint8Array {
    const rest = new Uint8Array(GREETING_SIZE - SIGNATURE_SIZE - 1);
    rest[0] = 1;
    const { mechanism, asServer } = this.#options;
    for (let i = 0; i < mechanism.length; i++) rest[1 + i] = mechanism.charCodeAt(i);
    rest[AS_SERVER_AT - SIGNATURE_SIZE - 1] = asServer ? 1 : 0;
    return rest;
  }

  /** The name is padded with zeros to 20 bytes; all of them count. */
  #mechanismOf(bytes: Uint8Array): string {
    const field = bytes.subarray(MECHANISM_AT, MECHANISM_AT + MECHANISM_SIZE);
    let length = field.indexOf(0);
    if (length < 0) length = MECHANISM_SIZE;
    for (let i = length; i < MECHANISM_SIZE; i++) {
      if (field[i] !== 0) {
        throw new ZmqError(
          "ERR_ZMTP_MECHANISM_MISMATCH",
          `the peer's greeting names no mechanism: ${printable(field)}`,
        );
      }
    }
    return toLatin1(field, 0, length);
  }
}
