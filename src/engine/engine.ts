/**
 * One live ZMTP connection: greeting → handshake → traffic → closed. Bytes come in through `received`, leave through
 * the stream; messages come from and go to a pipe. Has no sockets, and no timers but those of the clock it is given.
 *
 *   greeting ──► identity (ZMTP 1, 2) ──► traffic ──► closed
 *        └─────► handshake (ZMTP 3) ──────┘
 */
import { MECHANISMS, type Mechanism } from "../security/mechanism.ts";
import { concat, EMPTY, toLatin1 } from "../util/bytes.ts";
import type { Clock, Timer } from "../util/clock.ts";
import { fromSystem, printable, ZmqError } from "../util/errors.ts";
import { encodeCommand, encodePing, encodePong, type Metadata, parseCommand, parsePing } from "../wire/command.ts";
import { Decoder, type FrameSink } from "../wire/decoder.ts";
import { COMMAND, MORE } from "../wire/frame.ts";
import { type Agreement, Greeting } from "../wire/greeting.ts";
import type { Connection, ConnectionHost, Ending, EnginePipe, Message } from "./connection.ts";
import { flushAfterTurn } from "./flush.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Outbox } from "./outbox.ts";
import type { ByteStream, StreamHandler } from "./stream.ts";

export interface EngineOptions {
  mechanism: string;
  asServer: boolean;
  /** Announced to the peer: Socket-Type, then Identity where the type has one. */
  metadata: Metadata;
  routingId: Uint8Array;
  /** libzmq's number of the socket type. */
  socketType: number;
  /** SUB and XSUB: what begins with 01 or 00 leaves as SUBSCRIBE or CANCEL. */
  sendsSubscriptions: boolean;
  /** PUB and XPUB: SUBSCRIBE and CANCEL arrive as messages that begin with 01 or 00. */
  takesSubscriptions: boolean;
  maxMessageSize: number;
  handshakeIntervalMs: number;
  heartbeatIntervalMs: number;
  heartbeatTimeoutMs: number;
  heartbeatTtlMs: number;
}

const State = { Greeting: 0, Identity: 1, Handshake: 2, Traffic: 3, Closed: 4 } as const;
type State = (typeof State)[keyof typeof State];

/** Parts of one message a peer may send before we take it for an attack: 2²⁰ empty frames hold 100 MB already. */
const MAX_PARTS = 1 << 20;

/** Commands of 37/ZMTP that mean nothing to this socket type: let them pass, as libzmq does. */
const HARMLESS = new Set(["PONG", "SUBSCRIBE", "CANCEL", "JOIN", "LEAVE"]);

export class Engine implements Connection, FrameSink, StreamHandler {
  readonly #stream: ByteStream;
  readonly #host: ConnectionHost;
  readonly #options: EngineOptions;
  readonly #clock: Clock;
  readonly #decoder: Decoder;
  readonly #outbox = new Outbox();
  readonly #heartbeat: Heartbeat;
  #greeting: Greeting;
  #agreement: Agreement | undefined;
  #mechanism: Mechanism | undefined;
  #handshakeTimer: Timer | undefined;
  #state: State = State.Greeting;
  #pipe: EnginePipe | undefined;
  /** Parts of a message whose last frame has not come. */
  #parts: Uint8Array[] | undefined;
  /** The stream holds more than it wants. */
  #congested = false;
  #flushPlanned = false;
  #finishing = false;
  /** SUBSCRIBE and CANCEL as commands: ZMTP 3.1 and later. */
  #commandsForSubscriptions = false;
  /** Set where traffic is sealed, so that the plain path asks one question a frame. */
  #sealing: Mechanism | undefined;

  constructor(stream: ByteStream, host: ConnectionHost, options: EngineOptions, clock: Clock) {
    this.#stream = stream;
    this.#host = host;
    this.#options = options;
    this.#clock = clock;
    this.#decoder = new Decoder(this, options.maxMessageSize);
    this.#greeting = new Greeting(
      {
        routingIdLength: options.routingId.length,
        socketType: options.socketType,
        mechanism: options.mechanism,
        asServer: options.asServer,
      },
      (bytes) => this.#stream.write(bytes),
    );
    this.#heartbeat = new Heartbeat(
      clock,
      { intervalMs: options.heartbeatIntervalMs, timeoutMs: options.heartbeatTimeoutMs },
      {
        ping: () => this.#command(encodePing(options.heartbeatTtlMs)),
        isDeaf: () => this.#decoder.isStopped,
        expired: () => this.#end("timeout", new ZmqError("ETIMEDOUT", "the peer did not answer heartbeats in time")),
      },
    );
  }

  // ---- from the session

  start(): void {
    const { handshakeIntervalMs } = this.#options;
    if (handshakeIntervalMs > 0) {
      this.#handshakeTimer = this.#clock.after(handshakeIntervalMs, () =>
        this.#end("timeout", new ZmqError("EAGAIN", `the handshake took longer than ${handshakeIntervalMs} ms`)),
      );
    }
    this.#greeting.start();
  }

  attach(pipe: EnginePipe): void {
    this.#pipe = pipe;
    if (this.#agreement?.unversioned && this.#options.takesSubscriptions) {
      // A ZMTP 1.0 subscriber filters for itself; libzmq takes it for subscribed to everything.
      pipe.write([Uint8Array.of(1)]);
    }
    this.#pump();
  }

  take(message: Message): boolean {
    if (this.#state !== State.Traffic || this.#congested) return false;
    this.#encode(message);
    if (this.#outbox.isFull) this.flush();
    else this.#planFlush();
    return true;
  }

  readable(): void {
    if (this.#state === State.Traffic && !this.#congested) this.#pump();
  }

  writable(): void {
    if (this.#state === State.Closed || !this.#decoder.isStopped) return;
    try {
      if (this.#decoder.resume()) this.#stream.resume();
    } catch (error) {
      this.#end("protocol", fromSystem(error, "decoding failed"));
    }
  }

  finish(): void {
    if (this.#state === State.Closed || this.#finishing) return;
    this.#finishing = true;
    if (!this.#congested) this.flush();
  }

  abort(): void {
    if (this.#state === State.Closed) return;
    // What was taken from the pipe counts as sent: hand it to the kernel, as libzmq's I/O thread would have done.
    if (this.#state === State.Traffic && !this.#congested && !this.#outbox.isEmpty) {
      this.#outbox.flush(this.#stream);
      this.#close();
      this.#stream.end();
      return;
    }
    this.#close();
    this.#stream.destroy();
  }

  // ---- from the stream

  received(chunk: Uint8Array): void {
    if (this.#state === State.Closed || this.#finishing) return;
    // Before decoding: a PING in this chunk starts the time that its TTL gives us.
    this.#heartbeat.alive();
    try {
      if (this.#state === State.Greeting) this.#greet(chunk);
      else this.#decoder.push(chunk);
    } catch (error) {
      this.#end("protocol", fromSystem(error, "the peer's bytes could not be decoded"));
      return;
    }
    if (this.#decoder.isStopped) {
      this.#heartbeat.alive();
      this.#stream.pause();
    }
  }

  drained(): void {
    if (this.#state === State.Closed) return;
    this.#congested = false;
    if (this.#state === State.Traffic) this.#pump();
    if (this.#finishing) this.flush();
  }

  closed(error?: Error): void {
    const text = "the peer closed the connection";
    const inHandshake = this.#state < State.Traffic;
    const cause = error
      ? fromSystem(error, "the connection was lost")
      : inHandshake
        ? new ZmqError("EPIPE", `${text} before the handshake was over`)
        : new ZmqError("ECONNRESET", text);
    this.#end("lost", cause);
  }

  // ---- decoding

  /** One frame from the decoder, in every state but greeting. */
  frame(flags: number, body: Uint8Array): boolean {
    switch (this.#state) {
      case State.Traffic:
        return this.#sealing === undefined ? this.#traffic(flags, body) : this.#unseal(this.#sealing, flags, body);
      case State.Handshake:
        this.#negotiate(flags, body);
        return this.#state !== (State.Closed as State);
      case State.Identity:
        this.#handshaken(body, "", new Map());
        return true;
      default:
        return false;
    }
  }

  #traffic(flags: number, body: Uint8Array): boolean {
    if (flags & COMMAND) {
      this.#receiveCommand(body);
      return this.#pipe!.hasRoom();
    }
    let message: Message;
    if (this.#parts === undefined) {
      if (flags & MORE) {
        this.#parts = [body];
        return true;
      }
      message = [body];
    } else {
      message = this.#parts;
      message.push(body);
      if (flags & MORE) {
        if (message.length > MAX_PARTS) throw new ZmqError("EMSGSIZE", `the peer sent a message of over ${MAX_PARTS} parts`);
        return true;
      }
      this.#parts = undefined;
    }
    const pipe = this.#pipe!;
    pipe.write(message);
    return pipe.hasRoom();
  }

  #unseal(mechanism: Mechanism, flags: number, body: Uint8Array): boolean {
    const opened = mechanism.decode!(flags, body);
    return this.#traffic(opened.flags, opened.body);
  }

  #receiveCommand(body: Uint8Array): void {
    const { name, data } = parseCommand(body);
    if (name === "PING") {
      const { ttlMs, context } = parsePing(data);
      this.#command(encodePong(context));
      this.#heartbeat.expectWithin(ttlMs);
    } else if (this.#options.takesSubscriptions && (name === "SUBSCRIBE" || name === "CANCEL")) {
      this.#pipe!.write([concat([Uint8Array.of(name === "SUBSCRIBE" ? 1 : 0), data], 1 + data.length)]);
    } else if (name === "ERROR") {
      throw new ZmqError("ERR_ZMTP_UNSPECIFIED", `the peer ended the connection: ${printable(data.subarray(1))}`);
    } else if (!HARMLESS.has(name)) {
      // Unlike libzmq, which lets any command pass: a peer that speaks another language is cut off and named.
      throw new ZmqError("ERR_ZMTP_UNEXPECTED_COMMAND", `the peer sent an unknown command: ${printable(body)}`);
    }
  }

  // ---- handshake

  #greet(chunk: Uint8Array): void {
    const used = this.#greeting.push(chunk);
    const agreement = this.#greeting.agreement;
    if (agreement === undefined) return;
    this.#agreement = agreement;
    if (agreement.version === 3) this.#startMechanism(agreement);
    else this.#startLegacy(agreement);
    if (agreement.frames.length > 0) this.#decoder.push(agreement.frames);
    if (used < chunk.length) this.#decoder.push(chunk.subarray(used));
  }

  #startMechanism(agreement: Agreement): void {
    const { mechanism, metadata, asServer } = this.#options;
    const factory = MECHANISMS.get(mechanism);
    if (factory === undefined || agreement.mechanism !== mechanism) {
      throw new ZmqError(
        "ERR_ZMTP_MECHANISM_MISMATCH",
        `this socket uses ${mechanism}, the peer ${agreement.mechanism || "nothing"}; set both to the same mechanism`,
      );
    }
    this.#mechanism = factory({ metadata, asServer });
    this.#commandsForSubscriptions = agreement.minor >= 1;
    this.#state = State.Handshake;
    this.#sendHandshake(this.#mechanism);
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
    this.#state = State.Identity;
  }

  #negotiate(flags: number, body: Uint8Array): void {
    if ((flags & COMMAND) === 0) {
      throw new ZmqError("ERR_ZMTP_UNEXPECTED_COMMAND", "the peer sent a message before the handshake was over");
    }
    const mechanism = this.#mechanism!;
    mechanism.handle(body);
    this.#sendHandshake(mechanism);
    if (!mechanism.isReady) return;
    if (mechanism.decode !== undefined) this.#sealing = mechanism;
    const metadata = mechanism.peerMetadata;
    const socketType = metadata.get("Socket-Type");
    this.#handshaken(metadata.get("Identity") ?? EMPTY, socketType ? toLatin1(socketType) : "", metadata);
  }

  #sendHandshake(mechanism: Mechanism): void {
    for (let command = mechanism.next(); command !== undefined; command = mechanism.next()) {
      this.#outbox.frame(COMMAND, command);
    }
    if (!this.#outbox.isEmpty) this.#outbox.flush(this.#stream);
  }

  #handshaken(routingId: Uint8Array, socketType: string, metadata: Metadata): void {
    const { version, minor } = this.#agreement!;
    if (routingId.length > 255) {
      throw new ZmqError("ERR_ZMTP_INVALID_METADATA", `the peer's routing id has ${routingId.length} bytes; 255 is the most`);
    }
    this.#handshakeTimer?.cancel();
    this.#state = State.Traffic;
    if (version === 3) this.#heartbeat.start();
    // Copied, and not by `slice`, which a Buffer answers with a view: these few bytes live as long as the connection
    // and must not hold the chunk they came in.
    this.#host.handshaken({ version, minor, routingId: new Uint8Array(routingId), socketType, metadata });
  }

  // ---- sending

  /** Moves what waits in the pipe to the stream, until the pipe is empty or the stream has enough. */
  #pump(): void {
    const pipe = this.#pipe;
    if (pipe === undefined || this.#state !== State.Traffic || this.#congested) return;
    for (;;) {
      const message = pipe.read();
      if (message === undefined) break;
      this.#encode(message);
      if (!this.#outbox.isFull) continue;
      this.flush();
      if (this.#congested) return;
    }
    // Reading may have ended the connection: the last message of a closing pipe.
    if (this.#state === State.Traffic) pipe.isHungry = true;
    this.#planFlush();
  }

  #encode(message: Message): void {
    if (this.#options.sendsSubscriptions && this.#commandsForSubscriptions && this.#encodeSubscription(message)) return;
    const outbox = this.#outbox;
    const sealing = this.#sealing;
    const last = message.length - 1;
    if (sealing !== undefined) {
      for (let i = 0; i <= last; i++) outbox.frame(0, sealing.encode!(i < last ? MORE : 0, message[i]!));
      return;
    }
    for (let i = 0; i < last; i++) outbox.frame(MORE, message[i]!);
    outbox.frame(0, message[last]!);
  }

  #encodeSubscription(message: Message): boolean {
    const body = message[0]!;
    if (message.length !== 1 || body.length === 0 || body[0]! > 1) return false;
    this.#frameCommand(encodeCommand(body[0] === 1 ? "SUBSCRIBE" : "CANCEL", body.subarray(1)));
    return true;
  }

  #frameCommand(body: Uint8Array): void {
    if (this.#sealing === undefined) this.#outbox.frame(COMMAND, body);
    else this.#outbox.frame(0, this.#sealing.encode!(COMMAND, body));
  }

  /** A command of our own, soon; with a congested stream it waits in the outbox. */
  #command(body: Uint8Array): void {
    if (this.#state !== State.Traffic) return;
    this.#frameCommand(body);
    if (!this.#congested) this.#planFlush();
  }

  #planFlush(): void {
    if (this.#flushPlanned || this.#outbox.isEmpty) return;
    this.#flushPlanned = true;
    flushAfterTurn(this);
  }

  /** Called at the end of a turn, and whenever the outbox is full. */
  flush(): void {
    this.#flushPlanned = false;
    if (this.#state === State.Closed || this.#congested) return;
    if (!this.#outbox.isEmpty && !this.#outbox.flush(this.#stream)) {
      this.#congested = true;
      if (this.#pipe !== undefined) this.#pipe.isHungry = false;
      return;
    }
    if (this.#finishing) {
      const inHandshake = this.#state < State.Traffic;
      this.#close();
      this.#stream.end();
      this.#host.ended({ kind: "finished", inHandshake });
    }
  }

  // ---- the end

  #end(kind: Ending["kind"], error: ZmqError): void {
    if (this.#state === State.Closed) return;
    const inHandshake = this.#state < State.Traffic;
    this.#close();
    this.#stream.destroy();
    this.#host.ended({ kind, inHandshake, error });
  }

  #close(): void {
    this.#state = State.Closed;
    this.#handshakeTimer?.cancel();
    this.#heartbeat.stop();
    this.#outbox.clear();
    this.#parts = undefined;
    if (this.#pipe !== undefined) this.#pipe.isHungry = false;
    this.#pipe = undefined;
  }
}
