/** `ioThreads`: what background threads are for. The whole behaviour suite runs with them as well: `npm run test:io-threads`. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Context, Dealer, messageProperty, Pull, Push, Router } from "zmq-ts";
import { leastBusy } from "#src/threads/io-pool.js";
import { beMuteUntilThrownOut } from "../support/interop-zmtp.ts";
import {
  endpointToCome,
  log,
  open,
  receiveTexts,
  rejects,
  STREAM_TRANSPORTS,
  soon,
  text,
  throws,
  turns,
  until,
} from "../support/sockets.ts";
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

/** How many threads are started from now on, by this thread. */
function startedThreads(t: { after(run: () => unknown): void }): () => number {
  let count = 0;
  const started = () => {
    count++;
  };
  process.on("worker", started);
  t.after(() => process.off("worker", started));
  return () => count;
}

for (const transport of STREAM_TRANSPORTS) {
  test(`[test_rebind_ipc] an endpoint passes from a socket that closes to one of another thread over ${transport}`, async (t) => {
    const context = ioContext(t, 2);
    const endpoint = await endpointToCome(t, transport);
    const pull = open(t, Pull, { reconnectInterval: 1 });
    pull.connect(endpoint);
    // Each is in the thread that the one before it was not in: without care it would bind before that has let go.
    for (let i = 0; i < 20; i++) {
      const push = open(t, Push, { context, affinity: 1 + (i % 2) });
      await push.bind(endpoint);
      await push.send(String(i));
      assert.deepEqual(await receiveTexts(pull, 1), [String(i)]);
      push.close();
    }
  });
}

test("connections are spread over the threads by load", async (t) => {
  const pull = open(t, Pull);
  await pull.bind("tcp://127.0.0.1:*");
  const context = ioContext(t, 3);
  const count = startedThreads(t);
  const connect = () => {
    const push = open(t, Push, { context });
    push.connect(pull.lastEndpoint!);
    return push;
  };

  const counts: number[] = [];
  const pushes: Push[] = [];
  for (let i = 0; i < 5; i++) {
    pushes.push(connect());
    // It is told of a thread in the turn after.
    await turns();
    counts.push(count());
  }

  assert.deepEqual(counts, [1, 2, 3, 3, 3]);
  for (const [i, push] of pushes.entries()) await push.send(String(i));
  assert.deepEqual((await receiveTexts(pull, 5)).sort(), ["0", "1", "2", "3", "4"]);
});

test("a thread that is busier than one that affinity allows as well gets nothing more", async (t) => {
  const pull = open(t, Pull);
  await pull.bind("tcp://127.0.0.1:*");
  const context = ioContext(t, 2);
  const count = startedThreads(t);
  const connect = (affinity: number) => open(t, Push, { context, affinity }).connect(pull.lastEndpoint!);

  for (let i = 0; i < 3; i++) connect(0b01);
  await turns();
  assert.equal(count(), 1, "affinity keeps them in the first thread");
  connect(0b10);
  await turns();
  assert.equal(count(), 2, "and this one in the second");
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

test("a program keeps the long frames that it sends, and may send on those that it receives", async (t) => {
  const context = ioContext(t, 2);
  const [first, last] = [open(t, Pull, { context }), open(t, Pull, { context })];
  const [push, on] = [open(t, Push, { context }), open(t, Push, { context })];
  await first.bind("tcp://127.0.0.1:*");
  await last.bind("ipc://*");
  push.connect(first.lastEndpoint!);
  on.connect(last.lastEndpoint!);
  const body = Buffer.alloc(100_000, "long");

  await push.send(["a", body, body.subarray(0, 50_000)]);
  await push.send(body, { copy: false });
  const parts = await soon(first.receive());
  const [alone] = await soon(first.receive());
  await on.send(parts);
  await on.send([alone, alone]);

  assert.deepEqual(await soon(last.receive()), [Buffer.from("a"), body, body.subarray(0, 50_000)]);
  assert.deepEqual(await soon(last.receive()), [body, body]);
  assert.equal(body.length, 100_000);
  assert.deepEqual([parts[1], parts[2], alone], [body, body.subarray(0, 50_000), body]);
});

test("a socket that closes while long frames come does not disturb others of its thread", async (t) => {
  const context = ioContext(t, 1);
  const stays = open(t, Pull, { context });
  await stays.bind("tcp://127.0.0.1:*");
  const steady = open(t, Push, { context });
  steady.connect(stays.lastEndpoint!);
  for (let round = 0; round < 10; round++) {
    const pull = open(t, Pull, { context });
    await pull.bind("tcp://127.0.0.1:*");
    const push = open(t, Push, { context, linger: 0 });
    push.connect(pull.lastEndpoint!);
    for (let i = 0; i < 20; i++) {
      push.trySend(Buffer.alloc(70_000, i));
      await steady.send(Buffer.alloc(70_000, 100 + i));
    }
    await soon(pull.receive());
    pull.close();

    for (let i = 0; i < 20; i++) {
      const [frame] = await soon(stays.receive());
      assert.ok(frame.equals(Buffer.alloc(70_000, 100 + i)), `message ${i} of round ${round}`);
    }
    push.close();
  }
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

/** What a program does that waits with threads of each kind; `receive` ends it. */
const IDLE = {
  "I/O threads": `
    const context = new zmq.Context({ ioThreads: 2 });
    const [pull, push] = [new zmq.Pull({ context }), new zmq.Push({ context })];
    await pull.bind("tcp://127.0.0.1:*");
    push.connect(pull.lastEndpoint);`,
  "a worker thread": `
    const context = new zmq.Context();
    const [pull, push] = [new zmq.Pull({ context }), new zmq.Push({ context })];
    pull.bindSync("inproc://main");
    push.connect("inproc://worker");
    new Worker(\`
      const { workerData } = require("node:worker_threads");
      import("zmq-ts").then(async ({ Context, Pull, Push }) => {
        const context = Context.from(workerData);
        const [pull, push] = [new Pull({ context }), new Push({ context })];
        pull.bindSync("inproc://worker");
        push.connect("inproc://main");
        for await (const message of pull) await push.send(message);
      });\`, { eval: true, execArgv: [], workerData: context.share() });`,
  "calls that block": `
    const context = new sync.Context();
    const [pull, push] = [context.socket(sync.PULL), context.socket(sync.PUSH)];
    pull.bind("tcp://127.0.0.1:*");
    push.connect(pull.getsockopt(sync.LAST_ENDPOINT));
    pull.receive = () => pull.recv();`,
};

for (const [kind, body] of Object.entries(IDLE)) {
  test(`an idle program with ${kind} is not woken`, {
    skip: process.platform === "linux" ? false : "what wakes a thread is counted in /proc: Linux only",
  }, async (t) => {
    const child = spawn(
      process.execPath,
      [
        "--input-type=module",
        "-e",
        `import { Worker } from "node:worker_threads"; import * as zmq from "zmq-ts"; import * as sync from "zmq-ts/sync";
        ${body}
        await push.send("x");
        await pull.receive();
        console.log("waits");
        await pull.receive();`,
      ],
      { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] },
    );
    t.after(() => void child.kill("SIGKILL"));
    await soon(once(child.stdout, "data"), "the program's word");

    // A peer that says nothing and is given up for that serves as the clock. What settles after a start may take some
    // of its ticks; a thread that polls, or spins, never lets one pass.
    let before = "";
    let after = wakeUps(child.pid!);
    for (let tick = 0; tick < 20 && before !== after; tick++) {
      before = after;
      await tickOfAMutePeer(t);
      after = wakeUps(child.pid!);
    }

    assert.equal(after, before);
  });
}

/** Of all threads of a process: how often each gave up the processor or lost it, and its time on it. */
function wakeUps(pid: number): string {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => {
      const status = readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8");
      const times = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8").split(") ")[1]!.split(" ");
      return [thread, ...(status.match(/ctxt_switches:\t\d+/g) ?? []), times[11], times[12]].join(" ");
    })
    .join("\n");
}

/** A quarter of a second or so. */
async function tickOfAMutePeer(t: TestContext): Promise<void> {
  const dealer = open(t, Dealer, { context: new Context(), heartbeatInterval: 50, heartbeatTimeout: 200 });
  await dealer.bind("tcp://127.0.0.1:*");
  await beMuteUntilThrownOut(dealer.lastEndpoint!);
  dealer.close();
}
