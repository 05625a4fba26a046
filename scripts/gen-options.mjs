// Makes src/api/accessors.ts and docs/options.md from the option table, so that there is one truth.
// `--check`: writes nothing and fails when either is out of date.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const { OPTIONS } = await loadTable();
const rows = Object.entries(OPTIONS);
const WRITABLE = setOf("sendTimeout");
const READABLE = setOf("receiveTimeout");
const CLASSES = {
  PAIR: "Pair",
  PUB: "Publisher",
  SUB: "Subscriber",
  REQ: "Request",
  REP: "Reply",
  DEALER: "Dealer",
  ROUTER: "Router",
  PULL: "Pull",
  PUSH: "Push",
  XPUB: "XPublisher",
  XSUB: "XSubscriber",
  STREAM: "Stream",
  SERVER: "Server",
  CLIENT: "Client",
  RADIO: "Radio",
  DISH: "Dish",
  GATHER: "Gather",
  SCATTER: "Scatter",
  DGRAM: "Datagram",
  PEER: "Peer",
  CHANNEL: "Channel",
};
const TYPES = {
  int: "number",
  bool: "boolean",
  text: "string | null",
  properties: "Readonly<Record<string, string>> | null",
};
const SPECIAL_TYPES = {
  verbosity: 'null | "allSubs" | "allSubsUnsubs"',
  gssapiPrincipalNameType: '"hostBased" | "userName" | "krb5Principal"',
  gssapiServicePrincipalNameType: '"hostBased" | "userName" | "krb5Principal"',
};

const outputs = { "src/api/accessors.ts": accessors(), "docs/options.md": reference() };
let stale = 0;
for (const [path, text] of Object.entries(outputs)) {
  if (!process.argv.includes("--check")) writeFileSync(path, text);
  else if (readFileSync(path, "utf8") !== text) {
    console.error(`${path} is out of date: run node scripts/gen-options.mjs`);
    stale++;
  }
}
process.exitCode = stale > 0 ? 1 : 0;

/** The table imports nothing that matters here, so its types are stripped and it is loaded by itself. */
async function loadTable() {
  const folder = join(tmpdir(), `zmq-options-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync(process.execPath, [
      "node_modules/typescript/bin/tsc",
      "src/core/option-table.ts",
      "--ignoreConfig",
      "--outDir",
      folder,
      "--target",
      "es2022",
      "--module",
      "nodenext",
      "--rewriteRelativeImportExtensions",
      "--skipLibCheck",
      "--rootDir",
      "src",
      "--types",
      "node",
    ]);
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    return await import(pathToFileURL(join(folder, "core/option-table.js")).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function setOf(name) {
  return JSON.stringify(OPTIONS[name].on);
}

function accessors() {
  const common = rows.filter(([, row]) => row.on === undefined);
  const writable = rows.filter(([, row]) => JSON.stringify(row.on) === WRITABLE);
  const readable = rows.filter(([, row]) => JSON.stringify(row.on) === READABLE);
  const shared = new Set([...common, ...writable, ...readable].map(([name]) => name));
  let text = "/** Made by scripts/gen-options.mjs from the option table; do not edit. */\n\n";
  text += "/** The options of every socket. */\n" + declare("SocketAccessors", common);
  text += "\n/** Those of sockets that can send. */\n" + declare("WritableAccessors", writable);
  text += "\n/** Those of sockets that can receive. */\n" + declare("ReadableAccessors", readable);
  for (const [type, name] of Object.entries(CLASSES)) {
    const own = rows.filter(([option, row]) => !shared.has(option) && row.on.includes(type));
    text +=
      `\n/** Those of ${type} alone, or shared with few others. */\n` + declare(`${name}Accessors`, own);
  }
  return text;
}

function declare(name, list) {
  if (list.length === 0)
    return `// biome-ignore lint/suspicious/noEmptyInterface: this type has no options of its own yet\nexport interface ${name} {}\n`;
  return `export interface ${name} {\n${list.map(member).join("")}}\n`;
}

function member([name, row]) {
  const lines = [`${row.constant ? `${row.constant}. ` : ""}${row.about}`, facts(row)];
  if (row.stored) lines.push(`Stored but without effect: ${row.stored}.`);
  lines.push(`@throws ZmqError ${row.refused ? `ENOTSUP: ${row.refused}` : throws(row)}`);
  const comment = `  /**\n${lines.map((line) => `   * ${line}\n`).join("")}   */\n`;
  if (row.kind !== "key") return `${comment}  ${name}: ${typeOf(name, row)};\n`;
  return `${comment}  get ${name}(): string | null;\n  set ${name}(value: string | Uint8Array | null);\n`;
}

function throws(row) {
  if (row.kind === "int") return "EINVAL out of range; ENOTSOCK on a closed socket";
  if (row.kind === "key") return "EINVAL for what is no key, null too; ENOTSOCK on a closed socket";
  return "ENOTSOCK on a closed socket";
}

function facts(row) {
  const parts = [];
  if (row.unit) parts.push(`In ${row.unit}.`);
  if (row.kind === "int")
    parts.push(`From ${row.min}${row.max ? ` to ${row.max}` : ""}, default ${row.default}.`);
  else parts.push(`Default ${row.default}.`);
  parts.push(row.live ? "Takes effect at once." : "Takes effect with the next bind or connect.");
  return parts.join(" ");
}

function typeOf(name, row) {
  return SPECIAL_TYPES[name] ?? TYPES[row.kind];
}

function reference() {
  let text =
    "# Options\n\nMade from the option table in `src/core/option-table.ts` by `scripts/gen-options.mjs`; do not edit.\n\n";
  text +=
    "Every option is a property of the sockets that take it, and of the object given to their constructor. ";
  text += "Those marked *at once* act on what exists; the others on the next `bind` or `connect`.\n\n";
  text +=
    "| option | libzmq | sockets | type and range | default | effect | meaning |\n| --- | --- | --- | --- | --- | --- | --- |\n";
  for (const [name, row] of rows) {
    const sockets = row.on
      ? JSON.stringify(row.on) === WRITABLE
        ? "all that send"
        : JSON.stringify(row.on) === READABLE
          ? "all that receive"
          : row.on.join(" ")
      : "all";
    const range =
      row.kind === "int"
        ? `${row.min} to ${row.max ?? "2³¹−1"}${row.unit ? ` ${row.unit}` : ""}`
        : {
            bool: "true, false",
            text: "text, bytes or null",
            key: "Z85 text or 32 bytes",
            properties: "object, text or null",
          }[row.kind];
    const note = row.refused
      ? ` **Refused** (ENOTSUP): ${row.refused}.`
      : row.stored
        ? ` **Stored only**: ${row.stored}.`
        : "";
    text += `| \`${name}\` | ${row.constant ? `\`${row.constant}\`` : "–"}${row.id > 0 ? ` ${row.id}` : ""} | ${sockets} | ${range} | ${row.default} | ${row.live ? "at once" : "next"} | ${row.about}${note} |\n`;
  }
  return text;
}
