/**
 * One live ZMTP connection: handshake → traffic → closed. Bytes come in through `received`, leave through the stream;
 * messages come from and go to a pipe. Has no sockets, and no timers but those of the clock it is given.
 */
import { Decoder } from "#decoder";
import { subscribeLegacy } from "#legacy";
import type { Clock } from "../util/clock.ts";
import { fromSystem, printable, ZmqError } from "../util/errors.ts";
import { single } from "../util/single.ts";
import {
  encodePing,
  encodePong,
  encodeSubscription,
  parseCommand,
  parsePing,
  subscriptionIn,
} from "../wire/command.ts";
import type { FrameDecoder, FrameSink } from "../wire/decoder.ts";
import { COMMAND, MORE } from "../wire/frame.ts";
import { isByteStream, mechanismOf, ZwsDecoder } from "../wire/zws.ts";
import type { Bridged } from "./bridged.ts";
import type { Connection, ConnectionHost, Ending, EnginePipe, Message, Peer } from "./connection.ts";
import { fanOut } from "./fan-out.ts";
import { flushAfterTurn } from "./flush.ts";
import { Handshake, type HandshakeOptions, type SealingMechanism } from "./handshake.ts";
import { Heartbeat } from "./heartbeat.ts";
import { HANDSHAKE_MAX, type Opened, Opening } from "./opening.ts";
import { Origin } from "./origin.ts";
import { type FrameOutbox, Outbox } from "./outbox.ts";
import type { ByteStream, StreamHandler } from "./stream.ts";
import { ZwsOutbox } from "./zws-outbox.ts";

export interface EngineOptions extends HandshakeOptions {
  /** SUB and XSUB: what begins with 01 or 00 leaves as SUBSCRIBE or CANCEL. */
  sendsSubscriptions: boolean;
  /** PUB and XPUB: SUBSCRIBE and CANCEL arrive as messages that begin with 01 or 00. */
  takesSubscriptions: boolean;
  /** RADIO and DISH: groups instead of topics, so the same two with JOIN and LEAVE. */
  hasGroups: boolean;
  maxMessageSize: number;
  handshakeIntervalMs: number;
  heartbeatIntervalMs: number;
  heartbeatTimeoutMs: number;
  heartbeatTtlMs: number;
}

const State = { Handshake: 0, Traffic: 1, Closed: 2 } as const;
type State = (typeof State)[keyof typeof State];

/** Parts of one message a peer may send before we take it for an attack: 2²⁰ empty frames hold 100 MB already. */
const MAX_PARTS = 1 << 20;

/** Commands of 37/ZMTP that mean nothing to this socket type: let them pass, as libzmq does. */
const HARMLESS = new Set(["PONG", "SUBSCRIBE", "CANCEL", "JOIN", "LEAVE"]);

export class Engine implements Connection, FrameSink, StreamHandler, Opened {
  readonly #stream: ByteStream;
  readonly #host: ConnectionHost;
  readonly #options: EngineOptions;
  readonly #clock: Clock;
  readonly #decoder: FrameDecoder;
  readonly #outbox: FrameOutbox;
  readonly #heartbeat: Heartbeat;
  readonly #handshake: Handshake;
  /** What all messages of this connection point to. */
  readonly #origin: Origin;
  readonly #opening: Opening;
  #state: State = State.Handshake;
  #pipe: EnginePipe | undefined;
  /** Parts of a message whose last frame has not come. */
  #parts: Uint8Array[] | undefined;
  /** The stream holds more than it wants. */
  #congested = false;
  #flushPlanned = false;
  #finishing = false;
  /** The connection is gone, but not all that came over it has been delivered. */
  #lost: ZmqError | undefined;
  /** SUBSCRIBE and CANCEL as commands: ZMTP 3.1 and later. */
  #commandsForSubscriptions = false;
  #sharesBytes = false;
  /** Where the socket is in another thread. */
  #bridged: Bridged | undefined;
  /** Set where traffic is sealed, so that the plain path asks one question a frame. */
  #sealing: SealingMechanism | undefined;

  constructor(stream: ByteStream, host: ConnectionHost, options: EngineOptions, clock: Clock) {
    this.#stream = stream;
    this.#host = host;
    this.#options = options;
    this.#clock = clock;
    const { maxMessageSize } = options;
    this.#origin = new Origin(stream.peerAddress);
    const isWeb = stream.subprotocol !== undefined && !isByteStream(stream.subprotocol);
    this.#decoder = isWeb
      ? new ZwsDecoder(this, maxMessageSize)
      : new Decoder(this, maxMessageSize, 2, this.#origin);
    this.#outbox = isWeb ? new ZwsOutbox() : new Outbox();
    if (maxMessageSize < 0 || maxMessageSize > HANDSHAKE_MAX)
      this.#decoder.setLimit(HANDSHAKE_MAX, "no handshake takes so much");
    this.#handshake = new Handshake(options, this.#decoder, this.#outbox, stream, this.#origin);
    this.#opening = new Opening(this.#handshake, stream, host, this);
    this.#heartbeat = new Heartbeat(
      clock,
      { intervalMs: options.heartbeatIntervalMs, timeoutMs: options.heartbeatTimeoutMs },
      {
        ping: () => {
          if (stream.ping !== undefined) stream.ping();
          else this.#command(encodePing(options.heartbeatTtlMs));
        },
        isDeaf: () => this.#decoder.isStopped,
        expired: () =>
          this.end("timeout", new ZmqError("ETIMEDOUT", "the peer did not answer heartbeats in time")),
      },
    );
  }

  // ---- from the session

  start(): void {
    this.#opening.start(this.#clock, this.#options.handshakeIntervalMs);
  }

  attach(pipe: EnginePipe): void {
    this.#pipe = pipe;
    if (this.#handshake.isUnversioned) subscribeLegacy(this.#options, pipe);
    if (this.#sharesBytes) this.#decoder.forwards = true;
    this.#bridged = pipe.bridge?.join(this, this.#outbox, this.#stream, this.#options, this.#sealing);
    this.#pump();
  }

  take(message: Message): boolean {
    if (this.#state !== State.Traffic || this.#congested) return false;
    if (message === fanOut.message && this.#sharesBytes)
      this.#outbox.shared!(fanOut.slab, fanOut.start, fanOut.end);
    else this.#encode(message);
    this.flushSoon();
    return true;
  }

  readable(): void {
    if (this.#state === State.Traffic && !this.#congested) this.#pump();
  }

  writable(): void {
    if (this.#state !== State.Traffic || !this.#decoder.isStopped) return;
    try {
      this.resume();
    } catch (error) {
      this.#undecodable(error);
    }
  }

  /** Decodes what was held back, then reads on. @throws ZmqError */
  resume(): void {
    if (!this.#decoder.resume()) {
      this.#deaf();
      return;
    }
    if (this.#lost !== undefined) this.end("lost", this.#lost);
    else this.#stream.resume();
  }

  finish(): void {
    if (this.#state === State.Closed || this.#finishing) return;
    this.#finishing = true;
    if (this.#lost !== undefined) this.end("lost", this.#lost);
    else if (!this.#congested) this.flush();
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

  received(bytes: Uint8Array): void {
    if (this.#state === State.Closed) return;
    // Before decoding: a PING in this chunk starts the time that its TTL gives us.
    this.#heartbeat.alive();
    if (this.#finishing) return;
    const inHandshake = this.#state === State.Handshake;
    if (inHandshake && this.#opening.keeps(bytes)) return;
    this.#decoder.claim?.(bytes);
    const chunk = this.#origin.own(bytes);
    try {
      if (this.#handshake.isGreeting) this.#handshake.greet(chunk);
      else {
        // The mark may have been lowered since the last chunk.
        if (!this.#wantsMore()) this.#decoder.stop();
        this.#decoder.push(chunk);
      }
      if (this.#state === State.Handshake) this.#opening.ask();
    } catch (error) {
      this.#undecodable(error);
      return;
    }
    // What it made us say, and READY with the first messages.
    if (inHandshake) this.flush();
    if (!this.#decoder.isStopped || this.#isClosed()) return;
    if (this.#state === State.Handshake) {
      this.#opening.holdBack(chunk.length);
      return;
    }
    this.#deaf();
  }

  /**
   * The decoder has stopped. A PING found on the way must not start its time. A reader is often done with what there is
   * before more comes: pausing for it takes 3 to 5 % of the time of small messages.
   */
  #deaf(): void {
    this.#heartbeat.alive();
    if (this.#decoder.isBehind) this.#stream.pause();
  }

  room(): Uint8Array | undefined {
    return this.#decoder.room();
  }

  drained(): void {
    if (this.#state === State.Closed) return;
    this.#congested = false;
    this.#bridged?.settle();
    if (this.#state === State.Traffic) this.#pump();
    if (this.#finishing || this.#state === State.Handshake) this.flush();
  }

  alive(): void {
    this.#heartbeat.alive();
  }

  closed(error?: Error): void {
    const text = "the peer closed the connection";
    const inHandshake = this.#state < State.Traffic;
    const cause = error
      ? fromSystem(error, "the connection was lost")
      : inHandshake
        ? new ZmqError("EPIPE", `${text} before the handshake was over`)
        : new ZmqError("ECONNRESET", text);
    // What has been received is delivered before the end is told: the socket reads on, and `writable` comes back here.
    if (this.#decoder.isStopped && !inHandshake) {
      this.#lost = cause;
      this.#setCongested();
      return;
    }
    this.end(error instanceof ZmqError ? "protocol" : "lost", cause);
  }

  #undecodable(error: unknown): void {
    this.end("protocol", fromSystem(error, "the peer's bytes could not be decoded"));
  }

  // ---- decoding

  /** One frame from the decoder. */
  frame(flags: number, body: Uint8Array): boolean {
    if (this.#state === State.Traffic) {
      const sealing = this.#sealing;
      return sealing === undefined
        ? this.#traffic(flags, body)
        : this.sealed(body, 0, body.subarray(sealing.sealedHead));
    }
    if (this.#state === State.Closed) return false;
    const peer = this.#handshake.frame(flags, body);
    if (peer !== undefined) this.handshaken(peer);
    return this.#wantsMore() && !this.#handshake.isAsking;
  }

  /** From the decoder: what can be cut when it is read, and perhaps in another thread. */
  forward(chunk: Uint8Array, from: number, maxFrameSize: number): number {
    const pipe = this.#pipe;
    if (this.#parts !== undefined || pipe === undefined) return from;
    const to = pipe.forward(chunk, from, maxFrameSize);
    if (!pipe.hasRoom()) this.#decoder.stop();
    return to;
  }

  /** False while the pipe is full: it outlives connections and may be so from the last one. */
  #wantsMore(): boolean {
    return this.#state !== State.Closed && (this.#pipe?.hasRoom() ?? true);
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
      message = single(body);
    } else {
      message = this.#parts;
      message.push(body);
      if (flags & MORE) {
        if (message.length > MAX_PARTS)
          throw new ZmqError("EMSGSIZE", `the peer sent a message of over ${MAX_PARTS} parts`);
        return true;
      }
      this.#parts = undefined;
    }
    return this.#pipe!.deliver(message);
  }

  /** A sealed frame. The flags that count are those inside. */
  sealed(bytes: Uint8Array, at: number, data: Uint8Array): boolean {
    return this.#traffic(this.#sealing!.open(bytes, at, data), data);
  }

  #receiveCommand(body: Uint8Array): void {
    const subscription = this.#options.takesSubscriptions
      ? subscriptionIn(body, this.#options.hasGroups)
      : undefined;
    if (subscription !== undefined) {
      this.#pipe!.deliver([subscription]);
      return;
    }
    const { name, data } = parseCommand(body);
    if (name === "PING") {
      const { ttlMs, context } = parsePing(data);
      this.#command(encodePong(context));
      this.#heartbeat.expectWithin(ttlMs);
    } else if (name === "ERROR") {
      throw new ZmqError(
        "ERR_ZMTP_UNSPECIFIED",
        `the peer ended the connection: ${printable(data.subarray(1))}`,
      );
    } else if (!HARMLESS.has(name)) {
      // Unlike libzmq, which lets any command pass: a peer that speaks another language is cut off and named.
      throw new ZmqError(
        "ERR_ZMTP_UNEXPECTED_COMMAND",
        `the peer sent an unknown command: ${printable(body)}`,
      );
    }
  }

  #isClosed(): boolean {
    return this.#state === State.Closed;
  }

  // ---- from the opening

  get isOver(): boolean {
    return this.#state === State.Closed || this.#finishing;
  }

  /** What came while something was loaded has been looked at. */
  caughtUp(): void {
    if (!this.#decoder.isStopped) this.#stream.resume();
  }

  /** The peer was refused. Unlike others who are cut off it shall hear of it: what is sent is not thrown away. */
  turnAway(error: ZmqError): void {
    this.flush();
    this.#close();
    this.#stream.end();
    // 300 is a temporary error: whoever connected, this side or the other, may try again.
    this.#host.ended({ kind: error.status === 300 ? "lost" : "protocol", inHandshake: true, error });
  }

  /** The handshake is over: the session gives us a pipe, or throws. */
  handshaken(peer: Peer): void {
    // Sealed frames differ from peer to peer, ZMTP 1.0's from all others.
    this.#sharesBytes =
      peer.version > 1 && this.#handshake.sealing === undefined && this.#outbox.shared !== undefined;
    this.#opening.end();
    this.#state = State.Traffic;
    this.#commandsForSubscriptions = peer.version === 3 && (peer.minor >= 1 || this.#options.hasGroups);
    this.#sealing = this.#handshake.sealing;
    this.#decoder.sealedHead = this.#sealing?.sealedHead ?? 0;
    this.#decoder.setLimit(this.#options.maxMessageSize);
    if (peer.version === 3 && this.#canPing()) this.#heartbeat.start();
    this.#host.handshaken(peer);
  }

  /** Without greeting and mechanism there are no commands, and a browser has no pings of its own. */
  #canPing(): boolean {
    const { subprotocol, ping } = this.#stream;
    return subprotocol === undefined || ping !== undefined || mechanismOf(subprotocol) !== undefined;
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
    pipe.bridge?.retry();
  }

  #encode(message: Message): void {
    if (
      this.#options.sendsSubscriptions &&
      this.#commandsForSubscriptions &&
      this.#encodeSubscription(message)
    )
      return;
    const outbox = this.#outbox;
    const sealing = this.#sealing;
    const last = message.length - 1;
    if (sealing !== undefined) for (let i = 0; i <= last; i++) this.seal(i < last ? MORE : 0, message[i]!);
    else {
      for (let i = 0; i < last; i++) outbox.frame(MORE, message[i]!);
      outbox.frame(0, message[last]!);
    }
    this.#bridged?.encoded(message);
  }

  #encodeSubscription(message: Message): boolean {
    const body = message[0]!;
    if (message.length !== 1 || body.length === 0 || body[0]! > 1) return false;
    this.#frameCommand(encodeSubscription(body, this.#options.hasGroups));
    return true;
  }

  #frameCommand(body: Uint8Array): void {
    if (this.#sealing === undefined) this.#outbox.frame(COMMAND, body);
    else this.seal(COMMAND, body);
  }

  /** Where frames are sealed. */
  seal(flags: number, body: Uint8Array): void {
    if (this.#state !== State.Traffic) return;
    try {
      this.#outbox.sealed(this.#sealing!, flags, body);
    } catch (error) {
      // No nonce is left, or no memory for so large a message: not the peer's fault, a new connection may do.
      this.end("lost", fromSystem(error, "a message could not be sealed"));
    }
  }

  /** A command of our own, soon; with a congested stream it waits in the outbox. */
  #command(body: Uint8Array): void {
    if (this.#state !== State.Traffic) return;
    // A peer that sends PINGs and reads no answer shall not fill our memory.
    if (this.#congested && this.#outbox.isFull) return;
    this.#frameCommand(body);
    if (!this.#congested) this.#planFlush();
  }

  /** At the end of the turn, or now if that is much. */
  flushSoon(): void {
    if (this.#outbox.isFull) this.flush();
    else this.#planFlush();
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
      this.#setCongested();
      return;
    }
    this.#bridged?.settle();
    if (this.#finishing) {
      // Sent is what the system has: until then the connection lingers, and `abort` may still cut it short.
      if (!this.#stream.isIdle) {
        this.#setCongested();
        this.#stream.awaitIdle();
        return;
      }
      const inHandshake = this.#state < State.Traffic;
      this.#close();
      this.#stream.end();
      this.#host.ended({ kind: "finished", inHandshake });
    }
  }

  #setCongested(): void {
    this.#congested = true;
    if (this.#pipe !== undefined) this.#pipe.isHungry = false;
  }

  // ---- the end

  end(kind: Ending["kind"], error: ZmqError): void {
    if (this.#state === State.Closed) return;
    const inHandshake = this.#state < State.Traffic;
    // The peer shall hear what it is that it cannot talk to.
    if (kind === "protocol") this.flush();
    this.#close();
    this.#stream.destroy();
    this.#host.ended({ kind, inHandshake, error });
  }

  #close(): void {
    this.#state = State.Closed;
    this.#opening.end();
    this.#heartbeat.stop();
    this.#outbox.clear();
    this.#decoder.close?.();
    this.#handshake.wipe();
    this.#parts = undefined;
    const pipe = this.#pipe;
    if (pipe === undefined) return;
    this.#pipe = undefined;
    pipe.isHungry = false;
    pipe.forwarder = undefined;
    pipe.bridge?.retry();
  }
}
