import assert from "node:assert/strict";
import { constants } from "node:os";
import { test } from "node:test";
import { ERROR_CODES, fromSystem, printable, ZmqError } from "#src/util/errors.js";

/** ZMQ_HAUSNUMERO + n of zmq.h. */
const OWN = { EFSM: 156384763, ENOCOMPATPROTO: 156384764, ETERM: 156384765, EMTHREAD: 156384766 };
const PROTOCOL = /^ERR_(ZMTP|ZAP)_|^ERR_AUTHENTICATION$/;

test("every code is there once", () => {
  assert.equal(new Set(ERROR_CODES).size, ERROR_CODES.length);
});

for (const code of ERROR_CODES) {
  test(`[test_ancillaries] ${code} is an Error with a sentence, and the number that libzmq gives it`, () => {
    const error = new ZmqError(code);

    assert.ok(error instanceof Error);
    assert.equal(error.name, "ZmqError");
    assert.equal(error.code, code);
    assert.match(error.message, /^[A-Za-z].*[^.]$/);
    if (PROTOCOL.test(code)) assert.equal("errno" in error, false);
    else if (code in OWN) assert.equal(error.errno, OWN[code as keyof typeof OWN]);
    else if (code !== "ERR_SYSTEM" && process.platform === "linux") {
      assert.equal(error.errno, (constants.errno as Record<string, number>)[code]);
    }
  });
}

test("an error keeps its text, address, status and cause, and has none of them otherwise", () => {
  const cause = new Error("why");
  const full = new ZmqError("ERR_AUTHENTICATION", "no", { address: "tcp://a:1", status: 400, cause });
  const bare = new ZmqError("EAGAIN");

  assert.deepEqual([full.message, full.address, full.status, full.cause], ["no", "tcp://a:1", 400, cause]);
  assert.deepEqual(["address" in bare, "status" in bare, "cause" in bare], [false, false, false]);
});

test("an error of the system becomes ours, with its code, the address, and itself as cause", () => {
  const cause = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });

  const error = fromSystem(cause, "connect failed", "tcp://127.0.0.1:1");

  assert.equal(error.code, "ECONNREFUSED");
  assert.equal(error.errno, 111);
  assert.equal(error.cause, cause);
  assert.equal(error.address, "tcp://127.0.0.1:1");
  assert.match(error.message, /^connect failed: connection refused \(connect ECONNREFUSED/);
});

test("an error of ours stays itself", () => {
  const error = new ZmqError("EAGAIN");

  assert.equal(fromSystem(error, "x"), error);
});

for (const code of ["ENOTFOUND", "EAI_AGAIN"]) {
  test(`${code} of the resolver is ENODEV, as in libzmq`, () => {
    assert.equal(fromSystem(Object.assign(new Error("dns"), { code }), "x").code, "ENODEV");
  });
}

for (const thrown of [new Error("odd"), "text", undefined, null, { code: "EWHATEVER" }, { code: 5 }]) {
  test(`${JSON.stringify(thrown) ?? "undefined"} thrown by the system is ERR_SYSTEM`, () => {
    const error = fromSystem(thrown, "x");

    assert.equal(error.code, "ERR_SYSTEM");
    assert.equal(error.cause, thrown);
  });
}

test("bytes of a peer print as plain characters, the rest escaped, and never long", () => {
  assert.equal(printable(Buffer.from("READY")), "READY");
  assert.equal(printable(Buffer.from([0x1b, 0x5b, 0x0a, 0xff, 0x7f])), "\\x1b[\\x0a\\xff\\x7f");
  assert.equal(printable("a\u00e9"), "a\\xe9");
  assert.equal(printable(Buffer.alloc(0)), "");
  for (const byte of [0, 0x41]) {
    const text = printable(Buffer.alloc(100_000, byte));
    assert.ok(text.length <= 64 && text.endsWith("…"), text);
  }
});
