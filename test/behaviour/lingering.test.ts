/** A close or a termination that takes long says what it waits for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Context, Pair, Pull, Push } from "zmq-ts";
import { endpointToCome, IO_THREADS, open, receiveTexts, soon } from "../support/sockets.ts";

/** The text of the next warning with this code. */
function warning(code: string): Promise<string> {
  return new Promise((resolve) => {
    const listen = (said: Error & { code?: string }): void => {
      if (said.code !== code) return;
      process.off("warning", listen);
      resolve(said.message);
    };
    process.on("warning", listen);
  });
}

test("a close that lingers for long names the endpoint and the number of messages", async (t) => {
  const endpoint = await endpointToCome(t, "tcp");
  const context = new Context({ ioThreads: IO_THREADS });
  const push = open(t, Push, { context, linger: 30_000, reconnectInterval: 60_000 });
  push.connect(endpoint);
  for (let i = 0; i < 3; i++) await push.send(String(i));
  const said = warning("ZMQ_LINGERING");

  push.close();

  const text = await soon(said);
  assert.ok(text.includes("PUSH"), text);
  assert.ok(text.includes(`3 messages to send to ${endpoint}`), text);
  assert.match(text, /linger/);
  // It would hold this process for half a minute.
  t.after(() => process.exit());
});

test("a context that will not terminate names the closed sockets that still send, and what", async (t) => {
  const endpoint = await endpointToCome(t, "tcp");
  const context = new Context({ ioThreads: IO_THREADS });
  const push = open(t, Push, { context, linger: 30_000, reconnectInterval: 5 });
  push.connect(endpoint);
  for (let i = 0; i < 2; i++) await push.send(String(i));
  push.close();
  const said = warning("ZMQ_TERMINATING");

  const terminated = context.terminate();

  const text = await soon(said);
  assert.ok(text.includes(`a closed PUSH socket that still has 2 messages to send to ${endpoint}`), text);
  const pull = open(t, Pull);
  await pull.bind(endpoint);
  assert.deepEqual(await receiveTexts(pull, 2), ["0", "1"]);
  await soon(terminated);
});

test("a context that will not terminate names the sockets that hold it", async (t) => {
  const context = new Context({ ioThreads: IO_THREADS });
  const pair = open(t, Pair, { context });
  await pair.bind("inproc://held");
  const said = warning("ZMQ_TERMINATING");

  const terminated = context.terminate();

  const text = await soon(said);
  assert.match(text, /a PAIR socket at inproc:\/\/held that nobody has closed/);
  pair.close();
  await soon(terminated);
});
