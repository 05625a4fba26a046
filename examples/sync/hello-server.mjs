// Hello World server: REP socket, expects "Hello", answers "World".
import * as zmq from "zmq-ts/sync";

const [endpoint = "tcp://*:5555", count = "Infinity"] = process.argv.slice(2);

const context = new zmq.Context();
const socket = context.socket(zmq.REP);
socket.bind(endpoint);

for (let request = 0; request < Number(count); request++) {
  const message = socket.recvString();
  console.log(`Received request: ${message}`);
  socket.sendString("World");
}
