/** PUB, SUB, XPUB and XSUB with libzmq. */
import { setTimeout as pause } from "node:timers/promises";
import { type End, testPair } from "../support/interop-ends.ts";
import { assertMessage, MESSAGES } from "../support/interop-messages.ts";
import { PythonPeer } from "../support/python.ts";

const python = await PythonPeer.start();

async function subscribe(subscriber: End, topic: string): Promise<void> {
  if (subscriber.type === "XSUB") await subscriber.send([`\x01${topic}`]);
  else await subscriber.subscribe(topic);
}

async function unsubscribe(subscriber: End, topic: string): Promise<void> {
  if (subscriber.type === "XSUB") await subscriber.send([`\x00${topic}`]);
  else await subscriber.unsubscribe(topic);
}

/** Returns when the subscriptions made so far are in force at the publisher. An XPUB tells; a PUB must be tried. */
async function settle(publisher: End, subscriber: End, topic: string): Promise<void> {
  if (publisher.type === "XPUB") {
    assertMessage(await publisher.receive(), [`\x01${topic}`], "subscription");
    return;
  }
  let heard = false;
  const first = subscriber.receive().then(() => {
    heard = true;
  });
  while (!heard) {
    await publisher.send([topic, "is anybody there?"]);
    await Promise.race([first, pause(5)]);
  }
  await publisher.send([topic, "now"]);
  for (;;) {
    const [, text] = await subscriber.receive();
    if (text!.toString() === "now") return;
  }
}

async function publish(publisher: End, subscriber: End): Promise<void> {
  await subscribe(subscriber, "news");
  await settle(publisher, subscriber, "news");

  for (const message of MESSAGES) {
    await publisher.send(["olds", ...message]);
    await publisher.send(["news", ...message]);
  }
  for (const message of MESSAGES) assertMessage(await subscriber.receive(), ["news", ...message]);

  // What is cancelled ends, what is new begins: the other topic comes next, and nothing between.
  await unsubscribe(subscriber, "news");
  await subscribe(subscriber, "olds");
  if (publisher.type === "XPUB") assertMessage(await publisher.receive(), ["\x00news"], "cancellation");
  await settle(publisher, subscriber, "olds");
  await publisher.send(["news", "unheard"]);
  await publisher.send(["olds", "heard"]);
  assertMessage(await subscriber.receive(), ["olds", "heard"]);
}

for (const publisher of ["PUB", "XPUB"] as const) {
  for (const subscriber of ["SUB", "XSUB"] as const) {
    testPair(python, publisher, subscriber, ({ ours, theirs }) => publish(ours, theirs));
    testPair(python, subscriber, publisher, ({ ours, theirs }) => publish(theirs, ours));
  }
}

// Not a subscription: a message of the user's own, upstream.
testPair(python, "XPUB", "XSUB", async ({ ours, theirs }) => {
  await theirs.send(["\x01"]);
  assertMessage(await ours.receive(), ["\x01"]);
  await theirs.send(["\x02upstream", "", "x"]);
  assertMessage(await ours.receive(), ["\x02upstream", "", "x"]);
});
testPair(python, "XSUB", "XPUB", async ({ ours, theirs }) => {
  await ours.send(["\x01"]);
  assertMessage(await theirs.receive(), ["\x01"]);
  await ours.send(["\x02upstream", "", "x"]);
  assertMessage(await theirs.receive(), ["\x02upstream", "", "x"]);
});
