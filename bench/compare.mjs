/**
 * `npm run bench`: this library, libzmq in C and the `zeromq` addon beside each other, row by row; see README.md.
 * Within a run the pairs take turns, so that what else the machine does hits all of them.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildPeer } from "./build-peer.mjs";
import { drawChart } from "./chart.mjs";
import { describeMachine } from "./machine.mjs";
import { ROWS } from "./rows.mjs";
import { countOf, librariesOf, takeSample } from "./sample.mjs";
import { formatTable } from "./table.mjs";

const QUICK_SCALE = 1 / 20;

const { values: options } = parseArgs({
  options: {
    rows: { type: "string", default: "" },
    pairs: { type: "string", default: "" },
    runs: { type: "string" },
    scale: { type: "string" },
    quick: { type: "boolean", default: false },
    chart: { type: "string" },
    json: { type: "string", default: fileURLToPath(new URL("results/latest.json", import.meta.url)) },
    profiles: { type: "string" },
    list: { type: "boolean", default: false },
  },
});

const runs = Number(options.runs ?? (options.quick ? 1 : 5));
const scale = Number(options.scale ?? (options.quick ? QUICK_SCALE : 1));
const rows = chooseRows();

if (options.list) {
  for (const row of rows) console.log(`${row.id.padEnd(24)} ${row.title}`);
  process.exit(0);
}

const { program: cPeer, missing } = buildPeer();
const absent = new Set();
if (missing) skip("c", `libzmq in C is NOT measured: ${missing}`);
await import("zeromq").catch((error) => skip("addon", `the zeromq addon is NOT measured: ${error.message}`));

const results = { takenAt: new Date().toISOString(), machine: describeMachine(), runs, scale, rows: [] };
for (const row of rows) {
  results.rows.push(await measure(row));
  save();
}

console.log(formatTable(results));
if (options.chart) writeFileSync(options.chart, drawChart(JSON.parse(readFileSync(options.json, "utf8"))));
process.exitCode = results.rows.some((row) => Object.values(row.pairs).some((pair) => pair.error)) ? 1 : 0;

function chooseRows() {
  const pattern = new RegExp(options.rows);
  const chosen = ROWS.filter(
    (row) => (pattern.test(row.id) || pattern.test(row.title)) && (row.core || !options.quick),
  )
    // Windows has no ipc of libzmq's kind.
    .filter((row) => process.platform !== "win32" || row.transport !== "ipc");
  if (chosen.length > 0) return chosen;
  console.error(`no row matches ${options.rows}; --list shows them`);
  process.exit(2);
}

function skip(library, message) {
  absent.add(library);
  console.error(`\n*** ${message}\n`);
}

async function measure(row) {
  const pattern = new RegExp(options.pairs);
  const names = row.pairs.filter(
    (pair) => pattern.test(pair) && librariesOf(pair).every((name) => !absent.has(name)),
  );
  const pairs = Object.fromEntries(
    names.map((name) => [name, { count: countOf(row, name, scale), samples: [] }]),
  );
  for (let run = 1; run <= runs; run++) {
    for (const [name, pair] of Object.entries(pairs)) {
      // What failed once is not tried again: it may have taken the whole time limit.
      if (pair.error) continue;
      tell(`${row.title}: ${name}, run ${run} of ${runs}`);
      try {
        pair.samples.push(await takeSample(row, name, { cPeer, scale, profiles: options.profiles }));
      } catch (error) {
        pair.error = error.message;
      }
    }
  }
  tell("");
  const { id, title, size, more, metrics } = row;
  return { id, title, size, more, metrics, pairs };
}

/** The line of progress, for somebody who looks on. */
function tell(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function save() {
  mkdirSync(dirname(options.json), { recursive: true });
  writeFileSync(options.json, JSON.stringify(results, null, 2) + "\n");
}
