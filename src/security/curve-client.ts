/**
 * CURVE, the client's side, 26/CURVEZMQ: HELLO ► WELCOME ► INITIATE ► READY. It knows the server's long-term key
 * beforehand and shows its own only to the owner of that.
 */
import { concat, copy } from "../util/bytes.ts";
import { encodeMetadata, type Metadata, parseMetadata } from "../wire/command.ts";
import { KEY_SIZE, type KeyPair, type Sodium } from "./box.ts";
import { COOKIE_SIZE } from "./cookie.ts";
import {
  ERROR,
  FROM_CLIENT,
  FROM_SERVER,
  HELLO,
  HELLO_BOX_AT,
  HELLO_KEY_AT,
  HELLO_NONCE_AT,
  HELLO_SIZE,
  INITIATE,
  INITIATE_BOX_AT,
  INITIATE_COOKIE_AT,
  INITIATE_NONCE_AT,
  INITIATE_SIZE,
  isNamed,
  longNonce,
  METADATA_AT,
  newCommand,
  READY,
  READY_BOX_AT,
  READY_NONCE_AT,
  READY_SIZE,
  shortNonce,
  unexpected,
  VOUCH_BOX_AT,
  VOUCH_NONCE_AT,
  WELCOME,
  WELCOME_BOX_AT,
  WELCOME_NONCE_AT,
  WELCOME_SIZE,
  wrong,
} from "./curve-commands.ts";
import { CurveTraffic, SEALED_HEAD, ShortNonce } from "./curve-traffic.ts";
import type { Mechanism, MechanismOptions } from "./mechanism.ts";
import { refusedBy } from "./refusal.ts";

const State = { SendHello: 0, AwaitWelcome: 1, SendInitiate: 2, AwaitReady: 3, Ready: 4 } as const;
type State = (typeof State)[keyof typeof State];

export class CurveClient implements Mechanism {
  readonly #sodium: Sodium;
  readonly #metadata: Metadata;
  /** C and c, and S. */
  readonly #own: KeyPair;
  readonly #serverKey: Uint8Array;
  /** C' and c', of this connection alone. */
  readonly #connection: KeyPair;
  /** S', and the cookie to bring back. */
  #serverConnectionKey: Uint8Array | undefined;
  #cookie: Uint8Array | undefined;
  readonly #sent = new ShortNonce();
  #traffic: CurveTraffic | undefined;
  #state: State = State.SendHello;
  peerMetadata: Metadata = new Map();

  constructor(options: MechanismOptions, sodium: Sodium) {
    const { publicKey, secretKey, serverKey } = options.credentials;
    this.#sodium = sodium;
    this.#metadata = options.metadata;
    this.#own = { publicKey: publicKey ?? sodium.publicKeyOf(secretKey!), secretKey: secretKey! };
    this.#serverKey = serverKey!;
    this.#connection = sodium.keyPair();
  }

  get isReady(): boolean {
    return this.#state === State.Ready;
  }

  next(): Uint8Array | undefined {
    if (this.#state === State.SendHello) {
      this.#state = State.AwaitWelcome;
      return this.#hello();
    }
    if (this.#state === State.SendInitiate) {
      this.#state = State.AwaitReady;
      return this.#initiate();
    }
    return undefined;
  }

  handle(body: Uint8Array): void {
    const state = this.#state;
    if (isNamed(body, ERROR) && (state === State.AwaitWelcome || state === State.AwaitReady)) {
      throw refusedBy(body.subarray(ERROR.length));
    }
    if (state === State.AwaitWelcome) this.#welcome(body);
    else if (state === State.AwaitReady) this.#ready(body);
    else throw unexpected(body, "\x07nothing");
  }

  #hello(): Uint8Array {
    const body = newCommand(HELLO, HELLO_SIZE);
    body[HELLO.length] = 1;
    body.set(this.#connection.publicKey, HELLO_KEY_AT);
    this.#sent.next(body, HELLO_NONCE_AT);
    const nonce = shortNonce("CurveZMQHELLO---", body, HELLO_NONCE_AT);
    const zeros = new Uint8Array(64);
    body.set(this.#sodium.box(zeros, nonce, this.#serverKey, this.#connection.secretKey), HELLO_BOX_AT);
    return body;
  }

  #welcome(body: Uint8Array): void {
    if (!isNamed(body, WELCOME)) throw unexpected(body, WELCOME);
    const { secretKey } = this.#connection;
    const nonce = longNonce("WELCOME-", body.subarray(WELCOME_NONCE_AT, WELCOME_BOX_AT));
    const plain =
      body.length === WELCOME_SIZE
        ? this.#sodium.openBox(body.subarray(WELCOME_BOX_AT), nonce, this.#serverKey, secretKey)
        : undefined;
    if (plain === undefined) {
      // libzmq has this one code for all that can be wrong with a WELCOME.
      throw wrong(
        "ERR_ZMTP_CRYPTOGRAPHIC",
        "WELCOME could not be opened: is curveServerKey the server's key?",
      );
    }
    this.#serverConnectionKey = plain.subarray(0, KEY_SIZE);
    this.#cookie = plain.subarray(KEY_SIZE);
    this.#state = State.SendInitiate;
  }

  #initiate(): Uint8Array {
    const sodium = this.#sodium;
    const serverKey = this.#serverConnectionKey!;
    const metadata = encodeMetadata(this.#metadata);
    const body = newCommand(INITIATE, INITIATE_SIZE + metadata.length);
    body.set(this.#cookie!.subarray(0, COOKIE_SIZE), INITIATE_COOKIE_AT);
    this.#sent.next(body, INITIATE_NONCE_AT);

    // The vouch: the owner of C says that C' is its own, and for whom.
    const random = sodium.random(16);
    const voucher = concat([this.#connection.publicKey, this.#serverKey], 2 * KEY_SIZE);
    const vouch = sodium.box(voucher, longNonce("VOUCH---", random), serverKey, this.#own.secretKey);
    const plain = new Uint8Array(METADATA_AT + metadata.length);
    plain.set(this.#own.publicKey);
    plain.set(random, VOUCH_NONCE_AT);
    plain.set(vouch, VOUCH_BOX_AT);
    plain.set(metadata, METADATA_AT);

    const nonce = shortNonce("CurveZMQINITIATE", body, INITIATE_NONCE_AT);
    body.set(sodium.box(plain, nonce, serverKey, this.#connection.secretKey), INITIATE_BOX_AT);
    return body;
  }

  #ready(body: Uint8Array): void {
    if (!isNamed(body, READY)) throw unexpected(body, READY);
    if (body.length < READY_SIZE) {
      throw wrong(
        "ERR_ZMTP_MALFORMED_COMMAND_READY",
        `the peer sent a READY of ${body.length} bytes; ${READY_SIZE} is the least`,
      );
    }
    const sodium = this.#sodium;
    const serverKey = this.#serverConnectionKey!;
    const { secretKey } = this.#connection;
    const nonce = shortNonce("CurveZMQREADY---", body, READY_NONCE_AT);
    const metadata = sodium.openBox(body.subarray(READY_BOX_AT), nonce, serverKey, secretKey);
    if (metadata === undefined) throw wrong("ERR_ZMTP_CRYPTOGRAPHIC", "READY could not be opened");
    this.peerMetadata = parseMetadata(copy(metadata));
    const received = new ShortNonce();
    received.set(body, READY_NONCE_AT);
    const channel = sodium.channel(serverKey, secretKey, FROM_CLIENT, FROM_SERVER);
    this.#traffic = new CurveTraffic(channel, this.#sent, received);
    // The channel has the key; nothing needs c' any more.
    sodium.wipe(secretKey);
    this.#state = State.Ready;
  }

  // ---- traffic

  get sealedHead(): number {
    return SEALED_HEAD;
  }

  seal(flags: number, body: Uint8Array, into: Uint8Array, at: number): void {
    this.#traffic!.seal(flags, body, into, at);
  }

  open(bytes: Uint8Array, at: number, data: Uint8Array): number {
    return this.#traffic!.open(bytes, at, data);
  }

  wipe(): void {
    this.#sodium.wipe(this.#connection.secretKey);
    this.#traffic?.wipe();
  }
}
