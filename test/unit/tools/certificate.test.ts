/** Certificates as texts and files: the format of CZMQ and pyzmq, and everything that can be wrong with one. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  createCertificates,
  curveKeyPair,
  curvePublicKey,
  formatCertificate,
  loadCertificate,
  parseCertificate,
} from "zmq-ts";
import { formatZpl, parseZpl } from "#src/tools/zpl.js";
import { rejects, throws } from "../../support/sockets.ts";

const KEYS = curveKeyPair();

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "zc-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("a pair of certificates: the public one without the secret key, the secret one for its owner alone", async (t) => {
  const path = folder(t);

  const { publicFile, secretFile } = await createCertificates(path, "client", { metadata: { name: "Joe" } });

  assert.deepEqual(readdirSync(path).sort(), ["client.key", "client.key_secret"]);
  assert.equal(publicFile, `${path}/client.key`);
  assert.equal(secretFile, `${path}/client.key_secret`);
  const open = await loadCertificate(publicFile);
  const secret = await loadCertificate(secretFile);
  assert.equal(open.secretKey, undefined);
  assert.equal(open.publicKey, secret.publicKey);
  assert.equal(curvePublicKey(secret.secretKey!), secret.publicKey);
  assert.deepEqual({ ...open.metadata }, { name: "Joe" });
  assert.ok(!readFileSync(publicFile, "utf8").includes(secret.secretKey!));
  assert.equal(statSync(secretFile).mode & 0o777, 0o600);
});

test("keys of one's own are written as they are", async (t) => {
  const { publicFile, secretFile } = await createCertificates(folder(t), "server", { keys: KEYS });

  assert.deepEqual((await loadCertificate(publicFile)).publicKey, KEYS.publicKey);
  assert.deepEqual({ ...(await loadCertificate(secretFile)), metadata: {} }, { ...KEYS, metadata: {} });
});

test("certificates are not overwritten unless that is asked for, and then in one step and with the right mode", async (t) => {
  const path = folder(t);
  await createCertificates(path, "client");
  const before = readFileSync(join(path, "client.key"), "utf8");

  await rejects(createCertificates(path, "client"), "EEXIST", /client\.key_secret/);
  assert.equal(readFileSync(join(path, "client.key"), "utf8"), before);
  chmodSync(join(path, "client.key_secret"), 0o644);
  await createCertificates(path, "client", { overwrite: true });

  assert.notEqual(readFileSync(join(path, "client.key"), "utf8"), before);
  assert.equal(statSync(join(path, "client.key_secret")).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(path).sort(), ["client.key", "client.key_secret"], "nothing is left behind");
});

test("a folder that is none, or a name with a folder in it, is told at once", async (t) => {
  const path = folder(t);
  writeFileSync(join(path, "file"), "");

  await rejects(createCertificates(join(path, "missing"), "x"), "ENOENT", /missing/);
  await rejects(createCertificates(join(path, "file"), "x"), "EINVAL", /is a file/);
  for (const name of ["../x", "a/b", "a\\b", "", ".."])
    await rejects(createCertificates(path, name), "EINVAL");
});

test("a certificate that others may read warns with a code and says what to do; a public one does not", async (t) => {
  const path = folder(t);
  const { publicFile, secretFile } = await createCertificates(path, "client");
  const warnings: string[] = [];
  const listener = (warning: Error & { code?: string }) =>
    warnings.push(`${warning.code}: ${warning.message}`);
  process.on("warning", listener);
  t.after(() => process.off("warning", listener));

  await loadCertificate(secretFile);
  chmodSync(publicFile, 0o666);
  await loadCertificate(publicFile);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(warnings.length, 0);
  chmodSync(secretFile, 0o640);
  await loadCertificate(secretFile);
  await new Promise((resolve) => setImmediate(resolve));

  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /^ZMQ_SECRET_KEY_EXPOSED: /);
  assert.ok(warnings[0]!.includes(`chmod 600 ${secretFile}`));
});

const CZMQ = `#   ****  Generated on 2013-12-01 12:00:00 by CZMQ  ****
#   ZeroMQ CURVE Public Certificate

metadata
    name = "James Bond"   # a comment
    email = 'jb@mi6.example'
    level = 007
    nested = "it's"
curve
    public-key = "${KEYS.publicKey}"
`;

test("certificates of CZMQ and pyzmq are read: quotes of either kind or none, comments, other line ends", () => {
  for (const text of [CZMQ, CZMQ.replaceAll("\n", "\r\n"), CZMQ.replaceAll("    ", "\t")]) {
    const { publicKey, secretKey, metadata } = parseCertificate(text);

    assert.equal(publicKey, KEYS.publicKey);
    assert.equal(secretKey, undefined);
    assert.deepEqual(
      { ...metadata },
      { name: "James Bond", email: "jb@mi6.example", level: "007", nested: "it's" },
    );
  }
});

test("a key without quotes may have any character of Z85 in it, # too", () => {
  const publicKey = `0##00${KEYS.publicKey.slice(5)}`;

  assert.equal(parseCertificate(`curve\n    public-key = ${publicKey}\n`).publicKey, publicKey);
  assert.equal(parseCertificate(`curve\n    public-key = ${publicKey}  # mine\n`).publicKey, publicKey);
});

test("what is written is read as it was", () => {
  const certificate = { ...KEYS, metadata: { name: "Joe # 1", "org.unit": "x = y", empty: "" } };

  const parsed = parseCertificate(formatCertificate(certificate));

  assert.deepEqual({ ...parsed, metadata: { ...parsed.metadata } }, certificate);
});

const BAD: [what: string, text: string, message: RegExp][] = [
  ["nothing", "", /no public-key/],
  ["metadata only", "metadata\n    name = x\n", /no public-key/],
  ["a key outside of its section", `public-key = "${KEYS.publicKey}"\n`, /no public-key/],
  ["a key that is too short", `curve\n    public-key = "${KEYS.publicKey.slice(1)}"\n`, /39 characters/],
  ["a key with a typo", `curve\n    public-key = "~${KEYS.publicKey.slice(1)}"\n`, /position 1/],
  ["a key that is no number", `curve\n    public-key = "${"#".repeat(40)}"\n`, /four bytes/],
  [
    "a secret key that is cut",
    `curve\n    public-key = "${KEYS.publicKey}"\n    secret-key = "abc"\n`,
    /secret-key.*3 characters/,
  ],
  ["something else altogether", "-----BEGIN CERTIFICATE-----\n", /line 1/],
];

for (const [what, text, message] of BAD) {
  test(`a certificate with ${what} says what is wrong, and shows no key`, async (t) => {
    const file = join(folder(t), "bad.key");
    writeFileSync(file, text, { mode: 0o600 });

    const error = await rejects(loadCertificate(file), "EINVAL", message);

    assert.ok(error.message.includes(file), error.message);
    assert.ok(!error.message.includes(KEYS.publicKey.slice(1)));
  });
}

test("a file that is missing, a folder, or far too long is no certificate", async (t) => {
  const path = folder(t);
  writeFileSync(join(path, "long.key"), "#".repeat(70_000));

  await rejects(loadCertificate(join(path, "missing.key")), "ENOENT", /missing\.key/);
  await rejects(loadCertificate(path), "EINVAL", /no file/);
  await rejects(loadCertificate(join(path, "long.key")), "EINVAL", /too long/);
});

test("what the format cannot hold is refused when it is written", async (t) => {
  const { publicKey } = KEYS;
  throws(() => formatCertificate({ publicKey, metadata: { "a b": "c" } }), "EINVAL", /"a b"/);
  throws(() => formatCertificate({ publicKey, metadata: { a: "two\nlines" } }), "EINVAL", /one line/);
  throws(() => formatCertificate({ publicKey, metadata: { a: 'quo"te' } }), "EINVAL");
  throws(() => formatCertificate({ publicKey: "short", metadata: {} }), "EINVAL", /5 characters/);
  const path = folder(t);
  await rejects(createCertificates(path, "x", { metadata: { a: "\0" } }), "EINVAL");
  assert.deepEqual(readdirSync(path), [], "nothing was written");
});

test("sections and names like those of object members are names like any other", () => {
  const text = "__proto__\n    constructor = 1\nmetadata\n    __proto__ = 2\n";

  const sections = parseZpl(text, "it");

  assert.equal(sections.get("__proto__")!.get("constructor"), "1");
  assert.equal(sections.get("metadata")!.get("__proto__"), "2");
  const { metadata } = parseCertificate(`${text}curve\n    public-key = "${KEYS.publicKey}"\n`);
  assert.deepEqual(Object.keys(metadata), ["__proto__"]);
  assert.equal(parseZpl(formatZpl(sections, "x"), "it").get("metadata")!.get("__proto__"), "2");
});
