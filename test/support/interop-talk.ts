/** What any two sockets that belong together can say to each other, for tests whose subject is the connection. */
import { type End, type SocketType, testPair } from "./interop-ends.ts";
import { assertMessage, bytes, type Part } from "./interop-messages.ts";
import type { PythonPeer } from "./python.ts";

/** Every pair of types, ours first. */
export const PAIRS: readonly [SocketType, SocketType][] = [
  ["PUSH", "PULL"],
  ["PULL", "PUSH"],
  ["PUB", "SUB"],
  ["SUB", "PUB"],
  ["PUB", "XSUB"],
  ["XSUB", "PUB"],
  ["XPUB", "SUB"],
  ["SUB", "XPUB"],
  ["XPUB", "XSUB"],
  ["XSUB", "XPUB"],
  ["REQ", "REP"],
  ["REP", "REQ"],
  ["REQ", "ROUTER"],
  ["ROUTER", "REQ"],
  ["DEALER", "REP"],
  ["REP", "DEALER"],
  ["DEALER", "DEALER"],
  ["DEALER", "ROUTER"],
  ["ROUTER", "DEALER"],
  ["ROUTER", "ROUTER"],
  ["PAIR", "PAIR"],
];

const MESSAGES: Part[][] = [["hello"], ["", ""], [bytes(300), "", bytes(70_000)], ["last"]];

type Talk = (one: End, other: End) => Promise<void>;

async function deliver(sender: End, receiver: End): Promise<void> {
  for (const message of MESSAGES) await sender.send(message);
  for (const message of MESSAGES) assertMessage(await receiver.receive(), message);
}

async function bothWays(one: End, other: End): Promise<void> {
  await deliver(one, other);
  await deliver(other, one);
}

async function ask(requester: End, replier: End): Promise<void> {
  for (const message of MESSAGES) {
    await requester.send(message);
    assertMessage(await replier.receive(), message, "request");
    await replier.send(["re:", ...message]);
    assertMessage(await requester.receive(), ["re:", ...message], "reply");
  }
}

async function askRouter(requester: End, router: End): Promise<void> {
  await requester.send(["question"]);
  const [id, ...request] = await router.receive();
  assertMessage(request, ["", "question"]);
  await router.send([id!, "", "answer"]);
  assertMessage(await requester.receive(), ["answer"]);
}

async function dealReply(dealer: End, replier: End): Promise<void> {
  await dealer.send(["", "question"]);
  assertMessage(await replier.receive(), ["question"]);
  await replier.send(["answer"]);
  assertMessage(await dealer.receive(), ["", "answer"]);
}

async function dealRouter(dealer: End, router: End): Promise<void> {
  for (const message of MESSAGES) await dealer.send(message);
  let id: Buffer | undefined;
  for (const message of MESSAGES) {
    const [sender, ...body] = await router.receive();
    id = sender!;
    assertMessage(body, message);
  }
  for (const message of MESSAGES) await router.send([id!, ...message]);
  for (const message of MESSAGES) assertMessage(await dealer.receive(), message);
}

/** The one that connects probes, so that the other learns of it. */
async function routers(binder: End, connecter: End): Promise<void> {
  assertMessage(await binder.receive(), ["connecter", ""], "probe");
  await binder.send(["connecter", "question"]);
  assertMessage(await connecter.receive(), ["binder", "question"]);
  await connecter.send(["binder", "answer"]);
  assertMessage(await binder.receive(), ["connecter", "answer"]);
}

/** Repeats itself until it is heard; an XPUB is told when it will be. */
async function publish(publisher: End, subscriber: End): Promise<void> {
  if (subscriber.type === "XSUB") await subscriber.send(["\x01news"]);
  else await subscriber.subscribe("news");
  const first = subscriber.receive();
  if (publisher.type === "XPUB") assertMessage(await publisher.receive(), ["\x01news"]);
  let heard = false;
  void first.then(() => {
    heard = true;
  });
  while (!heard) {
    await publisher.send(["news", "?"]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const message of MESSAGES) await publisher.send(["news", ...message]);
  let next = await subscriber.receive();
  while (next.length === 2 && String(next[1]) === "?") next = await subscriber.receive();
  for (const message of MESSAGES) {
    assertMessage(next, ["news", ...message]);
    if (message !== MESSAGES.at(-1)) next = await subscriber.receive();
  }
}

const TALKS: Partial<Record<SocketType, Partial<Record<SocketType, Talk>>>> = {
  PUSH: { PULL: deliver },
  PUB: { SUB: publish, XSUB: publish },
  XPUB: { SUB: publish, XSUB: publish },
  REQ: { REP: ask, ROUTER: askRouter },
  DEALER: { REP: dealReply, DEALER: bothWays, ROUTER: dealRouter },
  PAIR: { PAIR: bothWays },
};

function talk(one: End, other: End): Promise<void> {
  const forth = TALKS[one.type]?.[other.type];
  if (forth !== undefined) return forth(one, other);
  return TALKS[other.type]![one.type]!(other, one);
}

/** Registers the tests of every pair of types with these options; see `testPair`. */
export function testEveryPair(
  python: PythonPeer,
  behaviour: string,
  options: Pick<NonNullable<Parameters<typeof testPair>[4]>, "ours" | "theirs">,
): void {
  for (const [ourType, theirType] of PAIRS) {
    const isRouters = ourType === "ROUTER" && theirType === "ROUTER";
    testPair(
      python,
      ourType,
      theirType,
      ({ ours, theirs, binder, connecter }) => (isRouters ? routers(binder, connecter) : talk(ours, theirs)),
      {
        ...options,
        behaviour,
        ...(isRouters && {
          binder: { routingId: "binder" },
          connecter: { routingId: "connecter", probeRouter: true },
        }),
      },
    );
  }
}
