/** tcp:// addresses of both families: wildcards, and connections that leave from a given address. */
import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { Pair, Reply, Request } from "zmq-ts";
import { freePort } from "../support/ports.ts";
import { connected, open, receiveTexts, rejects } from "../support/sockets.ts";

const hasIPv6 = (networkInterfaces().lo ?? []).some(({ address }) => address === "::1");

/** One question and its answer. */
async function bounce(client: Request, server: Reply): Promise<void> {
  await client.send("question");
  assert.deepEqual(await receiveTexts(server, 1), ["question"]);
  await server.send("answer");
  assert.deepEqual(await receiveTexts(client, 1), ["answer"]);
}

for (const [host, address, ipv6] of [
  ["127.0.0.1", "127.0.0.1", false],
  ["[::1]", "::1", true],
] as const) {
  const skip = ipv6 && !hasIPv6 && "NOT TESTED: the loopback interface has no IPv6 address";

  test(`[test_reqrep_tcp] a REQ asks three REPs in turn, one of them from a port of its choice, by ${host}`, {
    skip,
  }, async (t) => {
    const servers = [open(t, Reply, { ipv6 }), open(t, Reply, { ipv6 }), open(t, Reply, { ipv6 })];
    const client = open(t, Request, { ipv6 });
    const source = await freePort(address);
    const endpoints: string[] = [];
    for (const [i, server] of servers.entries()) {
      await server.bind(`tcp://${host}:*`);
      const target = server.lastEndpoint!;
      endpoints.push(i < 2 ? target : `tcp://${host}:${source};${target.slice("tcp://".length)}`);
      await connected(server, client, endpoints[i]!);
    }

    for (let i = 0; i < 7; i++) await bounce(client, servers[i % 3]!);

    for (const endpoint of endpoints) client.disconnect(endpoint);
    for (const server of servers) await server.unbind(server.lastEndpoint!);
    assert.equal(client.trySend("nobody"), false);
  });

  test(`[test_reqrep_tcp] two sockets connect to two servers each from the same two source ports of ${host}`, {
    skip,
  }, async (t) => {
    const sources = [await freePort(address), await freePort(address)];
    const servers = [open(t, Reply, { ipv6 }), open(t, Reply, { ipv6 })];
    const targets: string[] = [];
    for (const server of servers) {
      await server.bind(`tcp://${host}:*`);
      targets.push(server.lastEndpoint!.slice("tcp://".length));
    }
    const clients = [open(t, Request, { ipv6 }), open(t, Request, { ipv6 })];
    for (const [i, client] of clients.entries()) {
      for (const [j, server] of servers.entries())
        await connected(server, client, `tcp://${host}:${sources[i ^ j]};${targets[j]}`);
    }

    for (let round = 0; round < 2; round++) {
      for (const client of clients) for (const server of servers) await bounce(client, server);
    }
  });
}

test("[test_unbind_wildcard] [test_pair_tcp] IPv6 wildcards are unbound by what they became", {
  skip: !hasIPv6 && "no IPv6 here",
}, async (t) => {
  for (const endpoint of ["tcp://*:*", "tcp://[::]:*", "tcp://[::1]:*"]) {
    const bound = open(t, Pair, { ipv6: true });
    await bound.bind(endpoint);
    const other = open(t, Pair, { ipv6: true });
    await connected(bound, other, bound.lastEndpoint!.replace("[::]", "[::1]"));
    await other.send("six");
    assert.deepEqual(await receiveTexts(bound, 1), ["six"]);

    await bound.unbind(bound.lastEndpoint!);

    await rejects(bound.unbind(bound.lastEndpoint!), "ENOENT");
  }
});
