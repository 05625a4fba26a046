/** The server and the client of docs/security.md run as they stand, each in a process of its own. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { createCertificates, loadCertificate } from "zmq-ts";
import { endpointToCome } from "../support/sockets.ts";

// Inside the package, so that it finds itself by its name.
mkdirSync("build", { recursive: true });
const folder = mkdtempSync("build/security-");
after(() => rmSync(folder, { recursive: true, force: true }));

const text = readFileSync("docs/security.md", "utf8");
const programs = new Map(
  [...text.matchAll(/```js\n(\/\/ (\w+\.mjs)\n[^`]+)```/g)].map(([, program, name]) => [name!, program!]),
);

test("the documented server answers the documented client, and knows who it is", {
  timeout: 20_000,
}, async (t) => {
  assert.deepEqual([...programs.keys()], ["server.mjs", "client.mjs"]);
  const port = (await endpointToCome(t, "tcp")).split(":").at(-1)!;
  for (const [name, program] of programs)
    writeFileSync(`${folder}/${name}`, program.replace(":9000", `:${port}`));
  mkdirSync(`${folder}/clients`);
  await createCertificates(folder, "server");
  await createCertificates(folder, "client");
  const { publicKey, secretKey } = await loadCertificate(`${folder}/client.key_secret`);
  await createCertificates(`${folder}/clients`, "client", { keys: { publicKey, secretKey: secretKey! } });

  // The client connects again until the server is there.
  const server = spawn(process.execPath, ["server.mjs"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => server.kill());
  const heard = new Promise<string>((resolve) =>
    createInterface({ input: server.stdout }).once("line", resolve),
  );
  const client = spawn(process.execPath, ["client.mjs"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => client.kill());
  const answered = new Promise<string>((resolve) =>
    createInterface({ input: client.stdout }).once("line", resolve),
  );

  assert.equal(await answered, "World");
  assert.equal(await heard, `Hello from ${publicKey}`);
});
