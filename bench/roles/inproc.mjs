/** Bursts of 500 from one socket to another of the same thread: below the high-water mark, so that nothing waits. */
import { checkSize, ready, secondsSince } from "./endpoint.mjs";

const BURST = 500;

export async function inproc({ zmq, size, count, hwm, isBatch }) {
  const pull = new zmq.Pull({ receiveHighWaterMark: hwm });
  const push = new zmq.Push({ sendHighWaterMark: hwm });
  const payload = Buffer.alloc(size);
  await pull.bind("inproc://bench");
  push.connect("inproc://bench");
  ready();
  const burst = isBatch ? burstOfMany : burstOfEach;
  const start = performance.now();
  let done = 0;
  for (; done < count; done += BURST) await burst(push, pull, payload);
  return { seconds: secondsSince(start), counted: done };
}

async function burstOfEach(push, pull, payload) {
  for (let i = 0; i < BURST; i++) await push.send(payload);
  for (let i = 0; i < BURST; i++) {
    const [frame] = await pull.receive();
    checkSize(frame, payload.length);
  }
}

async function burstOfMany(push, pull, payload) {
  await push.sendMany(new Array(BURST).fill(payload));
  for (let received = 0; received < BURST; ) {
    const batch = await pull.receiveMany();
    for (const [frame] of batch) checkSize(frame, payload.length);
    received += batch.length;
  }
}
