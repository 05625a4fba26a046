// Runs the compiled tests: all of build/test, or those whose path contains one of the arguments.
// `node --test` takes globs only from Node 21 on, so the files are listed here.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";

const wanted = process.argv.slice(2);
const files = readdirSync("build/test", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".test.js"))
  .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)))
  .map((path) => join("build/test", path))
  .sort();
if (files.length === 0)
  throw new Error(`no test file matches ${wanted.join(", ") || "build/test"}; run npm run build:test`);
const { status } = spawnSync(
  process.execPath,
  [
    "--test",
    "--enable-source-maps",
    `--test-concurrency=${Math.max(2, availableParallelism())}`,
    "--test-timeout=60000",
    ...files,
  ],
  { stdio: "inherit" },
);
process.exitCode = status ?? 1;
