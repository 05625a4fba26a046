/**
 * One connecting endpoint: connects in the background, tries again with back-off, replaces the connection under a
 * pipe that lasts. libzmq: session_base.cpp, stream_connecter_base.cpp.
 */
import type { Ending } from "../engine/connection.ts";
import type { Timer } from "../util/clock.ts";
import { fromSystem, ZmqError } from "../util/errors.ts";
import type { Endpoint } from "./endpoint.ts";
import { endsOf } from "./monitor.ts";
import { isRaw, type OptionValues } from "./options.ts";
import { Session, type SessionOwner } from "./session.ts";
import type { SocketPort } from "./socket-port.ts";
import type { ByteStream, Dial, StreamHandler, StreamTransport } from "./transport.ts";

/** ZMQ_RECONNECT_STOP_… */
const STOP_REFUSED = 1;
const STOP_HANDSHAKE_FAILED = 2;
const STOP_AFTER_DISCONNECT = 4;

export class Dialer implements SessionOwner {
  readonly isDialer = true;
  readonly endpoint: string;
  readonly #target: Endpoint;
  readonly #socket: SocketPort;
  readonly #transport: StreamTransport;
  readonly #options: OptionValues;
  readonly #session: Session;
  readonly #gone: (dialer: Dialer) => void;
  #dial: Dial | undefined;
  #timeout: Timer | undefined;
  #retry: Timer | undefined;
  #backoffMs = 0;
  #closing = false;
  #stopped = false;
  /** The socket, a PAIR, has its peer already: `start` again when that has gone. */
  isTurnedAway = false;

  /** `gone` is called once, when the endpoint has ended for good. */
  constructor(
    socket: SocketPort,
    transport: StreamTransport,
    endpoint: Endpoint,
    gone: (dialer: Dialer) => void,
  ) {
    this.endpoint = endpoint.text;
    this.#target = endpoint;
    this.#socket = socket;
    this.#transport = transport;
    this.#options = { ...socket.options };
    this.#gone = gone;
    this.#session = new Session(socket, this, this.#options, endpoint.text, socket.takeConnectRoutingId());
  }

  get written(): string {
    return this.endpoint;
  }

  /** Messages that wait for the connection. */
  get queued(): number {
    return this.#session.queued;
  }

  start(): void {
    this.isTurnedAway = false;
    if (!this.#needsPeer()) this.#session.openPipe();
    if (!this.#stopped && !this.isTurnedAway) this.#connect();
  }

  /** With IMMEDIATE a pipe exists only while a peer is there; a raw socket cannot name a peer before either. */
  #needsPeer(): boolean {
    return this.#options.immediate || isRaw(this.#socket.type, this.#options);
  }

  /** Disconnects; what was sent before still goes out within `lingerMs`, over new connections if need be. */
  close(lingerMs: number): void {
    this.#closing = true;
    if (!this.#stopped) this.#session.close(lingerMs);
  }

  // ---- from the session

  connectionEnded(ending: Ending): void {
    if (this.#stopped) return;
    const isHopeless = ending.inHandshake && this.#stops(STOP_HANDSHAKE_FAILED);
    if (ending.kind === "protocol" || isHopeless) {
      // The peer would break the rules again: libzmq does not dial it a second time either.
      this.#end(ending.error);
      return;
    }
    if (this.#needsPeer()) this.#session.dropPipe();
    if (this.#options.reconnectInterval <= 0 || (this.#closing && !this.#session.hasPipe)) {
      this.#end(ending.error);
      return;
    }
    this.#retryLater();
  }

  sessionFinished(): void {
    const isRefused = this.#session.isRefused && !this.#closing;
    if (isRefused && !this.#needsPeer()) this.isTurnedAway = true;
    else if (isRefused && this.#options.reconnectInterval > 0) this.#retryLater();
    else this.#end(undefined);
  }

  #stops(reason: number): boolean {
    return (this.#options.reconnectStop & reason) !== 0;
  }

  #end(error: ZmqError | undefined): void {
    if (this.#stopped) return;
    this.#stop();
    this.#session.dropPipe(error);
    this.#gone(this);
  }

  #stop(): void {
    this.#stopped = true;
    this.#dial?.cancel();
    this.#timeout?.cancel();
    this.#retry?.cancel();
  }

  // ---- connecting

  #connect(): void {
    const { monitor, clock } = this.#socket;
    const { connectTimeout } = this.#options;
    const address = this.endpoint;
    this.#dial = this.#transport.dial(this.#target, this.#options, {
      connected: (stream) => this.#connected(stream),
      failed: (error) => this.#failed(fromSystem(error, `connecting to ${address} failed`, address)),
    });
    if (connectTimeout > 0) {
      this.#timeout = clock.after(connectTimeout, () => {
        this.#dial?.cancel();
        this.#failed(
          new ZmqError("ETIMEDOUT", `connecting to ${address} took longer than ${connectTimeout} ms`, {
            address,
          }),
        );
      });
    }
    if (!this.#transport.connectsAtOnce) monitor.emit({ type: "connect:delay", address });
  }

  #connected(stream: ByteStream): StreamHandler {
    this.#dial = undefined;
    this.#timeout?.cancel();
    this.#backoffMs = 0;
    const { monitor } = this.#socket;
    const address = this.endpoint;
    if (monitor.isActive) monitor.emit({ type: "connect", address, ...endsOf(address, true, stream) });
    return this.#session.connect(stream);
  }

  #failed(error: ZmqError): void {
    this.#dial = undefined;
    this.#timeout?.cancel();
    if (this.#stopped) return;
    this.#socket.monitor.emit({ type: "close", address: this.endpoint, error });
    if (error.code === "ECONNREFUSED" && this.#endsWhenRefused()) {
      this.#end(error);
      return;
    }
    // Unlike a lost connection, a first attempt that fails leaves the endpoint and its queue in place, as in libzmq.
    if (this.#options.reconnectInterval > 0) this.#retryLater();
  }

  /** A proxy's word on the peer is not taken for the peer's own, as in libzmq. */
  #endsWhenRefused(): boolean {
    if (this.#closing && this.#stops(STOP_AFTER_DISCONNECT)) return true;
    return this.#options.socksProxy === null && this.#stops(STOP_REFUSED);
  }

  #retryLater(): void {
    const { monitor, clock } = this.#socket;
    const interval = this.#nextInterval();
    monitor.emit({ type: "connect:retry", address: this.endpoint, interval });
    this.#retry = clock.after(interval, () => this.#connect());
  }

  /** libzmq 4.3.5: with a maximum the interval doubles up to it; without, up to one interval of jitter is added. */
  #nextInterval(): number {
    const { reconnectInterval, reconnectMaxInterval } = this.#options;
    if (reconnectMaxInterval <= reconnectInterval) {
      return reconnectInterval + Math.floor(Math.random() * reconnectInterval);
    }
    this.#backoffMs =
      this.#backoffMs === 0 ? reconnectInterval : Math.min(this.#backoffMs * 2, reconnectMaxInterval);
    return this.#backoffMs;
  }
}
