/**
 * The NULL mechanism: no authentication, no confidentiality. Each side sends READY with its metadata at once.
 * 37/ZMTP "The NULL Security Mechanism".
 */
import { printable, ZmqError } from "../util/errors.ts";
import {
  encodeCommand,
  encodeMetadata,
  type Metadata,
  parseCommand,
  parseError,
  parseMetadata,
} from "../wire/command.ts";
import type { Mechanism, MechanismOptions } from "./mechanism.ts";

class NullMechanism implements Mechanism {
  readonly #ownMetadata: Metadata;
  #sent = false;
  #received = false;
  peerMetadata: Metadata = new Map();

  constructor(options: MechanismOptions) {
    this.#ownMetadata = options.metadata;
  }

  get isReady(): boolean {
    return this.#sent && this.#received;
  }

  next(): Uint8Array | undefined {
    if (this.#sent) return undefined;
    this.#sent = true;
    return encodeCommand("READY", encodeMetadata(this.#ownMetadata));
  }

  handle(body: Uint8Array): void {
    const { name, data } = parseCommand(body);
    if (name === "READY" && !this.#received) {
      this.peerMetadata = parseMetadata(data);
      this.#received = true;
    } else if (name === "ERROR") {
      throw new PeerError(parseError(data));
    } else {
      throw new ZmqError(
        "ERR_ZMTP_UNEXPECTED_COMMAND",
        `the peer sent ${printable(body)} where READY was due`,
      );
    }
  }
}

/** The peer said ERROR. A reason of 300, 400 or 500 is ZAP's answer, 27/ZAP "Status Codes". */
export class PeerError extends ZmqError {
  constructor(reason: string) {
    const status =
      reason === "300" || reason === "400" || reason === "500"
        ? (Number(reason) as 300 | 400 | 500)
        : undefined;
    super(
      status === undefined ? "ERR_ZMTP_UNSPECIFIED" : "ERR_AUTHENTICATION",
      `the peer refused the connection: ${reason === "" ? "no reason given" : reason}`,
      { status },
    );
  }
}

export function createNull(options: MechanismOptions): Mechanism {
  return new NullMechanism(options);
}
