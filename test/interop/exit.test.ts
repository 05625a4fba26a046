/** When a program ends by itself: ours, and the same program with the `zeromq` package. */
import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Pull, Push } from "zmq-ts";

const timeout = 8000;
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** A program in a process of its own, killed when the test ends. `zmq` in it is the library. */
class Program {
  readonly #child: ChildProcessByStdio<null, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #exit: Promise<unknown[]>;

  constructor(t: TestContext, library: string, body: string, ...args: string[]) {
    const source = `import * as zmq from "${library}";\nconst [, ...args] = process.argv;\n${body}`;
    this.#child = spawn(process.execPath, ["--input-type=module", "-e", source, ...args], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "inherit"],
      timeout,
      killSignal: "SIGKILL",
    });
    this.#exit = once(this.#child, "exit");
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    t.after(() => this.#child.kill("SIGKILL"));
  }

  /** What it prints next. */
  async line(): Promise<string | undefined> {
    const { value, done } = await this.#lines.next();
    return done ? undefined : value;
  }

  /** Its exit code, or the signal that ended it. */
  async exit(): Promise<unknown> {
    const [code, signal] = await this.#exit;
    return code ?? signal;
  }
}

for (const library of ["zmq-ts", "zeromq"]) {
  test(`${library}: a program whose sockets are all closed exits`, { timeout }, async (t) => {
    const program = new Program(
      t,
      library,
      `const reply = new zmq.Reply(), request = new zmq.Request();
       await reply.bind("tcp://127.0.0.1:*");
       request.connect(reply.lastEndpoint);
       await request.send("ping");
       await reply.receive();
       await reply.send("pong");
       console.log(String(await request.receive()));
       request.close();
       reply.close();`,
    );

    assert.equal(await program.line(), "pong");
    assert.equal(await program.exit(), 0);
  });

  test(`${library}: open sockets without a pending call do not hold a program`, { timeout }, async (t) => {
    const program = new Program(
      t,
      library,
      `const reply = new zmq.Reply(), request = new zmq.Request();
       await reply.bind("tcp://127.0.0.1:*");
       request.connect(reply.lastEndpoint);
       await request.send("ping");
       await reply.receive();
       await reply.send("pong");
       console.log(String(await request.receive()));`,
    );

    assert.equal(await program.line(), "pong");
    assert.equal(await program.exit(), 0);
  });

  test(`${library}: a pending receive holds a program until a message comes`, { timeout }, async (t) => {
    // The timer is unreferenced: it fires only in a program that something else holds.
    const program = new Program(
      t,
      library,
      `const pull = new zmq.Pull();
       await pull.bind("tcp://127.0.0.1:*");
       console.log(pull.lastEndpoint);
       setTimeout(() => console.log("held"), 150).unref();
       console.log(String(await pull.receive()));`,
    );
    const push = new Push({ linger: 0 });
    t.after(() => push.close());

    push.connect((await program.line())!);
    assert.equal(await program.line(), "held");
    await push.send("over");

    assert.equal(await program.line(), "over");
    assert.equal(await program.exit(), 0);
  });

  test(`${library}: closed sockets hold a program until their messages are delivered`, {
    timeout,
  }, async (t) => {
    const endpoint = `ipc://${join(tmpdir(), `zmq-ts-exit-${process.pid}-${library}`)}`;
    const program = new Program(
      t,
      library,
      `const push = new zmq.Push();
       push.connect(args[0]);
       for (let i = 0; i < 100; i++) await push.send(String(i));
       push.close();
       console.log("closed");`,
      endpoint,
    );
    assert.equal(await program.line(), "closed");

    const pull = new Pull();
    t.after(() => pull.close());
    await pull.bind(endpoint);

    for (let i = 0; i < 100; i++) assert.equal(String(await pull.receive()), String(i));
    assert.equal(await program.exit(), 0);
  });

  test(`${library}: closed sockets with linger 0 do not hold a program`, { timeout }, async (t) => {
    const program = new Program(
      t,
      library,
      `const push = new zmq.Push({ linger: 0 });
       push.connect(args[0]);
       await push.send("for nobody");
       push.close();
       console.log("closed");`,
      `ipc://${join(tmpdir(), `zmq-ts-nobody-${process.pid}`)}`,
    );

    assert.equal(await program.line(), "closed");
    assert.equal(await program.exit(), 0);
  });
}
