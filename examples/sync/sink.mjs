// Task sink: binds a PULL socket, collects the results of the workers.
import * as zmq from "zmq-ts/sync";

const [endpoint = "tcp://*:5558"] = process.argv.slice(2);

const context = new zmq.Context();
const receiver = context.socket(zmq.PULL);
receiver.bind(endpoint);

let tasks = Number.POSITIVE_INFINITY;
let results = 0;
let sum = 0;
// How many there are may come after the first of them: it is another connection.
while (results < tasks) {
  const message = receiver.recvJson();
  if ("tasks" in message) tasks = message.tasks;
  else {
    sum += message.square;
    results++;
  }
}
console.log(`${results} results, the squares add up to ${sum}`);
