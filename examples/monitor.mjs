// Events: what happens to a socket's connections.
import { Pull, Push } from "zmq-ts";

const pull = new Pull();
const push = new Push();
const watching = watch("pull", pull.events);
await pull.bind("tcp://127.0.0.1:*");
push.connect(pull.lastEndpoint);
await push.send("hello");
await pull.receive();
push.close();
await watching;

async function watch(name, events) {
  for await (const event of events) {
    console.log(name, event.type);
    if (event.type === "disconnect") pull.close();
  }
}
