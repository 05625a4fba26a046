/** `Proxy`: messages between two sockets, both ways. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Dealer,
  Proxy as MessageProxy,
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
import {
  connected,
  inprocName,
  married,
  open,
  receiveTexts,
  rejects,
  soon,
  staysPending,
  throws,
  turns,
} from "../support/sockets.ts";

test("a proxy of ROUTER and DEALER passes requests and replies", async (t) => {
  const [front, back] = [open(t, Router), open(t, Dealer)];
  const request = open(t, Request);
  const reply = open(t, Reply);
  await married(t, front, request, "tcp", { mayLose: true });
  await married(t, back, reply, "tcp", { mayLose: true });
  const proxy = new MessageProxy(front, back);
  assert.equal(proxy.frontEnd, front);
  assert.equal(proxy.backEnd, back);
  const running = proxy.run();

  for (let i = 0; i < 5; i++) {
    await request.send(`q${i}`);
    assert.deepEqual(await receiveTexts(reply, 1), [`q${i}`]);
    await reply.send(`a${i}`);
    assert.deepEqual(await receiveTexts(request, 1), [`a${i}`]);
  }

  proxy.terminate();
  await soon(running);
  assert.equal(front.closed, true);
  assert.equal(back.closed, true);
  throws(() => proxy.terminate(), "EBADF");
});

test("a proxy of XSUB and XPUB passes subscriptions up and messages down", async (t) => {
  const [front, back] = [open(t, XSubscriber), open(t, XPublisher)];
  const publisher = open(t, Publisher);
  const subscriber = open(t, Subscriber);
  await married(t, front, publisher, "tcp", { mayLose: true });
  await married(t, back, subscriber, "tcp", { mayLose: true });
  const proxy = new MessageProxy(front, back);
  const running = proxy.run();
  subscriber.subscribe("news");

  while (!subscriber.readable) {
    await publisher.send(["old", "x"]);
    await publisher.send(["news", "x"]);
    await turns();
  }

  assert.deepEqual(await receiveTexts(subscriber, 1), ["news|x"]);
  proxy.terminate();
  await soon(running);
});

test("a paused proxy holds messages back and loses none", async (t) => {
  const [front, back] = [open(t, Pull), open(t, Push)];
  const push = open(t, Push);
  const pull = open(t, Pull);
  await married(t, front, push, "inproc");
  await married(t, back, pull, "inproc");
  const proxy = new MessageProxy(front, back);
  throws(() => proxy.pause(), "EBADF");
  const running = proxy.run();
  await push.send("1");
  assert.deepEqual(await receiveTexts(pull, 1), ["1"]);

  proxy.pause();
  await push.sendMany(["2", "3"]);
  const next = pull.receive();
  await staysPending(next);
  proxy.resume();

  assert.equal((await soon(next))[0]!.toString(), "2");
  assert.deepEqual(await receiveTexts(pull, 1), ["3"]);
  proxy.terminate();
  await soon(running);
});

test("a proxy runs once at a time and wants endpoints", async (t) => {
  const [front, back] = [open(t, Router), open(t, Dealer)];
  const proxy = new MessageProxy(front, back);
  throws(() => void proxy.run(), "EINVAL", /Front-end socket must be bound or connected/);
  front.bindSync(inprocName());
  throws(() => void proxy.run(), "EINVAL", /Back-end socket must be bound or connected/);
  back.bindSync(inprocName());
  const running = proxy.run();

  throws(() => void proxy.run(), "EBUSY");

  proxy.terminate();
  await soon(running);
});

test("a proxy wants two sockets", (t) => {
  const router = open(t, Router);

  assert.throws(() => new MessageProxy({} as Router, router), {
    name: "TypeError",
    message: "Front-end must be a socket object",
  });
  assert.throws(() => new MessageProxy(router, {} as Router), {
    name: "TypeError",
    message: "Back-end must be a socket object",
  });
});

test("a proxy ends when one of its sockets is closed", async (t) => {
  const [front, back] = [open(t, Router), open(t, Dealer)];
  front.bindSync(inprocName());
  back.bindSync(inprocName());
  const running = new MessageProxy(front, back).run();

  front.close();

  await soon(running);
  assert.equal(back.closed, true);
});

test("while a proxy runs its sockets are its own", async (t) => {
  const [front, back] = [open(t, Router), open(t, Dealer)];
  front.bindSync(inprocName());
  back.bindSync(inprocName());
  const proxy = new MessageProxy(front, back);
  const running = proxy.run();
  t.after(async () => {
    if (!front.closed) proxy.terminate();
    await running;
  });

  throws(() => void front.receive(), "EBUSY");
  throws(() => void back.send("x"), "EBUSY");
  throws(() => front.connect(inprocName()), "EBUSY");
  assert.equal(front.closed, false);
  assert.equal(front.linger, -1);

  proxy.terminate();
  await soon(running);
  await rejects(
    Promise.resolve().then(() => front.receive()),
    "EBADF",
  );
});

test("a proxy with one socket passes its messages on to itself", async (t) => {
  const middle = open(t, Dealer);
  const [one, two] = [open(t, Dealer), open(t, Dealer)];
  middle.bindSync(inprocName());
  await connected(middle, one, middle.lastEndpoint!);
  const proxy = new MessageProxy(middle, middle);
  const running = proxy.run();

  await one.send("round");

  assert.deepEqual(await receiveTexts(one, 1), ["round"]);
  two.close();
  proxy.terminate();
  await soon(running);
});
