import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";

function check(files: Record<string, string>): { status: number | null; said: string } {
  const root = mkdtempSync(join(tmpdir(), "zmq-layers-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const { status, stderr } = spawnSync(process.execPath, ["scripts/check-layers.mjs", root], {
      encoding: "utf8",
    });
    return { status, said: stderr };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

test("check-layers lets a tree pass whose imports all point downwards", () => {
  const { status, said } = check({
    "index.ts": 'export { Push } from "./api/push.ts";\n',
    "api/push.ts": 'import { createTransports } from "#platform";\nimport { Pipe } from "../core/pipe.ts";\n',
    "core/pipe.ts":
      'import { Engine } from "../engine/engine.ts";\nimport type { Metadata } from "../wire/command.ts";\n',
    "transports/tcp.ts":
      'import { connect } from "node:net";\nimport { NodeStream } from "./node-stream.ts";\n',
    "tools/certificate.ts": 'import { loadFiles } from "#platform";\n',
    "util/queue.ts": '/** See `import x from "../core/pipe.ts"`. */\nexport const queue = 1;\n',
  });

  assert.deepEqual({ status, said }, { status: 0, said: "" });
});

const slips: [what: string, path: string, text: string, says: RegExp][] = [
  [
    "an import upwards",
    "wire/frame.ts",
    'import { Pipe } from "../core/pipe.ts";',
    /wire may import only from util/,
  ],
  [
    "a type from above",
    "engine/engine.ts",
    'import type { Pipe } from "../core/pipe.ts";',
    /engine may import only from/,
  ],
  [
    "an import over several lines",
    "util/queue.ts",
    'import {\n  Pipe,\n} from "../core/pipe.ts";',
    /util may import only from nothing/,
  ],
  [
    "a value where types are allowed",
    "transports/tcp.ts",
    'import { Engine } from "../engine/engine.ts";',
    /transports may import only types from engine/,
  ],
  ["a re-export", "routing/lb.ts", 'export * from "../api/push.ts";', /routing may import only from/],
  [
    "a dynamic import",
    "core/pipe.ts",
    'const x = await import("../api/push.ts");',
    /core may import only from/,
  ],
  [
    "node: loaded with a tool, not by a call",
    "tools/certificate.ts",
    'import { stat } from "node:fs/promises";',
    /must run in a browser too/,
  ],
  [
    "node: loaded where files are none of its business",
    "tools/authenticator.ts",
    'const fs = await import("node:fs");',
    /must run in a browser too/,
  ],
  [
    "node: where browsers go too",
    "transports/inproc.ts",
    'import { tmpdir } from "node:os";',
    /must run in a browser too/,
  ],
  ["node: in the core", "core/pipe.ts", 'import { connect } from "node:net";', /must run in a browser too/],
  [
    "one transport that knows another",
    "transports/ipc.ts",
    'import { tcp } from "./tcp.ts";',
    /do not import each other/,
  ],
  ["a dependency that nobody declared", "api/push.ts", 'import pad from "left-pad";', /no such dependency/],
  [
    "a dependency where it does not belong",
    "engine/engine.ts",
    'const sodium = await import("libsodium-sumo");',
    /only .*security.* may know of it/,
  ],
  [
    "a folder that the table does not know",
    "helpers/x.ts",
    'import "../util/queue.ts";',
    /helpers is not in the import table/,
  ],
];

for (const [what, path, text, says] of slips) {
  test(`check-layers reports ${what}`, () => {
    const { status, said } = check({ [path]: `${text}\n` });

    assert.equal(status, 1);
    assert.match(said, says);
    assert.ok(said.startsWith(`${path}: imports `), said);
  });
}
