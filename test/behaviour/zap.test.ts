/**
 * Authentication by a ZAP handler, both ends ours: who is asked, what a reply does at either end, and every way a
 * handler can fail. The behaviours of libzmq's test_security_zap, _null, _plain and _no_zap_handler.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  type Context,
  curveKeyPair,
  Dealer,
  type Event,
  messageProperty,
  Pair,
  Reply,
  Router,
  Stream,
  type ZmqErrorCode,
  z85Decode,
} from "zmq-ts";
import { RawPeer } from "../support/raw-peer.ts";
import {
  anyEndpoint,
  inprocName,
  log,
  open,
  receiveTexts,
  rejects,
  STREAM_TRANSPORTS,
  soon,
  type Transport,
  text,
  throws,
  turns,
} from "../support/sockets.ts";
import { type Answer, handle, ok, openContext, says, ZAP_ENDPOINT } from "../support/zap.ts";

interface Mechanism {
  name: string;
  server: object;
  client: object;
  /** As the handler sees them; keys in hex. */
  credentials: string[];
}

const serverKeys = curveKeyPair();
const clientKeys = curveKeyPair();

const MECHANISMS: Mechanism[] = [
  { name: "NULL", server: { zapDomain: "test" }, client: {}, credentials: [] },
  {
    name: "PLAIN",
    server: { plainServer: true, zapDomain: "test" },
    client: { plainUsername: "admin", plainPassword: "secret" },
    credentials: ["admin", "secret"],
  },
  {
    name: "CURVE",
    server: { curveServer: true, curveSecretKey: serverKeys.secretKey, zapDomain: "test" },
    client: {
      curveServerKey: serverKeys.publicKey,
      curvePublicKey: clientKeys.publicKey,
      curveSecretKey: clientKeys.secretKey,
    },
    credentials: [z85Decode(clientKeys.publicKey).toString("hex")],
  },
];

/** A server and a client that connects; nothing is waited for. */
async function pair(
  t: TestContext,
  context: Context,
  { server, client }: { server: object; client: object },
  transport: Transport = "tcp",
): Promise<[Dealer, Dealer]> {
  const bound = open(t, Dealer, { context, ...server });
  const connecting = open(t, Dealer, {
    reconnectInterval: 1,
    ...client,
    ...(transport === "inproc" && { context }),
  });
  if (transport !== "inproc") for (const socket of [bound, connecting]) log(socket);
  await bound.bind(anyEndpoint(transport));
  connecting.connect(bound.lastEndpoint!);
  return [bound, connecting];
}

const errorOf = (event: Event | undefined) => (event as { error?: { code: string; status?: number } }).error;

for (const { name, server, client, credentials } of MECHANISMS) {
  for (const transport of STREAM_TRANSPORTS) {
    test(`[test_security_null] [test_security_plain] [test_security_curve] [test_security_zap] [ZMQ_ZAP_DOMAIN] [ZMQ_PLAIN_*] ${name}: the handler is asked, says 200, and the peers talk over ${transport}`, async (t) => {
      const context = openContext(t);
      const handler = handle(context, ok("joe"));
      const [bound, connecting] = await pair(
        t,
        context,
        { server: { routingId: "IDENT", ...server }, client: { routingId: "client", ...client } },
        transport,
      );

      await connecting.send("hello");
      assert.deepEqual(await receiveTexts(bound, 1), ["hello"]);
      await bound.send("welcome");
      assert.deepEqual(await receiveTexts(connecting, 1), ["welcome"]);

      assert.deepEqual(handler.questions, [
        {
          version: "1.0",
          requestId: "1",
          domain: "test",
          address: transport === "ipc" ? "localhost" : "127.0.0.1",
          routingId: "IDENT",
          mechanism: name,
          credentials,
        },
      ]);
      assert.deepEqual(log(bound).types, ["bind", "accept", "handshake"]);
    });
  }

  for (const status of [400, 500]) {
    test(`[test_security_zap] [test_security_plain] [test_security_curve] [ZMQ_EVENT_HANDSHAKE_FAILED_AUTH] ${name}: ${status} is an event at both ends, and the client does not come back`, async (t) => {
      const context = openContext(t);
      const handler = handle(context, says(String(status), "for a reason"));
      const [bound, connecting] = await pair(t, context, { server, client });
      await connecting.send("sneaky");

      const there = await log(bound).next("handshake:error:auth");
      const here = await log(connecting).next("handshake:error:auth");
      await log(connecting).next("disconnect");
      await log(bound).next("disconnect");
      await turns(10);

      assert.equal(errorOf(there)?.status, status);
      assert.match(there.error.message, /for a reason/);
      assert.equal(errorOf(here)?.status, status);
      assert.deepEqual(log(bound).types, ["bind", "accept", "handshake:error:auth", "disconnect"]);
      assert.deepEqual(log(connecting).types.slice(1), ["connect", "handshake:error:auth", "disconnect"]);
      assert.equal(handler.questions.length, 1);
      assert.equal(bound.tryReceive(), undefined);
    });
  }

  test(`[test_security_zap] ${name}: 300 is an event at the server; the client hears nothing and tries again until it may`, async (t) => {
    const context = openContext(t);
    let count = 0;
    const answer: Answer = (question) => (++count <= 2 ? says("300") : ok())(question);
    const handler = handle(context, answer);
    const [bound, connecting] = await pair(t, context, { server, client });
    await connecting.send("at last");

    assert.deepEqual(await receiveTexts(bound, 1), ["at last"]);

    assert.equal(handler.questions.length, 3);
    assert.equal(log(bound).count("handshake:error:auth"), 2);
    assert.equal(errorOf(log(bound).all.find(({ type }) => type === "handshake:error:auth"))?.status, 300);
    assert.equal(log(connecting).count("handshake:error:auth"), 0);
    assert.equal(log(connecting).count("handshake:error:other"), 2);
    assert.equal(log(connecting).count("connect:retry"), 2);
  });

  const BROKEN: [what: string, answer: Answer, code: ZmqErrorCode][] = [
    ["a wrong version", ({ requestId }) => ["2.0", requestId, "200", "OK", "", ""], "ERR_ZAP_BAD_VERSION"],
    ["a wrong request id", ({ version }) => [version, "999", "200", "OK", "", ""], "ERR_ZAP_BAD_REQUEST_ID"],
    ["a status that is none", says("600"), "ERR_ZAP_INVALID_STATUS_CODE"],
    ["too many frames", (question) => [...ok()(question), ""], "ERR_ZAP_MALFORMED_REPLY"],
    ["too few frames", (question) => ok()(question).slice(1), "ERR_ZAP_MALFORMED_REPLY"],
    ["metadata cut short", ok("joe", Buffer.from("\x05Hello\0\0")), "ERR_ZAP_INVALID_METADATA"],
  ];
  for (const [what, answer, code] of BROKEN) {
    test(`[test_security_zap] [ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL] ${name}: a reply with ${what} keeps the peer out and is ${code}; the client tries again`, async (t) => {
      const context = openContext(t);
      handle(context, answer);
      const [bound, connecting] = await pair(t, context, { server, client });
      await connecting.send("sneaky");

      const { error } = await log(bound).next("handshake:error:protocol");
      await log(connecting).next("connect:retry");
      await log(bound).next("handshake:error:protocol");

      assert.equal(error.code, code);
      assert.deepEqual(log(bound).types.slice(0, 4), [
        "bind",
        "accept",
        "handshake:error:protocol",
        "disconnect",
      ]);
      assert.equal(log(connecting).count("handshake:error:auth"), 0);
      assert.equal(bound.tryReceive(), undefined);
    });
  }

  test(`[test_security_zap] ${name}: a handler that takes the question and never answers lets the handshake time out`, async (t) => {
    const context = openContext(t);
    const handler = open(t, Reply, { context });
    handler.bindSync(ZAP_ENDPOINT);
    const [bound, connecting] = await pair(t, context, {
      server: { ...server, handshakeInterval: 30 },
      client,
    });
    await connecting.send("sneaky");
    await soon(handler.receive());

    const { error } = await log(bound).next("handshake:error:other");
    assert.equal(error.code, "EAGAIN");
    // Too late: nobody waits for that any more.
    await handler.send(["1.0", "1", "200", "OK", "", ""]);
    await log(connecting).next("connect:retry");

    assert.equal(bound.tryReceive(), undefined);
    assert.deepEqual(log(bound).types.slice(0, 4), ["bind", "accept", "handshake:error:other", "disconnect"]);
  });

  test(`[test_security_zap] ${name}: a handler that dies over the question lets the handshake time out; its successor is asked next`, async (t) => {
    const context = openContext(t);
    const handler = open(t, Reply, { context });
    handler.bindSync(ZAP_ENDPOINT);
    const [bound, connecting] = await pair(t, context, {
      server: { ...server, handshakeInterval: 30 },
      client,
    });
    await connecting.send("patient");
    await soon(handler.receive());

    handler.close();
    handle(context, ok());

    assert.deepEqual(await receiveTexts(bound, 1), ["patient"]);
    assert.equal(errorOf(log(bound).all[2])?.code, "EAGAIN");
  });

  test(`${name}: the handler never reads; when the client goes away, the server tells at once`, async (t) => {
    const context = openContext(t);
    const handler = open(t, Reply, { context });
    handler.bindSync(ZAP_ENDPOINT);
    const [bound, connecting] = await pair(t, context, { server, client });
    await log(bound).next("accept");
    await log(connecting).next("connect");
    while (!handler.readable) await turns();

    connecting.linger = 0;
    connecting.close();

    const { error } = await log(bound).next("handshake:error:other");
    assert.equal(error.code, "EPIPE");
    await log(bound).next("disconnect");
    // The question went with it: a handler that wakes up late is not asked about those who have gone.
    assert.equal(handler.tryReceive(), undefined);
  });

  test(`${name}: a socket that is closed while its question is open ends quietly`, async (t) => {
    const context = openContext(t);
    const handler = open(t, Reply, { context });
    handler.bindSync(ZAP_ENDPOINT);
    const [bound] = await pair(t, context, { server, client });
    await soon(handler.receive());

    bound.close();
    await handler.send(["1.0", "1", "200", "OK", "", ""]);
    await log(bound).next("end");

    assert.deepEqual(log(bound).types, ["bind", "accept", "close", "end"]);
  });

  test(`${name}: a ROUTER can be the handler`, async (t) => {
    const context = openContext(t);
    const handler = handle(context, ok(), "ROUTER");
    const [bound, connecting] = await pair(t, context, { server, client });
    await connecting.send("hello");

    assert.deepEqual(await receiveTexts(bound, 1), ["hello"]);
    assert.equal(handler.questions.length, 1);
  });

  test(`${name}: a ROUTER that answers out of order gives each peer its own verdict`, async (t) => {
    const context = openContext(t);
    const router = open(t, Router, { context });
    router.bindSync(ZAP_ENDPOINT);
    const [bound, first] = await pair(t, context, { server, client });
    await first.send("first");
    const question = await soon(router.receive());
    const second = open(t, Dealer, client);
    second.connect(bound.lastEndpoint!);
    await second.send("second");
    const later = await soon(router.receive());

    await router.send([later[0]!, "", "1.0", "1", "200", "", "B", ""]);
    const fromSecond = await soon(bound.receive());
    await router.send([question[0]!, "", "1.0", "1", "200", "", "A", ""]);
    const fromFirst = await soon(bound.receive());

    assert.deepEqual([text(fromSecond), messageProperty(fromSecond, "User-Id")], [["second"], "B"]);
    assert.deepEqual([text(fromFirst), messageProperty(fromFirst, "User-Id")], [["first"], "A"]);
  });

  test(`${name}: a socket that can be no handler keeps everybody out and is told of`, async (t) => {
    const context = openContext(t);
    const handler = open(t, Pair, { context });
    handler.bindSync(ZAP_ENDPOINT);
    const [bound, connecting] = await pair(t, context, { server, client });
    await connecting.send("sneaky");

    const { error } = await log(bound).next("handshake:error:other");

    assert.equal(error.code, "EFAULT");
    assert.match(error.message, /PAIR/);
    assert.equal(bound.tryReceive(), undefined);
  });

  test(`${name}: a handler of another context is not asked`, async (t) => {
    const context = openContext(t);
    const elsewhere = handle(openContext(t), says("400"));
    const own = handle(context, ok());
    const [bound, connecting] = await pair(t, context, { server, client });
    await connecting.send("hello");

    assert.deepEqual(await receiveTexts(bound, 1), ["hello"]);
    assert.equal(elsewhere.questions.length, 0);
    assert.equal(own.questions.length, 1);
  });

  test(`${name}: inproc never asks`, async (t) => {
    const context = openContext(t);
    const handler = handle(context, says("400"));
    const bound = open(t, Dealer, { context, ...server });
    const connecting = open(t, Dealer, { context, ...client });
    const name = inprocName();
    bound.bindSync(name);
    connecting.connect(name);
    await connecting.send("hello");

    assert.deepEqual(await receiveTexts(bound, 1), ["hello"]);
    assert.equal(handler.questions.length, 0);
  });
}

test("[test_security_null] [ZMQ_ZAP_DOMAIN] NULL without a domain never asks", async (t) => {
  const context = openContext(t);
  const handler = handle(context, says("400"));
  const [bound, connecting] = await pair(t, context, { server: { zapEnforceDomain: true }, client: {} });
  await connecting.send("hello");

  assert.deepEqual(await receiveTexts(bound, 1), ["hello"]);
  assert.equal(handler.questions.length, 0);
});

test("[test_security_no_zap_handler] [test_security_zap] NULL with a domain and no handler lets everybody in", async (t) => {
  const [bound, connecting] = await pair(t, openContext(t), { server: { zapDomain: "test" }, client: {} });
  await connecting.send("hello");

  assert.deepEqual(await receiveTexts(bound, 1), ["hello"]);
});

test("[test_security_no_zap_handler] [ZMQ_ZAP_ENFORCE_DOMAIN] NULL with a domain that is enforced and no handler lets nobody in: EFAULT, and the client tries again", async (t) => {
  const context = openContext(t);
  const [bound, connecting] = await pair(t, context, {
    server: { zapDomain: "test", zapEnforceDomain: true },
    client: {},
  });
  await connecting.send("patient");

  const { error } = await log(bound).next("handshake:error:other");
  await log(bound).next("disconnect");
  await log(connecting).next("connect:retry");
  assert.equal(error.code, "EFAULT");
  assert.equal(error.errno, 14);
  handle(context, ok());

  assert.deepEqual(await receiveTexts(bound, 1), ["patient"]);
});

const curve = MECHANISMS[2]!;

test("[test_security_zap] CURVE without a handler lets everybody in, with a domain or not: encryption without authentication", async (t) => {
  for (const zapDomain of ["test", null]) {
    const server = { ...curve.server, zapDomain };
    const [bound, connecting] = await pair(t, openContext(t), { server, client: curve.client });
    await connecting.send("hello");

    assert.deepEqual(await receiveTexts(bound, 1), ["hello"]);
  }
});

test("[ZMQ_ZAP_ENFORCE_DOMAIN] CURVE asks a handler without a domain too, unless domains are enforced", async (t) => {
  for (const zapEnforceDomain of [false, true]) {
    const context = openContext(t);
    const handler = handle(context, ok());
    const server = { ...curve.server, zapDomain: null, zapEnforceDomain };
    const [bound, connecting] = await pair(t, context, { server, client: curve.client });
    await connecting.send("hello");

    assert.deepEqual(await receiveTexts(bound, 1), ["hello"]);
    assert.equal(handler.questions.length, zapEnforceDomain ? 0 : 1);
  }
});

test("[test_security_no_zap_handler] [ZMQ_ZAP_ENFORCE_DOMAIN] CURVE with a domain that is enforced and no handler lets nobody in", async (t) => {
  const server = { ...curve.server, zapEnforceDomain: true };
  const [bound, connecting] = await pair(t, openContext(t), { server, client: curve.client });
  await connecting.send("sneaky");

  const { error } = await log(bound).next("handshake:error:other");

  assert.equal(error.code, "EFAULT");
  await log(connecting).next("connect:retry");
});

test("CURVE with the wrong server key never gets to the handler", async (t) => {
  const context = openContext(t);
  const handler = handle(context, ok());
  const client = { ...curve.client, curveServerKey: curveKeyPair().publicKey };
  const [bound, connecting] = await pair(t, context, { server: curve.server, client });
  await connecting.send("sneaky");

  await log(bound).next("handshake:error:protocol");

  assert.equal(handler.questions.length, 0);
});

test("[test_security_zap] PLAIN without a handler lets nobody in: EFAULT, and the client tries again", async (t) => {
  const context = openContext(t);
  const [bound, connecting] = await pair(t, context, {
    server: { plainServer: true },
    client: { plainUsername: "admin", plainPassword: "secret" },
  });
  await connecting.send("patient");

  const { error } = await log(bound).next("handshake:error:other");
  await log(connecting).next("connect:retry");
  assert.equal(error.code, "EFAULT");
  assert.deepEqual(log(bound).types.slice(0, 4), ["bind", "accept", "handshake:error:other", "disconnect"]);
  const handler = handle(context, ok());

  assert.deepEqual(await receiveTexts(bound, 1), ["patient"]);
  assert.equal(handler.questions[0]?.domain, "", "asked without a domain as well");
});

test("a PLAIN server whose domain is enforced but missing is refused before it can be reached", async (t) => {
  const options = { plainServer: true, zapEnforceDomain: true };

  await rejects(open(t, Dealer, options).bind("tcp://127.0.0.1:*"), "EINVAL", /zapDomain/);
  throws(() => open(t, Dealer, options).connect("tcp://127.0.0.1:1"), "EINVAL", /zapDomain/);
});

test("[test_security_plain] [ZMQ_PLAIN_*] PLAIN: both server, both client, and NULL against PLAIN do not come together", async (t) => {
  const context = openContext(t);
  const handler = handle(context, ok());
  const plain = { plainUsername: "admin", plainPassword: "secret" };
  const server = { plainServer: true };
  for (const [ends, types] of [
    // Neither speaks first: libzmq's two wait until the handshake times out, too.
    [{ server: { ...server, handshakeInterval: 30 }, client: server }, ["handshake:error:other"]],
    [{ server: plain, client: plain }, ["handshake:error:protocol"]],
    [{ server, client: {} }, ["handshake:error:protocol"]],
    [{ server: {}, client: plain }, ["handshake:error:protocol"]],
  ] as const) {
    const [bound, connecting] = await pair(t, context, ends);
    await connecting.send("sneaky");

    await log(bound).next(types[0]);
    await log(bound).next("disconnect");

    assert.equal(bound.tryReceive(), undefined);
    bound.close();
    connecting.linger = 0;
    connecting.close();
  }
  assert.equal(handler.questions.length, 0);
});

test("the PLAIN server may be the one that connects, and the domain may be the connecting side's", async (t) => {
  const context = openContext(t);
  const handler = handle(context, ok());
  const client = open(t, Dealer, { plainUsername: "admin", plainPassword: "secret" });
  const server = open(t, Dealer, { context, plainServer: true, zapDomain: "test" });
  const guarded = open(t, Dealer, { context, zapDomain: "test" });
  await client.bind("tcp://127.0.0.1:*");
  const plain = open(t, Dealer);
  await plain.bind("tcp://127.0.0.1:*");

  server.connect(client.lastEndpoint!);
  guarded.connect(plain.lastEndpoint!);
  await Promise.all([client.send("one"), plain.send("two")]);

  assert.deepEqual(await receiveTexts(server, 1), ["one"]);
  assert.deepEqual(await receiveTexts(guarded, 1), ["two"]);
  assert.deepEqual(handler.questions.map(({ mechanism }) => mechanism).sort(), ["NULL", "PLAIN"]);
});

test("a connecting side whose own handler refuses the peer gives up, and with 300 tries again", async (t) => {
  const context = openContext(t);
  let count = 0;
  handle(context, (question) => says(++count === 1 ? "300" : "400")(question));
  const bound = open(t, Dealer);
  await bound.bind("tcp://127.0.0.1:*");
  const connecting = open(t, Dealer, { context, zapDomain: "test", reconnectInterval: 1 });
  log(connecting);

  connecting.connect(bound.lastEndpoint!);
  await log(connecting).next("handshake:error:auth");
  await log(connecting).next("connect:retry");
  await log(connecting).next("handshake:error:auth");
  await turns(10);

  assert.equal(log(connecting).types.at(-1), "disconnect");
});

test("a raw STREAM asks nobody", async (t) => {
  const context = openContext(t);
  const handler = handle(context, says("400"));
  const stream = open(t, Stream, { context, zapDomain: "test" });
  await stream.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, stream.lastEndpoint!);
  await soon(stream.receive());
  peer.write("hello");

  assert.equal(text(await soon(stream.receive()))[1], "hello");
  assert.equal(handler.questions.length, 0);
});

test("[test_security_null] [test_security_plain] [test_security_curve] a plain old socket cannot get past PLAIN or a domain", async (t) => {
  const context = openContext(t);
  handle(context, ok());
  for (const { server } of MECHANISMS) {
    const bound = open(t, Dealer, { context, ...server });
    log(bound);
    await bound.bind("tcp://127.0.0.1:*");
    const peer = await RawPeer.connect(t, bound.lastEndpoint!);

    // ZMTP 1.0, as it was before there was any security: an empty identity and a message.
    peer.write(Buffer.from("01000800736e65616b7900", "hex"));
    await log(bound).next("disconnect");

    assert.equal(bound.tryReceive(), undefined);
    await soon(peer.closed);
  }
});

test("[ZMQ_MECHANISM] securityMechanism says what the options make of a socket", (t) => {
  const dealer = open(t, Dealer);
  assert.equal(dealer.securityMechanism, null);
  dealer.zapDomain = "test";
  assert.equal(dealer.securityMechanism, null);
  dealer.plainUsername = "admin";
  assert.equal(dealer.securityMechanism, "plain");
  dealer.plainUsername = null;
  assert.equal(dealer.securityMechanism, null);
  dealer.plainServer = true;
  assert.equal(dealer.securityMechanism, "plain");
});
