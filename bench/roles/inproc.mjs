/**
 * Bursts from one socket to another of the same thread, below the high-water mark, so that nothing waits. A large burst
 * shows what the depth of a queue costs.
 */
import { checkSize, ready, secondsSince } from "./endpoint.mjs";

export async function inproc({ zmq, size, count, hwm, burst, isBatch }) {
  const pull = new zmq.Pull({ receiveHighWaterMark: hwm });
  const push = new zmq.Push({ sendHighWaterMark: hwm });
  const payload = Buffer.alloc(size);
  await pull.bind("inproc://bench");
  push.connect("inproc://bench");
  ready();
  const pass = isBatch ? burstOfMany : burstOfEach;
  const start = performance.now();
  let done = 0;
  for (; done < count; done += burst) await pass(push, pull, payload, burst);
  return { seconds: secondsSince(start), counted: done };
}

async function burstOfEach(push, pull, payload, burst) {
  for (let i = 0; i < burst; i++) await push.send(payload);
  for (let i = 0; i < burst; i++) {
    const [frame] = await pull.receive();
    checkSize(frame, payload.length);
  }
}

async function burstOfMany(push, pull, payload, burst) {
  await push.sendMany(new Array(burst).fill(payload), { copy: false });
  for (let received = 0; received < burst; ) {
    const batch = await pull.receiveMany();
    for (const [frame] of batch) checkSize(frame, payload.length);
    received += batch.length;
  }
}
