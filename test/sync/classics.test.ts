/** The classic programs under examples/sync, each in a process of its own, with python3-zmq at the other end. */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as zmq from "zmq-ts/sync";
import { Context, createCertificates, curveKeypair, loadCertificate, ThreadAuthenticator } from "zmq-ts/sync";
import { endpointToCome, temporaryPath } from "../support/sockets.ts";

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

/** Folders as a server has them: key pairs of all, and the public keys of those who may come. */
function keyFolders(t: TestContext): { keys: string; clients: string } {
  const keys = temporaryPath(t, "keys");
  const clients = temporaryPath(t, "clients");
  for (const folder of [keys, clients]) mkdirSync(folder);
  for (const name of ["server", "client", "stranger"]) createCertificates(keys, name);
  copyFileSync(join(keys, "client.key"), join(clients, "client.key"));
  return { keys, clients };
}

test("curve-server lets a libzmq client in, and keeps a stranger out", { skip }, async (t) => {
  const { keys, clients } = keyFolders(t);
  // Its addresses are those of the network: over ipc there would be none.
  const at = await endpointToCome(t, "tcp");
  const server = example(t, "curve-server", keys, clients, at);
  const client = (name: string, script: string) =>
    python(
      t,
      `
    import zmq.auth
    from zmq.utils.monitor import recv_monitor_message
    s = context.socket(zmq.PULL)
    s.curve_publickey, s.curve_secretkey = zmq.auth.load_certificate(args[0] + "/" + args[1] + ".key_secret")
    s.curve_serverkey, _ = zmq.auth.load_certificate(args[0] + "/server.key")
    monitor = s.get_monitor_socket()
    s.connect(args[2])
    ${script}
    s.disable_monitor()
    context.destroy(0)
    `,
      keys,
      name,
      at,
    );

  const stranger = client(
    "stranger",
    `while True:
        event = recv_monitor_message(monitor)
        assert event["event"] != zmq.EVENT_HANDSHAKE_SUCCEEDED
        if event["event"] == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
            print("refused with", event["value"])
            break`,
  );
  assert.equal(await stranger.output, "refused with 400\n");
  assert.equal(await client("client", "print(s.recv().decode())").output, "Hello\n");
  await server.output;
});

test("curve-client is let in by a libzmq server with pyzmq's authenticator, and a stranger is not", {
  skip,
}, async (t) => {
  const { keys, clients } = keyFolders(t);
  const at = endpoint(t);
  const server = python(
    t,
    `
    import zmq.auth
    from zmq.auth.thread import ThreadAuthenticator
    auth = ThreadAuthenticator(context)
    auth.start()
    auth.configure_curve(domain="*", location=args[1])
    s = context.socket(zmq.PUSH)
    s.curve_publickey, s.curve_secretkey = zmq.auth.load_certificate(args[0] + "/server.key_secret")
    s.curve_server = True
    s.bind(args[2])
    s.send(b"Hello")
    s.close()
    auth.stop()
    `,
    keys,
    clients,
    at,
  );

  assert.equal(await example(t, "curve-client", keys, "stranger", at, "300").output, "EAGAIN\n");
  assert.equal(await example(t, "curve-client", keys, "client", at, "20000").output, "Hello\n");
  await server.output;
});

test("an authenticator beside a thread that blocks: PLAIN, what it decided, and what it refuses", (t) => {
  const context = new Context();
  const auth = new ThreadAuthenticator(context);
  t.after(() => {
    auth.stop();
    context.destroy(0);
  });
  assert.throws(() => auth.allow("127.0.0.1"), /start\(\)/);
  auth.start();
  assert.equal(auth.isAlive, true);
  assert.throws(() => new ThreadAuthenticator(context).start(), { code: "EADDRINUSE" });
  assert.throws(() => auth.configureCurve({ location: "/no/such/folder" }), { code: "ENOENT" });
  assert.throws(() => auth.configureCurve({ keys: ["short"] }), { code: "EINVAL" });
  auth.configurePlain({ passwords: { admin: "secret" } });
  const server = context.socket(zmq.PULL);
  server.setsockopt(zmq.PLAIN_SERVER, 1);
  server.setsockopt(zmq.RCVTIMEO, 20_000);
  server.bind("tcp://127.0.0.1:*");
  const push = (password: string) => {
    const client = context.socket(zmq.PUSH);
    client.setsockopt(zmq.PLAIN_USERNAME, "admin");
    client.setsockopt(zmq.PLAIN_PASSWORD, password);
    client.setsockopt(zmq.LINGER, 0);
    client.connect(String(server.getsockopt(zmq.LAST_ENDPOINT)));
    client.sendString(password);
  };
  push("wrong");
  push("secret");

  assert.equal(server.recvString(), "secret");
  const decided = () =>
    auth.events().map(({ type, userId, mechanism }) => [type, userId, mechanism].join(" "));
  assert.ok(decided().includes("allowed admin PLAIN"));
  auth.stop();
  assert.equal(auth.isAlive, false);
});

test("certificates and keys, without a promise", (t) => {
  const folder = temporaryPath(t, "keys");
  mkdirSync(folder);
  const [publicFile, secretFile] = createCertificates(folder, "one", { name: "One" });

  const [publicKey, secretKey] = loadCertificate(secretFile);

  assert.deepEqual(loadCertificate(publicFile), [publicKey, null]);
  assert.equal(secretKey!.length, 40);
  assert.equal(curveKeypair().join("").length, 80);
  assert.throws(() => createCertificates(folder, "one"), { code: "EEXIST" });
});
