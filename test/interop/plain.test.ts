/** PLAIN with libzmq: every pair of types, either side as the server, whoever binds; and credentials that are wrong. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import * as addon from "zeromq";
import { context, Dealer } from "zmq-ts";
import { ADDON, type End } from "../support/interop-ends.ts";
import { EVENT, nextEvent } from "../support/interop-events.ts";
import { testEveryPair } from "../support/interop-talk.ts";
import { PythonPeer } from "../support/python.ts";
import { handle, ZAP_ENDPOINT } from "../support/zap.ts";

const python = await PythonPeer.start();
const CREDENTIALS = { plainUsername: "admin", plainPassword: "secret" };

const isRight = (name: unknown, password: unknown) =>
  String(name) === "admin" && String(password) === "secret";

const own = handle(context, ({ version, requestId, credentials: [name, password] }) =>
  isRight(name, password)
    ? [version, requestId, "200", "OK", name!, ""]
    : [version, requestId, "400", "wrong", "", ""],
);

/** The same handler, of libzmq's own sockets. */
async function serve(handler: End): Promise<void> {
  for (;;) {
    const [version, id, , , , , name, password] = await handler.receive();
    await handler.send([version!, id!, isRight(name, password) ? "200" : "400", "", "", ""]);
  }
}

if (python.missing === undefined) {
  const handler = await python.open("REP");
  await handler.bind(ZAP_ENDPOINT);
  // Ends with the Python process.
  serve(handler).catch(() => {});
}
const theirs = await ADDON.open("REP");
await theirs.bind(ZAP_ENDPOINT);
serve(theirs).catch(() => {});

describe("PLAIN", () => {
  // In a suite of their own: a handler waits for questions, and holds the process, until somebody ends it.
  after(async () => {
    own.socket.close();
    await theirs.close();
    await python.kill();
  });
  testEveryPair(python, "talk with PLAIN, ours the server,", {
    ours: { plainServer: true },
    theirs: CREDENTIALS,
  });
  testEveryPair(python, "talk with PLAIN, theirs the server,", {
    ours: CREDENTIALS,
    theirs: { plainServer: true },
  });

  test("[test_security_plain] [ZMQ_PLAIN_PASSWORD] libzmq's client with a wrong password is told 400, and does not come back", {
    timeout: 10_000,
    skip: python.missing ?? false,
  }, async (t) => {
    const server = new Dealer({ plainServer: true, linger: 0 });
    t.after(() => server.close());
    const { events } = server;
    await server.bind("tcp://127.0.0.1:*");
    const client = await python.open("DEALER", { ...CREDENTIALS, plainPassword: "guessed" });
    t.after(() => client.close());
    const monitor = await client.monitor();

    await client.connect(server.lastEndpoint!);
    assert.equal(await monitor.next(EVENT.HANDSHAKE_FAILED_AUTH), 400);
    await monitor.next(EVENT.DISCONNECTED);

    const { error } = await nextEvent(server, "handshake:error:auth");
    assert.equal(error.status, 400);
    await nextEvent(server, "disconnect");
    assert.equal(events.closed, false);
  });

  test("[test_security_plain] [ZMQ_PLAIN_PASSWORD] our client with a wrong password is told 400 by libzmq, and does not come back", {
    timeout: 10_000,
  }, async (t) => {
    const server = new addon.Dealer({ plainServer: true, linger: 0 });
    t.after(() => server.close());
    await server.bind("tcp://127.0.0.1:*");
    const client = new Dealer({ ...CREDENTIALS, plainPassword: "guessed", linger: 0, reconnectInterval: 1 });
    t.after(() => client.close());
    const seen: string[] = [];

    // Touched first, so that nothing is missed.
    const { events } = client;
    client.connect(server.lastEndpoint!);
    for await (const event of events) {
      seen.push(event.type);
      if (event.type === "handshake:error:auth") assert.equal(event.error.status, 400);
      if (event.type === "disconnect") break;
    }

    assert.deepEqual(seen, ["connect:delay", "connect", "handshake:error:auth", "disconnect"]);
  });
});
