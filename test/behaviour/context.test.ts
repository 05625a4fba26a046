/** Contexts: limits, defaults of new sockets, and the end of all of them together. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Context, context, Pull, Push, Reply, Request, Subscriber } from "zmq-ts";
import {
  endpointToCome,
  inprocName,
  married,
  open,
  receiveTexts,
  rejects,
  soon,
  staysPending,
  throws,
} from "../support/sockets.ts";

test("[test_ctx_options] a context has libzmq's options and limits", () => {
  const own = new Context({ maxSockets: 5, ipv6: true });

  assert.equal(own.maxSockets, 5);
  assert.equal(own.maxSocketsLimit, 65_535);
  assert.equal(own.maxMessageSize, 2 ** 31 - 1);
  assert.equal(own.ipv6, true);
  assert.equal(own.blocky, true);
  assert.equal(context.maxSockets, 1023);
  throws(() => (own.maxSockets = 0), "EINVAL");
  throws(() => (own.ioThreads = -1), "EINVAL");
  assert.throws(() => Object.assign(own, { ipv6: 1 }), TypeError);
  assert.throws(() => Object.assign(own, { unheardOf: 1 }), TypeError);
  assert.throws(() => Object.assign(own, { maxSocketsLimit: 1 }), TypeError);
  assert.equal(own.maxSockets, 5);
});

test("[test_many_sockets] sockets beyond maxSockets are EMFILE until one is closed", async (t) => {
  const own = new Context({ maxSockets: 2 });
  const first = open(t, Pull, { context: own });
  open(t, Pull, { context: own });

  throws(() => new Pull({ context: own }), "EMFILE", /maxSockets/);
  first.close();

  open(t, Pull, { context: own });
});

test("a socket that could not be made does not count", (t) => {
  const own = new Context({ maxSockets: 1 });
  assert.throws(() => new Pull({ context: own, unheardOf: 1 } as object), TypeError);

  open(t, Pull, { context: own });
});

test("[test_ctx_options] blocky false makes sockets that do not linger, ipv6 makes sockets that use it", (t) => {
  const own = new Context({ blocky: false, ipv6: true });

  const push = open(t, Push, { context: own });

  assert.equal(push.linger, 0);
  assert.equal(push.ipv6, true);
  assert.equal(open(t, Push).linger, -1);
  assert.equal(open(t, Push).ipv6, false);
  assert.equal(push.context, own);
  assert.equal(open(t, Push).context, context);
});

test("the options object is left as it was", (t) => {
  const own = new Context();
  const options = { context: own, linger: 5 };

  open(t, Push, options);

  assert.deepEqual(options, { context: own, linger: 5 });
});

test("contexts have inproc names of their own", async (t) => {
  const name = inprocName();
  const [one, two] = [new Context(), new Context()];
  const pulls = [open(t, Pull, { context: one }), open(t, Pull, { context: two })];
  for (const pull of pulls) pull.bindSync(name);
  const push = open(t, Push, { context: two });
  push.connect(name);

  await push.send("to two");

  assert.deepEqual(await receiveTexts(pulls[1]!, 1), ["to two"]);
  assert.equal(pulls[0]!.readable, false);
});

test("[test_ctx_destroy] shutdown ends waiting and later calls with ETERM", async (t) => {
  const own = new Context();
  const pull = open(t, Pull, { context: own });
  const push = open(t, Push, { context: own });
  const receiving = [pull.receive(), pull.receive()];
  const sending = push.send("x");
  for (const call of [...receiving, sending]) await staysPending(call, 1);

  own.shutdown();
  own.shutdown();

  for (const call of [...receiving, sending]) await rejects(call, "ETERM", /terminated/);
  throws(() => void pull.receive(), "ETERM");
  throws(() => void push.send("x"), "ETERM");
  throws(() => push.trySend("x"), "ETERM");
  throws(() => pull.tryReceive(), "ETERM");
  throws(() => pull.connect(inprocName()), "ETERM");
  throws(() => void pull.bind(inprocName()), "ETERM");
  throws(() => new Pull({ context: own }), "ETERM");
  assert.equal(own.closed, true);
  assert.equal(pull.closed, false);
  pull.close();
});

test("an iteration ends with ETERM when its context is shut down", async (t) => {
  const own = new Context();
  const pull = open(t, Pull, { context: own });
  const iterating = (async () => {
    for await (const _ of pull);
  })();
  await staysPending(iterating, 1);

  own.shutdown();

  await rejects(iterating, "ETERM");
});

test("[test_ctx_destroy] terminate waits until every socket is closed", async (t) => {
  const own = new Context();
  const pull = open(t, Pull, { context: own });
  await pull.bind("tcp://127.0.0.1:*");
  const terminated = own.terminate();
  await staysPending(terminated);

  pull.close();

  await soon(terminated);
  await soon(own.terminate());
});

for (const had of ["a socket that is closed", "no socket"]) {
  test(`[test_ctx_destroy] a context that has had ${had} gives none after shutdown, and terminates`, async () => {
    const own = new Context();
    if (had !== "no socket") new Pull({ context: own }).close();

    own.shutdown();

    throws(() => new Pull({ context: own }), "ETERM");
    await soon(own.terminate());
  });
}

test("terminate waits for what lingers and then lets go", async (t) => {
  const own = new Context();
  const endpoint = await endpointToCome(t, "tcp");
  const push = open(t, Push, { context: own, reconnectInterval: 5 });
  push.connect(endpoint);
  await push.send("lingers");
  push.close();
  const terminated = own.terminate();
  await staysPending(terminated);

  const pull = open(t, Pull);
  await pull.bind(endpoint);

  assert.deepEqual(await receiveTexts(pull, 1), ["lingers"]);
  await soon(terminated);
});

test("[test_inproc_connect] [test_ctx_destroy] an inproc connection to nobody does not hold terminate", async () => {
  const own = new Context();
  const push = new Push({ context: own });
  push.connect(inprocName());
  await push.send("to nobody");
  push.close();

  await soon(own.terminate());
});

test("destroy closes every socket and terminates", async (t) => {
  const own = new Context();
  const push = new Push({ context: own });
  push.connect(await endpointToCome(t, "tcp"));
  await push.send("dropped");
  const pull = new Pull({ context: own });
  const receiving = pull.receive();
  receiving.catch(() => {});

  await soon(own.destroy(0));

  assert.equal(push.closed, true);
  assert.equal(pull.closed, true);
  await rejects(receiving, "EAGAIN");
});

test("await using closes a socket and waits for what it had to send", async (t) => {
  const endpoint = await endpointToCome(t, "tcp");
  let kept: Push | undefined;
  const sender = (async () => {
    await using push = new Push({ reconnectInterval: 5 });
    kept = push;
    push.connect(endpoint);
    await push.send("sent in the end");
  })();
  await staysPending(sender);
  assert.equal(kept!.closed, true);
  const pull = open(t, Pull);
  await pull.bind(endpoint);

  assert.deepEqual(await receiveTexts(pull, 1), ["sent in the end"]);
  await soon(sender);
});

test("await using ends a context with all that is in it", async () => {
  let request: Request | undefined;
  let waiting: Promise<unknown> | undefined;
  {
    await using own = new Context();
    request = new Request({ context: own });
    waiting = request.send("?");
    waiting.catch(() => {});
    new Subscriber({ context: own });
  }
  assert.equal(request.closed, true);
  await rejects(waiting, "EAGAIN");
});

test("[test_many_sockets] a thousand sockets can be open at once", async (t) => {
  const own = new Context();
  const reply = open(t, Reply, { context: own });
  const endpoint = inprocName();
  reply.bindSync(endpoint);
  const requests = Array.from({ length: 1000 }, () => open(t, Request, { context: own }));
  for (const request of requests) {
    request.connect(endpoint);
    await request.send("q");
  }

  for (let i = 0; i < 1000; i++) {
    await soon(reply.receive());
    await reply.send("a");
  }

  for (const request of requests) assert.deepEqual(await receiveTexts(request, 1), ["a"]);
});

test("sockets of two contexts meet over tcp", async (t) => {
  const pull = open(t, Pull, { context: new Context() });
  const push = open(t, Push, { context: new Context() });
  await married(t, pull, push, "tcp");

  await push.send("across");

  assert.deepEqual(await receiveTexts(pull, 1), ["across"]);
});
