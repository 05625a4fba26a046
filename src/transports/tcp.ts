/**
 * `tcp://`: host names, IPv4, IPv6 in brackets, interface names, `*`, port 0 or `*`, and `source;destination`.
 * libzmq: ip_resolver.cpp, tcp_connecter.cpp, tcp_listener.cpp.
 */
import {
  type AddressInfo,
  createServer,
  isIPv4,
  isIPv6,
  type Socket,
  type TcpNetConnectOpts,
} from "node:net";
import { networkInterfaces } from "node:os";
import { type Endpoint, formatHostPort, parseConnectAddress, parseHostPort } from "../core/endpoint.ts";
import type { OptionValues } from "../core/options.ts";
import type { Dial, DialCallbacks, ListenCallbacks, Listening, StreamTransport } from "../core/transport.ts";
import { ZmqError } from "../util/errors.ts";
import type { NodeInput } from "./node-input.ts";
import { acceptFrom, closeServer, dialTo, listenOn, NodeStream, SERVER_OPTIONS } from "./node-stream.ts";

export const tcp: StreamTransport = {
  kind: "stream",
  connectsAtOnce: false,

  checkBind(endpoint: Endpoint): void {
    parseHostPort(endpoint.address, endpoint.text);
  },

  checkConnect(endpoint: Endpoint): void {
    parseConnectAddress(endpoint.address, endpoint.text);
  },

  dial(endpoint: Endpoint, options: OptionValues, callbacks: DialCallbacks): Dial {
    const { remote, source } = parseConnectAddress(endpoint.address, endpoint.text);
    const target: TcpNetConnectOpts = {
      host: remote.host,
      port: remote.port,
      family: options.ipv6 ? 0 : 4,
      noDelay: true,
      ...keepAliveOf(options),
    };
    if (source !== undefined) {
      if (source.host !== "*") target.localAddress = interfaceAddress(source.host, options) ?? source.host;
      if (source.port !== 0) target.localPort = source.port;
    }
    return dialTo(target, callbacks, streamOf);
  },

  async listen(endpoint: Endpoint, options: OptionValues, callbacks: ListenCallbacks): Promise<Listening> {
    const { host, port } = parseHostPort(endpoint.address, endpoint.text);
    const server = createServer({ ...SERVER_OPTIONS, noDelay: true, ...keepAliveOf(options) });
    await listenOn(server, { host: bindHost(host, endpoint, options), port, backlog: options.backlog });
    acceptFrom(server, callbacks, streamOf);
    const address = server.address() as AddressInfo;
    return {
      endpoint: `tcp://${formatHostPort(address.address, address.port)}`,
      close: () => closeServer(server),
    };
  },
};

function streamOf(socket: Socket, input: NodeInput | undefined): NodeStream {
  const peer = plain(socket.remoteAddress);
  return new NodeStream(socket, input, {
    local: formatHostPort(plain(socket.localAddress), socket.localPort ?? 0),
    remote: formatHostPort(peer, socket.remotePort ?? 0),
    peer,
  });
}

/** A dual-stack socket shows IPv4 peers as `::ffff:127.0.0.1`. */
function plain(address: string | undefined): string {
  if (address === undefined) return "";
  const mapped = address.startsWith("::ffff:") ? address.slice(7) : address;
  return isIPv4(mapped) ? mapped : address;
}

function keepAliveOf(options: OptionValues): { keepAlive?: boolean; keepAliveInitialDelay?: number } {
  if (options.tcpKeepalive < 0) return {};
  if (options.tcpKeepalive === 0) return { keepAlive: false };
  return options.tcpKeepaliveIdle > 0
    ? { keepAlive: true, keepAliveInitialDelay: options.tcpKeepaliveIdle * 1000 }
    : { keepAlive: true };
}

function bindHost(host: string, endpoint: Endpoint, options: OptionValues): string {
  if (host === "*") return options.ipv6 ? "::" : "0.0.0.0";
  if (isIPv4(host)) return host;
  if (isIPv6(host.split("%")[0]!)) {
    if (options.ipv6) return host;
    throw new ZmqError("ENODEV", `cannot bind to ${endpoint.text}: set ipv6 to true to use IPv6 addresses`, {
      address: endpoint.text,
    });
  }
  // A name that is no interface is left to the resolver, as `localhost` has to be.
  return interfaceAddress(host, options) ?? host;
}

/** The first address of a network interface, IPv4 unless only IPv6 was asked for and is there. */
function interfaceAddress(name: string, options: OptionValues): string | undefined {
  const addresses = networkInterfaces()[name];
  if (addresses === undefined) return undefined;
  const found = addresses.find((item) => item.family === "IPv4") ?? (options.ipv6 ? addresses[0] : undefined);
  return found?.address;
}
