/** CURVE's state machines: what they promise, and everything that tries to break it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Channel, KeyPair, Sodium } from "#src/security/box.js";
import { CookieJar } from "#src/security/cookie.js";
import { CurveClient } from "#src/security/curve-client.js";
import { CurveServer } from "#src/security/curve-server.js";
import { CurveTraffic, ShortNonce } from "#src/security/curve-traffic.js";
import { COMMAND, MORE } from "#src/wire/frame.js";
import { hex } from "../../support/bytes.ts";
import {
  BACKENDS,
  codeOf,
  command,
  connected,
  curvePair,
  KEYS,
  mechanismOptions,
  opened,
  seal,
  shakeHands,
  wasm,
} from "../../support/curve.ts";

for (const sodium of BACKENDS) {
  test(`${sodium.name}: both sides are through after four commands, and know each other's metadata`, () => {
    const { client, server } = curvePair({ sodium });

    const hello = command(client);
    assert.equal(hello.length, 200);
    assert.equal(hello.subarray(0, 8).toString("latin1"), "\x05HELLO\x01\x00");
    assert.deepEqual(hello.subarray(8, 80), Buffer.alloc(72), "padding");
    server.handle(hello);
    const welcome = command(server);
    assert.equal(welcome.length, 168);
    client.handle(welcome);
    const initiate = command(client);
    assert.equal(initiate.length, 257 + 1 + 11 + 4 + 4);
    server.handle(initiate);
    const ready = command(server);
    assert.equal(ready.length, 30 + 1 + 11 + 4 + 4);
    assert.ok(server.isReady && !client.isReady);
    client.handle(ready);

    assert.ok(client.isReady);
    assert.equal(client.next(), undefined);
    assert.equal(server.next(), undefined);
    assert.equal(String(client.peerMetadata.get("Socket-Type")), "PULL");
    assert.equal(String(server.peerMetadata.get("Socket-Type")), "PUSH");
  });

  test(`[unittest_curve_encoding] ${sodium.name}: messages and their flags come through both ways, unreadable on their way`, () => {
    const { client, server } = connected({ sodium });
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      for (const flags of [0, MORE, COMMAND]) {
        for (const text of ["", "x", "a secret of some length, sent more than once"]) {
          const sealed = seal(from, text, flags);
          assert.equal(sealed.length, 33 + text.length);
          assert.equal(text.length > 1 && sealed.includes(text), false);
          const { flags: gotFlags, body } = opened(to, sealed);
          assert.equal(gotFlags, flags);
          assert.equal(String(body), text);
        }
      }
    }
  });
}

test("a client whose public key is left out shows the one that follows from its secret key", () => {
  const { server } = curvePair({ server: { authenticates: true } });
  const { secretKey } = KEYS.client;
  const client = new CurveClient(mechanismOptions({ secretKey, serverKey: KEYS.server.publicKey }), wasm);

  server.handle(command(client));
  client.handle(command(server));
  server.handle(command(client));

  assert.deepEqual(server.question?.credentials.map(Buffer.from), [Buffer.from(KEYS.client.publicKey)]);
});

// ---- nonces

test("no nonce comes twice, from the first command to the last message, and each is one more than the one before", () => {
  const { client, server } = curvePair();
  const counters: Record<"client" | "server", bigint[]> = { client: [], server: [] };
  const hello = command(client);
  counters.client.push(hello.readBigUInt64BE(112));
  server.handle(hello);
  client.handle(command(server));
  const initiate = command(client);
  counters.client.push(initiate.readBigUInt64BE(105));
  server.handle(initiate);
  const ready = command(server);
  counters.server.push(ready.readBigUInt64BE(6));
  client.handle(ready);

  for (let i = 0; i < 500; i++) {
    counters.client.push(seal(client, "same text", i % 3 === 0 ? COMMAND : MORE).readBigUInt64BE(8));
    counters.server.push(seal(server, "same text").readBigUInt64BE(8));
  }

  assert.deepEqual(
    counters.client,
    Array.from({ length: 502 }, (_, i) => BigInt(i + 1)),
  );
  assert.deepEqual(
    counters.server,
    Array.from({ length: 501 }, (_, i) => BigInt(i + 1)),
  );
});

test("the same text never looks the same twice", () => {
  const { client } = connected();
  const seen = new Set(Array.from({ length: 200 }, () => seal(client, "same text").toString("hex")));

  assert.equal(seen.size, 200);
});

test("a counter has 64 bits, carries, and ends instead of beginning anew", () => {
  const nonce = new ShortNonce();
  const bytes = Buffer.alloc(8);
  const after = (start: string): string => {
    nonce.set(hex(start), 0);
    nonce.next(bytes, 0);
    return bytes.toString("hex");
  };

  nonce.next(bytes, 0);
  assert.equal(bytes.toString("hex"), "0000000000000001");
  assert.equal(after("00000000fffffffe"), "00000000ffffffff");
  assert.equal(after("00000000ffffffff"), "0000000100000000");
  assert.equal(after("7fffffffffffffff"), "8000000000000000");
  assert.equal(after("fffffffffffffffe"), "ffffffffffffffff");
  for (let i = 0; i < 3; i++)
    assert.equal(
      codeOf(() => nonce.next(bytes, 0)),
      "ERR_ZMTP_INVALID_SEQUENCE",
    );
  assert.equal(bytes.toString("hex"), "ffffffffffffffff", "and nothing is written");
});

test("when the nonces are used up nothing more is sealed", () => {
  const [a, b] = [wasm.keyPair(), wasm.keyPair()];
  const sealed: Buffer[] = [];
  const channel: Channel = {
    seal: (_first, _body, into) => void sealed.push(Buffer.from(into)),
    open: () => 0,
    wipe() {},
  };
  const last = new ShortNonce();
  last.set(hex("fffffffffffffffd"), 0);
  const traffic = new CurveTraffic(channel, last, new ShortNonce());

  seal(traffic, "last but one");
  seal(traffic, "last");

  assert.equal(
    codeOf(() => seal(traffic, "one too many")),
    "ERR_ZMTP_INVALID_SEQUENCE",
  );
  assert.equal(sealed.length, 2);
  assert.notDeepEqual(a, b);
});

test("a message that comes again, or late, is refused", () => {
  const { client, server } = connected();
  const [one, two, three] = ["one", "two", "three"].map((text) => seal(client, text));

  assert.equal(String(opened(server, Buffer.from(one!)).body), "one");
  assert.equal(
    codeOf(() => opened(server, Buffer.from(one!))),
    "ERR_ZMTP_INVALID_SEQUENCE",
  );
  assert.equal(String(opened(server, Buffer.from(three!)).body), "three");
  assert.equal(
    codeOf(() => opened(server, Buffer.from(two!))),
    "ERR_ZMTP_INVALID_SEQUENCE",
  );
});

test("nonces of the handshake count too: a message must come after INITIATE, and after READY", () => {
  const { client, server } = connected();
  for (const [from, to, first] of [
    [client, server, 3n],
    [server, client, 2n],
  ] as const) {
    const message = seal(from, "x");
    assert.equal(message.readBigUInt64BE(8), first);
    for (let number = 0n; number < first; number++) {
      const early = Buffer.from(message);
      early.writeBigUInt64BE(number, 8);
      assert.equal(
        codeOf(() => opened(to, early)),
        "ERR_ZMTP_INVALID_SEQUENCE",
      );
    }
    assert.equal(String(opened(to, message).body), "x");
  }
});

test("a message with a later nonce than it was sealed with does not open", () => {
  const { client, server } = connected();
  const message = seal(client, "x");
  message.writeBigUInt64BE(1000n, 8);

  assert.equal(
    codeOf(() => opened(server, message)),
    "ERR_ZMTP_CRYPTOGRAPHIC",
  );
});

test("a message does not open on the side that sent it, nor in another connection", () => {
  const one = connected();
  const other = connected();
  // Far ahead, so that it is not taken for a replay.
  for (let i = 0; i < 10; i++) seal(one.client, "x");

  for (const stranger of [one.client, other.server, other.client])
    assert.equal(
      codeOf(() => opened(stranger, seal(one.client, "x"))),
      "ERR_ZMTP_CRYPTOGRAPHIC",
    );
});

const MESSAGES: [what: string, change: (sealed: Buffer) => Uint8Array, code: string][] = [
  ["nothing", () => Buffer.alloc(0), "ERR_ZMTP_UNEXPECTED_COMMAND"],
  ["a message in the clear", () => Buffer.from("hello"), "ERR_ZMTP_UNEXPECTED_COMMAND"],
  [
    "another command",
    (b) => Buffer.concat([Buffer.from("\x07MASSAGE"), b.subarray(8)]),
    "ERR_ZMTP_UNEXPECTED_COMMAND",
  ],
  ["a name alone", (b) => b.subarray(0, 8), "ERR_ZMTP_MALFORMED_COMMAND_MESSAGE"],
  ["a box without flags", (b) => b.subarray(0, 32), "ERR_ZMTP_MALFORMED_COMMAND_MESSAGE"],
  ["a shortened box", (b) => b.subarray(0, b.length - 1), "ERR_ZMTP_CRYPTOGRAPHIC"],
  ["a lengthened box", (b) => Buffer.concat([b, Buffer.of(0)]), "ERR_ZMTP_CRYPTOGRAPHIC"],
];
for (const [what, change, code] of MESSAGES) {
  test(`${what} in the traffic is ${code}`, () => {
    const { client, server } = connected();

    assert.equal(
      codeOf(() => opened(server, change(seal(client, "text")))),
      code,
    );
  });
}

// ---- cookies

test("the server remembers no keys of a client: all of them come back with the cookie", () => {
  const made: KeyPair[] = [];
  const sodium = watching(wasm, { keyPair: (pair) => made.push(pair) });
  const { client } = curvePair();
  const { server } = curvePair({ sodium });
  made.length = 0;

  server.handle(command(client));
  client.handle(command(server));

  assert.equal(made.length, 1);
  assert.deepEqual(Buffer.from(made[0]!.secretKey), Buffer.alloc(32), "s' is wiped when WELCOME is made");
  server.handle(command(client));
  client.handle(command(server));
  assert.ok(client.isReady);
});

test("an INITIATE is good for one connection only", () => {
  const jar = new CookieJar();
  const { client, server } = curvePair({ jar });
  const other = curvePair({ jar });
  server.handle(command(client));
  client.handle(command(server));
  const initiate = command(client);
  other.server.handle(command(other.client));
  command(other.server);

  assert.equal(
    codeOf(() => other.server.handle(Buffer.from(initiate))),
    "ERR_ZMTP_CRYPTOGRAPHIC",
  );
  assert.equal(other.server.isReady, false);
  server.handle(Buffer.from(initiate));
  assert.equal(
    codeOf(() => server.handle(initiate)),
    "ERR_ZMTP_UNEXPECTED_COMMAND",
    "nor twice on its own",
  );
});

test("[test_security_curve] a cookie that another server made, or that was changed, is refused", () => {
  const { client, server } = curvePair();
  const stranger = curvePair();
  server.handle(command(client));
  const welcome = command(server);
  client.handle(Buffer.from(welcome));
  const initiate = command(client);
  stranger.server.handle(command(stranger.client));
  command(stranger.server);
  assert.equal(
    codeOf(() => stranger.server.handle(Buffer.from(initiate))),
    "ERR_ZMTP_CRYPTOGRAPHIC",
  );

  for (const at of [9, 16, 17, 24, 25, 60, 104]) {
    const changed = Buffer.from(initiate);
    changed[at]! ^= 1;
    assert.equal(
      codeOf(() => server.handle(changed)),
      "ERR_ZMTP_CRYPTOGRAPHIC",
      `byte ${at}`,
    );
  }
});

for (const [elapsed, isGood] of [
  [0, true],
  [59_000, true],
  [61_000, true],
  [119_000, true],
  [120_000, false],
  [1e9, false],
] as const) {
  test(`a cookie of ${elapsed / 1000} s is ${isGood ? "taken" : "too old"}`, () => {
    let now = 5000;
    const { client, server } = curvePair({ jar: new CookieJar(() => now) });
    server.handle(command(client));
    client.handle(command(server));
    const initiate = command(client);

    now += elapsed;

    const code = codeOf(() => server.handle(initiate));
    assert.equal(code, isGood ? undefined : "ERR_ZMTP_CRYPTOGRAPHIC");
    assert.equal(server.next() !== undefined, isGood);
  });
}

test("a cookie grows old also while others are made every second", () => {
  let now = 0;
  const jar = new CookieJar(() => now);
  const { client, server } = curvePair({ jar });
  server.handle(command(client));
  client.handle(command(server));
  const initiate = command(client);

  for (; now < 130_000; now += 1000) {
    const other = curvePair({ jar });
    other.server.handle(command(other.client));
    other.server.wipe();
  }

  assert.equal(
    codeOf(() => server.handle(initiate)),
    "ERR_ZMTP_CRYPTOGRAPHIC",
  );
});

test("the cookie key is wiped when no cookie is out: by INITIATE, or by the end of the connection", () => {
  const keys: Uint8Array[] = [];
  const sodium = watching(wasm, { random: (bytes) => bytes.length === 32 && keys.push(bytes) });
  const jar = new CookieJar();
  const [one, other] = [curvePair({ jar, sodium }), curvePair({ jar, sodium })];
  for (const { client, server } of [one, other]) {
    server.handle(command(client));
    client.handle(command(server));
  }
  assert.equal(jar.outside, 2);
  assert.equal(keys.length, 1, "one key for both");

  one.server.handle(command(one.client));
  assert.ok(jar.hasKey);
  other.server.wipe();
  other.server.wipe();

  assert.equal(jar.outside, 0);
  assert.equal(jar.hasKey, false);
  assert.deepEqual(Buffer.from(keys[0]!), Buffer.alloc(32));
});

// ---- who may come in

test("a vouch for another server is refused; vouches are compared in constant time", () => {
  const compared: number[] = [];
  const watched = watching(wasm, { isEqual: (a) => compared.push(a.length) });
  const elsewhere = wasm.keyPair();
  // A client that was talked into vouching for itself elsewhere, by somebody who now shows the vouch here.
  const misled = watching(wasm, {
    box: ([plain]) => {
      const isVouch = plain.length === 64 && plain.some((byte) => byte !== 0);
      if (isVouch) plain.set(elsewhere.publicKey, 32);
    },
  });
  const codes = [wasm, misled].map((sodium) => {
    const { client } = curvePair({ sodium });
    const { server } = curvePair({ sodium: watched });
    server.handle(command(client));
    client.handle(command(server));
    return codeOf(() => server.handle(command(client)));
  });

  assert.deepEqual(codes, [undefined, "ERR_ZMTP_KEY_EXCHANGE"]);
  assert.deepEqual(compared, [64, 64], "C' and S, together, by libsodium");
});

test("a client with a public key that is not its own cannot vouch for itself", () => {
  const victim = wasm.keyPair();
  const { client, server } = curvePair({ client: { publicKey: victim.publicKey } });
  server.handle(command(client));
  client.handle(command(server));

  assert.equal(
    codeOf(() => server.handle(command(client))),
    "ERR_ZMTP_CRYPTOGRAPHIC",
  );
  assert.equal(server.isReady, false);
});

test("a client with the wrong server key gets nowhere, and cannot be talked into it", () => {
  const impostor = wasm.keyPair();
  const { client, server } = curvePair({ client: { serverKey: impostor.publicKey } });
  const hello = command(client);
  assert.equal(
    codeOf(() => server.handle(hello)),
    "ERR_ZMTP_CRYPTOGRAPHIC",
  );

  // A server without the key that the client expects can open HELLO no more than answer it.
  const other = curvePair();
  const right = command(other.client);
  const fake = curvePair({ server: { credentials: { secretKey: impostor.secretKey } } });
  assert.equal(
    codeOf(() => fake.server.handle(right)),
    "ERR_ZMTP_CRYPTOGRAPHIC",
  );
  assert.equal(
    codeOf(() => other.client.handle(Buffer.from(`\x07WELCOME${"x".repeat(160)}`))),
    "ERR_ZMTP_CRYPTOGRAPHIC",
  );
});

test("two clients, and two servers, do not come through", () => {
  const [one, other] = [curvePair(), curvePair()];

  assert.equal(
    codeOf(() => one.client.handle(command(other.client))),
    "ERR_ZMTP_UNEXPECTED_COMMAND",
  );
  assert.equal(one.server.next(), undefined);
});

const HELLO = command(curvePair().client);
const WRONG: [what: string, change: (hello: Buffer) => Buffer, code: string][] = [
  ["another command", () => Buffer.from("\x05READY"), "ERR_ZMTP_UNEXPECTED_COMMAND"],
  ["nothing", () => Buffer.alloc(0), "ERR_ZMTP_UNEXPECTED_COMMAND"],
  ["a HELLO that is too short", (b) => b.subarray(0, 199), "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
  ["a HELLO that is too long", (b) => Buffer.concat([b, Buffer.of(0)]), "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
  ["a HELLO of version 1.1", (b) => (b.writeUInt8(1, 7), b), "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
  ["a HELLO of version 2.0", (b) => (b.writeUInt8(2, 6), b), "ERR_ZMTP_MALFORMED_COMMAND_HELLO"],
  ["a HELLO with another key", (b) => b.fill(9, 80, 112), "ERR_ZMTP_CRYPTOGRAPHIC"],
  ["a HELLO with a key that is none", (b) => b.fill(0, 80, 112), "ERR_ZMTP_CRYPTOGRAPHIC"],
  ["a HELLO with another nonce", (b) => b.fill(1, 112, 120), "ERR_ZMTP_CRYPTOGRAPHIC"],
  ["a HELLO with another box", (b) => (b.writeUInt8(b[150]! ^ 1, 150), b), "ERR_ZMTP_CRYPTOGRAPHIC"],
];
for (const [what, change, code] of WRONG) {
  test(`[test_security_curve] a server takes ${what} for ${code}`, () => {
    const { server } = curvePair();

    assert.equal(
      codeOf(() => server.handle(change(Buffer.from(HELLO)))),
      code,
    );
    assert.equal(server.next(), undefined);
  });
}

test("[test_security_curve] a server takes no INITIATE that is malformed", () => {
  const { client, server } = curvePair();
  assert.equal(
    codeOf(() => curvePair().server.handle(Buffer.from("\x08INITIATE"))),
    "ERR_ZMTP_UNEXPECTED_COMMAND",
  );
  server.handle(command(client));
  client.handle(command(server));
  const initiate = command(client);
  const tries: [Buffer, string][] = [
    [Buffer.from(HELLO), "ERR_ZMTP_UNEXPECTED_COMMAND"],
    [initiate.subarray(0, 256), "ERR_ZMTP_MALFORMED_COMMAND_INITIATE"],
    [initiate.subarray(0, 257), "ERR_ZMTP_CRYPTOGRAPHIC"],
  ];
  for (const [body, code] of tries)
    assert.equal(
      codeOf(() => server.handle(Buffer.from(body))),
      code,
    );
  assert.equal(server.isReady, false);
});

test("metadata that is cut short is refused on both sides", () => {
  const cut = watching(wasm, {
    box: (args) => {
      if (args[0].length > 128) args[0] = args[0].subarray(0, args[0].length - 1);
    },
  });
  const one = curvePair();
  const { client } = curvePair({ sodium: cut });
  one.server.handle(command(client));
  client.handle(command(one.server));
  // What was sealed is one byte shorter than its place: the rest of the command must go too.
  const initiate = command(client);
  assert.equal(
    codeOf(() => one.server.handle(initiate.subarray(0, initiate.length - 1))),
    "ERR_ZMTP_INVALID_METADATA",
  );

  const short = watching(wasm, {
    box: (args) => {
      if (args[0].length === 20) args[0] = args[0].subarray(0, 19);
    },
  });
  const other = curvePair();
  const { server } = curvePair({ sodium: short });
  server.handle(command(other.client));
  other.client.handle(command(server));
  server.handle(command(other.client));
  const ready = command(server);
  assert.equal(
    codeOf(() => other.client.handle(ready.subarray(0, ready.length - 1))),
    "ERR_ZMTP_INVALID_METADATA",
  );
});

test("a client takes ERROR for what it is, in both places, and nothing else out of turn", () => {
  const refused = (reason: string): Buffer =>
    Buffer.from(`\x05ERROR${String.fromCharCode(reason.length)}${reason}`);
  const { client } = curvePair();
  assert.equal(
    codeOf(() => client.handle(refused("400"))),
    "ERR_ZMTP_UNEXPECTED_COMMAND",
    "before HELLO",
  );
  command(client);
  assert.throws(() => client.handle(refused("400")), { code: "ERR_AUTHENTICATION", status: 400 });
  assert.throws(() => client.handle(refused("no")), { code: "ERR_ZMTP_UNSPECIFIED", message: /no/ });
  assert.equal(
    codeOf(() => client.handle(Buffer.from("\x05ERROR"))),
    "ERR_ZMTP_MALFORMED_COMMAND_ERROR",
  );
  assert.equal(
    codeOf(() => client.handle(Buffer.from("\x05READY"))),
    "ERR_ZMTP_UNEXPECTED_COMMAND",
  );

  const pair = curvePair();
  pair.server.handle(command(pair.client));
  const welcome = command(pair.server);
  pair.client.handle(Buffer.from(welcome));
  command(pair.client);
  assert.equal(
    codeOf(() => pair.client.handle(welcome)),
    "ERR_ZMTP_UNEXPECTED_COMMAND",
    "WELCOME again",
  );
  assert.equal(
    codeOf(() => pair.client.handle(Buffer.from("\x05READY"))),
    "ERR_ZMTP_MALFORMED_COMMAND_READY",
  );
  assert.equal(
    codeOf(() => pair.client.handle(Buffer.alloc(60, "\x05READY"))),
    "ERR_ZMTP_CRYPTOGRAPHIC",
  );
  assert.throws(() => pair.client.handle(refused("300")), { code: "ERR_AUTHENTICATION", status: 300 });
});

// ---- ZAP

for (const [status, answer] of [
  [200, "\x05READY"],
  [300, undefined],
  [400, "\x05ERROR\x03400"],
  [500, "\x05ERROR\x03500"],
] as const) {
  test(`a server that authenticates waits for the verdict, and ${status} makes it say ${answer?.slice(1) ?? "nothing"}`, () => {
    const { client, server } = curvePair({ server: { authenticates: true } });
    const { question: early } = server;
    assert.equal(early, undefined);
    server.handle(command(client));
    client.handle(command(server));
    server.handle(command(client));

    assert.equal(server.question?.mechanism, "CURVE");
    assert.deepEqual(server.question.credentials.map(Buffer.from), [Buffer.from(KEYS.client.publicKey)]);
    assert.equal(server.next(), undefined);
    assert.equal(server.isReady, false);
    assert.equal(
      codeOf(() => server.handle(Buffer.from(HELLO))),
      "ERR_ZMTP_UNEXPECTED_COMMAND",
    );
    server.judge({ status, text: "", userId: "", metadata: new Map() });

    assert.equal(server.question, undefined);
    const said = server.next();
    assert.equal(
      said === undefined ? undefined : Buffer.from(said).toString("latin1").slice(0, answer?.length),
      answer,
    );
    assert.equal(server.isReady, status === 200);
    assert.equal(server.next(), undefined);
  });
}

test("a verdict that nobody waits for changes nothing", () => {
  const { server } = curvePair();

  server.judge({ status: 200, text: "", userId: "", metadata: new Map() });

  assert.equal(server.next(), undefined);
  assert.equal(server.isReady, false);
});

// ---- the end

test("short-term keys are wiped as soon as the channel has them, and at the end at the latest", () => {
  for (const steps of [0, 1, 2, 3, 4]) {
    const pairs: KeyPair[] = [];
    const opened: Uint8Array[] = [];
    let wiped = 0;
    const sodium = watching(wasm, {
      keyPair: (pair) => pairs.push(pair),
      openSecretBox: (plain) => opened.push(plain),
      channel: (channel) => {
        const wipe = channel.wipe.bind(channel);
        channel.wipe = () => {
          wiped++;
          wipe();
        };
      },
    });
    const { client, server } = curvePair({ sodium });
    for (let step = 0; step < steps; step++) {
      if (step % 2 === 0) server.handle(command(client));
      else client.handle(command(server));
    }

    client.wipe();
    server.wipe();

    for (const { secretKey } of pairs)
      assert.deepEqual(Buffer.from(secretKey), Buffer.alloc(32), `c' or s', ${steps}`);
    for (const plain of opened)
      assert.deepEqual(Buffer.from(plain.subarray(32)), Buffer.alloc(32), "s' of the cookie");
    assert.equal(wiped, steps === 4 ? 2 : 0, "channels");
  }
});

test("long-term keys are left alone: they are the socket's", () => {
  const before = Buffer.from(KEYS.server.secretKey);
  const { client, server } = connected();
  client.wipe();
  server.wipe();

  assert.deepEqual(Buffer.from(KEYS.server.secretKey), before);
  shakeHands(...(Object.values(curvePair()) as [never, never]));
});

test("a server's public key is derived once for a secret key", () => {
  let derived = 0;
  const sodium = watching(wasm, { publicKeyOf: () => derived++ });
  const { secretKey } = wasm.keyPair();
  const serverKey = wasm.publicKeyOf(secretKey);
  for (let i = 0; i < 3; i++) {
    const { client } = curvePair({ client: { serverKey } });
    const server = new CurveServer(
      mechanismOptions({ secretKey }, { asServer: true }),
      sodium,
      new CookieJar(),
    );
    shakeHands(client, server);
    assert.ok(server.isReady);
  }

  assert.equal(derived, 1);
});

interface Watch {
  keyPair?(pair: KeyPair): void;
  random?(bytes: Uint8Array): void;
  openSecretBox?(plain: Uint8Array): void;
  channel?(channel: Channel): void;
  isEqual?(a: Uint8Array): void;
  publicKeyOf?(): void;
  /** Before the call: may change the arguments. */
  box?(args: Parameters<Sodium["box"]>): void;
}

/** The same cryptography, with somebody who looks on. */
function watching(sodium: Sodium, watch: Watch): Sodium {
  return {
    name: sodium.name,
    keyPair() {
      const pair = sodium.keyPair();
      watch.keyPair?.(pair);
      return pair;
    },
    random(length) {
      const bytes = sodium.random(length);
      watch.random?.(bytes);
      return bytes;
    },
    box(...args) {
      watch.box?.(args);
      return sodium.box(...args);
    },
    openBox: (...args) => sodium.openBox(...args),
    secretBox: (...args) => sodium.secretBox(...args),
    openSecretBox(...args) {
      const plain = sodium.openSecretBox(...args);
      if (plain !== undefined) watch.openSecretBox?.(plain);
      return plain;
    },
    isEqual(a, b) {
      watch.isEqual?.(a);
      return sodium.isEqual(a, b);
    },
    publicKeyOf(secretKey) {
      watch.publicKeyOf?.();
      return sodium.publicKeyOf(secretKey);
    },
    wipe: (secret) => sodium.wipe(secret),
    channel(...args) {
      const channel = sodium.channel(...args);
      watch.channel?.(channel);
      return channel;
    },
  };
}
