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

/**
 * Returns when what the subscriber last told is in force at the publisher. An XPUB is told by `notices`; a PUB must be
 * tried.
 */
async function settle(publisher: End, subscriber: End, topic: string, notices: string[]): Promise<void> {
  let heard = false;
  // Begun first: a libzmq socket sees to new connections only while its user waits for something.
  const first = subscriber.receive().then(() => {
    heard = true;
  });
  if (publisher.type === "XPUB") {
    for (const notice of notices) assertMessage(await publisher.receive(), [notice], "notice");
  }
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
  await settle(publisher, subscriber, "news", ["\x01news"]);

  for (const message of MESSAGES) {
    await publisher.send(["olds", ...message]);
    await publisher.send(["news", ...message]);
  }
  for (const message of MESSAGES) assertMessage(await subscriber.receive(), ["news", ...message]);

  // What is cancelled ends, what is new begins: the other topic comes next, and nothing between.
  await unsubscribe(subscriber, "news");
  await subscribe(subscriber, "olds");
  await settle(publisher, subscriber, "olds", ["\x00news", "\x01olds"]);
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
async function talkUpstream(subscriber: End, publisher: End): Promise<void> {
  await subscribe(subscriber, "");
  await settle(publisher, subscriber, "", ["\x01"]);
  await subscriber.send(["\x02upstream", "", "x"]);
  assertMessage(await publisher.receive(), ["\x02upstream", "", "x"]);
}

const upstream = { behaviour: "pass a message upstream" };
testPair(python, "XPUB", "XSUB", ({ ours, theirs }) => talkUpstream(theirs, ours), upstream);
testPair(python, "XSUB", "XPUB", ({ ours, theirs }) => talkUpstream(ours, theirs), upstream);
