/** Addresses of `udp://`: `[interface;]host:port`, where the host may be a multicast group. libzmq: udp_address.cpp. */
import { isIPv4, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { type Endpoint, invalid, parseHostPort } from "../core/endpoint.ts";
import { ZmqError } from "../util/errors.ts";

export interface UdpTarget {
  /** Where datagrams go to or come in; `*` for any address of this host. */
  host: string;
  port: number;
  isMulticast: boolean;
  isIpv6: boolean;
  /** For multicast: the address of the interface, as the runtime wants it; undefined for the system's choice. */
  interface: string | undefined;
}

/** @throws ZmqError EINVAL, ENODEV */
export function parseUdp(endpoint: Endpoint, isBind: boolean, ipv6: boolean): UdpTarget {
  const { address, text } = endpoint;
  const semicolon = address.lastIndexOf(";");
  const { host: name, port } = parseHostPort(address.slice(semicolon + 1), text);
  const host = isBind ? (addressOf(name, ipv6) ?? name) : name;
  if (!isBind && (host === "*" || port === 0))
    throw invalid(text, "a connection needs a host and a port, not *");
  const isV6 = isIPv6(host);
  if (isV6 && !ipv6)
    throw new ZmqError("ENODEV", `${text}: set ipv6 to true to use IPv6 addresses`, { address: text });
  const isMulticast = isMulticastAddress(host);
  const target = { host, port, isMulticast, isIpv6: isV6 || (ipv6 && !isIPv4(host)) };
  if (semicolon < 0) return { ...target, interface: undefined };
  if (!isMulticast) throw invalid(text, "only a multicast group can have an interface before it");
  return { ...target, interface: interfaceOf(address.slice(0, semicolon), isV6, text) };
}

function isMulticastAddress(host: string): boolean {
  if (isIPv4(host)) return Number.parseInt(host, 10) >> 4 === 14;
  return /^ff/i.test(host) && isIPv6(host);
}

function interfaceOf(name: string, isV6: boolean, text: string): string | undefined {
  if (name === "*") return undefined;
  if (!isV6) {
    const address = isIPv4(name) ? name : addressOf(name, false);
    if (address === undefined || isMulticastAddress(address))
      throw new ZmqError("ENODEV", `${text}: there is no interface ${name} with an IPv4 address`, {
        address: text,
      });
    return address;
  }
  // An IPv6 group is joined by interface, not by address.
  if (networkInterfaces()[name] === undefined)
    throw new ZmqError("ENODEV", `${text}: there is no interface ${name}; IPv6 multicast takes its name`, {
      address: text,
    });
  return `::%${name}`;
}

/** The first address of a network interface. */
function addressOf(name: string, ipv6: boolean): string | undefined {
  const addresses = networkInterfaces()[name];
  const found = addresses?.find((item) => item.family === "IPv4") ?? (ipv6 ? addresses?.[0] : undefined);
  return found?.address;
}
