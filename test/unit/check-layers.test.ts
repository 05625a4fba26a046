import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const root = mkdtempSync(join(tmpdir(), "zmq-layers-"));
after(() => rmSync(root, { recursive: true, force: true }));

test("the layer check names every file that imports upward, sideways or from Node.js", () => {
  const files = {
    "wire/good.ts": 'import { a } from "../util/a.ts";',
    "wire/upward.ts": 'import type { Pipe } from "../core/pipe.ts";',
    "core/node.ts": 'import net from "node:net";',
    "transports/tcp.ts": 'import net from "node:net";',
    "nowhere/file.ts": "",
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  const { status, stderr } = spawnSync(process.execPath, ["scripts/check-layers.mjs", root], {
    encoding: "utf8",
  });

  assert.equal(status, 1);
  const named = stderr
    .trim()
    .split("\n")
    .map((line) => line.slice(0, line.indexOf(":")))
    .sort();
  assert.deepEqual(named, ["core/node.ts", "nowhere/file.ts", "wire/upward.ts"]);
});
