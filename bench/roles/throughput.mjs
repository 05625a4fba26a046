/** PUSH to PULL, as fast as it goes. The clock starts with the first message that arrives, as in libzmq's own tool. */
import { checkSize, open, secondsSince } from "./endpoint.mjs";

const BATCH = 1000;

export async function pull({ zmq, endpoint, size, count, hwm, work, isBatch }) {
  const socket = await open(new zmq.Pull({ receiveHighWaterMark: hwm }), endpoint);
  const { start, first } = isBatch
    ? await takeBatches(socket, size, count)
    : await takeEach(socket, size, count, work);
  return { seconds: secondsSince(start), counted: count - first };
}

/** `work`: microseconds that the program computes for each message. */
export async function takeEach(socket, size, count, work = 0) {
  let start = 0;
  let received = 0;
  for await (const [frame] of socket) {
    checkSize(frame, size);
    if (received++ === 0) start = performance.now();
    if (received === count) break;
    if (work > 0) compute(work);
  }
  return { start, first: 1 };
}

function compute(micros) {
  const end = performance.now() + micros / 1000;
  while (performance.now() < end);
}

export async function takeBatches(socket, size, count) {
  let start = 0;
  let first = 0;
  let received = 0;
  for await (const batch of socket.batches()) {
    for (const [frame] of batch) checkSize(frame, size);
    received += batch.length;
    if (first === 0) {
      start = performance.now();
      first = batch.length;
    }
    if (received >= count) break;
  }
  return { start, first };
}

export async function push({ zmq, endpoint, size, count, hwm, parts, isBatch }) {
  const socket = await open(new zmq.Push({ sendHighWaterMark: hwm }), endpoint);
  const payload = parts === 1 ? Buffer.alloc(size) : new Array(parts).fill(Buffer.alloc(size));
  const start = performance.now();
  await pushAll(socket, payload, count, isBatch);
  return { seconds: secondsSince(start), counted: count };
}

export async function pushAll(socket, payload, count, isBatch) {
  if (isBatch) {
    const batch = new Array(BATCH).fill(payload);
    for (let left = count; left > 0; left -= BATCH) {
      await socket.sendMany(left < BATCH ? batch.slice(0, left) : batch);
    }
  } else {
    for (let i = 0; i < count; i++) await socket.send(payload);
  }
}
