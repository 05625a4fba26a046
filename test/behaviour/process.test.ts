/** What holds a process and what does not: each program below runs in a process of its own. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Pull } from "zmq-ts";
import { endpointToCome, open, receiveTexts, soon } from "../support/sockets.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

interface Program {
  /** Resolves with the exit code. */
  exit: Promise<number | null>;
  /** Resolves with the first thing that the program prints. */
  printed: Promise<string>;
  stderr(): string;
  hasEnded(): boolean;
}

function run(t: TestContext, source: string): Program {
  const child = spawn(
    process.execPath,
    ["--input-type=module", "-e", `import * as zmq from "zmq-ts";\n${source}`],
    {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  t.after(() => child.kill("SIGKILL"));
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk;
  });
  const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    exit,
    printed: new Promise((resolve) =>
      child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim())),
    ),
    stderr: () => errors,
    hasEnded: () => child.exitCode !== null,
  };
}

async function exits(t: TestContext, source: string): Promise<void> {
  const program = run(t, source);

  assert.equal(await soon(program.exit, "the program's end"), 0, program.stderr());
}

/** It is still there some time after it has said that its last line is done. */
async function stays(t: TestContext, source: string): Promise<void> {
  const program = run(t, `${source}\nconsole.log("waiting");`);
  assert.equal(await soon(program.printed), "waiting", program.stderr());

  await new Promise((resolve) => setTimeout(resolve, 150));

  assert.equal(program.hasEnded(), false, program.stderr());
}

test("a program whose sockets are all closed exits", (t) =>
  exits(
    t,
    `const pull = new zmq.Pull(); await pull.bind("tcp://127.0.0.1:*");
     const push = new zmq.Push(); push.connect(pull.lastEndpoint);
     await push.send("x"); await pull.receive(); push.close(); pull.close();`,
  ));

test("sockets that are open and idle do not hold a program", (t) =>
  exits(
    t,
    `const pull = new zmq.Pull(); await pull.bind("tcp://127.0.0.1:*");
     const push = new zmq.Push(); push.connect(pull.lastEndpoint);
     await push.send("x"); await pull.receive();`,
  ));

test("a connection that is tried again and again does not hold a program", (t) =>
  exits(t, `new zmq.Push({ reconnectInterval: 1 }).connect("tcp://127.0.0.1:1");`));

test("a receive that waits holds a program", (t) =>
  stays(t, `const pull = new zmq.Pull(); await pull.bind("tcp://127.0.0.1:*"); pull.receive();`));

test("a send that waits holds a program", (t) =>
  stays(t, `const push = new zmq.Push(); await push.bind("tcp://127.0.0.1:*"); push.send("x");`));

test("reading events holds a program", (t) =>
  stays(t, `const pull = new zmq.Pull(); pull.events.receive();`));

test("a closed socket that lingers holds a program until its messages are out", async (t) => {
  const endpoint = await endpointToCome(t, "tcp");
  const program = run(
    t,
    `const push = new zmq.Push({ reconnectInterval: 5 }); push.connect(${JSON.stringify(endpoint)});
     await push.send("in the end"); push.close(); console.log("closed");`,
  );
  assert.equal(await soon(program.printed), "closed");

  const pull = open(t, Pull);
  await pull.bind(endpoint);

  assert.deepEqual(await receiveTexts(pull, 1), ["in the end"]);
  assert.equal(await soon(program.exit), 0, program.stderr());
});

test("an open socket's queued messages go out before a program ends", async (t) => {
  const endpoint = await endpointToCome(t, "tcp");
  const program = run(
    t,
    `const push = new zmq.Push({ reconnectInterval: 5 }); push.connect(${JSON.stringify(endpoint)});
     for (let i = 0; i < 10; i++) await push.send(String(i)); console.log("sent");`,
  );
  assert.equal(await soon(program.printed), "sent");
  const pull = open(t, Pull);
  await pull.bind(endpoint);

  const received: string[] = [];
  const receiving = receiveTexts(pull, 10).then(
    (texts) => received.push(...texts),
    () => {},
  );
  await soon(Promise.race([receiving, program.exit]));

  assert.equal(received.at(-1), "9");
  assert.equal(await soon(program.exit), 0, program.stderr());
});

test("a receive that timed out does not hold a program", (t) =>
  exits(t, `const pull = new zmq.Pull({ receiveTimeout: 5 }); await pull.receive().catch(() => {});`));

test("an open socket's queued messages do not hold a program beyond its linger", (t) =>
  exits(
    t,
    `const one = new zmq.Push({ linger: 0 }); one.connect("tcp://127.0.0.1:1"); await one.send("dropped");
     const two = new zmq.Push({ linger: 30 }); two.connect("tcp://127.0.0.1:1"); await two.send("dropped later");
     const three = new zmq.Push({ context: new zmq.Context({ blocky: false }) });
     three.connect("tcp://127.0.0.1:1"); await three.send("dropped too");`,
  ));

const PROXY = `const [front, back] = [new zmq.Router(), new zmq.Dealer()];
     front.bindSync("inproc://front"); back.bindSync("inproc://back");
     const device = zmq.proxy(front, back);`;

test("a proxy holds a program, paused or not", async (t) => {
  await Promise.all([stays(t, PROXY), stays(t, `${PROXY} device.pause();`)]);
});

test("a proxy that has ended does not hold a program, nor a poll that is over", (t) =>
  exits(
    t,
    `${PROXY} device.terminate(); await device;
     const poller = new zmq.Poller(); poller.register(front, zmq.POLLIN); await poller.poll(5);`,
  ));
