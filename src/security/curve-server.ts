/**
 * CURVE, the server's side, 26/CURVEZMQ: HELLO ► WELCOME ► INITIATE ► (ZAP) ► READY or ERROR. Keeps nothing of a client
 * before a valid INITIATE but the number that ties the cookie to this connection: the keys travel in the cookie.
 */
import { concat, copy, readU32 } from "../util/bytes.ts";
import { encodeError, encodeMetadata, type Metadata, parseMetadata } from "../wire/command.ts";
import { KEY_SIZE, type KeyPair, type Sodium } from "./box.ts";
import { COOKIE_SIZE, CookieJar } from "./cookie.ts";
import {
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
import type { Mechanism, MechanismOptions, ZapQuestion, ZapVerdict } from "./mechanism.ts";

const State = {
  AwaitHello: 0,
  SendWelcome: 1,
  AwaitInitiate: 2,
  AwaitVerdict: 3,
  SendReady: 4,
  SendError: 5,
  Ready: 6,
  Refused: 7,
} as const;
type State = (typeof State)[keyof typeof State];

/** One for all servers of the program: a cookie is tied to its connection anyway. */
const jar = new CookieJar();
/** Secret key → public key, for as long as options hold it: vouches name the public one. */
const publicKeys = new WeakMap<Uint8Array, Uint8Array>();

export class CurveServer implements Mechanism {
  readonly #sodium: Sodium;
  readonly #jar: CookieJar;
  readonly #options: MechanismOptions;
  #state: State = State.AwaitHello;
  /** WELCOME, between `handle` and `next`. */
  #answer: Uint8Array | undefined;
  /** The random first half of the cookie's nonce: the cookie of another connection has another. */
  #tieHigh = 0;
  #tieLow = 0;
  #hasCookieOut = false;
  /** s', from a valid INITIATE on, until the channel has what comes of it. */
  #connectionSecret: Uint8Array | undefined;
  #clientConnectionKey: Uint8Array | undefined;
  #status = "";
  #sent: ShortNonce | undefined;
  #received: ShortNonce | undefined;
  #traffic: CurveTraffic | undefined;
  question: ZapQuestion | undefined;
  peerMetadata: Metadata = new Map();

  constructor(options: MechanismOptions, sodium: Sodium, cookies: CookieJar = jar) {
    this.#sodium = sodium;
    this.#options = options;
    this.#jar = cookies;
  }

  get isReady(): boolean {
    return this.#state === State.Ready;
  }

  next(): Uint8Array | undefined {
    switch (this.#state) {
      case State.SendWelcome: {
        const answer = this.#answer;
        this.#answer = undefined;
        this.#state = State.AwaitInitiate;
        return answer;
      }
      case State.SendReady:
        this.#state = State.Ready;
        return this.#ready();
      case State.SendError:
        this.#state = State.Refused;
        return encodeError(this.#status);
      default:
        return undefined;
    }
  }

  handle(body: Uint8Array): void {
    if (this.#state === State.AwaitHello) this.#hello(body);
    else if (this.#state === State.AwaitInitiate) this.#initiate(body);
    else throw unexpected(body, "\x07nothing");
  }

  judge(verdict: ZapVerdict): void {
    if (this.#state !== State.AwaitVerdict) return;
    this.question = undefined;
    if (verdict.status === 200) this.#state = State.SendReady;
    else if (verdict.status === 300) this.#state = State.Refused;
    else {
      this.#status = String(verdict.status);
      this.#state = State.SendError;
    }
  }

  // ---- HELLO and WELCOME

  #hello(body: Uint8Array): void {
    if (!isNamed(body, HELLO)) throw unexpected(body, HELLO);
    if (body.length !== HELLO_SIZE) {
      throw wrong(
        "ERR_ZMTP_MALFORMED_COMMAND_HELLO",
        `the peer sent a HELLO of ${body.length} bytes; it has ${HELLO_SIZE}`,
      );
    }
    if (body[HELLO.length] !== 1 || body[HELLO.length + 1] !== 0) {
      throw wrong(
        "ERR_ZMTP_MALFORMED_COMMAND_HELLO",
        `the peer speaks version ${body[HELLO.length]}.${body[HELLO.length + 1]} of CURVE, this side 1.0`,
      );
    }
    const sodium = this.#sodium;
    const secretKey = this.#options.credentials.secretKey!;
    // Copied: the chunk that it came in is not to be held, nor to change.
    const clientKey = copy(body.subarray(HELLO_KEY_AT, HELLO_NONCE_AT));
    const nonce = shortNonce("CurveZMQHELLO---", body, HELLO_NONCE_AT);
    if (sodium.openBox(body.subarray(HELLO_BOX_AT), nonce, clientKey, secretKey) === undefined) {
      throw wrong("ERR_ZMTP_CRYPTOGRAPHIC", "HELLO could not be opened: the client has another server's key");
    }
    const connection = sodium.keyPair();
    this.#answer = this.#welcome(connection, clientKey, secretKey);
    sodium.wipe(connection.secretKey);
    this.#state = State.SendWelcome;
  }

  #welcome(connection: KeyPair, clientKey: Uint8Array, secretKey: Uint8Array): Uint8Array {
    const sodium = this.#sodium;
    const cookieNonce = sodium.random(16);
    this.#tieHigh = readU32(cookieNonce, 0);
    this.#tieLow = readU32(cookieNonce, 4);
    const cookie = this.#jar.make(sodium, cookieNonce, { clientKey, secretKey: connection.secretKey });
    this.#hasCookieOut = true;
    const body = newCommand(WELCOME, WELCOME_SIZE);
    body.set(sodium.random(16), WELCOME_NONCE_AT);
    const nonce = longNonce("WELCOME-", body.subarray(WELCOME_NONCE_AT, WELCOME_BOX_AT));
    const plain = concat([connection.publicKey, cookie], KEY_SIZE + COOKIE_SIZE);
    body.set(sodium.box(plain, nonce, clientKey, secretKey), WELCOME_BOX_AT);
    return body;
  }

  // ---- INITIATE and READY

  #initiate(body: Uint8Array): void {
    if (!isNamed(body, INITIATE)) throw unexpected(body, INITIATE);
    if (body.length < INITIATE_SIZE) {
      throw wrong(
        "ERR_ZMTP_MALFORMED_COMMAND_INITIATE",
        `the peer sent an INITIATE of ${body.length} bytes; ${INITIATE_SIZE} is the least`,
      );
    }
    const sodium = this.#sodium;
    const at = INITIATE_COOKIE_AT;
    const isTied = readU32(body, at) === this.#tieHigh && readU32(body, at + 4) === this.#tieLow;
    const cookie = isTied ? this.#jar.open(sodium, body.subarray(at, at + COOKIE_SIZE)) : undefined;
    if (cookie === undefined)
      throw wrong("ERR_ZMTP_CRYPTOGRAPHIC", "the cookie in INITIATE is not this connection's, or too old");
    this.#forgetCookie();
    const { clientKey, secretKey } = cookie;
    this.#connectionSecret = secretKey;
    const nonce = shortNonce("CurveZMQINITIATE", body, INITIATE_NONCE_AT);
    const plain = sodium.openBox(body.subarray(INITIATE_BOX_AT), nonce, clientKey, secretKey);
    if (plain === undefined) throw wrong("ERR_ZMTP_CRYPTOGRAPHIC", "INITIATE could not be opened");
    this.#checkVouch(plain, clientKey, secretKey);
    this.peerMetadata = parseMetadata(plain.subarray(METADATA_AT));

    this.#clientConnectionKey = clientKey;
    this.#received = new ShortNonce();
    this.#received.set(body, INITIATE_NONCE_AT);
    this.#sent = new ShortNonce();
    if (this.#options.authenticates) {
      this.question = { mechanism: "CURVE", credentials: [copy(plain.subarray(0, KEY_SIZE))] };
      this.#state = State.AwaitVerdict;
    } else this.#state = State.SendReady;
  }

  /** The owner of C says that C' is its own, and that it means to talk to this server. */
  #checkVouch(plain: Uint8Array, clientKey: Uint8Array, secretKey: Uint8Array): void {
    const sodium = this.#sodium;
    const nonce = longNonce("VOUCH---", plain.subarray(VOUCH_NONCE_AT, VOUCH_BOX_AT));
    const box = plain.subarray(VOUCH_BOX_AT, METADATA_AT);
    const vouch = sodium.openBox(box, nonce, plain.subarray(0, KEY_SIZE), secretKey);
    if (vouch === undefined) {
      throw wrong(
        "ERR_ZMTP_CRYPTOGRAPHIC",
        "the vouch in INITIATE could not be opened: the client's public and secret key are no pair",
      );
    }
    // Unlike libzmq, which does not look at the second key: a vouch for another server is not for this one.
    const expected = concat([clientKey, this.#publicKey()], 2 * KEY_SIZE);
    if (!sodium.isEqual(vouch, expected))
      throw wrong("ERR_ZMTP_KEY_EXCHANGE", "the vouch in INITIATE is for another connection or server");
  }

  #publicKey(): Uint8Array {
    const secretKey = this.#options.credentials.secretKey!;
    let publicKey = publicKeys.get(secretKey);
    if (publicKey === undefined) {
      publicKey = this.#sodium.publicKeyOf(secretKey);
      publicKeys.set(secretKey, publicKey);
    }
    return publicKey;
  }

  #ready(): Uint8Array {
    const sodium = this.#sodium;
    const secretKey = this.#connectionSecret!;
    const clientKey = this.#clientConnectionKey!;
    const metadata = encodeMetadata(this.#options.metadata);
    const body = newCommand(READY, READY_SIZE + metadata.length);
    this.#sent!.next(body, READY_NONCE_AT);
    const nonce = shortNonce("CurveZMQREADY---", body, READY_NONCE_AT);
    body.set(sodium.box(metadata, nonce, clientKey, secretKey), READY_BOX_AT);
    const channel = sodium.channel(clientKey, secretKey, FROM_SERVER, FROM_CLIENT);
    this.#traffic = new CurveTraffic(channel, this.#sent!, this.#received!);
    // The channel has the key; nothing needs s' any more.
    sodium.wipe(secretKey);
    this.#connectionSecret = undefined;
    return body;
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
    this.#forgetCookie();
    if (this.#connectionSecret !== undefined) this.#sodium.wipe(this.#connectionSecret);
    this.#traffic?.wipe();
  }

  #forgetCookie(): void {
    if (!this.#hasCookieOut) return;
    this.#hasCookieOut = false;
    this.#jar.forget();
  }
}
