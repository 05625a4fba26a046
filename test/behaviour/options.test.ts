/** Options beyond their defaults: what is live, what only warns, what is refused, and access by number. */
import assert from "node:assert/strict";
import { Socket as TcpSocket } from "node:net";
import { test } from "node:test";
import { Dealer, Pull, Push, Router, Subscriber, XPublisher } from "zmq-ts";
import { inprocName, married, open, receiveTexts, throws, turns } from "../support/sockets.ts";

/** What `process.emitWarning` is given while `run` runs. */
async function warningsOf(run: () => void | Promise<void>): Promise<string[]> {
  const texts: string[] = [];
  const listener = (warning: Error) => texts.push(warning.message);
  process.on("warning", listener);
  try {
    await run();
    await turns(2);
  } finally {
    process.off("warning", listener);
  }
  return texts;
}

interface ByNumber {
  getBoolOption(option: number): boolean;
  setBoolOption(option: number, value: boolean): void;
  getInt32Option(option: number): number;
  setInt32Option(option: number, value: number): void;
  getInt64Option(option: number): number;
  setInt64Option(option: number, value: number): void;
  getUint64Option(option: number): number;
  setUint64Option(option: number, value: number): void;
  getStringOption(option: number): string | null;
  setStringOption(option: number, value: string | Buffer | null): void;
}

test("an option that comes too late for the endpoints that are there says so", async (t) => {
  const push = open(t, Push);
  const before = await warningsOf(() => {
    push.immediate = true;
  });
  push.bindSync(inprocName());

  const late = await warningsOf(() => {
    push.reconnectInterval = 5;
  });
  const live = await warningsOf(() => {
    push.linger = 5;
    push.sendTimeout = 5;
    push.sendHighWaterMark = 5;
  });

  assert.deepEqual(before, []);
  assert.deepEqual(late, ["Socket option will not take effect until next connect/bind."]);
  assert.deepEqual(live, []);
});

test("an option that this runtime cannot apply is kept and says so, once", async (t) => {
  const [one, two] = [open(t, Push), open(t, Push)];

  const warnings = await warningsOf(() => {
    one.typeOfService = 16;
    two.typeOfService = 32;
  });

  assert.equal(one.typeOfService, 16);
  assert.equal(two.typeOfService, 32);
  assert.deepEqual(
    warnings.filter((warning) => !warning.includes("typeOfService")),
    [],
  );
  // Node.js has it from 24 and 25.6 on, in their later versions.
  assert.equal(warnings.length, "setTypeOfService" in TcpSocket.prototype ? 0 : 1);
});

test("options that would open a door if they were ignored are refused", (t) => {
  const push = open(t, Push);

  for (const [option, value] of [
    ["ipcFilterUid", 1000],
    ["ipcFilterGid", 1000],
    ["ipcFilterPid", 1],
    ["interface", "eth0"],
    ["gssapiServer", true],
  ] as const) {
    throws(() => Object.assign(push, { [option]: value }), "ENOTSUP", new RegExp(option));
    assert.notEqual(Reflect.get(push, option), value);
  }
});

test("text options take text, bytes or null", (t) => {
  const dealer = open(t, Dealer);

  dealer.routingId = "text";
  assert.equal(dealer.routingId, "text");
  Object.assign(dealer, { routingId: Buffer.from("bytes") });
  assert.equal(dealer.routingId, "bytes");
  dealer.routingId = null;
  assert.equal(dealer.routingId, null);
  dealer.routingId = "x";
  dealer.routingId = "";
  assert.equal(dealer.routingId, null);
  assert.throws(() => Object.assign(dealer, { routingId: 5 }), TypeError);
});

test("the bytes of an option are copied when it is set", async (t) => {
  const router = open(t, Router);
  const id = Buffer.from("id");
  const dealer = open(t, Dealer);
  Object.assign(dealer, { routingId: id });
  id.fill("x");
  await married(t, router, dealer, "tcp");

  await dealer.send("hello");

  assert.deepEqual(await receiveTexts(router, 1), ["id|hello"]);
});

test("options are taken as they are when the connection is made", async (t) => {
  const router = open(t, Router);
  const dealer = open(t, Dealer, { routingId: "before" });
  await married(t, router, dealer, "tcp");
  dealer.routingId = "after";

  await dealer.send("hello");

  assert.deepEqual(await receiveTexts(router, 1), ["before|hello"]);
});

test("options can be reached by libzmq's numbers", (t) => {
  const push = open(t, Push);
  const numbers = push as unknown as ByNumber;

  numbers.setInt32Option(17, 123);
  assert.equal(push.linger, 123);
  assert.equal(numbers.getInt32Option(17), 123);
  numbers.setBoolOption(39, true);
  assert.equal(push.immediate, true);
  assert.equal(numbers.getBoolOption(39), true);
  numbers.setInt64Option(22, 2 ** 40);
  assert.equal(push.maxMessageSize, 2 ** 40);
  assert.equal(numbers.getInt64Option(22), 2 ** 40);
  throws(() => numbers.getInt32Option(9999), "EINVAL", /9999/);
  throws(() => numbers.setInt32Option(33, 1), "EINVAL", /PUSH/);
  assert.throws(() => numbers.getInt32Option("17" as unknown as number), TypeError);
  const router = open(t, Router) as unknown as ByNumber;
  router.setStringOption(5, Buffer.from("r"));
  assert.equal(router.getStringOption(5), "r");
});

test("topics can be subscribed to by libzmq's numbers, as programs of the zeromq package do", async (t) => {
  const publisher = open(t, XPublisher, { manual: true });
  const subscriber = open(t, Subscriber);
  await married(t, publisher, subscriber, "inproc");
  subscriber.subscribe("A");
  assert.deepEqual(await receiveTexts(publisher, 1), ["\x01A"]);

  (publisher as unknown as ByNumber).setStringOption(6, "AB");
  await publisher.send("A");
  await publisher.send("AB");

  assert.deepEqual(await receiveTexts(subscriber, 1), ["AB"]);
});

test("a SUB takes its subscriptions by number as well", async (t) => {
  const publisher = open(t, XPublisher);
  const subscriber = open(t, Subscriber);
  await married(t, publisher, subscriber, "inproc");

  (subscriber as unknown as ByNumber).setStringOption(6, "A");
  (subscriber as unknown as ByNumber).setStringOption(7, Buffer.from("A"));

  assert.deepEqual(await receiveTexts(publisher, 2), ["\x01A", "\x00A"]);
});

test("an unknown option by number leaves the socket as it was", (t) => {
  const pull = open(t, Pull);

  throws(() => (pull as unknown as ByNumber).setInt32Option(-1, 1), "EINVAL");

  assert.equal(pull.linger, -1);
});
