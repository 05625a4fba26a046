// Ironhouse server: encrypted, and only clients whose certificate is in a folder come in. PUSH socket, sends "Hello".
import * as zmq from "zmq-ts/sync";

const [keys = "keys", clients = "clients", endpoint = "tcp://*:9000"] = process.argv.slice(2);

const context = new zmq.Context();
const auth = new zmq.ThreadAuthenticator(context);
auth.start();
auth.allow("127.0.0.1");
auth.configureCurve({ domain: "*", location: clients });

const server = context.socket(zmq.PUSH);
const [, serverSecret] = zmq.loadCertificate(`${keys}/server.key_secret`);
server.setsockopt(zmq.CURVE_SECRETKEY, serverSecret);
server.setsockopt(zmq.CURVE_SERVER, 1);
server.bind(endpoint);

server.sendString("Hello");
server.close();
auth.stop();
context.term();
