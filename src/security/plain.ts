/**
 * The PLAIN mechanism: a user name and a password, in the clear, for the server's ZAP handler to judge. 24/ZMTP-PLAIN;
 * libzmq: plain_client.cpp, plain_server.cpp.
 *
 *   client  HELLO name password ─►                      ─► INITIATE metadata ─►
 *   server                        (asks)  ◄─ WELCOME ◄─                         ◄─ READY metadata
 *                                         ◄─ ERROR
 */
import { concat, EMPTY, fromText, toLatin1 } from "../util/bytes.ts";
import { printable, ZmqError, type ZmqErrorCode } from "../util/errors.ts";
import {
  encodeCommand,
  encodeMetadata,
  type Metadata,
  parseCommand,
  parseMetadata,
} from "../wire/command.ts";
import type { Mechanism, MechanismOptions, ZapQuestion, ZapVerdict } from "./mechanism.ts";
import { refusalOf, refusedBy } from "./refusal.ts";

/**
 * How libzmq begins an ERROR of this mechanism, up to 4.3.6 at least: in its source the escape of the length swallows the
 * E. A libzmq client knows no other, so it is what our server sends; our client takes the proper one as well.
 */
const LIBZMQ_ERROR = "^RROR";

const Step = { Hello: 0, Question: 1, Welcome: 2, Initiate: 3, Ready: 4, Over: 5, Refused: 6 } as const;
type Step = (typeof Step)[keyof typeof Step];

class PlainClient implements Mechanism {
  readonly #options: MechanismOptions;
  /** The command that is the next to go or to come. */
  #step: Step = Step.Hello;
  peerMetadata: Metadata = new Map();

  constructor(options: MechanismOptions) {
    this.#options = options;
  }

  get isReady(): boolean {
    return this.#step === Step.Over;
  }

  next(): Uint8Array | undefined {
    if (this.#step === Step.Hello) {
      this.#step = Step.Welcome;
      return hello(this.#options);
    }
    if (this.#step === Step.Initiate) {
      this.#step = Step.Ready;
      return encodeCommand("INITIATE", encodeMetadata(this.#options.metadata));
    }
    return undefined;
  }

  handle(body: Uint8Array): void {
    if (toLatin1(body, 0, LIBZMQ_ERROR.length) === LIBZMQ_ERROR) {
      throw refusedBy(body.subarray(LIBZMQ_ERROR.length));
    }
    const { name, data } = parseCommand(body);
    if (name === "WELCOME" && this.#step === Step.Welcome) {
      if (data.length > 0)
        throw malformed("ERR_ZMTP_MALFORMED_COMMAND_WELCOME", "a WELCOME with something in it");
      this.#step = Step.Initiate;
    } else if (name === "READY" && this.#step === Step.Ready) {
      this.peerMetadata = parseMetadata(data);
      this.#step = Step.Over;
    } else if (name === "ERROR") {
      throw refusedBy(data);
    } else throw unexpected(body, this.#step === Step.Welcome ? "WELCOME" : "READY");
  }
}

class PlainServer implements Mechanism {
  readonly #options: MechanismOptions;
  #step: Step = Step.Hello;
  #question: ZapQuestion | undefined;
  #refusal: Uint8Array | undefined;
  peerMetadata: Metadata = new Map();

  constructor(options: MechanismOptions) {
    this.#options = options;
  }

  get isReady(): boolean {
    return this.#step === Step.Over;
  }

  get question(): ZapQuestion | undefined {
    return this.#question;
  }

  judge(verdict: ZapVerdict): void {
    this.#question = undefined;
    this.#step = verdict.status === 200 ? Step.Welcome : Step.Refused;
    const refusal = refusalOf(verdict);
    if (refusal === undefined) return;
    this.#refusal = concat(
      [fromText(LIBZMQ_ERROR), refusal.subarray(LIBZMQ_ERROR.length + 1)],
      refusal.length - 1,
    );
  }

  next(): Uint8Array | undefined {
    switch (this.#step) {
      case Step.Welcome:
        this.#step = Step.Initiate;
        return encodeCommand("WELCOME");
      case Step.Ready:
        this.#step = Step.Over;
        return encodeCommand("READY", encodeMetadata(this.#options.metadata));
      case Step.Refused: {
        const refusal = this.#refusal;
        this.#refusal = undefined;
        return refusal;
      }
      default:
        return undefined;
    }
  }

  handle(body: Uint8Array): void {
    const { name, data } = parseCommand(body);
    if (name === "HELLO" && this.#step === Step.Hello) {
      const credentials = parseHello(data);
      // There is no PLAIN without somebody who knows the passwords: the question is always put.
      this.#question = { mechanism: "PLAIN", credentials };
      this.#step = Step.Question;
    } else if (name === "INITIATE" && this.#step === Step.Initiate) {
      this.peerMetadata = parseMetadata(data);
      this.#step = Step.Ready;
    } else throw unexpected(body, this.#step === Step.Hello ? "HELLO" : "INITIATE");
  }
}

function hello({ credentials }: MechanismOptions): Uint8Array {
  const name = bytesOf(credentials.username);
  const password = bytesOf(credentials.password);
  const data = new Uint8Array(2 + name.length + password.length);
  data[0] = name.length;
  data.set(name, 1);
  data[1 + name.length] = password.length;
  data.set(password, 2 + name.length);
  return encodeCommand("HELLO", data);
}

/** At most 255 bytes: the option table sees to that. */
function bytesOf(value: string | Uint8Array | undefined): Uint8Array {
  if (value === undefined) return EMPTY;
  return typeof value === "string" ? fromText(value) : value;
}

/** Name and password. @throws ZmqError when they are cut short or something follows. */
function parseHello(data: Uint8Array): Uint8Array[] {
  const nameEnd = 1 + (data[0] ?? 0);
  const passwordAt = nameEnd + 1;
  if (passwordAt > data.length || data.length !== passwordAt + data[nameEnd]!) {
    throw malformed("ERR_ZMTP_MALFORMED_COMMAND_HELLO", "a HELLO that is not a user name and a password");
  }
  return [data.subarray(1, nameEnd), data.subarray(passwordAt)];
}

/** Without the bytes: they may hold somebody's password. */
function malformed(code: ZmqErrorCode, what: string): ZmqError {
  return new ZmqError(code, `the peer sent ${what}`);
}

function unexpected(body: Uint8Array, due: string): ZmqError {
  const name = printable(body.subarray(1, 1 + body[0]!));
  return new ZmqError("ERR_ZMTP_UNEXPECTED_COMMAND", `the peer sent ${name} where ${due} was due`);
}

export function createPlain(options: MechanismOptions): Mechanism {
  return options.asServer ? new PlainServer(options) : new PlainClient(options);
}
