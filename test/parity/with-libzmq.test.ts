/** Options that show on the wire, with libzmq at the other end: python3-zmq and the `zeromq` package. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import * as addon from "zeromq";
import { constants, Dealer, Request, Router, Subscriber, XPublisher, XSubscriber } from "zmq-ts";
import { ADDON, type End, type PeerOptions, type SocketType } from "../support/interop-ends.ts";
import { PythonPeer } from "../support/python.ts";
import {
  anyEndpoint,
  log,
  open,
  receiveTexts,
  rejects,
  STREAM_TRANSPORTS,
  soon,
  until,
} from "../support/sockets.ts";

const python = await PythonPeer.start();

async function texts(end: { receive(): Promise<Buffer[]> }, count: number): Promise<string[]> {
  const found: string[] = [];
  while (found.length < count) found.push((await soon(end.receive())).map(String).join("|"));
  return found;
}

function theirs<S extends addon.Socket>(t: TestContext, socket: S): S {
  socket.linger = 0;
  t.after(() => socket.close());
  return socket;
}

for (const library of [python, ADDON]) {
  const skip = library.missing ?? false;
  const opened = async (t: TestContext, type: SocketType, options?: PeerOptions): Promise<End> => {
    const end = await library.open(type, options);
    t.after(() => end.close());
    return end;
  };

  for (const transport of STREAM_TRANSPORTS) {
    const where = `over ${transport} (${library.name})`;

    test(`[test_req_correlate] libzmq's REP and ROUTER give back the number of our request ${where}`, {
      skip,
    }, async (t) => {
      const request = open(t, Request, { correlate: true, relaxed: true });
      const reply = await opened(t, "REP");
      request.connect(await reply.bind(anyEndpoint(transport)));
      await request.send("question");
      assert.deepEqual(await texts(reply, 1), ["question"]);
      await reply.send(["answer"]);
      assert.deepEqual(await receiveTexts(request, 1), ["answer"]);

      const router = await opened(t, "ROUTER");
      const other = open(t, Request, { correlate: true, relaxed: true });
      other.connect(await router.bind(anyEndpoint(transport)));
      for (const body of ["given up", "meant"]) await other.send(body);
      for (let i = 0; i < 2; i++) await router.send(await soon(router.receive()));
      assert.deepEqual(await receiveTexts(other, 1), ["meant"]);
    });

    test(`[test_connect_rid] we name a connection to libzmq's ROUTER and write first ${where}`, {
      skip,
    }, async (t) => {
      const theirRouter = await opened(t, "ROUTER", { routingId: "its own name" });
      const router = open(t, Router, { routingId: "ours" });
      router.connect(await theirRouter.bind(anyEndpoint(transport)), { routingId: "our name for it" });
      await router.send(["our name for it", "hello"]);
      assert.deepEqual(await texts(theirRouter, 1), ["ours|hello"]);

      await theirRouter.send(["ours", "welcome"]);

      assert.deepEqual(await receiveTexts(router, 1), ["our name for it|welcome"]);
    });

    test(`[test_router_mandatory] a libzmq DEALER that has left is EHOSTUNREACH ${where}`, {
      skip,
    }, async (t) => {
      const router = open(t, Router, { mandatory: true });
      const events = log(router);
      await router.bind(anyEndpoint(transport));
      await rejects(router.send(["them", "early"]), "EHOSTUNREACH");
      const dealer = await library.open("DEALER", { routingId: "them" });
      await dealer.connect(router.lastEndpoint!);
      await dealer.send(["hello"]);
      assert.deepEqual(await receiveTexts(router, 1), ["them|hello"]);
      await router.send(["them", "found"]);
      assert.deepEqual(await texts(dealer, 1), ["found"]);

      await dealer.close();
      await events.next("disconnect");

      await rejects(router.send(["them", "late"]), "EHOSTUNREACH");
    });

    test(`[test_reqrep_device] [test_spec_rep] our ROUTER and DEALER pass libzmq's questions to libzmq's REPs in turn ${where}`, {
      skip,
    }, async (t) => {
      const [router, dealer] = [open(t, Router), open(t, Dealer)];
      await router.bind(anyEndpoint(transport));
      await dealer.bind(anyEndpoint(transport));
      const replies = [await opened(t, "REP"), await opened(t, "REP")];
      for (const reply of replies) await reply.connect(dealer.lastEndpoint!);
      await dealer.connected(2);
      const requests = [await opened(t, "REQ"), await opened(t, "REQ")];
      for (const request of requests) await request.connect(router.lastEndpoint!);

      for (const [i, request] of requests.entries()) {
        await request.send([`question ${i}`, "", "more"]);
        await dealer.send(await soon(router.receive()));
      }
      const asked = [...(await texts(replies[0]!, 1)), ...(await texts(replies[1]!, 1))];
      for (const [i, reply] of replies.entries()) {
        await reply.send([`to ${asked[i]}`]);
        await router.send(await soon(dealer.receive()));
      }

      assert.deepEqual(asked.sort(), ["question 0||more", "question 1||more"]);
      for (const [i, request] of requests.entries())
        assert.deepEqual(await texts(request, 1), [`to question ${i}||more`]);
    });

    test(`[test_sub_forward] our XSUB and XPUB forward libzmq's subscription and libzmq's news ${where}`, {
      skip,
    }, async (t) => {
      const [lower, upper] = [open(t, XPublisher), open(t, XSubscriber)];
      await lower.bind(anyEndpoint(transport));
      await upper.bind(anyEndpoint(transport));
      const publisher = await opened(t, "XPUB");
      await publisher.connect(upper.lastEndpoint!);
      const subscriber = await opened(t, "SUB");
      await subscriber.connect(lower.lastEndpoint!);
      await subscriber.subscribe("news");
      await upper.send(await soon(lower.receive()));
      assert.deepEqual(await texts(publisher, 1), ["\x01news"]);

      await publisher.send(["news of today", "x"]);
      await lower.send(await soon(upper.receive()));

      assert.deepEqual(await texts(subscriber, 1), ["news of today|x"]);
      await subscriber.unsubscribe("news");
      await upper.send(await soon(lower.receive()));
      assert.deepEqual(await texts(publisher, 1), ["\x00news"]);
    });

    test(`[test_router_notify] we are told of libzmq's DEALERs ${where}`, { skip }, async (t) => {
      const router = open(t, Router, { routerNotify: 3 });
      await router.bind(anyEndpoint(transport));
      const dealer = await library.open("DEALER", { routingId: "them" });
      await dealer.connect(router.lastEndpoint!);
      await dealer.send(["hello"]);
      assert.deepEqual(await receiveTexts(router, 2), ["them|", "them|hello"]);

      await dealer.close();

      assert.deepEqual(await receiveTexts(router, 1), ["them|"]);
    });

    test(`[test_router_handover] libzmq's DEALERs hand an id over here ${where}`, { skip }, async (t) => {
      const router = open(t, Router, { handover: true });
      await router.bind(anyEndpoint(transport));
      for (const body of ["first", "second"]) {
        const dealer = await opened(t, "DEALER", { routingId: "X", reconnectInterval: 60_000 });
        await dealer.connect(router.lastEndpoint!);
        await dealer.send([body]);
        assert.deepEqual(await receiveTexts(router, 1), [`X|${body}`]);
        await router.send(["X", `for the ${body}`]);
        assert.deepEqual(await texts(dealer, 1), [`for the ${body}`]);
      }
    });

    test(`[test_xpub_manual] [test_xpub_manual_last_value] we decide what libzmq's SUBs get ${where}`, {
      skip,
    }, async (t) => {
      const publisher = open(t, XPublisher, { manualLastValue: true });
      await publisher.bind(anyEndpoint(transport));
      const subscribers = [await opened(t, "SUB"), await opened(t, "SUB")];
      for (const subscriber of subscribers) {
        await subscriber.connect(publisher.lastEndpoint!);
        await subscriber.subscribe("A");
        assert.deepEqual(await receiveTexts(publisher, 1), ["\x01A"]);
        publisher.subscribe("A1");
      }

      for (const topic of ["A1 for the last", "A2", "A1 for both"]) await publisher.send(topic);

      assert.deepEqual(await texts(subscribers[1]!, 2), ["A1 for the last", "A1 for both"]);
      assert.deepEqual(await texts(subscribers[0]!, 1), ["A1 for both"]);
    });

    test(`[test_xpub_welcome_msg] libzmq's SUB is welcomed ${where}`, { skip }, async (t) => {
      const publisher = open(t, XPublisher, { welcomeMessage: "W" });
      await publisher.bind(anyEndpoint(transport));
      const subscriber = await opened(t, "SUB");
      await subscriber.subscribe("W");
      await subscriber.connect(publisher.lastEndpoint!);

      assert.deepEqual(await texts(subscriber, 1), ["W"]);
    });

    test(`[test_probe_router] libzmq's ROUTER hears of our DEALER ${where}`, { skip }, async (t) => {
      const router = await opened(t, "ROUTER");
      const dealer = open(t, Dealer, { routingId: "X", probeRouter: true });
      dealer.connect(await router.bind(anyEndpoint(transport)));

      assert.deepEqual(await texts(router, 1), ["X|"]);
      await router.send(["X", "Hello"]);
      assert.deepEqual(await receiveTexts(dealer, 1), ["Hello"]);
    });
  }
}

test("[test_xpub_verbose] libzmq's XPUB sees each of our subscriptions, and the last cancellation", async (t) => {
  const publisher = theirs(t, new addon.XPublisher({ verbosity: "allSubsUnsubs" }));
  await publisher.bind("tcp://127.0.0.1:*");
  const subscriber = open(t, Subscriber);
  subscriber.connect(publisher.lastEndpoint!);
  await log(subscriber).next("handshake");

  subscriber.subscribe("A", "A");
  subscriber.unsubscribe("A", "A", "A");
  subscriber.subscribe("mark");

  assert.deepEqual(await texts(publisher, 4), ["\x01A", "\x01A", "\x00A", "\x01mark"]);
});

test("[test_xsub_verbose] libzmq's XPUB sees each of our cancellations with verboseUnsubscribe", async (t) => {
  const publisher = theirs(t, new addon.XPublisher({ verbosity: "allSubsUnsubs" }));
  await publisher.bind("tcp://127.0.0.1:*");
  const subscriber = open(t, XSubscriber, { verboseUnsubscribe: true });
  subscriber.connect(publisher.lastEndpoint!);
  await log(subscriber).next("handshake");

  for (const request of ["\x00A", "\x01A", "\x01A", "\x00A", "\x00A"]) await subscriber.send(request);

  assert.deepEqual(await texts(publisher, 5), ["\x00A", "\x01A", "\x01A", "\x00A", "\x00A"]);
});

test("[test_xpub_manual] onlyFirstSubscribe means the same to libzmq's XPUB, and from libzmq's XSUB", async (t) => {
  const numbers = (socket: unknown) => socket as { setBoolOption(option: number, value: boolean): void };
  const theirPublisher = theirs(t, new addon.XPublisher());
  numbers(theirPublisher).setBoolOption(constants.ZMQ_ONLY_FIRST_SUBSCRIBE, true);
  await theirPublisher.bind("tcp://127.0.0.1:*");
  const ours = open(t, XSubscriber, { onlyFirstSubscribe: true });
  ours.connect(theirPublisher.lastEndpoint!);
  await log(ours).next("handshake");
  await ours.send(["data", "\x01A"]);
  await ours.send(["\x01B", "\x01C"]);
  assert.deepEqual(await texts(theirPublisher, 3), ["data|\x01A", "\x01B", "\x01C"]);

  const ourPublisher = open(t, XPublisher, { onlyFirstSubscribe: true });
  await ourPublisher.bind("tcp://127.0.0.1:*");
  const theirSubscriber = theirs(t, new addon.XSubscriber());
  numbers(theirSubscriber).setBoolOption(constants.ZMQ_ONLY_FIRST_SUBSCRIBE, true);
  theirSubscriber.connect(ourPublisher.lastEndpoint!);
  await theirSubscriber.send(["data", "\x01A"]);
  await theirSubscriber.send(["\x01B", "\x01C"]);
  assert.deepEqual(await receiveTexts(ourPublisher, 3), ["data|\x01A", "\x01B", "\x01C"]);
});

test("[test_pub_invert_matching] libzmq's SUB inverts what we publish", async (t) => {
  const publisher = open(t, XPublisher, { invertMatching: true });
  await publisher.bind("tcp://127.0.0.1:*");
  const subscriber = theirs(t, new addon.Subscriber({ invertMatching: true }));
  subscriber.connect(publisher.lastEndpoint!);
  subscriber.subscribe("A");
  await until(() => publisher.topicsCount === 1, "we know of the subscription");

  for (const topic of ["A1", "B1"]) await publisher.send(topic);

  assert.deepEqual(await texts(subscriber, 1), ["B1"]);
});

test("[test_conflate] libzmq's PULL that conflates keeps our last message, ours the last of libzmq's", async (t) => {
  const theirPull = theirs(t, new addon.Pull({ conflate: true }));
  await theirPull.bind("tcp://127.0.0.1:*");
  const theirPush = theirs(t, new addon.Push());
  const { Pull, Push } = await import("zmq-ts");
  const ourPull = open(t, Pull, { conflate: true });
  await ourPull.bind("tcp://127.0.0.1:*");
  const ourPush = open(t, Push);
  ourPush.connect(theirPull.lastEndpoint!);
  theirPush.connect(ourPull.lastEndpoint!);

  for (const [push, pull] of [
    [ourPush, theirPull],
    [theirPush, ourPull],
  ] as const) {
    for (let i = 1; i <= 20; i++) await push.send(`${i}`);
    let last = 0;
    while (last < 20) {
      const next = Number((await soon(pull.receive()))[0]);
      assert.ok(next > last, "older ones do not come after newer ones");
      last = next;
    }
  }
});

test("a raw ROUTER of ours and libzmq's STREAM are alike to each other", async (t) => {
  const router = open(t, Router, { raw: true });
  await router.bind("tcp://127.0.0.1:*");
  const stream = theirs(t, new addon.Stream());
  stream.connect(router.lastEndpoint!, { routingId: "us" });
  assert.deepEqual((await soon(stream.receive())).map(String), ["us", ""]);
  const [id] = await soon(router.receive());

  await stream.send(["us", "bytes"]);
  assert.deepEqual((await soon(router.receive())).map(String), [String(id), "bytes"]);
  await router.send([id!, "and back"]);
  assert.deepEqual((await soon(stream.receive())).map(String), ["us", "and back"]);
  await router.send([id!, ""]);

  assert.deepEqual((await soon(stream.receive())).map(String), ["us", ""]);
});
