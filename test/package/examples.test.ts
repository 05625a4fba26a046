/** Every example runs by itself and prints what its comment promises; the demo ends with its summary. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);

const EXPECTED: Record<string, RegExp> = {
  "request-reply.mjs": /the server got Hello\nthe client got World/,
  "publish-subscribe.mjs": /^weather.paris: 12 degrees\n$/,
  "pipeline.mjs": /squares: 0 1 4 9 16 25 36 49 64\nworkers: anna bert carl/,
  "exclusive-pair.mjs": /right got step 1\nleft got ready/,
  "router-dealer.mjs": /third for desk-7\n.*second for desk-7\n.*first for desk-7/,
  "proxy.mjs": /(anna|bert) answers question 4\n[\s\S]*\[006\] client\n\[000\]\n[\s\S]*or more: true/,
  "security.mjs":
    /let in somebody from 127.0.0.1[\s\S]*the server got What is the answer\? from Alice\nthe client got 42\n[\s\S]*the stranger was refused with 400/,
  "monitor.mjs": /bind\npull accept\npull handshake\npull disconnect\npull close\npull end/,
  "demo.mjs": /All three patterns ran, nothing was lost\.\n$/,
};

test("every example has an expected output", () => {
  const examples = readdirSync("examples").filter((name) => name.endsWith(".mjs"));

  assert.deepEqual(examples.sort(), Object.keys(EXPECTED).sort());
});

for (const [name, output] of Object.entries(EXPECTED)) {
  test(`examples/${name} runs and prints what it should`, async () => {
    const { stdout, stderr } = await run(process.execPath, [`examples/${name}`], { timeout: 50_000 });

    assert.match(stdout, output);
    assert.equal(stderr, "");
  });
}
