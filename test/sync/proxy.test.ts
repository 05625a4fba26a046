/** The blocking proxy, in a thread of its own; clients, workers and who steers it are in the test's. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Context, Dealer, Pair, Pull, Push, Reply, Request } from "zmq-ts";
import { blocking } from "../support/blocking.ts";
import { open, receiveTexts, soon, staysPending, text } from "../support/sockets.ts";
import { sharedContext } from "../support/threads.ts";

declare function attempt(run: () => unknown): string;

/** [frontend, backend, capture, control] by libzmq's numbers; those that are none are not there. */
function proxying(t: TestContext, types: (number | null)[]): { context: Context; ended: Promise<string> } {
  const { context, shared } = sharedContext(t);
  const ended = blocking(
    t,
    (zmq, { shared, types }) => {
      const context = zmq.Context.from(shared);
      const [frontend, backend, capture, control] = types.map((type, i) => {
        if (type === null) return undefined;
        const socket = context.socket(type);
        socket.bind(`inproc://${["front", "back", "capture", "control"][i]}`);
        return socket;
      });
      zmq.proxySteerable(frontend!, backend ?? frontend!, capture, control);
      context.destroy(0);
      return "ended";
    },
    { shared, types },
  );
  return { context, ended };
}

const [PAIR, REP, DEALER, ROUTER, PULL, PUSH] = [0, 4, 5, 6, 7, 8];

test("[test_proxy_steerable] a blocking proxy passes both ways, captures, pauses, resumes, counts and ends", async (t) => {
  const { context, ended } = proxying(t, [ROUTER!, DEALER!, PUSH!, PAIR!]);
  const client = open(t, Dealer, { context, routingId: "me" });
  const [service, spy] = [open(t, Reply, { context }), open(t, Pull, { context })];
  const steer = open(t, Pair, { context });
  client.connect("inproc://front");
  service.connect("inproc://back");
  spy.connect("inproc://capture");
  steer.connect("inproc://control");
  const statistics = async () => {
    await steer.send("STATISTICS");
    return (await soon(steer.receive())).map((part) => Number(part.readBigUInt64LE()));
  };

  assert.deepEqual(await statistics(), [0, 0, 0, 0, 0, 0, 0, 0]);
  for (let i = 0; i < 5; i++) {
    await client.send(["", String(i)]);
    assert.deepEqual(text(await soon(service.receive())), [String(i)]);
    await service.send(`re ${i}`);
    assert.deepEqual(text(await soon(client.receive())), ["", `re ${i}`]);
    assert.deepEqual(await receiveTexts(spy, 2), [`me||${i}`, `me||re ${i}`]);
  }
  const counted = [15, 5 * 3, 15, 5 * 6, 15, 5 * 6, 15, 5 * 3];
  assert.deepEqual(await statistics(), counted);

  await steer.send("PAUSE");
  assert.deepEqual(await statistics(), counted);
  await client.send(["", "after"]);
  const receiving = service.receive();
  assert.deepEqual(await statistics(), counted);
  await staysPending(receiving);
  await steer.sendMany(["no command", "RESUME"]);
  assert.deepEqual(text(await soon(receiving)), ["after"]);
  await steer.send("TERMINATE");

  assert.equal(await ended, "ended");
});

test("[test_proxy_steerable] a REP that controls a blocking proxy answers each command", async (t) => {
  const { context, ended } = proxying(t, [PULL!, PUSH!, null, REP!]);
  const steer = open(t, Request, { context });
  steer.connect("inproc://control");
  const [push, pull] = [open(t, Push, { context }), open(t, Pull, { context })];
  push.connect("inproc://front");
  pull.connect("inproc://back");
  const order = async (command: string | string[]) => {
    await steer.send(command);
    return soon(steer.receive());
  };

  for (const command of ["PAUSE", "RESUME", "what?", ["PAUSE", "in two parts"]])
    assert.deepEqual(text(await order(command)), [""]);
  await push.send("x");
  assert.deepEqual(await receiveTexts(pull, 1), ["x"]);
  assert.equal((await order("STATISTICS")).length, 8);
  assert.deepEqual(text(await order("TERMINATE")), [""]);

  assert.equal(await ended, "ended");
});

test("[test_proxy_single_socket] a REP as both ends of a blocking proxy sends back what it gets", async (t) => {
  const { context, ended } = proxying(t, [REP!, null, null, PAIR!]);
  const [request, steer] = [open(t, Request, { context }), open(t, Pair, { context })];
  request.connect("inproc://front");
  steer.connect("inproc://control");

  for (const message of ["msg1", "msg22"]) {
    await request.send(message);
    assert.deepEqual(await receiveTexts(request, 1), [message]);
  }

  await steer.send("TERMINATE");
  assert.equal(await ended, "ended");
});

test("[test_proxy_terminate] a blocking proxy ends although nobody takes what it has to pass on, or its copy", async (t) => {
  for (const blocked of ["backend", "capture"] as const) {
    const { context, ended } = proxying(t, [PULL!, PUSH!, PUSH!, PAIR!]);
    const [push, steer] = [open(t, Push, { context }), open(t, Pair, { context })];
    push.connect("inproc://front");
    steer.connect("inproc://control");
    const peer = open(t, Pull, { context });
    peer.connect(blocked === "backend" ? "inproc://capture" : "inproc://back");
    await push.send("x");
    await push.send("y");
    await steer.send("STATISTICS");
    const [messages] = await soon(steer.receive());
    assert.equal(messages!.readBigUInt64LE(), 0n, "nothing is read that cannot be passed on");

    await steer.send("TERMINATE");
    assert.equal(await ended, "ended", `with no room for the ${blocked}`);
    assert.equal(peer.readable, false);
  }
});

test("a blocking proxy says at once what it cannot work with", async (t) => {
  const got = await blocking(t, (zmq) => {
    const context = new zmq.Context();
    const pull = context.socket(zmq.PULL);
    const got = [
      attempt(() => zmq.proxy(pull, {} as never)),
      attempt(() => zmq.proxy(undefined as never, pull)),
      attempt(() => zmq.proxy(pull, pull, 5 as never)),
      attempt(() => zmq.proxySteerable(pull, pull, undefined, "TERMINATE" as never)),
    ];
    context.destroy();
    return got;
  });

  assert.deepEqual(got, ["TypeError", "TypeError", "TypeError", "TypeError"]);
});
