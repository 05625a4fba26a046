// Patterns, transports and errors: see harness.mjs.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import * as zmq from "zmq-ts";
import * as draft from "zmq-ts/draft";
import { check, join, report, TRANSPORTS, toText } from "./harness.mjs";

for (const transport of TRANSPORTS) {
  await check(`request-reply over ${transport}`, async ({ make }) => {
    const [reply, request] = [make(zmq.Reply), make(zmq.Request)];
    await join(reply, request, transport);
    for (let i = 0; i < 3; i++) {
      await request.send(["question", String(i)]);
      assert.equal(toText(await reply.receive()), `question|${i}`);
      await reply.send(`answer ${i}`);
      assert.equal(toText(await request.receive()), `answer ${i}`);
    }
  });

  await check(`publish-subscribe over ${transport}`, async ({ make, makeSender }) => {
    const [publisher, subscriber] = [makeSender(zmq.Publisher), make(zmq.Subscriber)];
    subscriber.subscribe("a");
    await join(publisher, subscriber, transport);
    await publisher.subscribers(1, "a");
    await publisher.send(["b", "not this"]);
    await publisher.send(["a", "this"]);
    assert.equal(toText(await subscriber.receive()), "a|this");
  });

  await check(`pipeline over ${transport}: ten thousand messages, iterated`, async ({ make, makeSender }) => {
    const [push, pull] = [makeSender(zmq.Push), make(zmq.Pull)];
    await join(pull, push, transport);
    const count = 10_000;
    const sending = (async () => {
      for (let i = 0; i < count; i++) await push.send(String(i));
    })();
    let next = 0;
    for await (const [text] of pull) {
      assert.equal(String(text), String(next++));
      if (next === count) break;
    }
    await sending;
  });

  await check(`router-dealer over ${transport}`, async ({ make }) => {
    const [router, dealer] = [make(zmq.Router), make(zmq.Dealer, { routingId: "me" })];
    await join(router, dealer, transport);
    await dealer.send(["", "hello"]);
    assert.equal(toText(await router.receive()), "me||hello");
    await router.send(["me", "back"]);
    assert.equal(toText(await dealer.receive()), "back");
  });

  await check(`a pair over ${transport}, with a megabyte`, async ({ make }) => {
    const [one, two] = [make(zmq.Pair), make(zmq.Pair)];
    await join(one, two, transport);
    const body = Buffer.alloc(1_000_000, "x");
    await one.send([body, "end"]);
    const [large, end] = await two.receive();
    assert.ok(body.equals(large));
    assert.equal(String(end), "end");
  });

  await check(`XPUB and XSUB over ${transport}`, async ({ make }) => {
    const [xpub, xsub] = [make(zmq.XPublisher), make(zmq.XSubscriber)];
    await join(xpub, xsub, transport);
    await xsub.send("\u0001topic");
    assert.equal(toText(await xpub.receive()), "\u0001topic");
    await xpub.send("topic and more");
    assert.equal(toText(await xsub.receive()), "topic and more");
  });

  await check(`a full pipe over ${transport} makes the sender wait`, async ({ make, makeSender }) => {
    const push = makeSender(zmq.Push, { sendHighWaterMark: 2 });
    const pull = make(zmq.Pull, { receiveHighWaterMark: 2 });
    await join(pull, push, transport);
    const body = Buffer.alloc(100_000, "y");
    const count = 200;
    let sent = 0;
    const sending = (async () => {
      for (; sent < count; sent++) await push.send([String(sent), body]);
    })();
    // What the network takes on its way is some megabytes at most, and this is twenty.
    for (let i = 0; i < count; i++) {
      const [number, same] = await pull.receive();
      assert.equal(String(number), String(i));
      assert.equal(same.length, body.length);
    }
    await sending;
  });
}

await check("plain bytes by STREAM", async ({ make }) => {
  const [server, client] = [make(zmq.Stream), make(zmq.Stream)];
  await server.bind("tcp://127.0.0.1:*");
  client.connect(server.lastEndpoint, { routingId: "srv" });
  // It tells that it is connected.
  await client.receive();
  await client.send(["srv", "GET /"]);
  for (;;) {
    const [, bytes] = await server.receive();
    if (bytes.length > 0) {
      assert.equal(String(bytes), "GET /");
      return;
    }
  }
});

await check("a peer comes back", async ({ make, makeSender }) => {
  const push = makeSender(zmq.Push, { reconnectInterval: 10 });
  const first = make(zmq.Pull);
  const endpoint = await join(first, push, "tcp");
  await push.send("one");
  assert.equal(toText(await first.receive()), "one");
  const lost = new Promise((resolve) => push.events.on("disconnect", resolve));
  await first.unbind(endpoint);
  first.close();
  await lost;
  const second = make(zmq.Pull);
  await second.bind(endpoint);
  await push.send("two");
  assert.equal(toText(await second.receive()), "two");
});

await check("timeouts and errors", async ({ make }) => {
  const pull = make(zmq.Pull, { receiveTimeout: 5 });
  await assert.rejects(pull.receive(), { code: "EAGAIN" });
  await pull.bind("tcp://127.0.0.1:*");
  await assert.rejects(make(zmq.Pull).bind(pull.lastEndpoint), { code: "EADDRINUSE" });
  assert.throws(() => pull.connect("nowhere"), { code: "EINVAL" });
});

await check("heartbeats: a peer that falls silent is given up", async ({ make, makeSender, after }) => {
  const pull = make(zmq.Pull);
  await pull.bind("tcp://127.0.0.1:*");
  const port = Number(pull.lastEndpoint.split(":").at(-1));
  const relayed = [];
  const relay = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    near.pipe(far);
    far.pipe(near);
    for (const socket of [near, far]) relayed.push(socket.on("error", () => {}));
  }).listen(0, "127.0.0.1");
  after(() => {
    for (const socket of relayed) socket.destroy();
    relay.close();
  });
  await once(relay, "listening");
  const push = makeSender(zmq.Push, { heartbeatInterval: 20, heartbeatTimeout: 200, reconnectInterval: -1 });
  const lost = new Promise((resolve) => push.events.on("disconnect", resolve));
  push.connect(`tcp://127.0.0.1:${relay.address().port}`);
  await push.send("there");
  assert.equal(toText(await pull.receive()), "there");
  for (const socket of relayed) socket.unpipe().pause();
  assert.equal((await lost).error.code, "ETIMEDOUT");
});

await check("RADIO and DISH by udp", async ({ make, makeSender }) => {
  const [radio, dish] = [makeSender(draft.Radio), make(draft.Dish)];
  await dish.bind("udp://127.0.0.1:*");
  dish.join("g");
  radio.connect(dish.lastEndpoint);
  await radio.send("over", { group: "g" });
  const [text] = await dish.receive();
  assert.equal(String(text), "over");
});

await check("CLIENT and SERVER", async ({ make }) => {
  const [server, client] = [make(draft.Server), make(draft.Client)];
  await join(server, client, "tcp");
  await client.send("ask");
  const [text, { routingId }] = await server.receive();
  await server.send(`${text}ed`, { routingId });
  const [answer] = await client.receive();
  assert.equal(String(answer), "asked");
});

await check("SCATTER and GATHER, PEER, CHANNEL", async ({ make, makeSender }) => {
  const [scatter, gather] = [makeSender(draft.Scatter), make(draft.Gather)];
  await join(gather, scatter, "tcp");
  await scatter.send("one part");
  assert.equal(String((await gather.receive())[0]), "one part");
  const [left, right] = [make(draft.Channel), make(draft.Channel)];
  await join(left, right, "ipc");
  await right.send("a word");
  assert.equal(String((await left.receive())[0]), "a word");
  const [one, two] = [make(draft.Peer), make(draft.Peer)];
  await one.bind("tcp://127.0.0.1:*");
  const routingId = two.connectPeer(one.lastEndpoint);
  await two.send("to you", { routingId });
  assert.equal(String((await one.receive())[0]), "to you");
});

await check("many at once, signals, events, a poller and a proxy", async ({ make, makeSender }) => {
  const [push, front] = [makeSender(zmq.Push), make(zmq.Pull)];
  const [back, pull] = [makeSender(zmq.Push), make(zmq.Pull)];
  const seen = [];
  front.events.on("accept", ({ type }) => seen.push(type));
  await join(front, push, "tcp");
  await join(back, pull, "ipc");
  const proxy = new zmq.Proxy(front, back);
  const running = proxy.run();
  await push.sendMany(Array.from({ length: 100 }, (_, i) => String(i)));
  const poller = new zmq.Poller();
  poller.register(pull);
  const got = [];
  while (got.length < 100) {
    await poller.poll(8000);
    got.push(...(await pull.receiveMany()).map(toText));
  }
  assert.deepEqual(
    got,
    Array.from({ length: 100 }, (_, i) => String(i)),
  );
  assert.deepEqual(seen, ["accept"]);
  const controller = new AbortController();
  const waiting = pull.receive({ signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  proxy.terminate();
  await running;
});

if (process.platform === "linux") {
  await check("abstract names of ipc", async ({ make, makeSender }) => {
    const [pull, push] = [make(zmq.Pull), makeSender(zmq.Push)];
    const endpoint = `ipc://@smoke-${process.pid}-${Date.now()}`;
    await pull.bind(endpoint);
    push.connect(endpoint);
    await push.send("unseen");
    assert.equal(toText(await pull.receive()), "unseen");
  });
}

report();
