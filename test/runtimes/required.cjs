// The same classes by `require` as by `import`, of all entries: prints as harness.mjs does.
const assert = require("node:assert/strict");

async function main() {
  const results = {};
  for (const entry of ["zmq-ts", "zmq-ts/draft", "zmq-ts/sync"]) {
    const name = `require("${entry}")`;
    try {
      const required = require(entry);
      const imported = await import(entry);
      const namesOf = (object) =>
        Object.keys(object)
          .filter((key) => key !== "default" && key !== "__esModule")
          .sort();
      assert.ok(namesOf(imported).length > 5);
      assert.deepEqual(namesOf(required), namesOf(imported));
      for (const key of namesOf(imported)) assert.equal(required[key], imported[key], key);
      results[name] = true;
    } catch (error) {
      results[name] = String(error.stack);
    }
  }
  const { Pair } = require("zmq-ts");
  const [left, right] = [new Pair(), new Pair({ receiveTimeout: 8000 })];
  await left.bind("tcp://127.0.0.1:*");
  right.connect(left.lastEndpoint);
  await left.send("to a program of CommonJS");
  results["a CommonJS program"] = String((await right.receive())[0]) === "to a program of CommonJS" || "no";
  left.close();
  right.close();
  console.log(JSON.stringify(results));
}

main();
