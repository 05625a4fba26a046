/** The other thread of `threads.mjs`. */
import { parentPort, workerData } from "node:worker_threads";
import * as zmq from "../../dist/index.js";
import { pushAll } from "./throughput.mjs";

const { role, shared, size, count, hwm, isBatch, words } = workerData;

if (role === "push") {
  const push = new zmq.Push({ context: zmq.Context.from(shared), sendHighWaterMark: hwm });
  push.connect("inproc://bench");
  await pushAll(push, Buffer.alloc(size), count, isBatch);
} else if (role === "rep") {
  const reply = new zmq.Reply({ context: zmq.Context.from(shared) });
  await reply.bind("inproc://bench");
  for await (const message of reply) await reply.send(message);
} else if (role === "port") {
  const payload = new Uint8Array(size);
  for (let i = 0; i < count; i++) {
    parentPort.postMessage(payload);
    // As a program that has other things to do would: the port's queue knows no limit.
    if (i % 500 === 499) await new Promise((resolve) => setImmediate(resolve));
  }
} else {
  setInterval(() => {}, 1000);
  for (let i = 0; ; i++) {
    const rung = Atomics.waitAsync(words, 0, i);
    if (rung.async) await rung.value;
    Atomics.add(words, 1, 1);
    Atomics.notify(words, 1);
  }
}
