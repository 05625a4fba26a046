/** What can be sent, and what arrives. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type MessageLike, Pair, Pull, Push, Reply, Request, Subscriber, XPublisher } from "zmq-ts";
import { inprocName, married, open, soon, TRANSPORTS } from "../support/sockets.ts";

const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const shared = new SharedArrayBuffer(3);
new Uint8Array(shared).set([7, 8, 9]);

const KINDS: Record<string, [value: unknown, arrives: Uint8Array]> = {
  "a Buffer": [Buffer.from("abc"), Buffer.from("abc")],
  "an empty Buffer": [Buffer.alloc(0), Buffer.alloc(0)],
  "a Uint8Array": [bytes, bytes],
  "a part of an array": [bytes.subarray(2, 5), Buffer.of(3, 4, 5)],
  "a Uint16Array": [new Uint16Array(bytes.buffer, 2, 2), Buffer.of(3, 4, 5, 6)],
  "a Float64Array": [new Float64Array(bytes.buffer), bytes],
  "a BigInt64Array": [new BigInt64Array(bytes.buffer), bytes],
  "a DataView": [new DataView(bytes.buffer, 1, 3), Buffer.of(2, 3, 4)],
  "an ArrayBuffer": [bytes.buffer, bytes],
  "a SharedArrayBuffer": [shared, Buffer.of(7, 8, 9)],
  "a string": ["grüße €", Buffer.from("grüße €")],
  "an empty string": ["", Buffer.alloc(0)],
  "a long string": ["ü".repeat(5000), Buffer.from("ü".repeat(5000))],
  "a number": [12.5, Buffer.from("12.5")],
  "a negative zero": [-0, Buffer.from("0")],
  null: [null, Buffer.alloc(0)],
  "a bigint": [123n, Buffer.from("123")],
  "a boolean": [true, Buffer.from("true")],
  "an object": [{}, Buffer.from("[object Object]")],
  "an object with toString": [{ toString: () => "as text" }, Buffer.from("as text")],
};

/** So that a byte in the wrong message shows. */
function filled(size: number, sender: number, number: number): Buffer {
  return Buffer.alloc(size, sender * 50 + number * 7);
}

for (const transport of TRANSPORTS) {
  for (const size of [10_000, 20_000, 65_536, 100_000]) {
    test(`connections that carry messages of ${size} bytes at the same time keep them apart over ${transport}`, async (t) => {
      const count = 60;
      const pairs = await Promise.all(
        [0, 1, 2, 3].map(async () => {
          const one = open(t, Pair, { sendHighWaterMark: 20 });
          const other = open(t, Pair, { receiveHighWaterMark: 20 });
          await married(t, other, one, transport);
          return [one, other] as const;
        }),
      );

      const sent = pairs.map(async ([one], sender) => {
        for (let i = 0; i < count; i++) await one.send(filled(size, sender, i));
      });
      // Kept to the end: what is written over a message later shows too.
      const all = await Promise.all(
        pairs.map(async ([, other]) => {
          const messages: Buffer[] = [];
          while (messages.length < count) messages.push((await soon(other.receive()))[0]!);
          return messages;
        }),
      );

      await Promise.all(sent);
      for (const [sender, messages] of all.entries())
        for (const [i, message] of messages.entries())
          assert.ok(message.equals(filled(size, sender, i)), `message ${i} of sender ${sender}`);
    });
  }

  test(`[test_msg_init] every kind of value arrives as its bytes over ${transport}`, async (t) => {
    const one = open(t, Pair);
    const other = open(t, Pair);
    await married(t, one, other, transport);

    for (const [kind, [value, arrives]] of Object.entries(KINDS)) {
      await one.send(value as MessageLike);
      await one.send(["before", value as MessageLike, "after"]);
      const alone = await soon(other.receive());
      const among = await soon(other.receive());

      assert.equal(alone.length, 1, kind);
      assert.ok(Buffer.isBuffer(alone[0]), kind);
      assert.ok(alone[0].equals(arrives), kind);
      assert.equal(among.length, 3, kind);
      assert.ok(among[1]!.equals(arrives), kind);
    }
  });

  test(`[test_msg_init] sizes around every boundary arrive whole over ${transport}`, async (t) => {
    const one = open(t, Pair);
    const other = open(t, Pair);
    await married(t, one, other, transport);
    const body = Buffer.alloc(3_000_000);
    for (let i = 0; i < body.length; i++) body[i] = i * 31;

    for (const size of [
      0, 1, 127, 128, 129, 254, 255, 256, 257, 4095, 4096, 4097, 65_535, 65_536, 65_537, 3_000_000,
    ]) {
      const part = body.subarray(0, size);
      await one.send([part, part]);
      const received = await soon(other.receive());

      assert.ok(
        received.length === 2 && received[0]!.equals(part) && received[1]!.equals(part),
        `${size} bytes`,
      );
    }
  });

  test(`a small buffer may be used again as soon as it is sent over ${transport}`, async (t) => {
    const one = open(t, Pair);
    const other = open(t, Pair);
    await married(t, one, other, transport);

    for (const size of [1, 16, 128]) {
      const buffer = Buffer.alloc(size, "a");
      await one.send(buffer);
      buffer.fill("b");
      await one.send([buffer, buffer]);
      buffer.fill("c");

      assert.equal((await soon(other.receive()))[0]!.toString(), "a".repeat(size));
      assert.deepEqual((await soon(other.receive())).map(String), ["b".repeat(size), "b".repeat(size)]);
    }
  });

  test(`[test_msg_flags] a message of 10 000 parts arrives whole over ${transport}`, async (t) => {
    const one = open(t, Pair);
    const other = open(t, Pair);
    await married(t, one, other, transport);
    const parts = Array.from({ length: 10_000 }, (_, i) => String(i));

    await one.send(parts);

    assert.deepEqual((await soon(other.receive())).map(String), parts);
  });
}

test("with copy: false a small buffer goes by reference, in one call or in many, and later calls copy again", async (t) => {
  const one = open(t, Pair);
  const other = open(t, Pair);
  await married(t, one, other, "inproc");
  const buffer = Buffer.from("small");

  await one.send(buffer, { copy: false });
  await one.sendMany(["first", buffer, [buffer, buffer]], { copy: false });
  await one.send(buffer);
  const frames: Buffer[] = [];
  for (let i = 0; i < 5; i++) frames.push(...(await soon(other.receive())));

  assert.deepEqual(frames.map(String), ["small", "first", "small", "small", "small", "small"]);
  assert.deepEqual(
    frames.map((frame) => frame.buffer === buffer.buffer && frame.byteOffset === buffer.byteOffset),
    [true, false, true, true, true, false],
  );
});

test("what is sent without copy: false is copied also while it waits, and after a send with it", async (t) => {
  const push = open(t, Push);
  const pull = open(t, Pull);
  const endpoint = inprocName();
  const buffer = Buffer.from("first");

  const waiting = push.send(buffer);
  buffer.write("later");
  pull.bindSync(endpoint);
  push.connect(endpoint);
  await soon(waiting);
  assert.equal(String((await soon(pull.receive()))[0]), "first");

  await push.send("other", { copy: false });
  const welcomeMessage = Buffer.from("welcome");
  const publisher = open(t, XPublisher, { welcomeMessage: welcomeMessage as never });
  publisher.bindSync(inprocName());
  const subscriber = open(t, Subscriber);
  subscriber.subscribe();
  subscriber.connect(publisher.lastEndpoint!);
  const [frame] = await soon(subscriber.receive());
  assert.notEqual(frame!.buffer, welcomeMessage.buffer);
});

test("receiveMany of a REP brings the request that there is, and its reply goes out", async (t) => {
  const reply = open(t, Reply);
  const request = open(t, Request);
  const other = open(t, Request);
  reply.bindSync(inprocName());
  for (const socket of [request, other]) {
    socket.connect(reply.lastEndpoint!);
    await socket.send("question");
  }

  assert.deepEqual((await soon(reply.receiveMany())).map(String), ["question"]);
  await reply.send("answer");

  assert.deepEqual((await soon(request.receiveMany())).map(String), ["answer"]);
});

test("a message for several inproc peers is an array of its own for each", async (t) => {
  const publisher = open(t, XPublisher);
  const endpoint = inprocName();
  publisher.bindSync(endpoint);
  const subscribers = [open(t, Subscriber), open(t, Subscriber)];
  for (const subscriber of subscribers) {
    subscriber.subscribe();
    subscriber.connect(endpoint);
  }
  await soon(publisher.subscribers(2));

  await publisher.send(["one", "two"]);
  const [first, second] = await Promise.all(subscribers.map((subscriber) => soon(subscriber.receive())));
  first!.length = 0;

  assert.deepEqual(second!.map(String), ["one", "two"]);
});

test("no message and a Symbol are TypeErrors, thrown at once", (t) => {
  const pair = open(t, Pair);
  pair.bindSync(inprocName());
  const send = pair.send.bind(pair) as (message?: unknown) => Promise<void>;

  assert.throws(() => void send(), { name: "TypeError", message: "Message must be present" });
  assert.throws(() => void send(undefined), { name: "TypeError", message: "Message must be present" });
  assert.throws(() => void send(Symbol("s")), TypeError);
  assert.throws(() => void send(["a", Symbol("s")]), TypeError);
  assert.throws(() => pair.trySend(undefined as unknown as string), TypeError);
  assert.equal(pair.waitingSends, 0);
});

test("what toString throws is thrown, and nothing is sent", (t) => {
  const pair = open(t, Pair);
  const thrower = {
    toString(): string {
      throw new RangeError("of the user");
    },
  };

  assert.throws(() => void pair.send(thrower as unknown as string), RangeError);
  assert.equal(pair.waitingSends, 0);
});

test("the same array may be sent many times and changed between", async (t) => {
  const one = open(t, Pair);
  const other = open(t, Pair);
  await married(t, one, other, "inproc");
  const parts = ["a", "b"];

  await one.send(parts);
  parts.push("c");
  await one.send(parts);

  assert.equal((await soon(other.receive())).length, 2);
  assert.equal((await soon(other.receive())).length, 3);
});

test("what was received belongs to the receiver: changing it changes nothing else", async (t) => {
  const one = open(t, Pair);
  const other = open(t, Pair);
  await married(t, one, other, "tcp");
  await one.send(["aaaa", "bbbb"]);
  await one.send("cccc");

  const first = await soon(other.receive());
  first[0]!.fill("x");

  assert.equal(first[1]!.toString(), "bbbb");
  assert.equal((await soon(other.receive()))[0]!.toString(), "cccc");
});
