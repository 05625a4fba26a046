import assert from "node:assert/strict";
import { test } from "node:test";
import { ZmqError } from "#src/util/errors.js";
import {
  encodeCommand,
  encodeError,
  encodeMetadata,
  encodePing,
  encodePong,
  parseCommand,
  parseError,
  parseMetadata,
  parsePing,
} from "#src/wire/command.js";
import { ascii, hex } from "../../support/bytes.ts";

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function throwsCode(run: () => unknown, code: string): void {
  assert.throws(run, (error) => error instanceof ZmqError && error.code === code);
}

test("a command is the length of its name, the name, and the data", () => {
  assert.equal(toHex(encodeCommand("READY")), `05${ascii("READY")}`);
  assert.equal(toHex(encodeCommand("SUBSCRIBE", Buffer.from("abc"))), `09${ascii("SUBSCRIBE")}616263`);
  assert.equal(toHex(encodeCommand("CANCEL", Buffer.from(""))), `06${ascii("CANCEL")}`);
});

test("a command is read back as name and data", () => {
  const { name, data } = parseCommand(hex(`04 ${ascii("PING")} 0001 ff`));

  assert.equal(name, "PING");
  assert.equal(toHex(data), "0001ff");
});

test("a command whose name fills the frame has no data", () => {
  assert.deepEqual(parseCommand(hex("01 41")).data.length, 0);
});

for (const [what, bytes] of [
  ["of no bytes", ""],
  ["with an empty name", "00"],
  ["with an empty name and data", "00 4142"],
  ["whose name is cut short", "05 524541"],
  ["whose name length is all there is", "01"],
] as const) {
  test(`a command ${what} is malformed`, () => {
    throwsCode(() => parseCommand(hex(bytes)), "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED");
  });
}

test("bytes of a malformed command appear escaped and cut in the message", () => {
  const body = Buffer.alloc(5000, 0x1b);
  body[0] = 0;

  assert.throws(
    () => parseCommand(body),
    (error) => error instanceof ZmqError && error.message.length < 400 && !error.message.includes("\x1b"),
  );
});

test("metadata is written in the order given, names with 8 and values with 32 bits of length", () => {
  const bytes = encodeMetadata(
    new Map([
      ["Socket-Type", Buffer.from("DEALER")],
      ["Identity", Buffer.from("")],
    ]),
  );

  assert.equal(
    toHex(bytes),
    `0b${ascii("Socket-Type")}00000006${ascii("DEALER")}08${ascii("Identity")}00000000`,
  );
});

test("metadata is read back in order, with the case of its names and any bytes as values", () => {
  const value = Buffer.alloc(70_000, 0xfe);
  const metadata = new Map<string, Uint8Array>([
    ["X-b", Buffer.from("")],
    ["x-B", Buffer.from([0, 255])],
    ["X-large", value],
  ]);

  const read = parseMetadata(encodeMetadata(metadata));

  assert.deepEqual([...read.keys()], ["X-b", "x-B", "X-large"]);
  assert.equal(toHex(read.get("x-B")!), "00ff");
  assert.equal(Buffer.from(read.get("X-large")!).equals(value), true);
});

test("no metadata at all is allowed", () => {
  assert.equal(parseMetadata(Buffer.alloc(0)).size, 0);
});

const WHOLE = `0b ${ascii("Socket-Type")} 00000003 ${ascii("PUB")}`;

test("metadata cut anywhere, or with anything behind it, is invalid", () => {
  const whole = hex(WHOLE);

  assert.equal(parseMetadata(whole).size, 1);
  for (let length = 1; length < whole.length; length++) {
    throwsCode(() => parseMetadata(whole.subarray(0, length)), "ERR_ZMTP_INVALID_METADATA");
  }
  throwsCode(() => parseMetadata(hex(`${WHOLE} 58`)), "ERR_ZMTP_INVALID_METADATA");
  throwsCode(() => parseMetadata(hex(`${WHOLE} 00`)), "ERR_ZMTP_INVALID_METADATA");
});

for (const [what, bytes] of [
  ["an empty name", "00 00000000"],
  ["a value of 2^32-1 bytes that is not there", "01 41 ffffffff 00"],
  ["a value of 2^31 bytes that is not there", "01 41 80000000 00"],
  ["a name of 255 bytes that is not there", "ff 41 00000000"],
] as const) {
  test(`metadata with ${what} is invalid`, () => {
    throwsCode(() => parseMetadata(hex(bytes)), "ERR_ZMTP_INVALID_METADATA");
  });
}

for (const [ttlMs, wire] of [
  [0, "0000"],
  [99, "0000"],
  [100, "0001"],
  [1950, "0013"],
  [25_600, "0100"],
  [6_553_500, "ffff"],
  [6_553_599, "ffff"],
  [9_999_999, "ffff"],
] as const) {
  test(`PING carries a time-to-live of ${ttlMs} ms as ${wire} tenths of a second`, () => {
    assert.equal(toHex(encodePing(ttlMs)), `04${ascii("PING")}${wire}`);
  });
}

test("PING is read as milliseconds and context, beyond libzmq's 16 bits of them", () => {
  assert.equal(parsePing(hex("ffff")).ttlMs, 6_553_500);
  assert.equal(parsePing(hex("000a")).ttlMs, 1000);
  assert.equal(parsePing(hex("000a")).context.length, 0);
  assert.equal(toHex(parsePing(hex("0000 616263")).context), "616263");
});

test("a PING context keeps 16 bytes, the rest is cut", () => {
  const sixteen = "00112233445566778899aabbccddeeff";

  assert.equal(toHex(parsePing(hex(`0000 ${sixteen}`)).context), sixteen);
  assert.equal(toHex(parsePing(hex(`0000 ${sixteen} 4142`)).context), sixteen);
});

test("a PING without its two bytes of time-to-live is malformed", () => {
  throwsCode(() => parsePing(hex("")), "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED");
  throwsCode(() => parsePing(hex("00")), "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED");
});

test("PONG carries the context", () => {
  assert.equal(toHex(encodePong(Buffer.from("ctx"))), `04${ascii("PONG")}${ascii("ctx")}`);
});

test("ERROR carries its reason with 8 bits of length, cut at 255 bytes", () => {
  assert.equal(toHex(encodeError("no")), `05${ascii("ERROR")}026e6f`);
  assert.equal(encodeError("x".repeat(300)).length, 6 + 1 + 255);
});

test("the reason of an ERROR is read, made printable", () => {
  assert.equal(parseError(hex("03 343030")), "400");
  assert.equal(parseError(hex("00")), "");
  assert.equal(parseError(hex("02 0a41")), "\\x0aA");
});

test("an ERROR whose reason is cut short is malformed", () => {
  throwsCode(() => parseError(hex("")), "ERR_ZMTP_MALFORMED_COMMAND_ERROR");
  throwsCode(() => parseError(hex("03 3430")), "ERR_ZMTP_MALFORMED_COMMAND_ERROR");
});
