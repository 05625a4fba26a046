// Weather update server: binds a PUB socket, publishes random updates until it is stopped.
import * as zmq from "zmq-ts/sync";

const [endpoint = "tcp://*:5556"] = process.argv.slice(2);

const context = new zmq.Context();
const socket = context.socket(zmq.PUB);
socket.bind(endpoint);

for (;;) {
  const zipcode = 10_000 + Math.floor(Math.random() * 10);
  const temperature = Math.floor(Math.random() * 215) - 80;
  const relhumidity = Math.floor(Math.random() * 50) + 10;
  socket.sendString(`${zipcode} ${temperature} ${relhumidity}`);
}
