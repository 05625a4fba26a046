/** Every program of the README compiles, runs, ends by itself and prints what its comments promise. */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);

// Inside the package, so that it finds itself by its name.
mkdirSync("build", { recursive: true });
const folder = mkdtempSync("build/readme-");
after(() => rmSync(folder, { recursive: true, force: true }));

const readme = readFileSync("README.md", "utf8");
const programs = [...readme.matchAll(/^### (.+)\n[^#]*?```ts\n([^`]+)```/gm)].map(([, title, text]) => ({
  title: title!,
  text: text!,
  file: `${title!.toLowerCase()}.mts`,
}));
for (const { file, text } of programs) writeFileSync(join(folder, file), text);

test("the README has a program of each pattern, of about ten lines", () => {
  assert.deepEqual(
    programs.map(({ title }) => title),
    [
      "Request-reply",
      "Publish-subscribe",
      "Pipeline",
      "Exclusive pair",
      "Router-dealer",
      "Draft sockets",
      "Web pages",
    ],
  );
  for (const { title, text } of programs) {
    const lines = text.split("\n").filter((line) => line !== "").length;
    assert.ok(lines <= 12, `${title} has ${lines} lines`);
  }
});

test("the README's programs compile", () => {
  const options = ["--ignoreConfig", "--strict", "--module", "nodenext", "--target", "es2022"];
  const lib = ["--lib", "es2023,esnext.disposable", "--types", "node", "--skipLibCheck"];
  execFileSync(
    process.execPath,
    [
      "node_modules/typescript/bin/tsc",
      ...options,
      ...lib,
      ...programs.map(({ file }) => join(folder, file)),
    ],
    { encoding: "utf8" },
  );
});

for (const { title, text, file } of programs) {
  test(`the README's ${title} prints what it says`, async () => {
    const promised = [...text.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm)].map(([, line]) => line);

    const { stdout, stderr } = await run(process.execPath, [join(folder, file.replace(".mts", ".mjs"))], {
      timeout: 20_000,
    });

    const printed = stdout.split("\n");
    for (const line of promised) assert.ok(printed.includes(line!), `no "${line}" in: ${stdout}`);
    assert.notEqual(stdout, "");
    assert.equal(stderr, "");
  });
}
