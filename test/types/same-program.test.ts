/** Code written for the `zeromq` package compiles, unchanged, with our types in its place. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

for (const config of ["zeromq", "zmq-ts"]) {
  test(`the program of a zeromq user compiles against the types of ${config}`, () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["node_modules/typescript/bin/tsc", "-p", `test/types/tsconfig.${config}.json`],
      { cwd: root, encoding: "utf8" },
    );

    assert.equal(status, 0, stdout + stderr);
  });
}
