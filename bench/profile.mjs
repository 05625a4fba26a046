/** Where the time went, of each CPU profile named: `node bench/profile.mjs FILE …`. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";

const LINES = 14;
/** What a process does before and after its work. */
const LOADING = /^(node:internal\/(modules|bootstrap|main)|wasm:)/;

for (const path of process.argv.slice(2)) {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(path, "utf8"));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const times = new Map();
  let total = 0;
  for (const [i, id] of samples.entries()) {
    const { functionName, url } = byId.get(id).callFrame;
    if (LOADING.test(url)) continue;
    const name = `${functionName || "(anonymous)"} ${url.split("/").slice(-2).join("/")}`;
    times.set(name, (times.get(name) ?? 0) + timeDeltas[i]);
    total += timeDeltas[i];
  }
  console.log(`\n${basename(path)}, ${(total / 1e6).toFixed(1)} s`);
  const sorted = [...times].sort(([, one], [, other]) => other - one);
  for (const [name, time] of sorted.slice(0, LINES))
    console.log(`${((time / total) * 100).toFixed(1).padStart(6)} %  ${name}`);
}
