/** Many handshakes that are begun and never ended. */
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Pull, Push, z85Decode } from "zmq-ts";
import { CookieJar } from "#src/security/cookie.js";
import { CurveServer } from "#src/security/curve-server.js";
import {
  CLIENT_OPTIONS,
  command,
  curvePair,
  KEYS,
  mechanismOptions,
  native,
  SERVER,
  SERVER_OPTIONS,
  shakeHands,
} from "../support/curve.ts";
import { frame, greeting } from "../support/raw-peer.ts";
import { open, soon, text } from "../support/sockets.ts";

/** Each is a file to the system, which may allow fewer. */
const HALF_OPEN = Math.min(10_000, openFiles() - 500);
/** Most of it is what Node.js has for a connection. */
const BYTES_EACH = 16_000;
/** The greeting, and all of WELCOME. */
const ANSWER_LENGTH = 64 + 2 + 168;

test(`${HALF_OPEN} clients that stop after HELLO cost a server little, and keep nobody out`, {
  timeout: 60_000,
}, async (t) => {
  const pull = open(t, Pull, { ...SERVER_OPTIONS, backlog: 8192 });
  await pull.bind("tcp://127.0.0.1:*");
  // One HELLO does for all: it is the one command that may be replayed.
  const { client } = curvePair({ client: { serverKey: z85Decode(SERVER.publicKey) } });
  const opening = Buffer.concat([greeting("CURVE"), frame(4, command(client))]);
  const before = memory();

  const strangers = fork(new URL("../support/half-open-clients.js", import.meta.url), [
    pull.lastEndpoint!.split(":").at(-1)!,
    String(HALF_OPEN),
    opening.toString("hex"),
    String(ANSWER_LENGTH),
  ]);
  t.after(() => strangers.kill());
  const said: string[] = [];
  strangers.on("message", (what) => said.push(String(what)));
  await once(strangers, "message");

  const each = (memory() - before) / HALF_OPEN;
  t.diagnostic(`${Math.round(each)} bytes a connection`);
  assert.ok(each < BYTES_EACH, `${Math.round(each)} bytes a connection`);
  const push = open(t, Push, CLIENT_OPTIONS);
  push.connect(pull.lastEndpoint!);
  await push.send("a friend");
  assert.deepEqual(text(await soon(pull.receive())), ["a friend"]);
  assert.deepEqual(said, ["all answered"]);
});

test("ten thousand state machines that wait for INITIATE hold less than a kilobyte each, and one goes on", () => {
  const jar = new CookieJar();
  const options = mechanismOptions({ secretKey: KEYS.server.secretKey }, { asServer: true });
  const hello = command(curvePair().client);
  const servers: CurveServer[] = [];
  const welcome = (): CurveServer => {
    const server = new CurveServer(options, native, jar);
    server.handle(Buffer.from(hello));
    server.next();
    return server;
  };
  for (let i = 0; i < 100; i++) servers.push(welcome());
  const before = memory();

  for (let i = 0; i < 10_000; i++) servers.push(welcome());

  const each = (memory() - before) / 10_000;
  assert.ok(each < 1000, `${Math.round(each)} bytes each`);
  assert.equal(jar.outside, 10_100);
  const friend = curvePair({ jar, sodium: native });
  shakeHands(friend.client, friend.server);
  assert.ok(friend.client.isReady);
  for (const server of servers) server.wipe();
  assert.equal(jar.outside, 0);
  assert.equal(jar.hasKey, false);
});

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes in use, rubbish apart. */
function memory(): number {
  for (let i = 0; i < 3; i++) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function openFiles(): number {
  const { userLimits } = process.report.getReport() as unknown as {
    userLimits?: { open_files: { soft: number | string } };
  };
  const limit = Number(userLimits?.open_files.soft);
  return Number.isNaN(limit) ? Number.POSITIVE_INFINITY : limit;
}
