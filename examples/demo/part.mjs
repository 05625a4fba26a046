// One process of the demo: `node part.mjs <role> <endpoints…>`. Reports to its parent over IPC.
import { Dealer, Pull, Push, Reply, Request, Subscriber, XPublisher } from "zmq-ts";

const [role, ...args] = process.argv.slice(2);
const report = (message) => process.send?.(message);
const stopped = new Promise((resolve) => process.once("message", resolve));

const roles = {
  /** Answers requests until it is told to stop. */
  async server() {
    const socket = new Reply();
    await socket.bind("tcp://127.0.0.1:*");
    report({ endpoint: socket.lastEndpoint });
    stopped.then(() => socket.close());
    for await (const [question] of socket) await socket.send(`${question}!`);
  },

  async client(endpoint, seconds) {
    const socket = new Request();
    socket.connect(endpoint);
    let count = 0;
    await during(
      seconds,
      () => count,
      async () => {
        await socket.sendString(`question ${count}`);
        if ((await socket.receiveString()) !== `question ${count}!`) throw new Error("a wrong answer");
        count++;
      },
    );
    socket.close();
    report({ done: count });
  },

  /** An XPUB sees who subscribes: it begins when all are there. `noDrop` makes it wait for the slowest. */
  async publisher(seconds, subscribers) {
    const socket = new XPublisher({ noDrop: true, verbosity: "allSubs" });
    await socket.bind("tcp://127.0.0.1:*");
    report({ endpoint: socket.lastEndpoint });
    for (let i = 0; i < Number(subscribers); i++) await socket.receive();
    let count = 0;
    await during(
      seconds,
      () => count,
      () => socket.send([`tick.${count % 2 ? "odd" : "even"}`, String(count++)]),
    );
    for (const kind of ["even", "odd"]) await socket.send([`tick.${kind}`, "end"]);
    socket.close();
    report({ done: count });
  },

  async subscriber(endpoint, topic) {
    const socket = new Subscriber();
    socket.connect(endpoint);
    socket.subscribe(topic);
    let count = 0;
    for await (const [, body] of socket) {
      if (body.toString() === "end") break;
      if (++count % 20_000 === 0) report({ count });
    }
    socket.close();
    report({ done: count });
  },

  async ventilator(total) {
    const socket = new Push();
    await socket.bind("tcp://127.0.0.1:*");
    report({ endpoint: socket.lastEndpoint });
    await stopped;
    for (let i = 0; i < Number(total); i++) await socket.send(String(i));
    socket.close();
    report({ done: Number(total) });
  },

  async worker(tasks, results) {
    const from = new Pull();
    const to = new Push();
    from.connect(tasks);
    to.connect(results);
    report({ ready: true });
    let count = 0;
    stopped.then(() => from.close());
    for await (const [task] of from) {
      await to.send(String(Number(task) * 2));
      count++;
    }
    to.close();
    report({ done: count });
  },

  async sink(total) {
    const socket = new Pull();
    await socket.bind("tcp://127.0.0.1:*");
    report({ endpoint: socket.lastEndpoint });
    let count = 0;
    let sum = 0;
    for await (const [result] of socket) {
      sum += Number(result);
      if (++count % 20_000 === 0) report({ count });
      if (count === Number(total)) break;
    }
    socket.close();
    report({ done: count, sum });
  },

  /** Many requests in flight at once, where REQ has one. */
  async dealer(endpoint, seconds) {
    const socket = new Dealer();
    socket.connect(endpoint);
    let count = 0;
    for (let i = 0; i < 100; i++) await socket.send([null, "x"]);
    await during(
      seconds,
      () => count,
      async () => {
        await socket.receive();
        await socket.send([null, "x"]);
        count++;
      },
    );
    socket.close();
    report({ done: count });
  },
};

/** Repeats `step` for some seconds, with a report of the count now and then. */
async function during(seconds, count, step) {
  const end = performance.now() + Number(seconds) * 1000;
  let next = performance.now() + 200;
  while (performance.now() < end) {
    await step();
    if (performance.now() < next) continue;
    next += 200;
    report({ count: count() });
  }
}

await roles[role](...args);
process.disconnect?.();
