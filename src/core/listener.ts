/** One bound endpoint: accepts, gives each connection a session, and takes them all along when it is unbound. */
import { fromSystem } from "../util/errors.ts";
import { type Endpoint, type HttpServer, invalid } from "./endpoint.ts";
import { endsOf } from "./monitor.ts";
import type { OptionValues } from "./options.ts";
import { Session } from "./session.ts";
import type { SocketPort } from "./socket-port.ts";
import type {
  ByteStream,
  Listening,
  Living,
  RemoteTransport,
  StreamHandler,
  StreamTransport,
} from "./transport.ts";

/** The endpoint, to be bound to an HTTP server of the user's. @throws ZmqError EINVAL; TypeError for what is none */
export function withServer(endpoint: Endpoint, server: HttpServer): Endpoint {
  if (endpoint.scheme !== "ws" && endpoint.scheme !== "wss")
    throw invalid(endpoint.text, "only ws:// and wss:// can be bound to an HTTP server");
  if (typeof server?.on !== "function") throw new TypeError("server must be a http.Server or https.Server");
  return { ...endpoint, server };
}

/** Listens, in this thread or where the transport does. `gone`: unbound, and the last connection has ended. */
export function listen(
  transport: StreamTransport | RemoteTransport,
  endpoint: Endpoint,
  socket: SocketPort,
  gone: (one: Living) => void,
): Promise<Living> {
  return transport.kind === "remote"
    ? transport.bind(endpoint, socket, gone)
    : Listener.open(socket, transport, endpoint, gone);
}

/** The same for a thread that blocks. */
export function listenSync(
  transport: RemoteTransport,
  endpoint: Endpoint,
  socket: SocketPort,
  gone: (one: Living) => void,
): Living {
  transport.checkBind(endpoint);
  return transport.bindSync(endpoint, socket, gone);
}

export class Listener {
  /** The endpoint as the user gave it; see `endpoint`. */
  readonly written: string;
  readonly #socket: SocketPort;
  readonly #options: OptionValues;
  readonly #sessions = new Set<Session>();
  readonly #gone: (listener: Listener) => void;
  #listening!: Listening;
  #stopped = false;
  #isListening = true;

  private constructor(socket: SocketPort, written: string, gone: (listener: Listener) => void) {
    this.written = written;
    this.#socket = socket;
    this.#options = { ...socket.options };
    this.#gone = gone;
  }

  /** @throws ZmqError as a rejection, after a `bind:error` event. `gone`: unbound, and its last session has ended. */
  static async open(
    socket: SocketPort,
    transport: StreamTransport,
    endpoint: Endpoint,
    gone: (listener: Listener) => void,
  ): Promise<Listener> {
    const listener = new Listener(socket, endpoint.text, gone);
    try {
      listener.#listening = await transport.listen(endpoint, listener.#options, {
        accepted: (stream) => listener.#accept(stream),
        acceptFailed: (error) =>
          socket.monitor.emit({
            type: "accept:error",
            address: listener.endpoint,
            error: fromSystem(error, "accepting a connection failed"),
          }),
      });
    } catch (cause) {
      const error = fromSystem(cause, `binding to ${endpoint.text} failed`, endpoint.text);
      socket.monitor.emit({ type: "bind:error", address: endpoint.text, error });
      throw error;
    }
    socket.monitor.emit({ type: "bind", address: listener.endpoint });
    return listener;
  }

  /** With wildcards filled in. */
  get endpoint(): string {
    return this.#listening.endpoint;
  }

  get queued(): number {
    let count = 0;
    for (const session of this.#sessions) count += session.queued;
    return count;
  }

  /**
   * Unbinds: stops accepting and ends its connections, each within `lingerMs`. Resolves when the address is free;
   * connections may linger beyond that.
   */
  async close(lingerMs: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    const closing = this.#listening.close();
    for (const session of [...this.#sessions]) session.close(lingerMs);
    const address = this.endpoint;
    this.#socket.monitor.emit({ type: "close", address });
    try {
      await closing;
    } catch (cause) {
      const error = fromSystem(cause, `closing ${address} failed`, address);
      this.#socket.monitor.emit({ type: "close:error", address, error });
    }
    this.#isListening = false;
    this.#endIfEmpty();
  }

  #accept(stream: ByteStream): StreamHandler {
    const scheme = this.endpoint.slice(0, this.endpoint.indexOf(":"));
    const address = `${scheme}://${stream.localAddress}`;
    const { monitor } = this.#socket;
    if (monitor.isActive) monitor.emit({ type: "accept", address, ...endsOf(address, false, stream) });
    const session = new Session(
      this.#socket,
      {
        isDialer: false,
        connectionEnded: (ending) => {
          session.dropPipe(ending.error);
          this.#forget(session);
        },
        sessionFinished: () => this.#forget(session),
      },
      this.#options,
      address,
    );
    this.#sessions.add(session);
    return session.connect(stream);
  }

  #forget(session: Session): void {
    this.#sessions.delete(session);
    this.#endIfEmpty();
  }

  #endIfEmpty(): void {
    if (!this.#isListening && this.#sessions.size === 0) this.#gone(this);
  }
}
