/**
 * `tcp://`: host names, IPv4, IPv6 in brackets, interface names, `*`, port 0 or `*`, and `source;destination`.
 * libzmq: ip_resolver.cpp, tcp_connecter.cpp, tcp_listener.cpp.
 */
import { type AddressInfo, createServer, type Socket, type TcpNetConnectOpts } from "node:net";
import { type Endpoint, formatHostPort, parseConnectAddress, parseHostPort } from "../core/endpoint.ts";
import type { OptionValues } from "../core/options.ts";
import type { Dial, DialCallbacks, ListenCallbacks, Listening, StreamTransport } from "../core/transport.ts";
import { bindHost, interfaceAddress, plain } from "./node-address.ts";
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

function keepAliveOf(options: OptionValues): { keepAlive?: boolean; keepAliveInitialDelay?: number } {
  if (options.tcpKeepalive < 0) return {};
  if (options.tcpKeepalive === 0) return { keepAlive: false };
  return options.tcpKeepaliveIdle > 0
    ? { keepAlive: true, keepAliveInitialDelay: options.tcpKeepaliveIdle * 1000 }
    : { keepAlive: true };
}
