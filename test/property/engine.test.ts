import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ZmqError } from "#src/util/errors.js";
import { hex } from "../support/bytes.ts";
import {
  Bench,
  command,
  GREETING_20,
  GREETING_30,
  GREETING_31,
  property,
  READY_PEER,
  SIGNATURE,
} from "../support/engine.ts";
import { check, chunked, sizes } from "../support/property.ts";

/** Pieces that lead deep into the machine, and rubbish between them. */
const piece = fc.oneof(
  fc.constantFrom(
    ...[
      GREETING_31,
      GREETING_30,
      GREETING_20,
      SIGNATURE,
      "0100",
      "0003616263",
      READY_PEER,
      command("READY", property("Socket-Type", "SUB")),
      command("PING", "0001ab"),
      command("PONG"),
      command("SUBSCRIBE", "41"),
      command("ERROR", "00"),
      "000161",
      "010162",
      "0400",
      "02000000000000000161",
      "02ffffffffffffffff",
    ].map((text) => hex(text)),
  ),
  fc.uint8Array({ maxLength: 30 }).map((array) => Buffer.from(array)),
);
const peer = fc
  .tuple(
    fc.constantFrom("", GREETING_31, GREETING_31 + READY_PEER, GREETING_20, "0100"),
    fc.array(piece, { maxLength: 8 }),
  )
  .map(([start, pieces]) => Buffer.concat([hex(start), ...pieces]));

test("[test_bind_null_fuzzer] [test_connect_null_fuzzer] whatever a peer sends, an engine never throws, ends at most once, and delivers the same however it is cut", () =>
  check(
    fc.property(peer, sizes, fc.boolean(), (input, cuts, takesSubscriptions) => {
      const options = {
        maxMessageSize: 1000,
        takesSubscriptions,
        heartbeatIntervalMs: 100,
        heartbeatTimeoutMs: 100,
      };
      const [whole, cut] = [new Bench(options), new Bench(options)];

      whole.engine.received(input);
      for (const chunk of chunked(input, cuts)) cut.engine.received(chunk);

      assert.deepEqual(cut.pipe.text, whole.pipe.text);
      for (const bench of [whole, cut]) {
        assert.ok(bench.endings.length <= 1);
        for (const { kind, error } of bench.endings) {
          assert.equal(kind, "protocol");
          assert.ok(error instanceof ZmqError);
          // A code of the system would mean that a fault of ours was taken for the peer's.
          assert.match(error.code, /^ERR_ZMTP_|^ERR_AUTHENTICATION$|^EMSGSIZE$/, String(error.cause));
          assert.equal(bench.stream.isDestroyed, true);
          assert.equal(bench.clock.pending, 0);
        }
      }
      assert.equal(cut.ending, whole.ending);
    }),
  ));

test("whatever happens in whatever order, an engine keeps to its rules", () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constant("bytes" as const), piece) },
    { weight: 2, arbitrary: fc.tuple(fc.constant("send" as const), fc.uint8Array({ maxLength: 20 })) },
    fc.tuple(
      fc.constantFrom("full" as const, "drained" as const, "room" as const, "noRoom" as const),
      fc.constant(0),
    ),
    fc.tuple(fc.constant("time" as const), fc.integer({ min: 0, max: 150 })),
    fc.tuple(
      fc.constantFrom("flush" as const, "finish" as const, "abort" as const, "closed" as const),
      fc.constant(0),
    ),
  );
  return check(
    fc.property(fc.boolean(), fc.array(step, { maxLength: 40 }), (shaken, steps) => {
      const bench = new Bench({ heartbeatIntervalMs: 100, heartbeatTimeoutMs: 50, handshakeIntervalMs: 300 });
      const { engine, stream, pipe, clock } = bench;
      if (shaken) bench.shakeHands();
      let isOver = false;
      for (const [kind, value] of steps) {
        const before = stream.all.length;
        if (kind === "bytes") engine.received(Buffer.from(value));
        else if (kind === "send") bench.send(value);
        else if (kind === "full") stream.isFull = true;
        else if (kind === "drained") {
          stream.isFull = false;
          engine.drained();
        } else if (kind === "room") {
          pipe.room = 3;
          engine.writable();
        } else if (kind === "noRoom") pipe.room = 0;
        else if (kind === "time") clock.advance(value);
        else if (kind === "closed" && !isOver) engine.closed();
        else if (kind !== "closed") engine[kind]();

        assert.equal(pipe.lost, 0, "no message is written where there is no room");
        assert.ok(bench.endings.length <= 1);
        if (isOver) assert.equal(stream.all.length, before, "nothing is sent after the end");
        isOver ||= !stream.isOpen;
        if (bench.endings.length > 0) assert.equal(stream.isOpen, false);
        if (isOver) {
          assert.equal(pipe.isHungry, false);
          assert.equal(clock.pending, 0);
        }
      }
    }),
  );
});
