import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { Dealer, POLLERR, POLLIN, POLLOUT, Poller, Pull, Push, Request, Router } from "zmq-ts";
import { married, open, soon, TRANSPORTS } from "../support/sockets.ts";

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
  assert.throws(() => poller.register(7 as never), /new net.Socket\({ fd }\)/);
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
