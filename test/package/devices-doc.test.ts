/** The programs of docs/devices.md run as they stand, end by themselves and print what their comments promise. */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);

// Inside the package, so that it finds itself by its name.
mkdirSync("build", { recursive: true });
const folder = mkdtempSync("build/devices-");
after(() => rmSync(folder, { recursive: true, force: true }));

const text = readFileSync("docs/devices.md", "utf8");
const programs = [...text.matchAll(/```js\n\/\/ (\w+)\.mjs\n([^`]+)```/g)];

test("the page has its programs, which compile for older runtimes", () => {
  assert.deepEqual(
    programs.map(([, name]) => name),
    ["broker", "steered", "loop", "envelopes"],
  );
  const files = programs.map(([, name, program]) => {
    writeFileSync(`${folder}/${name}.mts`, program!.replaceAll("lastEndpoint)", "lastEndpoint!)"));
    return `${folder}/${name}.mts`;
  });
  const options = ["--ignoreConfig", "--strict", "--module", "nodenext", "--target", "es2022"];
  const lib = ["--lib", "es2023,esnext.disposable", "--types", "node", "--skipLibCheck"];
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", ...options, ...lib, ...files], {
    encoding: "utf8",
  });
});

for (const [, name, program] of programs) {
  test(`docs/devices.md: ${name} prints what it says`, async () => {
    const promised = [...program!.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm)].map(([, line]) => line!);

    const running = run(process.execPath, [`${folder}/${name}.mjs`], { timeout: 20_000 });
    running.child.stdin?.end();
    const { stdout, stderr } = await running;

    const printed = stdout.split("\n");
    assert.ok(promised.length > 0);
    for (const line of promised) assert.ok(printed.includes(line), `no "${line}" in: ${stdout}`);
    assert.equal(stderr, "");
  });
}
