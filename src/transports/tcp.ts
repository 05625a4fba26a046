/**
 * `tcp://`: host names, IPv4, IPv6 in brackets, interface names, `*`, port 0 or `*`, and `source;destination`.
 * libzmq: ip_resolver.cpp, tcp_connecter.cpp, tcp_listener.cpp.
 */
import { type AddressInfo, createServer, Socket, type TcpNetConnectOpts } from "node:net";
import { isIn, parseNetworks } from "../core/accept-filter.ts";
import {
  type Endpoint,
  formatHostPort,
  type HostPort,
  parseConnectAddress,
  parseHostPort,
} from "../core/endpoint.ts";
import { honours, type OptionValues } from "../core/options.ts";
import type { Dial, DialCallbacks, ListenCallbacks, Listening, StreamTransport } from "../core/transport.ts";
import { ZmqError } from "../util/errors.ts";
import { bindHost, interfaceAddress, plain } from "./node-address.ts";
import type { NodeInput } from "./node-input.ts";
import { acceptFrom, closeServer, dialTo, listenOn, NodeStream, SERVER_OPTIONS } from "./node-stream.ts";
import { throughProxy } from "./socks.ts";

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
    const { socksProxy } = options;
    const first = socksProxy === null ? remote : proxyOf(socksProxy);
    const target: TcpNetConnectOpts = {
      host: first.host,
      port: first.port,
      family: options.ipv6 ? 0 : 4,
      noDelay: true,
      ...keepAliveOf(options),
    };
    if (source !== undefined) {
      if (source.host !== "*") target.localAddress = interfaceAddress(source.host, options) ?? source.host;
      if (source.port !== 0) target.localPort = source.port;
    }
    const makeStream = (socket: Socket, input: NodeInput | undefined) => streamOf(socket, input, options);
    if (socksProxy === null) return dialTo(target, callbacks, makeStream);
    return throughProxy(remote, options, callbacks, (each) => dialTo(target, each, makeStream));
  },

  async listen(endpoint: Endpoint, options: OptionValues, callbacks: ListenCallbacks): Promise<Listening> {
    const { host, port } = parseHostPort(endpoint.address, endpoint.text);
    const server = createServer({ ...SERVER_OPTIONS, noDelay: true, ...keepAliveOf(options) });
    const { backlog, useFd, tcpAcceptFilter } = options;
    if (useFd >= 0) await listenOn(server, { fd: useFd, backlog });
    else await listenOn(server, { host: bindHost(host, endpoint, options), port, backlog });
    acceptFrom(
      server,
      callbacks,
      (socket, input) => streamOf(socket, input, options),
      tcpAcceptFilter === null ? undefined : refusalBy(String(tcpAcceptFilter)),
    );
    const address = server.address() as AddressInfo;
    return {
      endpoint: `tcp://${formatHostPort(address.address, address.port)}`,
      close: () => closeServer(server),
    };
  },
};

/** Node.js 25.6 and later, and 24 in its later versions. */
interface TakesTypeOfService {
  setTypeOfService?(value: number): unknown;
}

if ((Socket.prototype as TakesTypeOfService).setTypeOfService !== undefined) honours("typeOfService");

function proxyOf(address: string | Uint8Array): HostPort {
  return parseHostPort(String(address), String(address));
}

/** Why a peer is not let in by ZMQ_TCP_ACCEPT_FILTER. */
function refusalBy(filter: string): (socket: Socket) => ZmqError | undefined {
  const networks = parseNetworks(filter);
  return ({ remoteAddress = "" }) =>
    isIn(networks, remoteAddress)
      ? undefined
      : new ZmqError("EACCES", `a connection from ${remoteAddress} was cut off: it is not in ${filter}`);
}

function streamOf(socket: Socket, input: NodeInput | undefined, options: OptionValues): NodeStream {
  if (options.typeOfService !== 0) (socket as TakesTypeOfService).setTypeOfService?.(options.typeOfService);
  const peer = plain(socket.remoteAddress);
  const addresses = {
    local: formatHostPort(plain(socket.localAddress), socket.localPort ?? 0),
    remote: formatHostPort(peer, socket.remotePort ?? 0),
    peer,
  };
  return new NodeStream(socket, input, addresses, options.busyPoll);
}

function keepAliveOf(options: OptionValues): { keepAlive?: boolean; keepAliveInitialDelay?: number } {
  if (options.tcpKeepalive < 0) return {};
  if (options.tcpKeepalive === 0) return { keepAlive: false };
  return options.tcpKeepaliveIdle > 0
    ? { keepAlive: true, keepAliveInitialDelay: options.tcpKeepaliveIdle * 1000 }
    : { keepAlive: true };
}
