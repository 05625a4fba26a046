// The thread of "inproc between worker threads" in smoke.mjs.
import { workerData } from "node:worker_threads";
import { Context, Push } from "zmq-ts";

const push = new Push({ context: Context.from(workerData) });
push.connect("inproc://results");
for (let i = 0; i < 100; i++) await push.send(`from a thread ${i}`);
push.close();
