/** The results as plain text. */
import { summarize } from "./summary.mjs";

const HEADINGS = [
  "work",
  "ours",
  "C",
  "addon",
  "ours→C",
  "C→ours",
  "ours/C",
  "target",
  "ours/addon",
  "target",
];
const PEAK_HEADING = "peak MB ours/C/addon";

export function formatTable(results) {
  const lines = summarize(results);
  const cells = [[...HEADINGS, PEAK_HEADING], ...lines.map(cellsOf)];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const text = cells.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join("  ")
      .trimEnd(),
  );
  text.splice(1, 0, "-".repeat(widths.reduce((sum, width) => sum + width + 2, -2)));
  return [...header(results), "", ...text, "", ...footer(results, lines)].join("\n");
}

function header({ machine, runs, scale, takenAt }) {
  const { cpu, cores, system, node, libzmq, addon } = machine;
  const counts = scale === 1 ? "" : `, counts × ${scale}: too short to judge by`;
  return [
    `${takenAt}  ${cpu}, ${cores} cores, ${system}`,
    `Node.js ${node}, libzmq ${libzmq ?? "absent"} in C, zeromq addon ${addon ?? "absent"}; median of ${runs}${counts}`,
  ];
}

function cellsOf(line) {
  const value = (name) => {
    if (line.errors[name]) return "FAILED";
    return formatValue(line.values[name], line.unit);
  };
  return [
    line.work,
    ...["ours", "c", "addon", "ours>c", "c>ours"].map(value),
    formatRatio(line.ratioC),
    formatTarget(line.targetC, line.better, line.isMetC),
    formatRatio(line.ratioAddon),
    formatTarget(line.targetAddon, line.better, line.isMetAddon),
    line.peakMb.map((mb) => (Number.isNaN(mb) ? "–" : mb.toFixed(0))).join(" / "),
  ];
}

function footer(results, lines) {
  const judged = lines
    .flatMap(({ isMetC, isMetAddon }) => [isMetC, isMetAddon])
    .filter((met) => met !== undefined);
  const met = judged.filter(Boolean).length;
  const errors = results.rows.flatMap((row) =>
    Object.entries(row.pairs)
      .filter(([, pair]) => pair.error)
      .map(([name, pair]) => `FAILED  ${row.title}, ${name}: ${pair.error}`),
  );
  return [...errors, `${met} of ${judged.length} targets reached, ${errors.length} failed`];
}

export function formatValue(value, unit) {
  if (value === undefined || Number.isNaN(value)) return "–";
  const [scaled, prefix] = scaleOf(value, unit);
  const digits = Math.abs(scaled) >= 100 ? 0 : Math.abs(scaled) >= 10 ? 1 : 2;
  return `${scaled.toFixed(digits)} ${prefix}${unit}`;
}

function scaleOf(value, unit) {
  if (unit === "µs") return [value, ""];
  if (Math.abs(value) >= 1e6) return [value / 1e6, "M"];
  if (Math.abs(value) >= 1e3) return [value / 1e3, "k"];
  return [value, ""];
}

function formatRatio(ratio) {
  return Number.isNaN(ratio) ? "–" : ratio.toFixed(2);
}

function formatTarget(target, better, isMet) {
  if (target === undefined) return "";
  const verdict = isMet === undefined ? "" : isMet ? " ok" : " MISSED";
  return `${better === "higher" ? "≥" : "≤"} ${target}${verdict}`;
}
