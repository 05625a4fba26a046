// PUB–SUB: everybody gets what begins with the topics they asked for.
import { Subscriber, XPublisher } from "zmq-ts";

// An XPUB is a PUB that shows who subscribes, so that nothing is published before anybody listens.
const publisher = new XPublisher();
await publisher.bind("tcp://127.0.0.1:*");

const subscriber = new Subscriber();
subscriber.connect(publisher.lastEndpoint);
subscriber.subscribe("weather.paris");
await publisher.receive();

await publisher.send(["weather.oslo", "-3"]);
await publisher.send(["weather.paris", "12"]);
const [topic, degrees] = await subscriber.receive();
console.log(`${topic}: ${degrees} degrees`);

subscriber.close();
publisher.close();
