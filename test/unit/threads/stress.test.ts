/**
 * Threads that send, receive, pause and die, and every message checked: number, length and bytes. Short in the suite;
 * `npm run stress` sends ten million.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Pull } from "zmq-ts";
import { open } from "../../support/sockets.ts";
import { inThread, sharedContext } from "../../support/threads.ts";

const isFull = process.env.ZMQ_TS_STRESS === "full";
const TOTAL = isFull ? 10_000_000 : 150_000;
/** What bodies are cut from: both threads have it. */
const NOISE = 1 << 19;

interface Plan {
  noise: SharedArrayBuffer;
  seed: number;
  count: number;
}

test(`${TOTAL} messages of all sizes from threads that pause and die`, async (t) => {
  const { context, shared } = sharedContext(t);
  const noise = new SharedArrayBuffer(NOISE);
  const bytes = Buffer.from(noise);
  let seed = isFull ? Date.now() >>> 0 : 12_345;
  t.diagnostic(`seed ${seed}`);
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  for (let i = 0; i < NOISE; i++) bytes[i] = random() * 256;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  let total = 0;
  let checksum = 0;
  let deaths = 0;
  while (total < TOTAL) {
    const pull = open(t, Pull, { context, receiveHighWaterMark: 1 + Math.floor(random() ** 3 * 3000) });
    pull.bindSync("inproc://stress");
    const isToDie = random() < 0.5;
    const count = Math.min(TOTAL - total, isFull ? 1_000_000 : 40_000);
    const dieAfter = isToDie ? Math.floor(random() * count) : count;
    const thread = inThread(t, shared, sender, { noise, seed, count } as Plan);
    let next = 0;
    let dying: Promise<unknown> | undefined;
    for await (const [head, body, ...rest] of pull) {
      if (head!.length === 0) break;
      assert.equal(head!.readUInt32LE(0), next, "the number of the message");
      const offset = head!.readUInt32LE(4);
      const length = head!.readUInt32LE(8);
      assert.equal(body!.length, length);
      assert.ok(body!.equals(bytes.subarray(offset, offset + length)), `the bytes of message ${next}`);
      assert.equal(rest.length, next % 3 === 0 ? 1 : 0);
      checksum = (checksum + head!.readUInt32LE(4) + body!.length) >>> 0;
      next++;
      if (next >= dieAfter && dying === undefined) {
        deaths++;
        // What it wrote until then is still to come, whole messages only; then the pipe ends.
        dying = thread.worker.terminate().then(() => pull.close());
      }
      if (random() < 0.0005) await new Promise((resolve) => setImmediate(resolve));
      if (random() < 0.0001) Atomics.wait(sleeper, 0, 0, random() * 3);
    }
    if (dying === undefined) await thread.result;
    await dying;
    pull.close();
    total += next;
  }
  assert.ok(deaths > 0);
  t.diagnostic(`${total} messages, ${deaths} deaths, checksum ${checksum}`);
});

async function sender(
  zmq: typeof import("zmq-ts"),
  context: import("zmq-ts").Context,
  { noise, seed: start, count }: Plan,
): Promise<void> {
  let seed = start;
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  const bytes = Buffer.from(noise);
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const push = new zmq.Push({ context, sendHighWaterMark: 1 + Math.floor(random() ** 3 * 3000) });
  push.connect("inproc://stress");
  for (let i = 0; i < count; i++) {
    const kind = random();
    // Mostly small, some of pages, a few larger than the ring.
    const most = kind < 0.9 ? 64 : kind < 0.9995 ? 3000 : 400_000;
    const length = Math.floor(random() * most);
    const offset = Math.floor(random() * (bytes.length - length));
    const head = Buffer.allocUnsafe(12);
    head.writeUInt32LE(i, 0);
    head.writeUInt32LE(offset, 4);
    head.writeUInt32LE(length, 8);
    const body = bytes.subarray(offset, offset + length);
    await push.send(i % 3 === 0 ? [head, body, ""] : [head, body]);
    if (random() < 0.0005) await new Promise((resolve) => setImmediate(resolve));
    if (random() < 0.0001) Atomics.wait(sleeper, 0, 0, random() * 3);
  }
  await push.send("");
}
