/** libsodium is loaded when CURVE is first used, and handshakes wait for it. Nothing else in this file may load it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { curveKeyPair, Pair, Push, prepareCurve } from "zmq-ts";
import { loadedSodium } from "#src/security/load-sodium.js";
import { greeting, RawServer } from "../support/raw-peer.ts";
import { IO_THREADS, open, text } from "../support/sockets.ts";

test("sockets in the clear, and keys, do without it", async (t) => {
  const { publicKey, secretKey } = curveKeyPair();
  const [one, two] = [open(t, Pair), open(t, Pair)];
  await one.bind("tcp://127.0.0.1:*");
  two.connect(one.lastEndpoint!);
  await two.send("hello");
  assert.deepEqual(text(await one.receive()), ["hello"]);

  assert.equal(publicKey.length + secretKey.length, 80);
  assert.equal(loadedSodium(), undefined);
});

test("what a peer sends before it is there waits, and the connection lives or ends as any other", async (t) => {
  const server = await RawServer.listen(t);
  const keys = curveKeyPair();
  const options = { curveServerKey: curveKeyPair().publicKey, curveSecretKey: keys.secretKey };
  const client = open(t, Push, options);
  const closed = open(t, Push, options);
  for (const socket of [client, closed]) socket.connect(server.endpoint);
  const [peer] = [await server.accept(), await server.accept()];

  peer!.write(greeting("CURVE"));
  closed.close();
  const theirs = await peer!.read(64);

  assert.equal(theirs.toString("latin1", 12, 17), "CURVE");
  const { flags, body } = await peer!.readFrame();
  assert.equal(flags, 4);
  assert.equal(body.toString("latin1", 0, 6), "\x05HELLO");
});

test("both sides made before it is there find together, and later ones do not wait", async (t) => {
  const keys = curveKeyPair();
  for (let i = 0; i < 2; i++) {
    const server = open(t, Pair, { curveServer: true, curveSecretKey: keys.secretKey });
    await server.bind("tcp://127.0.0.1:*");
    const client = open(t, Pair, {
      curveServerKey: keys.publicKey,
      curveSecretKey: curveKeyPair().secretKey,
    });
    client.connect(server.lastEndpoint!);
    await client.send("secret");

    assert.deepEqual(text(await server.receive()), ["secret"]);
    // With I/O in the background it is loaded there.
    if (IO_THREADS === 0) assert.ok(loadedSodium() !== undefined);
  }
});

test("prepareCurve says who does the work, and refuses what it does not know", async () => {
  assert.equal(await prepareCurve({ backend: "libsodium" }), "libsodium");
  assert.equal(await prepareCurve({ backend: "sodium-native" }), "sodium-native");
  await assert.rejects(prepareCurve({ backend: "openssl" as "any" }), { code: "EINVAL", message: /openssl/ });
});

test("a program that only imports the library, or sets a key and ends, ends", () => {
  const program = `
    import { curveKeyPair, Push } from "zmq-ts";
    const keys = curveKeyPair();
    const push = new Push({ curveServerKey: keys.publicKey, curveSecretKey: keys.secretKey, linger: 0 });
    push.connect("tcp://127.0.0.1:1");
    console.log("done");`;

  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
    encoding: "utf8",
    timeout: 10_000,
  });

  assert.equal(output, "done\n");
});
