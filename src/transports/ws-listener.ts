/**
 * The listening side of `ws://` and `wss://`: an HTTP server of its own, or a path on one of the user's. Decides who may
 * come in; says why not to the peer, by HTTP, and to the monitor.
 */
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { WebSocketServer } from "ws";
import { type Endpoint, formatHostPort, type HttpServer, parseWebAddress } from "../core/endpoint.ts";
import type { OptionValues } from "../core/options.ts";
import { mechanismName } from "../core/security.ts";
import type { ListenCallbacks, Listening } from "../core/transport.ts";
import { printable, ZmqError, type ZmqErrorCode } from "../util/errors.ts";
import { chooseSubprotocol, isZws } from "../wire/zws.ts";
import { bindHost, plain } from "./node-address.ts";
import { closeServer, listenOn } from "./node-stream.ts";
import { loadWs, maxPayloadOf } from "./ws-package.ts";
import { WsStream } from "./ws-stream.ts";

type Upgrade = (request: IncomingMessage, socket: Socket, head: Buffer) => void;

/** @throws ZmqError EINVAL for bad options; what the system says as a rejection */
export async function listenWeb(
  endpoint: Endpoint,
  options: OptionValues,
  callbacks: ListenCallbacks,
  isSecure: boolean,
): Promise<Listening> {
  const { host, port, path } = parseWebAddress(endpoint, false);
  const { WebSocketServer } = await loadWs();
  const web = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxPayloadOf(options),
  });
  const gate = new Gate(web, path, options, callbacks);
  const scheme = `${endpoint.scheme}://`;
  if (endpoint.server !== undefined) {
    const { server } = endpoint;
    const detach = attach(server, path, endpoint, gate.upgrade);
    const { port: actual, address } = addressOf(server) ?? { port, address: host };
    return { endpoint: `${scheme}${formatHostPort(address, actual)}${path}`, close: async () => detach() };
  }
  const server = ownServer(options, endpoint, isSecure, callbacks);
  await listenOn(server, { host: bindHost(host, endpoint, options), port, backlog: options.backlog });
  server.on("upgrade", gate.upgrade as (request: IncomingMessage, socket: unknown, head: Buffer) => void);
  server.on("error", (error) => callbacks.acceptFailed(error));
  server.unref();
  const { address, port: actual } = server.address() as AddressInfo;
  return {
    endpoint: `${scheme}${formatHostPort(address, actual)}${path}`,
    async close() {
      const closing = closeServer(server);
      // Those that have not become WebSockets; the others live on.
      server.closeAllConnections();
      await closing;
    },
  };
}

/** A server that answers nothing but upgrades, and waits for none longer than a handshake may take. */
function ownServer(
  options: OptionValues,
  endpoint: Endpoint,
  isSecure: boolean,
  callbacks: ListenCallbacks,
): Server {
  const patience = options.handshakeInterval;
  const limits = {
    headersTimeout: patience,
    requestTimeout: patience,
    connectionsCheckingInterval: Math.min(Math.max(patience >> 1, 50), 30_000),
    noDelay: true,
  };
  const refused = (error: ZmqError) => callbacks.acceptFailed(error);
  let server: Server;
  if (isSecure) {
    const { wssKeyPem, wssCertPem } = options;
    if (wssKeyPem === null || wssCertPem === null) {
      throw new ZmqError(
        "EINVAL",
        `${endpoint.text} needs the options wssKeyPem and wssCertPem, the private key and the certificate`,
        { address: endpoint.text },
      );
    }
    server = createSecureServer({ ...limits, key: bytesOf(wssKeyPem), cert: bytesOf(wssCertPem) });
    server.on("tlsClientError" as never, (error: Error) =>
      refused(new ZmqError("EPROTO", `TLS with a peer failed: ${error.message}`, { cause: error })),
    );
  } else server = createServer(limits);
  server.on("connection", (socket: Socket) => socket.unref());
  server.on("request", (request: IncomingMessage) => {
    const error = new ZmqError("EPROTO", `a peer sent a plain HTTP request: ${printable(request.url ?? "")}`);
    refuse(request.socket, 426, "this is a ZeroMQ endpoint: connect to it with a WebSocket", refused, error);
  });
  server.on("clientError", (cause: Error & { code?: string }, socket) => {
    // Gone by itself: a port scan is worth no event.
    if (cause.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
    const isLate = cause.code === "ERR_HTTP_REQUEST_TIMEOUT";
    const error = isLate
      ? new ZmqError("ETIMEDOUT", `a peer sent no WebSocket request within ${patience} ms`, { cause })
      : new ZmqError("EPROTO", `a peer sent something that is no HTTP: ${cause.message}`, { cause });
    refuse(socket as Socket, isLate ? 408 : 400, error.message, refused, error);
  });
  return server;
}

function bytesOf(value: string | Uint8Array): string | Buffer {
  return typeof value === "string" ? value : Buffer.from(value);
}

/** Decides about each request to become a WebSocket. */
class Gate {
  readonly #web: WebSocketServer;
  readonly #path: string;
  readonly #mechanism: string;
  readonly #origins: ReadonlySet<string> | undefined;
  readonly #callbacks: ListenCallbacks;
  readonly #chosen = new WeakMap<IncomingMessage, string>();

  constructor(web: WebSocketServer, path: string, options: OptionValues, callbacks: ListenCallbacks) {
    this.#web = web;
    this.#path = path;
    this.#callbacks = callbacks;
    this.#mechanism = mechanismName(options);
    const { webOrigins } = options;
    this.#origins =
      webOrigins === null
        ? undefined
        : new Set(
            String(webOrigins)
              .toLowerCase()
              .split(/[\s,]+/),
          );
    // `ws` knows subprotocols as HTTP tokens, which have no slash: it is not shown them.
    web.on("headers", (headers, request) =>
      headers.push(`Sec-WebSocket-Protocol: ${this.#chosen.get(request)}`),
    );
    web.on("wsClientError", (cause, socket, request) =>
      this.#refuse(
        socket as Socket,
        400,
        "EPROTO",
        `a peer sent no proper WebSocket request: ${cause.message}`,
        request,
      ),
    );
  }

  readonly upgrade: Upgrade = (request, socket, head) => {
    const { origin } = request.headers;
    if (this.#origins !== undefined && origin !== undefined && !this.#origins.has(origin.toLowerCase())) {
      const text = `pages of ${printable(origin)} may not connect: the option webOrigins does not name it`;
      return this.#refuse(socket, 403, "EACCES", text, request);
    }
    const offered = request.headers["sec-websocket-protocol"] ?? "";
    const offers = offered.split(",").map((offer) => offer.trim());
    const subprotocol = chooseSubprotocol(offers, this.#mechanism);
    if (subprotocol === undefined) {
      const text = `a peer offers the WebSocket subprotocols "${printable(offered)}", this socket uses ${this.#mechanism}: ZWS2.0/${this.#mechanism}`;
      const code = offers.some(isZws) ? "ERR_ZMTP_MECHANISM_MISMATCH" : "EPROTO";
      return this.#refuse(socket, 400, code, text, request);
    }
    delete request.headers["sec-websocket-protocol"];
    this.#chosen.set(request, subprotocol);
    this.#web.handleUpgrade(request, socket, head, (web) => {
      const local = `${formatHostPort(plain(socket.localAddress), socket.localPort ?? 0)}${this.#path}`;
      const remote = formatHostPort(plain(socket.remoteAddress), socket.remotePort ?? 0);
      const stream = new WsStream(web, socket, subprotocol, local, remote, false);
      stream.start(this.#callbacks.accepted(stream));
    });
  };

  #refuse(socket: Socket, status: number, code: ZmqErrorCode, text: string, request: IncomingMessage): void {
    const error = new ZmqError(code, `${text} (from ${printable(plain(request.socket.remoteAddress))})`);
    refuse(socket, status, text, (refused) => this.#callbacks.acceptFailed(refused), error);
  }
}

function refuse(
  socket: Socket,
  status: number,
  text: string,
  report: (error: ZmqError) => void,
  error: ZmqError,
): void {
  socket.on("error", () => {});
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nUpgrade: websocket\r\n`;
  const body = `Content-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
  socket.end(head + body, () => socket.destroy());
  report(error);
}

// ---- servers of the user's

/** Server → path → who takes it. One listener a server, however many sockets are bound to it. */
const attached = new WeakMap<HttpServer, Map<string, Upgrade>>();

/** The answer ends it. @throws ZmqError EADDRINUSE */
function attach(server: HttpServer, path: string, endpoint: Endpoint, upgrade: Upgrade): () => void {
  let paths = attached.get(server);
  if (paths?.has(path)) {
    throw new ZmqError("EADDRINUSE", `${endpoint.text}: another socket has the path ${path} of this server`, {
      address: endpoint.text,
    });
  }
  if (paths === undefined) {
    paths = new Map();
    attached.set(server, paths);
    listenForUpgrades(server, paths);
  }
  paths.set(path, upgrade);
  return () => void paths.delete(path);
}

function listenForUpgrades(server: HttpServer, paths: Map<string, Upgrade>): void {
  const onUpgrade: Upgrade = (request, socket, head) => {
    const path = (request.url ?? "/").split("?", 1)[0]!;
    const upgrade = paths.get(path);
    if (upgrade !== undefined) upgrade(request, socket, head);
    // Not ours; and nobody else's, where nobody else listens.
    else if (server.listenerCount("upgrade") === 1)
      refuse(socket, 404, "there is no ZeroMQ socket at this path", () => {}, new ZmqError("ENOENT"));
  };
  server.on("upgrade", onUpgrade as (...args: unknown[]) => void);
}

function addressOf(server: HttpServer): { address: string; port: number } | undefined {
  const address = server.address();
  return typeof address === "object" && address !== null ? address : undefined;
}
