// Simple request-reply broker: a ROUTER for clients, a DEALER for services, and a poller between them.
import * as zmq from "zmq-ts/sync";

const [clients = "tcp://*:5559", services = "tcp://*:5560"] = process.argv.slice(2);

const context = new zmq.Context();
const frontend = context.socket(zmq.ROUTER);
const backend = context.socket(zmq.DEALER);
frontend.bind(clients);
backend.bind(services);

const poller = new zmq.Poller();
poller.register(frontend, zmq.POLLIN);
poller.register(backend, zmq.POLLIN);

for (;;) {
  const socks = new Map(poller.poll());
  if (socks.get(frontend) === zmq.POLLIN) {
    const message = frontend.recvMultipart();
    backend.sendMultipart(message);
  }
  if (socks.get(backend) === zmq.POLLIN) {
    const message = backend.recvMultipart();
    frontend.sendMultipart(message);
  }
}
