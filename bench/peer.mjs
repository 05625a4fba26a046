/**
 * The JavaScript side of the benchmark: one process, one role, for any package with the calls of `zeromq` 6. Takes the
 * same command line as `peer.c` (see README.md) and prints the same one line of JSON. `peer-ours.mjs` and
 * `peer-addon.mjs` bring the package.
 */
import { cycles } from "./roles/cycles.mjs";
import { dealers, echo } from "./roles/echo.mjs";
import { encrypt } from "./roles/endpoint.mjs";
import { flood, trickle } from "./roles/fairness.mjs";
import { pub, sub } from "./roles/fan-out.mjs";
import { inproc } from "./roles/inproc.mjs";
import { rep, req } from "./roles/latency.mjs";
import { proxy } from "./roles/proxy.mjs";
import { topicsPub, topicsSub } from "./roles/subscriptions.mjs";
import { threads, threadsLatency } from "./roles/threads.mjs";
import { pull, push } from "./roles/throughput.mjs";

const ROLES = {
  pull,
  push,
  rep,
  req,
  pub,
  sub,
  echo,
  dealers,
  inproc,
  proxy,
  cycles,
  flood,
  trickle,
  threads,
  "threads-latency": threadsLatency,
  "topics-pub": topicsPub,
  "topics-sub": topicsSub,
};

/**
 * @param zmq the package
 * @param quirks what has to be done differently with it
 */
export async function runPeer(zmq, quirks = {}) {
  const [role, endpoint, size, count, ...rest] = process.argv.slice(2);
  const more = Object.fromEntries(rest.map((argument) => argument.split("=")));
  const run = ROLES[role];
  if (run === undefined || count === undefined) {
    console.error("usage: peer ROLE ENDPOINT[,ENDPOINT] SIZE COUNT [name=value ...]");
    process.exit(2);
  }

  // Ends by itself, whatever becomes of the parent.
  setTimeout(() => process.exit(3), Number(more.limit ?? 120) * 1000).unref();
  process.on("disconnect", () => process.exit(3));
  // Roles that serve keep their figures here until they are told to stop.
  const figures = {};
  process.on("SIGTERM", () => report(figures));

  if (more.mode === "io") zmq.context.ioThreads = 1;
  if (more.curve === "1") {
    encrypt();
    await quirks.prepareCurve?.(more.mode);
  }
  const result = await run({
    zmq,
    quirks,
    endpoint,
    size: Number(size),
    count: Number(count),
    hwm: Number(more.hwm ?? 1000),
    peers: Number(more.peers ?? 1),
    topics: Number(more.topics ?? 0),
    window: Number(more.window ?? 1),
    parts: Number(more.parts ?? 1),
    burst: Number(more.burst ?? 500),
    work: Number(more.work ?? 0),
    type: more.type ?? "",
    isBatch: more.mode === "batch",
    figures,
  });
  // The parent ends this process when the other side is done too: what lingers still has to go out.
  print(result);
}

function report(figures) {
  print(figures);
  process.exit(0);
}

function print(figures) {
  process.stdout.write(JSON.stringify({ ...figures, peakKb: process.resourceUsage().maxRSS }) + "\n");
}
