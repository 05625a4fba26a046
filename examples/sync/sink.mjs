// Task sink: binds a PULL socket, collects the results of the workers.
import * as zmq from "zmq-ts/sync";

const [endpoint = "tcp://*:5558"] = process.argv.slice(2);

const context = new zmq.Context();
const receiver = context.socket(zmq.PULL);
receiver.bind(endpoint);

const { tasks } = receiver.recvJson();
let sum = 0;
for (let i = 0; i < tasks; i++) sum += receiver.recvJson().square;
console.log(`${tasks} results, the squares add up to ${sum}`);
