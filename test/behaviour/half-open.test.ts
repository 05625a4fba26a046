/** Many handshakes that are begun and never ended. HALF_OPEN sets how many over tcp, 2000 else. */
import assert from "node:assert/strict";
import { connect, type Socket as NetSocket } from "node:net";
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
import { open, text } from "../support/sockets.ts";

const HALF_OPEN = Number(process.env.HALF_OPEN ?? 2000);
/** Both ends of a connection are in this process, and what Node.js has for each is most of it. */
const BYTES_EACH = 64_000;

test(`${HALF_OPEN} clients that stop after HELLO cost a server little, and keep nobody out`, {
  timeout: 60_000,
}, async (t) => {
  const pull = open(t, Pull, { ...SERVER_OPTIONS, backlog: 8192 });
  await pull.bind("tcp://127.0.0.1:*");
  const port = Number(pull.lastEndpoint!.split(":").at(-1));
  // One HELLO does for all: it is the one command that may be replayed.
  const { client } = curvePair({ client: { serverKey: z85Decode(SERVER.publicKey) } });
  const opening = Buffer.concat([greeting("CURVE"), frame(4, command(client))]);
  const sockets: NetSocket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  const before = memory();

  for (let i = 0; i < HALF_OPEN; i += 200) {
    const batch = Array.from({ length: Math.min(200, HALF_OPEN - i) }, () => {
      const socket = connect(port, "127.0.0.1");
      sockets.push(socket);
      let length = 0;
      return new Promise<void>((resolve, reject) => {
        socket.on("error", reject).on("close", () => reject(new Error("a half-open client was thrown out")));
        // The greeting, and all of WELCOME.
        socket.on("data", (chunk) => (length += chunk.length) >= 64 + 2 + 168 && resolve());
        socket.write(opening);
      });
    });
    await Promise.all(batch);
  }

  const each = (memory() - before) / HALF_OPEN;
  assert.ok(each < BYTES_EACH, `${Math.round(each)} bytes a connection`);
  const push = open(t, Push, CLIENT_OPTIONS);
  push.connect(pull.lastEndpoint!);
  await push.send("a friend");
  assert.deepEqual(text(await pull.receive()), ["a friend"]);
  for (const socket of sockets) socket.removeAllListeners("close");
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
