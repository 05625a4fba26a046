// Two threads, each with calls that block, over inproc: the main thread asks, a worker answers.
import { isMainThread, Worker, workerData } from "node:worker_threads";
import * as zmq from "zmq-ts/sync";

if (isMainThread) {
  const context = new zmq.Context();
  const socket = context.socket(zmq.REQ);
  socket.connect("inproc://service");
  const worker = new Worker(new URL(import.meta.url), { workerData: context.share() });
  worker.unref();
  for (const word of ["one", "two", "three"]) {
    socket.sendString(word);
    console.log(socket.recvString());
  }
} else {
  const socket = zmq.Context.from(workerData).socket(zmq.REP);
  socket.bind("inproc://service");
  for (;;) socket.sendString(socket.recvString().toUpperCase());
}
