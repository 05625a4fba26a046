import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatHostPort,
  parseConnectAddress,
  parseEndpoint,
  parseHostPort,
  unsupportedScheme,
} from "#src/core/endpoint.js";
import { ZmqError } from "#src/util/errors.js";

/** @returns the error, after a look at what every bad endpoint must give. */
function refused(run: () => unknown, address: string): ZmqError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ZmqError, String(error));
    assert.equal(error.code, "EINVAL");
    assert.equal(error.errno, 22);
    assert.equal(error.address, address);
    assert.ok(error.message.includes(address), error.message);
    return error;
  }
  return assert.fail(`accepted: ${address}`);
}

for (const [text, scheme, address] of [
  ["tcp://127.0.0.1:5555", "tcp", "127.0.0.1:5555"],
  ["tcp://*:*", "tcp", "*:*"],
  ["ipc:///tmp/a", "ipc", "/tmp/a"],
  ["ipc://@abstract", "ipc", "@abstract"],
  ["inproc://a://b", "inproc", "a://b"],
  ["inproc:// ", "inproc", " "],
  ["x://y", "x", "y"],
] as const) {
  test(`${text} is an endpoint of ${scheme}`, () => {
    assert.deepEqual(parseEndpoint(text), { text, scheme, address });
  });
}

for (const text of [
  "",
  "tcp",
  "tcp:",
  "tcp:/",
  "tcp://",
  "://",
  "://127.0.0.1:1",
  "127.0.0.1:5555",
  "tcp:127.0.0.1:1",
]) {
  test(`"${text}" is no endpoint, and the error shows one that is`, () => {
    assert.match(refused(() => parseEndpoint(text), text).message, /such as tcp:\/\/127\.0\.0\.1:5555/);
  });
}

for (const value of [undefined, null, 5555, {}, Buffer.from("tcp://*:1")]) {
  test(`${String(value)} as an endpoint is a TypeError`, () => {
    assert.throws(() => parseEndpoint(value), { name: "TypeError", message: "Address must be a string" });
  });
}

test("an unknown scheme is told from one that cannot be, and both say what there is", () => {
  const unknown = unsupportedScheme(parseEndpoint("http://x"), ["tcp", "ipc"]);
  const impossible = unsupportedScheme(parseEndpoint("vmci://1:2"), ["tcp"]);

  assert.equal(unknown.code, "EPROTONOSUPPORT");
  assert.equal(unknown.address, "http://x");
  assert.match(unknown.message, /no transport http:\/\/; this runtime has tcp:\/\/, ipc:\/\/$/);
  assert.match(impossible.message, /no JavaScript runtime can open VMCI sockets/);
});

for (const [text, host, port] of [
  ["127.0.0.1:0", "127.0.0.1", 0],
  ["1.2.128.129:123", "1.2.128.129", 123],
  ["0.0.0.0:65535", "0.0.0.0", 65_535],
  ["*:5555", "*", 5555],
  ["*:*", "*", 0],
  ["[*]:5555", "*", 5555],
  ["localhost:80", "localhost", 80],
  ["some-host_1.example.org:80", "some-host_1.example.org", 80],
  ["lo:1", "lo", 1],
  ["[::1]:80", "::1", 80],
  ["[::]:*", "::", 0],
  ["[1234:5678::abcd:EF]:80", "1234:5678::abcd:EF", 80],
  ["[::ffff:1.2.128.129]:123", "::ffff:1.2.128.129", 123],
  ["[fe80::1%eth0]:80", "fe80::1%eth0", 80],
  ["[fe80::1%5]:80", "fe80::1%5", 80],
] as const) {
  test(`[unittest_ip_resolver] ${text} is host ${host} and port ${port}`, () => {
    assert.deepEqual(parseHostPort(text, `tcp://${text}`), { host, port });
  });
}

for (const text of [
  "127.0.0.1",
  ":5555",
  ":",
  "host:",
  "host:port",
  "host:-1",
  "host:+1",
  "host:1.5",
  "host:0x50",
  "host: 80",
  "host:80 ",
  "host:**",
  "host:65536",
  "host:99999",
  "host:123456",
  "::1:80",
  "[::1]",
  "[::1]80",
  "[::1:80",
  "::1]:80",
  "[]:80",
  "ho st:80",
  "ho/st:80",
  "user@host:80",
]) {
  test(`[unittest_ip_resolver] ${text} is no host and port`, () => {
    const address = `tcp://${text}`;
    assert.match(
      refused(() => parseHostPort(text, address), address).message,
      /expected host:port|is no port from 0 to/,
    );
  });
}

test("a connection may name the address that it leaves from", () => {
  assert.deepEqual(parseConnectAddress("127.0.0.1:5555", "t"), {
    remote: { host: "127.0.0.1", port: 5555 },
    source: undefined,
  });
  assert.deepEqual(parseConnectAddress("192.168.1.2:0;[::1]:5555", "t"), {
    remote: { host: "::1", port: 5555 },
    source: { host: "192.168.1.2", port: 0 },
  });
  assert.deepEqual(parseConnectAddress("*:*;host:1", "t").source, { host: "*", port: 0 });
});

for (const text of ["*:5555", "host:*", "[*]:1", "*:*", "host:1;*:5", ";host:1", "host:1;", "1;2;3"]) {
  test(`[unittest_ip_resolver] a connection to ${text} is refused`, () => {
    refused(() => parseConnectAddress(text, `tcp://${text}`), `tcp://${text}`);
  });
}

test("[unittest_ip_resolver] an address prints as it is read, IPv6 in brackets", () => {
  for (const text of ["127.0.0.1:80", "[::1]:80", "localhost:0"]) {
    const { host, port } = parseHostPort(text, text);
    assert.equal(formatHostPort(host, port), text);
  }
});
