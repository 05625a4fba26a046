/** `inproc://` between worker threads. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Context,
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Request,
  Router,
  Subscriber,
  XPublisher,
  XSubscriber,
} from "zmq-ts";
import { log, open, receiveTexts, rejects, soon, text, throws, turns, until } from "../support/sockets.ts";
import { inThread, sharedContext } from "../support/threads.ts";

for (const order of ["bind first", "connect first"] as const) {
  test(`[test_inproc_connect] PUSH and PULL in two threads find each other by name (${order})`, async (t) => {
    const { context, shared } = sharedContext(t);
    const pull = open(t, Pull, { context });
    const isFirst = order === "bind first";
    if (isFirst) pull.bindSync("inproc://work");
    const thread = inThread(t, shared, async (zmq, context, _data, say) => {
      const push = new zmq.Push({ context });
      push.connect("inproc://work");
      for (let i = 0; i < 100; i++) push.trySend([String(i), "more"]);
      say("sent");
      await push.send("last");
      // Until the name is bound nothing holds the thread.
      setInterval(() => {}, 1000);
      return push.lastEndpoint;
    });
    assert.equal(await soon(thread.said()), "sent");
    if (!isFirst) pull.bindSync("inproc://work");

    const want = [...Array.from({ length: 100 }, (_, i) => `${i}|more`), "last"];
    assert.deepEqual(await receiveTexts(pull, 101), want);
    assert.equal(await thread.result, "inproc://work");
  });

  test(`[test_inproc_connect] the name may be bound in the worker as well (${order})`, async (t) => {
    const { context, shared } = sharedContext(t);
    const request = open(t, Request, { context });
    if (order === "connect first") request.connect("inproc://service");
    const thread = inThread(t, shared, async (zmq, context, _data, say) => {
      const reply = new zmq.Reply({ context });
      await reply.bind("inproc://service");
      say("bound");
      for (let i = 0; i < 3; i++) {
        const [body] = await reply.receive();
        await reply.send(`${body} back`);
      }
    });
    await soon(thread.said());
    if (order === "bind first") request.connect("inproc://service");

    for (const word of ["one", "two", "three"]) {
      await request.send(word);
      assert.deepEqual(text(await soon(request.receive())), [`${word} back`]);
    }
    await soon(thread.result);
  });
}

test("a name is bound once among all threads, and free again when it is unbound", async (t) => {
  const { context, shared } = sharedContext(t);
  const pull = open(t, Pull, { context });
  const thread = inThread(t, shared, async (zmq, context, _data, say) => {
    const mine = new zmq.Pull({ context });
    mine.bindSync("inproc://once");
    say("bound");
    await mine.receive();
    mine.unbindSync("inproc://once");
    say("unbound");
    await mine.receive();
  });
  await soon(thread.said());
  throws(() => pull.bindSync("inproc://once"), "EADDRINUSE");
  const push = open(t, Push, { context });
  push.connect("inproc://once");
  await push.send("unbind it");
  await soon(thread.said());

  pull.bindSync("inproc://once");

  // Connections made before stay; so in libzmq.
  await push.send("end");
  await soon(thread.result);
});

test("names bound and connections waiting before share() are shared too", async (t) => {
  const context = new Context();
  t.after(() => context.destroy(0));
  const pull = open(t, Pull, { context });
  pull.bindSync("inproc://early");
  const push = open(t, Push, { context });
  push.connect("inproc://late");
  await push.send("waited");
  const closed = open(t, Push, { context });
  closed.connect("inproc://left");
  await closed.send("left behind");
  closed.close();

  const thread = inThread(t, context.share(), async (zmq, context) => {
    const push = new zmq.Push({ context });
    push.connect("inproc://early");
    await push.send("hello");
    const pull = new zmq.Pull({ context });
    await pull.bind("inproc://late");
    const found = new zmq.Pull({ context });
    await found.bind("inproc://left");
    return [String((await pull.receive())[0]), String((await found.receive())[0])];
  });

  assert.deepEqual(await receiveTexts(pull, 1), ["hello"]);
  assert.deepEqual(await soon(thread.result), ["waited", "left behind"]);
});

test("a bound name is free when its thread has ended", async (t) => {
  const { context, shared } = sharedContext(t);
  const thread = inThread(t, shared, (zmq, context) => {
    new zmq.Pull({ context }).bindSync("inproc://gone");
  });
  await soon(thread.ended);

  open(t, Pull, { context }).bindSync("inproc://gone");
});

test("two workers talk to each other, the main thread not in between", async (t) => {
  const { shared } = sharedContext(t);
  const server = inThread(t, shared, async (zmq, context) => {
    const router = new zmq.Router({ context });
    await router.bind("inproc://router");
    for (let i = 0; i < 20; i++) {
      const [id, body] = await router.receive();
      await router.send([id!, `re: ${body}`]);
    }
  });
  const client = inThread(t, shared, async (zmq, context) => {
    const dealer = new zmq.Dealer({ context, routingId: "me" });
    dealer.connect("inproc://router");
    const answers: string[] = [];
    for (let i = 0; i < 20; i++) {
      await dealer.send(String(i));
      answers.push(String((await dealer.receive())[0]));
    }
    return answers;
  });

  assert.deepEqual(
    await soon(client.result),
    Array.from({ length: 20 }, (_, i) => `re: ${i}`),
  );
  await soon(server.result);
});

test("a ROUTER knows a DEALER of another thread by its routing id, and can address it first", async (t) => {
  const { context, shared } = sharedContext(t);
  const router = open(t, Router, { context, mandatory: true });
  router.bindSync("inproc://router");
  const thread = inThread(t, shared, async (zmq, context) => {
    const dealer = new zmq.Dealer({ context, routingId: "worker-1" });
    dealer.connect("inproc://router");
    return String((await dealer.receive())[0]);
  });
  await until(() => {
    try {
      return router.trySend(["worker-1", "go"]);
    } catch {
      return false;
    }
  }, "the dealer is known");

  assert.equal(await soon(thread.result), "go");
});

test("PUB and SUB: subscriptions cross threads, and what was not asked for does not", async (t) => {
  const { context, shared } = sharedContext(t);
  const publisher = open(t, XPublisher, { context });
  publisher.bindSync("inproc://news");
  const thread = inThread(t, shared, async (zmq, context) => {
    const subscriber = new zmq.Subscriber({ context });
    subscriber.connect("inproc://news");
    subscriber.subscribe("a", "b");
    const got: string[] = [];
    for (let i = 0; i < 3; i++) got.push(String((await subscriber.receive())[0]));
    subscriber.unsubscribe("a");
    return got;
  });
  assert.deepEqual(await receiveTexts(publisher, 2), ["\x01a", "\x01b"]);

  for (const word of ["a1", "c1", "b1", "d", "a2"]) await publisher.send(word);

  assert.deepEqual(await soon(thread.result), ["a1", "b1", "a2"]);
  assert.deepEqual(await receiveTexts(publisher, 1), ["\0a"]);
});

test("XSUB binds, PUB connects from a thread", async (t) => {
  const { context, shared } = sharedContext(t);
  const xsub = open(t, XSubscriber, { context });
  xsub.bindSync("inproc://feed");
  await xsub.send("\x01");
  const thread = inThread(t, shared, async (zmq, context) => {
    const xpub = new zmq.XPublisher({ context });
    xpub.connect("inproc://feed");
    const [subscription] = await xpub.receive();
    await xpub.send("news");
    return [...subscription!];
  });

  assert.deepEqual(await receiveTexts(xsub, 1), ["news"]);
  assert.deepEqual(await soon(thread.result), [1]);
});

test("a PAIR in another thread turns a second peer away", async (t) => {
  const { context, shared } = sharedContext(t);
  const thread = inThread(t, shared, async (zmq, context, _data, say) => {
    const pair = new zmq.Pair({ context });
    pair.bindSync("inproc://pair");
    say("bound");
    return [String((await pair.receive())[0]), String((await pair.receive())[0])];
  });
  await soon(thread.said());
  const first = open(t, Pair, { context });
  first.connect("inproc://pair");
  await first.send("one");
  const second = open(t, Pair, { context });
  second.connect("inproc://pair");
  await until(() => !second.writable, "the second is turned away");
  await first.send("two");

  assert.deepEqual(await soon(thread.result), ["one", "two"]);
});

test("sockets that do not go together are parted, and both threads hear why", async (t) => {
  const { context, shared } = sharedContext(t);
  const push = open(t, Push, { context });
  const events = log(push);
  const thread = inThread(t, shared, async (zmq, context, _data, say) => {
    const publisher = new zmq.Publisher({ context });
    const heard = new Promise<string>((resolve) =>
      publisher.events.on("disconnect", (event) => resolve(String(event.error?.message))),
    );
    publisher.bindSync("inproc://pub");
    say("bound");
    const waiting = setInterval(() => {}, 1000);
    try {
      return await heard;
    } finally {
      clearInterval(waiting);
    }
  });
  await soon(thread.said());

  push.connect("inproc://pub");

  assert.match((await events.next("disconnect")).error!.message, /a PUSH socket cannot talk to a PUB/);
  assert.match(await soon(thread.result), /a PUSH socket cannot talk to a PUB/);
  assert.equal(push.writable, false);
});

for (const [sending, receiving, total] of [
  [1, 1, 2],
  [3, 5, 8],
  [1000, 1000, 2000],
  [0, 5, 3000],
] as const) {
  test(`the high-water mark is the sum of both, ${sending} + ${receiving}, across threads`, async (t) => {
    const { context, shared } = sharedContext(t);
    const pull = open(t, Pull, { context, receiveHighWaterMark: receiving });
    pull.bindSync("inproc://hwm");
    const thread = inThread(
      t,
      shared,
      async (zmq, context, { sending, total }, say) => {
        const push = new zmq.Push({ context, sendHighWaterMark: sending });
        push.connect("inproc://hwm");
        let sent = 0;
        for (let refusals = 0; refusals < 20 || sent < total; refusals++) {
          while (sent < 3000 && push.trySend(String(sent))) sent++;
          await new Promise((resolve) => setImmediate(resolve));
          if (sent >= 3000) break;
        }
        say(sent);
        for (; sent < 3100; sent++) await push.send(String(sent));
        push.close();
      },
      { sending, total },
    );
    assert.equal(await soon(thread.said()), total);
    const want = Array.from({ length: 3100 }, (_, i) => String(i));
    assert.deepEqual(await receiveTexts(pull, 3100), want);
    await soon(thread.result);
  });
}

test("a message larger than the ring, with empty parts and many parts, arrives whole", async (t) => {
  const { context, shared } = sharedContext(t);
  const pair = open(t, Pair, { context });
  pair.bindSync("inproc://large");
  const thread = inThread(t, shared, async (zmq, context) => {
    const pair = new zmq.Pair({ context });
    pair.connect("inproc://large");
    for (let i = 0; i < 4; i++) await pair.send(await pair.receive());
  });
  const large = Buffer.allocUnsafe(1_000_003);
  for (let i = 0; i < large.length; i++) large[i] = (i * 7) ^ (i >> 9);
  const messages = [
    [large],
    [Buffer.alloc(0), large, Buffer.alloc(0), Buffer.from("x"), large.subarray(5)],
    Array.from({ length: 50_000 }, (_, i) => Buffer.from(String(i))),
    [Buffer.alloc(0)],
  ];
  for (const message of messages) {
    await pair.send(message);

    const back = await soon(pair.receive());

    assert.equal(back.length, message.length);
    for (let i = 0; i < back.length; i++) assert.ok(back[i]!.equals(message[i]!), `part ${i}`);
  }
  await soon(thread.result);
});

test("[test_inproc_connect] many threads into one: fair, nothing lost, each in order", async (t) => {
  const { context, shared } = sharedContext(t);
  const pull = open(t, Pull, { context });
  pull.bindSync("inproc://many");
  const count = 3000;
  const threads = [0, 1, 2].map((number) =>
    inThread(
      t,
      shared,
      async (zmq, context, { number, count }) => {
        const push = new zmq.Push({ context });
        push.connect("inproc://many");
        for (let i = 0; i < count; i++) await push.send([String(number), String(i)]);
      },
      { number, count },
    ),
  );
  const next = [0, 0, 0];
  for (let i = 0; i < 3 * count; i++) {
    const [from, at] = text(await soon(pull.receive())).map(Number);
    assert.equal(at, next[from!]!++);
  }
  assert.deepEqual(next, [count, count, count]);
  await Promise.all(threads.map((thread) => soon(thread.result)));
});

test("one into many threads: a PUSH shares its messages out", async (t) => {
  const { context, shared } = sharedContext(t);
  const push = open(t, Push, { context, sendHighWaterMark: 1 });
  push.bindSync("inproc://out");
  const threads = [0, 1, 2].map(() =>
    inThread(t, shared, async (zmq, context, _data, say) => {
      const pull = new zmq.Pull({ context, receiveHighWaterMark: 1 });
      pull.connect("inproc://out");
      let count = 0;
      say("connected");
      for await (const [body] of pull) {
        if (String(body) === "end") break;
        count++;
      }
      return count;
    }),
  );
  await Promise.all(threads.map((thread) => soon(thread.said())));
  for (let i = 0; i < 300; i++) await push.send(String(i));
  const results = Promise.all(threads.map((thread) => soon(thread.result)));
  let isOver = false;
  void results.then(() => {
    isOver = true;
  });
  while (!isOver) {
    push.trySend("end");
    await turns();
  }

  const counts = await results;

  assert.equal(
    counts.reduce((sum, one) => sum + one),
    300,
  );
});

for (const how of ["terminated", "process.exit", "close"] as const) {
  test(`what a thread had sent before its end is received, and its end is seen (${how})`, async (t) => {
    const { context, shared } = sharedContext(t);
    const router = open(t, Router, { context, mandatory: true });
    router.bindSync("inproc://router");
    const thread = inThread(
      t,
      shared,
      async (zmq, context, how, say) => {
        const dealer = new zmq.Dealer({ context, routingId: "me" });
        dealer.connect("inproc://router");
        for (let i = 0; i < 500; i++) await dealer.send(String(i));
        await dealer.receive();
        say("sent");
        if (how === "process.exit") process.exit();
        if (how === "close") {
          dealer.close();
          return;
        }
        // Terminated in the middle of work.
        for (;;) await new Promise((resolve) => setImmediate(resolve));
      },
      how as string,
    );
    await until(() => router.readable, "something came");
    await until(() => {
      try {
        return router.trySend(["me", "all of it"]);
      } catch {
        return false;
      }
    }, "the dealer is known");
    assert.equal(await soon(thread.said()), "sent");
    if (how === "terminated") await thread.worker.terminate();
    await soon(thread.ended);

    const got = await receiveTexts(router, 500);

    assert.deepEqual(
      got,
      Array.from({ length: 500 }, (_, i) => `me|${i}`),
    );
    await until(() => {
      router.tryReceive();
      try {
        router.trySend(["me", "anybody?"]);
        return false;
      } catch {
        return true;
      }
    }, "the router has forgotten the dealer");
  });
}

test("a send that waits for a thread that dies goes to another peer", async (t) => {
  const { context, shared } = sharedContext(t);
  const push = open(t, Push, { context, sendHighWaterMark: 1 });
  push.bindSync("inproc://work");
  const lazy = inThread(t, shared, (zmq, context, _data, say) => {
    const pull = new zmq.Pull({ context, receiveHighWaterMark: 1 });
    pull.connect("inproc://work");
    say("connected");
    setInterval(() => {}, 1000);
  });
  await soon(lazy.said());
  await until(() => (push.trySend("x") && false) || !push.writable, "the lazy one is full");
  const waiting = push.send("for somebody");

  await lazy.worker.terminate();
  const pull = open(t, Pull, { context });
  pull.connect("inproc://work");

  await soon(waiting);
  const bodies: string[] = [];
  do bodies.push((await receiveTexts(pull, 1))[0]!);
  while (bodies.at(-1) !== "for somebody");
});

test("what waits to get through when a socket closes gets through; linger 0 drops it", async (t) => {
  const { context, shared } = sharedContext(t);
  const pull = open(t, Pull, { context, receiveHighWaterMark: 1 });
  pull.bindSync("inproc://linger");
  const thread = inThread(t, shared, async (zmq, context) => {
    const push = new zmq.Push({ context });
    push.connect("inproc://linger");
    for (let i = 0; i < 500; i++) await push.send(String(i));
    push.close();
    await context.terminate();
  });

  assert.deepEqual(
    await receiveTexts(pull, 500),
    Array.from({ length: 500 }, (_, i) => String(i)),
  );
  await soon(thread.result);
  const hasty = inThread(t, shared, async (zmq, context) => {
    const push = new zmq.Push({ context, linger: 0 });
    push.connect("inproc://linger");
    for (let i = 0; i < 500; i++) await push.send(String(i));
    push.close();
    await context.terminate();
  });
  await soon(hasty.ended);
});

test("conflate keeps the newest across threads", async (t) => {
  const { context, shared } = sharedContext(t);
  const pull = open(t, Pull, { context, conflate: true });
  pull.bindSync("inproc://newest");
  const thread = inThread(t, shared, async (zmq, context) => {
    const push = new zmq.Push({ context, conflate: true });
    push.connect("inproc://newest");
    for (let i = 0; i < 5000; i++) await push.send(String(i));
    push.close();
  });
  await soon(thread.result);
  let last = "";
  let count = 0;
  while (last !== "4999") {
    last = (await receiveTexts(pull, 1))[0]!;
    count++;
  }
  assert.ok(count < 2500, `${count} of 5000 were received`);
});

test("a thread whose sockets wait for nothing ends by itself", async (t) => {
  const { context, shared } = sharedContext(t);
  const pull = open(t, Pull, { context });
  pull.bindSync("inproc://idle");
  const thread = inThread(t, shared, async (zmq, context) => {
    const push = new zmq.Push({ context });
    push.connect("inproc://idle");
    await push.send("bye");
  });

  await soon(thread.ended);
  assert.deepEqual(await receiveTexts(pull, 1), ["bye"]);
});

test("two contexts of one thread can share names as well", async (t) => {
  const { context, shared } = sharedContext(t);
  const other = Context.from(shared);
  t.after(() => other.destroy(0));
  const pull = open(t, Pull, { context });
  const push = open(t, Push, { context: other });
  push.connect("inproc://both");
  await push.send("hello");
  pull.bindSync("inproc://both");

  assert.deepEqual(await receiveTexts(pull, 1), ["hello"]);
});

test("Context.from refuses what share() did not give", () => {
  for (const wrong of [
    undefined,
    null,
    {},
    { format: "zmq-ts context 1", memory: new ArrayBuffer(8) },
    "text",
  ])
    assert.throws(() => Context.from(wrong as never), TypeError);
  const memory = new SharedArrayBuffer(1 << 20);
  throws(() => Context.from({ format: "zmq-ts context 1", memory }), "EINVAL");
});

test("a signal ends a receive that waits for another thread; a timeout too", async (t) => {
  const { context } = sharedContext(t);
  const pull = open(t, Pull, { context, receiveTimeout: 5 });
  pull.connect("inproc://nobody");

  await rejects(pull.receive(), "EAGAIN");
});

test("many sockets come and go; links are used again", async (t) => {
  const { context, shared } = sharedContext(t);
  const thread = inThread(t, shared, async (zmq, context) => {
    const router = new zmq.Router({ context });
    await router.bind("inproc://busy");
    for await (const [id, body] of router) {
      await router.send([id!, body!]);
      if (String(body) === "end") break;
    }
  });
  for (let round = 0; round < 300; round++) {
    const dealer = new Dealer({ context });
    dealer.connect("inproc://busy");
    const word = round === 299 ? "end" : String(round);
    await dealer.send(word);
    assert.deepEqual(text(await soon(dealer.receive())), [word]);
    dealer.close();
  }
  await soon(thread.result);
  // Each link takes 257 kB; a few at a time are in use.
  assert.ok(shared.memory.byteLength < 20_000_000, `${shared.memory.byteLength} bytes`);
});

test("PUB to subscribers in threads drops at the high-water mark and does not wait", async (t) => {
  const { context, shared } = sharedContext(t);
  const publisher = open(t, Publisher, { context, sendHighWaterMark: 10 });
  publisher.bindSync("inproc://flood");
  const local = open(t, Subscriber, { context, receiveHighWaterMark: 0 });
  local.connect("inproc://flood");
  local.subscribe();
  const thread = inThread(t, shared, async (zmq, context, _data, say) => {
    const subscriber = new zmq.Subscriber({ context, receiveHighWaterMark: 10 });
    subscriber.connect("inproc://flood");
    subscriber.subscribe();
    await subscriber.receive();
    say("subscribed");
    let count = 1;
    for await (const [body] of subscriber) {
      count++;
      if (String(body) === "end") break;
    }
    return count;
  });
  let subscribed = false;
  const said = thread.said().then(() => {
    subscribed = true;
  });
  while (!subscribed) {
    await publisher.send("?");
    await new Promise((resolve) => setImmediate(resolve));
  }
  await said;
  for (let i = 0; i < 5000; i++) await publisher.send("news");
  const finished = thread.result.then(
    () => true,
    () => true,
  );
  let isOver = false;
  void finished.then(() => {
    isOver = true;
  });
  while (!isOver) {
    await publisher.send("end");
    await new Promise((resolve) => setImmediate(resolve));
  }

  assert.ok((await thread.result) < 5000);
});
