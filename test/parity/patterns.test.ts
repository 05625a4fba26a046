/** What libzmq's programs say of the socket types and no other test here does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Context,
  Dealer,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  XPublisher,
  XSubscriber,
} from "zmq-ts";
import { COMMAND, command, frame, greeting, RawPeer, ready } from "../support/raw-peer.ts";
import {
  anyEndpoint,
  connected,
  endpointToCome,
  log,
  married,
  open,
  receiveTexts,
  rejects,
  STREAM_TRANSPORTS,
  soon,
  staysPending,
  TRANSPORTS,
  text,
  turns,
  until,
} from "../support/sockets.ts";

for (const transport of TRANSPORTS) {
  test(`[test_spec_req] a REQ that binds asks its peers in turn and hears the one it asked only over ${transport}`, async (t) => {
    const request = open(t, Request, { routingId: "A" });
    const routers = [open(t, Router), open(t, Router), open(t, Router)];
    await married(t, request, routers, transport);

    for (const asked of routers) {
      await request.send("ABC");
      assert.deepEqual(await receiveTexts(asked, 1), ["A||ABC"]);
      for (const router of routers) {
        if (router === asked) continue;
        await router.send(["A", "", "WRONG"]);
        await until(() => request.readable, "the wrong answer is there");
        assert.equal(request.tryReceive(), undefined);
      }
      await asked.send(["A", "", "GOOD"]);
      assert.deepEqual(await receiveTexts(request, 1), ["GOOD"]);
    }
  });

  test(`[test_req_correlate] a reply with another number is passed over, the one with its own is taken, over ${transport}`, async (t) => {
    const request = open(t, Request, { correlate: true });
    const router = open(t, Router);
    await married(t, router, request, transport);
    await request.send(["ABC", "DEF"]);

    const [id, number, delimiter, ...body] = await soon(router.receive());
    assert.equal(number!.length, 4);
    assert.equal(delimiter!.length, 0);
    assert.deepEqual(text(body), ["ABC", "DEF"]);
    const wrong = Buffer.from(number!);
    wrong[3]! ^= 1;
    await router.send([id!, wrong, "", "DATA"]);
    await router.send([id!, number!, "", "GHI"]);

    assert.deepEqual(await receiveTexts(request, 1), ["GHI"]);
  });

  test(`[test_req_relaxed] given up requests: their answers are not heard, their peers keep their turns, over ${transport}`, async (t) => {
    const request = open(t, Request, { relaxed: true, correlate: true });
    const replies = [open(t, Reply), open(t, Reply), open(t, Reply), open(t, Reply), open(t, Reply)];
    await married(t, request, replies, transport);
    assert.deepEqual([request.readable, request.writable], [false, true]);
    // A second send before any answer.
    await request.send(["A", "B"]);
    assert.deepEqual(await receiveTexts(replies[0]!, 1), ["A|B"]);
    assert.equal(request.writable, true);
    await request.send(["C", "D"]);
    assert.deepEqual(await receiveTexts(replies[1]!, 1), ["C|D"]);
    await replies[0]!.send("WRONG");
    await replies[1]!.send("OK");
    assert.deepEqual(await receiveTexts(request, 1), ["OK"]);
    await request.send("E");
    assert.deepEqual(await receiveTexts(replies[2]!, 1), ["E"]);
    await replies[2]!.send(["F", "G"]);
    assert.deepEqual(await receiveTexts(request, 1), ["F|G"]);
    // A second send when the answer to the first is there.
    await request.send("H");
    assert.deepEqual(await receiveTexts(replies[3]!, 1), ["H"]);
    await replies[3]!.send("BAD");
    await until(() => request.readable, "the answer is there");
    await request.send("I");
    assert.deepEqual(await receiveTexts(replies[4]!, 1), ["I"]);
    await replies[4]!.send("GOOD");
    assert.deepEqual(await receiveTexts(request, 1), ["GOOD"]);
    // No connection was closed over it: the turn is the first one's again.
    await request.send("J");

    assert.deepEqual(await receiveTexts(replies[0]!, 1), ["J"]);
  });

  test(`[test_spec_router] what was exchanged with a peer that has gone is gone with it, and sending says so, over ${transport}`, async (t) => {
    // Disabled in libzmq "until libzmq implements this properly": there what the peer had sent is still received, as here.
    const router = open(t, Router, { mandatory: true, sendTimeout: 0 });
    const dealer = open(t, Dealer, { routingId: "B", linger: 0 });
    const endpoint = await married(t, router, dealer, transport, { mayLose: true });
    await router.send(["B", "ABC"]);
    const lost = transport === "inproc" ? undefined : log(router).next("disconnect");
    dealer.disconnect(endpoint);
    await lost;

    await rejects(router.send(["B", "late"]), "EHOSTUNREACH");
    assert.equal(dealer.tryReceive(), undefined);
    dealer.connect(endpoint);
    await dealer.send("again");
    assert.deepEqual(await receiveTexts(router, 1), ["B|again"]);
    assert.equal(dealer.tryReceive(), undefined);
  });

  test(`[test_spec_pushpull] a PULL that disconnects loses what it had not received, and comes back with empty queues, over ${transport}`, async (t) => {
    const push = open(t, Push, { sendHighWaterMark: 1, sendTimeout: 0 });
    const pull = open(t, Pull, { receiveHighWaterMark: 1 });
    const endpoint = await married(t, push, pull, transport, { mayLose: true });
    await push.send("ABC");
    const lost = transport === "inproc" ? undefined : log(push).next("disconnect");
    pull.disconnect(endpoint);
    await lost;

    assert.equal(push.writable, false);
    await rejects(push.send("nobody"), "EAGAIN");
    assert.equal(pull.tryReceive(), undefined);
    await connected(push, pull, endpoint);
    await push.send("new");
    assert.deepEqual(await receiveTexts(pull, 1), ["new"]);
  });

  test(`[test_spec_pushpull] a message of many parts is lost whole or not at all when its peer goes over ${transport}`, async (t) => {
    const push = open(t, Push, { linger: 0, sendHighWaterMark: 1 });
    const pull = open(t, Pull, { receiveHighWaterMark: 1 });
    const endpoint = await married(t, push, pull, transport, { mayLose: true });
    const large = Buffer.alloc(4 << 20, "b");
    await push.send(["0", "0", large]);
    assert.equal((await soon(pull.receive()))[2]!.length, large.length);
    await push.send("1");
    await push.send(["2", "2", large]);

    const lost = transport === "inproc" ? undefined : log(push).next("disconnect");
    pull.disconnect(endpoint);
    pull.connect(endpoint);
    const third = push.send(["3", "3", large, "3b"]);
    await lost;
    const fifth = push.send(["5", "5", large]);

    for (let last = ""; last !== "5"; ) {
      const parts = await soon(pull.receive());
      last = String(parts[0]);
      if (last === "1") assert.equal(parts.length, 1);
      else assert.deepEqual([parts.length, String(parts[1])], [last === "3" ? 4 : 3, last]);
    }
    await Promise.all([third, fifth]);
  });

  for (const mark of [1000, 100]) {
    test(`[test_hwm_pubsub] an XPUB with a mark of ${mark} delivers at least as many to a SUB that reads nothing meanwhile, never waits, and drops the rest over ${transport}`, async (t) => {
      const publisher = open(t, XPublisher, { sendHighWaterMark: mark });
      const subscriber = open(t, Subscriber, { receiveHighWaterMark: mark });
      await married(t, publisher, subscriber, transport);
      subscriber.subscribe("");
      assert.deepEqual(await receiveTexts(publisher, 1), ["\x01"]);
      // More than a kernel's buffers hold beside both queues.
      const body = Buffer.alloc(transport === "inproc" ? 10 : 64 << 10);
      let sent = 0;

      for (; sent < 5 * mark || publisher.stats().dropped < mark; sent++) {
        assert.equal(publisher.trySend([String(sent), body]), true);
        if (sent % mark === 0) await turns();
      }

      const { dropped } = publisher.stats();
      const numbers: number[] = [];
      while (numbers.length < sent - dropped) numbers.push(Number((await soon(subscriber.receive()))[0]));
      const first = Array.from({ length: mark }, (_, i) => i);
      assert.deepEqual(numbers.slice(0, mark), first, "none is lost while the queue has room");
      assert.ok(
        numbers.every((number, i) => i === 0 || number > numbers[i - 1]!),
        "in order",
      );
      if (transport === "inproc") assert.equal(numbers.length, 2 * mark, "both queues are one");
      for (let i = 0; i < mark; i++) await publisher.send(String(i));
      assert.deepEqual(await receiveTexts(subscriber, mark), first.map(String), "as many again");
      assert.equal(publisher.stats().dropped, dropped);
      assert.equal(subscriber.tryReceive(), undefined);
    });
  }

  test(`[test_hwm_pubsub] [test_xpub_nodrop] with noDrop an XPUB that fills the queues waits, and nothing is lost, over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher, { sendHighWaterMark: 20, noDrop: true });
    const subscriber = open(t, Subscriber, { receiveHighWaterMark: 20 });
    await married(t, publisher, subscriber, transport);
    subscriber.subscribe("");
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x01"]);
    const body = Buffer.alloc(transport === "inproc" ? 10 : 1 << 17);
    let refused = 0;
    let sent = 0;
    let received = 0;

    while (refused < 10) {
      if (publisher.trySend(body)) sent++;
      else {
        refused++;
        await soon(subscriber.receive());
        received++;
      }
    }
    const rest = receiveTexts(subscriber, sent - received + 1);
    await soon(publisher.send("end"));

    assert.equal((await rest).at(-1), "end");
  });

  test(`[test_hwm_pubsub] messages that were received free the queue for as many over ${transport}`, async (t) => {
    const publisher = open(t, Publisher, { sendHighWaterMark: 1100 });
    const subscriber = open(t, Subscriber, { receiveHighWaterMark: 1100 });
    await married(t, publisher, subscriber, transport);
    subscriber.subscribe("");
    await until(() => publisher.topicsCount === 1, "the publisher knows");

    for (const count of [999, 110, 1100]) {
      for (let i = 0; i < count; i++) await publisher.send("");
      await receiveTexts(subscriber, count);
    }
  });

  test(`[test_sub_forward] XPUB and XSUB by hand forward subscriptions up and messages down over ${transport}`, async (t) => {
    const publisher = open(t, Publisher);
    const upper = open(t, XSubscriber);
    const lower = open(t, XPublisher);
    const subscriber = open(t, Subscriber);
    await married(t, upper, publisher, transport);
    await married(t, lower, subscriber, transport);
    subscriber.subscribe("");
    await upper.send(await soon(lower.receive()));
    await until(() => publisher.topicsCount === 1, "the publisher knows");

    await publisher.send("message");
    await lower.send(await soon(upper.receive()));

    assert.deepEqual(await receiveTexts(subscriber, 1), ["message"]);
  });
}

for (const transport of TRANSPORTS) {
  test(`[test_disconnect_inproc] a SUB hears from connect to disconnect, and its subscription goes with it, over ${transport}`, async (t) => {
    const publisher = open(t, XPublisher);
    const subscriber = open(t, Subscriber);
    subscriber.subscribe("foo");
    await publisher.bind(anyEndpoint(transport));
    const endpoint = publisher.lastEndpoint!;
    await publisher.send(["foo", "before"]);
    for (let round = 0; round < 2; round++) {
      subscriber.connect(endpoint);
      assert.deepEqual(await receiveTexts(publisher, 1), ["\x01foo"]);
      for (let i = 0; i < 3; i++) await publisher.send(["foo", "this is foo!"]);
      assert.deepEqual(await receiveTexts(subscriber, 3), new Array(3).fill("foo|this is foo!"));
      subscriber.disconnect(endpoint);
      assert.deepEqual(await receiveTexts(publisher, 1), ["\x00foo"]);
      await publisher.send(["foo", "after"]);
      assert.equal(subscriber.tryReceive(), undefined);
    }
  });
}

for (const transport of STREAM_TRANSPORTS) {
  test(`[test_immediate] a connected DEALER with immediate waits while its peer is away, and goes on when that is back, over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const frontend = open(t, Dealer, { immediate: true, linger: 0, reconnectInterval: 1, sendTimeout: 0 });
    for (let round = 0; round < 2; round++) {
      const backend = open(t, Dealer, { linger: 0 });
      await backend.bind(endpoint);
      if (round === 0) log(frontend);
      if (round === 0) frontend.connect(endpoint);
      await backend.send("Hello");
      assert.deepEqual(await receiveTexts(frontend, 1), ["Hello"]);
      await frontend.send("Hello");
      assert.deepEqual(await receiveTexts(backend, 1), ["Hello"]);
      const lost = log(frontend).next("disconnect");
      backend.close();
      await lost;

      await rejects(frontend.send("nobody"), "EAGAIN");
    }
  });

  test(`[test_issue_566] a ROUTER reaches each of many DEALERs by the id it announced over ${transport}`, async (t) => {
    const router = open(t, Router, { mandatory: true, context: new Context() });
    await router.bind(anyEndpoint(transport));
    const context = new Context();
    for (let cycle = 0; cycle < 100; cycle++) {
      const routingId = `${cycle}`.padStart(9, "0");
      const dealer = open(t, Dealer, { context, routingId });
      await connected(router, dealer, router.lastEndpoint!);
      await router.send([routingId, "HELLO"]);
      assert.deepEqual(await receiveTexts(dealer, 1), ["HELLO"]);
      dealer.close();
    }
  });

  test(`[test_term_endpoint] after unbind or disconnect there is nobody to send to over ${transport}`, async (t) => {
    for (const ends of ["unbind", "disconnect"] as const) {
      const push = open(t, Push);
      const pull = open(t, Pull, { reconnectInterval: -1 });
      const [server, client] = ends === "unbind" ? [push, pull] : [pull, push];
      const endpoint = await married(t, server, client, transport, { mayLose: true });
      await push.send("ABC");
      assert.deepEqual(await receiveTexts(pull, 1), ["ABC"]);

      if (ends === "unbind") await push.unbind(push.lastEndpoint!);
      else push.disconnect(endpoint);

      const waiting = push.send("nobody");
      await staysPending(waiting);
      push.close();
      await rejects(waiting, "EAGAIN");
    }
  });
}

for (const [minor, what] of [
  [1, "command"],
  [0, "message"],
] as const) {
  test(`[test_mock_pub_sub] a publisher of ZMTP 3.${minor} is subscribed to by ${what}`, async (t) => {
    const subscriber = open(t, Subscriber);
    await subscriber.bind("tcp://127.0.0.1:*");
    const publisher = await RawPeer.connect(t, subscriber.lastEndpoint!);
    publisher.write(greeting("NULL", 3, minor), ready("PUB"));
    await publisher.read(64);
    await publisher.readFrame();

    subscriber.subscribe("A");

    const { flags, body } = await publisher.readFrame();
    if (minor === 1) assert.deepEqual([flags, String(body)], [COMMAND, "\x09SUBSCRIBEA"]);
    else assert.deepEqual([flags, String(body)], [0, "\x01A"]);
    publisher.write(frame(0, "ALOL"));
    assert.deepEqual(await receiveTexts(subscriber, 1), ["ALOL"]);
    subscriber.unsubscribe("A");
    const cancel = await publisher.readFrame();
    if (minor === 1) assert.deepEqual([cancel.flags, String(cancel.body)], [COMMAND, "\x06CANCELA"]);
    else assert.deepEqual([cancel.flags, String(cancel.body)], [0, "\x00A"]);
  });

  test(`[test_mock_pub_sub] a subscriber may subscribe by ${what}`, async (t) => {
    const publisher = open(t, XPublisher);
    await publisher.bind("tcp://127.0.0.1:*");
    const subscriber = await RawPeer.connect(t, publisher.lastEndpoint!);
    subscriber.write(greeting("NULL", 3, minor), ready("SUB"));
    await subscriber.read(64);
    await subscriber.readFrame();

    subscriber.write(minor === 1 ? command("SUBSCRIBE", "A") : frame(0, "\x01A"));
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x01A"]);
    await publisher.send("ALOL");

    assert.deepEqual(await subscriber.readMessage(), ["ALOL"]);
    subscriber.write(minor === 1 ? command("CANCEL", "A") : frame(0, "\x00A"));
    assert.deepEqual(await receiveTexts(publisher, 1), ["\x00A"]);
  });
}
