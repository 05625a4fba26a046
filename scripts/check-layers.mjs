// Who may import whom (docs/architecture.md, "Layers"): fails when a file in src/ imports against the table.
// Type-only imports count like any other, except where the table says "types".
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";

const ALLOWED = {
  util: [],
  wire: ["util"],
  security: ["wire", "util"],
  engine: ["security", "wire", "util"],
  core: ["engine", "util"],
  routing: ["core", "util"],
  transports: ["core", "util"],
  platform: ["transports", "core"],
  api: ["routing", "core", "util", "#platform"],
  tools: ["api", "core", "util"],
  // The public entry re-exports, and that is all it does.
  ".": ["api", "tools", "util"],
};
/** Only these may know that the runtime is Node.js. */
const NODE_FILES = [/^transports\/(?!inproc)/, /^platform\/node\.ts$/];

const root = process.argv[2] ?? "src";
const faults = [];
for (const path of readdirSync(root, { recursive: true, encoding: "utf8" })) {
  if (!path.endsWith(".ts")) continue;
  const folder = dirname(path);
  if (!(folder in ALLOWED)) {
    faults.push(`${path}: the folder is not in the table; add it with what it may import`);
    continue;
  }
  for (const [, target] of readFileSync(join(root, path), "utf8").matchAll(
    /(?:from|import\()\s*"([^"]+)"/g,
  )) {
    const problem = check(path, folder, target);
    if (problem !== undefined) faults.push(`${path}: ${problem}`);
  }
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

function check(path, folder, target) {
  if (target.startsWith("node:")) {
    return NODE_FILES.some((allowed) => allowed.test(path))
      ? undefined
      : `imports ${target}, but must run in a browser too`;
  }
  const name = target.startsWith(".")
    ? dirname(relative(root, normalize(join(root, folder, target))))
    : target;
  if (name === folder || ALLOWED[folder].includes(name)) return undefined;
  return `imports ${target}, but ${folder} may import only ${ALLOWED[folder].join(", ") || "nothing"}`;
}
