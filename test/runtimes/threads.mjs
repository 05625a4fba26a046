// Worker threads, background threads for I/O, and calls that block: see harness.mjs.
import assert from "node:assert/strict";
import { on, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { setEnvironmentData, Worker } from "node:worker_threads";
import * as zmq from "zmq-ts";
import * as sync from "zmq-ts/sync";
import { check, join, PATIENCE_MS, report, TRANSPORTS, toText } from "./harness.mjs";

/** A thread, terminated when the case is over. `ended` resolves when it is, by itself or not. */
function thread(after, task, context, data = {}) {
  const worker = new Worker(new URL("thread.mjs", import.meta.url), {
    workerData: { task, shared: context?.share(), ...data },
  });
  after(() => worker.terminate());
  const failed = new Promise((_, reject) => worker.once("error", reject));
  failed.catch(() => {});
  const messages = on(worker, "message");
  return {
    worker,
    ended: Promise.race([once(worker, "exit"), failed]),
    said: () => Promise.race([messages.next().then(({ value: [said] }) => said), failed]),
  };
}

await check("inproc between worker threads", async ({ make, after }) => {
  const context = new zmq.Context();
  const pull = make(zmq.Pull, { context });
  await pull.bind("inproc://results");
  const { ended } = thread(after, "push", context);
  for (let i = 0; i < 100; i++) assert.equal(toText(await pull.receive()), `from a thread ${i}`);
  await ended;
});

await check("a context given by setEnvironmentData", async ({ make, after }) => {
  const context = new zmq.Context();
  const pull = make(zmq.Pull, { context });
  await pull.bind("inproc://results");
  setEnvironmentData("zmq", context.share());
  const { ended } = thread(after, "push", undefined);
  for (let i = 0; i < 100; i++) assert.equal(toText(await pull.receive()), `from a thread ${i}`);
  await ended;
});

await check("a message larger than the ring between threads", async ({ make, after }) => {
  const context = new zmq.Context();
  const pair = make(zmq.Pair, { context });
  const { ended } = thread(after, "echo", context);
  pair.connect("inproc://echo");
  const body = Buffer.alloc(1_000_003);
  for (let i = 0; i < body.length; i++) body[i] = (i * 7) ^ (i >> 9);
  await pair.send([body, "", "end"]);
  const [same, empty, end] = await pair.receive();
  assert.ok(body.equals(same));
  assert.equal(empty.length, 0);
  assert.equal(String(end), "end");
  await ended;
});

await check("many threads to many", async ({ after }) => {
  const context = new zmq.Context();
  const to = ["inproc://a", "inproc://b"];
  const count = 500;
  const collectors = to.map((at) => thread(after, "collect", context, { at, total: 2 * count }));
  for (const { said } of collectors) assert.equal(await said(), "bound");
  const sharers = ["x", "y"].map((name) => thread(after, "share", context, { name, to, count }));
  for (const { said } of collectors) assert.deepEqual({ ...(await said()) }, { x: count, y: count });
  await Promise.all([...collectors, ...sharers].map(({ ended }) => ended));
});

for (const how of ["terminate", "process.exit"]) {
  await check(
    `the end of a thread by ${how} is seen, nothing it had sent is lost`,
    async ({ make, after }) => {
      const context = new zmq.Context();
      const name = `by-${how}`;
      const router = make(zmq.Router, { context, mandatory: true });
      await router.bind("inproc://service");
      const exits = how === "process.exit";
      const { worker, said, ended } = thread(after, "work", context, { name, exits });
      const first = toText(await router.receive());
      assert.equal(first, `${name}|0`);
      await router.send([name, "all of it"]);
      await said();
      if (!exits) await worker.terminate();
      await ended;
      for (let i = 1; i < 200; i++) assert.equal(toText(await router.receive()), `${name}|${i}`);
      // It is told by the thread that has started the other, which may take a turn.
      const end = Date.now() + PATIENCE_MS;
      for (;;) {
        try {
          router.trySend([name, "anybody?"]);
        } catch (error) {
          assert.equal(error.code, "EHOSTUNREACH");
          return;
        }
        assert.ok(Date.now() < end, "the router has not heard of it");
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  );
}

for (const transport of TRANSPORTS.filter((one) => one !== "inproc")) {
  await check(`I/O in background threads over ${transport}`, async ({ make, makeSender }) => {
    const context = new zmq.Context({ ioThreads: 2 });
    const [reply, request] = [make(zmq.Reply, { context }), make(zmq.Request, { context })];
    await join(reply, request, transport);
    await request.send("anybody?");
    assert.equal(toText(await reply.receive()), "anybody?");
    // Long frames go another way than short ones.
    const body = Buffer.alloc(300_000);
    for (let i = 0; i < body.length; i++) body[i] = (i * 7) ^ (i >> 9);
    await reply.send(["yes", body, "", body.subarray(1)]);
    const [yes, same, empty, rest] = await request.receive();
    assert.deepEqual([String(yes), empty.length, body.length], ["yes", 0, 300_000]);
    assert.ok(body.equals(same));
    assert.ok(body.subarray(1).equals(rest));
    const [push, pull] = [makeSender(zmq.Push, { context }), make(zmq.Pull, { context })];
    await join(pull, push, transport);
    const sending = (async () => {
      for (let i = 0; i < 3000; i++) await push.send(String(i));
    })();
    for (let i = 0; i < 3000; i++) assert.equal(toText(await pull.receive()), String(i));
    await sending;
  });
}

await check("messages are taken while the program computes", async ({ make, after }) => {
  const context = new zmq.Context({ ioThreads: 1 });
  const pull = make(zmq.Pull, { context });
  await pull.bind("tcp://127.0.0.1:*");
  const done = new Int32Array(new SharedArrayBuffer(4));
  // More than the network holds on its way.
  const [count, size] = [50, 400_000];
  const { ended } = thread(after, "flood", new zmq.Context(), { to: pull.lastEndpoint, count, size, done });
  assert.equal(String((await pull.receive())[0]), "0");
  // As good as computing: this thread's event loop stands still.
  assert.notEqual(Atomics.wait(done, 0, 0, PATIENCE_MS), "timed-out");
  for (let i = 1; i < count; i++) {
    const [number, body] = await pull.receive();
    assert.equal(String(number), String(i));
    assert.equal(body.length, size);
  }
  await ended;
});

await check("calls that block", async () => {
  const context = new sync.Context();
  const [reply, request] = [context.socket(sync.REP), context.socket(sync.REQ)];
  for (const socket of [reply, request]) socket.setsockopt(sync.RCVTIMEO, PATIENCE_MS);
  reply.bind("tcp://127.0.0.1:*");
  request.connect(reply.getsockopt(sync.LAST_ENDPOINT));
  request.sendString("blocking?");
  const poller = new sync.Poller();
  poller.register(reply, sync.POLLIN);
  assert.deepEqual(poller.poll(PATIENCE_MS), [[reply, sync.POLLIN]]);
  assert.equal(reply.recvString(), "blocking?");
  reply.sendString("yes");
  assert.equal(request.recvString(), "yes");
  assert.throws(() => reply.recv(sync.DONTWAIT), { code: "EAGAIN" });
  reply.setsockopt(sync.RCVTIMEO, 5);
  assert.throws(() => reply.recv(), { code: "EAGAIN" });
  reply.close();
  request.close();
  context.term();
});

await check("calls that block in a thread, and a socket of this one", async ({ make, after }) => {
  const context = new zmq.Context();
  const request = make(zmq.Request, { context });
  request.connect("inproc://blocking");
  const { ended } = thread(after, "block", context);
  for (const word of ["one", "two", "end"]) {
    await request.send(word);
    assert.equal(toText(await request.receive()), word.toUpperCase());
  }
  await ended;
});

await check("an authenticator beside calls that block", async ({ after }) => {
  const folder = mkdtempSync(joinPath(tmpdir(), "smoke-"));
  after(() => rmSync(folder, { recursive: true }));
  const [publicFile, secretFile] = sync.createCertificates(folder, "one");
  const [publicKey, secretKey] = sync.loadCertificate(secretFile);
  assert.deepEqual(sync.loadCertificate(publicFile), [publicKey, null]);
  const [serverPublic, serverSecret] = sync.curveKeypair();
  const context = new sync.Context();
  const auth = new sync.ThreadAuthenticator(context);
  auth.start();
  auth.configureCurve({ location: folder });
  const server = context.socket(sync.PULL);
  server.setsockopt(sync.CURVE_SERVER, 1);
  server.setsockopt(sync.CURVE_SECRETKEY, serverSecret);
  server.setsockopt(sync.RCVTIMEO, PATIENCE_MS);
  server.bind("tcp://127.0.0.1:*");
  const client = context.socket(sync.PUSH);
  client.setsockopt(sync.CURVE_SERVERKEY, serverPublic);
  client.setsockopt(sync.CURVE_PUBLICKEY, publicKey);
  client.setsockopt(sync.CURVE_SECRETKEY, secretKey);
  client.setsockopt(sync.LINGER, 0);
  client.connect(server.getsockopt(sync.LAST_ENDPOINT));
  client.sendString("sealed");
  assert.equal(server.recvString(), "sealed");
  assert.deepEqual(
    auth.events().map(({ type, userId }) => [type, userId]),
    [["allowed", publicKey]],
  );
  client.close();
  server.close();
  auth.stop();
  context.term();
});

report();
