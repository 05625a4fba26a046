/** ZMQ_LINGER: what becomes of unsent messages after close and disconnect. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Context, Pull, Push } from "zmq-ts";
import {
  endpointToCome,
  fill,
  married,
  open,
  receiveTexts,
  STREAM_TRANSPORTS,
  soon,
  staysPending,
  turns,
} from "../support/sockets.ts";

for (const transport of STREAM_TRANSPORTS) {
  test(`linger -1 delivers after close, to a peer that comes later, over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const push = new Push({ linger: -1, reconnectInterval: 5 });
    push.connect(endpoint);
    for (let i = 0; i < 50; i++) await push.send(String(i));
    const disposed = push[Symbol.asyncDispose]();
    await staysPending(disposed);

    const pull = open(t, Pull);
    await pull.bind(endpoint);

    assert.deepEqual(
      await receiveTexts(pull, 50),
      Array.from({ length: 50 }, (_, i) => String(i)),
    );
    await soon(disposed);
  });

  test(`linger -1 delivers what a slow peer has not taken yet over ${transport}`, async (t) => {
    const pull = open(t, Pull, { receiveHighWaterMark: 1 });
    const push = open(t, Push, { sendHighWaterMark: 3 });
    await married(t, pull, push, transport);
    const body = Buffer.alloc(256 * 1024);
    const sent = await fill(push, body);

    push.close();

    for (let i = 0; i < sent; i++) assert.equal((await soon(pull.receive()))[0]!.length, body.length);
  });

  test(`linger 0 drops at close over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const context = new Context();
    const push = new Push({ context, linger: 0, reconnectInterval: 1 });
    push.connect(endpoint);
    await push.send("dropped");

    push.close();

    await soon(context.terminate());
    const pull = open(t, Pull);
    await pull.bind(endpoint);
    await turns(10);
    assert.equal(pull.readable, false);
  });

  test(`linger of n ms gives up after that time over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const context = new Context();
    const push = new Push({ context, linger: 60 });
    push.connect(endpoint);
    await push.send("dropped in the end");
    const start = performance.now();

    push.close();
    await soon(context.terminate());
    const took = performance.now() - start;
    assert.ok(took >= 55, `it took ${took} ms`);
  });

  test(`disconnect delivers what was sent before within linger over ${transport}`, async (t) => {
    const pull = open(t, Pull);
    const push = open(t, Push);
    const endpoint = await married(t, pull, push, transport, { mayLose: true });
    for (let i = 0; i < 50; i++) await push.send(String(i));

    push.disconnect(endpoint);

    assert.deepEqual(
      await receiveTexts(pull, 50),
      Array.from({ length: 50 }, (_, i) => String(i)),
    );
    await staysPending(push.send("to nobody"));
  });

  test(`the value of linger at the time of close counts over ${transport}`, async (t) => {
    const context = new Context();
    const push = new Push({ context, linger: -1 });
    push.connect(await endpointToCome(t, transport));
    await push.send("x");

    push.linger = 0;
    push.close();

    await soon(context.terminate());
  });

  test(`a bound socket that closes sends first over ${transport}`, async (t) => {
    const push = open(t, Push);
    const pull = open(t, Pull, { reconnectInterval: -1 });
    await married(t, push, pull, transport, { mayLose: true });
    for (let i = 0; i < 100; i++) await push.send(String(i));

    push.close();

    assert.equal((await receiveTexts(pull, 100)).at(-1), "99");
  });
}

test("[test_hwm] [ZMQ_LINGER] over inproc a closed sender's messages stay with the receiver", async (t) => {
  const pull = open(t, Pull);
  const push = open(t, Push);
  await married(t, pull, push, "inproc");
  for (let i = 0; i < 10; i++) await push.send(String(i));

  push.close();

  assert.equal((await receiveTexts(pull, 10)).at(-1), "9");
});

test("a socket with nothing to send ends at once, whatever its linger", async (t) => {
  const push = new Push({ linger: -1 });
  push.connect(await endpointToCome(t, "tcp"));
  const pull = new Pull({ linger: -1 });
  await pull.bind("tcp://127.0.0.1:*");

  await soon(push[Symbol.asyncDispose]());
  await soon(pull[Symbol.asyncDispose]());
});

test("a socket has ended when the last of its endpoints has, not the first", async (t) => {
  // The first one closed had nothing to send: the socket called itself ended, and its context did not wait.
  const context = new Context();
  const push = new Push({ context, linger: -1 });
  const pull = open(t, Pull);
  await pull.bind("tcp://127.0.0.1:*");
  push.connect(pull.lastEndpoint!);
  await push.send("delivered");
  await receiveTexts(pull, 1);
  const late = await endpointToCome(t, "tcp");
  push.connect(late);
  await push.sendMany(["to whom", "it may", "concern"]);

  push.close();
  const terminated = context.terminate();
  await staysPending(terminated);
  const receiver = open(t, Pull);
  await receiver.bind(late);

  await soon(terminated);
  assert.ok((await receiveTexts(receiver, 1)).length === 1);
});
