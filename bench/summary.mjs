/** From the JSON of a benchmark to the lines that the table and the chart show: medians and ratios. */
import { median } from "./stats.mjs";

/** Other ways to run this library: a line each, with a word for it, and the name of its target. */
const VARIANTS = {
  "ours-batch": ["(batch)", "batch"],
  "ours-wasm": ["(WebAssembly)", "wasm"],
  "ours-io": ["(ioThreads 1)", "io"],
  "ours-io-receiver": ["(ioThreads 1, receiver)", "io"],
};

/**
 * One line for each metric of each row, and one more for batch calls and the like.
 * `ratioC` and `ratioAddon` are ours divided by theirs; `isMetC` and `isMetAddon` say whether the target is reached.
 */
export function summarize(results) {
  const lines = [];
  for (const row of results.rows) {
    for (const metric of row.metrics) {
      lines.push(lineOf(row, metric, "ours", metric.targets ?? {}));
      for (const [name, [, target]] of Object.entries(VARIANTS))
        if (row.pairs[name]) lines.push(lineOf(row, metric, name, { c: metric.targets?.[target] }));
    }
  }
  return lines;
}

function lineOf(row, metric, oursName, targets) {
  const variant = VARIANTS[oursName]?.[0];
  const ours = medianOf(row, metric, oursName);
  const c = medianOf(row, metric, "c");
  const addon = medianOf(row, metric, "addon");
  const ratioC = ours / c;
  const ratioAddon = ours / addon;
  return {
    work: [row.title, variant ?? metric.label].filter(Boolean).join(" "),
    unit: metric.unit,
    better: metric.better,
    values: {
      ours,
      c,
      addon,
      ...(variant === undefined && {
        "ours>c": medianOf(row, metric, "ours>c"),
        "c>ours": medianOf(row, metric, "c>ours"),
      }),
    },
    errors: { ours: row.pairs[oursName]?.error, ...errorsOf(row) },
    ratioC,
    ratioAddon,
    targetC: targets.c,
    targetAddon: targets.addon,
    isMetC: isMet(ratioC, targets.c, metric.better),
    isMetAddon: isMet(ratioAddon, targets.addon, metric.better),
    // Once a row: all its metrics come from the same processes.
    peakMb: metric === row.metrics[0] ? [oursName, "c", "addon"].map((name) => peakMb(row.pairs[name])) : [],
  };
}

function errorsOf(row) {
  const names = ["c", "addon", "ours>c", "c>ours"];
  return Object.fromEntries(names.map((name) => [name, row.pairs[name]?.error]));
}

/** The median; NaN when there is none. */
function medianOf(row, metric, name) {
  const pair = row.pairs[name];
  if (pair === undefined || pair.error || pair.samples.length === 0) return Number.NaN;
  return median(pair.samples.map((sample) => sample.metrics[metric.key] ?? Number.NaN));
}

/** All processes of the pair together, median of the runs. */
function peakMb(pair) {
  if (pair === undefined || pair.samples.length === 0) return Number.NaN;
  return median(
    pair.samples.map(({ peakKb }) => Object.values(peakKb).reduce((sum, kb) => sum + (kb ?? 0), 0) / 1024),
  );
}

function isMet(ratio, target, better) {
  if (target === undefined || Number.isNaN(ratio)) return undefined;
  return better === "higher" ? ratio >= target : ratio <= target;
}
