/**
 * ZMQ_TCP_ACCEPT_FILTER: networks in CIDR notation, and whether an address lies in one. libzmq: tcp_address.cpp
 * tcp_address_mask_t. Unlike there an IPv4 network is meant for IPv4 peers on dual-stack listeners too: libzmq counts
 * its bits from the front of `::ffff:a.b.c.d`, so that everybody matches.
 */
import { ZmqError } from "../util/errors.ts";

export interface Network {
  /** 4 bytes or 16. */
  readonly bytes: readonly number[];
  /** How many bits count. */
  readonly bits: number;
}

/** Networks separated by commas. @throws ZmqError EINVAL */
export function parseNetworks(text: string): Network[] {
  return text.split(",").map((item) => parseNetwork(item.trim()));
}

function parseNetwork(text: string): Network {
  const slash = text.indexOf("/");
  const bytes = parseAddress(slash < 0 ? text : text.slice(0, slash));
  const mask = slash < 0 ? undefined : text.slice(slash + 1);
  const most = (bytes?.length ?? 0) * 8;
  const bits = mask === undefined ? most : /^\d{1,3}$/.test(mask) ? Number(mask) : Number.NaN;
  if (bytes === undefined || !(bits <= most)) {
    throw new ZmqError(
      "EINVAL",
      `tcpAcceptFilter wants addresses or networks such as 192.168.0.0/16 or ::1, not "${text}"`,
    );
  }
  return { bytes, bits };
}

/** Does the address of a peer, as the runtime writes it, lie in one of the networks? */
export function isIn(networks: readonly Network[], address: string): boolean {
  const bytes = parseAddress(address);
  return bytes !== undefined && networks.some((network) => contains(network, bytes));
}

function contains({ bytes, bits }: Network, address: readonly number[]): boolean {
  if (bytes.length !== address.length) return false;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (bytes[i] !== address[i]) return false;
  const rest = bits & 7;
  return rest === 0 || (bytes[whole]! ^ address[whole]!) >> (8 - rest) === 0;
}

/** The bytes of an IPv4 or IPv6 address; an IPv4 one in IPv6's clothes is taken for what it is. */
export function parseAddress(text: string): number[] | undefined {
  if (!text.includes(":")) return parseIPv4(text);
  const zone = text.indexOf("%");
  const bytes = parseIPv6(zone < 0 ? text : text.slice(0, zone));
  const isMapped = bytes?.every((byte, i) => i >= 12 || byte === (i < 10 ? 0 : 255));
  return isMapped ? bytes!.slice(12) : bytes;
}

function parseIPv4(text: string): number[] | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  const bytes = match?.slice(1).map(Number);
  return bytes?.every((byte) => byte < 256) ? bytes : undefined;
}

/** RFC 4291 "Text Representation of Addresses". */
function parseIPv6(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const front = parseGroups(halves[0]!, halves.length === 1);
  const back = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (front === undefined || back === undefined) return undefined;
  const gap = 16 - front.length - back.length;
  if (halves.length === 2 ? gap < 2 : gap !== 0) return undefined;
  return [...front, ...new Array<number>(gap).fill(0), ...back];
}

/** `isLast`: the last group may be an IPv4 address. */
function parseGroups(text: string, isLast: boolean): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [i, group] of groups.entries()) {
    if (isLast && i === groups.length - 1 && group.includes(".")) {
      const last = parseIPv4(group);
      if (last === undefined) return undefined;
      bytes.push(...last);
    } else if (/^[0-9A-Fa-f]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 255);
    } else return undefined;
  }
  return bytes;
}
