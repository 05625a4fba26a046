// The threads of threads.mjs: what `workerData.task` names.
import { getEnvironmentData, parentPort, workerData } from "node:worker_threads";
import { Context, Dealer, Pair, Pull, Push } from "zmq-ts";
import * as sync from "zmq-ts/sync";

const { task, shared } = workerData;
const context = task === "block" ? undefined : Context.from(shared ?? getEnvironmentData("zmq"));

const TASKS = {
  async push() {
    const push = new Push({ context });
    push.connect("inproc://results");
    for (let i = 0; i < 100; i++) await push.send(`from a thread ${i}`);
    push.close();
  },

  async echo() {
    const pair = new Pair({ context });
    await pair.bind("inproc://echo");
    await pair.send(await pair.receive());
    pair.close();
  },

  /** Sends, says so, and goes on until it is ended. */
  async work() {
    const dealer = new Dealer({ context, routingId: workerData.name });
    dealer.connect("inproc://service");
    for (let i = 0; i < 200; i++) await dealer.send(String(i));
    await dealer.receive();
    parentPort.postMessage("all sent");
    if (workerData.exits) process.exit();
    setInterval(() => {}, 1000);
  },

  /** `count` messages to each. */
  async share() {
    for (const to of workerData.to) {
      const push = new Push({ context });
      push.connect(to);
      for (let i = 0; i < workerData.count; i++) await push.send([workerData.name, String(i)]);
      push.close();
    }
  },

  /** Answers how many it got from each, if those were in order. */
  async collect() {
    const pull = new Pull({ context });
    await pull.bind(workerData.at);
    parentPort.postMessage("bound");
    const next = {};
    for (let left = workerData.total; left > 0; left--) {
      const [from, number] = (await pull.receive()).map(String);
      next[from] ??= 0;
      if (Number(number) !== next[from]++) throw new Error(`${number} of ${from} out of order`);
    }
    pull.close();
    parentPort.postMessage(next);
  },

  /** Says when all but what one socket holds has left it. */
  async flood() {
    const { to, count, size, done } = workerData;
    const push = new Push({ context, sendHighWaterMark: 1 });
    push.connect(to);
    for (let i = 0; i < count; i++) await push.send([String(i), Buffer.alloc(size, "w")]);
    Atomics.store(done, 0, 1);
    Atomics.notify(done, 0);
    push.close();
  },

  block() {
    const socket = sync.Context.from(shared).socket(sync.REP);
    socket.bind("inproc://blocking");
    for (let text = ""; text !== "end"; ) {
      text = socket.recvString();
      socket.sendString(text.toUpperCase());
    }
    socket.close();
  },
};

await TASKS[task]();
