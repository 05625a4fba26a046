/** Host names as Node.js wants them, for transports that listen on a port. libzmq: ip_resolver.cpp. */
import { isIPv4, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import type { Endpoint } from "../core/endpoint.ts";
import type { OptionValues } from "../core/options.ts";
import { ZmqError } from "../util/errors.ts";

/** A dual-stack socket shows IPv4 peers as `::ffff:127.0.0.1`. */
export function plain(address: string | undefined): string {
  if (address === undefined) return "";
  const mapped = address.startsWith("::ffff:") ? address.slice(7) : address;
  return isIPv4(mapped) ? mapped : address;
}

export function bindHost(host: string, endpoint: Endpoint, options: OptionValues): string {
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
export function interfaceAddress(name: string, options: OptionValues): string | undefined {
  const addresses = networkInterfaces()[name];
  if (addresses === undefined) return undefined;
  const found = addresses.find((item) => item.family === "IPv4") ?? (options.ipv6 ? addresses[0] : undefined);
  return found?.address;
}
