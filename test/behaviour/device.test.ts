/** `proxy`: libzmq's zmq_proxy and zmq_proxy_steerable as a function. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Dealer,
  Pair,
  type ProxyDevice,
  Publisher,
  Pull,
  Push,
  proxy,
  Reply,
  Request,
  Router,
  type Socket,
  Subscriber,
  XPublisher,
  XSubscriber,
} from "zmq-ts";
import { Dish, Radio, Server } from "zmq-ts/draft";
import {
  anyEndpoint,
  fill,
  IO_THREADS,
  inprocName,
  married,
  open,
  receiveTexts,
  rejects,
  soon,
  staysPending,
  subscribed,
  TRANSPORTS,
  text,
  throws,
  turns,
  until,
} from "../support/sockets.ts";
import { openContext } from "../support/zap.ts";

/** PUSH ─► [PULL, PUSH] ─► PULL over inproc. */
async function pipeline(t: Parameters<typeof open>[0], hwm = 1000) {
  const front = open(t, Pull, { receiveHighWaterMark: hwm });
  const back = open(t, Push, { sendHighWaterMark: hwm });
  const push = open(t, Push, { sendHighWaterMark: hwm });
  const pull = open(t, Pull, { receiveHighWaterMark: hwm });
  await married(t, front, push, "inproc");
  await married(t, back, pull, "inproc");
  return { front, back, push, pull };
}

function endAtLast(t: Parameters<typeof open>[0], device: ProxyDevice): ProxyDevice {
  t.after(() => device.terminate());
  return device;
}

test("[test_proxy] a proxy brings the requests of many clients to many workers, and each reply to who asked", async (t) => {
  const front = open(t, Router);
  const back = open(t, Dealer);
  const clients = Array.from({ length: 3 }, (_, i) => open(t, Dealer, { routingId: `client ${i}` }));
  const workers = Array.from({ length: 5 }, () => open(t, Dealer));
  await married(t, front, clients, "tcp");
  await married(t, back, workers, "inproc");
  const device = endAtLast(t, proxy(front, back));
  assert.equal(device.isRunning, true);

  const REQUESTS = 40;
  const working = workers.map(async (worker) => {
    for await (const [id, request] of worker) {
      // Zero to four replies to each request.
      const replies = Number(String(request).split("#")[1]) % 5;
      for (let i = 0; i < replies; i++) await worker.send([id!, request!]);
    }
  });
  const expected: string[] = [];
  for (let i = 0; i < REQUESTS; i++) {
    for (const client of clients) await client.send(`request #${i}`);
    for (let copy = 0; copy < i % 5; copy++) expected.push(`request #${i}`);
  }

  for (const client of clients)
    assert.deepEqual((await receiveTexts(client, expected.length)).sort(), [...expected].sort());
  device.terminate();
  for (const worker of workers) worker.close();
  await soon(Promise.all([...working, device]));
  assert.equal(device.isRunning, false);
  for (const client of clients) assert.equal(client.readable, false, "nothing came twice");
});

interface Steering {
  send(command: string): Promise<void>;
  receive(): Promise<Buffer[]>;
}

for (const [type, Control, Steer] of [
  ["PAIR", Pair, Pair],
  ["REP", Reply, Request],
  ["DEALER", Dealer, Dealer],
] as const) {
  test(`[test_proxy_steerable] a proxy obeys PAUSE, RESUME, TERMINATE and answers STATISTICS, over a ${type}`, async (t) => {
    const { front, back, push, pull } = await pipeline(t);
    const control = open<Socket, object>(t, Control);
    const steer = open<Socket & Steering, object>(t, Steer as never);
    await married(t, control, steer, "tcp");
    const device = endAtLast(t, proxy(front, back, { control }));
    const order = async (command: string) => {
      await steer.send(command);
      // Satisfies the REQ; a PAIR says nothing, and commands keep their order.
      if (type === "REP") assert.deepEqual(text(await soon(steer.receive())), [""]);
    };
    const statistics = async () => {
      await steer.send("STATISTICS");
      const parts = await soon(steer.receive());
      assert.deepEqual(
        parts.map(({ length }) => length),
        new Array(8).fill(8),
      );
      return parts.map((part) => Number(part.readBigUInt64LE()));
    };

    assert.deepEqual(await statistics(), [0, 0, 0, 0, 0, 0, 0, 0]);
    await push.send(["12345", "678"]);
    assert.deepEqual(await receiveTexts(pull, 1), ["12345|678"]);
    // Every part counts as a message, as in libzmq.
    assert.deepEqual(await statistics(), [2, 8, 0, 0, 0, 0, 2, 8]);

    await order("PAUSE");
    const before = await statistics();
    assert.equal(device.isPaused, true);
    await push.send("held back");
    await turns(5);
    assert.deepEqual(await statistics(), before);
    assert.equal(pull.readable, false);

    await order("RESUME");
    assert.deepEqual(await receiveTexts(pull, 1), ["held back"]);
    assert.deepEqual(await statistics(), [3, 17, 0, 0, 0, 0, 3, 17]);
    await order("no command");
    await steer.send(["PAUSE", "of two parts"] as never);
    if (type === "REP") await soon(steer.receive());
    await push.send("still runs");
    assert.deepEqual(await receiveTexts(pull, 1), ["still runs"]);

    await order("TERMINATE");
    await soon(device);
    assert.equal(front.closed, false);
    await back.send("the sockets are their owner's again");
    assert.equal((await receiveTexts(pull, 1)).length, 1);
  });
}

test("[test_proxy_steerable] a SUB controls several proxies at once; STATISTICS, which it cannot answer, changes nothing", async (t) => {
  const steer = open(t, Publisher);
  const lines = [await pipeline(t), await pipeline(t)];
  const controls = lines.map(() => open(t, Subscriber));
  await married(t, steer, controls, "inproc");
  await subscribed(steer, ...controls);
  const devices = lines.map(({ front, back }, i) => {
    controls[i]!.subscribe("");
    return endAtLast(t, proxy(front, back, { control: controls[i]! }));
  });
  await until(() => steer.topicsCount === 1, "the publisher knows of the subscriptions");

  await steer.send("PAUSE");
  await until(() => devices.every(({ isPaused }) => isPaused), "both pause");
  await steer.sendMany(["STATISTICS", "RESUME"]);
  await until(() => devices.every(({ isPaused }) => !isPaused), "both resume");
  await steer.send("TERMINATE");

  await soon(Promise.all(devices));
});

test("a PAIR that asks for statistics and does not read them has its next command wait, and the proxy goes on", async (t) => {
  const { front, back, push, pull } = await pipeline(t);
  const control = open(t, Pair, { sendHighWaterMark: 1, receiveHighWaterMark: 1 });
  const steer = open(t, Pair, { sendHighWaterMark: 1, receiveHighWaterMark: 1 });
  await married(t, control, steer, "inproc");
  const device = endAtLast(t, proxy(front, back, { control }));

  const asking = (async () => {
    for (let i = 0; i < 8; i++) await steer.send("STATISTICS");
    await steer.send("TERMINATE");
  })();
  await staysPending(asking);
  await push.send("x");
  assert.deepEqual(await receiveTexts(pull, 1), ["x"]);
  for (let i = 0; i < 8; i++) assert.equal((await soon(steer.receive())).length, 8);

  await soon(Promise.all([asking, device]));
});

test("[test_proxy_hwm] a slow SUB holds up the XPUB at the far side of a proxy, and statistics are told meanwhile", async (t) => {
  const HWM = 10;
  const marks = { sendHighWaterMark: HWM, receiveHighWaterMark: HWM };
  const publisher = open(t, XPublisher, { ...marks, noDrop: true });
  const front = open(t, XSubscriber, marks);
  const back = open(t, XPublisher, { ...marks, noDrop: true });
  const subscriber = open(t, Subscriber, { receiveHighWaterMark: HWM });
  const control = open(t, Reply);
  const asker = open(t, Request);
  await married(t, front, publisher, "inproc");
  await married(t, back, subscriber, "inproc");
  await married(t, control, asker, "inproc");
  subscriber.subscribe("");
  const device = endAtLast(t, proxy(front, back, { control }));
  assert.deepEqual(text(await soon(publisher.receive())), ["\x01"]);

  const sent = await fill(publisher, Buffer.alloc(50_000, "A"));
  assert.ok(2 * HWM <= sent && sent <= 4 * HWM, `${sent} messages went`);
  await asker.send("STATISTICS");
  const counters = (await soon(asker.receive())).map((part) => Number(part.readBigUInt64LE()));
  const { frontend, backend } = device.statistics();
  assert.deepEqual(counters.slice(0, 2), [frontend.received.parts, frontend.received.bytes]);
  assert.ok(backend.sent.messages <= 2 * HWM, `${backend.sent.messages} are in the queue to the SUB`);
  assert.ok(frontend.received.messages <= backend.sent.messages + 1, "read only what could be passed on");

  for (let i = 0; i < sent; i++) assert.equal((await soon(subscriber.receive()))[0]!.length, 50_000);
  assert.equal(device.statistics().backend.sent.messages, sent);
});

test("a proxy that ends under pressure loses nothing: what it could not pass on waits in the socket it was for", async (t) => {
  const marks = { sendHighWaterMark: 1, receiveHighWaterMark: 1 };
  const publisher = open(t, XPublisher, { ...marks, noDrop: true });
  const front = open(t, XSubscriber, marks);
  const back = open(t, XPublisher, { ...marks, noDrop: true });
  const subscriber = open(t, Subscriber, { receiveHighWaterMark: 1 });
  await married(t, front, publisher, "inproc");
  await married(t, back, subscriber, "inproc");
  subscriber.subscribe("");
  const device = endAtLast(t, proxy(front, back));
  await soon(publisher.receive());
  const sent = await fill(publisher, Buffer.from("x"));

  device.terminate();
  await soon(device);
  assert.equal(back.waitingSends, 1);
  const passed = device.statistics().frontend.received.messages;
  assert.equal((await receiveTexts(subscriber, passed)).length, passed);
  assert.equal((await receiveTexts(front, sent - passed)).length, sent - passed);
});

for (const transport of TRANSPORTS) {
  test(`[test_proxy_single_socket] a REP as both ends of a proxy sends back what it gets, over ${transport}`, async (t) => {
    const reply = open(t, Reply);
    const request = open(t, Request);
    await married(t, reply, request, transport);
    const device = endAtLast(t, proxy(reply, reply));

    for (const message of ["msg1", "msg22"]) {
      await request.send(message);
      assert.deepEqual(await receiveTexts(request, 1), [message]);
    }

    assert.equal(device.statistics().frontend.received.bytes, 9);
    assert.equal(device.statistics().backend.sent.bytes, 9);
  });
}

test("[test_proxy_terminate] a proxy ends although nobody takes what it has to pass on", async (t) => {
  const context = openContext(t);
  const front = new Subscriber({ context });
  front.subscribe("");
  const back = new Push({ context });
  const publisher = new Publisher({ context });
  await front.bind("tcp://127.0.0.1:*");
  await back.bind("tcp://127.0.0.1:*");
  const first = proxy(front, back);
  publisher.connect(front.lastEndpoint!);
  await until(() => publisher.topicsCount === 1, "the subscription has arrived");
  for (let i = 0; i < 3; i++) await publisher.send("This is a test");
  await until(() => front.readable, "it has arrived");
  await turns(5);
  assert.equal(first.statistics().frontend.received.messages, 0, "PUSH has no peer, so nothing is read");

  first.terminate();
  first.terminate();
  await soon(first);
  assert.deepEqual(await receiveTexts(front, 1), ["This is a test"]);

  const second = proxy(front, back);
  const ended = rejects(second, "ETERM");
  await turns(2);
  context.shutdown();
  await ended;
  assert.equal(front.closed, false, "they are their owner's");
});

test("messages pass a chain of proxies both ways", async (t) => {
  const [request, reply] = [open(t, Request), open(t, Reply)];
  const [front, middleBack, middleFront, back] = [
    open(t, Router),
    open(t, Dealer),
    open(t, Router),
    open(t, Dealer),
  ];
  await married(t, front, request, "tcp");
  await married(t, middleFront, middleBack, "ipc");
  await married(t, back, reply, "inproc");
  const devices = [proxy(front, middleBack), proxy(middleFront, back)].map((device) => endAtLast(t, device));

  for (let i = 0; i < 3; i++) {
    await request.send(`q${i}`);
    assert.deepEqual(await receiveTexts(reply, 1), [`q${i}`]);
    await reply.send(`a${i}`);
    assert.deepEqual(await receiveTexts(request, 1), [`a${i}`]);
  }

  const passed = devices[1]!.statistics();
  // Two routing ids, the empty part and the body.
  assert.deepEqual(passed.frontend.received, { messages: 3, parts: 12, bytes: 3 * (5 + 5 + 0 + 2) });
  assert.deepEqual(passed.backend.received, passed.frontend.sent);
});

test("the capture socket gets a copy of every message, both ways", async (t) => {
  const [front, back, capture] = [open(t, Router), open(t, Dealer), open(t, Push)];
  const [request, reply, spy] = [open(t, Request, { routingId: "me" }), open(t, Reply), open(t, Pull)];
  await married(t, front, request, "tcp");
  await married(t, back, reply, "tcp");
  await married(t, capture, spy, "tcp");
  endAtLast(t, proxy(front, back, capture));

  for (let i = 0; i < 3; i++) {
    await request.send(["q", String(i)]);
    assert.deepEqual(await receiveTexts(reply, 1), [`q|${i}`]);
    await reply.send("a");
    assert.deepEqual(await receiveTexts(request, 1), ["a"]);
    assert.deepEqual(await receiveTexts(spy, 2), [`me||q|${i}`, "me||a"]);
  }
});

test("a proxy waits while its capture socket has nobody, unless that is a PUB", async (t) => {
  const { front, back, push, pull } = await pipeline(t);
  const capture = open(t, Push);
  const name = inprocName();
  capture.bindSync(name);
  const device = endAtLast(t, proxy(front, back, { capture }));
  await push.send("1");
  const first = pull.receive();
  await staysPending(first);
  const spy = open(t, Pull);
  spy.connect(name);
  assert.deepEqual(text(await soon(first)), ["1"]);
  assert.deepEqual(await receiveTexts(spy, 1), ["1"]);
  device.terminate();

  const publisher = open(t, Publisher);
  publisher.bindSync(inprocName());
  endAtLast(t, proxy(front, back, publisher));
  await push.send("2");
  assert.deepEqual(await receiveTexts(pull, 1), ["2"]);
});

test("a proxy reads nothing that it cannot pass on", { skip: IO_THREADS > 0 }, async (t) => {
  const { front, back, push, pull } = await pipeline(t, 2);
  const device = endAtLast(t, proxy(front, back));

  const sent = await fill(push, Buffer.from("x"));
  assert.equal(sent, 8, "twice the two queues of two");
  assert.deepEqual(device.statistics().frontend.received, device.statistics().backend.sent);
  assert.equal(device.statistics().backend.sent.messages, 4);

  assert.equal((await receiveTexts(pull, sent)).length, sent);
});

test("what is there when a proxy begins passes in bursts, and the event loop turns between them", async (t) => {
  const { front, back, push, pull } = await pipeline(t, 5000);
  const COUNT = 5000;
  await push.sendMany(Array.from({ length: COUNT }, (_, i) => String(i)));
  const passed: number[] = [];
  const device = endAtLast(t, proxy(front, back));

  for (let i = 0; i < 20; i++) {
    await turns();
    passed.push(device.statistics().backend.sent.messages);
  }

  assert.ok(passed[0]! < COUNT, "not all in one turn");
  assert.equal(passed.at(-1), COUNT);
  const texts = await receiveTexts(pull, COUNT);
  assert.ok(texts.every((value, i) => value === String(i)));
});

test("a handle pauses, resumes and terminates; paused messages are not read", async (t) => {
  const { front, back, push, pull } = await pipeline(t);
  const device = proxy(front, back);
  throws(() => void front.receive(), "EBUSY");
  throws(() => proxy(front, back), "EBUSY");
  device.pause();
  await push.sendMany(["1", "2"]);
  await turns(5);
  assert.equal(device.statistics().frontend.received.messages, 0);
  device.resume();
  assert.deepEqual(await receiveTexts(pull, 2), ["1", "2"]);

  device.pause();
  await push.send("3");
  await turns(2);
  device.terminate();
  assert.deepEqual(await receiveTexts(front, 1), ["3"], "free at once, and the message is still there");
  await soon(device);
  throws(() => device.pause(), "EBADF");
  throws(() => device.resume(), "EBADF");
  device.terminate();
});

test("a proxy ends with its scope, with its signal, and with the close of a socket", async (t) => {
  const { front, back, push, pull } = await pipeline(t);
  {
    await using device = proxy(front, back);
    await push.send("1");
    assert.deepEqual(await receiveTexts(pull, 1), ["1"]);
    assert.equal(device.isRunning, true);
  }
  const stop = new AbortController();
  const device = proxy(front, back, { signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(soon(device), /enough/);
  assert.throws(() => proxy(front, back, { signal: stop.signal }), /enough/);

  const last = proxy(front, back);
  back.close();
  await soon(last);
  assert.equal(front.closed, false);
});

test("a send that fails ends the proxy with its error", async (t) => {
  const front = open(t, Pull);
  const back = open(t, Router, { mandatory: true });
  const [push, dealer] = [open(t, Push), open(t, Dealer, { routingId: "here" })];
  await married(t, front, push, "inproc");
  await married(t, back, dealer, "inproc");
  const device = proxy(front, back);

  await push.sendMany([
    ["here", "1"],
    ["elsewhere", "2"],
  ]);

  const error = await rejects(device, "EHOSTUNREACH");
  assert.match(error.message, /elsewhere/);
  assert.deepEqual(await receiveTexts(dealer, 1), ["1"]);
});

test("a proxy of DISH and RADIO keeps the groups; the capture socket gets the bodies", async (t) => {
  const [front, back, capture, spy] = [open(t, Dish), open(t, Radio), open(t, Push), open(t, Pull)];
  const [radio, dish] = [open(t, Radio), open(t, Dish)];
  await married(t, front, radio, "tcp");
  await married(t, back, dish, "tcp");
  await married(t, capture, spy, "inproc");
  front.join("a");
  dish.join("a");
  const device = endAtLast(t, proxy(front, back, capture));

  const receiving = dish.receive();
  let isThere = false;
  void receiving.then(() => {
    isThere = true;
  });
  for (let i = 0; i < 1000 && !isThere; i++) {
    await radio.send("body", { group: "a" });
    await turns();
  }
  const received = await soon(receiving);

  assert.equal(String(received[0]), "body");
  assert.equal(String(received[1].group), "a");
  assert.deepEqual(await receiveTexts(spy, 1), ["body"]);
  const { messages, parts, bytes } = device.statistics().frontend.received;
  assert.deepEqual([parts, bytes], [messages, 4 * messages]);
});

test("a proxy says at once what it cannot work with", async (t) => {
  const { front, back } = await pipeline(t);
  const [pair, bare] = [open(t, Pair), open(t, Pair)];
  pair.bindSync(inprocName());
  const closed = new Pull();
  closed.close();
  const bound = <S extends Socket>(socket: S): S => {
    socket.bindSync(anyEndpoint("inproc"));
    return socket;
  };

  assert.throws(() => proxy({} as never, back), {
    name: "TypeError",
    message: "the frontend must be a socket",
  });
  assert.throws(() => proxy(front, undefined as never), TypeError);
  assert.throws(() => proxy(front, back, 5 as never), TypeError);
  assert.throws(() => proxy(front, back, { capture: {} as never }), /the capture must be a socket/);
  throws(() => proxy(closed, back), "EBADF", /frontend/);
  throws(() => proxy(front, bare), "EINVAL", /the backend socket must be bound or connected/);
  throws(() => proxy(front, back, bare), "EINVAL", /the capture socket must be bound or connected/);
  throws(() => proxy(front, back, { control: bare }), "EINVAL", /control/);
  throws(() => proxy(front, pair, pair), "EINVAL", /one of its own/);
  throws(() => proxy(front, back, { capture: pair, control: pair }), "EINVAL", /the control socket/);
  throws(() => proxy(front, back, bound(open(t, Pull))), "EINVAL", /a PULL cannot capture/);
  throws(
    () => proxy(front, back, { control: bound(open(t, Push)) }),
    "EINVAL",
    /a PUSH cannot be the control/,
  );
  throws(() => proxy(front, bound(open(t, Pull))), "EINVAL", /neither/);
  throws(() => proxy(front, front), "EINVAL", /neither/);
  throws(() => proxy(front, bound(open(t, Radio))), "EINVAL", /DISH goes with RADIO/);
  const server = open(t, Server);
  await server.bind("tcp://127.0.0.1:*");
  throws(() => proxy(server, back), "EINVAL", /use ROUTER and DEALER/);

  assert.doesNotThrow(
    () => proxy(front, back, { control: pair }).terminate(),
    "nothing is held back by a refusal",
  );
});
