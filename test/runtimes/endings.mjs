// When a program ends by itself, and what of its messages arrives: see harness.mjs. Each case is a process of its own.
import assert from "node:assert/strict";
import * as zmq from "zmq-ts";
import { check, report, sameRuntime, toText } from "./harness.mjs";

for (const how of ["all closed", "idle sockets", "idle I/O threads", "a context that is destroyed"]) {
  await check(`a program ends: ${how}`, async ({ after }) => {
    assert.equal(await sameRuntime(after, "ending.mjs", how), "last line");
  });
}

for (const how of ["unsent", "unsent by a thread", "unsent by calls that block"]) {
  await check(`a program that ends delivers what it has sent: ${how}`, async ({ make, after }) => {
    const pull = make(zmq.Pull);
    await pull.bind("tcp://127.0.0.1:*");
    const said = sameRuntime(after, "ending.mjs", how, pull.lastEndpoint);
    for (let i = 0; i < 100; i++) assert.equal(toText(await pull.receive()), String(i));
    assert.equal(await said, "last line");
  });
}

report();
