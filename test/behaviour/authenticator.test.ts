/** Authenticator: who comes in, who stays out, what is told of it, and what happens when it fails. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, renameSync, rmSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import {
  Authenticator,
  type AuthenticatorEvent,
  type Context,
  CURVE_ALLOW_ANY,
  createCertificates,
  curveKeyPair,
  Dealer,
  loadCertificate,
  messageProperties,
  messageProperty,
  Reply,
  z85Decode,
} from "zmq-ts";
import { log, open, receiveTexts, rejects, soon, text, throws, turns } from "../support/sockets.ts";
import { openContext, ZAP_ENDPOINT } from "../support/zap.ts";

const run = promisify(execFile);
const serverKeys = curveKeyPair();

interface Bench {
  context: Context;
  authenticator: Authenticator;
  events: AuthenticatorEvent[];
}

function started(t: TestContext): Bench {
  const context = openContext(t);
  const authenticator = new Authenticator({ context });
  const events: AuthenticatorEvent[] = [];
  for (const type of ["allowed", "denied", "error"] as const)
    authenticator.on(type, (event) => events.push(event));
  authenticator.start();
  t.after(() => authenticator.stop());
  return { context, authenticator, events };
}

const PLAIN = { plainServer: true };
const CURVE = { curveServer: true, curveSecretKey: serverKeys.secretKey };

/** A server of the bench's context. */
async function serve(t: TestContext, { context }: Bench, options: object): Promise<Dealer> {
  const server = open(t, Dealer, { context, ...options });
  log(server);
  await server.bind("tcp://127.0.0.1:*");
  return server;
}

function plain(plainUsername: string, plainPassword: string): object {
  return { plainUsername, plainPassword };
}

function curve({ publicKey, secretKey }: { publicKey: string; secretKey?: string } = curveKeyPair()): object {
  return { curveServerKey: serverKeys.publicKey, curvePublicKey: publicKey, curveSecretKey: secretKey! };
}

/** Connects and says hello. Resolves to who the server takes the client for, or to the status it was refused with. */
async function knock(t: TestContext, server: Dealer, options: object): Promise<string | number> {
  const client = open(t, Dealer, { reconnectInterval: -1, linger: 0, ...options });
  const refused = new Promise<number>((resolve) => {
    client.events.on("handshake:error:auth", ({ error }) => resolve(error.status!));
  });
  const answered = new AbortController();
  client.connect(server.lastEndpoint!);
  const sent = client.send("hello").catch(() => {});
  const received = server.receive({ signal: answered.signal });
  const came = received.then((message) => messageProperty(message, "User-Id") ?? "");
  const answer = await soon(Promise.race([came, refused]));
  answered.abort();
  await received.catch(() => {});
  client.close();
  await sent;
  return answer;
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "zf-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

// ---- NULL and addresses

test("NULL: with a domain everybody comes in as anonymous until somebody is kept out", async (t) => {
  const bench = started(t);
  const server = await serve(t, bench, { zapDomain: "global" });

  assert.equal(await knock(t, server, {}), "anonymous");

  assert.deepEqual(bench.events, [
    {
      type: "allowed",
      mechanism: "NULL",
      domain: "global",
      address: "127.0.0.1",
      userId: "anonymous",
      reason: "OK",
    },
  ]);
});

test("an address that is denied stays out, others come in", async (t) => {
  const bench = started(t);
  const server = await serve(t, bench, { zapDomain: "global" });
  bench.authenticator.deny("10.0.0.1", "10.0.0.2");
  assert.equal(await knock(t, server, {}), "anonymous");

  bench.authenticator.deny("127.0.0.1");

  assert.equal(await knock(t, server, {}), 400);
  assert.deepEqual(
    bench.events.map(({ type, reason }) => [type, reason]),
    [
      ["allowed", "OK"],
      ["denied", "the address is denied"],
    ],
  );
});

test("where some addresses are allowed all others stay out; those still have to pass their mechanism", async (t) => {
  const bench = started(t);
  bench.authenticator.configurePlain({ users: { admin: "secret" } });
  const server = await serve(t, bench, PLAIN);
  bench.authenticator.allow("10.0.0.1");
  assert.equal(await knock(t, server, plain("admin", "secret")), 400);

  bench.authenticator.allow("127.0.0.1");

  assert.equal(await knock(t, server, plain("admin", "secret")), "admin");
  assert.equal(await knock(t, server, plain("admin", "guessed")), 400);
});

test("ipc's address is localhost", async (t) => {
  const bench = started(t);
  bench.authenticator.allow("localhost");
  const server = open(t, Dealer, { context: bench.context, zapDomain: "global" });
  await server.bind("ipc://*");

  assert.equal(await knock(t, server, {}), "anonymous");
});

test("allow and deny exclude each other, and take texts", () => {
  const one = new Authenticator();
  one.allow("127.0.0.1");
  throws(() => one.deny("10.0.0.1"), "EINVAL", /not both/);
  const other = new Authenticator();
  other.deny("127.0.0.1");
  throws(() => other.allow("10.0.0.1"), "EINVAL", /not both/);
  assert.throws(() => other.deny(""), TypeError);
  assert.throws(() => other.deny(5 as never), TypeError);
});

// ---- PLAIN

test("PLAIN: names and passwords of the table come in, others do not, and events say why but no password", async (t) => {
  const bench = started(t);
  bench.authenticator.configurePlain({ domain: "global", users: { admin: "secret", empty: "" } });
  const server = await serve(t, bench, { ...PLAIN, zapDomain: "global" });

  assert.equal(await knock(t, server, plain("admin", "secret")), "admin");
  assert.equal(await knock(t, server, plain("admin", "guessed")), 400);
  assert.equal(await knock(t, server, plain("admin", "secret2")), 400);
  assert.equal(await knock(t, server, plain("admin", "")), 400);
  assert.equal(await knock(t, server, plain("nobody", "secret")), 400);
  assert.equal(await knock(t, server, plain("__proto__", "secret")), 400);
  assert.equal(await knock(t, server, { plainUsername: "empty" }), "empty");

  assert.deepEqual(
    bench.events.map(({ type, userId, reason }) => [type, userId, reason]),
    [
      ["allowed", "admin", "OK"],
      ["denied", "admin", "the password is wrong"],
      ["denied", "admin", "the password is wrong"],
      ["denied", "admin", "the password is wrong"],
      ["denied", "nobody", "there is no such user"],
      ["denied", "__proto__", "there is no such user"],
      ["allowed", "empty", "OK"],
    ],
  );
  assert.ok(!JSON.stringify(bench.events).includes("guessed"));
});

test("PLAIN and CURVE let nobody in before they are configured", async (t) => {
  const bench = started(t);
  const plainServer = await serve(t, bench, PLAIN);
  const curveServer = await serve(t, bench, CURVE);

  assert.equal(await knock(t, plainServer, plain("admin", "secret")), 400);
  assert.equal(await knock(t, curveServer, curve()), 400);
  assert.match(bench.events[0]!.reason, /PLAIN is not configured/);
});

test('a domain has its own users; "*" is for the domains without', async (t) => {
  const bench = started(t);
  const { authenticator } = bench;
  authenticator.configurePlain({ users: { any: "1" } });
  authenticator.configurePlain({ domain: "own", users: { one: "2" } });
  const own = await serve(t, bench, { ...PLAIN, zapDomain: "own" });
  const other = await serve(t, bench, { ...PLAIN, zapDomain: "other" });
  const none = await serve(t, bench, PLAIN);

  assert.equal(await knock(t, own, plain("one", "2")), "one");
  assert.equal(await knock(t, own, plain("any", "1")), 400);
  for (const server of [other, none]) {
    assert.equal(await knock(t, server, plain("any", "1")), "any");
    assert.equal(await knock(t, server, plain("one", "2")), 400);
  }
  authenticator.configurePlain({ domain: "own", users: { two: "3" } });
  assert.equal(await knock(t, own, plain("one", "2")), 400, "a new table replaces the old one");
  assert.equal(await knock(t, own, plain("two", "3")), "two");
});

test("passwords kept elsewhere: a callback says no, yes, or who it is, at once or later", async (t) => {
  const bench = started(t);
  const asked: unknown[] = [];
  bench.authenticator.configurePlain({
    verify: async (username, password, asker) => {
      asked.push([username, password, asker]);
      await turns(2);
      if (username === "joe") return { userId: "Joe", metadata: { "X-role": "admin" } };
      return username === "ann";
    },
  });
  const server = await serve(t, bench, { ...PLAIN, zapDomain: "d", routingId: "server" });

  assert.equal(await knock(t, server, plain("ann", "1")), "ann");
  assert.equal(await knock(t, server, plain("bob", "2")), 400);
  const client = open(t, Dealer, plain("joe", "3"));
  client.connect(server.lastEndpoint!);
  await client.send("hello");
  const received = await soon(server.receive());

  assert.equal(messageProperty(received, "User-Id"), "Joe");
  assert.equal(messageProperty(received, "X-role"), "admin");
  const asker = { domain: "d", address: "127.0.0.1", routingId: "server" };
  assert.deepEqual(asked, [
    ["ann", "1", asker],
    ["bob", "2", asker],
    ["joe", "3", asker],
  ]);
});

test("only a clear yes of a callback is one", async (t) => {
  const bench = started(t);
  let answer: unknown;
  bench.authenticator.configurePlain({ verify: () => answer as boolean });
  const server = await serve(t, bench, PLAIN);

  for (answer of [undefined, null, 1, "true", 0, ""]) {
    assert.equal(await knock(t, server, plain("a", "b")), 400, String(answer));
  }
});

test("a callback that fails keeps the peer out with 500, and is told of", async (t) => {
  const bench = started(t);
  const failures = [
    () => {
      throw new Error("no database");
    },
    () => Promise.reject(new Error("no database")),
    () => ({ metadata: { ["x".repeat(300)]: "y" } }),
    () => ({ metadata: { "X-number": 5 as unknown as string } }),
  ];
  const server = await serve(t, bench, PLAIN);

  for (const verify of failures) {
    bench.authenticator.configurePlain({ verify });
    assert.equal(await knock(t, server, plain("a", "b")), 500);
  }

  assert.deepEqual(
    bench.events.map(({ type }) => type),
    ["error", "error", "error", "error"],
  );
  assert.match(bench.events[0]!.reason, /no database/);
  assert.ok(bench.events[0]!.error instanceof Error);
});

test("a callback that takes long keeps nobody waiting but its own peer", async (t) => {
  const bench = started(t);
  let decide: ((yes: boolean) => void) | undefined;
  bench.authenticator.configurePlain({
    verify: (username) =>
      username === "quick" ||
      new Promise((resolve) => {
        decide = resolve;
      }),
  });
  const server = await serve(t, bench, PLAIN);
  const slow = open(t, Dealer, plain("slow", ""));
  slow.connect(server.lastEndpoint!);
  await slow.send("slow");
  while (decide === undefined) await turns();

  assert.equal(await knock(t, server, plain("quick", "")), "quick");
  decide(true);

  assert.deepEqual(await receiveTexts(server, 1), ["slow"]);
});

// ---- CURVE

test("CURVE: keys of the list come in by their name, as text or bytes; others do not", async (t) => {
  const bench = started(t);
  const [asText, asBytes] = [curveKeyPair(), curveKeyPair()];
  await bench.authenticator.configureCurve({ keys: [asText.publicKey, z85Decode(asBytes.publicKey)] });
  const server = await serve(t, bench, CURVE);

  assert.equal(await knock(t, server, curve(asText)), asText.publicKey);
  assert.equal(await knock(t, server, curve(asBytes)), asBytes.publicKey);
  assert.equal(await knock(t, server, curve()), 400);

  assert.deepEqual(
    bench.events.map(({ type, mechanism, reason }) => [type, mechanism, reason]),
    [
      ["allowed", "CURVE", "OK"],
      ["allowed", "CURVE", "OK"],
      ["denied", "CURVE", "the key is not known"],
    ],
  );
});

test("CURVE_ALLOW_ANY lets everybody in who has a key, of one domain or all", async (t) => {
  const bench = started(t);
  await bench.authenticator.configureCurve({ domain: "open", folder: CURVE_ALLOW_ANY });
  const server = await serve(t, bench, { ...CURVE, zapDomain: "open" });
  const closed = await serve(t, bench, { ...CURVE, zapDomain: "closed" });
  const keys = curveKeyPair();

  assert.equal(await knock(t, server, curve(keys)), keys.publicKey);
  assert.equal(await knock(t, closed, curve(keys)), 400);
  await bench.authenticator.configureCurve({ keys: CURVE_ALLOW_ANY });
  assert.equal(await knock(t, closed, curve(keys)), keys.publicKey);
});

test("keys kept elsewhere: a callback gets the key as text and says who it is", async (t) => {
  const bench = started(t);
  const keys = curveKeyPair();
  await bench.authenticator.configureCurve({
    verify: async (publicKey) => publicKey === keys.publicKey && { userId: "joe" },
  });
  const server = await serve(t, bench, CURVE);

  assert.equal(await knock(t, server, curve(keys)), "joe");
  assert.equal(await knock(t, server, curve()), 400);
});

test("a folder's certificates let their owners in, with their metadata; what changes in it counts at once", async (t) => {
  const bench = started(t);
  const path = folder(t);
  const { publicFile, secretFile } = await createCertificates(path, "joe", { metadata: { "X-name": "Joe" } });
  await bench.authenticator.configureCurve({ folder: path });
  const server = await serve(t, bench, CURVE);
  const joe = await loadCertificate(secretFile);
  const ann = curveKeyPair();

  const client = open(t, Dealer, curve(joe as { publicKey: string; secretKey: string }));
  client.connect(server.lastEndpoint!);
  await client.send("hello");
  const received = await soon(server.receive());
  assert.deepEqual(text(received), ["hello"]);
  assert.equal(messageProperties(received)["User-Id"], joe.publicKey);
  assert.equal(messageProperties(received)["X-name"], "Joe");

  assert.equal(await knock(t, server, curve(ann)), 400);
  await createCertificates(path, "ann", { keys: ann });
  assert.equal(await knock(t, server, curve(ann)), ann.publicKey, "put in");
  renameSync(publicFile, join(path, "joe.gone"));
  assert.equal(await knock(t, server, curve(joe)), 400, "taken out");
  renameSync(join(path, "joe.gone"), publicFile);
  assert.equal(await knock(t, server, curve(joe)), joe.publicKey, "put back");
});

test("a certificate exchanged for another of the same size and times is not believed any longer", async (t) => {
  const bench = started(t);
  const path = folder(t);
  const [before, after] = [curveKeyPair(), curveKeyPair()];
  const file = join(path, "x.key");
  const write = (publicKey: string) => {
    writeFileSync(file, `metadata\ncurve\n    public-key = "${publicKey}"\n`);
    utimesSync(file, 1_000_000_000, 1_000_000_000);
  };
  write(before.publicKey);
  await bench.authenticator.configureCurve({ folder: path });
  const server = await serve(t, bench, CURVE);
  assert.equal(await knock(t, server, curve(before)), before.publicKey);

  write(after.publicKey);

  assert.equal(await knock(t, server, curve(before)), 400);
  assert.equal(await knock(t, server, curve(after)), after.publicKey);
});

test("a file that is no certificate keeps only its owner out, and is told of once", async (t) => {
  const bench = started(t);
  const path = folder(t);
  writeFileSync(join(path, "broken.key"), "nonsense nonsense\n");
  writeFileSync(join(path, "README"), "not looked at");
  const good = curveKeyPair();
  await createCertificates(path, "good", { keys: good });

  await bench.authenticator.configureCurve({ domain: "d", folder: path });
  const server = await serve(t, bench, { ...CURVE, zapDomain: "d" });
  assert.equal(await knock(t, server, curve(good)), good.publicKey);
  assert.equal(await knock(t, server, curve(good)), good.publicKey);

  const faults = bench.events.filter(({ type }) => type === "error");
  assert.equal(faults.length, 1);
  assert.match(faults[0]!.reason, /broken\.key/);
  assert.equal(faults[0]!.domain, "d");
});

test("a folder that goes away keeps everybody out with 500 until it is back", async (t) => {
  const bench = started(t);
  const path = folder(t);
  const keys = curveKeyPair();
  await createCertificates(path, "joe", { keys });
  await bench.authenticator.configureCurve({ folder: path });
  const server = await serve(t, bench, CURVE);
  const away = `${path}-away`;
  t.after(() => rmSync(away, { recursive: true, force: true }));

  renameSync(path, away);
  assert.equal(await knock(t, server, curve(keys)), 500);
  renameSync(away, path);

  assert.equal(await knock(t, server, curve(keys)), keys.publicKey);
});

test("questions at the same time all see the folder as it is", async (t) => {
  const bench = started(t);
  const path = folder(t);
  const keys = Array.from({ length: 6 }, () => curveKeyPair());
  for (const [i, pair] of keys.entries()) await createCertificates(path, String(i), { keys: pair });
  await bench.authenticator.configureCurve({ folder: path });
  const server = await serve(t, bench, CURVE);
  unlinkSync(join(path, "0.key"));

  const clients = keys.map((pair) => open(t, Dealer, curve(pair)));
  for (const [i, client] of clients.entries()) {
    log(client);
    client.connect(server.lastEndpoint!);
    await client.send(String(i));
  }

  assert.deepEqual((await receiveTexts(server, 5)).sort(), ["1", "2", "3", "4", "5"]);
  assert.equal((await log(clients[0]!).next("handshake:error:auth")).error.status, 400);
});

test("what cannot be configured is told at once", async (t) => {
  const authenticator = new Authenticator({ context: openContext(t) });
  const { publicKey } = curveKeyPair();

  await rejects(authenticator.configureCurve({ folder: "/no/such/folder" }), "ENOENT", /no\/such\/folder/);
  throws(() => authenticator.configureCurve({ keys: [publicKey.slice(1)] }), "EINVAL", /39 characters/);
  throws(() => authenticator.configureCurve({ keys: [`~${publicKey.slice(1)}`] }), "EINVAL", /position 1/);
  throws(() => authenticator.configureCurve({ keys: [new Uint8Array(31)] }), "EINVAL", /31 bytes/);
  throws(() => authenticator.configureCurve({ keys: "x" as never }), "EINVAL", /1 characters/);
  for (const wrong of [{}, { keys: [], folder: "." }, { folder: ".", verify: () => true }]) {
    assert.throws(() => authenticator.configureCurve(wrong), TypeError);
  }
  for (const wrong of [{}, { users: {}, verify: () => true }, { users: { a: 5 as never } }]) {
    assert.throws(() => authenticator.configurePlain(wrong), TypeError);
  }
});

// ---- its life

test("a context has one authenticator, and the next may start when that has stopped", async (t) => {
  const { context, authenticator } = started(t);
  const other = new Authenticator({ context });

  throws(() => other.start(), "EADDRINUSE", /already/);
  assert.equal(other.isRunning, false);
  authenticator.start();
  assert.equal(authenticator.isRunning, true, "twice is once");
  authenticator.stop();
  authenticator.stop();
  assert.equal(authenticator.isRunning, false);
  other.start();
  t.after(() => other.stop());
  other.configurePlain({ users: { admin: "secret" } });
  const server = await serve(t, { context, authenticator: other, events: [] }, PLAIN);

  assert.equal(await knock(t, server, plain("admin", "secret")), "admin");
});

test("it starts again after it was stopped, as it was configured", async (t) => {
  const bench = started(t);
  bench.authenticator.configurePlain({ users: { admin: "secret" } });
  bench.authenticator.stop();
  bench.authenticator.start();
  const server = await serve(t, bench, PLAIN);

  assert.equal(await knock(t, server, plain("admin", "secret")), "admin");
});

test("a decision that comes after stop() is none", async (t) => {
  const bench = started(t);
  let decide: ((yes: boolean) => void) | undefined;
  bench.authenticator.configurePlain({
    verify: () =>
      new Promise((resolve) => {
        decide = resolve;
      }),
  });
  const server = await serve(t, bench, { ...PLAIN, handshakeInterval: 50 });
  const client = open(t, Dealer, { ...plain("a", "b"), reconnectInterval: -1 });
  client.connect(server.lastEndpoint!);
  await client.send("sneaky");
  while (decide === undefined) await turns();

  bench.authenticator.stop();
  decide(true);
  await log(server).next("handshake:error:other");

  assert.equal(server.tryReceive(), undefined);
  assert.deepEqual(bench.events, []);
});

test("a context that ends takes its authenticator along", async (t) => {
  const { context, authenticator } = started(t);

  await soon(context.terminate());

  assert.equal(authenticator.isRunning, false);
});

test("`using` stops it", (t) => {
  const context = openContext(t);
  {
    using authenticator = new Authenticator({ context });
    authenticator.start();
  }
  const socket = open(t, Reply, { context });
  socket.bindSync(ZAP_ENDPOINT);
});

test("it does not hold the process", async () => {
  const program = `
    import { Authenticator } from "zmq-ts";
    const authenticator = new Authenticator();
    authenticator.start();
    console.log(authenticator.isRunning);
  `;

  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program], { timeout: 10_000 });

  assert.equal(stdout, "true\n");
});

test("listeners can be taken off", async (t) => {
  const bench = started(t);
  const server = await serve(t, bench, { zapDomain: "d" });
  const heard: string[] = [];
  const listener = () => heard.push("x");
  bench.authenticator.on("allowed", listener).off("allowed", listener).off("denied", listener);

  assert.equal(await knock(t, server, {}), "anonymous");

  assert.deepEqual(heard, []);
  assert.equal(bench.events.length, 1);
});

test("what a listener throws is uncaught, and does not stop it", async () => {
  const program = `
    import { Authenticator, Dealer } from "zmq-ts";
    const authenticator = new Authenticator();
    authenticator.on("allowed", () => { throw new Error("of the listener"); });
    authenticator.start();
    process.on("uncaughtException", (error) => console.log(error.message));
    const server = new Dealer({ zapDomain: "d" });
    await server.bind("tcp://127.0.0.1:*");
    for (let i = 0; i < 2; i++) {
      const client = new Dealer();
      client.connect(server.lastEndpoint);
      await client.send("hello");
      console.log(String(await server.receive()));
      client.close();
    }
    server.close();
  `;

  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program], { timeout: 10_000 });

  assert.deepEqual(stdout.trim().split("\n").sort(), [
    "hello",
    "hello",
    "of the listener",
    "of the listener",
  ]);
});

test("requests that are none, from whoever may send over inproc, are refused or passed over", async (t) => {
  const bench = started(t);
  bench.authenticator.configurePlain({ users: { a: "b" } });
  await bench.authenticator.configureCurve({ keys: CURVE_ALLOW_ANY });
  const asker = open(t, Dealer, { context: bench.context });
  asker.connect(ZAP_ENDPOINT);
  const rest = ["domain", "127.0.0.1", ""];

  await asker.send(["no delimiter"]);
  await asker.send(["", "1.0"]);
  const refused: [string[] | (string | Buffer)[], RegExp][] = [
    [["2.0", "id", ...rest, "NULL"], /version/],
    [["1.0", "id", "domain"], /3 frames/],
    [["1.0", "id", ...rest, "GSSAPI", "principal"], /GSSAPI/],
    [["1.0", "id", ...rest, "NULL", "extra"], /NULL comes with 0/],
    [["1.0", "id", ...rest, "PLAIN", "a"], /PLAIN comes with 2/],
    [["1.0", "id", ...rest, "CURVE", "short"], /32 bytes/],
  ];
  for (const [frames, reason] of refused) {
    await asker.send(["", ...frames]);
    const [delimiter, version, id, status, why, user, metadata] = text(await soon(asker.receive()));
    assert.deepEqual([delimiter, version, id, status, user, metadata], ["", "1.0", "id", "400", "", ""]);
    assert.match(why!, reason);
  }
  await asker.send(["", "1.0", "id", ...rest, "PLAIN", "a", "b"]);
  assert.equal(text(await soon(asker.receive()))[3], "200");
});
