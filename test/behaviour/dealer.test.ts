/** DEALER: 28/REQREP "The DEALER Socket Type". */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Dealer, Reply, Router } from "zmq-ts";
import {
  anyEndpoint,
  assertInTurn,
  log,
  married,
  open,
  receiveTexts,
  soon,
  staysPending,
  TRANSPORTS,
  text,
  until,
} from "../support/sockets.ts";

for (const transport of TRANSPORTS) {
  test(`[test_spec_dealer] DEALER gives its messages to its peers in turn over ${transport}`, async (t) => {
    const dealer = open(t, Dealer);
    const peers = [open(t, Dealer), open(t, Dealer), open(t, Dealer)];
    for (const peer of peers) await married(t, peer, dealer, transport);

    for (let i = 0; i < 6; i++) await dealer.send(["part", String(i)]);

    for (const [i, peer] of peers.entries())
      assert.deepEqual(await receiveTexts(peer, 2), [`part|${i}`, `part|${i + 3}`]);
  });

  test(`[test_spec_dealer] DEALER takes one message of each peer in turn over ${transport}`, async (t) => {
    const dealer = open(t, Dealer);
    const peers = { a: open(t, Dealer), b: open(t, Dealer), c: open(t, Dealer) };
    await married(t, dealer, Object.values(peers), transport);
    for (const [name, peer] of Object.entries(peers))
      for (let i = 0; i < 50; i++) await peer.send([name, String(i)]);
    await until(() => dealer.stats().receiveQueue === 150, "all messages have arrived");

    const messages = await receiveTexts(dealer, 150);

    assertInTurn(messages, ["a|", "b|", "c|"]);
  });

  test(`[test_spec_dealer] DEALER waits while it has no peer over ${transport}`, async (t) => {
    const dealer = open(t, Dealer);
    await dealer.bind(anyEndpoint(transport));
    const waiting = dealer.send("waits");
    await staysPending(waiting);

    const peer = open(t, Dealer);
    peer.connect(dealer.lastEndpoint!);

    await soon(waiting);
    assert.deepEqual(await receiveTexts(peer, 1), ["waits"]);
  });

  test(`DEALER asks many things of a REP at once over ${transport}`, async (t) => {
    const reply = open(t, Reply);
    const dealer = open(t, Dealer);
    await married(t, reply, dealer, transport);
    for (let i = 0; i < 5; i++) await dealer.send(["", `q${i}`]);

    for (let i = 0; i < 5; i++) {
      const [question] = text(await soon(reply.receive()));
      await reply.send(`a${question}`);
    }

    assert.deepEqual(await receiveTexts(dealer, 5), ["|aq0", "|aq1", "|aq2", "|aq3", "|aq4"]);
  });
}

test("a second connect of DEALER to the same endpoint does nothing", async (t) => {
  const router = open(t, Router);
  const dealer = open(t, Dealer);
  const endpoint = await married(t, router, dealer, "tcp");

  dealer.connect(endpoint);
  await dealer.send("1");
  await dealer.send("2");

  const [first, second] = [await soon(router.receive()), await soon(router.receive())];
  assert.deepEqual(first[0], second[0]);
  assert.equal(log(router).count("accept"), 1);
});
