/**
 * Two threads of one process: PUSH to PULL, and REQ to REP. Beside them what the runtime itself offers: a `MessagePort`,
 * and a round trip of `Atomics.waitAsync`.
 */
import { Worker } from "node:worker_threads";
import { checkSize, ready, secondsSince } from "./endpoint.mjs";
import { takeBatches, takeEach } from "./throughput.mjs";

/** The port gets fewer messages: it takes ten times as long. */
const PORT_SHARE = 10;

const OTHER = new URL("threads-other.mjs", import.meta.url);

export async function threads({ zmq, size, count, hwm, isBatch }) {
  ready();
  const { seconds, counted } = await byInproc(zmq, { size, count, hwm, isBatch });
  const portRate = await byPort(size, Math.max(1000, Math.floor(count / PORT_SHARE)));
  return { seconds, counted, timesPort: counted / seconds / portRate };
}

async function byInproc(zmq, { size, count, hwm, isBatch }) {
  const context = new zmq.Context();
  const pull = new zmq.Pull({ context, receiveHighWaterMark: hwm });
  await pull.bind("inproc://bench");
  const worker = new Worker(OTHER, {
    workerData: { role: "push", shared: context.share(), size, count, hwm, isBatch },
  });
  const { start, first } = await (isBatch ? takeBatches : takeEach)(pull, size, count);
  const seconds = secondsSince(start);
  await worker.terminate();
  await context.destroy(0);
  return { seconds, counted: count - first };
}

async function byPort(size, count) {
  const worker = new Worker(OTHER, { workerData: { role: "port", size, count } });
  let start = 0;
  let received = 0;
  await new Promise((resolve) => {
    worker.on("message", (frame) => {
      checkSize(frame, size);
      if (received++ === 0) start = performance.now();
      if (received === count) resolve();
    });
  });
  const seconds = secondsSince(start);
  await worker.terminate();
  return (count - 1) / seconds;
}

/** Times are of half a round trip, in microseconds. */
export async function threadsLatency({ zmq, size, count }) {
  ready();
  const context = new zmq.Context();
  const request = new zmq.Request({ context });
  request.connect("inproc://bench");
  const worker = new Worker(OTHER, { workerData: { role: "rep", shared: context.share() } });
  const payload = Buffer.alloc(size);
  const warm = Math.floor(count / 10);
  let start = 0;
  for (let i = 0; i < count + warm; i++) {
    if (i === warm) start = performance.now();
    await request.send(payload);
    const [frame] = await request.receive();
    checkSize(frame, size);
  }
  const half = (secondsSince(start) * 1e6) / 2 / count;
  await worker.terminate();
  await context.destroy(0);
  return { half, bare: await bareHalfTrip(count) };
}

async function bareHalfTrip(count) {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(OTHER, { workerData: { role: "bare", words } });
  const holding = setInterval(() => {}, 1000);
  const warm = Math.floor(count / 10);
  let start = 0;
  for (let i = 0; i < count + warm; i++) {
    if (i === warm) start = performance.now();
    Atomics.add(words, 0, 1);
    Atomics.notify(words, 0);
    const rung = Atomics.waitAsync(words, 1, i);
    if (rung.async) await rung.value;
  }
  const half = (secondsSince(start) * 1e6) / 2 / count;
  clearInterval(holding);
  await worker.terminate();
  return half;
}
