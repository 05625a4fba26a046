/** The classic programs under examples/sync, each in a process of its own, with python3-zmq at the other end. */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryPath } from "../support/sockets.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PYTHON = "/usr/bin/python3";
const skip = hasPython() ? false : "python3-zmq is not installed, libzmq was NOT tested against";

function hasPython(): boolean {
  try {
    execFileSync(PYTHON, ["-c", "import zmq"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

interface Program {
  /** What it printed, when it has ended by itself. */
  readonly output: Promise<string>;
}

function run(t: TestContext, command: string, args: string[]): Program {
  const child: ChildProcess = spawn(command, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  let text = "";
  child.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const output = new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`${args.join(" ")} did not end; it printed: ${text}`));
    }, 20_000);
    child.once("close", (code, signal) => {
      clearTimeout(late);
      if (code === 0) resolve(text);
      else reject(new Error(`${args.join(" ")} ended with ${code ?? signal}; it printed: ${text}`));
    });
  });
  output.catch(() => {});
  return { output };
}

const example = (t: TestContext, name: string, ...args: string[]) =>
  run(t, process.execPath, [`examples/sync/${name}.mjs`, ...args]);
/** `socket(type, verb, endpoint)` in the script makes one. */
const python = (t: TestContext, script: string, ...args: string[]) =>
  run(t, PYTHON, ["-c", PRELUDE + script.replaceAll(/^ {4}/gm, ""), ...args]);

const PRELUDE = `
import sys, zmq
context = zmq.Context()
args = sys.argv[1:]
def socket(kind, verb, endpoint):
    s = context.socket(kind)
    s.linger = 5000
    getattr(s, verb)(endpoint)
    return s
`;

const endpoint = (t: TestContext) => `ipc://${temporaryPath(t)}`;

test("hello-server answers a libzmq client", { skip }, async (t) => {
  const at = endpoint(t);
  const server = example(t, "hello-server", at, "3");
  const client = python(
    t,
    `
    s = socket(zmq.REQ, "connect", args[0])
    for i in range(3):
        s.send(b"Hello")
        print(s.recv().decode())
    `,
    at,
  );

  assert.equal(await client.output, "World\nWorld\nWorld\n");
  assert.equal(await server.output, "Received request: Hello\n".repeat(3));
});

test("hello-client asks a libzmq server", { skip }, async (t) => {
  const at = endpoint(t);
  const client = example(t, "hello-client", at);
  const server = python(
    t,
    `
    s = socket(zmq.REP, "bind", args[0])
    for i in range(10):
        assert s.recv() == b"Hello"
        s.send(b"World")
    `,
    at,
  );

  await server.output;
  assert.match(await client.output, /Sending request 9 \.\.\.\nReceived reply 9 \[ World \]\n$/);
});

test("weather-server publishes to a libzmq subscriber", { skip }, async (t) => {
  const at = endpoint(t);
  example(t, "weather-server", at);
  const client = python(
    t,
    `
    s = socket(zmq.SUB, "connect", args[0])
    s.setsockopt(zmq.SUBSCRIBE, b"10003")
    for i in range(5):
        assert s.recv().startswith(b"10003 ")
    print("five")
    context.destroy(0)
    `,
    at,
  );

  assert.equal(await client.output, "five\n");
});

test("weather-client subscribes to a libzmq publisher", { skip }, async (t) => {
  const at = endpoint(t);
  const client = example(t, "weather-client", at, "10001");
  const server = python(
    t,
    `
    s = socket(zmq.XPUB, "bind", args[0])
    assert s.recv() == b"\\x0110001"
    for i in range(5):
        s.send_string("10002 99 50")
        s.send_string("10001 %d 50" % (i * 10))
    `,
    at,
  );

  await server.output;
  assert.match(await client.output, /^Update 0 for 10001\n[\s\S]*for zipcode '10001' was 20 F\n$/);
});

test("ventilator and sink with a libzmq worker", { skip }, async (t) => {
  const [tasks, results] = [endpoint(t), endpoint(t)];
  const sink = example(t, "sink", results);
  const ventilator = example(t, "ventilator", tasks, results);
  python(
    t,
    `
    i = socket(zmq.PULL, "connect", args[0])
    o = socket(zmq.PUSH, "connect", args[1])
    while True:
        n = int(i.recv())
        o.send_json({"task": n, "square": n * n})
    `,
    tasks,
    results,
  );

  await ventilator.output;
  assert.equal(await sink.output, "20 results, the squares add up to 2470\n");
});

test("two workers with a libzmq ventilator and sink", { skip }, async (t) => {
  const [tasks, results] = [endpoint(t), endpoint(t)];
  const boss = python(
    t,
    `
    o = socket(zmq.PUSH, "bind", args[0])
    i = socket(zmq.PULL, "bind", args[1])
    for n in range(20): o.send_string(str(n))
    print(sum(i.recv_json()["square"] for _ in range(20)))
    context.destroy(0)
    `,
    tasks,
    results,
  );
  for (let i = 0; i < 2; i++) example(t, "worker", tasks, results);

  assert.equal(await boss.output, "2470\n");
});

test("broker between libzmq clients and a libzmq service", { skip }, async (t) => {
  const [front, back] = [endpoint(t), endpoint(t)];
  example(t, "broker", front, back);
  python(
    t,
    `
    s = socket(zmq.REP, "connect", args[0])
    while True: s.send(s.recv().upper())
    `,
    back,
  );
  const clients = ["a", "b"].map((name) =>
    python(
      t,
      `
    s = socket(zmq.REQ, "connect", args[0])
    for i in range(10):
        s.send_string(args[1] + str(i))
        print(s.recv().decode(), end=" ")
    `,
      front,
      name,
    ),
  );

  for (const [i, name] of ["A", "B"].entries()) {
    const want = Array.from({ length: 10 }, (_, n) => `${name}${n} `).join("");
    assert.equal(await clients[i]!.output, want);
  }
});

test("forwarder between a libzmq publisher and subscriber", { skip }, async (t) => {
  const [front, back] = [endpoint(t), endpoint(t)];
  example(t, "forwarder", front, back);
  const subscriber = python(
    t,
    `
    s = socket(zmq.SUB, "connect", args[0])
    s.setsockopt(zmq.SUBSCRIBE, b"yes")
    print(s.recv_multipart())
    `,
    back,
  );
  const publisher = python(
    t,
    `
    s = socket(zmq.XPUB, "connect", args[0])
    assert s.recv() == b"\\x01yes"
    s.send_multipart([b"no", b"1"])
    s.send_multipart([b"yes", b"2"])
    `,
    front,
  );

  await publisher.output;
  assert.equal(await subscriber.output, "[b'yes', b'2']\n");
});

test("poller reads from a libzmq PUSH and PUB", { skip }, async (t) => {
  const [tasks, news] = [endpoint(t), endpoint(t)];
  const program = example(t, "poller", tasks, news);
  const other = python(
    t,
    `
    p = socket(zmq.XPUB, "bind", args[1])
    assert p.recv() == b"\\x01"
    t = socket(zmq.PUSH, "bind", args[0])
    p.send(b"first")
    t.send(b"1")
    p.send(b"stop")
    `,
    tasks,
    news,
  );

  await other.output;
  const output = await program.output;
  assert.match(output, /^news first\n(task 1\n)?news stop\n$/);
});

test("two threads with blocking calls, by inproc", async (t) => {
  assert.equal(await example(t, "threads").output, "ONE\nTWO\nTHREE\n");
});
