// Task ventilator: sends a batch of tasks to the workers, and tells the sink how many there are.
import * as zmq from "zmq-ts/sync";

const [workers = "tcp://*:5557", results = "tcp://localhost:5558"] = process.argv.slice(2);

const context = new zmq.Context();
const sender = context.socket(zmq.PUSH);
sender.bind(workers);
const sink = context.socket(zmq.PUSH);
sink.connect(results);

sink.sendJson({ tasks: 20 });
for (let task = 0; task < 20; task++) sender.sendString(String(task));
