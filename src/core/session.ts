/**
 * Joins an engine to a pipe. A listener makes one for each accepted connection; a dialer keeps one for as long as its
 * endpoint lives, and the pipe in it outlives every connection.
 */
import { RawEngine } from "#raw-engine";
import type { Connection, ConnectionHost, Ending, Message, Peer } from "../engine/connection.ts";
import { Engine, type EngineOptions } from "../engine/engine.ts";
import type { ByteStream, StreamHandler } from "../engine/stream.ts";
import { fromText } from "../util/bytes.ts";
import type { Timer } from "../util/clock.ts";
import { printable, ZmqError, type ZmqErrorCode } from "../util/errors.ts";
import { hold, release } from "../util/keep-alive.ts";
import { type EndpointPair, endsOf } from "./monitor.ts";
import { farewellsOf, greetingOf, helloOf } from "./notices.ts";
import { conflates, isRaw, type OptionValues, routingIdOf } from "./options.ts";
import { Pipe, type PipeOwner } from "./pipe.ts";
import { connectionSecurity } from "./security.ts";
import type { SocketPort } from "./socket-port.ts";
import { isCompatible, SOCKET_TYPES, type SocketTypeName } from "./socket-type.ts";
import type { ZapQuery } from "./zap-query.ts";

export interface SessionOwner {
  /** This side made the connection, not the peer. */
  readonly isDialer: boolean;
  /** The connection has ended. The pipe, if any, is still there when it was the peer's doing. */
  connectionEnded(ending: Ending): void;
  /** The socket is done with the pipe, and all that was to be sent has been: nothing follows. */
  sessionFinished(): void;
}

/** Faults in encrypted traffic, which libzmq reports as if the handshake had failed. */
const SEALED_TRAFFIC: ReadonlySet<ZmqErrorCode> = new Set([
  "ERR_ZMTP_MALFORMED_COMMAND_MESSAGE",
  "ERR_ZMTP_INVALID_SEQUENCE",
  "ERR_ZMTP_CRYPTOGRAPHIC",
]);

export class Session implements ConnectionHost, PipeOwner {
  readonly #socket: SocketPort;
  readonly #owner: SessionOwner;
  /** As they were at bind or connect. */
  readonly #options: OptionValues;
  /** What monitor events name: the peer's endpoint as given, or the local address. */
  readonly #address: string;
  /** Of the connection that stands, or stood last. */
  #ends: EndpointPair | undefined;
  #connection: Connection | undefined;
  /** The open question about the peer, if there is one. */
  #zapQuery: ZapQuery | undefined;
  /** The engine's end of the pipe, and the socket's. */
  #pipe: Pipe | undefined;
  #outer: Pipe | undefined;
  readonly #connectRoutingId: Uint8Array | undefined;
  /** The socket would not have the last pipe that it was offered: a PAIR that has its peer. */
  isRefused = false;
  /** The socket has let go, but not everything has been sent: holds the process. */
  #isLingering = false;
  #lingerTimer: Timer | undefined;

  constructor(
    socket: SocketPort,
    owner: SessionOwner,
    options: OptionValues,
    address: string,
    connectRoutingId?: Uint8Array,
  ) {
    this.#socket = socket;
    this.#owner = owner;
    this.#options = options;
    this.#address = address;
    this.#connectRoutingId = connectRoutingId;
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  get hasPipe(): boolean {
    return this.#pipe !== undefined;
  }

  /** Messages accepted from the socket that no connection has taken. */
  get queued(): number {
    return this.#pipe?.inboundLength ?? 0;
  }

  /** Gives the socket its pipe now, before there is a peer. */
  openPipe(): void {
    const { sendHighWaterMark, receiveHighWaterMark } = this.#options;
    const conflate = conflates(this.#socket.type, this.#options);
    const [outer, inner] = Pipe.pair(sendHighWaterMark, receiveHighWaterMark, false);
    outer.conflate = conflate;
    inner.conflate = conflate;
    inner.owner = this;
    this.#pipe = inner;
    this.#outer = outer;
    outer.routingId = this.#connectRoutingId;
    outer.ends = this.#ends ?? { local: "", remote: this.#address };
    // Also what is called from inside `attach` shall know.
    this.isRefused = true;
    this.#socket.attach(outer);
    this.isRefused = this.#pipe === undefined;
  }

  /** A connection stands: the handshake begins. The answer hears what the stream has to say. */
  connect(stream: ByteStream): StreamHandler {
    this.#ends = endsOf(this.#address, this.#owner.isDialer, stream);
    if (this.#outer !== undefined) this.#outer.ends = this.#ends;
    const engine = isRaw(this.#socket.type, this.#options)
      ? new RawEngine(stream, this)
      : new Engine(stream, this, engineOptions(this.#socket.type, this.#options), this.#socket.clock);
    this.#connection = engine;
    engine.start();
    return engine;
  }

  /**
   * The endpoint is closed: the socket loses its pipe, and what it had sent goes out within `lingerMs` (-1: in any
   * time). `sessionFinished` follows, perhaps from inside.
   */
  close(lingerMs: number): void {
    const outer = this.#outer;
    if (this.#pipe === undefined || outer === undefined || outer.isClosed) {
      this.#finishNow();
      return;
    }
    this.#isLingering = true;
    hold();
    this.#socket.release(outer);
    if (!this.#isLingering) return;
    if (lingerMs === 0) this.#finishNow();
    else if (lingerMs > 0) this.#lingerTimer = this.#socket.clock.after(lingerMs, () => this.#finishNow());
  }

  #finishNow(): void {
    this.abort();
    this.#stopLingering();
    this.#owner.sessionFinished();
  }

  #stopLingering(): void {
    if (!this.#isLingering) return;
    this.#isLingering = false;
    this.#lingerTimer?.cancel();
    release();
  }

  /** Ends the connection and the pipe without waiting for anything. */
  abort(): void {
    this.#stopLingering();
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.abort();
    this.#zapQuery?.cancel();
    this.dropPipe();
  }

  /** The socket loses its pipe; what it has received it can still read. */
  dropPipe(reason?: ZmqError): void {
    this.#stopLingering();
    const pipe = this.#pipe;
    this.#pipe = undefined;
    if (pipe === undefined) return;
    if (this.#outer !== undefined) this.#outer.reason = reason;
    pipe.close();
  }

  // ---- from the engine

  handshaken(peer: Peer): void {
    const { type, monitor } = this.#socket;
    if (peer.version === 3 && peer.socketType !== "" && !isCompatible(type, peer.socketType)) {
      throw new ZmqError(
        "ERR_ZMTP_INVALID_METADATA",
        `a ${type} socket cannot talk to a ${printable(peer.socketType)} socket; it takes ${SOCKET_TYPES[type].peers.join(", ")}`,
      );
    }
    if (this.#pipe === undefined) this.openPipe();
    const pipe = this.#pipe;
    const outer = this.#outer!;
    if (monitor.isActive && type !== "STREAM" && peer.version === 3)
      monitor.emit({ type: "handshake", address: this.#address, ...this.#ends });
    // Turned away, by a PAIR that has its peer: the connection is closing already.
    if (pipe === undefined) return;
    outer.peerInfo = peer;
    const hello = helloOf(type, this.#options);
    if (hello !== undefined) this.#connection!.take(hello);
    const greeting = greetingOf(type, this.#options);
    if (greeting !== undefined) pipe.deliver(greeting);
    this.#connection!.attach(pipe);
    this.#socket.peerReady(outer, peer);
  }

  authenticate(request: Message, answer: (reply: Message) => void): boolean {
    this.#zapQuery = this.#socket.askZap(request, answer);
    return this.#zapQuery !== undefined;
  }

  ended(ending: Ending): void {
    const { monitor } = this.#socket;
    this.#connection = undefined;
    this.#zapQuery?.cancel();
    if (this.#outer?.peerInfo !== undefined) this.#socket.peerLost(this.#outer);
    if (!ending.inHandshake && ending.kind !== "finished") this.#sayFarewell();
    if (monitor.isActive && ending.kind !== "finished") this.#report(ending);
    if (ending.kind === "finished") {
      this.#stopLingering();
      this.#owner.sessionFinished();
    } else this.#owner.connectionEnded(ending);
  }

  /** What the socket is to receive last from this connection. */
  #sayFarewell(): void {
    for (const message of farewellsOf(this.#socket.type, this.#options, this.#owner.isDialer))
      this.#pipe?.deliver(message);
  }

  #report(ending: Ending): void {
    const { monitor } = this.#socket;
    const where = { address: this.#address, ...this.#ends };
    const { error } = ending;
    if (error !== undefined && (ending.inHandshake || SEALED_TRAFFIC.has(error.code))) {
      const { code } = error;
      if (code === "ERR_AUTHENTICATION") monitor.emit({ type: "handshake:error:auth", ...where, error });
      else if (ending.kind !== "protocol" || code === "EFAULT")
        monitor.emit({ type: "handshake:error:other", ...where, error });
      else if (code.startsWith("ERR_Z")) monitor.emit({ type: "handshake:error:protocol", ...where, error });
    }
    monitor.emit(
      error === undefined ? { type: "disconnect", ...where } : { type: "disconnect", ...where, error },
    );
  }

  // ---- from the pipe

  readable(): void {
    this.#connection?.readable();
  }

  writable(): void {
    this.#connection?.writable();
  }

  take(message: Message): boolean {
    return this.#connection?.take(message) ?? false;
  }

  /** The socket has closed its end and everything it sent has left the queue. */
  closed(pipe: Pipe): void {
    this.#pipe = undefined;
    const { reason } = pipe;
    pipe.close();
    const connection = this.#connection;
    if (reason !== undefined && connection !== undefined) {
      this.#connection = undefined;
      connection.abort();
      this.#report({ kind: "protocol", inHandshake: false, error: reason });
      this.#stopLingering();
      this.#owner.sessionFinished();
    } else if (connection === undefined) {
      this.#stopLingering();
      this.#owner.sessionFinished();
    } else connection.finish();
  }
}

function engineOptions(type: SocketTypeName, options: OptionValues): EngineOptions {
  const routingId = routingIdOf(options);
  const { id, hasRoutingId } = SOCKET_TYPES[type];
  const metadata = new Map([["Socket-Type", fromText(type)]]);
  if (hasRoutingId) metadata.set("Identity", routingId);
  for (const [name, value] of Object.entries(options.metadata ?? {})) metadata.set(name, fromText(value));
  return {
    ...connectionSecurity(options),
    metadata,
    routingId,
    socketType: id,
    sendsSubscriptions: type === "SUB" || type === "XSUB" || type === "DISH",
    takesSubscriptions: type === "PUB" || type === "XPUB" || type === "RADIO",
    hasGroups: type === "RADIO" || type === "DISH",
    maxMessageSize: options.maxMessageSize,
    handshakeIntervalMs: options.handshakeInterval,
    heartbeatIntervalMs: options.heartbeatInterval,
    heartbeatTimeoutMs: options.heartbeatTimeout < 0 ? options.heartbeatInterval : options.heartbeatTimeout,
    heartbeatTtlMs: options.heartbeatTimeToLive,
  };
}
