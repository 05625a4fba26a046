// Reads from two sockets with a poller: tasks from a PULL, and news from a SUB until "stop" comes.
import * as zmq from "zmq-ts/sync";

const [tasks = "tcp://localhost:5557", news = "tcp://localhost:5556"] = process.argv.slice(2);

const context = new zmq.Context();
const receiver = context.socket(zmq.PULL);
receiver.connect(tasks);
const subscriber = context.socket(zmq.SUB);
subscriber.connect(news);
subscriber.setsockopt(zmq.SUBSCRIBE, "");

const poller = new zmq.Poller();
poller.register(receiver, zmq.POLLIN);
poller.register(subscriber, zmq.POLLIN);

for (let isRunning = true; isRunning; ) {
  const socks = new Map(poller.poll());
  if (socks.has(receiver)) console.log(`task ${receiver.recvString()}`);
  if (socks.has(subscriber)) {
    const word = subscriber.recvString();
    console.log(`news ${word}`);
    isRunning = word !== "stop";
  }
}
