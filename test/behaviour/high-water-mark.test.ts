/** High-water marks: how many messages wait where. libzmq: pipe.cpp check_hwm, test_hwm. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Pull, Push } from "zmq-ts";
import {
  anyEndpoint,
  endpointToCome,
  fill,
  inprocName,
  log,
  married,
  open,
  receiveTexts,
  STREAM_TRANSPORTS,
  soon,
  TRANSPORTS,
} from "../support/sockets.ts";

function count(push: Push, most = 10_000): number {
  let sent = 0;
  while (sent < most && push.trySend(String(sent))) sent++;
  return sent;
}

for (const transport of TRANSPORTS) {
  for (const hwm of [1, 2, 3, 1000]) {
    test(`a peer that is not there yet queues exactly sendHighWaterMark ${hwm} over ${transport}`, async (t) => {
      const push = open(t, Push, { sendHighWaterMark: hwm });
      push.connect(await endpointToCome(t, transport));

      assert.equal(count(push), hwm);
      assert.equal(push.writable, false);
    });
  }

  test(`[test_hwm] a sendHighWaterMark of 0 is no limit over ${transport}`, async (t) => {
    const push = open(t, Push, { sendHighWaterMark: 0 });
    push.connect(await endpointToCome(t, transport));

    assert.equal(count(push, 5000), 5000);
  });

  test(`what was queued before the connection arrives in order over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const push = open(t, Push, { sendHighWaterMark: 50, reconnectInterval: 5 });
    push.connect(endpoint);
    assert.equal(count(push), 50);

    const pull = open(t, Pull);
    await pull.bind(endpoint);

    assert.deepEqual(
      await receiveTexts(pull, 50),
      Array.from({ length: 50 }, (_, i) => String(i)),
    );
  });

  test(`[test_sockopt_hwm] a new sendHighWaterMark takes effect on pipes that are there over ${transport}`, async (t) => {
    const push = open(t, Push, { sendHighWaterMark: 2 });
    push.connect(await endpointToCome(t, transport));
    assert.equal(count(push), 2);

    push.sendHighWaterMark = 5;
    assert.equal(count(push), 3);
    push.sendHighWaterMark = 1;

    assert.equal(count(push), 0);
  });

  test(`[test_hwm] what a closed socket had queued arrives when the endpoint is bound over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const push = open(t, Push, { sendHighWaterMark: 500, reconnectInterval: 5 });
    push.connect(endpoint);
    assert.equal(count(push), 500);
    push.close();

    const pull = open(t, Pull, { receiveHighWaterMark: 0 });
    await pull.bind(endpoint);

    assert.equal((await receiveTexts(pull, 500)).at(-1), "499");
  });

  test(`[test_hwm] a bound socket without a peer takes nothing, and closes over ${transport}`, async (t) => {
    const push = open(t, Push, { sendHighWaterMark: 1 });
    await push.bind(anyEndpoint(transport));

    assert.equal(count(push), 0);

    const ended = log(push).next("end");
    push.close();
    await ended;
  });

  test(`messages keep their order where each waits for the one before over ${transport}`, async (t) => {
    const push = open(t, Push, { sendHighWaterMark: 1 });
    const pull = open(t, Pull, { receiveHighWaterMark: 1 });
    await pull.bind(anyEndpoint(transport));
    push.connect(pull.lastEndpoint!);

    // More than the network holds, so that the connection is congested again and again.
    const body = Buffer.alloc(200_000);
    const sending = (async () => {
      for (let i = 0; i < 40; i++) await push.send([String(i), body]);
    })();

    for (let i = 0; i < 40; i++) assert.equal(String((await soon(pull.receive()))[0]), String(i));
    await sending;
  });
}

for (const order of ["bind first", "connect first"] as const) {
  for (const [sending, receiving, total] of [
    [1, 1, 2],
    [3, 5, 8],
    [1000, 1000, 2000],
    [0, 5, 3000],
    [5, 0, 3000],
    [0, 0, 3000],
  ] as const) {
    test(`[ZMQ_RCVHWM] [ZMQ_SNDHWM] [test_hwm] inproc queues the sum of both marks, ${sending} + ${receiving}, 0 being no limit (${order})`, (t) => {
      const endpoint = inprocName();
      const push = open(t, Push, { sendHighWaterMark: sending });
      const pull = open(t, Pull, { receiveHighWaterMark: receiving });
      if (order === "bind first") {
        pull.bindSync(endpoint);
        push.connect(endpoint);
      } else {
        push.connect(endpoint);
        pull.bindSync(endpoint);
      }

      assert.equal(count(push, 3000), total);
      for (let i = 0; i < total; i++) assert.equal(String(pull.tryReceive()), String(i));
      assert.equal(pull.tryReceive(), undefined);
      assert.equal(push.trySend("one more"), true);
      assert.equal(String(pull.tryReceive()), "one more");
    });

    test(`[test_hwm] the same where the receiver connects: ${sending} + ${receiving} (${order})`, (t) => {
      const endpoint = inprocName();
      const push = open(t, Push, { sendHighWaterMark: sending });
      const pull = open(t, Pull, { receiveHighWaterMark: receiving });
      if (order === "bind first") {
        push.bindSync(endpoint);
        pull.connect(endpoint);
      } else {
        pull.connect(endpoint);
        push.bindSync(endpoint);
      }

      assert.equal(count(push, 3000), total);
    });
  }
}

for (const order of ["bind first", "connect first"] as const) {
  test(`[test_hwm] without options inproc queues twice a thousand, all of which arrive (${order})`, (t) => {
    const endpoint = inprocName();
    const [push, pull] = [open(t, Push), open(t, Pull)];
    if (order === "connect first") push.connect(endpoint);
    pull.bindSync(endpoint);
    if (order === "bind first") push.connect(endpoint);

    assert.equal(count(push), 2000);

    for (let i = 0; i < 2000; i++) assert.equal(String(pull.tryReceive()), String(i));
    assert.equal(pull.tryReceive(), undefined);
  });
}

for (const transport of STREAM_TRANSPORTS) {
  test(`[ZMQ_RCVHWM] [ZMQ_SNDHWM] a receiver at its mark stops reading: nothing is lost and memory is bounded over ${transport}`, async (t) => {
    const pull = open(t, Pull, { receiveHighWaterMark: 2 });
    const push = open(t, Push, { sendHighWaterMark: 2 });
    await married(t, pull, push, transport);
    const body = Buffer.alloc(512 * 1024);

    const sent = await fill(push, body);

    assert.ok(sent >= 4 && sent < 60, `${sent} were taken`);
    for (let i = 0; i < sent; i++) assert.equal((await soon(pull.receive()))[0]!.length, body.length);
    assert.equal(pull.tryReceive(), undefined);
    await soon(push.send(body));
  });
}

test("a full queue opens again in steps of half its mark", async (t) => {
  const push = open(t, Push, { sendHighWaterMark: 5 });
  const pull = open(t, Pull, { receiveHighWaterMark: 5 });
  await married(t, pull, push, "inproc");
  assert.equal(count(push), 10);

  for (let i = 0; i < 4; i++) pull.tryReceive();
  assert.equal(push.writable, false);
  pull.tryReceive();

  assert.equal(push.writable, true);
  assert.equal(count(push), 5);
});

for (const [before, after, total] of [
  [2, 2, 4],
  [1, 5, 6],
] as const) {
  test(`[test_sockopt_hwm] a sendHighWaterMark set to ${after} before or after the receiver connects counts (${before} at first)`, (t) => {
    const endpoint = inprocName();
    const push = open(t, Push, { sendHighWaterMark: before });
    const pull = open(t, Pull, { receiveHighWaterMark: before });
    pull.connect(endpoint);
    push.bindSync(endpoint);

    push.sendHighWaterMark = after;

    assert.equal(push.sendHighWaterMark, after);
    assert.equal(count(push), total);
  });
}

test("[test_sockopt_hwm] a mark lowered while the queue is full loses nothing, and holds from then on", (t) => {
  const endpoint = inprocName();
  const push = open(t, Push, { sendHighWaterMark: 100 });
  const pull = open(t, Pull, { receiveHighWaterMark: 1 });
  push.bindSync(endpoint);
  pull.connect(endpoint);
  assert.equal(count(push), 101);

  push.sendHighWaterMark = 70;

  assert.equal(count(push), 0);
  for (let i = 0; i < 101; i++) assert.equal(String(pull.tryReceive()), String(i));
  assert.equal(pull.tryReceive(), undefined);
  // Of 71, less what the reader has not reported yet: it does so in steps of half.
  assert.equal(count(push), 71 - (101 - 2 * 36));
});

test("[test_sockopt_hwm] both marks of an inproc pipe can be changed while it is in use", async (t) => {
  const push = open(t, Push, { sendHighWaterMark: 1 });
  const pull = open(t, Pull, { receiveHighWaterMark: 1 });
  await married(t, pull, push, "inproc");
  assert.equal(count(push), 2);
  const waiting = push.send("waits");

  pull.receiveHighWaterMark = 4;
  await soon(waiting);
  assert.equal(count(push), 2);
  push.sendHighWaterMark = 6;
  assert.equal(count(push), 5);
  pull.receiveHighWaterMark = 0;
  assert.equal(count(push, 500), 500);
  push.sendHighWaterMark = 1;
  pull.receiveHighWaterMark = 1;

  assert.equal(count(push), 0);
  while (pull.tryReceive() !== undefined);
  assert.equal(count(push), 2);
});
