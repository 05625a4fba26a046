/** PAIR with libzmq. */
import { testPair } from "../support/interop-ends.ts";
import { assertMessage, MESSAGES } from "../support/interop-messages.ts";
import { PythonPeer } from "../support/python.ts";

const python = await PythonPeer.start();

testPair(python, "PAIR", "PAIR", async ({ ours, theirs }) => {
  for (const message of MESSAGES) await ours.send(message);
  for (const message of MESSAGES) await theirs.send(message);

  for (const message of MESSAGES) assertMessage(await theirs.receive(), message, "to them");
  for (const message of MESSAGES) assertMessage(await ours.receive(), message, "to us");
});
