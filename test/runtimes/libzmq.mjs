// libzmq at the other end, by python3-zmq: see harness.mjs and peer.py.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import * as zmq from "zmq-ts";
import * as sync from "zmq-ts/sync";
import { anyEndpoint, check, PATIENCE_MS, program, report, toText } from "./harness.mjs";

// Debian's module belongs to this interpreter, which need not be the first on the path.
const PYTHON = "/usr/bin/python3";
execFileSync(PYTHON, ["-c", "import zmq"], { stdio: ["ignore", "ignore", "inherit"] });

const peer = (after, how, ...args) => program(after, PYTHON, ["peer.py", how, ...args]);

/** An address of the system's own choice, which libzmq binds. */
function pathFor(after) {
  const path = joinPath(tmpdir(), `smoke-${process.pid}-${Math.random().toString(36).slice(2)}`);
  after(() => rmSync(path, { force: true }));
  return `ipc://${path}`;
}

for (const transport of ["tcp", "ipc"]) {
  await check(`a REQ and a SUB of libzmq over ${transport}`, async ({ make, after }) => {
    const [reply, publisher] = [make(zmq.Reply), make(zmq.XPublisher)];
    for (const socket of [reply, publisher]) await socket.bind(anyEndpoint(transport));
    const said = peer(after, "ask", reply.lastEndpoint, publisher.lastEndpoint);
    assert.equal(toText(await reply.receive()), "hello|from python");
    await reply.send("hello python");
    assert.equal(toText(await publisher.receive()), "\u0001news");
    await publisher.send(["other", "this is not for you"]);
    await publisher.send(["news", "all is well"]);
    assert.equal(await said, "hello python, news all is well");
  });
}

await check("a REP and a PUB of libzmq", async ({ make, after }) => {
  const [request, subscriber] = [make(zmq.Request), make(zmq.Subscriber)];
  const [asked, news] = [pathFor(after), pathFor(after)];
  subscriber.subscribe("news");
  request.connect(asked);
  subscriber.connect(news);
  const said = peer(after, "answer", asked, news);
  await request.send(["a", "b"]);
  assert.equal(toText(await request.receive()), "A|B");
  assert.equal(toText(await subscriber.receive()), "news|all is well");
  assert.equal(await said, "answered");
});

await check("CURVE with libzmq", async ({ make, after }) => {
  const [server, client] = [zmq.curveKeyPair(), zmq.curveKeyPair()];
  const reply = make(zmq.Reply, { curveServer: true, curveSecretKey: server.secretKey });
  await reply.bind("tcp://127.0.0.1:*");
  const said = peer(after, "curve", reply.lastEndpoint, server.publicKey, client.publicKey, client.secretKey);
  assert.equal(toText(await reply.receive()), "sealed");
  await reply.send("and back");
  assert.equal(await said, "and back");
});

await check("calls that block, with libzmq", async ({ after }) => {
  const context = new sync.Context();
  const [reply, publisher] = [context.socket(sync.REP), context.socket(sync.XPUB)];
  for (const socket of [reply, publisher]) {
    socket.setsockopt(sync.RCVTIMEO, PATIENCE_MS);
    socket.bind("tcp://127.0.0.1:*");
  }
  const said = peer(
    after,
    "ask",
    reply.getsockopt(sync.LAST_ENDPOINT),
    publisher.getsockopt(sync.LAST_ENDPOINT),
  );
  assert.deepEqual(reply.recvMultipart().map(String), ["hello", "from python"]);
  reply.sendString("hello python");
  assert.equal(publisher.recvString(), "\u0001news");
  publisher.sendMultipart(["news", "all is well"]);
  reply.close();
  publisher.close();
  context.term();
  assert.equal(await said, "hello python, news all is well");
});

report();
