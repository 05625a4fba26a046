/** `ioThreads`: what background threads are for. The whole behaviour suite runs with them as well: `npm run test:io-threads`. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Context, Dealer, messageProperty, Pull, Push, Router } from "zmq-ts";
import { leastBusy } from "#src/threads/io-pool.js";
import { log, open, receiveTexts, rejects, soon, text, throws, until } from "../support/sockets.ts";
import { inThread, sharedContext } from "../support/threads.ts";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** A program in a process of its own; what it printed when it has ended by itself. */
async function program(source: string): Promise<string> {
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", source], {
    cwd: ROOT,
    timeout: 20_000,
  });
  return stdout;
}

function ioContext(t: { after(run: () => unknown): void }, ioThreads: number): Context {
  const context = new Context({ ioThreads });
  t.after(() => context.destroy(0));
  return context;
}

test("while a thread computes its I/O goes on: heartbeats are answered, messages taken up to the mark", async (t) => {
  const context = ioContext(t, 1);
  const router = open(t, Router, { context, receiveHighWaterMark: 50 });
  await router.bind("tcp://127.0.0.1:*");
  const { shared } = sharedContext(t);
  const done = new Int32Array(new SharedArrayBuffer(4));
  const peer = inThread(
    t,
    shared,
    async (zmq, _context, { endpoint, done }, say) => {
      const dealer = new zmq.Dealer({ heartbeatInterval: 20, heartbeatTimeout: 100, routingId: "d" });
      const events: string[] = [];
      dealer.events.on("disconnect", (event) => events.push(event.type));
      dealer.connect(endpoint);
      await dealer.send("hello");
      await dealer.receive();
      say("busy now");
      for (let i = 0; i < 40; i++) await dealer.send(String(i));
      // Many times what a peer that does not answer PINGs has.
      await new Promise((resolve) => setTimeout(resolve, 600));
      Atomics.store(done, 0, 1);
      Atomics.notify(done, 0);
      return events;
    },
    { endpoint: router.lastEndpoint!, done },
  );
  assert.deepEqual(text(await soon(router.receive())), ["d", "hello"]);
  await router.send(["d", "go on"]);
  await soon(peer.said());

  // As good as computing: the event loop stands still.
  Atomics.wait(done, 0, 0, 5000);

  assert.equal(done[0], 1);
  await until(() => router.readable, "what came meanwhile is here");
  for (let i = 0; i < 40; i++) assert.deepEqual(text(router.tryReceive()!), ["d", String(i)]);
  assert.deepEqual(await soon(peer.result), []);
});

test("endpoints go to the least busy thread that affinity allows", () => {
  assert.equal(leastBusy([0, 0, 0], 0), 0);
  assert.equal(leastBusy([2, 1, 1], 0), 1);
  assert.equal(leastBusy([0, 5, 4], 0b110), 2);
  assert.equal(leastBusy([0, 5, 4], 0b010), 1);
  assert.equal(leastBusy(Array(40).fill(1), 2 ** 33), 33);
  throws(() => leastBusy([0, 0], 0b100), "EMTHREAD");
});

test("affinity that allows no thread is EMTHREAD", async (t) => {
  const context = ioContext(t, 2);
  const push = open(t, Push, { context, affinity: 8 });

  throws(() => push.connect("tcp://127.0.0.1:1"), "EMTHREAD");
});

test("several threads, many endpoints: everything meets everything", async (t) => {
  const context = ioContext(t, 3);
  const pull = open(t, Pull, { context });
  for (let i = 0; i < 6; i++) await pull.bind("tcp://127.0.0.1:*");
  const ends: string[] = [];
  for (let i = 0; i < 6; i++) {
    const other = open(t, Pull, { context });
    await other.bind("ipc://*");
    other.close();
    await pull.bind("ipc://*");
    ends.push(pull.lastEndpoint!);
  }
  const pushes = ends.map((endpoint) => {
    const push = open(t, Push, { context });
    push.connect(endpoint);
    return push;
  });
  for (const [i, push] of pushes.entries()) await push.send(String(i));

  assert.deepEqual((await receiveTexts(pull, 6)).sort(), ["0", "1", "2", "3", "4", "5"]);
});

test("errors, monitor events and properties of messages are those of I/O in one's own thread", async (t) => {
  const context = ioContext(t, 1);
  const pull = open(t, Pull, { context });
  const events = log(pull);
  await pull.bind("tcp://127.0.0.1:*");
  const other = open(t, Pull, { context });
  const error = await rejects(other.bind(pull.lastEndpoint!), "EADDRINUSE");
  assert.equal(error.address, pull.lastEndpoint);
  const push = open(t, Push, { context, metadata: { "X-who": "me" } });
  push.connect(pull.lastEndpoint!);
  await push.send("x");
  const message = await soon(pull.receive());
  assert.equal(messageProperty(message, "X-who"), "me");
  assert.equal(messageProperty(message, "Peer-Address"), "127.0.0.1");
  push.close();
  await events.next("disconnect");
  assert.deepEqual(events.types, ["bind", "accept", "handshake", "disconnect"]);
});

test("ioThreads is checked", () => {
  for (const wrong of [-1, 65, 1.5]) throws(() => new Context({ ioThreads: wrong }), "EINVAL");
  assert.equal(new Context().ioThreads, 0);
});

test("threads may be asked for later: endpoints from then on are theirs", async (t) => {
  const context = new Context();
  t.after(() => context.destroy(0));
  const pull = open(t, Pull, { context });
  await pull.bind("tcp://127.0.0.1:*");
  const first = pull.lastEndpoint!;
  context.ioThreads = 1;
  await pull.bind("tcp://127.0.0.1:*");
  const push = open(t, Push, { context });
  push.connect(first);
  await push.send("one");
  push.disconnect(first);
  push.connect(pull.lastEndpoint!);
  await push.send("two");
  context.ioThreads = 0;
  const dealer = open(t, Dealer, { context });
  dealer.connect("tcp://127.0.0.1:1");

  assert.deepEqual((await receiveTexts(pull, 2)).sort(), ["one", "two"]);
});

test("a program ends by itself, what it has sent is delivered, and no thread holds it", async (t) => {
  const pull = open(t, Pull);
  await pull.bind("tcp://127.0.0.1:*");
  const output = await program(`
    import { Context, Push } from "zmq-ts";
    const push = new Push({ context: new Context({ ioThreads: 2 }) });
    push.connect(${JSON.stringify(pull.lastEndpoint)});
    for (let i = 0; i < 100; i++) await push.send(String(i));
    console.log("sent");
  `);

  assert.equal(output, "sent\n");
  assert.deepEqual(
    await receiveTexts(pull, 100),
    Array.from({ length: 100 }, (_, i) => String(i)),
  );
});

test("an idle program with threads uses no processor time", async () => {
  const output = await program(`
    import { Context, Pull, Push } from "zmq-ts";
    const context = new Context({ ioThreads: 2 });
    const pull = new Pull({ context });
    await pull.bind("tcp://127.0.0.1:*");
    const push = new Push({ context });
    push.connect(pull.lastEndpoint);
    await push.send("x");
    await pull.receive();
    pull.receiveTimeout = 400;
    const before = process.cpuUsage();
    await pull.receive().catch(() => {});
    const { user, system } = process.cpuUsage(before);
    console.log(user + system < 100_000 ? "idle" : "busy for " + (user + system) + " µs");
    await context.destroy();
  `);

  assert.equal(output, "idle\n");
});
