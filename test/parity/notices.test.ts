/** Hello, disconnect and hiccup messages, between our sockets and with libzmq 4.3.5 at the other end. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { type TestContext, test } from "node:test";
import * as addon from "zeromq";
import type * as Drafts from "zeromq/draft.js";
import { Context, constants, Dealer, Reply, Request, Router } from "zmq-ts";
import { Client, Peer, Server } from "zmq-ts/draft";
import { RawPeer } from "../support/raw-peer.ts";
import {
  anyEndpoint,
  connected,
  endpointToCome,
  inprocName,
  log,
  married,
  open,
  receiveTexts,
  STREAM_TRANSPORTS,
  soon,
  TRANSPORTS,
  throws,
} from "../support/sockets.ts";
import { inThread } from "../support/threads.ts";

for (const transport of TRANSPORTS) {
  test(`[ZMQ_HELLO_MSG] [test_hello_msg] a bound ROUTER's hello is the first that a DEALER receives over ${transport}`, async (t) => {
    const router = open(t, Router, { helloMessage: "H" });
    const dealer = open(t, Dealer, { routingId: "D" });
    await married(t, router, dealer, transport);
    await router.send(["D", "then this"]);

    assert.deepEqual(await receiveTexts(dealer, 2), ["H", "then this"]);
  });

  test(`[ZMQ_HELLO_MSG] [test_hello_msg] a DEALER's hello comes before what it has queued, and answers cross over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const dealer = open(t, Dealer, { routingId: "D", helloMessage: "W", reconnectInterval: 1 });
    dealer.connect(endpoint);
    await dealer.send("queued");
    const router = open(t, Router, { helloMessage: Buffer.of(0, 255) });
    await router.bind(endpoint);

    assert.deepEqual(await receiveTexts(router, 2), ["D|W", "D|queued"]);
    assert.deepEqual(await soon(dealer.receive()), [Buffer.of(0, 255)]);
  });

  test(`[ZMQ_DISCONNECT_MSG] [test_disconnect_msg] a bound ROUTER hears that a peer has closed over ${transport}`, async (t) => {
    const router = open(t, Router, { disconnectMessage: "D" });
    const dealer = open(t, Dealer, { routingId: "X", helloMessage: "H" });
    await married(t, router, dealer, transport, { mayLose: true });
    await dealer.send("last words");
    assert.deepEqual(await receiveTexts(router, 1), ["X|H"]);

    dealer.close();

    assert.deepEqual(await receiveTexts(router, 2), ["X|last words", "X|D"]);
  });

  test(`[test_disconnect_msg] a bound ROUTER hears that a peer has disconnected over ${transport}`, async (t) => {
    const router = open(t, Router, { disconnectMessage: "D" });
    const dealer = open(t, Dealer, { routingId: "X", helloMessage: "H" });
    const endpoint = await married(t, router, dealer, transport, { mayLose: true });
    assert.deepEqual(await receiveTexts(router, 1), ["X|H"]);

    dealer.disconnect(endpoint);

    assert.deepEqual(await receiveTexts(router, 1), ["X|D"]);
  });
}

for (const transport of TRANSPORTS) {
  test(`[test_hello_msg] SERVER and CLIENT greet each other, though bound late, over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const client = open(t, Client, { helloMessage: "H", reconnectInterval: 1 });
    client.connect(endpoint);
    const server = open(t, Server, { helloMessage: "W" });
    await server.bind(endpoint);

    assert.deepEqual((await soon(client.receive())).map(String), ["W"]);
    assert.equal(String((await soon(server.receive()))[0]), "H");
  });

  for (const Bound of [Server, Peer]) {
    test(`[ZMQ_DISCONNECT_MSG] [test_disconnect_msg] a ${Bound.name} hears of the end by the number of who left over ${transport}`, async (t) => {
      const server = open<Server | Peer, object>(t, Bound, { disconnectMessage: "D" });
      const client = open<Client | Peer, object>(t, Bound === Server ? Client : Peer, { helloMessage: "H" });
      const endpoint = await married(t, server, client, transport, { mayLose: true });
      const [hello, from] = await soon(server.receive());
      assert.equal(String(hello), "H");

      client.disconnect(endpoint);

      const [last, gone] = await soon(server.receive());
      assert.equal(String(last), "D");
      assert.deepEqual(gone, from);
    });
  }
}

for (const transport of STREAM_TRANSPORTS) {
  test(`[ZMQ_HICCUP_MSG] [test_hiccup_msg] a CLIENT hears that its SERVER has gone over ${transport}`, async (t) => {
    const server = open(t, Server);
    const client = open(t, Client, { helloMessage: "HELLO", hiccupMessage: "HICCUP" });
    await married(t, server, client, transport, { mayLose: true });
    assert.equal(String((await soon(server.receive()))[0]), "HELLO");

    server.close();

    assert.deepEqual((await soon(client.receive())).map(String), ["HICCUP"]);
  });

  test(`[ZMQ_HICCUP_MSG] [test_hiccup_msg] a DEALER hears that its connection was lost, and greets the one that comes back over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const server = open(t, Dealer);
    await server.bind(endpoint);
    const client = open(t, Dealer, { helloMessage: "HELLO", hiccupMessage: "HICCUP", reconnectInterval: 1 });
    client.connect(endpoint);
    assert.deepEqual(await receiveTexts(server, 1), ["HELLO"]);
    await server.send("before");
    const gone = log(server).next("end");

    server.close();

    assert.deepEqual(await receiveTexts(client, 2), ["before", "HICCUP"]);
    await gone;
    const next = open(t, Dealer);
    await next.bind(endpoint);
    assert.deepEqual(await receiveTexts(next, 1), ["HELLO"]);
  });
}

test("hello and disconnect messages pass between threads", async (t) => {
  const context = new Context();
  const router = open(t, Router, { context, helloMessage: "H", disconnectMessage: "D" });
  await router.bind(inprocName());
  const thread = inThread(
    t,
    context.share(),
    async ({ Dealer }, context, endpoint: string) => {
      const dealer = new Dealer({ context, routingId: "X", helloMessage: "W" });
      dealer.connect(endpoint);
      const [hello] = await dealer.receive();
      await dealer.send("last words");
      dealer.close();
      return String(hello);
    },
    router.lastEndpoint!,
  );

  assert.equal(await soon(thread.result), "H");
  assert.deepEqual(await receiveTexts(router, 3), ["X|W", "X|last words", "X|D"]);
});

test("a socket that connected has no disconnect message, one that bound no hiccup message", async (t) => {
  const endpoint = await endpointToCome(t, "tcp");
  const router = open(t, Router, { disconnectMessage: "D", reconnectInterval: -1 });
  const dealer = open(t, Dealer, { hiccupMessage: "H" });
  await dealer.bind(endpoint);
  await connected(dealer, router, endpoint);
  router.disconnect(endpoint);
  await log(dealer).next("disconnect");

  assert.equal(dealer.tryReceive(), undefined);
  await connected(dealer, router, endpoint);
  dealer.close();
  await log(router).next("disconnect");
  assert.equal(router.tryReceive(), undefined);
});

test("a peer that fails the handshake leaves no disconnect message", async (t) => {
  const router = open(t, Router, { disconnectMessage: "D" });
  await router.bind("tcp://127.0.0.1:*");
  const gone = log(router).next("disconnect");
  const peer = await RawPeer.connect(t, router.lastEndpoint!);
  peer.write(Buffer.from("ff00000000000000017f03", "hex"));
  peer.end();
  await gone;

  assert.equal(router.tryReceive(), undefined);
});

test("hello of a REP goes to a DEALER", async (t) => {
  const reply = open(t, Reply, { helloMessage: "H" });
  const dealer = open(t, Dealer);
  await married(t, reply, dealer, "tcp");

  assert.deepEqual(await receiveTexts(dealer, 1), ["H"]);
});

test("what was received for an option's message may be changed", async (t) => {
  const router = open(t, Router, { disconnectMessage: Buffer.from("D") });
  for (let i = 0; i < 2; i++) {
    const dealer = open(t, Dealer, { helloMessage: "H" });
    await router.bind(inprocName());
    dealer.connect(router.lastEndpoint!);
    await receiveTexts(router, 1);
    dealer.close();
    const [, body] = await soon(router.receive());
    assert.equal(String(body), "D");
    body!.fill(0);
  }
});

test("hello, disconnect and hiccup messages are options of the types that have them", (t) => {
  const request = open(t, Request);
  for (const name of ["helloMessage", "disconnectMessage", "hiccupMessage"])
    assert.equal(name in request, false);
  const router = open(t, Router, { disconnectMessage: Buffer.of(1, 2) });
  assert.deepEqual(router.disconnectMessage, Buffer.of(1, 2));
  router.disconnectMessage = "text";
  assert.equal(router.disconnectMessage, "text");
  router.disconnectMessage = "";
  assert.equal(router.disconnectMessage, null);
  assert.throws(() => router.setOption(constants.ZMQ_DISCONNECT_MSG, 5), TypeError);
  throws(() => router.setOption(9999, 5), "EINVAL");
});

const noDrafts = addon.capability.draft
  ? false
  : "NOT TESTED: this build of the zeromq package has no draft sockets";
/** Loaded when a test runs: it warns that these are drafts. */
const draft = () => createRequire(import.meta.url)("zeromq/draft.js") as typeof Drafts;

/** The draft options of the addon's libzmq have no names there, but their numbers work. */
interface ByNumber {
  setStringOption(option: number, value: string): void;
}

function openTheirs<S extends addon.Socket>(t: TestContext, socket: S, options: Record<number, string>): S {
  socket.linger = 0;
  t.after(() => socket.close());
  for (const [option, value] of Object.entries(options))
    (socket as unknown as ByNumber).setStringOption(Number(option), value);
  return socket;
}

for (const transport of STREAM_TRANSPORTS) {
  test(`libzmq hears our hello, we hear libzmq's, over ${transport}`, async (t) => {
    const theirs = openTheirs(t, new addon.Router(), { [constants.ZMQ_HELLO_MSG]: "theirs" });
    await theirs.bind(anyEndpoint(transport));
    const ours = open(t, Dealer, { routingId: "us", helloMessage: "ours" });
    ours.connect(theirs.lastEndpoint!);

    assert.deepEqual((await soon(theirs.receive())).map(String), ["us", "ours"]);
    assert.deepEqual(await receiveTexts(ours, 1), ["theirs"]);
  });

  test(`[ZMQ_DISCONNECT_MSG] we hear that libzmq's DEALER has closed, after what it said, over ${transport}`, async (t) => {
    const ours = open(t, Router, { disconnectMessage: "left us" });
    await ours.bind(anyEndpoint(transport));
    const theirs = new addon.Dealer({ routingId: "them", linger: -1 });
    theirs.connect(ours.lastEndpoint!);
    await theirs.send("last words");

    theirs.close();

    assert.deepEqual(await receiveTexts(ours, 2), ["them|last words", "them|left us"]);
  });

  for (const how of ["closed", "disconnected"] as const) {
    test(`[ZMQ_DISCONNECT_MSG] libzmq's ROUTER hears that our DEALER has ${how}, after what it said, over ${transport}`, async (t) => {
      const theirs = openTheirs(t, new addon.Router(), { [constants.ZMQ_DISCONNECT_MSG]: "left them" });
      await theirs.bind(anyEndpoint(transport));
      const ours = open(t, Dealer, { routingId: "us", helloMessage: "H" });
      ours.connect(theirs.lastEndpoint!);
      await ours.send("last words");
      const words = [await soon(theirs.receive()), await soon(theirs.receive())];

      if (how === "closed") ours.close();
      else ours.disconnect(theirs.lastEndpoint!);

      words.push(await soon(theirs.receive()));
      assert.deepEqual(
        words.map((parts) => parts.map(String).join("|")),
        ["us|H", "us|last words", "us|left them"],
      );
    });
  }

  test(`[ZMQ_HICCUP_MSG] libzmq's DEALER hears that our ROUTER has gone over ${transport}`, async (t) => {
    const ours = open(t, Router);
    await ours.bind(anyEndpoint(transport));
    const theirs = openTheirs(t, new addon.Dealer({ routingId: "them", reconnectInterval: 60_000 }), {
      [constants.ZMQ_HICCUP_MSG]: "hiccup",
      [constants.ZMQ_HELLO_MSG]: "hello",
    });
    theirs.connect(ours.lastEndpoint!);
    assert.deepEqual(await receiveTexts(ours, 1), ["them|hello"]);

    await ours.unbind(ours.lastEndpoint!);

    assert.deepEqual((await soon(theirs.receive())).map(String), ["hiccup"]);
  });

  test(`[ZMQ_HICCUP_MSG] our DEALER hears that libzmq's ROUTER has gone, and greets the one that comes back, over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const theirs = openTheirs(t, new addon.Router(), {});
    await theirs.bind(endpoint);
    const ours = open(t, Dealer, {
      routingId: "us",
      helloMessage: "hello",
      hiccupMessage: "hiccup",
      reconnectInterval: 1,
    });
    ours.connect(endpoint);
    assert.deepEqual((await soon(theirs.receive())).map(String), ["us", "hello"]);
    // Its listener is gone before its connection, so that the endpoint is free for the next.
    const released = new Promise((resolve) => theirs.events.on("close", resolve));
    await theirs.unbind(endpoint);
    await soon(released, "the listener's end");

    theirs.close();

    assert.deepEqual(await receiveTexts(ours, 1), ["hiccup"]);
    const back = openTheirs(t, new addon.Router(), {});
    await back.bind(endpoint);
    assert.deepEqual((await soon(back.receive())).map(String), ["us", "hello"]);
    assert.equal(ours.tryReceive(), undefined);
  });
}

for (const transport of STREAM_TRANSPORTS) {
  test(`[test_hello_msg] [test_disconnect_msg] our SERVER and libzmq's CLIENT greet each other, and ours hears of the end, over ${transport}`, {
    skip: noDrafts,
  }, async (t) => {
    const ours = open(t, Server, { helloMessage: "ours", disconnectMessage: "left us" });
    await ours.bind(anyEndpoint(transport));
    const theirs = openTheirs(t, new (draft().Client)(), { [constants.ZMQ_HELLO_MSG]: "theirs" });
    theirs.connect(ours.lastEndpoint!);
    const [hello, from] = await soon(ours.receive());
    assert.equal(String(hello), "theirs");
    assert.equal(String((await soon(theirs.receive()))[0]), "ours");

    theirs.close();

    const [last, gone] = await soon(ours.receive());
    assert.equal(String(last), "left us");
    assert.deepEqual(gone, from);
  });

  test(`[test_hello_msg] [test_disconnect_msg] libzmq's SERVER hears of our CLIENT's end over ${transport}`, {
    skip: noDrafts,
  }, async (t) => {
    const theirs = openTheirs(t, new (draft().Server)(), { [constants.ZMQ_DISCONNECT_MSG]: "left them" });
    await theirs.bind(anyEndpoint(transport));
    const ours = open(t, Client, { helloMessage: "ours" });
    ours.connect(theirs.lastEndpoint!);
    const [hello, from] = await soon(theirs.receive());
    assert.equal(String(hello), "ours");

    ours.close();

    const [last, gone] = await soon(theirs.receive());
    assert.equal(String(last), "left them");
    assert.deepEqual(gone, from);
  });

  test(`[test_hiccup_msg] libzmq's CLIENT hears that our SERVER has gone over ${transport}`, {
    skip: noDrafts,
  }, async (t) => {
    const ours = open(t, Server);
    await ours.bind(anyEndpoint(transport));
    const theirs = openTheirs(t, new (draft().Client)({ reconnectInterval: 60_000 }), {
      [constants.ZMQ_HELLO_MSG]: "HELLO",
      [constants.ZMQ_HICCUP_MSG]: "HICCUP",
    });
    theirs.connect(ours.lastEndpoint!);
    assert.equal(String((await soon(ours.receive()))[0]), "HELLO");

    ours.close();

    assert.equal(String((await soon(theirs.receive()))[0]), "HICCUP");
  });

  test(`[test_hiccup_msg] our CLIENT hears that libzmq's SERVER has gone over ${transport}`, {
    skip: noDrafts,
  }, async (t) => {
    const theirs = openTheirs(t, new (draft().Server)(), {});
    await theirs.bind(anyEndpoint(transport));
    const ours = open(t, Client, { helloMessage: "HELLO", hiccupMessage: "HICCUP" });
    ours.connect(theirs.lastEndpoint!);
    assert.equal(String((await soon(theirs.receive()))[0]), "HELLO");

    theirs.close();

    assert.deepEqual((await soon(ours.receive())).map(String), ["HICCUP"]);
  });
}
