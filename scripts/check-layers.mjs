// Holds src/ to its import table: every layer imports only from those below it (docs/architecture.md has the picture
// and the reasons). Usage: node scripts/check-layers.mjs [folder, default src]
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";

/** Folder → folders it may import; `type x`: types only. Everything may import from its own folder, but transports. */
export const LAYERS = {
  util: [],
  wire: ["util"],
  security: ["wire", "util"],
  engine: ["security", "wire", "util"],
  core: ["engine", "security", "wire", "util"],
  routing: ["core", "util"],
  transports: ["core", "util", "type engine", "wire"],
  threads: ["core", "engine", "util", "wire"],
  platform: ["transports", "threads", "util", "type core", "type security"],
  api: ["platform", "routing", "core", "security", "util"],
  sync: ["api", "tools", "core", "util"],
  tools: ["api", "platform", "security", "util", "type core"],
  "": ["api", "tools", "security", "platform", "threads", "util", "type core"],
};
/** Transports know nothing of each other; these files are what several of them share, or parts of one. */
const SHARED_BY_TRANSPORTS =
  /^transports\/(node-stream|node-input|node-awake|node-address|socks|udp-address|ws-[a-z]+)\.ts$/;
/** The dependencies, and the files that may know of them. */
const DEPENDENCIES = new Map([
  ["libsodium-sumo", /^security\/box[-\w]*\.ts$/],
  ["ws", /^transports\/ws(-\w+)?\.ts$/],
]);
/** What package.json chooses for a runtime, as Node.js gets it: `#platform` → platform/node.ts. */
const CHOSEN = Object.fromEntries(
  Object.entries(JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).imports)
    .filter(([, paths]) => paths.default !== undefined)
    .map(([name, paths]) => [name, paths.default.replace("./dist/", "").replace(/js$/, "ts")]),
);
/** The program of an I/O thread: nobody imports it, and it needs the transports and the keys. */
const THREAD_PROGRAM = { file: "threads/io-thread.ts", folders: ["platform", "security"] };
/** These are the browser's. */
const MAY_USE_NODE =
  /^(transports\/(?!inproc|ws-browser)|threads\/(?!page-sharing)|sync\/helper|platform\/node\.ts$)/;
const IMPORT =
  /^\s*(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;

/** What breaks the table below `root`, one sentence each. */
export function violations(root) {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".ts"),
  );
  const found = [];
  for (const file of files.map((path) => path.split(sep).join("/")).sort()) {
    const text = readFileSync(join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    for (const [, type, from, dynamic] of text.matchAll(IMPORT)) {
      const reason = judge(file, from ?? dynamic, type !== undefined);
      if (reason !== undefined) found.push(`${file}: imports ${from ?? dynamic}, but ${reason}`);
    }
  }
  return found;
}

function judge(file, target, isType) {
  const own = file.includes("/") ? file.slice(0, file.indexOf("/")) : "";
  if (LAYERS[own] === undefined) return `the folder ${own} is not in the import table`;
  if (target.startsWith("node:")) {
    return MAY_USE_NODE.test(file) ? undefined : "it must run in a browser too";
  }
  const chosen = CHOSEN[target];
  if (chosen === undefined && !target.startsWith(".")) {
    const where = DEPENDENCIES.get(target);
    if (where === undefined) return "the library has no such dependency";
    return where.test(file) ? undefined : `only ${where.source} may know of it`;
  }
  const path = chosen ?? posix.join(dirname(file), target);
  const folder = path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
  if (folder === own) {
    if (own === "transports" && !isType && !SHARED_BY_TRANSPORTS.test(path))
      return "transports do not import each other";
    return undefined;
  }
  if (file === THREAD_PROGRAM.file && THREAD_PROGRAM.folders.includes(folder)) return undefined;
  if (LAYERS[own].includes(folder) || (isType && LAYERS[own].includes(`type ${folder}`))) return undefined;
  if (LAYERS[own].includes(`type ${folder}`)) return `${own} may import only types from ${folder}`;
  return `${own || "the entry"} may import only from ${LAYERS[own].join(", ") || "nothing"}`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = process.argv[2] ?? join(import.meta.dirname, "..", "src");
  const found = violations(root);
  for (const sentence of found) console.error(sentence);
  if (found.length > 0) process.exitCode = 1;
  else console.log(`${relative(process.cwd(), root)}: every import follows the table`);
}
