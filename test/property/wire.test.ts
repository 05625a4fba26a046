import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Outbox } from "#src/engine/outbox.js";
import { ZmqError } from "#src/util/errors.js";
import { encodeMetadata, parseCommand, parseError, parseMetadata, parsePing } from "#src/wire/command.js";
import { Decoder } from "#src/wire/decoder.js";
import { Greeting } from "#src/wire/greeting.js";
import { FakeStream } from "../support/fake-stream.ts";
import { check, chunked, sizes } from "../support/property.ts";

const bytes = (max: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength: max }).map((array) => Buffer.from(array));

const body = fc.oneof(
  { weight: 8, arbitrary: bytes(40) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.integer({ min: 240, max: 270 }), fc.nat(255))
      .map(([n, fill]) => Buffer.alloc(n, fill)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 4000, max: 9000 }), fc.nat(255))
      .map(([n, fill]) => Buffer.alloc(n, fill)),
  },
);

for (const [framing, flags] of [
  [2, fc.constantFrom(0, 1, 4)],
  [1, fc.constantFrom(0, 1)],
] as const) {
  test(`framing ${framing}: any frames, cut and stopped anywhere, come out as they went in`, () =>
    check(
      fc.property(
        fc.array(fc.tuple(flags, body), { maxLength: 30 }),
        sizes,
        fc.array(fc.boolean(), { minLength: 1, maxLength: 10 }),
        (frames, cuts, stops) => {
          const outbox = new Outbox();
          outbox.framing = framing;
          for (const [flag, part] of frames) outbox.frame(flag, part);
          const stream = new FakeStream();
          outbox.flush(stream);
          const out: string[] = [];
          let turn = 0;
          const sink = {
            frame(flag: number, part: Uint8Array): boolean {
              out.push(`${flag}:${Buffer.from(part).toString("hex")}`);
              return stops[turn++ % stops.length];
            },
          };
          const decoder = new Decoder(sink, 9000, framing);

          for (const chunk of chunked(stream.all, cuts)) {
            decoder.push(chunk);
            if (decoder.isStopped && stops[turn++ % stops.length]) decoder.resume();
          }
          for (let i = 0; i <= frames.length; i++) decoder.resume();

          assert.deepEqual(
            out,
            frames.map(([flag, part]) => `${flag}:${part.toString("hex")}`),
          );
        },
      ),
    ));
}

test("any bytes decode to the same frames or the same error, however they are cut", () => {
  function decode(chunks: Buffer[], framing: 1 | 2): string {
    let out = "";
    const sink = {
      frame(flag: number, part: Uint8Array): boolean {
        out += `${flag}:${Buffer.from(part).toString("hex")} `;
        return true;
      },
    };
    const decoder = new Decoder(sink, 1000, framing);
    try {
      for (const chunk of chunks) decoder.push(chunk);
    } catch (error) {
      assert.ok(error instanceof ZmqError, String(error));
      out += error.code;
    }
    return out;
  }
  return check(
    fc.property(bytes(200), sizes, fc.constantFrom(1 as const, 2 as const), (input, cuts, framing) => {
      assert.equal(decode(chunked(input, cuts), framing), decode([input], framing));
    }),
  );
});

const SIGNATURE = Buffer.from("ff00000000000000017f", "hex");

test("any bytes lead a greeting to the same answer and the same end, however they are cut", () => {
  function greet(chunks: Buffer[]): string {
    let sent = "";
    const options = { routingIdLength: 0, socketType: 5, mechanism: "NULL", asServer: false };
    const greeting = new Greeting(options, (out) => (sent += Buffer.from(out).toString("hex")));
    greeting.start();
    let used = 0;
    try {
      for (const chunk of chunks) used += greeting.push(chunk);
    } catch (error) {
      assert.ok(error instanceof ZmqError, String(error));
      return `${sent} ${error.code}`;
    }
    return `${sent} ${used} ${JSON.stringify(greeting.agreement)}`;
  }
  const peer = fc.oneof(
    bytes(80),
    fc
      .tuple(
        fc.constantFrom(0, 1, 2, 3, 4, 255),
        fc.nat(3),
        fc.constantFrom("NULL", "CURVE", "", "\xff"),
        bytes(80),
      )
      .map(([revision, minor, mechanism, rest]) =>
        Buffer.concat([
          SIGNATURE,
          Buffer.of(revision, minor),
          Buffer.from(mechanism.padEnd(20, "\0"), "latin1"),
          rest,
        ]),
      ),
  );
  return check(
    fc.property(peer, sizes, (input, cuts) => {
      assert.equal(greet(chunked(input, cuts)), greet([input]));
    }),
  );
});

test("any metadata is read as it was written", () =>
  check(
    fc.property(
      fc.uniqueArray(
        fc.tuple(fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 255 }), bytes(300)),
        {
          selector: ([name]) => name,
          maxLength: 10,
        },
      ),
      (entries) => {
        const read = parseMetadata(encodeMetadata(new Map(entries)));
        assert.deepEqual(
          [...read].map(([name, value]) => [name, Buffer.from(value).toString("hex")]),
          entries.map(([name, value]) => [name, value.toString("hex")]),
        );
      },
    ),
  ));

test("no bytes make a parser of commands throw anything but its own errors", () =>
  check(
    fc.property(bytes(100), (input) => {
      for (const parse of [parseCommand, parseMetadata, parsePing, parseError]) {
        try {
          parse(input);
        } catch (error) {
          assert.ok(error instanceof ZmqError && error.code.startsWith("ERR_ZMTP_"), String(error));
        }
      }
    }),
  ));
