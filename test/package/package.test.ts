/** The packed tarball, installed in an empty folder: holds what users need, compiles and runs. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { packageVersion } from "zmq-ts";

const folder = mkdtempSync(join(tmpdir(), "zmq-package-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const PROGRAM = `
import { type Message, Pull, Push, ZmqError } from "zmq-ts";

const pull: Pull = new Pull({ receiveTimeout: 5000 });
const push = new Push({ linger: 0 });
await pull.bind("tcp://127.0.0.1:*");
push.connect(pull.lastEndpoint!);
await push.send(["typed", Buffer.from("message")]);
const parts: Message[] = await pull.receive();
try {
  push.connect("nowhere");
} catch (error) {
  if (error instanceof ZmqError) console.log(error.code, parts.map(String).join(" "));
}
push.close();
pull.close();
`;

/** The same over CURVE, with what the installation brought along. */
const ENCRYPTED = `
import { curveKeyPair, prepareCurve, Pull, Push } from "zmq-ts";

const [server, client] = [curveKeyPair(), curveKeyPair()];
const pull = new Pull({ curveServer: true, curveSecretKey: server.secretKey });
const push = new Push({
  curveServerKey: server.publicKey,
  curvePublicKey: client.publicKey,
  curveSecretKey: client.secretKey,
  linger: 0,
});
const lost = new Promise((resolve) => push.events.on("disconnect", ({ error }) => resolve(error.message)));
await pull.bind("tcp://127.0.0.1:*");
push.connect(pull.lastEndpoint);
void push.send("secret");
console.log(await prepareCurve().catch(({ code }) => code));
console.log(String(await Promise.race([pull.receive(), lost])));
push.close();
pull.close();
`;

test("the tarball installs, compiles under a user's compiler and runs", () => {
  // --ignore-scripts: dist is built already, and building it again would pull it away under other tests.
  const pack = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    encoding: "utf8",
  });
  const [{ filename, files }] = JSON.parse(pack) as [{ filename: string; files: { path: string }[] }];
  const strangers = files
    .map(({ path }) => path)
    .filter((path) => !/^(dist|src)\/|^(README|CHANGELOG)\.md$|^LICENSE$|^package\.json$/.test(path));
  assert.deepEqual(strangers, []);
  const paths = new Set(files.map(({ path }) => path));
  for (const needed of [
    "dist/index.js",
    "dist/index.d.ts",
    "src/index.ts",
    "README.md",
    "CHANGELOG.md",
    "LICENSE",
  ]) {
    assert.ok(paths.has(needed), `${needed} is missing in the tarball`);
  }

  writeFileSync(
    join(folder, "package.json"),
    '{ "name": "user", "version": "1.0.0", "type": "module", "private": true }',
  );
  // The dependencies from where they are, so that no registry is asked for them.
  const { dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
    dependencies: Record<string, string>;
  };
  const packed = Object.keys(dependencies).map((name) =>
    execFileSync("npm", ["pack", resolve("node_modules", name), "--pack-destination", folder], {
      encoding: "utf8",
      stdio: "pipe",
    }).trim(),
  );
  const install = [
    "install",
    "--offline",
    "--no-audit",
    "--no-fund",
    "--no-package-lock",
    ...[...packed, filename].map((name) => join(folder, name)),
  ];
  execFileSync("npm", install, { cwd: folder, stdio: "pipe" });
  assert.deepEqual(
    readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith(".")),
    ["libsodium-sumo", "ws", "zmq-ts"],
    "the package brings others along",
  );
  writeFileSync(join(folder, "program.ts"), PROGRAM);
  const compile = [
    resolve("node_modules/typescript/bin/tsc"),
    "program.ts",
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--strict",
  ];
  const types = ["--typeRoots", resolve("node_modules/@types"), "--types", "node"];
  execFileSync(process.execPath, [...compile, ...types], { cwd: folder, stdio: "pipe" });
  writeFileSync(join(folder, "encrypted.js"), ENCRYPTED);
  const run = (program: string): string =>
    execFileSync(process.execPath, [program], {
      cwd: folder,
      encoding: "utf8",
      stdio: "pipe",
      timeout: 20_000,
    });

  assert.equal(run("program.js"), "EINVAL typed message\n");
  assert.equal(run("encrypted.js"), "libsodium\nsecret\n");

  // Without libsodium, for whatever reason: all that needs none of it works, and the rest says what is missing.
  rmSync(join(folder, "node_modules/libsodium-sumo"), { recursive: true });
  assert.equal(run("program.js"), "EINVAL typed message\n");
  assert.match(
    run("encrypted.js"),
    /^ENOTSUP\nCURVE needs the package libsodium-sumo, which cannot be loaded: .*libsodium-sumo/,
  );
});

test("packageVersion, package.json and the changelog name the same version", () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

  assert.equal(packageVersion, version);
  assert.match(
    readFileSync("CHANGELOG.md", "utf8"),
    new RegExp(`^## .*${version.replaceAll(".", "\\.")}`, "m"),
  );
});
