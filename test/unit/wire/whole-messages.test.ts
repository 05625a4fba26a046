/** What an I/O thread passes on as it is, against the decoder and plain lists of messages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { COMMAND, MORE, writeHeader } from "#src/wire/frame.js";
import { found, wholeMessages } from "#src/wire/whole-messages.js";
import { check } from "../../support/property.ts";

function encode(flags: number, size: number): Buffer {
  const header = Buffer.alloc(9);
  return Buffer.concat([header.subarray(0, writeHeader(header, 0, flags, size)), Buffer.alloc(size, size)]);
}

const message = fc.array(fc.constantFrom(0, 1, 10, 255, 256, 700), { minLength: 1, maxLength: 4 });

test("whole messages reach up to the last that is complete, wherever the bytes are cut", () =>
  check(
    fc.property(fc.array(message, { maxLength: 8 }), fc.nat(), fc.nat(20), (messages, cutSeed, before) => {
      const encoded = messages.map((parts) =>
        Buffer.concat(parts.map((size, i) => encode(i < parts.length - 1 ? MORE : 0, size))),
      );
      const chunk = Buffer.concat([Buffer.alloc(before, 255), ...encoded]);
      const to = before + (cutSeed % (chunk.length - before + 1));
      let end = before;
      let count = 0;
      while (count < encoded.length && end + encoded[count]!.length <= to) end += encoded[count++]!.length;
      assert.equal(wholeMessages(chunk, before, to, 1000), end);
      assert.equal(found.messages, count);
    }),
  ));

test("they end before a command, and before the message with a frame that is too large", () => {
  const first = encode(0, 5);
  for (const [name, rest] of [
    ["command", [encode(COMMAND, 5), encode(0, 5)]],
    ["command within a message", [encode(MORE, 5), encode(COMMAND, 5), encode(0, 5)]],
    ["unknown flag", [encode(8, 5)]],
    ["too large", [encode(MORE, 5), encode(0, 101)]],
    ["too large, long", [encode(0, 300)]],
  ] as const) {
    const chunk = Buffer.concat([first, ...rest]);
    assert.equal(wholeMessages(chunk, 0, chunk.length, 100), first.length, name);
    assert.equal(found.messages, 1, name);
  }
});

test("a size that no number holds is too large", () => {
  const chunk = Buffer.concat([encode(0, 5), Buffer.from([2, 255, 255, 255, 255, 255, 255, 255, 255])]);
  assert.equal(wholeMessages(chunk, 0, chunk.length, 2 ** 30), 7);
});
