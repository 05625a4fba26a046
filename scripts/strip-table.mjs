// Takes out of the built option table what only its readers and the generated pages need: a quarter of what a page loads.
// Runs after tsc, on dist; scripts/gen-options.mjs reads the source.
import { readFileSync, writeFileSync } from "node:fs";

const path = "dist/core/option-table.js";
const STRING = `"(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*'`;
const FIELD = new RegExp(`(?<=[{,] ?)(?:constant|unit|about|access): (?:${STRING}),? ?`, "g");

const text = readFileSync(path, "utf8");
const stripped = text.replace(FIELD, "");
const { OPTIONS } = await import(`data:text/javascript,${encodeURIComponent(stripped)}`);
if (
  Object.values(OPTIONS).some(
    (row) => "about" in row || "access" in row || row.id === undefined || row.kind === undefined,
  )
)
  throw new Error(
    `${path} is not what scripts/strip-table.mjs expects: one row a line, with strings in quotes`,
  );
writeFileSync(path, stripped);
