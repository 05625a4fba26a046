// Makes src/api/accessors.ts and docs/options.md from the option table, so that there is one truth.
// `--check`: writes nothing and fails when either is out of date.

import { readFileSync, writeFileSync } from "node:fs";
import { loadTable } from "./option-table.mjs";

const { OPTIONS, CONTEXT_OPTIONS } = await loadTable();
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
  bytes: "string | Buffer | null",
  properties: "Readonly<Record<string, string>> | null",
};
const SPECIAL_TYPES = {
  // As the `zeromq` package types them; bytes are taken all the same.
  routingId: "string | null",
  welcomeMessage: "string | null",
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
        ? intRange(row)
        : {
            bool: "true, false",
            text: "text, bytes or null",
            bytes: "text, bytes or null",
            key: "Z85 text or 32 bytes",
            properties: "object, text or null",
          }[row.kind];
    const note = noteOf(row);
    text += `| \`${name}\` | ${row.constant ? `\`${row.constant}\`` : "–"}${row.id > 0 ? ` ${row.id}` : ""} | ${sockets} | ${range} | ${row.default} | ${row.live ? "at once" : "next"} | ${row.about}${note} |\n`;
  }
  return text + contextReference() + numbersOnly();
}

function intRange(row) {
  return `${row.min} to ${row.max ?? "2³¹−1"}${row.unit ? ` ${row.unit}` : ""}`;
}

function noteOf(row) {
  if (row.refused) return ` **Refused** (ENOTSUP): ${row.refused}.`;
  return row.stored ? ` **Stored only**: ${row.stored}.` : "";
}

function contextReference() {
  let text =
    "\n## Options of a context\n\nProperties of a `Context`; by number through its `getOption` and `setOption`.\n\n";
  text += "| option | libzmq | type and range | default | meaning |\n| --- | --- | --- | --- | --- |\n";
  for (const [name, row] of Object.entries(CONTEXT_OPTIONS)) {
    const range = { int: intRange, bool: () => "true, false", text: () => "text, number or null" }[row.kind](
      row,
    );
    text += `| \`${name}\` | \`${row.constant}\` ${row.id} | ${range} | ${row.default} | ${row.about}${noteOf(row)} |\n`;
  }
  return text;
}

function numbersOnly() {
  return `
## By number

\`socket.getOption(constants.ZMQ_LINGER)\` and \`socket.setOption(constants.ZMQ_LINGER, 0)\` take libzmq's numbers; \`constants\`
has the names of \`zmq.h\`. Booleans are read as 0 and 1, and any number above 0 sets
them, which libzmq allows for some; binary options are read as a Buffer, null where nothing is set. What libzmq can only set
is read here all the same. PUB, which is an XPUB in libzmq, has the options of XPUB. Options that libzmq keeps on every
socket, though they mean nothing there, are kept here too. Beside those of the table there are:

| number | what it is here |
| --- | --- |
| \`ZMQ_SUBSCRIBE\` 6, \`ZMQ_UNSUBSCRIBE\` 7 | set only: \`subscribe\` and \`unsubscribe\` of SUB, and of XPUB with \`manual\` |
| \`ZMQ_RCVMORE\` 13 | read only, 0: \`receive\` gives whole messages |
| \`ZMQ_FD\` 14 | ENOTSUP: there is no file descriptor; await \`receive\`, or look at \`readable\` and \`writable\` |
| \`ZMQ_EVENTS\` 15 | read only: 1 for \`readable\` + 2 for \`writable\` |
| \`ZMQ_TYPE\` 16, \`ZMQ_LAST_ENDPOINT\` 32, \`ZMQ_MECHANISM\` 43, \`ZMQ_THREAD_SAFE\` 81 | read only: \`type\`, \`lastEndpoint\`, \`securityMechanism\` (0 to 3), \`threadSafe\` |
| \`ZMQ_IPV4ONLY\` 31 | the opposite of \`ipv6\` |
| \`ZMQ_XPUB_VERBOSE\` 40, \`ZMQ_XPUB_VERBOSER\` 78 | \`verbosity\`: "allSubs", "allSubsUnsubs"; 0 for null |
| \`ZMQ_TOPICS_COUNT\` 116 | read only: \`topicsCount\` of PUB, XPUB, SUB and XSUB |
`;
}
