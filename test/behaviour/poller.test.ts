import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { constants as fsConstants, openSync, writeSync } from "node:fs";
import { Socket as NetSocket } from "node:net";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { Dealer, Pair, POLLERR, POLLIN, POLLOUT, Poller, Pull, Push, Reply, Request, Router } from "zmq-ts";
import { Client, Server } from "zmq-ts/draft";
import {
  inprocName,
  married,
  open,
  rejects,
  soon,
  staysPending,
  TRANSPORTS,
  temporaryPath,
  throws,
  turns,
} from "../support/sockets.ts";
import { openContext } from "../support/zap.ts";

for (const transport of TRANSPORTS) {
  test(`[test_poller] a poller tells which of several sockets can be read, over ${transport}`, async (t) => {
    const [pull, other] = [open(t, Pull), open(t, Pull)];
    const [push, otherPush] = [open(t, Push), open(t, Push)];
    await married(t, pull, push, transport);
    await married(t, other, otherPush, transport);
    const poller = new Poller();
    poller.register(pull, POLLIN);
    poller.register(other, POLLIN);

    assert.deepEqual(await poller.poll(0), []);
    const polling = poller.poll();
    await otherPush.send("x");

    assert.deepEqual(await soon(polling), [[other, POLLIN]]);
    assert.deepEqual(await soon(poller.poll()), [[other, POLLIN]], "nothing was taken");
    await other.receive();
    assert.deepEqual(await poller.poll(0), []);
  });
}

test("[test_zmq_poll_fd] a poller watches streams beside sockets", async (t) => {
  const pull = open(t, Pull);
  const stream = new PassThrough({ highWaterMark: 4 });
  const poller = new Poller();
  poller.register(pull, POLLIN);
  poller.register(stream, POLLIN);

  const polling = poller.poll();
  stream.write("ab");
  assert.deepEqual(await soon(polling), [[stream, POLLIN]]);
  assert.equal(String(stream.read()), "ab");

  stream.write("abcdef");
  poller.modify(stream, POLLOUT);
  assert.deepEqual(await poller.poll(0), [], "it is full");
  const draining = poller.poll();
  stream.read();
  assert.deepEqual(await soon(draining), [[stream, POLLOUT]]);

  stream.destroy();
  assert.deepEqual(await soon(poller.poll()), [[stream, POLLERR]]);
});

test("a socket becomes writable for a poller when a peer comes, and when a full queue opens", async (t) => {
  const push = open(t, Push, { sendHighWaterMark: 1 });
  const poller = new Poller();
  poller.register(push, POLLOUT);
  const polling = poller.poll();
  const pull = open(t, Pull, { receiveHighWaterMark: 1 });

  await married(t, pull, push, "inproc");
  assert.deepEqual(await soon(polling), [[push, POLLOUT]]);
  while (push.trySend("x"));
  assert.deepEqual(await poller.poll(0), []);
  const opening = poller.poll();
  await pull.receive();
  assert.deepEqual(await soon(opening), [[push, POLLOUT]]);
});

test("[test_poller] a REQ is writable, then readable, as its state goes", async (t) => {
  const request = open(t, Request);
  const router = open(t, Router);
  await married(t, router, request, "tcp");
  const poller = new Poller();
  poller.register(request);

  assert.deepEqual(await soon(poller.poll()), [[request, POLLOUT]]);
  await request.send("q");
  assert.deepEqual(await poller.poll(0), []);
  const polling = poller.poll();
  await router.send(await router.receive());
  assert.deepEqual(await soon(polling), [[request, POLLIN]]);
});

test("[test_poller] registering twice changes the flags; modify and unregister need a registration", async (t) => {
  const [dealer, stranger] = [open(t, Dealer), open(t, Dealer)];
  const poller = new Poller();
  poller.register(dealer, POLLIN);
  poller.register(dealer, POLLOUT);

  assert.throws(() => poller.modify(stranger, POLLIN), { code: "EINVAL" });
  assert.throws(() => poller.unregister(stranger), { code: "EINVAL" });
  assert.throws(() => poller.register(dealer, 64), { code: "EINVAL" });
  assert.throws(() => poller.register(7 as never), /new net.Socket\({ fd, readable: true }\)/);
  assert.throws(() => poller.register({} as never), TypeError);
  poller.unregister(dealer);
  assert.equal(poller.has(dealer), false);
  await assert.rejects(poller.poll(), { code: "EINVAL" });
});

test("a poll ends empty after its timeout, with the reason of its signal, and with the close of a socket", async (t) => {
  const pull = open(t, Pull);
  const poller = new Poller();
  poller.register(pull, POLLIN);

  assert.deepEqual(await soon(poller.poll(1)), []);
  const abort = new AbortController();
  const aborted = poller.poll(-1, { signal: abort.signal });
  abort.abort(new Error("enough"));
  await assert.rejects(aborted, /enough/);
  const closing = poller.poll();
  pull.close();
  assert.deepEqual(await soon(closing), [[pull, POLLERR]]);
});

test("[test_poller] size counts what is registered, silenced or not", (t) => {
  const [pair, stream] = [open(t, Pair), new PassThrough()];
  const poller = new Poller();
  const sizes = [poller.size];

  poller.register(pair, POLLIN);
  sizes.push(poller.size);
  poller.modify(pair, 0);
  sizes.push(poller.size);
  poller.register(stream, POLLOUT);
  sizes.push(poller.size);
  poller.unregister(pair);
  sizes.push(poller.size);
  poller.register(stream, 0);
  sizes.push(poller.size);

  assert.deepEqual(sizes, [0, 1, 1, 2, 1, 0]);
  throws(() => poller.unregister(stream), "EINVAL");
});

test("[test_poller] what is modified to nothing is silent until it is modified again", async (t) => {
  const [pull, push] = [open(t, Pull), open(t, Push)];
  await married(t, pull, push, "inproc");
  const poller = new Poller();
  poller.register(pull, POLLIN);
  await push.send("x");

  poller.modify(pull, 0);
  assert.deepEqual(await poller.poll(0), []);
  assert.deepEqual(await poller.poll(1), []);
  await rejects(poller.poll(), "EINVAL", /nothing is watched/);
  poller.modify(pull, POLLIN);
  assert.deepEqual(await poller.poll(0), [[pull, POLLIN]]);
});

test("[test_poller] an empty poller ends with its timeout, and refuses to wait for ever", async () => {
  const poller = new Poller();

  assert.deepEqual(await poller.poll(0), []);
  assert.deepEqual(await soon(poller.poll(1)), []);
  await rejects(poller.poll(-1), "EINVAL");
  await rejects(poller.poll(Number.NaN), "EINVAL", /a number of milliseconds/);
  await rejects(poller.poll("5" as never), "EINVAL");
});

test("[test_poller] what is no socket, or a closed one, cannot be watched", (t) => {
  const poller = new Poller();
  const [closed, pair] = [open(t, Pair), open(t, Pair)];
  closed.close();

  throws(() => poller.register(closed, POLLIN), "ENOTSOCK");
  throws(() => poller.modify(closed, POLLIN), "EINVAL");
  for (const wrong of [null, undefined, "socket", { on() {} }])
    assert.throws(() => poller.register(wrong as never), TypeError);
  assert.throws(
    () => poller.register(-1 as never, POLLIN),
    /this runtime cannot watch a bare file descriptor/,
  );
  for (const flags of [8, 32767, -1, 1.5, Number.NaN, "1"])
    throws(() => poller.register(pair, flags as never), "EINVAL");
  poller.register(pair, POLLIN);
  throws(() => poller.modify(pair, 32767), "EINVAL");
  assert.equal(poller.size, 1);
});

test("[test_poller] a SERVER can be read when its CLIENT has sent, and written from then on", async (t) => {
  const [server, client] = [open(t, Server), open(t, Client)];
  await married(t, server, client, "tcp");
  const poller = new Poller();
  poller.register(server, POLLIN);

  const polling = poller.poll();
  await client.send("I");
  assert.deepEqual(await soon(polling), [[server, POLLIN]]);
  assert.equal(String((await server.receive())[0]), "I");
  poller.modify(server, POLLIN | POLLOUT);
  assert.deepEqual(await poller.poll(0), [[server, POLLOUT]]);
});

test("[test_zmq_poll_fd] a file descriptor is watched through a stream over it, beside a socket", async (t) => {
  const path = temporaryPath(t, "fifo");
  execFileSync("mkfifo", [path]);
  const fd = openSync(path, fsConstants.O_RDWR | fsConstants.O_NONBLOCK);
  const stream = new NetSocket({ fd, readable: true });
  t.after(() => stream.destroy());
  const reply = open(t, Reply);
  await reply.bind("tcp://127.0.0.1:*");
  const poller = new Poller();
  poller.register(reply, POLLIN);
  poller.register(stream, POLLIN);

  assert.deepEqual(await poller.poll(0), []);
  const polling = poller.poll();
  writeSync(fd, Buffer.alloc(10, 1));

  assert.deepEqual(await soon(polling), [[stream, POLLIN]]);
  assert.deepEqual(stream.read(), Buffer.alloc(10, 1));
  assert.deepEqual(await poller.poll(0), []);
});

test("a stream that ends is told of, though nobody reads it", async () => {
  const stream = new PassThrough();
  const poller = new Poller();
  poller.register(stream, POLLIN);

  const polling = poller.poll();
  await staysPending(polling);
  stream.end();

  assert.deepEqual(await soon(polling), [[stream, POLLERR]]);
});

test("a stream that fails is told of, and its error is not thrown meanwhile", async () => {
  const stream = new PassThrough();
  const poller = new Poller();
  poller.register(stream, POLLIN);

  const polling = poller.poll();
  stream.destroy(new Error("broken"));

  assert.deepEqual(await soon(polling), [[stream, POLLERR]]);
});

test("a poll that waits takes note of what is registered, modified and unregistered", async (t) => {
  const [one, two] = [open(t, Pull), open(t, Pull)];
  const pushes = [open(t, Push), open(t, Push)];
  await married(t, one, pushes[0]!, "inproc");
  await married(t, two, pushes[1]!, "inproc");
  const poller = new Poller();
  poller.register(one, POLLIN);
  const polling = poller.poll();
  await staysPending(polling);

  poller.unregister(one);
  poller.register(two, 0);
  await pushes[0]!.send("nobody looks");
  await pushes[1]!.send("x");
  await staysPending(polling);
  poller.register(two, POLLIN);

  assert.deepEqual(await soon(polling), [[two, POLLIN]]);
});

test("several polls of one poller end together", async (t) => {
  const [pull, push] = [open(t, Pull), open(t, Push)];
  await married(t, pull, push, "inproc");
  const poller = new Poller();
  poller.register(pull, POLLIN);

  const polls = [poller.poll(), poller.poll(5000)];
  await push.send("x");

  assert.deepEqual(await soon(Promise.all(polls)), [[[pull, POLLIN]], [[pull, POLLIN]]]);
});

test("a poll ends with ETERM when the context is shut down", async (t) => {
  const context = openContext(t);
  const pull = new Pull({ context });
  const poller = new Poller();
  poller.register(pull, POLLIN);

  const polling = rejects(poller.poll(), "ETERM");
  await turns(2);
  context.shutdown();

  await polling;
  await rejects(poller.poll(0), "ETERM");
});

for (const [name, type] of [
  ["DEALER", Dealer],
  ["CLIENT", Client],
] as [string, typeof Dealer][]) {
  test(`[test_ctx_destroy] terminate ends a poll of a ${name} with ETERM, and waits until it is closed`, async (t) => {
    const context = openContext(t);
    const socket = new type({ context });
    const poller = new Poller();
    poller.register(socket, POLLIN);
    const polling = poller.poll();
    await staysPending(polling);

    const terminated = context.terminate();

    await rejects(polling, "ETERM");
    await staysPending(terminated);
    socket.close();
    await soon(terminated);
  });
}

test("[test_poller] a poll tells of all that is ready", async (t) => {
  const [one, two, idle, push] = [open(t, Pull), open(t, Pull), open(t, Pull), open(t, Push)];
  await married(t, one, push, "inproc");
  await married(t, two, push, "inproc");
  const poller = new Poller();
  for (const socket of [one, idle, two]) poller.register(socket, POLLIN);
  poller.register(push, POLLOUT);
  for (let i = 0; i < 2; i++) await push.send("x");

  const ready = await soon(poller.poll());

  assert.deepEqual(ready, [
    [one, POLLIN],
    [two, POLLIN],
    [push, POLLOUT],
  ]);
});

test("a timeout beyond what the runtime's timers can do is not over at once", async (t) => {
  const pull = open(t, Pull);
  const poller = new Poller();
  poller.register(pull, POLLIN);
  const abort = new AbortController();

  for (const timeout of [2 ** 40, Number.POSITIVE_INFINITY]) {
    const polling = poller.poll(timeout, { signal: abort.signal });
    await staysPending(polling);
    polling.catch(() => {});
  }

  abort.abort();
});

test("a PAIR whose peer has gone takes another while a poller watches it", async (t) => {
  const pair = open(t, Pair);
  const name = inprocName();
  pair.bindSync(name);
  const first = open(t, Pair);
  first.connect(name);
  const poller = new Poller();
  poller.register(pair, POLLIN);
  await first.send("last words");
  first.close();
  assert.deepEqual(await soon(poller.poll()), [[pair, POLLIN]]);
  assert.equal(await pair.receiveString(), "last words");
  assert.deepEqual(await poller.poll(0), []);

  const second = open(t, Pair);
  second.connect(name);
  const polling = poller.poll();
  await second.send("hello");

  assert.deepEqual(await soon(polling), [[pair, POLLIN]]);
});
