// Task worker: takes tasks from the ventilator, sends the results to the sink.
import * as zmq from "zmq-ts/sync";

const [tasks = "tcp://localhost:5557", results = "tcp://localhost:5558", count = "Infinity"] =
  process.argv.slice(2);

const context = new zmq.Context();
const receiver = context.socket(zmq.PULL);
receiver.connect(tasks);
const sender = context.socket(zmq.PUSH);
sender.connect(results);

for (let done = 0; done < Number(count); done++) {
  const task = Number(receiver.recvString());
  sender.sendJson({ task, square: task * task });
}
