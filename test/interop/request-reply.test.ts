/** REQ, REP, DEALER and ROUTER with libzmq. */
import assert from "node:assert/strict";
import { type End, testPair } from "../support/interop-ends.ts";
import { assertMessage, MESSAGES, type Part } from "../support/interop-messages.ts";
import { PythonPeer } from "../support/python.ts";

const python = await PythonPeer.start();
const ASKER = "the asker";

/** An answer differs from its question in every case, so that an echo of the wrong one shows. */
function answerTo(question: Part[]): Part[] {
  return ["re:", ...question];
}

async function askReply(requester: End, replier: End): Promise<void> {
  for (const message of MESSAGES) {
    await requester.send(message);
    assertMessage(await replier.receive(), message, "request");
    await replier.send(answerTo(message));
    assertMessage(await requester.receive(), answerTo(message), "reply");
  }
}

async function askRouter(requester: End, router: End): Promise<void> {
  for (const message of MESSAGES) {
    await requester.send(message);
    assertMessage(await router.receive(), [ASKER, "", ...message], "request");
    await router.send([ASKER, "", ...answerTo(message)]);
    assertMessage(await requester.receive(), answerTo(message), "reply");
  }
}

/** A DEALER does not wait for a reply before its next request, but writes the delimiter itself. */
async function dealReply(dealer: End, replier: End): Promise<void> {
  for (const message of MESSAGES) await dealer.send(["", ...message]);
  for (const message of MESSAGES) {
    assertMessage(await replier.receive(), message, "request");
    await replier.send(answerTo(message));
  }
  for (const message of MESSAGES) assertMessage(await dealer.receive(), ["", ...answerTo(message)], "reply");
}

async function dealRouter(dealer: End, router: End): Promise<void> {
  for (const message of MESSAGES) await dealer.send(message);
  for (const message of MESSAGES) assertMessage(await router.receive(), [ASKER, ...message], "to ROUTER");
  for (const message of MESSAGES) await router.send([ASKER, ...message]);
  for (const message of MESSAGES) assertMessage(await dealer.receive(), message, "to DEALER");
}

testPair(python, "REQ", "REP", ({ ours, theirs }) => askReply(ours, theirs));
testPair(python, "REP", "REQ", ({ ours, theirs }) => askReply(theirs, ours));
testPair(python, "REQ", "ROUTER", ({ ours, theirs }) => askRouter(ours, theirs), {
  ours: { routingId: ASKER },
});
testPair(python, "ROUTER", "REQ", ({ ours, theirs }) => askRouter(theirs, ours), {
  theirs: { routingId: ASKER },
});
testPair(python, "DEALER", "REP", ({ ours, theirs }) => dealReply(ours, theirs));
testPair(python, "REP", "DEALER", ({ ours, theirs }) => dealReply(theirs, ours));
testPair(python, "DEALER", "ROUTER", ({ ours, theirs }) => dealRouter(ours, theirs), {
  ours: { routingId: ASKER },
});
testPair(python, "ROUTER", "DEALER", ({ ours, theirs }) => dealRouter(theirs, ours), {
  theirs: { routingId: ASKER },
});

testPair(python, "DEALER", "DEALER", async ({ ours, theirs }) => {
  for (const message of MESSAGES) await ours.send(message);
  for (const message of MESSAGES) await theirs.send(message);

  for (const message of MESSAGES) assertMessage(await theirs.receive(), message, "to them");
  for (const message of MESSAGES) assertMessage(await ours.receive(), message, "to us");
});

// The connecting ROUTER probes: its empty message is how the other learns that it can be addressed.
testPair(
  python,
  "ROUTER",
  "ROUTER",
  async ({ binder, connecter }) => {
    assertMessage(await binder.receive(), ["connecter", ""], "probe");
    for (const message of MESSAGES) await binder.send(["connecter", ...message]);
    for (const message of MESSAGES)
      assertMessage(await connecter.receive(), ["binder", ...message], "to the connecter");
    for (const message of MESSAGES) await connecter.send(["binder", ...message]);
    for (const message of MESSAGES)
      assertMessage(await binder.receive(), ["connecter", ...message], "to the binder");
  },
  { binder: { routingId: "binder" }, connecter: { routingId: "connecter", probeRouter: true } },
);

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
