/** ws:// and wss:// with JSZMQ, and what is particular to ws:// with libzmq; its messages are in the other files. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import type { Server } from "node:tls";
import { Dealer, Pair, Publisher, Pull, Push, Reply, Request, Router, Subscriber } from "zmq-ts";
import { ADDON } from "../support/interop-ends.ts";
import { assertMessage } from "../support/interop-messages.ts";
import { PythonPeer } from "../support/python.ts";
import { log, open, receiveTexts, soon, turns } from "../support/sockets.ts";
import { CERTIFICATE, KEY, TRUST } from "../support/tls.ts";

interface JszmqSocket {
  connect(address: string): void;
  bind(address: string, server?: object): void;
  subscribe(topic: string): void;
  send(message: string | (string | Buffer)[]): void;
  on(event: "message", listener: (...frames: Buffer[]) => void): void;
  close(): void;
}

const python = await PythonPeer.start();
const jszmq = createRequire(import.meta.url)("jszmq") as { socket(type: string): JszmqSocket };
// JSZMQ has no option for whom to trust; the certificate of these tests is signed by nobody that Node.js knows.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
process.removeAllListeners("warning");

/** A socket of JSZMQ, its messages to be received one by one. */
function theirs(t: TestContext, type: string): JszmqSocket & { receive(): Promise<string[]> } {
  const socket = jszmq.socket(type);
  t.after(() => socket.close());
  const messages: string[][] = [];
  let wake = (): void => {};
  socket.on("message", (...frames) => {
    messages.push(frames.map(String));
    wake();
  });
  const receive = async (): Promise<string[]> => {
    while (messages.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return messages.shift()!;
  };
  return Object.assign(socket, { receive: () => soon(receive(), "a message at JSZMQ") });
}

for (const secure of [false, true]) {
  const scheme = secure ? "wss" : "ws";
  const trust = { wssTrustPem: TRUST };
  const identity = secure ? { wssKeyPem: KEY, wssCertPem: CERTIFICATE } : {};

  /** Where JSZMQ can bind: it wants a server or a port of ours. */
  const place = async (t: TestContext): Promise<{ server: Server; endpoint: string }> => {
    const server = (secure ? createSecureServer({ key: KEY, cert: CERTIFICATE }) : createServer()) as Server;
    t.after(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { server, endpoint: `${scheme}://localhost:${(server.address() as AddressInfo).port}/zmq` };
  };

  test(`our REP answers REQs of JSZMQ over ${scheme}`, async (t) => {
    const reply = open(t, Reply, identity);
    await reply.bind(`${scheme}://127.0.0.1:*/zmq`);
    const requests = [theirs(t, "req"), theirs(t, "req")];
    for (const request of requests) request.connect(reply.lastEndpoint!);

    for (const [i, request] of requests.entries()) request.send([`question ${i}`, "", "x".repeat(70_000)]);
    for (const _ of requests) {
      const [question] = await soon(reply.receive());
      await reply.send(["re", question!]);
    }

    for (const [i, request] of requests.entries())
      assert.deepEqual(await request.receive(), ["re", `question ${i}`]);
  });

  test(`our REQs ask a REP of JSZMQ over ${scheme}`, async (t) => {
    const { server, endpoint } = await place(t);
    const reply = theirs(t, "rep");
    reply.bind(endpoint, server);
    const requests = [open(t, Request, trust), open(t, Request, trust)];
    for (const request of requests) request.connect(endpoint);

    for (const [i, request] of requests.entries())
      await request.send([`question ${i}`, "", "x".repeat(70_000)]);
    for (const _ of requests) {
      const [question] = await reply.receive();
      reply.send(["re", question!]);
    }

    for (const [i, request] of requests.entries())
      assert.deepEqual(await receiveTexts(request, 1), [`re|question ${i}`]);
  });

  test(`our PUB feeds a SUB of JSZMQ over ${scheme}`, async (t) => {
    const feed = open(t, Publisher, identity);
    await feed.bind(`${scheme}://127.0.0.1:*`);
    const reader = theirs(t, "sub");
    reader.subscribe("a");
    reader.connect(feed.lastEndpoint!);
    const first = reader.receive();
    let heard = false;
    void first.then(() => (heard = true));

    while (!heard) {
      await feed.send(["b", "unheard"]);
      await feed.send(["a", "heard"]);
      await turns(2);
    }

    assert.deepEqual(await first, ["a", "heard"]);
  });

  test(`our SUB reads from a PUB of JSZMQ over ${scheme}`, async (t) => {
    const { server, endpoint } = await place(t);
    const feed = theirs(t, "pub");
    feed.bind(endpoint, server);
    const reader = open(t, Subscriber, trust);
    reader.subscribe("a");
    reader.connect(endpoint);

    while (!reader.readable) {
      feed.send(["b", "unheard"]);
      feed.send(["a", "heard"]);
      await turns(2);
    }

    assert.deepEqual(await receiveTexts(reader, 1), ["a|heard"]);
  });

  test(`our PUSH and PULL, DEALER and ROUTER talk to JSZMQ's over ${scheme}`, async (t) => {
    const [pull, router] = [open(t, Pull, identity), open(t, Router, identity)];
    await pull.bind(`${scheme}://127.0.0.1:*`);
    await router.bind(`${scheme}://127.0.0.1:*`);
    const [push, dealer] = [theirs(t, "push"), theirs(t, "dealer")];
    push.connect(pull.lastEndpoint!);
    dealer.connect(router.lastEndpoint!);

    push.send(["a", "b"]);
    dealer.send("ready");

    assert.deepEqual(await receiveTexts(pull, 1), ["a|b"]);
    const [id] = await soon(router.receive());
    await router.send([id!, "a task"]);
    assert.deepEqual(await dealer.receive(), ["a task"]);

    const { server, endpoint } = await place(t);
    const there = theirs(t, "pull");
    there.bind(endpoint, server);
    const here = open(t, Push, trust);
    here.connect(endpoint);
    await here.send(["to", "you"]);
    assert.deepEqual(await there.receive(), ["to", "you"]);
  });

  test(`our DEALER and PAIR connect to JSZMQ's ROUTER and PAIR over ${scheme}`, async (t) => {
    const { server, endpoint } = await place(t);
    const [theirRouter, theirPair] = [theirs(t, "router"), theirs(t, "pair")];
    theirRouter.bind(`${endpoint}/router`, server);
    theirPair.bind(`${endpoint}/pair`, server);
    const [dealer, pair] = [open(t, Dealer, trust), open(t, Pair, trust)];
    dealer.connect(`${endpoint}/router`);
    pair.connect(`${endpoint}/pair`);

    await dealer.send(["ready", ""]);
    await pair.send("one way");

    const [id, ...ready] = await theirRouter.receive();
    assert.deepEqual(ready, ["ready", ""]);
    theirRouter.send([Buffer.from(id!), "a task"]);
    assert.deepEqual(await receiveTexts(dealer, 1), ["a task"]);
    assert.deepEqual(await theirPair.receive(), ["one way"]);
    theirPair.send("and back");
    assert.deepEqual(await receiveTexts(pair, 1), ["and back"]);
  });
}

const beats = { heartbeatInterval: 50, heartbeatTimeout: 500 };

for (const library of [python, ADDON]) {
  const skip = library.missing ?? false;

  /** Two DEALERs, and a third of ours that nobody answers: it is thrown out after the time that the other must survive. */
  const clock = async (t: TestContext): Promise<void> => {
    const server = createServer();
    server.on("upgrade", () => {});
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const waiting = open(t, Dealer, { handshakeInterval: 1200, reconnectInterval: -1 });
    const closed = log(waiting).next("close");
    waiting.connect(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await closed;
  };

  test(`[test_ws_transport] we answer the WebSocket pings of libzmq (${library.name})`, {
    skip,
  }, async (t) => {
    const their = await library.open("DEALER", beats);
    t.after(() => their.close());
    const our = open(t, Dealer);
    const endpoint = await their.bind("ws://127.0.0.1:*");
    our.connect(endpoint);
    await our.send("hello");
    assertMessage(await their.receive(), ["hello"]);

    await clock(t);
    await our.send("still here");

    assertMessage(await their.receive(), ["still here"]);
    assert.equal(log(our).count("disconnect"), 0);
  });

  for (const weBind of [true, false]) {
    test(`[test_ws_transport] libzmq answers our WebSocket pings (${library.name}): ${weBind ? "we bind" : "they bind"}`, {
      skip,
    }, async (t) => {
      const our = open(t, Dealer, beats);
      const their = await library.open("DEALER");
      t.after(() => their.close());
      if (weBind) {
        await our.bind("ws://127.0.0.1:*");
        await their.connect(our.lastEndpoint!);
      } else our.connect(await their.bind("ws://127.0.0.1:*"));
      const events = log(our);
      await their.send(["hello"]);
      assert.deepEqual(await receiveTexts(our, 1), ["hello"]);

      await clock(t);
      await their.send(["still here"]);

      assert.deepEqual(await receiveTexts(our, 1), ["still here"]);
      assert.equal(events.count("disconnect"), 0);
    });
  }

  test(`a path is taken by libzmq and by us (${library.name}) [test_ws_transport]`, { skip }, async (t) => {
    const [their, our] = [await library.open("PULL"), open(t, Pull)];
    t.after(() => their.close());
    const [theirPush, ourPush] = [await library.open("PUSH"), open(t, Push)];
    t.after(() => theirPush.close());
    await our.bind("ws://127.0.0.1:*/roads");

    ourPush.connect(await their.bind("ws://127.0.0.1:*/roads"));
    await theirPush.connect(our.lastEndpoint!);
    await ourPush.send("to them");
    await theirPush.send(["to us"]);

    assertMessage(await their.receive(), ["to them"]);
    assert.deepEqual(await receiveTexts(our, 1), ["to us"]);
  });
}
