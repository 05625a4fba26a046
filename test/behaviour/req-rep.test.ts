/** REQ and REP: 28/REQREP. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Dealer, Reply, Request, Router } from "zmq-ts";
import { command, frame, MORE, message, RawPeer, RawServer } from "../support/raw-peer.ts";
import {
  anyEndpoint,
  log,
  married,
  open,
  receiveTexts,
  rejects,
  soon,
  staysPending,
  TRANSPORTS,
  text,
} from "../support/sockets.ts";

for (const transport of TRANSPORTS) {
  test(`[test_reqrep_inproc] [test_reqrep_ipc] [test_reqrep_tcp] REQ asks and REP answers, many times and with many parts, over ${transport}`, async (t) => {
    const reply = open(t, Reply);
    const request = open(t, Request);
    await married(t, reply, request, transport);

    for (let i = 0; i < 20; i++) {
      await request.send([`question ${i}`, "", "more"]);
      assert.deepEqual(text(await soon(reply.receive())), [`question ${i}`, "", "more"]);
      await reply.send(["", `answer ${i}`]);
      assert.deepEqual(text(await soon(request.receive())), ["", `answer ${i}`]);
    }
  });

  test(`REQ and REP insist on taking turns over ${transport}`, async (t) => {
    const reply = open(t, Reply);
    const request = open(t, Request);
    await married(t, reply, request, transport);

    await rejects(request.receive(), "EFSM", /asked nothing: send a request first, or use a DEALER/);
    await rejects(reply.send("early"), "EFSM", /no request to answer: receive one first, or use a ROUTER/);
    assert.throws(() => request.tryReceive(), { code: "EFSM" });
    assert.throws(() => reply.trySend("early"), { code: "EFSM" });
    await request.send("one");
    await rejects(
      request.send("two"),
      "EFSM",
      /awaits a reply: receive it first, set relaxed to give it up, or use a DEALER/,
    );
    assert.equal(request.writable, false);
    await soon(reply.receive());
    await rejects(reply.receive(), "EFSM", /owes a reply: send it first, or use a ROUTER/);
    assert.equal(reply.writable, true);
    await reply.send("answer");
    await rejects(reply.send("another"), "EFSM");
    assert.deepEqual(await receiveTexts(request, 1), ["answer"]);
  });

  test(`[test_spec_req] [test_reqrep_tcp] REQ asks its REPs in turn over ${transport}`, async (t) => {
    const request = open(t, Request);
    const replies = [open(t, Reply), open(t, Reply), open(t, Reply)];
    for (const reply of replies) await married(t, reply, request, transport);

    for (let round = 0; round < 2; round++) {
      for (const [i, reply] of replies.entries()) {
        await request.send(`to ${i}`);
        assert.deepEqual(await receiveTexts(reply, 1), [`to ${i}`]);
        await reply.send(`from ${i}`);
        assert.deepEqual(await receiveTexts(request, 1), [`from ${i}`]);
      }
    }
  });

  test(`[test_spec_rep] REP answers many REQs, each its own, over ${transport}`, async (t) => {
    const reply = open(t, Reply);
    const requests = [open(t, Request), open(t, Request), open(t, Request)];
    await married(t, reply, requests, transport);
    for (const [i, request] of requests.entries()) await request.send(`${i}`);

    for (let i = 0; i < 3; i++) {
      const [question] = await receiveTexts(reply, 1);
      await reply.send(`to ${question}`);
    }

    for (const [i, request] of requests.entries())
      assert.deepEqual(await receiveTexts(request, 1), [`to ${i}`]);
  });

  test(`[test_spec_req] REQ waits while it has no peer over ${transport}`, async (t) => {
    const request = open(t, Request);
    await request.bind(anyEndpoint(transport));
    const waiting = request.send("waits");
    await staysPending(waiting);

    const reply = open(t, Reply);
    reply.connect(request.lastEndpoint!);

    await soon(waiting);
    assert.deepEqual(await receiveTexts(reply, 1), ["waits"]);
  });

  test(`[test_reqrep_device] [test_spec_rep] envelopes pass through a ROUTER and a DEALER over ${transport}`, async (t) => {
    const router = open(t, Router);
    const dealer = open(t, Dealer);
    const request = open(t, Request, { routingId: "asker" });
    const reply = open(t, Reply);
    await married(t, router, request, transport);
    await married(t, dealer, reply, transport);

    await request.send(["a", "b"]);
    const asked = await soon(router.receive());
    assert.deepEqual(text(asked), ["asker", "", "a", "b"]);
    await dealer.send(asked);
    assert.deepEqual(await receiveTexts(reply, 1), ["a|b"]);
    await reply.send("c");
    const answered = await soon(dealer.receive());
    assert.deepEqual(text(answered), ["asker", "", "c"]);
    await router.send(answered);

    assert.deepEqual(await receiveTexts(request, 1), ["c"]);
  });

  test(`[test_spec_rep] [test_invalid_rep] REP skips requests without envelope or body and stays usable over ${transport}`, async (t) => {
    const reply = open(t, Reply);
    const dealer = open(t, Dealer);
    await married(t, reply, dealer, transport);

    await dealer.send("no delimiter");
    await dealer.send(["no", "delimiter", "either"]);
    await dealer.send("");
    await dealer.send(["id", ""]);
    await dealer.send(["outer", "inner", "", "good"]);

    assert.deepEqual(await receiveTexts(reply, 1), ["good"]);
    await reply.send("answer");
    assert.deepEqual(await receiveTexts(dealer, 1), ["outer|inner||answer"]);
  });

  test(`[test_reqrep_ipc] REP whose asker has gone drops the reply and goes on over ${transport}`, async (t) => {
    const reply = open(t, Reply);
    const [leaving, staying] = [open(t, Request), open(t, Request)];
    await married(t, reply, [leaving, staying], transport, { mayLose: true });
    await leaving.send("bye");
    await soon(reply.receive());
    const gone = transport === "inproc" ? undefined : log(reply).next("disconnect");
    leaving.close();
    await gone;

    await reply.send("to nobody");
    await staying.send("still here");

    assert.deepEqual(await receiveTexts(reply, 1), ["still here"]);
    await reply.send("good");
    assert.deepEqual(await receiveTexts(staying, 1), ["good"]);
  });

  test(`[ZMQ_REQ_CORRELATE] [test_req_correlate] REQ with correlate numbers its requests and takes the matching reply only over ${transport}`, async (t) => {
    const router = open(t, Router);
    const request = open(t, Request, { correlate: true });
    await married(t, router, request, transport);
    await request.send("q");
    const [id, number, delimiter, body] = await soon(router.receive());
    assert.equal(number!.length, 4);
    assert.equal(delimiter!.length, 0);
    assert.equal(body!.toString(), "q");

    const wrong = Buffer.from(number!);
    wrong[0]! ^= 255;
    await router.send([id!, wrong, "", "wrong number"]);
    await router.send([id!, "", "no number"]);
    await router.send([id!, number!, "", "right"]);

    assert.deepEqual(await receiveTexts(request, 1), ["right"]);
    await request.send("q2");
    const second = await soon(router.receive());
    assert.notDeepEqual(second[1], number);
  });

  test(`[ZMQ_REQ_RELAXED] [ZMQ_REQ_CORRELATE] [test_req_relaxed] REQ with relaxed and correlate may ask anew and hears only the last answer over ${transport}`, async (t) => {
    const router = open(t, Router);
    const request = open(t, Request, { correlate: true, relaxed: true });
    await married(t, router, request, transport);
    await request.send("first");
    await request.send("second");
    const [first, second] = [await soon(router.receive()), await soon(router.receive())];
    assert.equal(first[3]!.toString(), "first");

    await router.send([...first.slice(0, 3), "late"]);
    await router.send([...second.slice(0, 3), "in time"]);

    assert.deepEqual(await receiveTexts(request, 1), ["in time"]);
  });

  test(`queued requests and replies of a REQ are served in order over ${transport}`, async (t) => {
    const reply = open(t, Reply);
    const request = open(t, Request);
    await married(t, reply, request, transport);
    const server = (async () => {
      for (let i = 0; i < 5; i++) {
        const [question] = await receiveTexts(reply, 1);
        await reply.send(`re: ${question}`);
      }
    })();

    // Without awaiting one before the next: the complaint of most users of the `zeromq` package.
    const answers = Array.from({ length: 5 }, (_, i) => {
      const sent = request.send(`${i}`);
      return Promise.all([sent, request.receive()]);
    });

    const texts = (await soon(Promise.all(answers))).map(([, answer]) => text(answer)[0]);
    assert.deepEqual(texts, ["re: 0", "re: 1", "re: 2", "re: 3", "re: 4"]);
    await server;
  });
}

test("[test_spec_req] REQ sends an empty delimiter before its request", async (t) => {
  const server = await RawServer.listen(t);
  const request = open(t, Request);
  request.connect(server.endpoint);
  const peer = await server.accept();
  await peer.handshake("REP");

  await request.send(["x", "y"]);

  assert.deepEqual(await peer.readMessage(), ["", "x", "y"]);
});

test("REQ whose peer dies keeps waiting and takes the answer of the peer that comes back", async (t) => {
  const server = await RawServer.listen(t);
  const request = open(t, Request, { reconnectInterval: 5 });
  request.connect(server.endpoint);
  const first = await server.accept();
  await first.handshake("REP");
  await request.send("ping");
  await first.readMessage();
  const answer = request.receive();

  first.destroy();
  const second = await server.accept();
  await second.handshake("REP");
  await staysPending(answer);
  second.write(message("", "pong"));

  assert.deepEqual(text(await soon(answer)), ["pong"]);
});

for (const transport of TRANSPORTS) {
  test(`[test_req_relaxed] REQ with relaxed asks the next peer when the first does not answer over ${transport}`, async (t) => {
    const request = open(t, Request, { relaxed: true, correlate: true });
    const [silent, good] = [open(t, Reply), open(t, Reply)];
    await married(t, silent, request, transport);
    await married(t, good, request, transport);

    await request.send("anyone?");
    await soon(silent.receive());
    await request.send("anyone else?");
    assert.deepEqual(await receiveTexts(good, 1), ["anyone else?"]);
    await good.send("me");

    assert.deepEqual(await receiveTexts(request, 1), ["me"]);
  });
}

test("REQ ends the connection of a peer whose reply has no delimiter", async (t) => {
  const server = await RawServer.listen(t);
  const request = open(t, Request, { reconnectInterval: 5 });
  const events = log(request);
  request.connect(server.endpoint);
  const peer = await server.accept();
  await peer.handshake("REP");
  await request.send("q");
  await peer.readMessage();
  const answer = request.receive();

  peer.write(message("nonsense"));

  const lost = await events.next("disconnect");
  assert.match(lost.error!.message, /without delimiter/);
  await soon(peer.closed);
  await staysPending(answer);
  request.close();
  await rejects(answer, "EAGAIN");
});

test("REQ and REP pass over stray commands", async (t) => {
  const reply = open(t, Reply);
  await reply.bind("tcp://127.0.0.1:*");
  const peer = await RawPeer.connect(t, reply.lastEndpoint!);
  await peer.handshake("REQ");

  peer.write(frame(MORE, ""), frame(0, "question"), command("SUBSCRIBE", "topic"));

  assert.deepEqual(await receiveTexts(reply, 1), ["question"]);
  await reply.send("answer");
  assert.deepEqual(await peer.readMessage(), ["", "answer"]);
});

test("a Request that is iterated and closed ends with what was wrong", async (t) => {
  const request = open(t, Request);

  await assert.rejects(
    async () => {
      for await (const _ of request);
    },
    { code: "EFSM" },
  );
});
