/** What messages tell of their peer, with libzmq at the other end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Dealer, messageProperties } from "zmq-ts";
import { PythonPeer } from "../support/python.ts";
import { married, open, soon } from "../support/sockets.ts";
import { handle, metadata, ok, openContext, ZAP_ENDPOINT } from "../support/zap.ts";

const python = await PythonPeer.start();
const options = { skip: python.missing ?? false, timeout: 10_000 };
const NAMES = ["Socket-Type", "Identity", "Peer-Address", "User-Id", "Hello", "X-side", "X-other"];

test("[test_app_meta] [ZMQ_METADATA] libzmq reads our metadata, we read libzmq's", options, async (t) => {
  const ours = open(t, Dealer, { routingId: "ours", metadata: { "X-side": "ours", "X-other": "1" } });
  const theirs = await python.open("DEALER", { routingId: "theirs", metadata: "X-side:theirs" });
  t.after(() => theirs.close());
  ours.connect(await theirs.bind("tcp://127.0.0.1:*"));

  await ours.send("hello");
  await theirs.send(["hello"]);

  assert.deepEqual(await theirs.receiveProperties(...NAMES), {
    "Socket-Type": "DEALER",
    Identity: "ours",
    "Peer-Address": "127.0.0.1",
    "X-side": "ours",
    "X-other": "1",
  });
  assert.deepEqual(
    { ...messageProperties(await soon(ours.receive())) },
    { "Socket-Type": "DEALER", Identity: "theirs", "Peer-Address": "127.0.0.1", "X-side": "theirs" },
  );
});

test(
  "[test_metadata] the same handler gives libzmq's messages and ours the same properties",
  options,
  async (t) => {
    const given = metadata({ Hello: "World" });
    const handler = await python.open("REP");
    const theirs = await python.open("DEALER", { zapDomain: "test" });
    t.after(() => theirs.close());
    t.after(() => handler.close());
    await handler.bind(ZAP_ENDPOINT);
    const toTheirs = open(t, Dealer);
    toTheirs.connect(await theirs.bind("tcp://127.0.0.1:*"));
    const asked = await handler.receive();
    await handler.send([asked[0]!, asked[1]!, "200", "OK", "joe", given]);
    await toTheirs.send("hello");

    const context = openContext(t);
    const { questions } = handle(context, ok("joe", given));
    const ours = open(t, Dealer, { context, zapDomain: "test" });
    const toOurs = open(t, Dealer);
    await married(t, ours, toOurs, "tcp");
    await toOurs.send("hello");

    const properties = await theirs.receiveProperties(...NAMES);
    assert.equal(properties["User-Id"], "joe");
    assert.deepEqual({ ...messageProperties(await soon(ours.receive())) }, properties);
    assert.deepEqual(asked.map(String), [...Object.values(questions[0]!).flat()], "and it is asked the same");
  },
);
