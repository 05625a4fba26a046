/** ZMQ_USE_FD: serving on a descriptor that a parent process opened. POSIX only. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer, type Server } from "node:net";
import { type TestContext, test } from "node:test";
import { constants, Pair, Request, type Socket } from "zmq-ts";
import { Client } from "zmq-ts/draft";
import { open, rejects, soon, temporaryPath } from "../support/sockets.ts";

const skip = process.platform === "win32" && "Windows has no such descriptors";
const LIBRARY = new URL(import.meta.resolve("zmq-ts")).href;
const DRAFT = new URL(import.meta.resolve("zmq-ts/draft")).href;

/** A listening server of this process, whose descriptor a child gets as its number 3. */
async function listening(
  t: TestContext,
  where: { path: string } | { host: string; port: number },
): Promise<Server> {
  const server = createServer().listen(where);
  await new Promise((resolve) => server.once("listening", resolve));
  // It accepts nothing itself: the child does.
  t.after(() => server.close());
  return server;
}

/** Runs a program whose descriptor 3 is the server's. Resolves to its first line. */
async function serveIn(
  t: TestContext,
  server: Server,
  type: string,
  endpoint: string,
  reply: string,
): Promise<string> {
  const program = `
    import { ${type} } from ${JSON.stringify(type === "Server" ? DRAFT : LIBRARY)};
    const socket = new ${type}({ useFd: 3, linger: 0 });
    await socket.bind(${JSON.stringify(endpoint)});
    console.log(socket.lastEndpoint);
    for await (const [question, about] of socket) { ${reply} }`;
  const handle = (server as unknown as { _handle: object })._handle;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit", handle as never],
  });
  t.after(() => child.kill("SIGKILL"));
  // Its own copy must go, or it would take connections that are the child's to accept.
  server.close();
  const line = await soon(
    new Promise<Buffer>((resolve, reject) => {
      child.stdout!.once("data", resolve);
      child.once("exit", (code) => reject(new Error(`the program ended with ${code}`)));
    }),
    "the program's endpoint",
  );
  return line.toString().trim();
}

const ANSWER = "await socket.send(['answer to ' + question]);";
const ROUNDS: [what: string, server: string, client: new () => Socket, reply: string][] = [
  ["a REP", "Reply", Request as new () => Socket, ANSWER],
  ["a PAIR", "Pair", Pair as new () => Socket, ANSWER],
  ["a SERVER", "Server", Client as new () => Socket, "await socket.send('answer to ' + question, about);"],
];

/** The body of the next message, of a CLIENT too. */
async function answerTo(client: Socket): Promise<string> {
  return String((await soon((client as Pair).receive()))[0]);
}

for (const [what, type, Client, reply] of ROUNDS) {
  test(`[test_use_fd] ${what} serves on a TCP descriptor of its parent`, { skip }, async (t) => {
    const server = await listening(t, { host: "127.0.0.1", port: 0 });
    const { port } = server.address() as { port: number };

    const endpoint = await serveIn(t, server, type, "tcp://127.0.0.1:*", reply);

    assert.equal(endpoint, `tcp://127.0.0.1:${port}`);
    const client = open(t, Client) as Pair;
    client.connect(endpoint);
    await client.send("question");
    assert.equal(await answerTo(client), "answer to question");
  });

  test(`[test_use_fd] ${what} serves on an ipc descriptor of its parent`, { skip }, async (t) => {
    const path = temporaryPath(t);
    const server = await listening(t, { path });
    // Closing removes the path from the folder, as Node.js does it; the child's copy listens on under this name.
    const { linkSync, renameSync } = await import("node:fs");
    linkSync(path, `${path}2`);

    const bound = serveIn(t, server, type, `ipc://${path}`, reply);
    renameSync(`${path}2`, path);

    assert.equal(await bound, `ipc://${path}`);
    const client = open(t, Client) as Pair;
    client.connect(`ipc://${path}`);
    await client.send("question");
    assert.equal(await answerTo(client), "answer to question");
  });
}

test("[test_setsockopt] useFd is -1 until it is set", (t) => {
  const pair = open(t, Pair);

  assert.equal(pair.getOption(constants.ZMQ_USE_FD), -1);
  pair.setOption(constants.ZMQ_USE_FD, 3);
  assert.equal(pair.useFd, 3);
});

test("a descriptor that is none is refused", { skip }, async (t) => {
  const pair = open(t, Pair, { useFd: 9999 });

  await rejects(pair.bind("tcp://127.0.0.1:*"), "EINVAL", /binding to/);
  await rejects(pair.bind("ipc://no-such-socket"), "EINVAL", /binding to/);
});
