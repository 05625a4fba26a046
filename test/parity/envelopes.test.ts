/** What libzmq's programs say of REQ, REP, ROUTER and STREAM beyond `patterns.test.ts`: turns, envelopes, raw bytes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Context, Dealer, messageProperty, Pair, Push, Reply, Request, Router, Stream } from "zmq-ts";
import {
  endpointToCome,
  inprocName,
  married,
  open,
  receiveTexts,
  rejects,
  STREAM_TRANSPORTS,
  soon,
  TRANSPORTS,
  text,
  throws,
  until,
} from "../support/sockets.ts";
import { handle, metadata, ok, openContext } from "../support/zap.ts";

for (const transport of TRANSPORTS) {
  test(`[test_spec_rep] REP hears each of its askers once before any is heard again over ${transport}`, async (t) => {
    const reply = open(t, Reply);
    const askers = ["A", "B", "C", "D", "E"].map((routingId) => open(t, Request, { routingId }));
    await married(t, reply, askers, transport);

    for (let round = 0; round < 2; round++) {
      for (const asker of askers) await asker.send(asker.routingId!);
      const heard: string[] = [];
      for (const _ of askers) {
        heard.push(...(await receiveTexts(reply, 1)));
        await reply.send(`to ${heard.at(-1)}`);
      }
      for (const asker of askers) assert.deepEqual(await receiveTexts(asker, 1), [`to ${asker.routingId}`]);
      assert.deepEqual(heard.sort(), ["A", "B", "C", "D", "E"]);
    }
  });

  test(`[test_spec_rep] an envelope of many parts, with empty ones behind its end, comes back as it was over ${transport}`, async (t) => {
    const reply = open(t, Reply);
    const dealer = open(t, Dealer);
    await married(t, reply, dealer, transport);
    await dealer.send(["X", "Y", "", "A", "", "B"]);

    assert.deepEqual(await receiveTexts(reply, 1), ["A||B"]);
    await reply.send(["", "C"]);

    assert.deepEqual(await receiveTexts(dealer, 1), ["X|Y|||C"]);
  });

  test(`[test_spec_req] [test_spec_dealer] with nobody to send to a send is EAGAIN at once, and after sendTimeout, over ${transport}`, async (t) => {
    for (const Type of [Request, Dealer, Push, Pair]) {
      const socket = open<Request | Dealer | Push | Pair, object>(t, Type, { sendTimeout: 1 });
      await socket.bind(transport === "inproc" ? inprocName() : await endpointToCome(t, transport));

      assert.equal(socket.trySend(""), false);
      await rejects(socket.send(""), "EAGAIN");
    }
  });
}

for (const transport of [...STREAM_TRANSPORTS, "inproc"] as const) {
  test(`[test_req_relaxed] of requests that piled up before anybody was there only the last has its answer heard over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const request = open(t, Request, { relaxed: true, correlate: true, reconnectInterval: 1 });
    request.connect(endpoint);
    await request.send("given up");
    await request.send("meant");
    const router = open(t, Router);
    await router.bind(endpoint);

    for (let i = 0; i < 2; i++) await router.send(await soon(router.receive()));

    assert.deepEqual(await receiveTexts(request, 1), ["meant"]);
    assert.equal(request.readable, false);
  });
}

test("[test_inproc_connect] a DEALER that connects before its ROUTER binds is known by an id, its own or a made one", async (t) => {
  for (const routingId of ["", "mine"]) {
    const endpoint = inprocName();
    const dealer = open(t, Dealer, routingId === "" ? {} : { routingId });
    dealer.connect(endpoint);
    const router = open(t, Router);
    await router.bind(endpoint);
    await dealer.send(["A", "B"]);

    const [id, ...body] = await soon(router.receive());

    assert.deepEqual(text(body), ["A", "B"]);
    if (routingId === "") assert.deepEqual([id!.length, id![0]], [5, 0]);
    else assert.equal(String(id), "mine");
    await router.send([id!, "back"]);
    assert.deepEqual(await receiveTexts(dealer, 1), ["back"]);
  }
});

test("[test_inproc_connect] a socket that waits for a name may close, or see its context end", async () => {
  const context = new Context();
  const [closes, sees] = [new Pair({ context }), new Pair({ context })];
  for (const socket of [closes, sees]) socket.connect(inprocName());
  closes.close();

  context.shutdown();

  throws(() => sees.trySend("x"), "ETERM");
  sees.close();
  await soon(context.terminate());
});

test("[test_metadata] what a ROUTER has looked for before it received keeps its properties", async (t) => {
  const context = openContext(t);
  handle(context, ok("anonymous", metadata({ Hello: "World" })));
  const router = open(t, Router, { context, zapDomain: "DOMAIN" });
  const dealer = open(t, Dealer, { context });
  await married(t, router, dealer, "tcp");
  await dealer.send("with properties");
  await until(() => router.readable, "the message is there");

  const received = await soon(router.receive());

  for (const part of [received, received.slice(1)])
    assert.deepEqual(
      ["User-Id", "Hello", "Socket-Type"].map((name) => messageProperty(part, name)),
      ["anonymous", "World", "DEALER"],
    );
});

test("[test_stream] a STREAM that speaks ZMTP by hand talks to a DEALER", async (t) => {
  const stream = open(t, Stream, { linger: 0 });
  const dealer = open(t, Dealer, { linger: 0 });
  await stream.bind("tcp://127.0.0.1:*");
  dealer.connect(stream.lastEndpoint!);
  await dealer.send("Hello");
  const coming = await soon(stream.receive());
  assert.equal(coming[1].length, 0);
  assert.equal(messageProperty(coming, "Peer-Address"), "127.0.0.1");
  const id = coming[0];
  let bytes = Buffer.alloc(0);
  const next = async (count: number): Promise<string> => {
    while (bytes.length < count) {
      const [from, chunk] = await soon(stream.receive());
      assert.deepEqual(from, id);
      bytes = Buffer.concat([bytes, chunk]);
    }
    const taken = bytes.subarray(0, count).toString("hex");
    bytes = bytes.subarray(count);
    return taken;
  };
  assert.equal(await next(10), "ff00000000000000017f");
  const greeting = Buffer.from(`ff00000000000000017f0301${Buffer.from("NULL").toString("hex")}`, "hex");
  await stream.send([id, Buffer.concat([greeting, Buffer.alloc(64 - greeting.length)])]);

  // The rest of its greeting, and a READY with its type and an empty identity.
  assert.match(await next(54), /^03014e554c4c0{96}$/);
  const [flags, length] = Buffer.from(await next(2), "hex");
  assert.equal(flags, 4);
  const ready = Buffer.from(await next(length!), "hex").toString("latin1");
  assert.equal(ready, "\x05READY\x0bSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\0");
  const answer = `\x04\x29${ready.replace("DEALER", "ROUTER")}`;
  await stream.send([id, Buffer.from(answer, "latin1")]);
  assert.equal(await next(7), `0005${Buffer.from("Hello").toString("hex")}`);
  await stream.send([id, Buffer.from("\x01\x05World\0\x02, ", "latin1")]);
  await stream.send([id, Buffer.from("\0\x0bas of today", "latin1")]);

  assert.deepEqual(await receiveTexts(dealer, 2), ["World|, ", "as of today"]);
});
