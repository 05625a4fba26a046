// A broker: clients and workers that know only the proxy between them. Another socket sees all that passes.
import { Dealer, dump, Publisher, proxy, Reply, Request, Router, Subscriber } from "zmq-ts";

const [frontend, backend, capture] = [new Router(), new Dealer(), new Publisher()];
for (const socket of [frontend, backend, capture]) await socket.bind("tcp://127.0.0.1:*");
const broker = proxy(frontend, backend, { capture });

const spy = new Subscriber();
spy.connect(capture.lastEndpoint);
spy.subscribe();

const workers = ["anna", "bert"].map((name) => {
  const worker = new Reply();
  worker.connect(backend.lastEndpoint);
  serve(name, worker);
  return worker;
});
const client = new Request({ routingId: "client" });
client.connect(frontend.lastEndpoint);

let seen;
for (let i = 1; i <= 4 || seen === undefined; i++) {
  await client.sendString(`question ${i}`);
  console.log(await client.receiveString());
  seen ??= spy.tryReceive();
}
console.log(dump(seen));

broker.terminate();
await broker;
const { messages, bytes } = broker.statistics().frontend.received;
console.log(`the broker passed on ${messages} questions or more: ${messages >= 4 && bytes > 0}`);
for (const socket of [frontend, backend, capture, spy, client, ...workers]) socket.close();

async function serve(name, worker) {
  for await (const [question] of worker) await worker.send(`${name} answers ${question}`);
}
