/**
 * From the first byte to the first message: greeting, version, then the mechanism of ZMTP 3 or the identities of older
 * peers. Works on the connection's decoder and outbox; knows nothing of pipes and timers.
 *
 *   greeting ──► identity (ZMTP 1, 2) ──► over
 *        └─────► mechanism (ZMTP 3) ──────┘
 */
import { MECHANISMS, type Mechanism } from "../security/mechanism.ts";
import { copy, EMPTY, toLatin1 } from "../util/bytes.ts";
import { printable, ZmqError } from "../util/errors.ts";
import type { Metadata } from "../wire/command.ts";
import type { FrameDecoder } from "../wire/decoder.ts";
import { COMMAND } from "../wire/frame.ts";
import { type Agreement, Greeting } from "../wire/greeting.ts";
import { isByteStream, mechanismOf } from "../wire/zws.ts";
import type { Peer } from "./connection.ts";
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
}

export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #decoder: FrameDecoder;
  readonly #outbox: FrameOutbox;
  readonly #stream: ByteStream;
  readonly #greeting: Greeting;
  #agreement: Agreement | undefined;
  #mechanism: Mechanism | undefined;

  constructor(options: HandshakeOptions, decoder: FrameDecoder, outbox: FrameOutbox, stream: ByteStream) {
    this.#options = options;
    this.#decoder = decoder;
    this.#outbox = outbox;
    this.#stream = stream;
    const { routingId, socketType, mechanism, asServer } = options;
    this.#greeting = new Greeting(
      { routingIdLength: routingId.length, socketType, mechanism, asServer },
      (bytes) => {
        stream.write(bytes);
      },
    );
  }

  start(): void {
    const { subprotocol } = this.#stream;
    if (subprotocol === undefined) this.#greeting.start();
    else this.#startWeb(subprotocol);
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
  get sealing(): Mechanism | undefined {
    return this.#mechanism?.decode === undefined ? undefined : this.#mechanism;
  }

  /** Bytes of the greeting; what is left of the chunk goes on to the decoder. @throws ZmqError */
  greet(chunk: Uint8Array): void {
    const used = this.#greeting.push(chunk);
    const { agreement } = this.#greeting;
    if (agreement === undefined) return;
    this.#agreement = agreement;
    if (agreement.version === 3) this.#startMechanism(agreement);
    else this.#startLegacy(agreement);
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
    this.#sendCommands(mechanism);
    if (!mechanism.isReady) return undefined;
    const metadata = mechanism.peerMetadata;
    const socketType = metadata.get("Socket-Type");
    return this.#peer(metadata.get("Identity") ?? EMPTY, socketType ? toLatin1(socketType) : "", metadata);
  }

  #startMechanism(agreement: Agreement): void {
    const { mechanism, metadata, asServer } = this.#options;
    const factory = MECHANISMS.get(mechanism);
    if (factory === undefined || agreement.mechanism !== mechanism) {
      throw new ZmqError(
        "ERR_ZMTP_MECHANISM_MISMATCH",
        `this socket uses ${mechanism}, the peer ${printable(agreement.mechanism) || "nothing"}; set both to the same mechanism`,
      );
    }
    this.#mechanism = factory({ metadata, asServer });
    this.#sendCommands(this.#mechanism);
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
    this.#outbox.flush(this.#stream);
  }

  /** ZMTP 1.0 and 2.0: no mechanism, no metadata; each side sends its identity as the first frame. */
  #startLegacy(agreement: Agreement): void {
    const { mechanism, routingId } = this.#options;
    if (mechanism !== "NULL") {
      throw new ZmqError(
        "ERR_ZMTP_MECHANISM_MISMATCH",
        `this socket uses ${mechanism}, but the peer speaks ZMTP ${agreement.version}.0, which has no security`,
      );
    }
    const framing = agreement.version === 1 ? 1 : 2;
    this.#decoder.framing = framing;
    this.#outbox.framing = framing;
    // A true ZMTP 1.0 peer has read our signature as the header of the identity frame: only its body is missing.
    if (agreement.unversioned) this.#outbox.raw(routingId);
    else this.#outbox.frame(0, routingId);
    this.#outbox.flush(this.#stream);
  }

  #sendCommands(mechanism: Mechanism): void {
    for (let command = mechanism.next(); command !== undefined; command = mechanism.next()) {
      this.#outbox.frame(COMMAND, command);
    }
    if (!this.#outbox.isEmpty) this.#outbox.flush(this.#stream);
  }

  #peer(routingId: Uint8Array, socketType: string, metadata: Metadata): Peer {
    if (routingId.length > 255) {
      throw new ZmqError(
        "ERR_ZMTP_INVALID_METADATA",
        `the peer's routing id has ${routingId.length} bytes; 255 is the most`,
      );
    }
    const { version, minor } = this.#agreement!;
    // Copied, since an identity frame of ZMTP 2.0 is a view of its chunk, and the peer lives longer.
    return { version, minor, routingId: copy(routingId), socketType, metadata };
  }
}
