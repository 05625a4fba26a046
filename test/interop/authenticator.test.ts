/** Our Authenticator and certificates beside pyzmq's zmq.auth: each reads the other's folders unchanged. */
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  Authenticator,
  createCertificates,
  curvePublicKey,
  loadCertificate,
  messageProperty,
  Reply,
  Request,
} from "zmq-ts";
import { PythonPeer } from "../support/python.ts";
import { open, soon } from "../support/sockets.ts";
import { openContext } from "../support/zap.ts";

const run = promisify(execFile);
const PYTHON = "/usr/bin/python3";
const SCRIPT = fileURLToPath(new URL("../../../test/support/interop-auth.py", import.meta.url));
const probe = await PythonPeer.start();
const options = { skip: probe.missing ?? false, timeout: 20_000 };

async function pyzmq(...commands: string[]): Promise<unknown> {
  const { stdout } = await run(PYTHON, [SCRIPT, ...commands], { timeout: 15_000 });
  return JSON.parse(stdout);
}

/** A server in a process of its own; resolves to its endpoint. */
async function pyzmqServer(t: TestContext, ...commands: string[]): Promise<string> {
  const child: ChildProcess = spawn(PYTHON, [SCRIPT, "serve", ...commands], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  t.after(async () => {
    child.stdin!.end();
    await gone;
  });
  const [line] = await new Promise<[string]>((resolve) =>
    createInterface({ input: child.stdout! }).once("line", (text: string) => resolve([text])),
  );
  return JSON.parse(line) as string;
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "zi-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Answers each request with the User-Id of its sender, as the one of pyzmq does. */
async function ownServer(t: TestContext, publicFolder: string, secretFile: string): Promise<string> {
  const context = openContext(t);
  const authenticator = new Authenticator({ context });
  authenticator.start();
  t.after(() => authenticator.stop());
  await authenticator.configureCurve({ folder: publicFolder });
  const { secretKey } = await loadCertificate(secretFile);
  const server = open(t, Reply, { context, curveServer: true, curveSecretKey: secretKey! });
  await server.bind("tcp://127.0.0.1:*");
  const serving = (async () => {
    for await (const request of server) await server.send(messageProperty(request, "User-Id")!);
  })();
  t.after(() => serving.catch(() => {}));
  return server.lastEndpoint!;
}

async function ownAsk(
  t: TestContext,
  endpoint: string,
  secretFile: string,
  serverFile: string,
): Promise<string> {
  const own = await loadCertificate(secretFile);
  const server = await loadCertificate(serverFile);
  const client = open(t, Request, {
    curvePublicKey: own.publicKey,
    curveSecretKey: own.secretKey!,
    curveServerKey: server.publicKey,
  });
  const refused = new Promise<string>((resolve) => {
    client.events.on("handshake:error:auth", ({ error }) => resolve(`refused with ${error.status}`));
  });
  client.connect(endpoint);
  await client.send("who am I?");
  const answer = await soon(Promise.race([client.receiveString().catch(() => ""), refused]));
  client.close();
  return answer;
}

test("certificates of pyzmq are read by us, unchanged", options, async (t) => {
  const path = folder(t);
  const [publicFile, secretFile] = (await pyzmq("create", path, "joe")) as [string, string];

  const open = await loadCertificate(publicFile);
  const secret = await loadCertificate(secretFile);

  assert.deepEqual(await pyzmq("load", secretFile), [secret.publicKey, secret.secretKey]);
  assert.equal(open.publicKey, secret.publicKey);
  assert.equal(open.secretKey, undefined);
  assert.equal(curvePublicKey(secret.secretKey!), secret.publicKey);
  assert.deepEqual({ ...secret.metadata }, { name: "pyzmq's own" });
});

test("our certificates are read by pyzmq, unchanged", options, async (t) => {
  const path = folder(t);
  const { publicFile, secretFile } = await createCertificates(path, "joe", { metadata: { name: "Joe # 1" } });
  const { publicKey, secretKey } = await loadCertificate(secretFile);

  assert.deepEqual(await pyzmq("load", publicFile), [publicKey, null]);
  assert.deepEqual(await pyzmq("load", secretFile), [publicKey, secretKey]);
  assert.deepEqual(await pyzmq("folder", path), [publicKey]);
});

test(
  "the folder of pyzmq's ironhouse serves ours as it is: its client is known, a stranger is not",
  options,
  async (t) => {
    const path = folder(t);
    for (const name of ["server", "client", "stranger"]) await pyzmq("create", path, name);
    renameSync(join(path, "stranger.key"), join(path, "stranger.away"));
    const endpoint = await ownServer(t, path, join(path, "server.key_secret"));
    const serverFile = join(path, "server.key");
    const { publicKey } = await loadCertificate(join(path, "client.key"));

    assert.equal(await pyzmq("ask", endpoint, join(path, "client.key_secret"), serverFile), publicKey);
    assert.equal(await pyzmq("ask", endpoint, join(path, "stranger.key_secret"), serverFile), "refused");
  },
);

test(
  "pyzmq's ThreadAuthenticator serves from our folder: our client is known, a stranger is not",
  options,
  async (t) => {
    const path = folder(t);
    for (const name of ["server", "client", "stranger"]) await createCertificates(path, name);
    renameSync(join(path, "stranger.key"), join(path, "stranger.away"));
    const endpoint = await pyzmqServer(t, path, join(path, "server.key_secret"));
    const serverFile = join(path, "server.key");
    const { publicKey } = await loadCertificate(join(path, "client.key"));

    assert.equal(await ownAsk(t, endpoint, join(path, "client.key_secret"), serverFile), publicKey);
    assert.equal(
      await ownAsk(t, endpoint, join(path, "stranger.key_secret"), serverFile),
      "refused with 400",
    );
  },
);
