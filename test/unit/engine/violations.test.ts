/** A peer that breaks the rules loses its connection, with the right code, however its bytes are cut. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ascii, cuttings, hex } from "../../support/bytes.ts";
import {
  Bench,
  command,
  GREETING_20,
  GREETING_31,
  property,
  READY_PEER,
  SIGNATURE,
} from "../../support/engine.ts";

const SHAKEN = GREETING_31 + READY_PEER;
const zeros = (count: number): string => "00".repeat(count);
const mechanism = (name: string): string => `${SIGNATURE}0301${ascii(name).padEnd(40, "0")}00${zeros(31)}`;

const CASES: [name: string, bytes: string, code: string, inHandshake: boolean][] = [
  ["an HTTP request", ascii("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), "ERR_ZMTP_UNSPECIFIED", true],
  ["a TLS hello", "16030100a5010000a10303", "ERR_ZMTP_UNSPECIFIED", true],
  ["an SSH banner", ascii("SSH-2.0-OpenSSH_9.6\r\n"), "ERR_ZMTP_UNSPECIFIED", true],
  ["zeros", zeros(64), "ERR_ZMTP_UNSPECIFIED", true],
  [
    "a ZMTP 1.0 identity of more than 255 bytes",
    `ff000000000000010100${zeros(256)}`,
    "ERR_ZMTP_INVALID_METADATA",
    true,
  ],
  [
    "a ZMTP 2.0 identity of more than 255 bytes",
    `${GREETING_20}020000000000000100${zeros(256)}`,
    "ERR_ZMTP_INVALID_METADATA",
    true,
  ],
  ["no mechanism", mechanism(""), "ERR_ZMTP_MECHANISM_MISMATCH", true],
  ["the mechanism PLAIN", mechanism("PLAIN"), "ERR_ZMTP_MECHANISM_MISMATCH", true],
  ["the mechanism NULLX", mechanism("NULLX"), "ERR_ZMTP_MECHANISM_MISMATCH", true],
  ["the mechanism null", mechanism("null"), "ERR_ZMTP_MECHANISM_MISMATCH", true],
  ["a mechanism with bytes behind its end", mechanism("NULL\0X"), "ERR_ZMTP_MECHANISM_MISMATCH", true],
  ["a message before READY", `${GREETING_31}000161`, "ERR_ZMTP_UNEXPECTED_COMMAND", true],
  ["READY in a message frame", `${GREETING_31}00${READY_PEER.slice(2)}`, "ERR_ZMTP_UNEXPECTED_COMMAND", true],
  [
    "an unknown command instead of READY",
    `${GREETING_31}${command("HOLA")}`,
    "ERR_ZMTP_UNEXPECTED_COMMAND",
    true,
  ],
  ["PING instead of READY", `${GREETING_31}${command("PING", "0000")}`, "ERR_ZMTP_UNEXPECTED_COMMAND", true],
  [
    "HELLO instead of READY",
    `${GREETING_31}${command("HELLO", "0000")}`,
    "ERR_ZMTP_UNEXPECTED_COMMAND",
    true,
  ],
  ["ready in small letters", `${GREETING_31}${command("ready")}`, "ERR_ZMTP_UNEXPECTED_COMMAND", true],
  ["an empty command instead of READY", `${GREETING_31}0400`, "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED", true],
  [
    "a command cut short instead of READY",
    `${GREETING_31}040305 5245`,
    "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED",
    true,
  ],
  [
    "READY with a name cut short",
    `${GREETING_31}${command("READY", "0b536f")}`,
    "ERR_ZMTP_INVALID_METADATA",
    true,
  ],
  [
    "READY with a value cut short",
    `${GREETING_31}${command("READY", "0141 00000005 61")}`,
    "ERR_ZMTP_INVALID_METADATA",
    true,
  ],
  [
    "READY with a byte left over",
    `${GREETING_31}${command("READY", `${property("Socket-Type", "REP")}41`)}`,
    "ERR_ZMTP_INVALID_METADATA",
    true,
  ],
  [
    "READY with a value of 4 GB",
    `${GREETING_31}${command("READY", "0141 ffffffff")}`,
    "ERR_ZMTP_INVALID_METADATA",
    true,
  ],
  [
    "READY with an identity of 256 bytes",
    `${GREETING_31}06 000000000000011 3 055245414459 08${ascii("Identity")}00000100${zeros(256)}`.replace(
      "11 3",
      "113",
    ),
    "ERR_ZMTP_INVALID_METADATA",
    true,
  ],
  [
    "ERROR with a reason cut short",
    `${GREETING_31}${command("ERROR", "0541")}`,
    "ERR_ZMTP_MALFORMED_COMMAND_ERROR",
    true,
  ],
  ["a second READY", SHAKEN + READY_PEER, "ERR_ZMTP_UNEXPECTED_COMMAND", false],
  ["an unknown command after the handshake", SHAKEN + command("BOO"), "ERR_ZMTP_UNEXPECTED_COMMAND", false],
  ["an empty command after the handshake", `${SHAKEN}0400`, "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED", false],
  ["a command without a name", `${SHAKEN}04020041`, "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED", false],
  ["a PING without time-to-live", SHAKEN + command("PING"), "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED", false],
  [
    "a PING with half a time-to-live",
    SHAKEN + command("PING", "00"),
    "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED",
    false,
  ],
  ["ERROR after the handshake", SHAKEN + command("ERROR", `02${ascii("no")}`), "ERR_ZMTP_UNSPECIFIED", false],
  ["a frame over the limit", `${SHAKEN}02 00000000000003e9`, "EMSGSIZE", false],
  ["a frame of 2^63 bytes", `${SHAKEN}02 8000000000000000`, "EMSGSIZE", false],
  ["a command over the limit", `${SHAKEN}06 00000000000003e9`, "EMSGSIZE", false],
  ["a READY over the limit", `${GREETING_31}06 00000000000003e9`, "EMSGSIZE", true],
];

for (const [name, bytes, code, inHandshake] of CASES) {
  test(`a peer that sends ${name} is cut off with ${code}`, () => {
    const whole = hex(bytes);
    // Every cut of the part that offends, behind a greeting that does not.
    const skip = bytes.startsWith(GREETING_31) ? 64 : 0;
    for (const chunks of cuttings(whole.subarray(skip))) {
      const bench = new Bench({ maxMessageSize: 1000 });
      if (skip > 0) bench.engine.received(whole.subarray(0, skip));
      for (const chunk of chunks) bench.engine.received(chunk);

      assert.deepEqual(
        bench.endings.map(({ kind, error }) => [kind, error?.code]),
        [["protocol", code]],
      );
      // A routing id that is too long is known only when the handshake is otherwise through.
      if (code !== "ERR_ZMTP_INVALID_METADATA") assert.equal(bench.endings[0].inHandshake, inHandshake);
      assert.equal(bench.stream.isDestroyed, true);
      assert.deepEqual(bench.pipe.text, []);
      assert.equal(bench.clock.pending, 0);
    }
  });
}

test("the error of a protocol violation never holds raw or endless bytes of the peer", () => {
  const endless = `\x1b[31m${"A".repeat(200)}`;
  for (const bytes of [
    GREETING_31 + command(endless),
    SHAKEN + command(endless),
    mechanism("\x1b[31mABCDEFGHIJKLMNO"),
  ]) {
    const bench = new Bench().push(bytes);
    const { message } = bench.endings[0].error!;

    assert.match(message, /^[\x20-\x7e…]*$/);
    assert.ok(message.length <= 255, message);
  }
});

test("messages before the violation, in the same chunk, are delivered", () => {
  const bench = new Bench().push(`${SHAKEN}000161 000162 0400 000163`);

  assert.deepEqual(bench.pipe.text, ["61", "62"]);
});

for (const name of ["PONG", "SUBSCRIBE", "CANCEL", "JOIN", "LEAVE"]) {
  test(`${name}, which means nothing to this socket, passes without harm`, () => {
    const bench = new Bench().push(SHAKEN, command(name, "00"), "000161");

    assert.equal(bench.ending, "");
    assert.deepEqual(bench.pipe.text, ["61"]);
  });
}

test("reserved flag bits of a frame are ignored, as libzmq does", () => {
  const bench = new Bench().push(SHAKEN, "f80161", "f90162", "080163");

  assert.deepEqual(bench.pipe.text, ["61", "62|63"]);
});

test("a socket whose mechanism does not exist refuses every peer rather than talk in the clear", () => {
  for (const greeting of [GREETING_31, mechanism("GHOST"), GREETING_20, "0100"]) {
    const bench = new Bench({ mechanism: "GHOST" }).push(greeting);

    assert.equal(bench.ending, "protocol ERR_ZMTP_MECHANISM_MISMATCH true");
    assert.deepEqual(bench.peers, []);
  }
});
