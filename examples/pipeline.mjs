// PUSH–PULL: tasks are dealt out to workers, results are gathered.
import { Pull, Push } from "zmq-ts";

const ventilator = new Push();
const sink = new Pull();
await ventilator.bind("inproc://tasks");
await sink.bind("inproc://results");

for (const name of ["anna", "bert", "carl"]) work(name);

await ventilator.sendMany(Array.from({ length: 9 }, (_, number) => JSON.stringify({ number })));
const results = [];
while (results.length < 9) results.push(await sink.receiveJson());
console.log(
  "squares:",
  results
    .map(({ square }) => square)
    .sort((a, b) => a - b)
    .join(" "),
);
console.log("workers:", [...new Set(results.map(({ name }) => name))].sort().join(" "));
ventilator.close();
sink.close();

async function work(name) {
  const tasks = new Pull();
  const results = new Push();
  tasks.connect("inproc://tasks");
  results.connect("inproc://results");
  for (let done = 0; done < 3; done++) {
    const { number } = await tasks.receiveJson();
    await results.sendJson({ name, square: number ** 2 });
  }
  tasks.close();
  results.close();
}
