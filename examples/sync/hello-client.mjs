// Hello World client: REQ socket, sends "Hello", expects "World".
import * as zmq from "zmq-ts/sync";

const [endpoint = "tcp://localhost:5555"] = process.argv.slice(2);

const context = new zmq.Context();
const socket = context.socket(zmq.REQ);
socket.connect(endpoint);

for (let request = 0; request < 10; request++) {
  console.log(`Sending request ${request} ...`);
  socket.send("Hello");
  const message = socket.recv();
  console.log(`Received reply ${request} [ ${message} ]`);
}
