/** CURVE between our own sockets, and what its options take and refuse. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  capability,
  curveKeyPair,
  curvePublicKey,
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Stream,
  Subscriber,
  z85Decode,
  z85Encode,
} from "zmq-ts";
import { loadSodium } from "#src/security/load-sodium.js";
import { BACKENDS, CLIENT, CLIENT_OPTIONS, SERVER, SERVER_OPTIONS } from "../support/curve.ts";
import { command, frame, greeting, RawPeer, RawServer } from "../support/raw-peer.ts";
import {
  anyEndpoint,
  inprocName,
  log,
  open,
  rejects,
  STREAM_TRANSPORTS,
  text,
  throws,
} from "../support/sockets.ts";

const ANY = "tcp://127.0.0.1:*";
const KEYS = ["curvePublicKey", "curveSecretKey", "curveServerKey"] as const;

// ---- traffic

for (const { name } of BACKENDS) {
  for (const transport of STREAM_TRANSPORTS) {
    test(`[test_security_curve] [test_ws_transport] [ZMQ_CURVE_SERVER] [ZMQ_CURVE_SERVERKEY] [ZMQ_CURVE_SECRETKEY] messages of every size go through ${name} over ${transport}, in order and in parts`, async (t) => {
      await loadSodium(name);
      const pull = open(t, Pull, SERVER_OPTIONS);
      const push = open(t, Push, CLIENT_OPTIONS);
      await pull.bind(anyEndpoint(transport));
      push.connect(pull.lastEndpoint!);
      const sizes = [0, 1, 15, 222, 223, 1000, 8191, 8192, 31_967, 31_968, 65_536, 200_000, 1_500_000];
      const sent = sizes.map((size) => [Buffer.alloc(size, size), Buffer.from("and"), Buffer.alloc(size, 7)]);

      const sending = (async () => {
        for (const message of sent) await push.send(message);
      })();

      for (const message of sent)
        assert.ok(Buffer.concat(await pull.receive()).equals(Buffer.concat(message)));
      await sending;
    });
  }
}

test("many small messages in one go come through whole and in order", async (t) => {
  const [router, dealer] = [
    // A ROUTER drops at its mark, which with I/O elsewhere is reached while this thread does not turn.
    open(t, Router, { ...SERVER_OPTIONS, sendHighWaterMark: 0 }),
    open(t, Dealer, { ...CLIENT_OPTIONS, routingId: "d" }),
  ];
  await router.bind(ANY);
  dealer.connect(router.lastEndpoint!);

  const sending = (async () => {
    for (let i = 0; i < 5000; i++) await dealer.send(String(i));
  })();

  for (let i = 0; i < 5000; i++) assert.deepEqual(text(await router.receive()), ["d", String(i)]);
  await sending;
  for (let i = 0; i < 5000; i++) void router.send(["d", String(i)]);
  for (let i = 0; i < 5000; i++) assert.deepEqual(text(await dealer.receive()), [String(i)]);
});

test("a publisher seals for each subscriber, and for one in the clear not at all", async (t) => {
  const publisher = open(t, Publisher, SERVER_OPTIONS);
  await publisher.bind(ANY);
  const subscribers = Array.from({ length: 3 }, () =>
    open(t, Subscriber, { ...CLIENT_OPTIONS, receiveTimeout: 20 }),
  );
  const stranger = open(t, Subscriber, { reconnectInterval: -1 });
  const gone = log(stranger);
  for (const socket of [...subscribers, stranger]) {
    socket.subscribe("");
    socket.connect(publisher.lastEndpoint!);
  }

  const heard = new Set<Subscriber>();
  while (heard.size < 3) {
    await publisher.send("news");
    for (const socket of subscribers) {
      if ((await socket.receive().catch(() => [])).length > 0) heard.add(socket);
    }
  }
  await gone.next("disconnect");
  assert.equal(stranger.readable, false);
});

test("requests are answered over CURVE", async (t) => {
  const [reply, request] = [open(t, Reply, SERVER_OPTIONS), open(t, Request, CLIENT_OPTIONS)];
  await reply.bind(ANY);
  request.connect(reply.lastEndpoint!);

  await request.send("question");
  assert.deepEqual(text(await reply.receive()), ["question"]);
  await reply.send("answer");
  assert.deepEqual(text(await request.receive()), ["answer"]);
});

test("the connecting side may be the server", async (t) => {
  const client = open(t, Pull, CLIENT_OPTIONS);
  const server = open(t, Push, SERVER_OPTIONS);
  await client.bind(ANY);
  server.connect(client.lastEndpoint!);
  await server.send("hello");

  assert.deepEqual(text(await client.receive()), ["hello"]);
});

test("a client reconnects with new short-term keys, and nothing is lost that was not sent", async (t) => {
  const first = open(t, Pull, SERVER_OPTIONS);
  await first.bind(ANY);
  const endpoint = first.lastEndpoint!;
  const push = open(t, Push, { ...CLIENT_OPTIONS, reconnectInterval: 5 });
  push.connect(endpoint);
  await push.send("one");
  assert.deepEqual(text(await first.receive()), ["one"]);
  const events = log(push);
  await first.unbind(endpoint);
  await events.next("disconnect");
  await push.send("two");

  const second = open(t, Pull, SERVER_OPTIONS);
  await second.bind(endpoint);

  assert.deepEqual(text(await second.receive()), ["two"]);
});

test("inproc needs no keys and takes no notice of them, nor does STREAM", async (t) => {
  const name = inprocName();
  const [one, two] = [open(t, Pair, { curveServer: true }), open(t, Pair)];
  await one.bind(name);
  two.connect(name);
  await two.send("hello");
  assert.deepEqual(text(await one.receive()), ["hello"]);

  const stream = open(t, Stream, { curveServer: true });
  await stream.bind(ANY);
});

// ---- who gets in

test("[test_security_curve] nothing is taken from a peer that has not come through the handshake", async (t) => {
  const pull = open(t, Pull, SERVER_OPTIONS);
  const events = log(pull);
  await pull.bind(ANY);
  const tries: [Buffer, string][] = [
    [frame(0, "a message"), "ERR_ZMTP_UNEXPECTED_COMMAND"],
    [command("READY"), "ERR_ZMTP_UNEXPECTED_COMMAND"],
    [command("MESSAGE", Buffer.alloc(40)), "ERR_ZMTP_UNEXPECTED_COMMAND"],
    [command("INITIATE", Buffer.alloc(300)), "ERR_ZMTP_UNEXPECTED_COMMAND"],
    [command("HELLO"), "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
    [command("HELLO", Buffer.alloc(194)), "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
  ];
  for (const [bytes, code] of tries) {
    const peer = await RawPeer.connect(t, pull.lastEndpoint!);
    peer.write(greeting("CURVE"), bytes);
    await peer.closed;
    const event = await events.next("handshake:error:protocol");
    assert.equal(event.error.code, code);
    await events.next("disconnect");
  }
  assert.equal(pull.readable, false);
});

test("[test_security_curve] clients of other mechanisms, servers, and clients without an own key do not get in", async (t) => {
  for (const [options, outcome, handshakeInterval] of [
    [{}, "handshake:error:protocol", 30_000],
    [{ plainUsername: "admin", plainPassword: "secret" }, "handshake:error:protocol", 30_000],
    [{ ...CLIENT_OPTIONS, curveServerKey: CLIENT.publicKey }, "handshake:error:protocol", 30_000],
    // Neither of two servers speaks first.
    [SERVER_OPTIONS, "handshake:error:other", 50],
  ] as const) {
    const pull = open(t, Pull, { ...SERVER_OPTIONS, handshakeInterval });
    const events = log(pull);
    await pull.bind(ANY);
    const push = open(t, Push, { ...options, reconnectInterval: -1, linger: 0 });
    push.connect(pull.lastEndpoint!);
    // Not awaited: it may have been turned away by now, and has nobody left to send to.
    push.send("sneaky").catch(() => {});

    await events.next(outcome);
    await events.next("disconnect");
    push.close();
    assert.equal(pull.readable, false);
    assert.equal(events.count("handshake"), 0);
  }
});

test("a handshake command beyond all measure ends the connection before it has come", async (t) => {
  const pull = open(t, Pull, SERVER_OPTIONS);
  const events = log(pull);
  await pull.bind(ANY);
  const peer = await RawPeer.connect(t, pull.lastEndpoint!);
  const header = Buffer.from("06000000000000ffff", "hex");

  peer.write(greeting("CURVE"), header);

  await peer.closed;
  const { error } = await events.next("disconnect");
  assert.equal(error?.code, "EMSGSIZE");
  assert.match(error!.message, /65535.*16384/);
});

test("once through, messages may be as large as maxMessageSize says, sealed", async (t) => {
  const pull = open(t, Pull, { ...SERVER_OPTIONS, maxMessageSize: 50_000 });
  const events = log(pull);
  await pull.bind(ANY);
  const push = open(t, Push, { ...CLIENT_OPTIONS, reconnectInterval: -1 });
  push.connect(pull.lastEndpoint!);
  await push.send(Buffer.alloc(50_000 - 33));
  assert.equal((await pull.receive())[0]!.length, 50_000 - 33);

  await push.send(Buffer.alloc(50_000 - 32));

  assert.equal((await events.next("disconnect")).error?.code, "EMSGSIZE");
});

for (const asServer of [true, false]) {
  test(`a peer that greets with GSSAPI is told apart and refused by a ${asServer ? "server" : "client"}`, async (t) => {
    const socket = open(t, Pair, { ...(asServer ? SERVER_OPTIONS : CLIENT_OPTIONS), reconnectInterval: -1 });
    const events = log(socket);
    let peer: RawPeer;
    if (asServer) {
      await socket.bind(ANY);
      peer = await RawPeer.connect(t, socket.lastEndpoint!);
    } else {
      const server = await RawServer.listen(t);
      socket.connect(server.endpoint);
      peer = await server.accept();
    }
    peer.write(greeting("GSSAPI"));

    const { error } = await events.next("handshake:error:protocol");
    assert.equal(error.code, "ERR_ZMTP_MECHANISM_MISMATCH");
    assert.match(error.message, /CURVE, the peer GSSAPI, which is not available here; use PLAIN or CURVE/);
    await peer.closed;
  });
}

// ---- options

test("capability and securityMechanism say what there is", (t) => {
  assert.equal(capability.curve, true);
  assert.equal(open(t, Push).securityMechanism, null);
  assert.equal(open(t, Push, { curveServer: true }).securityMechanism, "curve");
  for (const key of KEYS) assert.equal(open(t, Push, { [key]: CLIENT.publicKey }).securityMechanism, "curve");
  const socket = open(t, Push, CLIENT_OPTIONS);
  socket.curveServer = false;
  assert.equal(socket.securityMechanism, "curve", "keys that were set do not go into the clear");
});

test("[ZMQ_CURVE_PUBLICKEY] [ZMQ_CURVE_SECRETKEY] [ZMQ_CURVE_SERVERKEY] keys are set as text, as the text's bytes or as raw bytes, and read as text", (t) => {
  const raw = z85Decode(CLIENT.publicKey);
  for (const key of KEYS) {
    const socket = open(t, Push);
    assert.equal(socket[key], null);
    for (const value of [
      CLIENT.publicKey,
      raw,
      new Uint8Array(raw),
      Buffer.from(CLIENT.publicKey),
      Buffer.from(`${CLIENT.publicKey}\0`),
    ]) {
      const other = open(t, Push, { [key]: value });
      assert.equal(other[key], CLIENT.publicKey);
    }
    const mine = Buffer.from(raw);
    socket[key] = mine;
    mine.fill(0);
    assert.equal(socket[key], CLIENT.publicKey, "a copy is kept");
  }
});

const BAD: [what: string, value: unknown, says: RegExp][] = [
  ["null", null, /needs a key, 40 characters of Z85 or 32 bytes; curveKeyPair\(\)/],
  ["nothing", "", /needs a key/],
  [
    "a character too few",
    CLIENT.publicKey.slice(1),
    /must be 40 characters of Z85 or 32 bytes, not 39 characters/,
  ],
  ["a character too many", `${CLIENT.publicKey}0`, /not 41 characters/],
  ["hex", "00".repeat(32), /not 64 characters/],
  ["31 bytes", Buffer.alloc(31), /not 31 bytes/],
  ["41 bytes", Buffer.alloc(41, 65), /not 41 bytes/],
  ["a character that is not there", `~${CLIENT.publicKey.slice(1)}`, /mistyped.*"~".*position 1$/],
  ["a blank at the end", `${CLIENT.publicKey.slice(0, 39)} `, /mistyped.*" ".*position 40$/],
  ["text for more than 32 bits", "#".repeat(40), /mistyped.*from position 1 /],
];
for (const key of KEYS) {
  test(`[test_security_curve] ${key} refuses what is no key, and says what is wrong`, (t) => {
    const socket = open(t, Push, { [key]: CLIENT.publicKey });
    for (const [what, value, says] of BAD) {
      const error = throws(() => Object.assign(socket, { [key]: value }), "EINVAL", says);
      assert.match(error.message, new RegExp(`^${key} `), what);
    }
    for (const value of [5, true, undefined, [1], {}]) {
      assert.throws(() => Object.assign(socket, { [key]: value }), {
        name: "TypeError",
        message: new RegExp(key),
      });
    }
    assert.equal(socket[key], CLIENT.publicKey, "what was set stays");
  });
}

test("what is said of a bad secret key does not tell it", (t) => {
  const socket = open(t, Push);
  for (const value of [
    CLIENT.secretKey.slice(1),
    `${CLIENT.secretKey.slice(0, 39)}~`,
    `${CLIENT.secretKey}!`,
  ]) {
    const { message } = throws(() => Object.assign(socket, { curveSecretKey: value }), "EINVAL");
    assert.ok(!message.includes(CLIENT.secretKey.slice(5, 12)), message);
  }
});

const SLIPS: [what: string, options: object, says: RegExp][] = [
  ["a server without a secret key", { curveServer: true }, /CURVE server needs curveSecretKey/],
  [
    "a client without keys of its own",
    { curveServerKey: SERVER.publicKey },
    /CURVE client needs curveSecretKey/,
  ],
  [
    "a client without its secret key",
    { curveServerKey: SERVER.publicKey, curvePublicKey: CLIENT.publicKey },
    /needs curveSecretKey/,
  ],
  [
    "keys without a role",
    { curvePublicKey: CLIENT.publicKey, curveSecretKey: CLIENT.secretKey },
    /neither curveServerKey.*nor curveServer/,
  ],
  [
    "a secret key where the public one belongs",
    { ...CLIENT_OPTIONS, curvePublicKey: CLIENT.secretKey },
    /curvePublicKey is the secret key/,
  ],
  [
    "keys in each other's place",
    { ...CLIENT_OPTIONS, curvePublicKey: CLIENT.secretKey, curveSecretKey: CLIENT.publicKey },
    /each other's place; swap them/,
  ],
  ["keys of two pairs", { ...CLIENT_OPTIONS, curvePublicKey: SERVER.publicKey }, /are no pair/],
  [
    "the own secret key where the server's public one belongs",
    { ...CLIENT_OPTIONS, curveServerKey: CLIENT.secretKey },
    /curveServerKey is this socket's own secret key/,
  ],
  ["a server's keys of two pairs", { ...SERVER_OPTIONS, curvePublicKey: CLIENT.publicKey }, /are no pair/],
];
for (const [what, options, says] of SLIPS) {
  test(`[test_security_curve] [ZMQ_CURVE_SECRETKEY] [ZMQ_CURVE_SERVERKEY] bind and connect refuse ${what}`, async (t) => {
    const socket = open(t, Pair, options);

    throws(() => socket.connect("tcp://127.0.0.1:1"), "EINVAL", says);
    await rejects(socket.bind(ANY), "EINVAL", says);
    assert.equal(socket.lastEndpoint, null);
  });
}

test("a public key may be left out, and a server may have one", async (t) => {
  const server = open(t, Pull, { ...SERVER_OPTIONS, curvePublicKey: SERVER.publicKey });
  await server.bind(ANY);
  const client = open(t, Push, { curveServerKey: SERVER.publicKey, curveSecretKey: CLIENT.secretKey });
  client.connect(server.lastEndpoint!);
  await client.send("hello");

  assert.deepEqual(text(await server.receive()), ["hello"]);
});

test("keys count for connections made after they are set", async (t) => {
  const server = open(t, Pull);
  await server.bind(ANY);
  const clear = server.lastEndpoint!;
  Object.assign(server, SERVER_OPTIONS);
  await server.bind(ANY);
  const [plain, sealed] = [open(t, Push), open(t, Push, CLIENT_OPTIONS)];
  plain.connect(clear);
  await plain.send("in the clear");
  assert.deepEqual(text(await server.receive()), ["in the clear"]);
  sealed.connect(server.lastEndpoint!);
  await sealed.send("sealed");
  assert.deepEqual(text(await server.receive()), ["sealed"]);
});

// ---- keys

test("[test_sodium] curveKeyPair makes a new pair each time; curvePublicKey tells the public one from the secret one", () => {
  const pairs = Array.from({ length: 5 }, () => curveKeyPair());

  assert.equal(new Set(pairs.map(({ secretKey }) => secretKey)).size, 5);
  for (const { publicKey, secretKey } of [...pairs, CLIENT, SERVER]) {
    assert.equal(publicKey.length, 40);
    assert.equal(secretKey.length, 40);
    assert.equal(curvePublicKey(secretKey), publicKey);
    assert.equal(curvePublicKey(z85Decode(secretKey)), publicKey);
  }
  throws(() => curvePublicKey("short"), "EINVAL", /secretKey must be 40 characters/);
  assert.throws(() => curvePublicKey(5 as unknown as string), TypeError);
});

test("[test_sodium] runtime, WebAssembly and native code derive the same keys", async () => {
  const { keySource } = await import("#src/platform/node.js");
  for (const make of [...BACKENDS, keySource!]) {
    const { publicKey, secretKey } = make.keyPair();
    for (const derive of [...BACKENDS, keySource!])
      assert.equal(z85Encode(derive.publicKeyOf(secretKey)), z85Encode(publicKey));
  }
});
