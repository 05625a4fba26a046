// PLAIN, CURVE, an authenticator, certificates, and wss: see harness.mjs.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import * as zmq from "zmq-ts";
import { check, join, report, TRANSPORTS, toText } from "./harness.mjs";
import { CERTIFICATE, KEY, TRUST } from "./tls.mjs";

const STREAM_TRANSPORTS = TRANSPORTS.filter((transport) => transport !== "inproc");

await check("PLAIN with an authenticator", async ({ make, makeSender, after }) => {
  const context = new zmq.Context();
  const authenticator = new zmq.Authenticator({ context });
  after(() => authenticator.stop());
  authenticator.start();
  authenticator.configurePlain({ users: { admin: "secret" } });
  const pull = make(zmq.Pull, { context, plainServer: true });
  const push = makeSender(zmq.Push, { context, plainUsername: "admin", plainPassword: "secret" });
  await join(pull, push, "tcp");
  await push.send("in");
  const message = await pull.receive();
  assert.equal(zmq.messageProperty(message, "User-Id"), "admin");
});

for (const transport of STREAM_TRANSPORTS) {
  await check(`CURVE over ${transport}: who is known comes in`, async ({ make, makeSender, after }) => {
    const [server, friend, stranger] = [zmq.curveKeyPair(), zmq.curveKeyPair(), zmq.curveKeyPair()];
    const context = new zmq.Context();
    const authenticator = new zmq.Authenticator({ context });
    after(() => authenticator.stop());
    authenticator.start();
    await authenticator.configureCurve({ keys: [friend.publicKey] });
    const pull = make(zmq.Pull, { context, curveServer: true, curveSecretKey: server.secretKey });
    const client = ({ publicKey, secretKey }) =>
      makeSender(zmq.Push, {
        context,
        curveServerKey: server.publicKey,
        curvePublicKey: publicKey,
        curveSecretKey: secretKey,
      });
    const [out, known] = [client(stranger), client(friend)];
    const refused = new Promise((resolve) => out.events.on("handshake:error:auth", resolve));
    await join(pull, out, transport);
    assert.equal((await refused).error.status, 400);
    known.connect(pull.lastEndpoint);
    const body = Buffer.alloc(300_000, "z");
    await known.send(["sealed", body]);
    const message = await pull.receive();
    assert.equal(String(message[0]), "sealed");
    assert.ok(body.equals(message[1]));
    assert.equal(zmq.messageProperty(message, "User-Id"), friend.publicKey);
  });
}

await check("CURVE in background threads", async ({ make, makeSender }) => {
  const context = new zmq.Context({ ioThreads: 1 });
  const [server, client] = [zmq.curveKeyPair(), zmq.curveKeyPair()];
  const pull = make(zmq.Pull, { context, curveServer: true, curveSecretKey: server.secretKey });
  const push = makeSender(zmq.Push, {
    context,
    curveServerKey: server.publicKey,
    curvePublicKey: client.publicKey,
    curveSecretKey: client.secretKey,
  });
  await join(pull, push, "tcp");
  await push.send("sealed elsewhere");
  assert.equal(toText(await pull.receive()), "sealed elsewhere");
});

await check("wss with a certificate that is trusted", async ({ make }) => {
  const reply = make(zmq.Reply, { wssKeyPem: KEY, wssCertPem: CERTIFICATE });
  const request = make(zmq.Request, { wssTrustPem: TRUST, wssHostname: "server.zmq.test" });
  await reply.bind("wss://127.0.0.1:*");
  request.connect(reply.lastEndpoint);
  await request.send("over TLS");
  assert.equal(toText(await reply.receive()), "over TLS");
  await reply.send("so it is");
  assert.equal(toText(await request.receive()), "so it is");
});

for (const [why, trust] of Object.entries({
  "nobody is trusted": {},
  "others are trusted": { wssTrustSystem: true },
  "the name is another's": { wssTrustPem: TRUST, wssHostname: "other.zmq.test" },
})) {
  await check(`wss does not connect where ${why}`, async ({ make, makeSender }) => {
    const pull = make(zmq.Pull, { wssKeyPem: KEY, wssCertPem: CERTIFICATE });
    await pull.bind("wss://127.0.0.1:*");
    const push = makeSender(zmq.Push, trust);
    const met = new Promise((resolve) => {
      push.events.on("handshake", () => resolve("handshake"));
      push.events.on("connect:retry", () => resolve("retry"));
    });
    push.connect(pull.lastEndpoint);
    assert.equal(await met, "retry");
  });
}

await check("certificates as files", async () => {
  const folder = mkdtempSync(joinPath(tmpdir(), "smoke-"));
  const { secretFile } = await zmq.createCertificates(folder, "one");
  const { publicKey } = await zmq.loadCertificate(secretFile);
  assert.equal(publicKey.length, 40);
  rmSync(folder, { recursive: true });
  assert.ok(!existsSync(folder));
});

report();
