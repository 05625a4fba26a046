/**
 * The NULL mechanism: no credentials, no confidentiality. Each side sends READY with its metadata at once, or, where a
 * ZAP handler decides by address, when that has said yes. 37/ZMTP "The NULL Security Mechanism"; 27/ZAP "The NULL
 * Mechanism"; libzmq: null_mechanism.cpp.
 */
import { printable, ZmqError } from "../util/errors.ts";
import {
  encodeCommand,
  encodeMetadata,
  type Metadata,
  parseCommand,
  parseMetadata,
} from "../wire/command.ts";
import type { Mechanism, MechanismOptions, ZapQuestion, ZapVerdict } from "./mechanism.ts";
import { refusalOf, refusedBy } from "./refusal.ts";

class NullMechanism implements Mechanism {
  readonly #ownMetadata: Metadata;
  #question: ZapQuestion | undefined;
  /** READY, or the ERROR in its place. */
  #toSend: Uint8Array | undefined;
  #sentReady = false;
  #received = false;
  peerMetadata: Metadata = new Map();

  constructor(options: MechanismOptions) {
    this.#ownMetadata = options.metadata;
    if (options.authenticates) this.#question = { mechanism: "NULL", credentials: [] };
    else this.#letIn();
  }

  get isReady(): boolean {
    return this.#sentReady && this.#received;
  }

  get question(): ZapQuestion | undefined {
    return this.#question;
  }

  judge(verdict: ZapVerdict): void {
    this.#question = undefined;
    if (verdict.status === 200) this.#letIn();
    else this.#toSend = refusalOf(verdict);
  }

  #letIn(): void {
    this.#toSend = encodeCommand("READY", encodeMetadata(this.#ownMetadata));
    this.#sentReady = true;
  }

  next(): Uint8Array | undefined {
    const command = this.#toSend;
    this.#toSend = undefined;
    return command;
  }

  handle(body: Uint8Array): void {
    const { name, data } = parseCommand(body);
    if (name === "READY" && !this.#received) {
      this.peerMetadata = parseMetadata(data);
      this.#received = true;
    } else if (name === "ERROR") {
      throw refusedBy(data);
    } else {
      throw new ZmqError(
        "ERR_ZMTP_UNEXPECTED_COMMAND",
        `the peer sent ${printable(body)} where READY was due`,
      );
    }
  }
}

export function createNull(options: MechanismOptions): Mechanism {
  return new NullMechanism(options);
}
