/** An engine that asks a ZAP handler: the handshake rests meanwhile, and goes on or ends as the reply says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineOptions } from "#src/engine/engine.js";
import { prepareMechanism } from "#src/security/load-mechanism.js";
import { ascii, hex } from "../../support/bytes.ts";
import {
  Bench,
  command,
  GREETING_20,
  GREETING_31,
  GREETING_PLAIN,
  property,
  READY_PEER,
} from "../../support/engine.ts";
import { metadata } from "../../support/zap.ts";

const ZAP = { domain: Buffer.from("test"), isRequired: false };
await prepareMechanism("PLAIN");

const PLAIN: Partial<EngineOptions> = {
  mechanism: "PLAIN",
  asServer: true,
  zap: { ...ZAP, isRequired: true },
};
const HELLO = command("HELLO", `05${ascii("admin")}06${ascii("secret")}`);
const INITIATE = command("INITIATE", property("Socket-Type", "DEALER") + property("Identity", "me"));
const OWN_READY = command("READY", property("Socket-Type", "DEALER") + property("Identity", ""));
const WELCOME = command("WELCOME");

const reply = (...frames: (string | Uint8Array)[]) =>
  ["", "1.0", "1", ...frames].map((frame) => Buffer.from(frame as string));
const OK = reply("200", "OK", "joe", "");

/** A bench whose greeting is over. */
function asking(options: Partial<EngineOptions> = { zap: ZAP }): Bench {
  const bench = new Bench(options).push(options.mechanism === "PLAIN" ? GREETING_PLAIN : GREETING_31);
  bench.stream.take();
  return bench;
}

test("with NULL the question is put before READY is sent, and READY follows the yes", () => {
  const bench = asking();

  assert.deepEqual(
    bench.questions.map(({ request }) => request),
    ["|1.0|1|test|127.0.0.1||NULL"],
  );
  assert.equal(bench.stream.takeHex(), "");
  bench.questions[0]!.answer(OK);
  assert.equal(bench.stream.takeHex(), OWN_READY);
  assert.equal(bench.peers.length, 0);
  bench.push(READY_PEER);

  assert.equal(bench.peers.length, 1);
  assert.equal(bench.questions.length, 1);
});

test("what the peer sends while the handler thinks is kept and taken in after the yes", () => {
  const bench = new Bench({ zap: ZAP }).push(GREETING_31 + READY_PEER, "00016100", "0162");
  assert.equal(bench.peers.length, 0);
  assert.equal(bench.stream.isPaused, false, "to hear when the peer goes");

  bench.questions[0]!.answer(OK);

  assert.equal(bench.peers.length, 1);
  assert.deepEqual(bench.pipe.text, ["61", "62"]);
});

test("a peer that does not wait for the verdict may send 32 kB, and is cut off beyond", () => {
  const bench = asking();
  bench.push(READY_PEER);
  for (let sent = 0; sent + 8192 < 32_768 - GREETING_31.length / 2; sent += 8192)
    bench.engine.received(Buffer.alloc(8192));
  assert.equal(bench.endings.length, 0);
  bench.questions[0]!.answer(OK);
  assert.equal(bench.pipe.incoming.length, 3 * 4096, "empty messages, two bytes each");

  const other = asking();
  for (let sent = 0; sent <= 32_768; sent += 8192) other.engine.received(Buffer.alloc(8192));

  assert.equal(other.ending, "protocol ERR_ZMTP_UNEXPECTED_COMMAND true");
  assert.equal(other.stream.isDestroyed, true);
});

test("ten thousand peers that wait for a handler that thinks hold little memory, and one more gets in", () => {
  const before = process.memoryUsage();
  const waiting = Array.from({ length: 10_000 }, () => asking(PLAIN).push(HELLO));
  const good = asking(PLAIN).push(HELLO);

  good.questions[0]!.answer(OK);
  good.push(INITIATE);

  assert.equal(good.peers.length, 1);
  assert.ok(waiting.every((bench) => bench.questions.length === 1 && bench.peers.length === 0));
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const each = (heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers) / waiting.length;
  assert.ok(each < 20_000, `${each} bytes each, the bench's own included`);
});

test("with PLAIN the question carries name and password, and the reply's word goes to the peer", () => {
  const bench = asking({ ...PLAIN, routingId: Buffer.from("server") });
  assert.equal(bench.questions.length, 0);
  bench.push(HELLO);
  assert.deepEqual(
    bench.questions.map(({ request }) => request),
    ["|1.0|1|test|127.0.0.1|server|PLAIN|admin|secret"],
  );

  bench.questions[0]!.answer(reply("200", "OK", "joe", metadata({ Hello: "World" })));
  assert.equal(bench.stream.takeHex(), WELCOME);
  bench.push(INITIATE);
  assert.equal(bench.stream.takeHex(), OWN_READY);

  const [peer] = bench.peers;
  assert.equal(String(peer!.routingId), "me");
  assert.equal(String(peer!.origin!.get("User-Id")), "joe");
  assert.equal(String(peer!.origin!.get("Hello")), "World");
});

for (const status of [400, 500] as const) {
  test(`${status} sends an ERROR with it, ends the connection gently, and is an error of authentication`, () => {
    const bench = asking(PLAIN).push(HELLO);

    bench.questions[0]!.answer(reply(String(status), "go away", "", ""));

    assert.equal(bench.stream.takeHex(), `0409${ascii("^RROR")}03${ascii(String(status))}`);
    assert.equal(bench.stream.isEnded, true, "not destroyed: that could take the ERROR with it");
    assert.equal(bench.ending, "protocol ERR_AUTHENTICATION true");
    assert.equal(bench.endings[0]!.error!.status, status);
    assert.match(bench.endings[0]!.error!.message, /go away/);
    assert.equal(bench.clock.pending, 0);
  });

  test(`${status} with NULL takes the place of READY`, () => {
    const bench = asking();

    bench.questions[0]!.answer(reply(String(status), "", "", ""));

    assert.equal(bench.stream.takeHex(), command("ERROR", `03${ascii(String(status))}`));
    assert.equal(bench.ending, "protocol ERR_AUTHENTICATION true");
  });
}

for (const options of [PLAIN, { zap: ZAP }]) {
  test(`300 ends the connection without a word, so that it is tried again: ${options === PLAIN ? "PLAIN" : "NULL"}`, () => {
    const bench = asking(options);
    if (options === PLAIN) bench.push(HELLO);

    bench.questions[0]!.answer(reply("300", "later", "", ""));

    assert.equal(bench.stream.takeHex(), "");
    assert.equal(bench.stream.isOpen, false);
    assert.equal(bench.ending, "lost ERR_AUTHENTICATION true");
    assert.equal(bench.endings[0]!.error!.status, 300);
  });
}

test("a reply that is none ends the connection with its code", () => {
  const bench = asking();

  bench.questions[0]!.answer(reply("600", "", "", ""));

  assert.equal(bench.stream.takeHex(), "");
  assert.equal(bench.ending, "protocol ERR_ZAP_INVALID_STATUS_CODE true");
});

test("without a handler a peer comes in where none is required, with what it sent along", () => {
  const bench = new Bench({ zap: ZAP });
  bench.hasHandler = false;

  bench.push(`${GREETING_31}${READY_PEER}000161`);

  assert.equal(bench.peers.length, 1);
  assert.deepEqual(bench.pipe.text, ["61"]);
  assert.equal(bench.peers[0]!.origin!.get("User-Id"), undefined);
  assert.equal(bench.stream.isPaused, false);
});

test("without a handler a peer stays out where one is required", () => {
  for (const options of [PLAIN, { zap: { ...ZAP, isRequired: true } }]) {
    const bench = new Bench(options);
    bench.hasHandler = false;
    bench.push(options === PLAIN ? GREETING_PLAIN : GREETING_31);
    bench.stream.take();
    if (options === PLAIN) bench.push(HELLO);

    assert.equal(bench.ending, "protocol EFAULT true");
    assert.equal(bench.stream.takeHex(), "");
    assert.equal(bench.stream.isDestroyed, true);
  }
});

test("a handler that never answers: the handshake times out", () => {
  const bench = asking({ ...PLAIN, handshakeIntervalMs: 300 }).push(HELLO);

  bench.clock.advance(299);
  assert.equal(bench.endings.length, 0);
  bench.clock.advance(1);

  assert.equal(bench.ending, "timeout EAGAIN true");
  bench.questions[0]!.answer(OK);
  assert.equal(bench.stream.isDestroyed, true);
  assert.equal(bench.stream.takeHex(), "");
});

test("a reply after the peer has gone is nobody's, and the going is told at once", () => {
  const bench = asking(PLAIN).push(HELLO);

  bench.engine.closed();
  assert.equal(bench.ending, "lost EPIPE true");
  bench.questions[0]!.answer(OK);

  assert.equal(bench.endings.length, 1);
  assert.equal(bench.peers.length, 0);
  assert.equal(bench.stream.takeHex(), "");
});

test("a reply after the socket has closed is nobody's", () => {
  for (const end of ["finish", "abort"] as const) {
    const bench = asking(PLAIN).push(HELLO);

    bench.engine[end]();
    bench.questions[0]!.answer(OK);

    assert.equal(bench.peers.length, 0);
    assert.equal(bench.stream.takeHex(), "");
  }
});

test("held-back bytes that break the protocol end the connection after the verdict", () => {
  const bench = asking(PLAIN).push(HELLO, "000161");

  bench.questions[0]!.answer(OK);

  assert.equal(bench.ending, "protocol ERR_ZMTP_UNEXPECTED_COMMAND true");
  assert.deepEqual(bench.pipe.text, []);
});

test("room in a pipe that was full before the connection does not let the peer past the question", () => {
  const bench = asking(PLAIN).push(HELLO, INITIATE);

  bench.engine.writable();

  assert.equal(bench.peers.length, 0);
  assert.equal(bench.endings.length, 0);
});

test("ERROR in place of READY while the question is open is heard after the verdict", () => {
  const bench = asking();
  bench.push(command("ERROR", `03${ascii("400")}`));

  bench.questions[0]!.answer(OK);

  assert.equal(bench.ending, "protocol ERR_AUTHENTICATION true");
});

test("peers of ZMTP 1.0 and 2.0 are turned away where a handler is to be asked", () => {
  for (const greeting of [GREETING_20, "0100"]) {
    const bench = new Bench({ zap: ZAP }).push(greeting);

    assert.equal(bench.ending, "protocol ERR_ZMTP_MECHANISM_MISMATCH true");
    assert.equal(bench.questions.length, 0);
  }
});

test("the handler's word about a peer goes before the peer's own", () => {
  const bench = asking();
  bench.questions[0]!.answer(reply("200", "", "joe", metadata({ "X-Role": "guest" })));
  bench.push(
    command(
      "READY",
      property("Socket-Type", "DEALER") +
        property("X-Role", "admin") +
        property("User-Id", "root") +
        property("Peer-Address", "10.0.0.1") +
        property("X-Own", "yes"),
    ),
  );

  const origin = bench.peers[0]!.origin!;
  assert.equal(String(origin.get("X-Role")), "guest");
  assert.equal(String(origin.get("User-Id")), "joe");
  assert.equal(String(origin.get("Peer-Address")), "127.0.0.1");
  assert.equal(String(origin.get("X-Own")), "yes");
  assert.deepEqual([...origin.names()].sort(), ["Peer-Address", "Socket-Type", "User-Id", "X-Own", "X-Role"]);
});

test("without a handler nobody has a User-Id, whatever it says", () => {
  const bench = new Bench().push(
    GREETING_31,
    command("READY", property("Socket-Type", "DEALER") + property("User-Id", "root")),
  );

  assert.equal(bench.peers[0]!.origin!.get("User-Id"), undefined);
});

test("a handshake cut anywhere asks once and ends the same", () => {
  const bytes = hex(GREETING_PLAIN + HELLO + INITIATE + "000161");
  for (let at = 1; at < bytes.length; at++) {
    const bench = new Bench(PLAIN);
    bench.engine.received(bytes.subarray(0, at));
    bench.engine.received(bytes.subarray(at));
    assert.equal(bench.questions.length, 1, `cut at ${at}`);

    bench.questions[0]!.answer(OK);

    assert.deepEqual(bench.pipe.text, ["61"], `cut at ${at}`);
  }
});
