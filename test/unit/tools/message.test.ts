import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Dealer,
  dump,
  envelopeOf,
  jsonOf,
  Reply,
  Request,
  Router,
  replyTo,
  textOf,
  textsOf,
  unwrap,
  wrap,
} from "zmq-ts";
import { married, open, receiveTexts, soon, throws } from "../../support/sockets.ts";

const message = (...parts: string[]): Buffer[] => parts.map((part) => Buffer.from(part));
const texts = (parts: readonly unknown[]): string[] => parts.map(String);

test("an envelope ends with the first empty part", () => {
  for (const [parts, envelope, body] of [
    [
      ["a", "", "x", "y"],
      ["a", ""],
      ["x", "y"],
    ],
    [["a", "b", "", "x"], ["a", "b", ""], ["x"]],
    [["", "x"], [""], ["x"]],
    [
      ["a", "", "x", "", "y"],
      ["a", ""],
      ["x", "", "y"],
    ],
    [["a", ""], ["a", ""], []],
    [["a", "x"], [], ["a", "x"]],
    [[], [], []],
  ] as const) {
    const found = envelopeOf(message(...parts));
    assert.deepEqual([textsOf(found.envelope), textsOf(found.body)], [envelope, body], parts.join("|"));
  }
});

test("a reply takes the envelope of its request, or else its routing id", () => {
  assert.deepEqual(texts(replyTo(message("id", "", "question"), "answer")), ["id", "", "answer"]);
  assert.deepEqual(texts(replyTo(message("id", "hop", "", "q"), ["a", 5])), ["id", "hop", "", "a", "5"]);
  assert.deepEqual(texts(replyTo(message("id", "q"), ["a", "b"])), ["id", "a", "b"]);
});

test("wrap puts an address and an empty part before a body; unwrap takes them off", () => {
  assert.deepEqual(texts(wrap("id", "body")), ["id", "", "body"]);
  assert.deepEqual(texts(wrap("id", ["a", "b"])), ["id", "", "a", "b"]);
  const { address, body } = unwrap(message("id", "", "a", "b"));
  assert.deepEqual([String(address), textsOf(body)], ["id", ["a", "b"]]);
  assert.deepEqual(
    textsOf(unwrap(message("id", "a", "", "b")).body),
    ["a", "", "b"],
    "no empty part next to it",
  );
  assert.deepEqual(textsOf(unwrap(message("id")).body), []);
  throws(() => unwrap([]), "EMSGSIZE");
});

test("parts are shared, not copied, and the message stays as it was", () => {
  const original = message("id", "", "body");

  const { envelope, body } = envelopeOf(original);
  const reply = replyTo(original, body);
  const unwrapped = unwrap(original);

  assert.equal(envelope[0], original[0]);
  assert.equal(body[0], original[2]);
  assert.equal(unwrapped.address, original[0]);
  assert.equal(unwrapped.body[0], original[2]);
  assert.equal(reply[2], original[2]);
  assert.equal(original.length, 3);
});

test("a part as text or JSON, from the front or the end", () => {
  const parts = message("id", "", '{"a":[1,"é"]}');

  assert.equal(textOf(parts), "id");
  assert.equal(textOf(parts, 1), "");
  assert.deepEqual(jsonOf(parts, -1), { a: [1, "é"] });
  assert.deepEqual(textsOf([Uint8Array.of(0xc3, 0xa9)]), ["é"], "bytes that are no Buffer");
  throws(() => textOf(parts, 3), "EMSGSIZE", /3 parts, and none at 3/);
  assert.throws(() => jsonOf(parts), SyntaxError);
});

test("dump shows a message as zmsg_print does", () => {
  const parts = [
    Buffer.from("006b8b4567", "hex"),
    Buffer.alloc(0),
    Buffer.from("Hello"),
    Buffer.alloc(100, "x"),
    Buffer.alloc(40),
  ];

  assert.equal(
    dump(parts),
    [
      "[005] 006B8B4567",
      "[000]",
      "[005] Hello",
      `[100] ${"x".repeat(70)}…`,
      `[040] ${"00".repeat(35)}…`,
    ].join("\n"),
  );
});

test("what is no message is refused", () => {
  for (const wrong of [undefined, "text", Buffer.from("a part"), ["text"], {}]) {
    for (const call of [envelopeOf, unwrap, textOf, textsOf, jsonOf, dump])
      assert.throws(() => (call as (message: unknown) => unknown)(wrong), TypeError, call.name);
    assert.throws(() => replyTo(wrong as never, "x"), TypeError);
  }
});

test("a broker of two ROUTERs finds the way there and back", async (t) => {
  const [front, back] = [open(t, Router), open(t, Router)];
  const client = open(t, Request, { routingId: "client" });
  const [worker, dealer] = [
    open(t, Request, { routingId: "worker" }),
    open(t, Dealer, { routingId: "dealer" }),
  ];
  await married(t, front, [client, dealer], "inproc");
  await married(t, back, worker, "inproc");

  await worker.send("ready");
  const { address, body } = unwrap(await soon(back.receive()));
  assert.equal(textOf(body), "ready");
  await client.send("question");
  await back.send(wrap(address, await soon(front.receive())));
  const job = await soon(worker.receive());
  assert.deepEqual(textsOf(job), ["client", "", "question"]);
  await worker.send(replyTo(job, "answer"));
  await front.send(unwrap(await soon(back.receive())).body);
  assert.deepEqual(await receiveTexts(client, 1), ["answer"]);

  await dealer.send("without an empty part");
  await front.send(replyTo(await soon(front.receive()), "you too"));
  assert.deepEqual(await receiveTexts(dealer, 1), ["you too"]);
});

test("a REP behind a DEALER answers as if it were asked directly", async (t) => {
  const [dealer, reply] = [open(t, Dealer), open(t, Reply)];
  await married(t, reply, dealer, "inproc");

  await dealer.send(wrap("some address", "question"));
  assert.deepEqual(await receiveTexts(reply, 1), ["question"]);
  await reply.send("answer");

  const { envelope, body } = envelopeOf(await soon(dealer.receive()));
  assert.deepEqual([textsOf(envelope), textsOf(body)], [["some address", ""], ["answer"]]);
});
