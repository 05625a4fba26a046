/** `capability`, libzmq's zmq_has: what it says is there works, and what it says is not is refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as zmq from "zmq-ts";
import * as draft from "zmq-ts/draft";
import { open, soon, temporaryPath } from "../support/sockets.ts";

test("[test_capabilities] capability has an answer for every name that the zeromq package asks for", () => {
  assert.deepEqual(Object.keys(zmq.capability).sort(), [
    "curve",
    "draft",
    "gssapi",
    "ipc",
    "norm",
    "pgm",
    "tipc",
  ]);
  for (const has of Object.values(zmq.capability)) assert.equal(typeof has, "boolean");
});

for (const [name, endpoint] of [
  ["tipc", "tipc://{5560,0,0}"],
  ["norm", "norm://127.0.0.1:5560"],
  ["pgm", "pgm://lo;239.192.1.1:5560"],
] as const) {
  test(`[test_capabilities] ${name}:// is there or refused, as capability says`, (t) => {
    const connect = () => open(t, zmq.Publisher).connect(endpoint);

    if (zmq.capability[name]) assert.doesNotThrow(connect);
    else assert.throws(connect, { code: "EPROTONOSUPPORT" });
  });
}

test("[test_capabilities] ipc://, CURVE and the draft types are there, as capability says", async (t) => {
  assert.equal(zmq.capability.ipc, true);
  await soon(open(t, zmq.Pull).bind(`ipc://${temporaryPath(t)}`));

  assert.equal(zmq.capability.curve, true);
  assert.equal(zmq.curveKeyPair().publicKey.length, 40);

  assert.equal(zmq.capability.draft, true);
  assert.equal(open(t, draft.Server).threadSafe, true);
});

test("[test_capabilities] GSSAPI can be asked for or is refused, as capability says", (t) => {
  const ask = () => open(t, zmq.Push).setOption(zmq.constants.ZMQ_GSSAPI_SERVER, 1);

  if (zmq.capability.gssapi) assert.doesNotThrow(ask);
  else assert.throws(ask, { code: "ENOTSUP" });
});
