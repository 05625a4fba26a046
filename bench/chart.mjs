/**
 * Draws the ratios of a benchmark as an SVG bar chart: `node bench/chart.mjs results.json chart.svg`. A bar is how many
 * times as good as the other library we are; the line at 1 is a draw. The scale is logarithmic.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { summarize } from "./summary.mjs";

const LABEL_WIDTH = 310;
const PLOT_WIDTH = 520;
const VALUE_WIDTH = 60;
const BAR = 9;
const LINE_HEIGHT = 28;
const TOP = 62;
const BOTTOM = 44;
const SERIES = [
  { key: "ratioC", label: "against libzmq in C", color: "#2f6fde" },
  { key: "ratioAddon", label: "against the zeromq addon", color: "#e0862a" },
];

/** @param results the JSON of compare.mjs */
export function drawChart(results) {
  const lines = summarize(results)
    // What has no target is detail, which the table shows.
    .filter(({ targetC, targetAddon }) => targetC !== undefined || targetAddon !== undefined)
    .map((line) => ({ work: line.work, bars: SERIES.map(({ key }) => timesBetter(line[key], line.better)) }))
    .filter(({ bars }) => bars.some(Number.isFinite));
  const all = lines.flatMap(({ bars }) => bars).filter(Number.isFinite);
  const low = 2 ** Math.floor(Math.log2(Math.min(0.5, ...all)));
  const high = 2 ** Math.ceil(Math.log2(Math.max(2, ...all)));
  const x = (value) => LABEL_WIDTH + (PLOT_WIDTH * Math.log2(value / low)) / Math.log2(high / low);
  const width = LABEL_WIDTH + PLOT_WIDTH + VALUE_WIDTH;
  const height = TOP + lines.length * LINE_HEIGHT + BOTTOM;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
      `font-family="system-ui, sans-serif" font-size="12" role="img">`,
    "<title>zmq-ts compared: times as good</title>",
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="12" y="22" font-size="15" font-weight="600" fill="#222">zmq-ts: times as good as …</text>`,
    ...legend(),
    ...grid(low, high, x, height),
    ...lines.flatMap((line, index) => group(line, TOP + index * LINE_HEIGHT, x)),
    `<text x="12" y="${height - 10}" fill="#777" font-size="11">${escapeXml(caption(results))}</text>`,
    "</svg>",
    "",
  ].join("\n");
}

/** Above 1 is better for us, whichever way the figure goes. */
function timesBetter(ratio, better) {
  // JSON has no NaN, and memory that shrank has no ratio.
  if (!Number.isFinite(ratio) || ratio <= 0) return Number.NaN;
  return better === "higher" ? ratio : 1 / ratio;
}

function legend() {
  return SERIES.flatMap(({ label, color }, index) => {
    const x = LABEL_WIDTH + index * 190;
    return [
      `<rect x="${x}" y="${34}" width="11" height="11" fill="${color}"/>`,
      `<text x="${x + 16}" y="44" fill="#333">${label}</text>`,
    ];
  });
}

function grid(low, high, x, height) {
  const [from, to] = [Math.log2(low), Math.log2(high)];
  const step = to - from > 8 ? 2 : 1;
  const lines = [];
  for (let power = Math.ceil(from / step) * step; power <= to; power += step) {
    const at = x(2 ** power);
    lines.push(
      `<line x1="${at}" x2="${at}" y1="${TOP - 6}" y2="${height - BOTTOM}" ` +
        `stroke="${power === 0 ? "#333" : "#ddd"}" stroke-width="${power === 0 ? 1.5 : 1}"/>`,
      `<text x="${at}" y="${height - BOTTOM + 13}" text-anchor="middle" font-size="10" fill="#666">` +
        `${power < 0 ? `1/${2 ** -power}` : 2 ** power}×</text>`,
    );
  }
  return lines;
}

function group({ work, bars }, y, x) {
  return [
    `<text x="${LABEL_WIDTH - 10}" y="${y + 14}" text-anchor="end" fill="#222">${escapeXml(work)}</text>`,
    ...bars.flatMap((value, index) => {
      if (!Number.isFinite(value)) return [];
      const [from, to] = [Math.min(x(1), x(value)), Math.max(x(1), x(value))];
      const top = y + index * (BAR + 1) + 1;
      return [
        `<rect x="${from.toFixed(1)}" y="${top}" width="${Math.max(1, to - from).toFixed(1)}" height="${BAR}" ` +
          `fill="${SERIES[index].color}"/>`,
        `<text x="${(to + 4).toFixed(1)}" y="${top + 8}" font-size="10" fill="#444">${value.toPrecision(2)}×</text>`,
      ];
    }),
  ];
}

function caption({ machine, runs, takenAt }) {
  return `${machine.cpu}, ${machine.cores} cores, Node.js ${machine.node}, ${takenAt.slice(0, 10)}, median of ${runs}`;
}

function escapeXml(text) {
  return text.replace(/[&<>]/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[letter]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [from, to] = process.argv.slice(2);
  if (to === undefined) {
    console.error("usage: node bench/chart.mjs results.json chart.svg");
    process.exit(2);
  }
  writeFileSync(to, drawChart(JSON.parse(readFileSync(from, "utf8"))));
}
