/** Takes one sample: starts the processes of one row for one pair, waits for their figures, ends them all. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Child } from "./child.mjs";

const LIMIT_SECONDS = 60;

/** Which library each side of a pair runs on. */
const PAIRS = {
  ours: { a: "ours", b: "ours" },
  "ours-batch": { a: "ours", b: "ours", mode: "batch" },
  "ours-wasm": { a: "ours", b: "ours", mode: "wasm" },
  "ours-io": { a: "ours", b: "ours", mode: "io" },
  "ours-io-receiver": { a: "ours", b: "ours", mode: "io", modeOf: "b" },
  c: { a: "c", b: "c" },
  addon: { a: "addon", b: "addon" },
  "ours>c": { a: "ours", b: "c" },
  "c>ours": { a: "c", b: "ours" },
};

const SCRIPTS = {
  ours: fileURLToPath(new URL("peer-ours.mjs", import.meta.url)),
  addon: fileURLToPath(new URL("peer-addon.mjs", import.meta.url)),
};

/** Where the ipc endpoints of a sample are; gone with it, also when it is interrupted. */
const folders = new Set();
process.on("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The libraries that a pair needs. */
export function librariesOf(pair) {
  return [PAIRS[pair].a, PAIRS[pair].b];
}

/**
 * @param row one of rows.mjs
 * @param {string} pair a name above
 * @param {{ cPeer?: string, scale: number, profiles?: string }} settings
 * @returns the row's metrics by key, and `peakKb` of each process
 * @throws when a process fails or is too late
 */
export async function takeSample(row, pair, settings) {
  const folder = mkdtempSync(join(tmpdir(), "zmq-ts-bench-"));
  folders.add(folder);
  const children = {};
  try {
    const bound = {};
    for (const step of row.steps) {
      const child = start(row, step, pair, settings, endpointOf(row, step, folder, bound));
      children[step.key] = child;
      bound[step.key] = await child.ready;
    }
    const results = {};
    const first = row.steps.filter((step) => !step.serves).map((step) => collect(step.key));
    // A server that fails ends the sample at once, not at the time limit.
    const failures = row.steps.filter((step) => step.serves).map((step) => failureOf(children[step.key]));
    await Promise.race([Promise.all(first), ...failures]);
    for (const step of row.steps)
      if (step.serves) results[step.key] = (await children[step.key].stop()) ?? {};
    return {
      metrics: Object.fromEntries(row.metrics.map((metric) => [metric.key, metric.of(results)])),
      peakKb: Object.fromEntries(row.steps.map(({ key }) => [key, results[key].peakKb])),
    };

    async function collect(key) {
      results[key] = await children[key].result;
    }
  } finally {
    await Promise.all(Object.values(children).map((child) => child.end()));
    rmSync(folder, { recursive: true, force: true });
    folders.delete(folder);
  }
}

function start(row, step, pair, settings, endpoint) {
  const { [step.side]: library, modeOf = step.side } = PAIRS[pair];
  const mode = modeOf === step.side ? PAIRS[pair].mode : undefined;
  const profiled = library === "ours" && settings.profiles !== undefined;
  const profiling = profiled
    ? [
        "--cpu-prof",
        `--cpu-prof-dir=${settings.profiles}`,
        `--cpu-prof-name=${row.id}.${step.key}.cpuprofile`,
      ]
    : [];
  const program = library === "c" ? [settings.cPeer] : [process.execPath, ...profiling, SCRIPTS[library]];
  const more = { ...row.more, ...step.more, ...(mode && { mode }) };
  const count = countOf(row, pair, settings.scale);
  const options = Object.entries(more).map(([name, value]) => `${name}=${value}`);
  const command = [...program, step.role, endpoint, String(row.size), String(count), ...options];
  return new Child(command, `${library} ${step.role}`, row.limit ?? LIMIT_SECONDS, profiled);
}

function endpointOf(row, step, folder, bound) {
  const wildcard = row.transport === "ipc" ? `@ipc://${join(folder, step.key)}` : "@tcp://127.0.0.1:*";
  if (step.at === "bind") return wildcard;
  if (step.at === "bind-two") return `${wildcard},${wildcard}`;
  return `>${bound[step.at.step][step.at.index ?? 0]}`;
}

export function countOf(row, pair, scale) {
  const full = pair === "addon" ? (row.counts.addon ?? row.counts.default) : row.counts.default;
  return Math.max(row.counts.min, Math.round(full * scale));
}

/** Never resolves; rejects when the process fails. */
function failureOf(child) {
  return child.result.then(() => new Promise(() => {}));
}
