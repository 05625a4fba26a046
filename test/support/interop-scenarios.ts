/** What two sockets of given types do with each other, whichever library they belong to, and whatever is under them. */
import { setTimeout as pause } from "node:timers/promises";
import { type End, type Ends, type PairOptions, type SocketType, testPair } from "./interop-ends.ts";
import { assertMessage, MESSAGES, type Part } from "./interop-messages.ts";
import type { PythonPeer } from "./python.ts";

const ASKER = "the asker";

type Scenario = (ends: Ends, messages: Part[][]) => Promise<void>;

/** Every two types that talk: ours, theirs, and how. */
export const SCENARIOS: [ours: SocketType, theirs: SocketType, scenario: Scenario, options?: PairOptions][] =
  [
    ["PUSH", "PULL", ({ ours, theirs }, messages) => oneWay(ours, theirs, messages)],
    ["PULL", "PUSH", ({ ours, theirs }, messages) => oneWay(theirs, ours, messages)],
    ["PAIR", "PAIR", bothWays],
    ["DEALER", "DEALER", bothWays],
    ["REQ", "REP", ({ ours, theirs }, messages) => askReply(ours, theirs, messages)],
    ["REP", "REQ", ({ ours, theirs }, messages) => askReply(theirs, ours, messages)],
    [
      "REQ",
      "ROUTER",
      ({ ours, theirs }, messages) => askRouter(ours, theirs, messages),
      { ours: { routingId: ASKER } },
    ],
    [
      "ROUTER",
      "REQ",
      ({ ours, theirs }, messages) => askRouter(theirs, ours, messages),
      { theirs: { routingId: ASKER } },
    ],
    ["DEALER", "REP", ({ ours, theirs }, messages) => dealReply(ours, theirs, messages)],
    ["REP", "DEALER", ({ ours, theirs }, messages) => dealReply(theirs, ours, messages)],
    [
      "DEALER",
      "ROUTER",
      ({ ours, theirs }, messages) => dealRouter(ours, theirs, messages),
      { ours: { routingId: ASKER } },
    ],
    [
      "ROUTER",
      "DEALER",
      ({ ours, theirs }, messages) => dealRouter(theirs, ours, messages),
      { theirs: { routingId: ASKER } },
    ],
    // The connecting ROUTER probes: its empty message is how the other learns that it can be addressed.
    [
      "ROUTER",
      "ROUTER",
      routeBothWays,
      { binder: { routingId: "binder" }, connecter: { routingId: "connecter", probeRouter: true } },
    ],
    ...(["PUB", "XPUB"] as const).flatMap((publisher) =>
      (["SUB", "XSUB"] as const).flatMap((subscriber): [SocketType, SocketType, Scenario][] => [
        [publisher, subscriber, ({ ours, theirs }, messages) => publish(ours, theirs, messages)],
        [subscriber, publisher, ({ ours, theirs }, messages) => publish(theirs, ours, messages)],
      ]),
    ),
  ];

/** Registers those of the types named, with messages of every length. */
export function testScenarios(python: PythonPeer, types: SocketType[]): void {
  for (const [ours, theirs, scenario, options] of SCENARIOS) {
    if (types.includes(ours) && types.includes(theirs))
      testPair(python, ours, theirs, (ends) => scenario(ends, MESSAGES), options);
  }
}

// ---- pipeline, pair

async function oneWay(from: End, to: End, messages: Part[][]): Promise<void> {
  for (const message of messages) await from.send(message);
  for (const message of messages) assertMessage(await to.receive(), message);
}

async function bothWays({ ours, theirs }: Ends, messages: Part[][]): Promise<void> {
  for (const message of messages) await ours.send(message);
  for (const message of messages) await theirs.send(message);

  for (const message of messages) assertMessage(await theirs.receive(), message, "to them");
  for (const message of messages) assertMessage(await ours.receive(), message, "to us");
}

// ---- request, reply

/** An answer differs from its question in every case, so that an echo of the wrong one shows. */
function answerTo(question: Part[]): Part[] {
  return ["re:", ...question];
}

async function askReply(requester: End, replier: End, messages: Part[][]): Promise<void> {
  for (const message of messages) {
    await requester.send(message);
    assertMessage(await replier.receive(), message, "request");
    await replier.send(answerTo(message));
    assertMessage(await requester.receive(), answerTo(message), "reply");
  }
}

async function askRouter(requester: End, router: End, messages: Part[][]): Promise<void> {
  for (const message of messages) {
    await requester.send(message);
    assertMessage(await router.receive(), [ASKER, "", ...message], "request");
    await router.send([ASKER, "", ...answerTo(message)]);
    assertMessage(await requester.receive(), answerTo(message), "reply");
  }
}

/** A DEALER does not wait for a reply before its next request, but writes the delimiter itself. */
async function dealReply(dealer: End, replier: End, messages: Part[][]): Promise<void> {
  for (const message of messages) await dealer.send(["", ...message]);
  for (const message of messages) {
    assertMessage(await replier.receive(), message, "request");
    await replier.send(answerTo(message));
  }
  for (const message of messages) assertMessage(await dealer.receive(), ["", ...answerTo(message)], "reply");
}

async function dealRouter(dealer: End, router: End, messages: Part[][]): Promise<void> {
  for (const message of messages) await dealer.send(message);
  for (const message of messages) assertMessage(await router.receive(), [ASKER, ...message], "to ROUTER");
  for (const message of messages) await router.send([ASKER, ...message]);
  for (const message of messages) assertMessage(await dealer.receive(), message, "to DEALER");
}

async function routeBothWays({ binder, connecter }: Ends, messages: Part[][]): Promise<void> {
  assertMessage(await binder.receive(), ["connecter", ""], "probe");
  for (const message of messages) await binder.send(["connecter", ...message]);
  for (const message of messages)
    assertMessage(await connecter.receive(), ["binder", ...message], "to the connecter");
  for (const message of messages) await connecter.send(["binder", ...message]);
  for (const message of messages)
    assertMessage(await binder.receive(), ["connecter", ...message], "to the binder");
}

// ---- publish, subscribe

export async function subscribe(subscriber: End, topic: string): Promise<void> {
  if (subscriber.type === "XSUB") await subscriber.send([`\x01${topic}`]);
  else await subscriber.subscribe(topic);
}

export async function unsubscribe(subscriber: End, topic: string): Promise<void> {
  if (subscriber.type === "XSUB") await subscriber.send([`\x00${topic}`]);
  else await subscriber.unsubscribe(topic);
}

/**
 * Returns when what the subscriber last told is in force at the publisher. An XPUB is told by `notices`; a PUB must be
 * tried.
 */
export async function settle(
  publisher: End,
  subscriber: End,
  topic: string,
  notices: string[],
): Promise<void> {
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

async function publish(publisher: End, subscriber: End, messages: Part[][]): Promise<void> {
  await subscribe(subscriber, "news");
  await settle(publisher, subscriber, "news", ["\x01news"]);

  for (const message of messages) {
    await publisher.send(["olds", ...message]);
    await publisher.send(["news", ...message]);
  }
  for (const message of messages) assertMessage(await subscriber.receive(), ["news", ...message]);

  // What is cancelled ends, what is new begins: the other topic comes next, and nothing between.
  await unsubscribe(subscriber, "news");
  await subscribe(subscriber, "olds");
  await settle(publisher, subscriber, "olds", ["\x00news", "\x01olds"]);
  await publisher.send(["news", "unheard"]);
  await publisher.send(["olds", "heard"]);
  assertMessage(await subscriber.receive(), ["olds", "heard"]);
}
