/** PLAIN as a pure state machine: 24/ZMTP-PLAIN, with libzmq's codes for what breaks it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Mechanism, MechanismOptions } from "#src/security/mechanism.js";
import { createPlain } from "#src/security/plain.js";
import { ZmqError } from "#src/util/errors.js";
import { ascii, hex } from "../../support/bytes.ts";
import { property } from "../../support/engine.ts";

function make(asServer: boolean, options: Partial<MechanismOptions> = {}): Mechanism {
  const metadata = new Map([["Socket-Type", Buffer.from(asServer ? "PULL" : "PUSH")]]);
  const credentials = asServer ? {} : { username: "admin", password: "secret" };
  return createPlain({ metadata, asServer, credentials, authenticates: asServer, ...options });
}

const verdict = (status: 200 | 300 | 400 | 500) => ({ status, text: "", userId: "", metadata: new Map() });
const hexOf = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString("hex");
const asked = ({ question }: Mechanism) =>
  question ? [question.mechanism, ...question.credentials.map((bytes) => Buffer.from(bytes))].join(" ") : "";
const HELLO = `05${ascii("HELLO")}05${ascii("admin")}06${ascii("secret")}`;
const WELCOME = `07${ascii("WELCOME")}`;
const INITIATE = `08${ascii("INITIATE")}${property("Socket-Type", "PUSH")}`;
const READY = `05${ascii("READY")}${property("Socket-Type", "PULL")}`;
const ERROR_400 = `05${ascii("ERROR")}03${ascii("400")}`;

test("the client says HELLO, INITIATE, and is ready with READY", () => {
  const client = make(false);

  assert.equal(hexOf(client.next()), HELLO);
  assert.equal(client.next(), undefined);
  client.handle(hex(WELCOME));
  assert.equal(hexOf(client.next()), INITIATE);
  assert.equal(client.next(), undefined);
  assert.equal(client.isReady, false);
  client.handle(hex(READY));

  assert.equal(client.next(), undefined);
  assert.equal(client.isReady, true);
  assert.equal(String(client.peerMetadata.get("Socket-Type")), "PULL");
});

test("the server asks about the HELLO, says WELCOME and READY, and is ready when that is out", () => {
  const server = make(true);

  assert.equal(server.next(), undefined);
  assert.equal(asked(server), "");
  server.handle(hex(HELLO));
  assert.equal(asked(server), "PLAIN admin secret");
  assert.equal(server.next(), undefined, "nothing before the verdict");
  server.judge!(verdict(200));
  assert.equal(asked(server), "");
  assert.equal(hexOf(server.next()), WELCOME);
  assert.equal(server.next(), undefined);
  server.handle(hex(INITIATE));
  assert.equal(server.isReady, false);
  assert.equal(hexOf(server.next()), READY);

  assert.equal(server.isReady, true);
  assert.equal(server.next(), undefined);
  assert.equal(String(server.peerMetadata.get("Socket-Type")), "PUSH");
});

for (const status of [400, 500] as const) {
  test(`a verdict of ${status} is an ERROR with that reason, once`, () => {
    const server = make(true);
    server.handle(hex(HELLO));

    server.judge!(verdict(status));

    assert.equal(hexOf(server.next()), `${ascii("^RROR")}03${ascii(String(status))}`, "as libzmq writes it");
    assert.equal(server.next(), undefined);
    assert.equal(server.isReady, false);
    assert.throws(() => server.handle(hex(INITIATE)), { code: "ERR_ZMTP_UNEXPECTED_COMMAND" });
  });
}

test("a verdict of 300 says nothing at all", () => {
  const server = make(true);
  server.handle(hex(HELLO));

  server.judge!(verdict(300));

  assert.equal(server.next(), undefined);
  assert.equal(server.isReady, false);
  assert.throws(() => server.handle(hex(INITIATE)), { code: "ERR_ZMTP_UNEXPECTED_COMMAND" });
});

test("[ZMQ_PLAIN_USERNAME] [ZMQ_PLAIN_PASSWORD] names and passwords of no, of 255 and of any bytes go over whole", () => {
  const any = Uint8Array.from({ length: 255 }, (_, i) => i);
  for (const [username, password] of [
    ["", ""],
    ["x".repeat(255), "é".repeat(127)],
    [any, any],
    [undefined, "only"],
  ] as const) {
    const credentials = { ...(username !== undefined && { username }), password };
    const client = make(false, { credentials });
    const server = make(true);
    server.handle(client.next()!);

    const [name, word] = server.question!.credentials;
    assert.deepEqual(Buffer.from(name!), Buffer.from((username ?? "") as string));
    assert.deepEqual(Buffer.from(word!), Buffer.from(password as string));
  }
});

interface Fault {
  what: string;
  /** What came before. */
  after?: (server: Mechanism) => void;
  bytes: string;
  code: string;
}

const judged = (server: Mechanism): void => {
  server.handle(hex(HELLO));
  server.judge!(verdict(200));
  server.next();
};

const AT_THE_SERVER: Fault[] = [
  { what: "no name of a command", bytes: "", code: "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED" },
  {
    what: "a name longer than the command",
    bytes: `09${ascii("HELLO")}`,
    code: "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED",
  },
  { what: "INITIATE first", bytes: INITIATE, code: "ERR_ZMTP_UNEXPECTED_COMMAND" },
  { what: "WELCOME, as another server does", bytes: WELCOME, code: "ERR_ZMTP_UNEXPECTED_COMMAND" },
  { what: "READY, as with NULL", bytes: READY, code: "ERR_ZMTP_UNEXPECTED_COMMAND" },
  { what: "ERROR", bytes: ERROR_400, code: "ERR_ZMTP_UNEXPECTED_COMMAND" },
  { what: "HELLO alone", bytes: `05${ascii("HELLO")}`, code: "ERR_ZMTP_MALFORMED_COMMAND_HELLO" },
  {
    what: "a HELLO whose name is cut",
    bytes: `05${ascii("HELLO")}05${ascii("adm")}`,
    code: "ERR_ZMTP_MALFORMED_COMMAND_HELLO",
  },
  {
    what: "a HELLO without password",
    bytes: `05${ascii("HELLO")}05${ascii("admin")}`,
    code: "ERR_ZMTP_MALFORMED_COMMAND_HELLO",
  },
  {
    what: "a HELLO whose password is cut",
    bytes: HELLO.slice(0, -2),
    code: "ERR_ZMTP_MALFORMED_COMMAND_HELLO",
  },
  { what: "a HELLO with more behind it", bytes: `${HELLO}00`, code: "ERR_ZMTP_MALFORMED_COMMAND_HELLO" },
  {
    what: "a second HELLO before the verdict",
    after: (server) => server.handle(hex(HELLO)),
    bytes: HELLO,
    code: "ERR_ZMTP_UNEXPECTED_COMMAND",
  },
  {
    what: "INITIATE before the verdict",
    after: (server) => server.handle(hex(HELLO)),
    bytes: INITIATE,
    code: "ERR_ZMTP_UNEXPECTED_COMMAND",
  },
  { what: "HELLO after WELCOME", after: judged, bytes: HELLO, code: "ERR_ZMTP_UNEXPECTED_COMMAND" },
  {
    what: "an INITIATE whose metadata are cut",
    after: judged,
    bytes: INITIATE.slice(0, -2),
    code: "ERR_ZMTP_INVALID_METADATA",
  },
  {
    what: "a second INITIATE",
    after: (server) => {
      judged(server);
      server.handle(hex(INITIATE));
    },
    bytes: INITIATE,
    code: "ERR_ZMTP_UNEXPECTED_COMMAND",
  },
];

for (const { what, after, bytes, code } of AT_THE_SERVER) {
  test(`the server takes ${what} for ${code}`, () => {
    const server = make(true);
    after?.(server);

    assert.throws(() => server.handle(hex(bytes)), { name: "ZmqError", code });

    assert.equal(server.isReady, false);
  });
}

const AT_THE_CLIENT: Fault[] = [
  { what: "READY before WELCOME", bytes: READY, code: "ERR_ZMTP_UNEXPECTED_COMMAND" },
  { what: "HELLO, as another client does", bytes: HELLO, code: "ERR_ZMTP_UNEXPECTED_COMMAND" },
  {
    what: "a WELCOME with something in it",
    bytes: `${WELCOME}00`,
    code: "ERR_ZMTP_MALFORMED_COMMAND_WELCOME",
  },
  {
    what: "a second WELCOME",
    after: (client) => {
      client.handle(hex(WELCOME));
      client.next();
    },
    bytes: WELCOME,
    code: "ERR_ZMTP_UNEXPECTED_COMMAND",
  },
  { what: "an ERROR of 400", bytes: ERROR_400, code: "ERR_AUTHENTICATION" },
  {
    what: "an ERROR of 400 as libzmq writes it",
    bytes: `${ascii("^RROR")}03${ascii("400")}`,
    code: "ERR_AUTHENTICATION",
  },
  {
    what: "an ERROR as libzmq writes it that is cut short",
    bytes: `${ascii("^RROR")}03${ascii("40")}`,
    code: "ERR_ZMTP_MALFORMED_COMMAND_ERROR",
  },
  {
    what: "an ERROR of its own words",
    bytes: `05${ascii("ERROR")}02${ascii("no")}`,
    code: "ERR_ZMTP_UNSPECIFIED",
  },
  {
    what: "an ERROR that is cut short",
    bytes: `05${ascii("ERROR")}09${ascii("no")}`,
    code: "ERR_ZMTP_MALFORMED_COMMAND_ERROR",
  },
  {
    what: "a READY whose metadata are cut",
    after: (client) => {
      client.handle(hex(WELCOME));
      client.next();
    },
    bytes: READY.slice(0, -2),
    code: "ERR_ZMTP_INVALID_METADATA",
  },
];

for (const { what, after, bytes, code } of AT_THE_CLIENT) {
  test(`the client takes ${what} for ${code}`, () => {
    const client = make(false);
    client.next();
    after?.(client);

    assert.throws(() => client.handle(hex(bytes)), { name: "ZmqError", code });

    assert.equal(client.isReady, false);
  });
}

test("no error about a HELLO shows what was in it", () => {
  const server = make(true);
  for (const bytes of [HELLO.slice(0, -2), `${HELLO}00`]) {
    assert.throws(
      () => server.handle(hex(bytes)),
      (error) => error instanceof ZmqError && !/admin|secre/.test(error.message),
    );
  }
  server.handle(hex(HELLO));
  assert.throws(
    () => server.handle(hex(HELLO)),
    (error) => error instanceof ZmqError && !/admin|secre/.test(error.message),
  );
});
