/** `inproc://` between worker threads: how they come to share a context, many to many, and ends in the middle of things. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setEnvironmentData, Worker } from "node:worker_threads";
import { Pull, Push, Router } from "zmq-ts";
import { open, receiveTexts, rejects, soon, text, throws, until } from "../support/sockets.ts";
import { inThread, sharedContext } from "../support/threads.ts";

const LIBRARY = import.meta.resolve("zmq-ts");

for (const [way, given] of [
  ["workerData", "workerData.in.an.object"],
  ["setEnvironmentData", 'getEnvironmentData("shared context")'],
  ["a message", 'await new Promise((resolve) => parentPort.once("message", resolve))'],
] as const) {
  test(`a thread takes part in a context that it was given by ${way}`, async (t) => {
    const { context, shared } = sharedContext(t);
    const pull = open(t, Pull, { context });
    pull.bindSync("inproc://here");
    if (way === "setEnvironmentData") {
      setEnvironmentData("shared context", shared);
      t.after(() => setEnvironmentData("shared context", undefined));
    }
    const worker = new Worker(
      `const { getEnvironmentData, parentPort, workerData } = require("node:worker_threads");
       (async () => {
         const { Context, Push } = await import(workerData.library);
         const context = Context.from(${given});
         const push = new Push({ context });
         push.connect("inproc://here");
         await push.send("found it");
         push.close();
       })();`,
      { eval: true, workerData: { library: LIBRARY, in: { an: { object: shared } } } },
    );
    t.after(() => worker.terminate());
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    if (way === "a message") worker.postMessage(shared);

    assert.deepEqual(await receiveTexts(pull, 1), ["found it"]);
    assert.equal(await soon(ended), 0);
  });
}

test("many threads to many: each pair in order, nothing lost, nothing twice", async (t) => {
  const { shared } = sharedContext(t);
  const names = ["a", "b", "c"];
  const count = 400;
  const collectors = names.map((name) =>
    inThread(
      t,
      shared,
      async (zmq, context, { name, total }, say) => {
        const pull = new zmq.Pull({ context });
        pull.bindSync(`inproc://${name}`);
        say("bound");
        const got: [string, number][] = [];
        while (got.length < total) {
          const [from, number] = await pull.receive();
          got.push([String(from), Number(String(number))]);
        }
        return got;
      },
      { name, total: names.length * count },
    ),
  );
  for (const collector of collectors) assert.equal(await soon(collector.said()), "bound");
  const sharers = names.map((name) =>
    inThread(
      t,
      shared,
      async (zmq, context, { name, names, count }) => {
        const pushes = names.map((to) => {
          const push = new zmq.Push({ context });
          push.connect(`inproc://${to}`);
          return push;
        });
        for (let i = 0; i < count; i++) for (const push of pushes) await push.send([name, String(i)]);
      },
      { name, names, count },
    ),
  );

  const inOrder = Array.from({ length: count }, (_, i) => i);
  for (const collector of collectors) {
    const got = await soon(collector.result);
    for (const name of names)
      assert.deepEqual(
        got.filter(([from]) => from === name).map(([, number]) => number),
        inOrder,
      );
  }
  await Promise.all(sharers.map((sharer) => soon(sharer.result)));
});

test("a thread that dies in the middle of a message larger than the ring: none of it is received", async (t) => {
  const { context, shared } = sharedContext(t);
  const pull = open(t, Pull, { context });
  pull.bindSync("inproc://large");
  const state = new Int32Array(new SharedArrayBuffer(8));
  const thread = inThread(
    t,
    shared,
    async (zmq, context, state, say) => {
      const push = new zmq.Push({ context });
      push.connect("inproc://large");
      await push.send("whole");
      say("connected");
      while (Atomics.load(state, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
      await push.send(["begins", new Uint8Array(4_000_000)]);
      // What the ring holds is in it at the end of this turn.
      await new Promise((resolve) => setImmediate(resolve));
      Atomics.store(state, 1, 1);
      Atomics.notify(state, 1);
      // Nothing more comes of this thread.
      Atomics.wait(state, 1, 1);
    },
    state,
  );
  assert.deepEqual(await receiveTexts(pull, 1), ["whole"]);
  await soon(thread.said());

  Atomics.store(state, 0, 1);
  // This thread reads nothing meanwhile, so the ring is full.
  assert.notEqual(Atomics.wait(state, 1, 0, 5000), "timed-out");
  await thread.worker.terminate();
  await soon(thread.ended);

  const push = open(t, Push, { context });
  push.connect("inproc://large");
  await push.send("from another");
  assert.deepEqual(await receiveTexts(pull, 1), ["from another"]);
  pull.receiveTimeout = 0;
  await rejects(pull.receive(), "EAGAIN");
});

test("a thread that throws is gone for its peers, and its name is free", async (t) => {
  const { context, shared } = sharedContext(t);
  const router = open(t, Router, { context, mandatory: true });
  router.bindSync("inproc://router");
  const worker = new Worker(
    `const { workerData } = require("node:worker_threads");
     (async () => {
       const { Context, Dealer, Pull } = await import(workerData.library);
       const context = Context.from(workerData.shared);
       new Pull({ context }).bindSync("inproc://mine");
       const dealer = new Dealer({ context, routingId: "me" });
       dealer.connect("inproc://router");
       await dealer.send("last words");
       await dealer.receive();
       throw new Error("on purpose");
     })();`,
    { eval: true, workerData: { library: LIBRARY, shared } },
  );
  t.after(() => worker.terminate());
  const failed = new Promise<Error>((resolve) => worker.once("error", resolve));
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  assert.deepEqual(text(await soon(router.receive())), ["me", "last words"]);
  const pull = open(t, Pull, { context });
  throws(() => pull.bindSync("inproc://mine"), "EADDRINUSE");
  await router.send(["me", "go"]);

  assert.equal((await soon(failed)).message, "on purpose");
  await soon(ended);

  await until(() => {
    router.tryReceive();
    try {
      router.trySend(["me", "anybody?"]);
      return false;
    } catch {
      return true;
    }
  }, "the router has forgotten the dealer");
  pull.bindSync("inproc://mine");
});
