/** Hostile handshakes and broken handlers: whatever comes in whatever order, nobody gets past a question unanswered. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { EngineOptions } from "#src/engine/engine.js";
import type { Mechanism, ZapVerdict } from "#src/security/mechanism.js";
import { createNull } from "#src/security/null.js";
import { createPlain } from "#src/security/plain.js";
import { decodeReply } from "#src/security/zap.js";
import { encodeZapReply, parseZapRequest } from "#src/security/zap-handler.js";
import { parseZpl } from "#src/tools/zpl.js";
import { ZmqError } from "#src/util/errors.js";
import { ascii, hex } from "../support/bytes.ts";
import { Bench, command, GREETING_31, GREETING_PLAIN, property, READY_PEER } from "../support/engine.ts";
import { check, chunked, sizes } from "../support/property.ts";

const HELLO = command("HELLO", `05${ascii("admin")}06${ascii("secret")}`);
const INITIATE = command("INITIATE", property("Socket-Type", "DEALER"));

/** The commands of every mechanism and traffic that comes too early. */
const WHOLE = [
  HELLO,
  command("WELCOME"),
  INITIATE,
  READY_PEER,
  command("ERROR", `03${ascii("400")}`),
  command("READY"),
  command("PING", "0001"),
  command("SUBSCRIBE", "41"),
  `0409${ascii("^RROR")}03${ascii("300")}`,
  "000161",
  "010162",
].map((text) => hex(text));

/** Whole, cut, with a bit flipped, with something behind it, or grown beyond all measure. */
const spoilt: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.constantFrom(...WHOLE),
    fc.nat(),
    fc.constantFrom("whole", "cut", "flip", "tail", "grow", "noise"),
  )
  .map(([frame, at, how]) => {
    if (how === "cut") return frame.subarray(0, at % (frame.length + 1));
    if (how === "tail") return Buffer.concat([frame, Buffer.alloc(1 + (at % 300), at)]);
    if (how === "grow") {
      const header = Buffer.alloc(9);
      header[0] = frame[0]! | 2;
      header.writeBigUInt64BE(BigInt(at) << BigInt(at % 20), 1);
      return Buffer.concat([header, frame.subarray(2)]);
    }
    if (how === "noise") return Buffer.from(Array.from({ length: at % 20 }, (_, i) => (at >> i) & 255));
    const spoiltFrame = Buffer.from(frame);
    if (how === "flip") spoiltFrame[at % frame.length]! ^= 1 << (at % 8);
    return spoiltFrame;
  });

const CODES = /^ERR_ZMTP_|^ERR_ZAP_|^ERR_AUTHENTICATION$|^EMSGSIZE$|^EFAULT$/;
const ZAP = { domain: Buffer.from("d"), isRequired: true };
const SERVERS: { name: string; options: Partial<EngineOptions>; greeting: string }[] = [
  { name: "NULL", options: { zap: ZAP }, greeting: GREETING_31 },
  { name: "PLAIN", options: { mechanism: "PLAIN", asServer: true, zap: ZAP }, greeting: GREETING_PLAIN },
];

for (const { name, options, greeting } of SERVERS) {
  test(`${name}: no peer gets a message in before the handler has said yes, whatever it sends`, () =>
    check(
      fc.property(
        fc.array(spoilt, { maxLength: 8 }),
        sizes,
        fc.constantFrom("yes", "no", "later", "nonsense", "nothing"),
        (frames, cuts, answer) => {
          const bench = new Bench({ ...options, maxMessageSize: 1000 });
          for (const chunk of chunked(Buffer.concat([hex(greeting), ...frames]), cuts))
            bench.engine.received(chunk);

          assert.equal(bench.peers.length, 0, "in before the question was answered");
          assert.deepEqual(bench.pipe.incoming, []);
          assert.ok(bench.questions.length <= 1);
          const status = { yes: "200", no: "400", later: "300", nonsense: "201", nothing: "" }[answer];
          if (answer !== "nothing")
            bench.questions[0]?.answer(
              ["", "1.0", "1", status, "", "u", ""].map((text) => Buffer.from(text)),
            );

          if (answer !== "yes") {
            assert.equal(bench.peers.length, 0);
            assert.deepEqual(bench.pipe.incoming, []);
          }
          for (const peer of bench.peers) assert.equal(String(peer.origin!.get("User-Id")), "u");
          assert.ok(bench.endings.length <= 1);
          for (const { error } of bench.endings) {
            assert.ok(error instanceof ZmqError);
            assert.match(error.code, CODES, String(error.cause));
            assert.equal(bench.stream.isOpen, false);
            assert.equal(bench.clock.pending, 0);
          }
          // What is left, if anything, ends with the handshake's time.
          bench.clock.advance(30_000);
          if (bench.peers.length === 0) assert.equal(bench.endings.length, 1);
        },
      ),
    ));
}

const METADATA = new Map([["Socket-Type", Buffer.from("DEALER")]]);
const make = (asServer: boolean) => ({
  metadata: METADATA,
  asServer,
  credentials: { username: "admin", password: "secret" },
  authenticates: asServer,
});
const MACHINES: [name: string, make: () => Mechanism][] = [
  ["NULL", () => createNull(make(false))],
  ["NULL with ZAP", () => createNull(make(true))],
  ["PLAIN's client", () => createPlain(make(false))],
  ["PLAIN's server", () => createPlain(make(true))],
];

const verdict: fc.Arbitrary<ZapVerdict> = fc
  .constantFrom(200 as const, 300 as const, 400 as const, 500 as const)
  .map((status) => ({ status, text: "", userId: "", metadata: new Map() }));
const step = fc.oneof(
  { weight: 3, arbitrary: spoilt.map((frame) => ({ kind: "handle" as const, body: frame.subarray(2) })) },
  { weight: 3, arbitrary: fc.constant({ kind: "next" as const }) },
  { weight: 1, arbitrary: verdict.map((given) => ({ kind: "judge" as const, given })) },
);

for (const [name, create] of MACHINES) {
  test(`${name} throws nothing but its own errors, and is never ready with a question open or refused`, () =>
    check(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const machine = create();
        let isRefused = false;
        let wasAsked = machine.question !== undefined;
        let saidYes = false;
        for (const action of steps) {
          try {
            if (action.kind === "handle") machine.handle(action.body);
            else if (action.kind === "next") machine.next();
            else if (machine.question !== undefined) {
              machine.judge!(action.given);
              saidYes ||= action.given.status === 200;
              isRefused ||= action.given.status !== 200;
            }
          } catch (error) {
            assert.ok(error instanceof ZmqError, String(error));
            assert.match(error.code, CODES);
            return;
          }
          wasAsked ||= machine.question !== undefined;
          if (machine.question !== undefined) assert.equal(machine.next(), undefined);
          if (machine.isReady) assert.ok(!isRefused && machine.question === undefined);
          if (machine.isReady && wasAsked) assert.ok(saidYes);
        }
      }),
    ));
}

const frame = fc.oneof(
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(
      "",
      "1.0",
      "1",
      "200",
      "300",
      "400",
      "500",
      "OK",
      "\x05Hello\0\0\0\x05World",
      "NULL",
      "PLAIN",
      "CURVE",
    )
    .map((text) => Buffer.from(text, "latin1")),
);

test("whatever a handler answers is a verdict or an error of ZAP; only seven whole frames with 200 let a peer in", () =>
  check(
    fc.property(fc.array(frame, { maxLength: 9 }), (reply) => {
      try {
        const { status } = decodeReply(reply);
        assert.equal(reply.length, 7);
        assert.deepEqual(reply.slice(0, 4).map(String), ["", "1.0", "1", String(status)]);
      } catch (error) {
        assert.ok(error instanceof ZmqError, String(error));
        assert.match(error.code, /^ERR_ZAP_/);
      }
    }),
  ));

test("whatever a handler is sent it can answer, refuse or pass over", () =>
  check(
    fc.property(fc.array(frame, { maxLength: 12 }), (message) => {
      const request = parseZapRequest(message);
      if (request === undefined) return;
      const reply = encodeZapReply(request, { status: 400, text: "", userId: "", metadata: Buffer.alloc(0) });
      assert.equal(reply.length, request.envelope.length + 6);
      if (request.fault !== undefined) return;
      if (request.mechanism === "PLAIN") assert.equal(request.credentials.length, 2);
      if (request.mechanism === "CURVE") assert.equal(request.credentials[0]!.length, 32);
    }),
  ));

test("no text makes the reader of certificates throw anything but its own error", () =>
  check(
    fc.property(fc.string(), (text) => {
      try {
        parseZpl(text, "it");
      } catch (error) {
        assert.ok(error instanceof ZmqError && error.code === "EINVAL", String(error));
      }
    }),
  ));
