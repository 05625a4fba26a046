/** Hostile handshakes, NULL and CURVE: whatever comes, nothing but a ZmqError, and nobody gets in without the keys. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CookieJar } from "#src/security/cookie.js";
import type { CurveClient } from "#src/security/curve-client.js";
import type { CurveServer } from "#src/security/curve-server.js";
import type { Mechanism } from "#src/security/mechanism.js";
import { createNull } from "#src/security/null.js";
import { ZmqError } from "#src/util/errors.js";
import { encodeCommand, encodeMetadata } from "#src/wire/command.js";
import { ascii, hex } from "../support/bytes.ts";
import { curvePair, mechanismOptions, native, opened, seal, shakeHands } from "../support/curve.ts";
import { Bench, SIGNATURE } from "../support/engine.ts";
import { check, chunked, sizes } from "../support/property.ts";

/** What may happen to a command on its way. */
type Damage =
  | { kind: "none" | "drop" | "repeat" | "swap" }
  | { kind: "cut"; part: number }
  | { kind: "flip"; at: number; bit: number }
  | { kind: "grow"; bytes: Uint8Array }
  | { kind: "replace"; bytes: Uint8Array };

const NAMES = ["HELLO", "WELCOME", "INITIATE", "READY", "ERROR", "MESSAGE", "PING", "SUBSCRIBE"];
/** Commands that begin as they should, and rubbish. */
const anyCommand = fc.oneof(
  fc
    .tuple(fc.constantFrom(...NAMES), fc.constantFrom(0, 1, 30, 160, 194, 248, 400), fc.nat(255))
    .map(([name, size, fill]) => encodeCommand(name, Buffer.alloc(size, fill))),
  fc.uint8Array({ maxLength: 300 }),
);
const damage: fc.Arbitrary<Damage> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Damage>({ kind: "none" }) },
  fc.constantFrom<Damage>({ kind: "drop" }, { kind: "repeat" }, { kind: "swap" }),
  fc.record({ kind: fc.constant("cut" as const), part: fc.double({ min: 0, max: 0.999, noNaN: true }) }),
  fc.record({ kind: fc.constant("flip" as const), at: fc.nat(400), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant("grow" as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 50 }) }),
  fc.record({ kind: fc.constant("replace" as const), bytes: anyCommand }),
);

function apply(body: Uint8Array, how: Damage, earlier: Uint8Array | undefined): Uint8Array[] {
  switch (how.kind) {
    case "drop":
      return [];
    case "repeat":
      return [body, body];
    case "swap":
      return earlier === undefined ? [body] : [earlier, body];
    case "cut":
      return [body.subarray(0, Math.floor(body.length * how.part))];
    case "flip": {
      const changed = Buffer.from(body);
      changed[how.at % changed.length]! ^= 1 << how.bit;
      return [changed];
    }
    case "grow":
      return [Buffer.concat([body, how.bytes])];
    case "replace":
      return [how.bytes];
    default:
      return [body];
  }
}

/** Carries everything to and fro, damaged; a side that throws is out of it. True when something was really damaged. */
function carry(client: Mechanism, server: Mechanism, damages: Damage[]): boolean {
  let isDamaged = false;
  let at = 0;
  const last: (Uint8Array | undefined)[] = [undefined, undefined];
  const isOut = [false, false];
  for (let round = 0; round < 6; round++) {
    for (const [side, from, to] of [
      [0, client, server],
      [1, server, client],
    ] as const) {
      for (let body = from.next(); body !== undefined; body = from.next()) {
        const how = damages[at++] ?? { kind: "none" as const };
        const copy = Buffer.from(body);
        const bodies = apply(copy, how, last[side]);
        last[side] = copy;
        if (bodies.length !== 1 || !copy.equals(bodies[0]!)) isDamaged = true;
        for (const each of bodies) {
          if (isOut[1 - side]) continue;
          try {
            to.handle(Buffer.from(each));
          } catch (error) {
            assert.ok(error instanceof ZmqError, String((error as Error).stack));
            assert.match(error.code, /^ERR_ZMTP_|^ERR_AUTHENTICATION$/);
            isOut[1 - side] = true;
          }
        }
      }
    }
  }
  return isDamaged;
}

test("[test_bind_curve_fuzzer] [test_connect_curve_fuzzer] CURVE: a damaged handshake never crashes either side, and an undamaged one succeeds", () =>
  check(
    fc.property(fc.array(damage, { maxLength: 6 }), fc.boolean(), (damages, authenticates) => {
      const jar = new CookieJar();
      const { client, server } = curvePair({ jar, sodium: native, server: { authenticates } });

      const isDamaged = carry(client, server, damages);

      if (!isDamaged && authenticates) assert.ok(server.question !== undefined && !server.isReady);
      else if (!isDamaged) assert.ok(client.isReady && server.isReady);
      // Both believe in it only if all four commands came as they were sent, at least once.
      if (client.isReady && server.isReady) {
        assert.equal(String(opened(server, seal(client, "hello")).body), "hello");
        assert.equal(String(opened(client, seal(server, "hello")).body), "hello");
      }
      client.wipe();
      server.wipe();
      assert.equal(jar.outside, 0);
      assert.equal(jar.hasKey, false);
    }),
  ));

test("[test_bind_curve_fuzzer] CURVE: no sequence of commands without the keys lets anybody in", () =>
  check(
    fc.property(fc.array(anyCommand, { maxLength: 8 }), fc.boolean(), (commands, asServer) => {
      const pair = curvePair({ sodium: native });
      const machine: CurveClient | CurveServer = asServer ? pair.server : pair.client;
      for (const body of commands) {
        machine.next();
        try {
          machine.handle(Buffer.from(body));
        } catch (error) {
          assert.ok(error instanceof ZmqError, String((error as Error).stack));
          break;
        }
      }

      assert.equal(machine.isReady, false);
      machine.wipe();
    }),
  ));

test("CURVE: commands of other, valid handshakes let nobody in", () => {
  // An observer has recorded these, and plays them in any order.
  const recorded: Buffer[] = [];
  const { client, server } = curvePair({ sodium: native });
  const record = (machine: Mechanism): Mechanism => ({
    isReady: false,
    peerMetadata: new Map(),
    next() {
      const body = machine.next();
      if (body !== undefined) recorded.push(Buffer.from(body));
      return body;
    },
    handle: (body) => machine.handle(body),
  });
  shakeHands(record(client), record(server));
  recorded.push(seal(client, "from the client"), seal(server, "from the server"));

  return check(
    fc.property(
      fc.array(fc.constantFrom(...recorded), { maxLength: 8 }),
      fc.boolean(),
      (replay, asServer) => {
        const pair = curvePair({ sodium: native });
        const machine: CurveClient | CurveServer = asServer ? pair.server : pair.client;
        for (const body of replay) {
          machine.next();
          try {
            machine.handle(Buffer.from(body));
          } catch (error) {
            assert.ok(error instanceof ZmqError);
          }
        }

        assert.equal(machine.isReady, false);
        machine.wipe();
      },
    ),
  );
});

test("CURVE: of messages that are damaged, reordered, repeated or lost only those that are right are opened", () => {
  const step = fc.tuple(fc.nat(9), damage);
  return check(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { client, server } = curvePair({ sodium: native });
      shakeHands(client, server);
      const sealed = Array.from({ length: 10 }, (_, i) => seal(client, `message ${i}`));
      let newest = -1;
      for (const [number, how] of steps) {
        const original = sealed[number]!;
        for (const body of apply(original, how, sealed[(number + 5) % 10])) {
          const which = sealed.findIndex((each) => each.equals(body));
          let text: string | undefined;
          try {
            text = String(opened(server, Buffer.from(body)).body);
          } catch (error) {
            assert.ok(error instanceof ZmqError);
            // The connection ends with the first fault; what matters is that it is one.
            assert.ok(which < 0 || which <= newest, "a right message was refused");
            return;
          }
          assert.equal(text, `message ${which}`);
          assert.ok(which > newest, "an old message was taken");
          newest = which;
        }
      }
    }),
  );
});

test("[test_bind_null_fuzzer] [test_connect_null_fuzzer] NULL: whatever comes, it is through after one READY, or throws a ZmqError", () => {
  const metadata = encodeMetadata(new Map([["Socket-Type", Buffer.from("PULL")]]));
  const ready = encodeCommand("READY", metadata);
  return check(
    fc.property(
      fc.array(fc.oneof(fc.constant(ready), anyCommand), { maxLength: 5 }),
      fc.array(damage, { maxLength: 5 }),
      (commands, damages) => {
        const machine = createNull(mechanismOptions({}));
        let readies = 0;
        machine.next();
        try {
          for (const [i, body] of commands.entries()) {
            for (const each of apply(body, damages[i] ?? { kind: "none" }, commands[i - 1])) {
              machine.handle(Buffer.from(each));
              readies++;
            }
          }
        } catch (error) {
          assert.ok(error instanceof ZmqError, String((error as Error).stack));
        }
        assert.ok(readies <= 1);
        assert.equal(machine.isReady, readies === 1);
      },
    ),
  );
});

const GREETING = hex(`${SIGNATURE}0301${ascii("CURVE")}${"00".repeat(15)}00${"00".repeat(31)}`);

test("[test_bind_curve_fuzzer] CURVE: an engine delivers nothing of what a stranger sends, however it is cut", () => {
  const { secretKey } = native.keyPair();
  const bytes = fc
    .array(
      fc.tuple(fc.constantFrom(0, 1, 2, 4, 5, 6), fc.oneof(anyCommand, fc.constant(Buffer.from("text")))),
      {
        maxLength: 6,
      },
    )
    .map((frames) =>
      Buffer.concat([
        GREETING,
        ...frames.map(([flags, body]) =>
          Buffer.concat([
            body.length > 255 || flags & 2
              ? Buffer.concat([
                  Buffer.of(flags | 2, 0, 0, 0, 0, 0, 0),
                  Buffer.of(body.length >> 8, body.length & 255),
                ])
              : Buffer.of(flags, body.length),
            body,
          ]),
        ),
      ]),
    );
  return check(
    fc.property(bytes, sizes, (input, cuts) => {
      const bench = new Bench({ mechanism: "CURVE", asServer: true, credentials: { secretKey } });

      for (const chunk of chunked(input, cuts)) bench.engine.received(Buffer.from(chunk));

      assert.deepEqual(bench.pipe.incoming, []);
      assert.deepEqual(bench.peers, []);
      for (const { kind, error } of bench.endings) {
        assert.equal(kind, "protocol");
        assert.match(error!.code, /^ERR_ZMTP_|^EMSGSIZE$/);
      }
      bench.engine.abort();
    }),
  );
});
