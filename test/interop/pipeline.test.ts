/** PUSH and PULL with libzmq. */
import { type End, testPair } from "../support/interop-ends.ts";
import { assertMessage, MESSAGES } from "../support/interop-messages.ts";
import { PythonPeer } from "../support/python.ts";

const python = await PythonPeer.start();

async function deliver(sender: End, receiver: End): Promise<void> {
  for (const message of MESSAGES) await sender.send(message);

  for (const message of MESSAGES) assertMessage(await receiver.receive(), message);
}

testPair(python, "PUSH", "PULL", ({ ours, theirs }) => deliver(ours, theirs));
testPair(python, "PULL", "PUSH", ({ ours, theirs }) => deliver(theirs, ours));
