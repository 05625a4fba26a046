// `npm run demo`: thirteen processes over TCP do request-reply, publish-subscribe and a ventilator–worker–sink pipeline,
// one after the other, with live progress, and a summary at the end. Exits with 1 when anything went wrong.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PART = fileURLToPath(new URL("demo/part.mjs", import.meta.url));
const SECONDS = 3;
const TASKS = 200_000;
const PATIENCE_SECONDS = 90;
const children = new Set();
const summary = [];

process.on("exit", () => {
  for (const child of children) child.kill();
});

// Ten to fifteen seconds are usual.
setTimeout(
  () => check(false, `it was not over after ${PATIENCE_SECONDS} seconds`),
  PATIENCE_SECONDS * 1000,
).unref();

await requestReply();
await publishSubscribe();
await pipeline();
console.log(`\n${summary.join("\n")}\n\nAll three patterns ran, nothing was lost.`);

async function requestReply() {
  const server = start("server");
  const endpoint = await server.said("endpoint");
  const one = start("client", endpoint, SECONDS);
  progress("request-reply", [one]);
  const turns = await one.said("done");
  const many = start("dealer", endpoint, SECONDS);
  progress("request-reply, 100 in flight", [many]);
  const flights = await many.said("done");
  server.send("stop");
  line(
    `Request-reply        ${rate(turns)} round trips/s one at a time, ${rate(flights)} with 100 in flight`,
  );
}

async function publishSubscribe() {
  const topics = ["tick.", "tick.", "tick.even", "tick.odd"];
  const publisher = start("publisher", SECONDS, topics.length);
  const endpoint = await publisher.said("endpoint");
  const subscribers = topics.map((topic) => start("subscriber", endpoint, topic));
  progress("publish-subscribe", subscribers);
  const sent = await publisher.said("done");
  const received = await Promise.all(subscribers.map((child) => child.said("done")));
  const expected = [sent, sent, Math.ceil(sent / 2), Math.floor(sent / 2)];
  check(
    received.join() === expected.join(),
    `subscribers got ${received.join()} where ${expected.join()} were published`,
  );
  line(
    `Publish-subscribe    ${rate(sent)} messages/s published, ${rate(sum(received))} delivered to 4 subscribers`,
  );
}

async function pipeline() {
  const ventilator = start("ventilator", TASKS);
  const sink = start("sink", TASKS);
  const [tasks, results] = [await ventilator.said("endpoint"), await sink.said("endpoint")];
  const workers = [1, 2, 3].map(() => start("worker", tasks, results));
  await Promise.all(workers.map((child) => child.said("ready")));
  progress("ventilator–worker–sink", [sink]);
  const begin = performance.now();
  ventilator.send("go");
  await sink.said("done");
  const seconds = (performance.now() - begin) / 1000;
  check(sink.last.sum === TASKS * (TASKS - 1), "the sum of the results is wrong");
  for (const worker of workers) worker.send("stop");
  const shares = await Promise.all(workers.map((child) => child.said("done")));
  check(sum(shares) === TASKS, `the workers did ${sum(shares)} tasks of ${TASKS}`);
  line(
    `Pipeline             ${format(TASKS / seconds)} tasks/s through 3 workers (${shares.map(format).join(", ")})`,
  );
}

/** A process of the demo. `said(key)` resolves to what it reports under that key. */
function start(role, ...args) {
  const child = fork(PART, [role, ...args.map(String)]);
  children.add(child);
  const heard = {};
  const waiting = {};
  child.count = 0;
  child.last = {};
  child.on("message", (message) => {
    child.count = message.count ?? message.done ?? child.count;
    child.last = message;
    for (const [key, value] of Object.entries(message)) {
      heard[key] = value;
      waiting[key]?.(value);
    }
  });
  child.said = async (key) =>
    heard[key] ??
    new Promise((resolve) => {
      waiting[key] = resolve;
    });
  once(child, "exit").then(([code]) => {
    children.delete(child);
    check(code === 0, `the process "${role}" failed`);
  });
  return child;
}

/** A line that is renewed while the children count; nothing where there is no terminal. */
function progress(title, counting) {
  console.log(`${title} …`);
  if (!process.stdout.isTTY) return;
  const begin = performance.now();
  const timer = setInterval(() => {
    const counts = counting.map((child) => child.count);
    const seconds = (performance.now() - begin) / 1000;
    process.stdout.write(`\r  ${counts.map(format).join("  ")}   ${format(sum(counts) / seconds)}/s\x1b[K`);
    if (counting.every((child) => child.last.done !== undefined || child.exitCode !== null)) {
      clearInterval(timer);
      process.stdout.write("\r\x1b[K");
    }
  }, 100);
  timer.unref();
}

function line(text) {
  summary.push(text);
  console.log(`  ${text}`);
}

function check(condition, problem) {
  if (condition) return;
  console.error(`\nThe demo failed: ${problem}.`);
  process.exit(1);
}

function sum(numbers) {
  return numbers.reduce((a, b) => a + b, 0);
}

function rate(count) {
  return format(count / SECONDS);
}

function format(number) {
  return Math.round(number).toLocaleString("en-US");
}
