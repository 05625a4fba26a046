import assert from "node:assert/strict";
import { test } from "node:test";
import { ZmqError } from "#src/util/errors.js";
import { type Agreement, Greeting, type GreetingOptions } from "#src/wire/greeting.js";
import { ascii, cuttings, hex } from "../../support/bytes.ts";

const NULL_FIELD = `${ascii("NULL")}${"00".repeat(16)}`;
const SIGNATURE = "ff00000000000000017f";
/** What both sides of ZMTP 3.1 send, and libzmq 4.3.5 does: 64 bytes. */
const GREETING_31 = `${SIGNATURE}0301${NULL_FIELD}00${"00".repeat(31)}`;
const GREETING_30 = `${SIGNATURE}0300${NULL_FIELD}00${"00".repeat(31)}`;

const PLAIN: GreetingOptions = { routingIdLength: 0, socketType: 5, mechanism: "NULL", asServer: false };

class Exchange {
  readonly sends: string[] = [];
  readonly greeting: Greeting;
  used = 0;

  constructor(options: Partial<GreetingOptions> = {}) {
    this.greeting = new Greeting({ ...PLAIN, ...options }, (bytes) =>
      this.sends.push(Buffer.from(bytes).toString("hex")),
    );
    this.greeting.start();
  }

  push(text: string): this {
    this.used += this.greeting.push(hex(text));
    return this;
  }

  get agreement(): Agreement | undefined {
    return this.greeting.agreement;
  }
}

test("the signature goes out at once and is 10 bytes", () => {
  assert.deepEqual(new Exchange().sends, [SIGNATURE]);
});

test("the signature announces the routing id's length plus one, for ZMTP 1.0 peers", () => {
  assert.deepEqual(new Exchange({ routingIdLength: 5 }).sends, ["ff00000000000000067f"]);
  assert.deepEqual(new Exchange({ routingIdLength: 255 }).sends, ["ff00000000000001007f"]);
});

test("golden bytes: the greeting of ZMTP 3.1 is sent as 10, 1 and 53 bytes", () => {
  const exchange = new Exchange().push(GREETING_31);

  assert.deepEqual(exchange.sends, [SIGNATURE, "03", `01${NULL_FIELD}00${"00".repeat(31)}`]);
  assert.equal(exchange.sends.join("").length, 128);
  assert.equal(exchange.sends.join(""), GREETING_31);
});

test("a side that has seen ten bytes sends its eleventh without waiting for the peer's eleventh", () => {
  const exchange = new Exchange();

  exchange.push(SIGNATURE.slice(0, 18));
  assert.deepEqual(exchange.sends, [SIGNATURE]);
  exchange.push(SIGNATURE.slice(18));

  assert.deepEqual(exchange.sends, [SIGNATURE, "03"]);
});

test("the rest goes out on the peer's eleventh byte, without waiting for its twelfth", () => {
  const exchange = new Exchange().push(SIGNATURE).push("03");

  assert.equal(exchange.sends.length, 3);
  assert.equal(exchange.agreement, undefined);
});

test("a server and its mechanism are named in the greeting", () => {
  const exchange = new Exchange({ mechanism: "CURVE", asServer: true }).push(`${SIGNATURE}03`);

  assert.equal(exchange.sends[2], `01${ascii("CURVE")}${"00".repeat(15)}01${"00".repeat(31)}`);
});

test("two greetings that meet agree on ZMTP 3.1, whichever side is slower", () => {
  for (const step of [1, 3, 64]) {
    const left = new Exchange();
    const right = new Exchange();
    let toRight = 0;
    let toLeft = 0;
    while (left.agreement === undefined || right.agreement === undefined) {
      const forRight = left.sends.join("").slice(toRight * 2, (toRight + step) * 2);
      const forLeft = right.sends.join("").slice(toLeft * 2, (toLeft + 1) * 2);
      assert.ok(forRight !== "" || forLeft !== "", `both sides wait, after ${toRight} and ${toLeft} bytes`);
      toRight += forRight.length / 2;
      toLeft += forLeft.length / 2;
      right.push(forRight);
      left.push(forLeft);
    }
    assert.deepEqual([left.agreement.version, left.agreement.minor], [3, 1]);
    assert.deepEqual([right.agreement.version, right.agreement.minor], [3, 1]);
  }
});

interface Case {
  name: string;
  /** The peer's bytes. */
  input: string;
  sends: string[];
  version: number;
  minor: number;
  mechanism: string;
  frames: string;
  unversioned: boolean;
  /** Bytes that the greeting leaves to the decoder. */
  left: number;
}

const REST = `01${NULL_FIELD}00${"00".repeat(31)}`;
const three = { mechanism: "NULL", frames: "", unversioned: false, left: 0 };
const older = { minor: 0, mechanism: "", frames: "", unversioned: false, left: 0 };
const CASES: Case[] = [
  { name: "ZMTP 3.1", input: GREETING_31, sends: [SIGNATURE, "03", REST], version: 3, minor: 1, ...three },
  { name: "ZMTP 3.0", input: GREETING_30, sends: [SIGNATURE, "03", REST], version: 3, minor: 0, ...three },
  {
    name: "ZMTP 3.2, which is to come,",
    input: GREETING_31.replace("0301", "0302"),
    sends: [SIGNATURE, "03", REST],
    version: 3,
    minor: 1,
    ...three,
  },
  {
    name: "ZMTP 4.0, which is to come,",
    input: GREETING_31.replace("0301", "0400"),
    sends: [SIGNATURE, "03", REST],
    version: 3,
    minor: 1,
    ...three,
  },
  {
    name: "revision 2, which never was,",
    input: GREETING_31.replace("0301", "0200"),
    sends: [SIGNATURE, "03", REST],
    version: 3,
    minor: 1,
    ...three,
  },
  {
    name: "ZMTP 3.1 as server",
    input: `${SIGNATURE}0301${NULL_FIELD}01${"00".repeat(31)}`,
    sends: [SIGNATURE, "03", REST],
    version: 3,
    minor: 1,
    ...three,
  },
  {
    name: "ZMTP 3.1 with another mechanism",
    input: `${SIGNATURE}0301${ascii("ABCDEFGHIJKLMNOPQRST")}00${"00".repeat(31)}`,
    sends: [SIGNATURE, "03", REST],
    version: 3,
    minor: 1,
    ...three,
    mechanism: "ABCDEFGHIJKLMNOPQRST",
  },
  {
    name: "ZMTP 3.1 with READY right behind",
    input: `${GREETING_31}0406`,
    sends: [SIGNATURE, "03", REST],
    version: 3,
    minor: 1,
    ...three,
    left: 2,
  },
  { name: "ZMTP 2.0", input: `${SIGNATURE}0103`, sends: [SIGNATURE, "03", "05"], version: 2, ...older },
  {
    name: "ZMTP 2.0 with its identity right behind",
    input: `${SIGNATURE}0105 000161`,
    sends: [SIGNATURE, "03", "05"],
    version: 2,
    ...older,
    left: 3,
  },
  { name: "revision 0", input: `${SIGNATURE}0003`, sends: [SIGNATURE, "03", "05"], version: 1, ...older },
  {
    name: "ZMTP 1.0, anonymous,",
    input: "0100",
    sends: [SIGNATURE],
    version: 1,
    ...older,
    frames: "01",
    unversioned: true,
    left: 1,
  },
  {
    name: "ZMTP 1.0 with a short identity",
    input: "0400616263",
    sends: [SIGNATURE],
    version: 1,
    ...older,
    frames: "04",
    unversioned: true,
    left: 4,
  },
  {
    name: "ZMTP 1.0 with an identity in the long form",
    input: "ff0000000000000004 00 616263",
    sends: [SIGNATURE],
    version: 1,
    ...older,
    frames: "ff000000000000000400",
    unversioned: true,
    left: 3,
  },
];

for (const { name, input, sends, left, ...wanted } of CASES) {
  test(`a peer of ${name} is recognised and answered, however its bytes are cut`, () => {
    for (const chunks of cuttings(hex(input))) {
      const exchange = new Exchange();
      let rest = 0;
      for (const chunk of chunks) {
        const used = exchange.agreement === undefined ? exchange.greeting.push(chunk) : 0;
        rest += chunk.length - used;
      }
      const { agreement } = exchange;
      assert.ok(agreement !== undefined);
      const { frames, ...got } = agreement;
      assert.deepEqual({ ...got, frames: Buffer.from(frames).toString("hex") }, wanted);
      assert.deepEqual(exchange.sends, sends);
      assert.equal(rest, left);
    }
  });
}

test("a mechanism name with anything behind its padding is no name", () => {
  const input = `${SIGNATURE}0301${ascii("NULL")}0041${"00".repeat(14)}00${"00".repeat(31)}`;

  assert.throws(
    () => new Exchange().push(input),
    (error) => error instanceof ZmqError && error.code === "ERR_ZMTP_MECHANISM_MISMATCH",
  );
});

test("an over-long greeting is never read beyond its 64 bytes", () => {
  const exchange = new Exchange().push(GREETING_31 + "00".repeat(100));

  assert.equal(exchange.used, 64);
  assert.equal(exchange.greeting.push(hex("ffff")), 0);
});
