import assert from "node:assert/strict";
import { test } from "node:test";
import { isIn, parseAddress, parseNetworks } from "#src/core/accept-filter.js";

test("addresses are read as the runtime writes them", () => {
  const zeros = (count: number): number[] => new Array<number>(count).fill(0);
  const known: [text: string, bytes: number[]][] = [
    ["127.0.0.1", [127, 0, 0, 1]],
    ["255.255.255.255", [255, 255, 255, 255]],
    ["::", zeros(16)],
    ["::1", [...zeros(15), 1]],
    ["fe80::1%eth0", [0xfe, 0x80, ...zeros(13), 1]],
    ["2001:db8::8:800:200c:417a", [0x20, 1, 0xd, 0xb8, ...zeros(4), 0, 8, 8, 0, 0x20, 0xc, 0x41, 0x7a]],
    ["1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
    ["1::", [0, 1, ...zeros(14)]],
    ["::ffff:10.0.0.1", [10, 0, 0, 1]],
    ["::FFFF:a00:1", [10, 0, 0, 1]],
    ["::10.0.0.1", [...zeros(12), 10, 0, 0, 1]],
  ];
  for (const [text, bytes] of known) assert.deepEqual(parseAddress(text), bytes, text);
});

test("what is no address is none", () => {
  const wrong =
    "localhost|1.2.3|1.2.3.4.5|256.0.0.1|1.2.3.x|:::|1::2::3|1:2:3:4:5:6:7|1:2:3:4:5:6:7:8:9|12345::|g::|:1";
  for (const text of [...wrong.split("|"), "", "1:2:3:4:5:6:7::8", "1.2.3.4::", "::1.2.3"])
    assert.equal(parseAddress(text), undefined, text);
});

test("a network holds the addresses that share its first bits, of its own kind", () => {
  const cases: [network: string, address: string, inside: boolean][] = [
    ["10.0.0.0/8", "10.255.0.1", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["10.128.0.0/9", "10.200.0.1", true],
    ["10.128.0.0/9", "10.127.0.1", false],
    ["192.168.1.4/30", "192.168.1.7", true],
    ["192.168.1.4/30", "192.168.1.8", false],
    ["192.168.1.4", "192.168.1.4", true],
    ["192.168.1.4", "192.168.1.5", false],
    ["0.0.0.0/0", "1.2.3.4", true],
    ["0.0.0.0/0", "::1", false],
    ["::/0", "1.2.3.4", false],
    ["::/0", "2001:db8::1", true],
    ["2001:db8::/33", "2001:db8:7fff::1", true],
    ["2001:db8::/33", "2001:db8:8000::1", false],
    ["127.0.0.0/8", "::ffff:127.0.0.1", true],
    ["10.0.0.1,127.0.0.0/8", "127.0.0.9", true],
    ["10.0.0.1,127.0.0.0/8", "", false],
  ];
  for (const [network, address, inside] of cases)
    assert.equal(isIn(parseNetworks(network), address), inside, `${address} in ${network}`);
});
