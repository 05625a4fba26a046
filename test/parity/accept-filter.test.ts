/** ZMQ_TCP_ACCEPT_FILTER: who may connect. */
import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { constants, Pair, Pull, Push } from "zmq-ts";
import { ADDON } from "../support/interop-ends.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { connected, log, married, open, receiveTexts, soon, throws } from "../support/sockets.ts";

const hasIPv6 = (networkInterfaces().lo ?? []).some(({ address }) => address === "::1");

for (const bad of [
  "foo",
  "0.0.0.0foo",
  "0.0.0.0/foo",
  "0.0.0.0/",
  "0.0.0.0/-1",
  "0.0.0.0/33",
  "::1/129",
  "localhost",
  "127.0.0.1,",
]) {
  test(`[test_tcp_accept_filter] ${bad} is no filter`, (t) => {
    const pair = open(t, Pair, { tcpAcceptFilter: "10.0.0.1" });

    throws(
      () => {
        pair.tcpAcceptFilter = bad;
      },
      "EINVAL",
      /tcpAcceptFilter/,
    );

    assert.equal(pair.tcpAcceptFilter, "10.0.0.1");
  });
}

test("[ZMQ_TCP_ACCEPT_FILTER] [test_tcp_accept_filter] filters add up, and null clears them", (t) => {
  const pair = open(t, Pair);

  pair.setOption(constants.ZMQ_TCP_ACCEPT_FILTER, "127.0.0.1");
  pair.tcpAcceptFilter = "10.0.0.0/8, ::1";
  pair.tcpAcceptFilter = "127.0.0.1";
  assert.equal(pair.tcpAcceptFilter, "127.0.0.1,10.0.0.0/8,::1");
  pair.setOption(constants.ZMQ_TCP_ACCEPT_FILTER, null);
  assert.equal(pair.getOption(constants.ZMQ_TCP_ACCEPT_FILTER), null);
});

for (const filter of ["127.0.0.1/32", "127.0.0.1", "0.0.0.0/0", "10.0.0.1,127.0.0.0/8"]) {
  test(`[ZMQ_TCP_ACCEPT_FILTER] [test_tcp_accept_filter] ${filter} lets a peer on this machine in`, async (t) => {
    const bound = open(t, Pair, { tcpAcceptFilter: filter });
    const peer = open(t, Pair);
    await married(t, bound, peer, "tcp");

    await peer.send("in");

    assert.deepEqual(await receiveTexts(bound, 1), ["in"]);
  });
}

test("[test_tcp_accept_filter] a filter that was cleared before bind keeps nobody out", async (t) => {
  const bound = open(t, Pair, { tcpAcceptFilter: "127.0.0.255/32" });
  bound.tcpAcceptFilter = null;
  const peer = open(t, Pair);
  await married(t, bound, peer, "tcp");
  await peer.send("in");

  assert.deepEqual(await receiveTexts(bound, 1), ["in"]);
});

test("[ZMQ_TCP_ACCEPT_FILTER] [ZMQ_EVENT_ACCEPT_FAILED] [test_tcp_accept_filter] a peer that matches no filter is cut off before it says a word, and events tell", async (t) => {
  const bound = open(t, Pull, { tcpAcceptFilter: "127.0.0.255/32" });
  await bound.bind("tcp://127.0.0.1:*");
  const refused = log(bound).next("accept:error");
  const peer = await RawPeer.connect(t, bound.lastEndpoint!);

  const { error, address } = await refused;
  await soon(peer.closed);

  assert.equal(error.code, "EACCES");
  assert.match(error.message, /127\.0\.0\.1 .*127\.0\.0\.255\/32/);
  assert.equal(address, bound.lastEndpoint);
  assert.equal(peer.pending.length, 0);
  assert.equal(log(bound).count("accept"), 0);
});

test("a filter counts for endpoints that are bound after it, and for tcp only", async (t) => {
  const bound = open(t, Pull);
  await bound.bind("tcp://127.0.0.1:*");
  const before = bound.lastEndpoint!;
  bound.tcpAcceptFilter = "10.0.0.1";
  await bound.bind("ipc://*");

  for (const endpoint of [before, bound.lastEndpoint!]) {
    const push = open(t, Push);
    await connected(bound, push, endpoint);
    await push.send("in");
    assert.deepEqual(await receiveTexts(bound, 1), ["in"]);
  }
});

test("filters of IPv4 hold on a listener for both kinds of addresses", {
  skip: !hasIPv6 && "no IPv6 here",
}, async (t) => {
  // libzmq takes the first bits of ::ffff:127.0.0.1, which everybody has.
  const bound = open(t, Pull, { ipv6: true, tcpAcceptFilter: "10.0.0.0/8" });
  await bound.bind("tcp://*:*");
  const port = bound.lastEndpoint!.split(":").pop();
  for (const host of ["127.0.0.1", "[::1]"]) {
    const refused = log(bound).next("accept:error");
    const peer = await RawPeer.connect(t, `tcp://${host}:${port}`);
    await refused;
    await soon(peer.closed);
  }
  const open4 = open(t, Pull, { ipv6: true, tcpAcceptFilter: "127.0.0.0/8" });
  open4.tcpAcceptFilter = "::1";
  await open4.bind("tcp://*:*");
  for (const host of ["127.0.0.1", "[::1]"]) {
    const push = open(t, Push, { ipv6: true });
    await connected(open4, push, open4.lastEndpoint!.replace("[::]", host));
  }
});

test("a libzmq peer is let in or cut off alike", async (t) => {
  const theirs = await ADDON.open("PUSH", { reconnectInterval: 1 });
  t.after(() => theirs.close());
  const closed = open(t, Pull, { tcpAcceptFilter: "10.0.0.1" });
  await closed.bind("tcp://127.0.0.1:*");
  await theirs.connect(closed.lastEndpoint!);
  await log(closed).next("accept:error");
  const opened = open(t, Pull, { tcpAcceptFilter: "127.0.0.0/8" });
  await opened.bind("tcp://127.0.0.1:*");
  await theirs.connect(opened.lastEndpoint!);
  for (let i = 0; i < 2; i++) await theirs.send(["x"]);

  assert.deepEqual(await receiveTexts(opened, 1), ["x"]);
});
