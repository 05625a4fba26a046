// Publish-subscribe forwarder: the built-in proxy between an XSUB, for publishers, and an XPUB, for subscribers.
import * as zmq from "zmq-ts/sync";

const [publishers = "tcp://*:5561", subscribers = "tcp://*:5562"] = process.argv.slice(2);

const context = new zmq.Context();
const frontend = context.socket(zmq.XSUB);
frontend.bind(publishers);
const backend = context.socket(zmq.XPUB);
backend.bind(subscribers);

zmq.proxy(frontend, backend);
