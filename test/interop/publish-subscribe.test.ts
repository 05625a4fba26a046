/** PUB, SUB, XPUB and XSUB with libzmq. */
import { type End, testPair } from "../support/interop-ends.ts";
import { assertMessage } from "../support/interop-messages.ts";
import { settle, subscribe, testScenarios } from "../support/interop-scenarios.ts";
import { PythonPeer } from "../support/python.ts";

const python = await PythonPeer.start();

testScenarios(python, ["PUB", "XPUB", "SUB", "XSUB"]);

// Not a subscription: a message of the user's own, upstream.
async function talkUpstream(subscriber: End, publisher: End): Promise<void> {
  await subscribe(subscriber, "");
  await settle(publisher, subscriber, "", ["\x01"]);
  await subscriber.send(["\x02upstream", "", "x"]);
  assertMessage(await publisher.receive(), ["\x02upstream", "", "x"]);
}

const upstream = { behaviour: "pass a message upstream" };
testPair(python, "XPUB", "XSUB", ({ ours, theirs }) => talkUpstream(theirs, ours), upstream);
testPair(python, "XSUB", "XPUB", ({ ours, theirs }) => talkUpstream(ours, theirs), upstream);
