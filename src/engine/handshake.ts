/**
 * From the first byte to the first message: greeting, version, then the mechanism of ZMTP 3 or the identities of older
 * peers. Works on the connection's decoder and outbox, which is flushed by others: what a chunk of the peer's makes it say
 * leaves in one write. Knows nothing of pipes and timers.
 *
 *   greeting ──► identity (ZMTP 1, 2) ──► over
 *        └─────► mechanism (ZMTP 3) ──────┘
 */
import { Greeting } from "#greeting";
import { startLegacy } from "#legacy";
import { encodeRequest, refusalOf, verdictOf } from "#zap";
import { prepareMechanism } from "../security/load-mechanism.ts";
import {
  type Credentials,
  MECHANISMS,
  type Mechanism,
  type MechanismFactory,
} from "../security/mechanism.ts";
import { createNull } from "../security/null.ts";
import { copy, EMPTY, fromText, toLatin1 } from "../util/bytes.ts";
import { printable, ZmqError } from "../util/errors.ts";
import type { Metadata } from "../wire/command.ts";
import type { FrameDecoder } from "../wire/decoder.ts";
import { COMMAND } from "../wire/frame.ts";
import type { Agreement } from "../wire/greeting.ts";
import { isByteStream, mechanismOf } from "../wire/zws.ts";
import type { Message, Peer } from "./connection.ts";
import type { Origin } from "./origin.ts";
import type { FrameOutbox } from "./outbox.ts";
import type { ByteStream } from "./stream.ts";

export interface HandshakeOptions {
  mechanism: string;
  asServer: boolean;
  /** Announced to the peer: Socket-Type, then Identity where the type has one. */
  metadata: Metadata;
  routingId: Uint8Array;
  /** libzmq's number of the socket type. */
  socketType: number;
  credentials: Credentials;
  /** How the ZAP handler is asked about peers; absent where it is not. */
  zap?: ZapOptions | undefined;
}

export interface ZapOptions {
  domain: Uint8Array;
  /** Where there is no handler, nobody may come in; else everybody may. */
  isRequired: boolean;
}

/** A mechanism that seals the traffic. */
export type SealingMechanism = Mechanism & Required<Pick<Mechanism, "sealedHead" | "seal" | "open">>;

export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #decoder: FrameDecoder;
  readonly #outbox: FrameOutbox;
  readonly #stream: ByteStream;
  #greeting: Greeting | undefined;
  #agreement: Agreement | undefined;
  #mechanism: Mechanism | undefined;
  readonly #origin: Origin;
  /** A question to the ZAP handler is open: nothing more of the peer is looked at. */
  #isAsking = false;

  constructor(
    options: HandshakeOptions,
    decoder: FrameDecoder,
    outbox: FrameOutbox,
    stream: ByteStream,
    origin: Origin,
  ) {
    this.#options = options;
    this.#origin = origin;
    this.#decoder = decoder;
    this.#outbox = outbox;
    this.#stream = stream;
  }

  /** Set when something must be loaded before `start`. @throws (rejects) ZmqError when that cannot be */
  prepare(): Promise<void> | undefined {
    const { mechanism, credentials } = this.#options;
    return prepareMechanism(mechanism, credentials);
  }

  start(): void {
    const { subprotocol } = this.#stream;
    if (subprotocol === undefined) this.#startGreeting();
    else this.#startWeb(subprotocol);
  }

  /** The connection is over: nothing is left of its keys. */
  wipe(): void {
    this.#mechanism?.wipe?.();
  }

  /** True until the versions are agreed: bytes go to `greet`, and frames to `frame` after that. */
  get isGreeting(): boolean {
    return this.#agreement === undefined;
  }

  /** The peer is of ZMTP 1.0, which knows no subscriptions. */
  get isUnversioned(): boolean {
    return this.#agreement?.unversioned ?? false;
  }

  /** The mechanism, where it seals the traffic. */
  get sealing(): SealingMechanism | undefined {
    return this.#mechanism?.seal === undefined ? undefined : (this.#mechanism as SealingMechanism);
  }

  /** Bytes of the greeting; what is left of the chunk goes on to the decoder. @throws ZmqError */
  greet(chunk: Uint8Array): void {
    const greeting = this.#greeting!;
    const used = greeting.push(chunk);
    const { agreement } = greeting;
    const { mechanism, zap } = this.#options;
    // What NULL says anybody may know: it goes with our greeting, a trip to the peer and back sooner. To a peer with
    // another mechanism it means nothing.
    if (greeting.isModern && mechanism === "NULL" && zap === undefined && this.#mechanism === undefined)
      this.#makeMechanism(createNull);
    if (agreement === undefined) return;
    this.#agreement = agreement;
    if (agreement.version === 3) this.#startMechanism(agreement);
    else startLegacy(agreement, this.#options, this.#decoder, this.#outbox);
    if (this.#mechanism?.question !== undefined) this.#decoder.stop();
    if (agreement.frames.length > 0) this.#decoder.push(agreement.frames);
    if (used < chunk.length) this.#decoder.push(chunk.subarray(used));
  }

  /** The peer, once this frame was the last of the handshake. @throws ZmqError */
  frame(flags: number, body: Uint8Array): Peer | undefined {
    const mechanism = this.#mechanism;
    if (mechanism === undefined) return this.#peer(body, "", new Map());
    if ((flags & COMMAND) === 0) {
      throw new ZmqError(
        "ERR_ZMTP_UNEXPECTED_COMMAND",
        "the peer sent a message before the handshake was over",
      );
    }
    mechanism.handle(body);
    return this.#proceed(mechanism);
  }

  /** Frames are not to come before the verdict. */
  get isAsking(): boolean {
    return this.#isAsking || this.#mechanism?.question !== undefined;
  }

  /** What the mechanism wants to know of the ZAP handler, once. */
  takeRequest(): Message | undefined {
    const question = this.#mechanism?.question;
    if (question === undefined || this.#isAsking) return undefined;
    this.#isAsking = true;
    const { zap, routingId } = this.#options;
    return encodeRequest(question, {
      domain: zap?.domain ?? EMPTY,
      address: this.#origin.address,
      routingId,
    });
  }

  /**
   * The handler's reply, or undefined where there is no handler. The peer, once this was the last of the handshake.
   * @throws ZmqError EFAULT for want of a handler, `ERR_ZAP_…`, ERR_AUTHENTICATION when the peer is refused and told so
   */
  judge(reply: Message | undefined): Peer | undefined {
    const mechanism = this.#mechanism!;
    this.#isAsking = false;
    const verdict = verdictOf(reply, this.#options.zap?.isRequired ?? true);
    mechanism.judge!(verdict);
    if (verdict.status !== 200) {
      this.#sendCommands(mechanism);
      throw refusalOf(verdict);
    }
    if (reply !== undefined) {
      const userId = fromText(verdict.userId);
      // Its own frame goes before metadata of that name.
      this.#origin.authenticator = new Map([...verdict.metadata, ["User-Id", userId]]);
    }
    return this.#proceed(mechanism);
  }

  #proceed(mechanism: Mechanism): Peer | undefined {
    this.#sendCommands(mechanism);
    if (!mechanism.isReady) return undefined;
    const metadata = mechanism.peerMetadata;
    const socketType = metadata.get("Socket-Type");
    return this.#peer(metadata.get("Identity") ?? EMPTY, socketType ? toLatin1(socketType) : "", metadata);
  }

  #startMechanism(agreement: Agreement): void {
    const { mechanism } = this.#options;
    const factory = MECHANISMS.get(mechanism);
    if (factory === undefined || agreement.mechanism !== mechanism) {
      const theirs = printable(agreement.mechanism) || "nothing";
      const advice =
        theirs === "GSSAPI"
          ? "which is not available here; use PLAIN or CURVE on both sides"
          : "set both to the same mechanism";
      throw new ZmqError(
        "ERR_ZMTP_MECHANISM_MISMATCH",
        `this socket uses ${mechanism}, the peer ${theirs}${theirs === "GSSAPI" ? ", " : "; "}${advice}`,
      );
    }
    if (this.#mechanism === undefined) this.#makeMechanism(factory);
  }

  #makeMechanism(factory: MechanismFactory): void {
    const { metadata, asServer, credentials, zap } = this.#options;
    this.#mechanism = factory({ metadata, asServer, credentials, authenticates: zap !== undefined });
    this.#sendCommands(this.#mechanism);
  }

  #startGreeting(): void {
    const { routingId, socketType, mechanism, asServer } = this.#options;
    this.#greeting = new Greeting(
      { routingIdLength: routingId.length, socketType, mechanism, asServer },
      (bytes) => this.#outbox.raw(bytes),
    );
    this.#greeting.start();
  }

  /** The WebSocket handshake has taken the greeting's place. 45/ZWS "Mechanism negotiation" */
  #startWeb(subprotocol: string): void {
    const mechanism = mechanismOf(subprotocol);
    const minor = isByteStream(subprotocol) ? 1 : 0;
    this.#agreement = { version: 3, minor, mechanism: mechanism ?? "", frames: EMPTY, unversioned: false };
    if (mechanism !== undefined) {
      this.#startMechanism(this.#agreement);
      return;
    }
    this.#outbox.frame(0, this.#options.routingId);
  }

  #sendCommands(mechanism: Mechanism): void {
    for (let command = mechanism.next(); command !== undefined; command = mechanism.next()) {
      this.#outbox.frame(COMMAND, command);
    }
  }

  #peer(routingId: Uint8Array, socketType: string, metadata: Metadata): Peer {
    if (routingId.length > 255) {
      throw new ZmqError(
        "ERR_ZMTP_INVALID_METADATA",
        `the peer's routing id has ${routingId.length} bytes; 255 is the most`,
      );
    }
    const { version, minor } = this.#agreement!;
    this.#origin.peer = metadata;
    // Copied, since an identity frame of ZMTP 2.0 is a view of its chunk, and the peer lives longer.
    return { version, minor, routingId: copy(routingId), socketType, metadata, origin: this.#origin };
  }
}
