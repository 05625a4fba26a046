// The programs of endings.mjs: what the first argument names. None of them calls process.exit.
import * as zmq from "zmq-ts";

const [, , how, endpoint] = process.argv;

async function pair(options) {
  const [reply, request] = [new zmq.Reply(options), new zmq.Request(options)];
  await reply.bind("tcp://127.0.0.1:*");
  request.connect(reply.lastEndpoint);
  await request.send("a");
  await reply.receive();
  await reply.send("b");
  await request.receive();
  return [reply, request];
}

async function send(options) {
  const push = new zmq.Push(options);
  push.connect(endpoint);
  for (let i = 0; i < 100; i++) await push.send(String(i));
}

const PROGRAMS = {
  async "all closed"() {
    for (const socket of await pair()) socket.close();
  },
  "idle sockets": () => pair(),
  "idle I/O threads": () => pair({ context: new zmq.Context({ ioThreads: 2 }) }),
  async "a context that is destroyed"() {
    const context = new zmq.Context();
    await pair({ context });
    await context.destroy();
  },
  unsent: () => send(),
  "unsent by a thread": () => send({ context: new zmq.Context({ ioThreads: 1 }) }),
  async "unsent by calls that block"() {
    const sync = await import("zmq-ts/sync");
    const push = new sync.Context().socket(sync.PUSH);
    push.connect(endpoint);
    for (let i = 0; i < 100; i++) push.sendString(String(i));
  },
};

await PROGRAMS[how]();
console.log("last line");
