/** REQ, REP, DEALER and ROUTER with libzmq. */
import assert from "node:assert/strict";
import { testPair } from "../support/interop-ends.ts";
import { assertMessage } from "../support/interop-messages.ts";
import { testScenarios } from "../support/interop-scenarios.ts";
import { PythonPeer } from "../support/python.ts";

const python = await PythonPeer.start();

testScenarios(python, ["REQ", "REP", "DEALER", "ROUTER"]);

testPair(
  python,
  "ROUTER",
  "DEALER",
  async ({ ours, theirs }) => {
    await theirs.send(["who am I?"]);
    const [id, body] = await ours.receive();
    assert.equal(id!.length, 5, "a peer without a routing id gets one of five bytes");
    assert.equal(id![0], 0);
    assertMessage([body!], ["who am I?"]);

    await ours.send([id!, "you"]);
    assertMessage(await theirs.receive(), ["you"]);
  },
  { transports: ["tcp"], behaviour: "talk by an id the ROUTER makes up" },
);
