// Makes docs/parity.md: what libzmq and the `zeromq` package have, and the tests here that prove the same. The lists are
// in scripts/parity/; the tests come from the titles in test/. A title names what it proves:
// - a program of libzmq by a tag, `[test_router_mandatory]`;
// - an option by its constant, `ZMQ_LINGER` or `[ZMQ_LINGER]`, or by its property, `sendHighWaterMark`;
// - a monitor event by its constant;
// - `[ZMQ_NORM_*]`: all options or events that begin so.
// Fails when a row has neither a test nor a reason, or a tag names what is in no list. `--check`: writes nothing, and
// fails when docs/parity.md is out of date as well. Usage: node scripts/parity.mjs [--check] [folder, default here]
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadTable } from "./option-table.mjs";
import { testSources } from "./test-titles.mjs";

/** Properties that are words of everyday language: in a title they need not mean the option. */
const EVERYDAY = new Set([
  "raw",
  "rate",
  "notify",
  "metadata",
  "priority",
  "interface",
  "manual",
  "correlate",
]);
const TAG = /\[((?:test|unittest)_[^\]]*|ZMQ_[^\]]*)\]/g;
const TYPE_PROGRAM = "types/zeromq-program.ts";

const root = process.argv.slice(2).find((argument) => !argument.startsWith("--")) ?? ".";
const faults = [];
const sources = testSources(join(root, "test"));
const titles = sources.flatMap(({ file, literals: found }) => titlesOf(file, found));
const table = await loadTable();

const programs = readList("programs");
const options = readList("options");
const events = readList("events");
const known = new Set([...programs, ...options, ...events].map(({ name }) => name));
/** What a tag that ends in a star stands for. */
const familyOf = (tag) =>
  tag.endsWith("*") && [...known].some((name) => name.startsWith(tag.slice(0, -1)))
    ? tag.slice(0, -1)
    : undefined;
for (const { file, line, text } of titles) {
  if (text.includes("[…]")) faults.push(`test/${file}:${line}: a tag is spelled out, not filled in`);
  for (const [, tag] of text.matchAll(TAG)) {
    if (!known.has(tag) && familyOf(tag) === undefined)
      faults.push(`test/${file}:${line}: nothing in scripts/parity is called ${tag}`);
  }
}

const constants = readFileSync(new URL("../src/api/constants.ts", import.meta.url), "utf8");
checkComplete(options, "Socket options");
checkComplete(options, "Context options", "ZMQ_IPV6");
checkComplete(events, "Monitor events", "ZMQ_EVENT_ALL");

const text = [head(), programTable(), optionTable(), eventTable(), exportTable()].join("\n");
const target = join(root, "docs/parity.md");
if (!process.argv.includes("--check")) writeFileSync(target, text);
else if (!existsSync(target) || readFileSync(target, "utf8") !== text)
  faults.push("docs/parity.md is out of date: run node scripts/parity.mjs");
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

function titlesOf(file, found) {
  return found
    .filter(({ isTitle }) => isTitle)
    .map(({ text, line }) => ({ file, line, text, words: new Set(text.split(/[^\w$]+/)) }));
}

/** A list of scripts/parity: lines of `name | column | … | not here:, not in this version:, note:`, under headings with `#`. */
function readList(name) {
  const rows = [];
  let group = "";
  for (const line of readFileSync(new URL(`parity/${name}.txt`, import.meta.url), "utf8").split("\n")) {
    if (line.startsWith("# ")) group = line.slice(2);
    if (line === "" || line.startsWith("#") || line.startsWith("//")) continue;
    const cells = line.split("|").map((cell) => cell.trim());
    const take = (mark) => {
      const at = cells.findIndex((cell) => cell.startsWith(mark));
      return at < 0 ? undefined : cells.splice(at, 1)[0].slice(mark.length).trim();
    };
    const [reason, missing, note] = [take("not here:"), take("not in this version:"), take("note:")];
    rows.push({ name: cells[0], cells: cells.slice(1), group, reason, missing, note });
  }
  return rows;
}

/** A list has every constant of that part of `constants`, which tests hold to libzmq's own. */
function checkComplete(list, part, except) {
  const [, after] = constants.split(`  // ${part}`);
  const listed = new Set(list.map(({ name }) => name));
  for (const [, name] of after.split("\n  //")[0].matchAll(/^ {2}(ZMQ_\w+):/gm))
    if (name !== except && !listed.has(name)) faults.push(`${name}: scripts/parity has no row for it`);
}

function head() {
  const proven = programs.filter(
    ({ name, reason }) => reason === undefined && tagged(name).length > 0,
  ).length;
  const meaningful = programs.filter(({ reason }) => reason === undefined).length;
  return `# Parity

Made by \`scripts/parity.mjs\` from the titles of the tests; do not edit. What libzmq's own test programs prove, its options
and monitor events, and what the \`zeromq\` package exports, each with the tests here that prove the same; or why only C can
have it. \`test/interop\` runs every pair of socket types against libzmq as well. Where libzmq's manual and its code disagree, the code decides, and the row says so. "…" in a title is what the
test is run over: transports, socket types, cases.

**${proven} of ${meaningful}** programs that mean something outside C are proven here. libzmq has ${programs.length}.
`;
}

function programTable() {
  let result = "## libzmq's test programs\n";
  for (const group of new Set(programs.map((row) => row.group))) {
    result += `\n### ${group}\n\n| program | what it proves | tests |\n| --- | --- | --- |\n`;
    for (const row of programs.filter((candidate) => candidate.group === group)) {
      const tests = tagged(row.name);
      if ((row.reason ?? row.missing) !== undefined && tests.length > 0)
        faults.push(`${row.name}: has tests, so it is not "not here"`);
      result += `| \`${row.name}\` | ${row.cells[0]} | ${cell(row, tests)} |\n`;
    }
  }
  return result;
}

function optionTable() {
  let result = "## Options\n";
  for (const group of new Set(options.map((row) => row.group))) {
    const list = group === "Options of a context" ? table.CONTEXT_OPTIONS : table.OPTIONS;
    result += `\n### ${group}\n\n| libzmq | here | tests |\n| --- | --- | --- |\n`;
    for (const row of options.filter((candidate) => candidate.group === group)) {
      const [property, entry] =
        Object.entries(list).find(([, { constant }]) => constant.split(", ").includes(row.name)) ?? [];
      const here = [row.cells[0] || undefined, property && `\`${property}\``].filter(Boolean).join(", ");
      if (here === "") faults.push(`${row.name}: the option table has no such option`);
      const fact = entry?.refused ? `refused: ${entry.refused}` : entry?.stored && `stored: ${entry.stored}`;
      const isPlain = list === table.OPTIONS || table.OPTIONS[property] === undefined;
      const word = isPlain && !EVERYDAY.has(property) ? property : undefined;
      const tests = mentioning(row.name, word);
      result += `| \`${row.name}\` | ${here}${fact ? `; ${fact}` : ""} | ${cell(row, tests)} |\n`;
    }
  }
  return result;
}

function eventTable() {
  let result = "## Monitor events\n\n| libzmq | here | tests |\n| --- | --- | --- |\n";
  for (const row of events)
    result += `| \`${row.name}\` | ${row.cells[0] ?? ""} | ${cell(row, mentioning(row.name))} |\n`;
  return result;
}

/** Exports name their tests in the list, which are held to importing them. */
function exportTable() {
  const rows = readList("exports");
  compareWithPackage(rows.map(({ name }) => name));
  const index = readFileSync(join(root, "src/index.ts"), "utf8");
  const program = readFileSync(join(root, "test", TYPE_PROGRAM), "utf8");
  let result = `## The \`zeromq\` package\n\nIts exported names, but those of \`draft\` and \`v5-compat\`; each has the same name here. \`test/${TYPE_PROGRAM}\` is a\nprogram of its users, which compiles against either package's types.\n\n| export | tests |\n| --- | --- |\n`;
  for (const { name, cells } of rows) {
    const word = new RegExp(`\\b${name}\\b`);
    if (!word.test(index)) faults.push(`${name}: src/index.ts does not export it`);
    if (!word.test(program)) faults.push(`${name}: test/${TYPE_PROGRAM} does not use it`);
    const files = [TYPE_PROGRAM, ...(cells[0] ?? "").split(" ").filter(Boolean)];
    for (const file of files) {
      const path = join(root, "test", file);
      if (!existsSync(path)) faults.push(`${name}: there is no test/${file}`);
      else if (file !== TYPE_PROGRAM && !imports(readFileSync(path, "utf8"), name))
        faults.push(`${name}: test/${file} does not import it`);
    }
    result += `| \`${name}\` | ${files.map((file) => link(file)).join(", ")} |\n`;
  }
  return result;
}

/** The list is kept true to the package that is installed, which is a dependency of development only. */
function compareWithPackage(listed) {
  const path = join(root, "node_modules/zeromq/lib/index.d.ts");
  if (!existsSync(path)) {
    faults.push("the zeromq package is not installed, its exports were NOT compared: npm ci");
    return;
  }
  const declarations = readFileSync(path, "utf8");
  const names = new Set();
  for (const [, group] of declarations.matchAll(/^export (?:type )?\{([^}]*)\}/gm))
    for (const name of group.split(",")) if (name.trim() !== "") names.add(name.trim().split(/\s+/).at(-1));
  for (const [, name] of declarations.matchAll(
    /^export (?:declare )?(?:class|type|interface|const|let|function|enum) (\w+)/gm,
  ))
    names.add(name);
  for (const name of names)
    if (!listed.includes(name))
      faults.push(`${name}: zeromq exports it, scripts/parity/exports.txt has it not`);
  for (const name of listed)
    if (!names.has(name))
      faults.push(`${name}: scripts/parity/exports.txt has it, zeromq does not export it`);
}

function imports(source, name) {
  return [...source.matchAll(/import ([^;]*?) from "zmq-ts"/g)].some(
    ([, what]) => new RegExp(`\\b${name}\\b`).test(what) || what.includes("* as"),
  );
}

function tagged(name) {
  return titles.filter(({ text }) => text.includes(`[${name}]`));
}

function mentioning(name, property) {
  const isFamily = ([, tag]) => familyOf(tag) !== undefined && name.startsWith(familyOf(tag));
  return titles.filter(
    ({ text, words }) =>
      words.has(name) ||
      (property !== undefined && words.has(property)) ||
      [...text.matchAll(TAG)].some(isFamily),
  );
}

/** The last column: tests by file, the reason why there are none, and the note. */
function cell(row, tests) {
  const parts = [];
  for (const file of new Set(tests.map((test) => test.file))) {
    const own = tests.filter((test) => test.file === file).map(({ text }) => plain(text));
    parts.push(`${link(file)}: ${[...new Set(own)].join("; ")}`);
  }
  if (row.reason !== undefined) parts.push(`**Not here**: ${row.reason}`);
  if (row.missing !== undefined) parts.push(`**Not in this version**: ${row.missing}`);
  if (parts.length === 0) {
    parts.push("**missing**");
    faults.push(`${row.name}: neither a test nor a reason`);
  }
  if (row.note !== undefined) parts.push(`*Note*: ${row.note}`);
  return parts.join("<br>");
}

function link(file) {
  return `[${file.replace(/\.test\.ts$/, "")}](../test/${file})`;
}

/** A title without its tags, as text of Markdown. */
function plain(title) {
  return title
    .replaceAll(TAG, "")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[|<>*_[\]`]/g, "\\$&");
}
