/**
 * The works that are compared: which processes take part, how many messages, what is read off, and the targets. All
 * pairs of a row use the same sizes and high-water marks; the addon gets fewer messages where the same number would
 * take it ten times as long. Counts are for samples of one to a few seconds.
 */

/** Side "a" sends or asks, side "b" receives or serves: a mixed pair has a different library on each. */
const SAME = ["ours", "c", "addon"];
const MIXED = ["ours>c", "c>ours"];
const HWM = 1000;

const SIZES = [
  { size: 10, label: "10 B", count: 8_000_000, addon: 300_000, vsAddon: 10, core: true },
  { size: 100, label: "100 B", count: 5_000_000, addon: 300_000, vsAddon: 10 },
  { size: 1000, label: "1 kB", count: 1_600_000, addon: 300_000, core: true },
  { size: 10_000, label: "10 kB", count: 120_000, addon: 60_000 },
  { size: 100_000, label: "100 kB", count: 15_000, addon: 15_000, vsAddon: 1, core: true },
  // At 1000 messages the queues of either side would hold a gigabyte.
  { size: 1_000_000, label: "1 MB", count: 1500, addon: 1500, vsAddon: 1, hwm: 100 },
];

/** @typedef {{ key: string, label: string, unit: string, better: "higher" | "lower", of: (results: object) => number,
 *   targets?: { c?: number, addon?: number, batch?: number, wasm?: number } }} Metric */

export const ROWS = [
  ...["tcp", "ipc"].flatMap((transport) => SIZES.map((entry) => throughput(transport, entry))),
  ...["tcp", "ipc"].flatMap((transport) => [latency(transport, 1, "1 B"), latency(transport, 1000, "1 kB")]),
  curve(100, "100 B", 2_000_000),
  curve(1000, "1 kB", 800_000),
  curve(100_000, "100 kB", 12_000),
  computing("", 100_000, "100 kB", 12_000, 100),
  computing("curve", 1000, "1 kB", 200_000, 6),
  computing("curve", 100_000, "100 kB", 8000, 400),
  fanOut(1, 4_000_000, 200_000),
  fanOut(8, 1_500_000, 30_000),
  fanOut(64, 200_000, 4000),
  subscriptions(10_000, "10 k", 500_000, 80_000),
  subscriptions(1_000_000, "1 M", 300_000, 80_000),
  echoes(1, 500_000, 80_000),
  echoes(100, 200_000, 60_000),
  echoes(5000, 100_000, 40_000),
  inproc(10, "10 B", 10_000_000, 400_000),
  inproc(1000, "1 kB", 8_000_000, 400_000),
  threads(10, "10 B", 12_000_000),
  threads(1000, "1 kB", 2_500_000),
  threadsLatency(),
  proxyEcho(),
  proxyPubSub(),
  cycles(),
  parts(4, 600_000, 100_000),
  parts(64, 60_000, 15_000),
  parts(1000, 4000, 1500),
  depth(1000, "1 k", 2_000_000, 200_000),
  depth(100_000, "100 k", 2_000_000, 200_000),
  depth(1_000_000, "1 M", 2_000_000),
  fairness(false),
  fairness(true),
];

function rate(from, targets, label = "") {
  return {
    key: "rate",
    label,
    unit: "/s",
    better: "higher",
    of: (results) => results[from].counted / results[from].seconds,
    targets,
  };
}

function throughput(transport, { size, label, count, addon, vsAddon, hwm = HWM, core = false }) {
  return {
    id: `throughput-${transport}-${label.replace(" ", "")}`,
    title: `PUSH→PULL ${transport} ${label}`,
    core: core && transport === "tcp",
    transport,
    counts: { default: count, addon, min: 2000 * (size < 1e5) + 50 },
    size,
    more: { hwm },
    pairs: [...SAME, "ours-batch", ...(transport === "tcp" ? ["ours-io"] : []), ...MIXED],
    steps: [
      { key: "pull", side: "b", role: "pull", at: "bind" },
      { key: "push", side: "a", role: "push", at: { step: "pull" } },
    ],
    metrics: [rate("pull", { c: 1, addon: vsAddon, batch: size <= 10_000 ? 1.5 : 1 })],
  };
}

/** Encrypted; with `sodium-native`, and by itself. */
function curve(size, label, count) {
  return {
    id: `curve-tcp-${label.replace(" ", "")}`,
    title: `CURVE PUSH→PULL tcp ${label}`,
    core: true,
    transport: "tcp",
    counts: { default: count, min: 500 },
    size,
    more: { hwm: HWM, curve: 1 },
    pairs: [...SAME, "ours-batch", "ours-wasm", "ours-io", ...MIXED],
    steps: [
      { key: "pull", side: "b", role: "pull", at: "bind" },
      { key: "push", side: "a", role: "push", at: { step: "pull" } },
    ],
    metrics: [rate("pull", { c: 1, batch: 1, wasm: 0.4 }, "sodium-native")],
  };
}

/** The receiver does something with each message, for so many microseconds: what I/O threads are for. */
function computing(mechanism, size, label, count, work) {
  return {
    id: `computing-${mechanism || "plain"}-${label.replace(" ", "")}`,
    title: `${mechanism.toUpperCase()} PUSH→PULL tcp ${label}, ${work} µs of work each`.trim(),
    transport: "tcp",
    counts: { default: count, min: 500 },
    size,
    more: { hwm: HWM, ...(mechanism !== "" && { curve: 1 }) },
    pairs: ["ours", "ours-io-receiver"],
    steps: [
      { key: "pull", side: "b", role: "pull", at: "bind", more: { work } },
      { key: "push", side: "a", role: "push", at: { step: "pull" } },
    ],
    metrics: [rate("pull")],
  };
}

function latency(transport, size, label) {
  const micros = (key, name, targets) => ({
    key,
    label: name,
    unit: "µs",
    better: "lower",
    of: (results) => results.req[key],
    targets,
  });
  return {
    id: `latency-${transport}-${label.replace(" ", "")}`,
    title: `REQ/REP ${transport} ${label}`,
    core: transport === "tcp",
    transport,
    counts: { default: 20_000, min: 500 },
    size,
    pairs: [...SAME, ...MIXED],
    steps: [
      { key: "rep", side: "b", role: "rep", at: "bind" },
      { key: "req", side: "a", role: "req", at: { step: "rep" } },
    ],
    metrics: [
      micros("half", "½ trip", { c: 1, addon: 0.5 }),
      micros("p50", "p50"),
      micros("p99", "p99"),
      micros("p999", "p99.9"),
    ],
  };
}

function fanOut(peers, count, addon) {
  return {
    id: `fan-out-${peers}`,
    title: `PUB to ${peers} SUB, 100 B`,
    core: peers === 8,
    transport: "tcp",
    counts: { default: count, addon, min: 1000 },
    size: 100,
    more: { hwm: HWM, peers },
    pairs: [...SAME, "ours-batch"],
    steps: [
      { key: "pub", side: "a", role: "pub", at: "bind" },
      { key: "sub", side: "b", role: "sub", at: { step: "pub" } },
    ],
    metrics: [rate("sub", { c: 1.5, addon: 5, batch: 1.5 }, "received")],
  };
}

function subscriptions(topics, label, count, addon) {
  const each = (key, name) => ({
    key,
    label: name,
    unit: "/s",
    better: "higher",
    of: (results) => topics / results.sub[key],
    targets: { c: 1, addon: 1 },
  });
  return {
    id: `subscriptions-${label.replace(" ", "")}`,
    title: `${label} subscriptions`,
    transport: "tcp",
    limit: 180,
    counts: { default: count, addon, min: 2000 },
    size: 100,
    more: { hwm: HWM, topics },
    pairs: SAME,
    steps: [
      { key: "pub", side: "a", role: "topics-pub", at: "bind" },
      { key: "sub", side: "b", role: "topics-sub", at: { step: "pub" } },
    ],
    metrics: [
      rate("sub", { c: 1, addon: 1 }, "publish"),
      each("subscribing", "subscribe"),
      each("cancelling", "cancel"),
      {
        key: "held",
        label: "memory each",
        unit: "B",
        better: "lower",
        of: (results) => results.pub.heldBytes / topics,
        targets: { c: 1, addon: 1 },
      },
    ],
  };
}

function echoes(peers, count, addon) {
  const perConnection = {
    key: "held",
    label: "memory each",
    unit: "B",
    better: "lower",
    of: (results) => results.router.heldBytes / peers,
    targets: { c: 2, addon: 1 },
  };
  return {
    id: `router-${peers}`,
    title: `ROUTER echo, ${peers} DEALER`,
    transport: "tcp",
    limit: 120,
    counts: { default: count, addon, min: Math.max(2000, peers) },
    size: 100,
    more: { hwm: HWM, peers, window: Math.max(1, Math.round(100 / peers)) },
    pairs: SAME,
    steps: [
      { key: "router", side: "b", role: "echo", at: "bind", more: { type: "router" }, serves: true },
      { key: "dealers", side: "a", role: "dealers", at: { step: "router" } },
    ],
    // One connection is lost in the noise of the process's memory.
    metrics: [rate("dealers", { c: 1, addon: 1 }), ...(peers > 1 ? [perConnection] : [])],
  };
}

function inproc(size, label, count, addon) {
  return {
    id: `inproc-${label.replace(" ", "")}`,
    title: `inproc, one thread, ${label}`,
    core: true,
    transport: "inproc",
    counts: { default: count, addon, min: 5000 },
    size,
    more: { hwm: HWM },
    pairs: [...SAME, "ours-batch"],
    steps: [{ key: "both", side: "a", role: "inproc", at: "bind" }],
    metrics: [rate("both", { c: 1, addon: 10 })],
  };
}

/** PUSH in one thread, PULL in another; and how many times what a `MessagePort` moves that is. */
function threads(size, label, count) {
  return {
    id: `threads-${label.replace(" ", "")}`,
    title: `inproc, two threads, ${label}`,
    core: true,
    transport: "inproc",
    counts: { default: count, min: 5000 },
    size,
    more: { hwm: HWM },
    pairs: ["ours", "c", "ours-batch"],
    steps: [{ key: "both", side: "a", role: "threads", at: "bind" }],
    metrics: [
      rate("both", { c: 0.5, batch: 0.5 }),
      {
        key: "port",
        label: "times a MessagePort",
        unit: "×",
        better: "higher",
        of: (results) => results.both.timesPort,
      },
    ],
  };
}

/** REQ and REP in two threads, beside a bare round trip of `Atomics.waitAsync`. */
function threadsLatency() {
  const micros = (key, label) => ({
    key,
    label,
    unit: "µs",
    better: "lower",
    of: (results) => results.both[key],
  });
  return {
    id: "threads-latency",
    title: "REQ/REP inproc, two threads, 1 B",
    core: true,
    transport: "inproc",
    counts: { default: 20_000, min: 500 },
    size: 1,
    pairs: ["ours"],
    steps: [{ key: "both", side: "a", role: "threads-latency", at: "bind" }],
    metrics: [micros("half", "½ trip"), micros("bare", "½ trip of waitAsync")],
  };
}

function proxyEcho() {
  return {
    id: "proxy-router-dealer",
    title: "proxy ROUTER–DEALER, echo",
    transport: "tcp",
    counts: { default: 300_000, addon: 60_000, min: 2000 },
    size: 100,
    more: { hwm: HWM, window: 100 },
    pairs: SAME,
    steps: [
      {
        key: "proxy",
        side: "b",
        role: "proxy",
        at: "bind-two",
        more: { type: "router-dealer" },
        serves: true,
      },
      {
        key: "worker",
        side: "b",
        role: "echo",
        at: { step: "proxy", index: 1 },
        more: { type: "dealer" },
        serves: true,
      },
      { key: "client", side: "a", role: "dealers", at: { step: "proxy", index: 0 } },
    ],
    metrics: [rate("client", { c: 1, addon: 1 })],
  };
}

function proxyPubSub() {
  return {
    id: "proxy-xsub-xpub",
    title: "proxy XSUB–XPUB, 100 B",
    transport: "tcp",
    counts: { default: 2_000_000, addon: 150_000, min: 2000 },
    size: 100,
    more: { hwm: HWM },
    pairs: SAME,
    steps: [
      { key: "proxy", side: "b", role: "proxy", at: "bind-two", more: { type: "xsub-xpub" }, serves: true },
      { key: "pub", side: "a", role: "pub", at: { step: "proxy", index: 0 } },
      { key: "sub", side: "b", role: "sub", at: { step: "proxy", index: 1 } },
    ],
    metrics: [rate("sub", { c: 1, addon: 1 })],
  };
}

function cycles() {
  return {
    id: "cycles",
    title: "connect, handshake, disconnect",
    transport: "tcp",
    counts: { default: 3000, min: 100 },
    size: 1,
    pairs: SAME,
    steps: [
      { key: "server", side: "b", role: "echo", at: "bind", more: { type: "router" }, serves: true },
      { key: "client", side: "a", role: "cycles", at: { step: "server" } },
    ],
    metrics: [rate("client", { c: 1, addon: 1 })],
  };
}

function parts(number, count, addon) {
  return {
    id: `parts-${number}`,
    title: `PUSH→PULL tcp ${number} parts of 10 B`,
    transport: "tcp",
    counts: { default: count, addon, min: 200 },
    size: 10,
    more: { hwm: HWM, parts: number },
    pairs: SAME,
    steps: [
      { key: "pull", side: "b", role: "pull", at: "bind" },
      { key: "push", side: "a", role: "push", at: { step: "pull" } },
    ],
    metrics: [
      {
        ...rate("pull", { c: 1 }, "parts"),
        of: ({ pull }) => (pull.counted * number) / pull.seconds,
      },
    ],
  };
}

/** A queue filled to this depth and drained, again and again. */
function depth(burst, label, count, addon) {
  return {
    id: `depth-${burst}`,
    title: `inproc, queue of ${label}, 10 B`,
    transport: "inproc",
    counts: { default: count, addon, min: burst },
    size: 10,
    more: { hwm: 0, burst },
    // The addon keeps no queue of its own: 1 M waiting promises are not what is compared.
    pairs: addon === undefined ? ["ours", "c"] : SAME,
    steps: [{ key: "both", side: "a", role: "inproc", at: "bind" }],
    metrics: [rate("both", { c: 1 })],
  };
}

/** The latency of a peer that trickles, alone and beside one that floods the same ROUTER. */
function fairness(isFlooded) {
  const micros = (key) => ({
    key,
    label: key,
    unit: "µs",
    better: "lower",
    of: (results) => results.trickle[key],
  });
  const flooding = {
    key: "flood",
    side: "a",
    role: "flood",
    at: { step: "router" },
    more: { window: 500 },
    serves: true,
  };
  return {
    id: `trickle-${isFlooded ? "flooded" : "alone"}`,
    title: `trickling DEALER, ${isFlooded ? "beside a flood" : "alone"}`,
    transport: "tcp",
    counts: { default: 1500, min: 100 },
    size: 100,
    more: { hwm: HWM },
    pairs: SAME,
    steps: [
      { key: "router", side: "b", role: "echo", at: "bind", more: { type: "router" }, serves: true },
      ...(isFlooded ? [flooding] : []),
      { key: "trickle", side: "a", role: "trickle", at: { step: "router" } },
    ],
    metrics: [micros("p50"), micros("p99")],
  };
}
