import assert from "node:assert/strict";
import { test } from "node:test";
import { type OptionReason, reasonFor } from "#src/core/option-reasons.js";
import { OPTIONS, type OptionRow } from "#src/core/option-table.js";
import {
  checkOption,
  defaultOptions,
  isLive,
  type OptionName,
  optionsOf,
  readable,
} from "#src/core/options.js";
import { ZmqError } from "#src/util/errors.js";

const NAMES = Object.keys(OPTIONS) as OptionName[];
const INT_MAX = 2 ** 31 - 1;
const SAFE = Number.MAX_SAFE_INTEGER;

/** libzmq's number, default and range of each numeric option, from its manual and options.cpp. */
const NUMBERS: [name: OptionName, id: number, value: number, min: number, max: number][] = [
  ["affinity", 4, 0, 0, SAFE],
  ["rate", 8, 100, 1, INT_MAX],
  ["recoveryInterval", 9, 10_000, 0, INT_MAX],
  ["sendBufferSize", 11, -1, -1, INT_MAX],
  ["receiveBufferSize", 12, -1, -1, INT_MAX],
  ["linger", 17, -1, -1, INT_MAX],
  ["reconnectInterval", 18, 100, -1, INT_MAX],
  ["backlog", 19, 100, 0, INT_MAX],
  ["reconnectMaxInterval", 21, 0, 0, INT_MAX],
  ["useFd", 89, -1, -1, INT_MAX],
  ["inBatchSize", 101, 8192, 1, INT_MAX],
  ["outBatchSize", 102, 8192, 1, INT_MAX],
  ["reconnectStop", 109, 0, 0, 7],
  ["priority", 112, 0, 0, INT_MAX],
  ["busyPoll", 113, 0, -1, INT_MAX],
  ["routerNotify", 97, 0, 0, 3],
  ["maxMessageSize", 22, -1, -1, SAFE],
  ["sendHighWaterMark", 23, 1000, 0, INT_MAX],
  ["receiveHighWaterMark", 24, 1000, 0, INT_MAX],
  ["multicastHops", 25, 1, 1, INT_MAX],
  ["receiveTimeout", 27, -1, -1, INT_MAX],
  ["sendTimeout", 28, -1, -1, INT_MAX],
  ["tcpKeepalive", 34, -1, -1, 1],
  ["tcpKeepaliveCount", 35, -1, -1, INT_MAX],
  ["tcpKeepaliveIdle", 36, -1, -1, INT_MAX],
  ["tcpKeepaliveInterval", 37, -1, -1, INT_MAX],
  ["typeOfService", 57, 0, 0, 255],
  ["handshakeInterval", 66, 30_000, 0, INT_MAX],
  ["heartbeatInterval", 75, 0, 0, INT_MAX],
  ["heartbeatTimeToLive", 76, 0, 0, 6_553_599],
  ["heartbeatTimeout", 77, -1, -1, INT_MAX],
  ["connectTimeout", 79, 0, 0, INT_MAX],
  ["tcpMaxRetransmitTimeout", 80, 0, 0, INT_MAX],
  ["multicastMaxTransportDataUnit", 84, 1500, 1, INT_MAX],
  ["vmciBufferSize", 85, 0, 0, INT_MAX],
  ["vmciBufferMinSize", 86, 0, 0, INT_MAX],
  ["vmciBufferMaxSize", 87, 0, 0, INT_MAX],
  ["vmciConnectTimeout", 88, -1, -1, INT_MAX],
  ["normMode", 117, 1, 0, 4],
  ["normBufferSize", 119, 2048, 1, INT_MAX],
  ["normSegmentSize", 120, 1400, 1, INT_MAX],
  ["normBlockSize", 121, 16, 1, 255],
  ["normParity", 122, 4, 0, 254],
  ["normAutoParity", 123, 0, 0, 254],
];

const FLAGS: [name: OptionName, id: number, value: boolean][] = [
  ["mandatory", 33, false],
  ["immediate", 39, false],
  ["ipv6", 42, false],
  ["plainServer", 44, false],
  ["curveServer", 47, false],
  ["probeRouter", 51, false],
  ["correlate", 52, false],
  ["relaxed", 53, false],
  ["conflate", 54, false],
  ["handover", 56, false],
  ["noDrop", 69, false],
  ["manual", 71, false],
  ["notify", 73, true],
  ["invertMatching", 74, false],
  ["raw", 41, false],
  ["multicastLoop", 96, true],
  ["manualLastValue", 98, false],
  ["onlyFirstSubscribe", 108, false],
  ["verboseUnsubscribe", 115, false],
  ["normUnicastNack", 118, false],
  ["normPush", 124, false],
];

process.removeAllListeners("warning");
const warnings: string[] = [];
process.on("warning", (warning) => warnings.push(warning.message));

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof ZmqError ? error.code : (error as Error).name;
  }
  return "accepted";
}

for (const [name, id, value, min, max] of NUMBERS) {
  test(`${name} is libzmq's option ${id}: ${value} unless set, from ${min} to ${max}`, () => {
    assert.equal(OPTIONS[name].id, id);
    assert.equal(defaultOptions()[name], value);
    const { step = 1 }: OptionRow = OPTIONS[name];
    for (const good of [min, max, value]) assert.equal(checkOption(name, good), good - (good % step));
    for (const bad of [min - 1, max + 1, min + 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.equal(
        codeOf(() => checkOption(name, bad)),
        "EINVAL",
        `${bad}`,
      );
    }
    for (const bad of ["1", true, null, undefined, 1n, {}]) {
      assert.equal(
        codeOf(() => checkOption(name, bad)),
        "TypeError",
        `${typeof bad}`,
      );
    }
  });
}

for (const [name, id, value] of FLAGS) {
  test(`${name} is libzmq's option ${id}: ${value} unless set, a boolean and nothing else`, () => {
    assert.equal(OPTIONS[name].id, id);
    assert.equal(defaultOptions()[name], value);
    assert.equal(checkOption(name, value), value);
    for (const bad of [0, 1, "true", null, undefined]) {
      assert.equal(
        codeOf(() => checkOption(name, bad)),
        "TypeError",
        `${typeof bad}`,
      );
    }
  });
}

test("every numeric option of the table is in the list above", () => {
  const listed = new Set<string>(NUMBERS.map(([name]) => name));
  const missing = NAMES.filter(
    (name) => OPTIONS[name].kind === "int" && !listed.has(name) && !("refused" in OPTIONS[name]),
  );

  assert.deepEqual(missing, ["sendQueueLimit"], "which libzmq does not have");
});

test("no two options have the same number of libzmq", () => {
  const ids = NAMES.map((name) => OPTIONS[name].id as number).filter((id) => id >= 0);

  assert.equal(new Set(ids).size, ids.length);
});

for (const name of NAMES) {
  const row: { refused?: OptionReason; kind: string; default: unknown; values?: readonly string[] } =
    OPTIONS[name];
  // A key that is null is a slip that would put the socket in the clear.
  if (row.kind !== "key")
    test(`${name} accepts its own default`, () => {
      assert.equal(checkOption(name, row.default), row.default);
    });
  if (row.refused === undefined) continue;
  test(`[ZMQ_GSSAPI_*] [ZMQ_IPC_FILTER_*] [ZMQ_BINDTODEVICE] setting ${name} is ENOTSUP and says why`, () => {
    const other = row.default === 1 ? 2 : 1;
    const value =
      row.kind === "int" ? other : row.kind === "bool" ? !row.default : (row.values?.at(-1) ?? "x");
    assert.throws(
      () => checkOption(name, value),
      (error) =>
        error instanceof ZmqError &&
        error.code === "ENOTSUP" &&
        error.message.includes(reasonFor(row.refused!)),
    );
  });
}

test("an error about a value names the option, the range and the value", () => {
  assert.throws(() => checkOption("heartbeatTimeToLive", 6_553_600), {
    code: "EINVAL",
    errno: 22,
    message: "heartbeatTimeToLive must be a whole number from 0 to 6553599, not 6553600",
  });
  assert.throws(() => checkOption("linger", "0"), {
    name: "TypeError",
    message: "Option value must be a number: linger",
  });
  assert.throws(() => checkOption("immediate", 1), { message: "Option value must be a boolean: immediate" });
  assert.throws(() => checkOption("routingId", 1), {
    message: "Option value must be a string or buffer: routingId",
  });
});

test("a routing id has 1 to 255 bytes, counted as UTF-8", () => {
  assert.equal(checkOption("routingId", "a"), "a");
  assert.equal(checkOption("routingId", "a".repeat(255)), "a".repeat(255));
  assert.equal(
    codeOf(() => checkOption("routingId", "a".repeat(256))),
    "EINVAL",
  );
  assert.equal(
    codeOf(() => checkOption("routingId", "é".repeat(128))),
    "EINVAL",
  );
  assert.equal(
    codeOf(() => checkOption("routingId", Buffer.alloc(256))),
    "EINVAL",
  );
});

test("empty text and no bytes are no value", () => {
  for (const nothing of [null, "", Buffer.alloc(0)]) assert.equal(checkOption("routingId", nothing), null);
});

test("bytes given as an option are kept as they were", () => {
  for (const given of [Buffer.from("abc"), new Uint8Array([97, 98, 99])]) {
    const kept = checkOption("routingId", given) as Uint8Array;
    given.fill(0);
    assert.equal(Buffer.from(kept).toString(), "abc");
    assert.equal(readable("routingId", kept), "abc");
  }
});

test("verbosity is one of its three values", () => {
  for (const good of [null, "allSubs", "allSubsUnsubs"]) assert.equal(checkOption("verbosity", good), good);
  assert.equal(
    codeOf(() => checkOption("verbosity", "all")),
    "EINVAL",
  );
  assert.equal(
    codeOf(() => checkOption("verbosity", Buffer.from("allSubs"))),
    "EINVAL",
  );
});

test("each object of defaults is its own", () => {
  const first = defaultOptions();
  first.linger = 5;

  assert.equal(defaultOptions().linger, -1);
});

test("the options that libzmq applies at once are live, others wait for the next bind or connect", () => {
  const live: OptionName[] = [
    "linger",
    "sendHighWaterMark",
    "receiveHighWaterMark",
    "mandatory",
    "handover",
    "probeRouter",
    "correlate",
    "relaxed",
    "verbosity",
  ];

  for (const name of live) assert.equal(isLive(name), true, name);
  for (const name of ["routingId", "immediate", "reconnectInterval", "maxMessageSize"] as const) {
    assert.equal(isLive(name), false, name);
  }
});

test("each socket type takes its own options only", () => {
  const only: [OptionName, string][] = [
    ["routingId", "REQ REP DEALER ROUTER"],
    ["mandatory", "ROUTER"],
    ["handover", "ROUTER"],
    ["correlate", "REQ"],
    ["relaxed", "REQ"],
    ["conflate", "DEALER PULL PUSH PUB SUB"],
    ["manual", "XPUB"],
    ["welcomeMessage", "XPUB"],
    ["notify", "STREAM"],
  ];
  const types = [
    "PAIR",
    "PUB",
    "SUB",
    "REQ",
    "REP",
    "DEALER",
    "ROUTER",
    "PULL",
    "PUSH",
    "XPUB",
    "XSUB",
    "STREAM",
  ] as const;
  for (const [name, wanted] of only) {
    const takers = types.filter((type) => optionsOf(type).includes(name));
    assert.deepEqual(new Set(takers), new Set(wanted.split(" ")), name);
  }
  for (const type of types) assert.ok(optionsOf(type).includes("linger"));
});

test("an option that this runtime cannot apply is stored, and says so once", async () => {
  assert.equal(checkOption("typeOfService", 7), 7);
  assert.equal(checkOption("typeOfService", 8), 8);
  await new Promise((resolve) => setImmediate(resolve));

  assert.equal(warnings.filter((text) => text.startsWith("typeOfService")).length, 1);
});
