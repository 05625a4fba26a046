/** The endpoints of one socket: what it is bound and connected to, and those closed ones that still have something to send. */
import { listen, listenSync, withServer } from "#listener";
import { ZmqError } from "../util/errors.ts";
import { Dialer } from "./dialer.ts";
import { type Endpoint, type HttpServer, parseEndpoint, unsupportedScheme } from "./endpoint.ts";
import type { Unsent } from "./lingering.ts";
import { isRaw } from "./options.ts";
import { checkSecurity } from "./security.ts";
import type { SocketPort } from "./socket-port.ts";
import type { SocketTypeName } from "./socket-type.ts";
import type { Joint, Living, PipeTransport, Transport, TransportTable } from "./transport.ts";
import { abortable, type CallOptions, holding } from "./waiting.ts";

/** A second connection of these types to the same place would only repeat the first: libzmq ignores it too. */
const CONNECTS_ONCE: ReadonlySet<SocketTypeName> = new Set(["DEALER", "SUB", "PUB", "REQ"]);

export interface BindOptions extends CallOptions {
  /**
   * For `ws://` and `wss://`: listens at the endpoint's path on this `http.Server` or `https.Server`, which stays the
   * caller's to open and close. Host and port of the endpoint are not used then.
   */
  server?: HttpServer | undefined;
}

export class Endpoints {
  readonly #socket: SocketPort;
  readonly #transports: TransportTable;
  /** Called when something has ended that `isBusy` may have counted. */
  readonly #changed: () => void;
  readonly #binds: (Living | Joint)[] = [];
  readonly #connects: (Living | Joint)[] = [];
  /** Closed, but not done: they send what was accepted before. */
  readonly #lingering = new Set<Living>();
  #bindsInProgress = 0;
  #isClosed = false;
  /** ZMQ_LAST_ENDPOINT */
  last: string | null = null;

  constructor(socket: SocketPort, transports: TransportTable, changed: () => void) {
    this.#socket = socket;
    this.#transports = transports;
    this.#changed = changed;
  }

  get count(): number {
    return this.#binds.length + this.#connects.length + this.#bindsInProgress;
  }

  /** Does anything go on that closing must wait for? */
  get isBusy(): boolean {
    return this.#lingering.size > 0 || this.#bindsInProgress > 0;
  }

  get names(): string[] {
    return [...this.#binds, ...this.#connects].map((item) => item.endpoint);
  }

  /** Messages accepted that no connection has taken, and the endpoints they wait for. */
  get unsent(): Unsent[] {
    return [...this.#lingering, ...this.#binds, ...this.#connects]
      .map((item) => ({
        endpoint: item.endpoint,
        messages: isLiving(item) ? item.queued : 0,
      }))
      .filter((item) => item.messages > 0);
  }

  /** All of ZmqError is a rejection, as in the `zeromq` package; inproc names are bound when it returns. */
  bind(address: unknown, options?: BindOptions): Promise<void> {
    try {
      const parsed = parseEndpoint(address);
      const endpoint = options?.server === undefined ? parsed : withServer(parsed, options.server);
      const found = this.#transportFor(endpoint);
      const transport = found.kind === "remote" && endpoint.server !== undefined ? found.here : found;
      if (transport.kind !== "pipe") {
        transport.checkBind(endpoint);
        return this.#open(
          () => listen(transport, endpoint, this.#socket, (gone) => this.#gone(gone)),
          options?.signal,
        );
      }
      if (!transport.bindsAtOnce)
        return this.#open(async () => transport.bind(endpoint, this.#socket), options?.signal);
      this.#bindDirectly(transport, endpoint);
      return Promise.resolve();
    } catch (error) {
      if (error instanceof TypeError) throw error;
      return Promise.reject(error);
    }
  }

  bindSync(address: unknown): void {
    const endpoint = parseEndpoint(address);
    const transport = this.#transportFor(endpoint);
    if (transport.kind === "remote" && transport.canBlock) {
      const bound = listenSync(transport, endpoint, this.#socket, (gone) => this.#gone(gone));
      this.#binds.push(bound);
      this.last = bound.endpoint;
      return;
    }
    if (transport.kind !== "pipe" || !transport.bindsAtOnce) {
      throw new ZmqError(
        "ENOTSUP",
        `${endpoint.text} cannot be bound synchronously in this runtime; use await bind()`,
        {
          address: endpoint.text,
        },
      );
    }
    this.#bindDirectly(transport, endpoint);
  }

  #bindDirectly(transport: PipeTransport, endpoint: Endpoint): void {
    this.#binds.push(transport.bind(endpoint, this.#socket) as Joint);
    this.last = endpoint.text;
  }

  async #open(open: () => Promise<Living | Joint>, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    this.#bindsInProgress++;
    const opening = open().finally(() => {
      this.#bindsInProgress--;
    });
    const done = opening.then((listener) => {
      // Too late: the socket was closed or the caller gave up meanwhile.
      if (this.#isClosed || signal?.aborted) {
        this.#linger(listener);
        void listener.close(0);
        throw (
          signal?.reason ?? new ZmqError("EBADF", "Socket is closed: it was closed while it was being bound")
        );
      }
      this.#binds.push(listener);
      this.last = listener.endpoint;
    });
    try {
      await abortable(holding(done), { signal });
    } finally {
      this.#changed();
    }
  }

  /** Resolves when the address is free. @throws ZmqError ENOENT */
  unbind(address: unknown): Promise<void> {
    const { linger } = this.#socket.options;
    const items = take(this.#binds, "unbind", address);
    for (const item of items) this.#linger(item);
    return Promise.all(items.map((item) => item.close(linger))).then(() => {});
  }

  connect(address: unknown): void {
    const endpoint = parseEndpoint(address);
    const transport = this.#transportFor(endpoint);
    const isKnown = this.#connects.some((item) => item.endpoint === endpoint.text);
    if (isKnown && CONNECTS_ONCE.has(this.#socket.type)) return;
    if (transport.kind === "pipe") this.#connects.push(transport.connect(endpoint, this.#socket));
    else if (transport.kind === "remote") {
      transport.checkConnect(endpoint);
      this.#connects.push(transport.connect(endpoint, this.#socket, (gone) => this.#gone(gone)));
    } else {
      transport.checkConnect(endpoint);
      const dialer = new Dialer(this.#socket, transport, endpoint, (gone) => this.#gone(gone));
      this.#connects.push(dialer);
      dialer.start();
    }
    this.last = endpoint.text;
  }

  /** The socket has lost a pipe: one that it had no room for may be welcome now. */
  offerAgain(): void {
    if (!this.#connects.some(isTurnedAway)) return;
    for (const item of this.#connects.filter(isTurnedAway)) if (item.isTurnedAway) item.start?.();
  }

  /** All connections to the endpoint, where there are several; so in libzmq. @throws ZmqError ENOENT */
  disconnect(address: unknown): void {
    const { linger } = this.#socket.options;
    const items = take(this.#connects, "disconnect", address);
    for (const item of items) this.#linger(item);
    for (const item of items) void item.close(linger);
  }

  closeAll(): void {
    this.#isClosed = true;
    const { linger } = this.#socket.options;
    const items = [...this.#connects.splice(0), ...this.#binds.splice(0)];
    // All of them before the first one closes: one that ends at once asks whether it was the last.
    for (const item of items) this.#linger(item);
    for (const item of items) void item.close(linger);
  }

  #linger(item: Living | Joint): void {
    if (isLiving(item)) this.#lingering.add(item);
  }

  #transportFor(endpoint: Endpoint): Transport {
    const transport = this.#transports.get(endpoint.scheme);
    if (transport === undefined) throw unsupportedScheme(endpoint, this.#transports.keys());
    const { type, options } = this.#socket;
    if (transport.kind !== "pipe" && type !== "STREAM") checkSecurity(options);
    const reason =
      isRaw(type, options) &&
      (transport.kind === "pipe" || (transport.kind === "remote" ? transport.here : transport).keepsBlocks)
        ? "a STREAM or raw socket talks to plain byte streams, which this is not; use tcp:// or ipc://"
        : type === "DGRAM" && endpoint.scheme !== "udp"
          ? "a DGRAM socket talks to plain datagrams; use udp://"
          : undefined;
    if (reason !== undefined)
      throw new ZmqError("ENOCOMPATPROTO", `${endpoint.text}: ${reason}`, { address: endpoint.text });
    return transport;
  }

  /** A listener or dialer has ended: by itself, or after it was closed and had nothing more to send. */
  #gone(gone: Living): void {
    this.#lingering.delete(gone);
    const at = this.#connects.indexOf(gone);
    if (at >= 0) this.#connects.splice(at, 1);
    this.#changed();
  }
}

function isTurnedAway(item: Joint | Living): item is Living {
  return isLiving(item) && item.isTurnedAway === true;
}

function isLiving(item: Joint | Living): item is Living {
  return "queued" in item;
}

/** Takes out what goes by this name: the endpoint as it became, or as it was written but for a wildcard. */
function take<T extends Joint | Living>(items: T[], verb: string, address: unknown): T[] {
  const { text } = parseEndpoint(address);
  const isIt = (item: T) =>
    item.endpoint === text || (isLiving(item) && item.written === text && !/[*]$|:0$/.test(text));
  const taken = items.filter(isIt);
  if (taken.length > 0) {
    for (const item of taken) items.splice(items.indexOf(item), 1);
    return taken;
  }
  const known = items.length > 0 ? `it has ${items.map((item) => item.endpoint).join(", ")}` : "it has none";
  throw new ZmqError("ENOENT", `cannot ${verb} ${text}: this socket has no such endpoint; ${known}`, {
    address: text,
  });
}
