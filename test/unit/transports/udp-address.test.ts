import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { parseEndpoint } from "#src/core/endpoint.js";
import { parseUdp, type UdpTarget } from "#src/transports/udp-address.js";
import { ZmqError, type ZmqErrorCode } from "#src/util/errors.js";

const LOOPBACK = Object.entries(networkInterfaces()).find(([, addresses]) =>
  addresses?.some(({ internal, family }) => internal && family === "IPv4"),
)?.[0];

function parsed(address: string, isBind: boolean, ipv6: boolean): UdpTarget {
  return parseUdp(parseEndpoint(`udp://${address}`), isBind, ipv6);
}

type Expected = [host: string, port: number, isMulticast: boolean, nic?: string];

for (const [address, isBind, ipv6, [host, port, isMulticast, nic]] of [
  ["127.0.0.1:5555", true, false, ["127.0.0.1", 5555, false]],
  ["[abcd::1234:1]:5555", true, true, ["abcd::1234:1", 5555, false]],
  ["*:*", true, false, ["*", 0, false]],
  ["*:*", true, true, ["*", 0, false]],
  ["127.0.0.1:*", true, false, ["127.0.0.1", 0, false]],
  ["[1:2:3:4::5]:*", true, true, ["1:2:3:4::5", 0, false]],
  ["*:5555", true, false, ["*", 5555, false]],
  ["*:5555", true, true, ["*", 5555, false]],
  ["239.0.0.1:1234", true, false, ["239.0.0.1", 1234, true]],
  ["[ff00::1]:1234", true, true, ["ff00::1", 1234, true]],
  ["239.0.0.1:2222", false, false, ["239.0.0.1", 2222, true]],
  ["[ff00::1]:2222", false, true, ["ff00::1", 2222, true]],
  ["127.0.0.1;230.2.8.12:5555", true, false, ["230.2.8.12", 5555, true, "127.0.0.1"]],
  ["*;230.2.8.12:5555", true, false, ["230.2.8.12", 5555, true]],
  ["*;[ffff::]:5555", true, true, ["ffff::", 5555, true]],
  ["8.9.10.11;230.2.8.12:5555", false, false, ["230.2.8.12", 5555, true, "8.9.10.11"]],
  ["*;230.2.8.12:5555", false, false, ["230.2.8.12", 5555, true]],
  ["*;[ff10::1]:5555", false, true, ["ff10::1", 5555, true]],
  // The edges of what is multicast.
  ["223.255.255.255:1", false, false, ["223.255.255.255", 1, false]],
  ["224.0.0.0:1", false, false, ["224.0.0.0", 1, true]],
  ["239.255.255.255:1", false, false, ["239.255.255.255", 1, true]],
  ["240.0.0.0:1", false, false, ["240.0.0.0", 1, false]],
  ["[feff:ffff::]:1", false, true, ["feff:ffff::", 1, false]],
  ["[ff00::]:1", false, true, ["ff00::", 1, true]],
  ["host.example:1", false, false, ["host.example", 1, false]],
] as [string, boolean, boolean, Expected][]) {
  const how = `${isBind ? "bound" : "connected to"}${ipv6 ? " with ipv6" : ""}`;
  test(`[unittest_udp_address] [unittest_ip_resolver] udp://${address}, ${how}, is ${host}, port ${port}`, () => {
    const target = parsed(address, isBind, ipv6);

    assert.deepEqual(
      [target.host, target.port, target.isMulticast, target.interface],
      [host, port, isMulticast, nic],
    );
    assert.equal(target.isIpv6, ipv6);
  });
}

for (const [address, isBind, ipv6, code] of [
  ["*:5555", false, false, "EINVAL"],
  ["*:5555", false, true, "EINVAL"],
  ["127.0.0.1:*", false, false, "EINVAL"],
  ["[::1]:*", false, true, "EINVAL"],
  ["127.0.0.1;1.2.3.4:5555", true, false, "EINVAL"],
  ["[::1];[fe00::1]:5555", true, true, "EINVAL"],
  ["127.0.0.1;1.2.3.4:5555", false, false, "EINVAL"],
  ["[::1];[fe00:1]:5555", false, true, "EINVAL"],
  ["127.0.0.1", true, false, "EINVAL"],
  ["[ff00::1]:1", true, false, "ENODEV"],
  ["nosuchnic;230.2.8.12:5555", true, false, "ENODEV"],
  ["nosuchnic;[ff10::1]:5555", false, true, "ENODEV"],
  // An IPv6 group is joined on an interface, which an address does not name.
  ["[::1];[ffab::4]:5555", true, true, "ENODEV"],
] as [string, boolean, boolean, ZmqErrorCode][]) {
  const how = `${isBind ? "bound" : "connected to"}${ipv6 ? " with ipv6" : ""}`;
  test(`[unittest_udp_address] udp://${address} cannot be ${how}: ${code}`, () => {
    assert.throws(
      () => parsed(address, isBind, ipv6),
      (error) => error instanceof ZmqError && error.code === code && error.address === `udp://${address}`,
    );
  });
}

test("[unittest_udp_address] an interface may be given by name, for groups of both kinds", {
  skip: LOOPBACK === undefined && "NOT TESTED: there is no loopback interface",
}, () => {
  assert.equal(parsed(`${LOOPBACK};230.2.8.12:1`, true, false).interface, "127.0.0.1");
  assert.equal(parsed(`${LOOPBACK};[ff10::1]:1`, false, true).interface, `::%${LOOPBACK}`);
});
