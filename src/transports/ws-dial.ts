/**
 * The connecting side of `ws://` and `wss://`. libzmq: ws_connecter.cpp, wss_engine.cpp.
 */
import { connect, isIP, type NetConnectOpts, type Socket } from "node:net";
import { rootCertificates, connect as secureConnect } from "node:tls";
import type { ClientOptions, WebSocket } from "ws";
import { type Endpoint, formatHostPort, parseWebAddress } from "../core/endpoint.ts";
import type { OptionValues } from "../core/options.ts";
import { mechanismName } from "../core/security.ts";
import type { Dial, DialCallbacks } from "../core/transport.ts";
import { printable, ZmqError } from "../util/errors.ts";
import { offeredSubprotocols } from "../wire/zws.ts";
import { plain } from "./node-address.ts";
import { loadWs, maxPayloadOf, type WsPackage } from "./ws-package.ts";
import { WsStream } from "./ws-stream.ts";

export class WebDial implements Dial {
  #web: WebSocket | undefined;
  #isOver = false;
  readonly #callbacks: DialCallbacks;

  constructor(endpoint: Endpoint, options: OptionValues, callbacks: DialCallbacks, isSecure: boolean) {
    this.#callbacks = callbacks;
    loadWs().then(
      (library) => {
        if (!this.#isOver) this.#connect(library, endpoint, options, isSecure, false);
      },
      (error) => this.#fail(error),
    );
  }

  cancel(): void {
    this.#isOver = true;
    this.#web?.terminate();
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.cancel();
    this.#callbacks.failed(error);
  }

  #connect(
    library: WsPackage,
    endpoint: Endpoint,
    options: OptionValues,
    isSecure: boolean,
    tokensOnly: boolean,
  ): void {
    const { host, port, path } = parseWebAddress(endpoint, true);
    const offers = offeredSubprotocols(mechanismName(options), tokensOnly);
    const url = `${isSecure ? "wss" : "ws"}://${formatHostPort(host, port)}${path}`;
    let socket: Socket | undefined;
    let subprotocol: string | undefined;
    const web = new library.WebSocket(url, {
      ...(isSecure ? trustOf(options) : {}),
      // `ws` knows subprotocols as HTTP tokens, which have no slash: it is not shown them, neither here nor below.
      headers: { "Sec-WebSocket-Protocol": offers.join(",") },
      perMessageDeflate: false,
      maxPayload: maxPayloadOf(options),
      createConnection: ((target: NetConnectOpts & { host: string; path?: string }) => {
        socket = open({ ...target, family: options.ipv6 ? 0 : 4 } as never, isSecure);
        return socket;
      }) as never,
      ...(options.handshakeInterval > 0 ? { handshakeTimeout: options.handshakeInterval } : {}),
    } as ClientOptions);
    this.#web = web;
    web.on("upgrade", ({ headers }) => {
      subprotocol = headers["sec-websocket-protocol"];
      delete headers["sec-websocket-protocol"];
    });
    const onError = (error: Error): void => {
      if (this.#web === web) this.#fail(error);
    };
    web.on("error", onError);
    web.on("unexpected-response", (_request, { statusCode }) => {
      if (this.#isOver) return;
      if (statusCode === 400 && !tokensOnly) {
        // A server that takes the slash in the names for a mistake: once more without.
        this.#connect(library, endpoint, options, isSecure, true);
        web.terminate();
      } else this.#fail(new ZmqError("EPROTO", `the server answered with HTTP status ${statusCode}`));
    });
    web.once("open", () => {
      if (this.#isOver) return;
      if (subprotocol === undefined || !offers.includes(subprotocol)) {
        const chosen = subprotocol === undefined ? "none" : `"${printable(subprotocol)}"`;
        this.#fail(
          new ZmqError(
            "EPROTO",
            `the server chose the WebSocket subprotocol ${chosen} of ${offers.join(", ")}`,
          ),
        );
        return;
      }
      this.#isOver = true;
      web.off("error", onError);
      const { localAddress, localPort = 0, remoteAddress, remotePort = 0 } = socket!;
      const local = formatHostPort(plain(localAddress), localPort);
      const remote = formatHostPort(plain(remoteAddress), remotePort);
      const stream = new WsStream(web, socket!, subprotocol, local, remote, true);
      stream.start(this.#callbacks.connected(stream));
    });
  }
}

/** A connection that does not hold the process. */
function open(target: NetConnectOpts & { host: string; servername?: string }, isSecure: boolean): Socket {
  // Meant for HTTP, but a path would be a local socket's here.
  const { path: _, ...rest } = target as unknown as Record<string, unknown>;
  const socket = isSecure
    ? secureConnect({ servername: isIP(target.host) ? "" : target.host, ...rest } as never)
    : connect(rest as unknown as NetConnectOpts);
  return socket.unref();
}

/** Whom a `wss://` connection trusts: nobody, unless told. libzmq: wss_engine.cpp */
export function trustOf(options: OptionValues): ClientOptions {
  const { wssTrustPem, wssTrustSystem, wssHostname } = options;
  const ca = wssTrustSystem ? [...rootCertificates] : [];
  if (wssTrustPem !== null) ca.push(String(wssTrustPem));
  const name = wssHostname === null ? undefined : String(wssHostname);
  return {
    ca,
    rejectUnauthorized: true,
    ...(name === undefined ? { checkServerIdentity: () => undefined as never } : { servername: name }),
  };
}
