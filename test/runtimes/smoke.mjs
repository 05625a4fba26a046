// What must work on every runtime, without a test runner: run by scripts/runtimes.mjs in a folder where the packed library
// is installed. Prints one line of JSON: what works, and the reason for what does not. Ends by itself, since nothing is
// open at its end; that is a part of the test.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import * as zmq from "zmq-ts";
import * as draft from "zmq-ts/draft";

const TRANSPORTS = ["tcp", "ipc", "inproc", "ws"];
const PATIENCE_MS = 8000;
const results = {};
let names = 0;

function anyEndpoint(transport) {
  if (transport === "inproc") return `inproc://smoke-${++names}`;
  return transport === "ipc" ? "ipc://*" : `${transport}://127.0.0.1:*`;
}

const PYTHON = `
import sys, zmq
context = zmq.Context()
request, subscriber = context.socket(zmq.REQ), context.socket(zmq.SUB)
for socket in (request, subscriber):
    socket.rcvtimeo = 8000
    socket.linger = 0
request.connect(sys.argv[1])
request.send_multipart([b"hello", b"from python"])
answer = request.recv_string()
subscriber.subscribe("news")
subscriber.connect(sys.argv[2])
print(answer + ", " + b" ".join(subscriber.recv_multipart()).decode())
`;

const toText = (message) => message.map(String).join("|");

async function check(name, run) {
  const open = [];
  const own = {
    /** Closed when the case is over. */
    make(type, options) {
      const socket = new type({ receiveTimeout: PATIENCE_MS, ...options });
      open.push(socket);
      return socket;
    },
    makeSender(type, options) {
      const socket = new type({ sendTimeout: PATIENCE_MS, ...options });
      open.push(socket);
      return socket;
    },
    after: (end) => open.push({ close: end, linger: 0 }),
  };
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${2 * PATIENCE_MS} ms`)), 2 * PATIENCE_MS);
  });
  try {
    await Promise.race([run(own), late]);
    results[name] = true;
  } catch (error) {
    results[name] = error?.code ? `${error.code}: ${error.message}` : String(error?.stack ?? error);
  } finally {
    clearTimeout(timer);
    for (const socket of open.reverse()) {
      if (!socket.closed) socket.linger = 0;
      socket.close();
    }
  }
}

/** Binds the one and connects the other. */
async function join2(bound, connecting, transport) {
  await bound.bind(anyEndpoint(transport));
  connecting.connect(bound.lastEndpoint);
  return bound.lastEndpoint;
}

for (const transport of TRANSPORTS) {
  await check(`request-reply over ${transport}`, async ({ make }) => {
    const [reply, request] = [make(zmq.Reply), make(zmq.Request)];
    await join2(reply, request, transport);
    for (let i = 0; i < 3; i++) {
      await request.send(["question", String(i)]);
      assert.equal(toText(await reply.receive()), `question|${i}`);
      await reply.send(`answer ${i}`);
      assert.equal(toText(await request.receive()), `answer ${i}`);
    }
  });

  await check(`publish-subscribe over ${transport}`, async ({ make, makeSender }) => {
    const [publisher, subscriber] = [makeSender(zmq.Publisher), make(zmq.Subscriber)];
    subscriber.subscribe("a");
    await join2(publisher, subscriber, transport);
    await publisher.subscribers(1, "a");
    await publisher.send(["b", "not this"]);
    await publisher.send(["a", "this"]);
    assert.equal(toText(await subscriber.receive()), "a|this");
  });

  await check(`pipeline over ${transport}: ten thousand messages, iterated`, async ({ make, makeSender }) => {
    const [push, pull] = [makeSender(zmq.Push), make(zmq.Pull)];
    await join2(pull, push, transport);
    const count = 10_000;
    const sending = (async () => {
      for (let i = 0; i < count; i++) await push.send(String(i));
    })();
    let next = 0;
    for await (const [text] of pull) {
      assert.equal(String(text), String(next++));
      if (next === count) break;
    }
    await sending;
  });

  await check(`router-dealer over ${transport}`, async ({ make }) => {
    const [router, dealer] = [make(zmq.Router), make(zmq.Dealer, { routingId: "me" })];
    await join2(router, dealer, transport);
    await dealer.send(["", "hello"]);
    assert.equal(toText(await router.receive()), "me||hello");
    await router.send(["me", "back"]);
    assert.equal(toText(await dealer.receive()), "back");
  });

  await check(`a pair over ${transport}, with a megabyte`, async ({ make }) => {
    const [one, two] = [make(zmq.Pair), make(zmq.Pair)];
    await join2(one, two, transport);
    const body = Buffer.alloc(1_000_000, "x");
    await one.send([body, "end"]);
    const [large, end] = await two.receive();
    assert.ok(body.equals(large));
    assert.equal(String(end), "end");
  });
}

await check("plain bytes by STREAM", async ({ make }) => {
  const [server, client] = [make(zmq.Stream), make(zmq.Stream)];
  await server.bind("tcp://127.0.0.1:*");
  client.connect(server.lastEndpoint, { routingId: "srv" });
  // It tells that it is connected.
  await client.receive();
  await client.send(["srv", "GET /"]);
  for (;;) {
    const [, bytes] = await server.receive();
    if (bytes.length > 0) {
      assert.equal(String(bytes), "GET /");
      return;
    }
  }
});

await check("a peer comes back", async ({ make, makeSender }) => {
  const push = makeSender(zmq.Push, { reconnectInterval: 10 });
  const first = make(zmq.Pull);
  const endpoint = await join2(first, push, "tcp");
  await push.send("one");
  assert.equal(toText(await first.receive()), "one");
  const lost = new Promise((resolve) => push.events.on("disconnect", resolve));
  await first.unbind(endpoint);
  first.close();
  await lost;
  const second = make(zmq.Pull);
  await second.bind(endpoint);
  await push.send("two");
  assert.equal(toText(await second.receive()), "two");
});

await check("timeouts and errors", async ({ make }) => {
  const pull = make(zmq.Pull, { receiveTimeout: 5 });
  await assert.rejects(pull.receive(), { code: "EAGAIN" });
  await pull.bind("tcp://127.0.0.1:*");
  await assert.rejects(make(zmq.Pull).bind(pull.lastEndpoint), { code: "EADDRINUSE" });
  assert.throws(() => pull.connect("nowhere"), { code: "EINVAL" });
});

await check("heartbeats", async ({ make }) => {
  const options = { heartbeatInterval: 20, heartbeatTimeout: 200 };
  const [one, two] = [make(zmq.Dealer, options), make(zmq.Dealer, options)];
  await join2(one, two, "tcp");
  await two.send("there");
  assert.equal(toText(await one.receive()), "there");
});

await check("PLAIN with an authenticator", async ({ make, makeSender, after }) => {
  const context = new zmq.Context();
  const authenticator = new zmq.Authenticator({ context });
  after(() => authenticator.stop());
  await authenticator.start();
  authenticator.configurePlain({ users: { admin: "secret" } });
  const pull = make(zmq.Pull, { context, plainServer: true });
  const push = makeSender(zmq.Push, { context, plainUsername: "admin", plainPassword: "secret" });
  await join2(pull, push, "tcp");
  await push.send("in");
  const message = await pull.receive();
  assert.equal(zmq.messageProperty(message, "User-Id"), "admin");
});

for (const transport of ["tcp", "ws"]) {
  await check(`CURVE over ${transport}`, async ({ make, makeSender }) => {
    const [server, client] = [zmq.curveKeyPair(), zmq.curveKeyPair()];
    const pull = make(zmq.Pull, { curveServer: true, curveSecretKey: server.secretKey });
    const push = makeSender(zmq.Push, {
      curveServerKey: server.publicKey,
      curvePublicKey: client.publicKey,
      curveSecretKey: client.secretKey,
    });
    await join2(pull, push, transport);
    await push.send("sealed");
    assert.equal(toText(await pull.receive()), "sealed");
  });
}

await check("RADIO and DISH by udp", async ({ make, makeSender }) => {
  const [radio, dish] = [makeSender(draft.Radio), make(draft.Dish)];
  await dish.bind("udp://127.0.0.1:*");
  dish.join("g");
  radio.connect(dish.lastEndpoint);
  await radio.send("over", { group: "g" });
  const [text] = await dish.receive();
  assert.equal(String(text), "over");
});

await check("CLIENT and SERVER", async ({ make }) => {
  const [server, client] = [make(draft.Server), make(draft.Client)];
  await join2(server, client, "tcp");
  await client.send("ask");
  const [text, { routingId }] = await server.receive();
  await server.send(`${text}ed`, { routingId });
  const [answer] = await client.receive();
  assert.equal(String(answer), "asked");
});

if (process.platform === "linux") {
  await check("abstract names of ipc", async ({ make, makeSender }) => {
    const [pull, push] = [make(zmq.Pull), makeSender(zmq.Push)];
    const endpoint = `ipc://@smoke-${process.pid}-${Date.now()}`;
    await pull.bind(endpoint);
    push.connect(endpoint);
    await push.send("unseen");
    assert.equal(toText(await pull.receive()), "unseen");
  });
}

await check("require", () => {
  const required = createRequire(import.meta.url)("zmq-ts");
  assert.deepEqual(
    Object.keys(required)
      .filter((name) => name !== "default" && name !== "__esModule")
      .sort(),
    Object.keys(zmq).sort(),
  );
  assert.equal(required.Push, zmq.Push, "the same classes as by import");
});

await check("libzmq at the other end", async ({ make, after }) => {
  const python = "/usr/bin/python3";
  execFileSync(python, ["-c", "import zmq"], { stdio: "ignore" });
  const reply = make(zmq.Reply);
  const publisher = make(zmq.XPublisher);
  await reply.bind("tcp://127.0.0.1:*");
  await publisher.bind("tcp://127.0.0.1:*");
  const peer = spawn(python, ["-c", PYTHON, reply.lastEndpoint, publisher.lastEndpoint], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  after(() => peer.kill());
  let said = "";
  const ended = new Promise((resolve) => {
    peer.stdout.on("data", (text) => (said += text));
    peer.on("close", resolve);
  });
  assert.equal(toText(await reply.receive()), "hello|from python");
  await reply.send("hello python");
  assert.equal(toText(await publisher.receive()), "\u0001news");
  await publisher.send(["news", "all is well"]);
  await ended;
  assert.equal(said.trim(), "hello python, news all is well");
});

await check("inproc between worker threads", async ({ make }) => {
  const context = new zmq.Context();
  const pull = make(zmq.Pull, { context });
  await pull.bind("inproc://results");
  const worker = new Worker(new URL("worker.mjs", import.meta.url), { workerData: context.share() });
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  for (let i = 0; i < 100; i++) assert.equal(toText(await pull.receive()), `from a thread ${i}`);
  await ended;
});

await check("I/O in background threads", async ({ make }) => {
  const context = new zmq.Context({ ioThreads: 1 });
  const [reply, request] = [make(zmq.Reply, { context }), make(zmq.Request, { context })];
  await join2(reply, request, "tcp");
  await request.send("anybody?");
  assert.equal(toText(await reply.receive()), "anybody?");
  await reply.send("yes");
  assert.equal(toText(await request.receive()), "yes");
});

await check("calls that block", async () => {
  const sync = await import("zmq-ts/sync");
  const context = new sync.Context();
  const [reply, request] = [context.socket(sync.REP), context.socket(sync.REQ)];
  for (const socket of [reply, request]) socket.setsockopt(sync.RCVTIMEO, PATIENCE_MS);
  reply.bind("tcp://127.0.0.1:*");
  request.connect(reply.getsockopt(sync.LAST_ENDPOINT));
  request.sendString("blocking?");
  assert.equal(reply.recvString(), "blocking?");
  reply.sendString("yes");
  assert.equal(request.recvString(), "yes");
  reply.close();
  request.close();
  context.term();
});

await check("certificates as files", async () => {
  const folder = mkdtempSync(join(tmpdir(), "smoke-"));
  const { secretFile } = await zmq.createCertificates(folder, "one");
  const { publicKey } = await zmq.loadCertificate(secretFile);
  assert.equal(publicKey.length, 40);
  rmSync(folder, { recursive: true });
  assert.ok(!existsSync(folder));
});

console.log(JSON.stringify(results));
