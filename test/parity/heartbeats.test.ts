/** Heartbeats between all kinds of sockets, in the clear and sealed, with a relay that sees what passes. */
import assert from "node:assert/strict";
import { type AddressInfo, connect, createServer } from "node:net";
import { type TestContext, test } from "node:test";
import {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  type Socket,
  Subscriber,
  XPublisher,
} from "zmq-ts";
import { Client, Gather, Scatter, Server } from "zmq-ts/draft";
import { CLIENT_OPTIONS, SERVER_OPTIONS } from "../support/curve.ts";
import { log, open, throws, until } from "../support/sockets.ts";

type Type = new (options?: object) => Socket;

const PAIRS = [
  [Dealer, Router],
  [Request, Reply],
  [Pull, Push],
  [Subscriber, Publisher],
  [Subscriber, XPublisher],
  [Pair, Pair],
  [Gather, Scatter],
  [Client, Server],
] as unknown as [client: Type, server: Type][];

interface Relay {
  endpoint: string;
  /** Pieces that came from the server so far. */
  answers: number;
}

/** Passes the bytes of one connection on to a bound socket, and counts what comes back. */
async function relayTo(t: TestContext, endpoint: string): Promise<Relay> {
  const server = createServer((here) => {
    const there = connect(Number(endpoint.slice(endpoint.lastIndexOf(":") + 1)), "127.0.0.1");
    for (const socket of [here, there]) {
      socket.setNoDelay(true).on("error", () => {});
      t.after(() => socket.destroy());
    }
    there.on("data", () => relay.answers++);
    here.pipe(there).pipe(here);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => server.close());
  const relay = { endpoint: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, answers: 0 };
  return relay;
}

for (const [name, serverOptions, clientOptions] of [
  ["NULL", {}, {}],
  ["CURVE", SERVER_OPTIONS, CLIENT_OPTIONS],
] as const) {
  for (const [Connecting, Bound] of PAIRS) {
    test(`[test_heartbeats] a ${Bound.name} answers the PINGs of a ${Connecting.name}, and they stay together, with ${name}`, async (t) => {
      const server = open(t, Bound, serverOptions);
      await server.bind("tcp://127.0.0.1:*");
      const relay = await relayTo(t, server.lastEndpoint!);
      const client = open(t, Connecting, { ...clientOptions, heartbeatInterval: 5, heartbeatTimeout: 4000 });
      const shaken = [log(server).next("handshake"), log(client).next("handshake")];
      client.connect(relay.endpoint);
      await Promise.all(shaken);
      const before = relay.answers;

      // The server has nothing to say of its own: each piece from it is a PONG.
      await until(() => relay.answers >= before + 5, "five PONGs came");

      assert.equal(log(server).count("disconnect") + log(client).count("disconnect"), 0);
    });
  }
}

test("[test_heartbeats] every kind of socket drops a peer that was silent for the time to live it had asked for", async (t) => {
  const lost = PAIRS.map(async ([Connecting, Bound]) => {
    const server = open(t, Bound, {});
    await server.bind("tcp://127.0.0.1:*");
    const events = log(server);
    // The next PING would come too late for the time to live that the one before asked for.
    const client = open(t, Connecting, {
      heartbeatInterval: 300,
      heartbeatTimeToLive: 100,
      reconnectInterval: -1,
    });
    client.connect(server.lastEndpoint!);
    await events.next("handshake");

    const { error } = await events.next("disconnect");

    assert.equal(error?.code, "ETIMEDOUT", `${Bound.name}: ${error?.message}`);
  });
  await Promise.all(lost);
});

test("[test_heartbeats] heartbeat options take what libzmq takes", (t) => {
  const dealer = open(t, Dealer);
  for (const value of [0, 100, 101, 1000, 6_553_599]) {
    dealer.heartbeatTimeToLive = value;
    // PING carries tenths of a second.
    assert.equal(dealer.heartbeatTimeToLive, value - (value % 100));
  }
  throws(() => Object.assign(dealer, { heartbeatTimeToLive: 6_553_600 }), "EINVAL");
  for (const option of ["heartbeatInterval", "heartbeatTimeout"]) {
    for (const value of [0, 1, 2 ** 31 - 1])
      assert.doesNotThrow(() => Object.assign(dealer, { [option]: value }));
    throws(() => Object.assign(dealer, { [option]: -2 }), "EINVAL");
  }
});
