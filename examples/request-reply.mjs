// REQ–REP: a question, then its answer. Prints what each side got.
import { Reply, Request } from "zmq-ts";

const reply = new Reply();
await reply.bind("tcp://127.0.0.1:*");

const request = new Request();
request.connect(reply.lastEndpoint);

await request.sendString("Hello");
console.log("the server got", await reply.receiveString());
await reply.sendString("World");
console.log("the client got", await request.receiveString());

request.close();
reply.close();
