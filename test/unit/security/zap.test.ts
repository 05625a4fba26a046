/** ZAP messages as frames: 27/ZAP "Message Format", with libzmq's codes for replies that are none. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeReply, encodeRequest } from "#src/security/zap.js";
import { metadata } from "../../support/zap.ts";

const frames = (...texts: (string | Uint8Array)[]): Uint8Array[] =>
  texts.map((text) => (typeof text === "string" ? Buffer.from(text) : text));

test("a request has the frames of 27/ZAP in their order", () => {
  const request = encodeRequest(
    { mechanism: "PLAIN", credentials: frames("admin", "secret") },
    { domain: Buffer.from("global"), address: "192.168.55.1", routingId: Buffer.from("server") },
  );

  assert.deepEqual(
    request.map((frame) => Buffer.from(frame).toString()),
    ["", "1.0", "1", "global", "192.168.55.1", "server", "PLAIN", "admin", "secret"],
  );
});

test("a request about NULL has no credentials", () => {
  const request = encodeRequest(
    { mechanism: "NULL", credentials: [] },
    { domain: Buffer.from(""), address: "::1", routingId: Buffer.from("") },
  );

  assert.deepEqual(
    request.map((frame) => Buffer.from(frame).toString()),
    ["", "1.0", "1", "", "::1", "", "NULL"],
  );
});

test("a reply says who the peer is and what is known of it", () => {
  const verdict = decodeReply(
    frames("", "1.0", "1", "200", "OK", "joé", metadata({ Hello: "World", "X-Role": "admin" })),
  );

  assert.equal(verdict.status, 200);
  assert.equal(verdict.text, "OK");
  assert.equal(verdict.userId, "joé");
  assert.deepEqual(
    [...verdict.metadata].map(([name, value]) => [name, Buffer.from(value).toString()]),
    [
      ["Hello", "World"],
      ["X-Role", "admin"],
    ],
  );
});

for (const status of ["200", "300", "400", "500"]) {
  test(`${status} is a status`, () => {
    assert.equal(decodeReply(frames("", "1.0", "1", status, "", "", "")).status, Number(status));
  });
}

const BROKEN: [what: string, reply: Uint8Array[], code: string][] = [
  ["no frames", [], "ERR_ZAP_MALFORMED_REPLY"],
  ["six frames", frames("", "1.0", "1", "200", "OK", ""), "ERR_ZAP_MALFORMED_REPLY"],
  ["eight frames", frames("", "1.0", "1", "200", "OK", "", "", ""), "ERR_ZAP_MALFORMED_REPLY"],
  ["no delimiter", frames("1.0", "1", "200", "OK", "", "", ""), "ERR_ZAP_UNSPECIFIED"],
  ["another version", frames("", "1.1", "1", "200", "OK", "", ""), "ERR_ZAP_BAD_VERSION"],
  ["no version", frames("", "", "1", "200", "OK", "", ""), "ERR_ZAP_BAD_VERSION"],
  ["another request's id", frames("", "1.0", "2", "200", "OK", "", ""), "ERR_ZAP_BAD_REQUEST_ID"],
  ["a longer id", frames("", "1.0", "11", "200", "OK", "", ""), "ERR_ZAP_BAD_REQUEST_ID"],
  [
    "metadata cut short",
    frames("", "1.0", "1", "200", "OK", "", "\x05Hello\0\0\0\x05Wor"),
    "ERR_ZAP_INVALID_METADATA",
  ],
  ["one byte of metadata", frames("", "1.0", "1", "200", "OK", "", "x"), "ERR_ZAP_INVALID_METADATA"],
  ...["", "20", "2000", "100", "600", "201", "2e2", "0x0", " 20", "+20", "abc"].map(
    (status) =>
      [
        `the status "${status}"`,
        frames("", "1.0", "1", status, "OK", "", ""),
        "ERR_ZAP_INVALID_STATUS_CODE",
      ] as [string, Uint8Array[], string],
  ),
];

for (const [what, reply, code] of BROKEN) {
  test(`a reply with ${what} is ${code}`, () => {
    assert.throws(() => decodeReply(reply), { name: "ZmqError", code, message: /^the ZAP handler answered/ });
  });
}
