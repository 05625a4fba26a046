// PAIR: two ends that belong to each other, here two parts of one program.
import { Pair } from "zmq-ts";

const left = new Pair();
const right = new Pair();
await left.bind("inproc://pair");
right.connect("inproc://pair");

await left.send(["step", "1"]);
console.log("right got", (await right.receive()).map(String).join(" "));
await right.send("ready");
console.log("left got", await left.receiveString());

left.close();
right.close();
