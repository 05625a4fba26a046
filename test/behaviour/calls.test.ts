/** The calls: in order, in batches, with time limits and signals; iteration; fairness to everything else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Dealer, Pair, Pull, Push, Reply, Request } from "zmq-ts";
import {
  anyEndpoint,
  married,
  open,
  receiveTexts,
  rejects,
  soon,
  staysPending,
  TRANSPORTS,
  text,
  throws,
  turns,
} from "../support/sockets.ts";

for (const transport of TRANSPORTS) {
  test(`sends and receives that were not awaited are served in order over ${transport}`, async (t) => {
    const pull = open(t, Pull, { receiveHighWaterMark: 2 });
    const push = open(t, Push, { sendHighWaterMark: 2 });
    await married(t, pull, push, transport);
    const received = Array.from({ length: 100 }, () => pull.receive());

    const sent = Array.from({ length: 100 }, (_, i) => push.send(String(i)));

    const texts = (await soon(Promise.all(received))).map((message) => text(message)[0]);
    assert.deepEqual(
      texts,
      Array.from({ length: 100 }, (_, i) => String(i)),
    );
    await soon(Promise.all(sent));
  });

  test(`sendMany and receiveMany carry what send and receive do over ${transport}`, async (t) => {
    const pull = open(t, Pull);
    const push = open(t, Push);
    await married(t, pull, push, transport);
    const messages = Array.from({ length: 2500 }, (_, i) => (i % 2 ? String(i) : [String(i), "two parts"]));

    const sending = push.sendMany(messages);
    const received: Buffer[][] = [];
    while (received.length < messages.length) received.push(...(await soon(pull.receiveMany())));

    await soon(sending);
    assert.deepEqual(
      received.map(text),
      messages.map((message) => (Array.isArray(message) ? message : [message])),
    );
  });

  const total = transport === "tcp" ? 100_000 : 20_000;
  test(`${total} messages arrive once and in order with high-water marks of 10 over ${transport}`, async (t) => {
    const pull = open(t, Pull, { receiveHighWaterMark: 10 });
    const push = open(t, Push, { sendHighWaterMark: 10 });
    await married(t, pull, push, transport);
    const sending = (async () => {
      for (let i = 0; i < total; i++) await push.send(String(i));
    })();

    let next = 0;
    for await (const [body] of pull) {
      if (body!.toString() !== String(next)) assert.fail(`${body} came where ${next} was due`);
      if (++next === total) break;
    }

    await sending;
    await turns(3);
    assert.equal(pull.readable, false);
  });

  test(`batches bring all messages in order over ${transport}`, async (t) => {
    const pull = open(t, Pull);
    const push = open(t, Push);
    await married(t, pull, push, transport);
    const sending = push.sendMany(Array.from({ length: 1000 }, (_, i) => String(i)));

    const received: string[] = [];
    for await (const batch of pull.batches({ max: 64 })) {
      assert.ok(batch.length >= 1 && batch.length <= 64);
      received.push(...batch.map((message) => text(message)[0]!));
      if (received.length === 1000) break;
    }

    await sending;
    assert.deepEqual(
      received,
      Array.from({ length: 1000 }, (_, i) => String(i)),
    );
  });

  test(`text and JSON have calls of their own over ${transport}`, async (t) => {
    const one = open(t, Pair);
    const other = open(t, Pair);
    await married(t, one, other, transport);

    await one.sendString("grüße");
    assert.equal(await soon(other.receiveString()), "grüße");
    await one.sendJson({ a: [1, null, "ü"] });
    assert.deepEqual(await soon(other.receiveJson()), { a: [1, null, "ü"] });
    await one.send(["two", "parts"]);
    await rejects(other.receiveString(), "EMSGSIZE", /2 parts/);
    await one.send("{");
    await assert.rejects(other.receiveJson(), SyntaxError);
    await one.sendString("still in step");
    assert.equal(await soon(other.receiveString()), "still in step");
  });
}

test("sendString and sendJson check what they are given", (t) => {
  const pair = open(t, Pair);

  assert.throws(() => pair.sendString(5 as unknown as string), TypeError);
  assert.throws(() => pair.sendJson(undefined), TypeError);
  assert.throws(() => pair.sendJson(() => {}), TypeError);
  const circular: { self?: object } = {};
  circular.self = circular;
  assert.throws(() => pair.sendJson(circular), TypeError);
});

test("trySend and tryReceive never wait", async (t) => {
  const push = open(t, Push, { sendHighWaterMark: 1 });
  const pull = open(t, Pull, { receiveHighWaterMark: 1 });
  assert.equal(push.trySend("no peer"), false);
  assert.equal(pull.tryReceive(), undefined);
  await married(t, pull, push, "inproc");

  assert.equal(push.trySend("1"), true);
  assert.equal(push.trySend("2"), true);
  assert.equal(push.trySend("3"), false);

  assert.deepEqual(text(pull.tryReceive()!), ["1"]);
  assert.deepEqual(text(pull.tryReceive()!), ["2"]);
  assert.equal(pull.tryReceive(), undefined);
});

test("trySend and tryReceive do not overtake calls that wait", async (t) => {
  const push = open(t, Push);
  const pull = open(t, Pull);
  await push.bind(anyEndpoint("inproc"));
  const waiting = push.send("first");
  assert.equal(push.trySend("second"), false);
  const receiving = pull.receive();
  assert.equal(pull.tryReceive(), undefined);

  pull.connect(push.lastEndpoint!);

  await soon(waiting);
  assert.deepEqual(text(await soon(receiving)), ["first"]);
});

test("[test_timeo] sendTimeout and receiveTimeout of 0 refuse at once, of n ms after that time", async (t) => {
  const push = open(t, Push, { sendTimeout: 0 });
  const pull = open(t, Pull, { receiveTimeout: 0 });
  await rejects(push.send("x"), "EAGAIN");
  await rejects(pull.receive(), "EAGAIN");

  push.sendTimeout = 30;
  pull.receiveTimeout = 30;
  const start = performance.now();
  await rejects(push.send("x"), "EAGAIN", /timed out/);
  const between = performance.now();
  await rejects(pull.receive(), "EAGAIN", /timed out/);

  assert.ok(between - start >= 28, `${between - start} ms`);
  assert.ok(performance.now() - between >= 28);
  assert.equal(push.waitingSends, 0);
});

test("a send that timed out is not sent later", async (t) => {
  const push = open(t, Push, { sendTimeout: 1 });
  await push.bind(anyEndpoint("inproc"));
  await rejects(push.send("too late"), "EAGAIN");
  push.sendTimeout = -1;

  const pull = open(t, Pull);
  pull.connect(push.lastEndpoint!);
  await push.send("in time");

  assert.deepEqual(await receiveTexts(pull, 1), ["in time"]);
});

test("a timeout set later does not touch a call that waits", async (t) => {
  const pull = open(t, Pull);
  const waiting = pull.receive();

  pull.receiveTimeout = 0;

  await staysPending(waiting);
  pull.close();
  await rejects(waiting, "EAGAIN");
});

test("a call that gives up in the middle of the queue leaves the others in order", async (t) => {
  const push = open(t, Push);
  await push.bind(anyEndpoint("inproc"));
  const controller = new AbortController();
  const first = push.send("1");
  const second = push.send("2", { signal: controller.signal });
  const third = push.send("3");
  assert.equal(push.waitingSends, 3);

  controller.abort();

  await assert.rejects(second, { name: "AbortError" });
  assert.equal(push.waitingSends, 2);
  const pull = open(t, Pull);
  pull.connect(push.lastEndpoint!);
  await soon(Promise.all([first, third]));
  assert.deepEqual(await receiveTexts(pull, 2), ["1", "3"]);
});

test("an AbortSignal ends every call that waits, with its reason", async (t) => {
  const push = open(t, Push);
  const pull = open(t, Pull);
  const reason = new Error("enough");
  const controller = new AbortController();
  const { signal } = controller;
  const calls = [
    push.send("x", { signal }),
    push.sendMany(["x", "y"], { signal }),
    push.sendString("x", { signal }),
    push.sendJson(1, { signal }),
    pull.receive({ signal }),
    pull.receiveMany({ signal }),
    pull.receiveString({ signal }),
    pull.receiveJson({ signal }),
    pull.events.receive({ signal }),
  ];
  for (const call of calls) await staysPending(call, 1);

  controller.abort(reason);

  for (const call of calls) await assert.rejects(soon(call), reason);
  await assert.rejects(push.send("x", { signal }), reason);
  await assert.rejects(pull.receive({ signal }), reason);
  await assert.rejects(pull.events.receive({ signal }), reason);
});

test("an aborted receive takes no message with it", async (t) => {
  const push = open(t, Push);
  const pull = open(t, Pull);
  await married(t, pull, push, "inproc");
  const controller = new AbortController();
  const given = pull.receive({ signal: controller.signal });
  const kept = pull.receive();
  controller.abort();
  await assert.rejects(given, { name: "AbortError" });

  await push.send("one");

  assert.deepEqual(text(await soon(kept)), ["one"]);
});

test("AbortSignal.timeout ends iteration by batches", async (t) => {
  const pull = open(t, Pull);
  const iterating = (async () => {
    for await (const _ of pull.batches({ signal: AbortSignal.timeout(5) }));
  })();

  await assert.rejects(soon(iterating), { name: "TimeoutError" });
  assert.equal(pull.closed, false);
});

test("sends beyond sendQueueLimit are EBUSY", async (t) => {
  const push = open(t, Push, { sendQueueLimit: 2 });
  const waiting = [push.send("1"), push.send("2")];

  await rejects(push.send("3"), "EBUSY", /sendQueueLimit/);

  assert.equal(push.waitingSends, 2);
  push.close();
  for (const call of waiting) await rejects(call, "EAGAIN");
});

test("receiveMany takes what is there, at most max", async (t) => {
  const push = open(t, Push);
  const pull = open(t, Pull);
  await married(t, pull, push, "inproc");
  await push.sendMany(["1", "2", "3"]);

  assert.deepEqual((await pull.receiveMany({ max: 2 })).map(text), [["1"], ["2"]]);
  assert.deepEqual((await pull.receiveMany()).map(text), [["3"]]);
  const waiting = pull.receiveMany();
  await staysPending(waiting);
  await push.send("4");
  assert.deepEqual((await soon(waiting)).map(text), [["4"]]);
  for (const max of [0, -1, 1.5]) await rejects(pull.receiveMany({ max }), "EINVAL", /max/);
});

test("sendMany sends nothing after a message that cannot be sent", async (t) => {
  const push = open(t, Push);
  const pull = open(t, Pull);
  await married(t, pull, push, "inproc");

  await assert.rejects(push.sendMany(["1", undefined as unknown as string, "3"]), TypeError);

  assert.deepEqual(text(pull.tryReceive()!), ["1"]);
  assert.equal(pull.tryReceive(), undefined);
});

test("iteration ends when the socket is closed", async (t) => {
  const push = open(t, Push);
  const pull = open(t, Pull);
  await married(t, pull, push, "inproc");
  await push.sendMany(["1", "2"]);
  const seen: string[] = [];
  const iterating = (async () => {
    for await (const message of pull) seen.push(...text(message));
  })();
  await staysPending(iterating);

  pull.close();

  await soon(iterating);
  assert.deepEqual(seen, ["1", "2"]);
  for await (const _ of pull) assert.fail("a closed socket has nothing");
  for await (const _ of pull.batches()) assert.fail("a closed socket has nothing");
});

test("leaving the loop leaves the socket open", async (t) => {
  const push = open(t, Push);
  const pull = open(t, Pull);
  await married(t, pull, push, "inproc");
  await push.sendMany(["1", "2", "3"]);

  for await (const message of pull) {
    assert.deepEqual(text(message), ["1"]);
    break;
  }
  for await (const batch of pull.batches({ max: 1 })) {
    assert.deepEqual(batch.map(text), [["2"]]);
    break;
  }

  assert.equal(pull.closed, false);
  assert.deepEqual(await receiveTexts(pull, 1), ["3"]);
});

test("an error in a loop body leaves the socket open", async (t) => {
  const push = open(t, Push);
  const pull = open(t, Pull);
  await married(t, pull, push, "inproc");
  await push.sendMany(["1", "2"]);

  await assert.rejects(async () => {
    for await (const _ of pull) throw new Error("of the user");
  }, /of the user/);

  assert.deepEqual(await receiveTexts(pull, 1), ["2"]);
});

test("iteration goes on after receiveTimeout was an error", async (t) => {
  const pull = open(t, Pull, { receiveTimeout: 1 });

  await assert.rejects(
    async () => {
      for await (const _ of pull);
    },
    { code: "EAGAIN" },
  );

  assert.equal(pull.closed, false);
});

test("5000 awaited sends, receives and round trips let the event loop turn", async (t) => {
  const push = open(t, Push, { sendHighWaterMark: 0 });
  const pull = open(t, Pull);
  await married(t, pull, push, "inproc");
  const request = open(t, Request);
  const reply = open(t, Reply);
  await married(t, reply, request, "inproc");
  let turned = 0;
  let running = true;
  const turn = () => {
    turned++;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  t.after(() => {
    running = false;
    clearInterval(timer);
  });

  const turnsOf = async (work: () => Promise<void>): Promise<number> => {
    const before = turned;
    await work();
    return turned - before;
  };
  const sends = await turnsOf(async () => {
    for (let i = 0; i < 5000; i++) await push.send("x");
  });
  const receives = await turnsOf(async () => {
    for (let i = 0; i < 5000; i++) await pull.receive();
  });
  const trips = await turnsOf(async () => {
    for (let i = 0; i < 2500; i++) {
      await request.send("q");
      await reply.receive();
      await reply.send("a");
      await request.receive();
    }
  });

  for (const count of [sends, receives, trips]) assert.ok(count >= 5, `${[sends, receives, trips]} turns`);
  assert.ok(ticks >= 1);
});

test("a loop over a socket that always has more lets the event loop turn", async (t) => {
  const push = open(t, Push, { sendHighWaterMark: 0 });
  const pull = open(t, Pull);
  await married(t, pull, push, "inproc");
  for (let i = 0; i < 5000; i++) push.trySend("x");
  let turned = 0;
  const turn = () => {
    turned++;
    if (!pull.closed) setImmediate(turn);
  };
  setImmediate(turn);

  let count = 0;
  for await (const _ of pull) if (++count === 5000) break;

  assert.ok(turned >= 5, `${turned} turns`);
});

test("a send that can be done at once is done before it returns", async (t) => {
  const one = open(t, Dealer);
  const other = open(t, Dealer);
  await married(t, one, other, "inproc");
  const order: string[] = [];

  const sent = one.send("x").then(() => order.push("send"));
  const marker = Promise.resolve().then(() => order.push("marker"));

  assert.equal(other.readable, true);
  await Promise.all([sent, marker]);
  assert.deepEqual(order, ["send", "marker"]);
});

test("an empty array of parts is taken and nothing is sent", async (t) => {
  const push = open(t, Push);
  const pull = open(t, Pull);
  await married(t, pull, push, "inproc");

  await push.send([]);
  await push.send("x");

  assert.deepEqual(await receiveTexts(pull, 1), ["x"]);
  assert.equal(push.trySend([]), true);
});

test("surplus work after close: nothing is delivered and nothing throws from nowhere", async (t) => {
  const push = open(t, Push);
  const pull = open(t, Pull);
  await married(t, pull, push, "tcp", { mayLose: true });
  for (let i = 0; i < 1000; i++) push.trySend(String(i));
  await soon(pull.receive());

  pull.close();
  push.linger = 0;
  push.close();

  throws(() => void pull.receive(), "EBADF");
  await turns(5);
});
