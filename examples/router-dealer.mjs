// ROUTER–DEALER: many questions in flight, answered in any order.
import { Dealer, Router } from "zmq-ts";

const router = new Router();
await router.bind("tcp://127.0.0.1:*");

const dealer = new Dealer({ routingId: "desk-7" });
dealer.connect(router.lastEndpoint);
for (const question of ["first", "second", "third"]) await dealer.send(question);

const questions = [];
for await (const question of router) if (questions.push(question) === 3) break;
// The last comes first: the routing id says whom each answer is for.
for (const [id, text] of questions.reverse()) await router.send([id, `answer to the ${text} for ${id}`]);

for (let i = 0; i < 3; i++) console.log(await dealer.receiveString());
dealer.close();
router.close();
