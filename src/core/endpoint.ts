/**
 * Endpoint texts: `scheme://rest`, and the `host:port` forms of TCP. Parses and prints; resolves nothing. The
 * transports say what their part means.
 */
import { reasonAgainst } from "#scheme-reasons";
import { ZmqError } from "../util/errors.ts";

export interface Endpoint {
  /** As the user wrote it. */
  readonly text: string;
  readonly scheme: string;
  /** What follows `://`. */
  readonly address: string;
  /** An HTTP server of the user's to bind to, for `ws://` and `wss://`. */
  readonly server?: HttpServer;
}

/** What is used of a `http.Server` or `https.Server`. */
export interface HttpServer {
  on(event: "upgrade", listener: (...args: unknown[]) => void): unknown;
  listenerCount(event: "upgrade"): number;
  address(): { address: string; port: number } | string | null;
}

/** @throws TypeError when it is no text; ZmqError EINVAL without scheme or address. */
export function parseEndpoint(text: unknown): Endpoint {
  if (typeof text !== "string") throw new TypeError("Address must be a string");
  const at = text.indexOf("://");
  if (at <= 0 || at + 3 === text.length) {
    throw new ZmqError(
      "EINVAL",
      `not an endpoint: "${text}"; write it as scheme://address, such as tcp://127.0.0.1:5555`,
      {
        address: text,
      },
    );
  }
  return { text, scheme: text.slice(0, at), address: text.slice(at + 3) };
}

/** For a scheme that this runtime has no transport for. */
export function unsupportedScheme(endpoint: Endpoint, available: Iterable<string>): ZmqError {
  return new ZmqError(
    "EPROTONOSUPPORT",
    `${endpoint.text}: ${reasonAgainst(endpoint.scheme)}; this runtime has ${[...available].join("://, ")}://`,
    {
      address: endpoint.text,
    },
  );
}

export interface HostPort {
  /** Without brackets; `*` for any. */
  host: string;
  /** 0 for one that the system chooses. */
  port: number;
}

const HOST = /^(?:\[([0-9A-Fa-f:.%\w-]+|\*)\]|([\w.*%-]+))$/;

/** @throws ZmqError EINVAL when it is not `host:port`, or the port is no number from 0 to 65535. */
export function parseHostPort(text: string, address: string): HostPort {
  const colon = text.lastIndexOf(":");
  const portText = text.slice(colon + 1);
  const host = HOST.exec(text.slice(0, Math.max(colon, 0)));
  if (colon < 0 || host === null)
    throw invalid(address, "expected host:port, with an IPv6 address in brackets");
  const port = portText === "*" ? 0 : /^\d{1,5}$/.test(portText) ? Number(portText) : Number.NaN;
  // Unlike libzmq, which wraps 99999 round to 34463: that is never what was meant.
  if (!(port >= 0 && port <= 65_535))
    throw invalid(address, `"${portText}" is no port from 0 to 65535, nor *`);
  return { host: (host[1] ?? host[2])!, port };
}

/** `host:port`, or `source;host:port` for a connection that leaves from a given address. */
export function parseConnectAddress(
  address: string,
  text: string,
): { remote: HostPort; source: HostPort | undefined } {
  const semicolon = address.indexOf(";");
  const remoteText = address.slice(semicolon + 1);
  const remote = parseHostPort(remoteText, text);
  if (remote.host === "*" || remoteText.endsWith(":*"))
    throw invalid(text, "a connection needs a host and a port, not *");
  const source = semicolon < 0 ? undefined : parseHostPort(address.slice(0, semicolon), text);
  return { remote, source };
}

/** `host:port/path` of `ws://` and `wss://`; the path is `/` where there is none. */
export interface WebAddress extends HostPort {
  path: string;
}

/** @throws ZmqError EINVAL */
export function parseWebAddress(endpoint: Endpoint, isConnect: boolean): WebAddress {
  const { address, text } = endpoint;
  const slash = address.indexOf("/");
  const path = slash < 0 ? "/" : address.slice(slash);
  if (!/^[\x21-\x7e]+$/.test(path) || path.includes("#"))
    throw invalid(text, "a path has printable characters only, no spaces and no #");
  const hostPort = parseHostPort(slash < 0 ? address : address.slice(0, slash), text);
  if (isConnect && (hostPort.host === "*" || hostPort.port === 0))
    throw invalid(text, "a connection needs a host and a port, not *");
  return { ...hostPort, path };
}

export function formatHostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

export function invalid(address: string, reason: string): ZmqError {
  return new ZmqError("EINVAL", `invalid endpoint ${address}: ${reason}`, { address });
}
