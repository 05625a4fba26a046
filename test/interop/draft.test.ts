/** The draft sockets with libzmq's, in the `zeromq` package: SERVER to SCATTER, RADIO and DISH over streams and UDP. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { type TestContext, test } from "node:test";
import { Socket as AddonSocket, capability } from "zeromq";
import type * as Drafts from "zeromq/draft.js";
import type { Socket } from "zmq-ts";
import * as ours from "zmq-ts/draft";
import { joined, next } from "../support/drafts.ts";
import { bytes } from "../support/interop-messages.ts";
import { startWithDrafts, TheirPeer } from "../support/libzmq-drafts.ts";
import { log, soon, turns } from "../support/sockets.ts";

const python = await startWithDrafts();

const skip = capability.draft ? false : "NOT TESTED: this build of the zeromq package has no draft sockets";
// It warns that they are drafts.
process.removeAllListeners("warning");
process.on("warning", () => {});
const theirs = (skip ? undefined : createRequire(import.meta.url)("zeromq/draft.js")) as typeof Drafts;

/** Made anew each time: over ws:// libzmq masks the caller's memory in place. */
const bodies = () => ["hello", "", bytes(255), bytes(256), bytes(70_000), "last"];

interface AnySocket {
  linger: number;
  readonly lastEndpoint: string | null;
  bind(endpoint: string): Promise<void>;
  connect(endpoint: string): void;
  close(): void;
}

/** Opens both; one binds, the other connects. The test fails when our end loses its connection. */
async function couple<A extends AnySocket, B extends AnySocket>(
  t: TestContext,
  our: A,
  their: B,
  endpoint: string,
  weBind: boolean,
): Promise<[A, B]> {
  for (const socket of [our, their]) {
    t.after(() => {
      socket.linger = 0;
      socket.close();
    });
  }
  const lost: string[] = [];
  (our as unknown as Socket).events.on("disconnect", ({ error }) => lost.push(String(error)));
  const shaken = endpoint.startsWith("udp") ? undefined : log(our as unknown as Socket).next("handshake");
  const [binder, connecter] = weBind ? [our, their] : [their, our];
  await binder.bind(endpoint);
  connecter.connect(binder.lastEndpoint!);
  await shaken;
  t.after(() => assert.deepEqual(lost, [], "our socket lost its connection"));
  return [our, their];
}

for (const endpoint of ["tcp://127.0.0.1:*", "ipc://*", "ws://127.0.0.1:*"]) {
  for (const weBind of [true, false]) {
    const over = `over ${endpoint.split(":")[0]}: ${weBind ? "we bind, they connect" : "they bind, we connect"}`;

    test(`[test_client_server] our SERVER and their CLIENT talk ${over}`, { skip }, async (t) => {
      const [server, client] = await couple(t, new ours.Server(), new theirs.Client(), endpoint, weBind);
      for (const body of bodies()) {
        const wanted = Buffer.from(body as string);
        await client.send(body);
        const [question, about] = await soon(server.receive());
        assert.deepEqual(question, wanted);
        await server.send(question, about);
        assert.deepEqual((await soon(client.receive()))[0], wanted);
      }
    });

    test(`[test_client_server] our CLIENT and their SERVER talk ${over}`, { skip }, async (t) => {
      const [client, server] = await couple(t, new ours.Client(), new theirs.Server(), endpoint, weBind);
      for (const body of bodies()) {
        const wanted = Buffer.from(body as string);
        await client.send(body);
        const [question, about] = await soon(server.receive());
        assert.deepEqual(question, wanted);
        await server.send(question, about);
        assert.deepEqual((await soon(client.receive()))[0], wanted);
      }
    });

    test(`[test_scatter_gather] our SCATTER and their GATHER talk ${over}`, { skip }, async (t) => {
      const [scatter, gather] = await couple(t, new ours.Scatter(), new theirs.Gather(), endpoint, weBind);
      for (const body of bodies()) await scatter.send(body);
      for (const body of bodies())
        assert.deepEqual(await soon(gather.receive()), [Buffer.from(body as string)]);
    });

    test(`[test_scatter_gather] our GATHER and their SCATTER talk ${over}`, { skip }, async (t) => {
      const [gather, scatter] = await couple(t, new ours.Gather(), new theirs.Scatter(), endpoint, weBind);
      for (const body of bodies()) await scatter.send(body);
      for (const body of bodies())
        assert.deepEqual(await soon(gather.receive()), [Buffer.from(body as string)]);
    });

    test(`[test_radio_dish] our RADIO and their DISH talk ${over}`, { skip }, async (t) => {
      const [radio, dish] = await couple(t, new ours.Radio(), new theirs.Dish(), endpoint, weBind);
      dish.join("TV", "x".repeat(200));
      await joined(radio, dish);
      await radio.send("unheard", { group: "Movies" });
      for (const body of bodies()) await radio.send(body, { group: "TV" });
      for (const body of bodies()) {
        const [got, { group }] = await soon(dish.receive());
        assert.deepEqual([got, String(group)], [Buffer.from(body as string), "TV"]);
      }
      dish.leave("TV");
      await joined(radio, dish);
      await radio.send("unheard", { group: "TV" });
      await radio.send("heard", { group: "x".repeat(200) });
      assert.equal(await next(dish), `${"x".repeat(200)}: heard`);
    });

    test(`[test_radio_dish] our DISH and their RADIO talk ${over}`, { skip }, async (t) => {
      const [dish, radio] = await couple(t, new ours.Dish(), new theirs.Radio(), endpoint, weBind);
      dish.join("TV");
      await joined(radio, dish);
      await radio.send("unheard", { group: "Movies" });
      for (const body of bodies()) await radio.send(body, { group: "TV" });
      for (const body of bodies()) {
        const [got, { group }] = await soon(dish.receive());
        assert.deepEqual([got, String(group)], [Buffer.from(body as string), "TV"]);
      }
      dish.leave("TV");
      dish.join("TV2");
      await joined(radio, dish);
      await radio.send("unheard", { group: "TV" });
      await radio.send("heard", { group: "TV2" });
      assert.equal(await next(dish), "TV2: heard");
    });

    // The package has no classes for these two, but its Socket takes any of libzmq's types.
    const Their = AddonSocket as unknown as new (
      type: number,
    ) => AnySocket & {
      send(message: Buffer | string): Promise<void>;
      receive(): Promise<Buffer[]>;
    };

    test(`[test_channel] our CHANNEL and theirs talk ${over}`, { skip }, async (t) => {
      const [our, their] = await couple(t, new ours.Channel(), new Their(20), endpoint, weBind);
      for (const body of bodies()) {
        await our.send(body);
        const [there] = await soon(their.receive());
        assert.deepEqual(there, Buffer.from(body as string));
        await their.send(there!);
        assert.deepEqual(await soon(our.receive()), [Buffer.from(body as string)]);
      }
    });

    test(`[test_peer] our PEER and theirs talk, each by the number it has for the other, ${over}`, {
      skip: python.missing ?? false,
    }, async (t) => {
      const [our, their] = [new ours.Peer(), await TheirPeer.open(python)];
      t.after(() => (our.close(), their.close()));
      const [binder, connecter] = weBind ? [our, their] : [their, our];
      const bound = await binder.bind(endpoint);
      const routingId = await connecter.connectPeer(weBind ? our.lastEndpoint! : (bound as string));

      for (const body of bodies()) {
        const wanted = Buffer.from(body as string);
        await connecter.send(body, { routingId });
        const [question, from] = await soon(binder.receive());
        assert.deepEqual(question, wanted);
        await binder.send(question, { routingId: from.routingId });
        const [answer, about] = await soon(connecter.receive());
        assert.deepEqual(answer, wanted);
        assert.equal(about.routingId, routingId);
      }
    });

    // The package's cannot be told whom to send to: only ours speaks, so ours connects.
    if (weBind) continue;
    test(`[test_peer] our PEER is heard by theirs ${over}`, { skip }, async (t) => {
      const [our, their] = [new ours.Peer(), new Their(19)];
      t.after(() => (our.close(), their.close()));
      await their.bind(endpoint);
      const routingId = our.connectPeer(their.lastEndpoint!);
      for (const body of bodies()) await our.send(body, { routingId });
      for (const body of bodies())
        assert.deepEqual((await soon(their.receive()))[0], Buffer.from(body as string));
    });
  }
}

for (const [how, host] of [
  ["unicast", "127.0.0.1"],
  ["multicast", "127.0.0.1;239.192.7.7"],
] as const) {
  test(`[test_radio_dish] our RADIO and their DISH talk over udp, ${how}`, { skip }, async (t) => {
    const [dish, radio] = [new theirs.Dish(), new ours.Radio()];
    t.after(() => (dish.close(), radio.close()));
    const endpoint = `udp://${host}:${(await freePort()).port}`;
    await dish.bind(endpoint);
    radio.connect(endpoint);

    await joined(radio, dish);
    dish.join("TV");
    await radio.send("unheard", { group: "Movies" });
    for (const body of ["one", "", "x".repeat(8000)]) await radio.send(body, { group: "TV" });

    for (const body of ["one", "", "x".repeat(8000)]) assert.equal(await next(dish), `TV: ${body}`);
  });

  test(`[test_radio_dish] our DISH and their RADIO talk over udp, ${how}`, { skip }, async (t) => {
    const [dish, radio] = [new ours.Dish(), new theirs.Radio()];
    t.after(() => (dish.close(), radio.close()));
    await dish.bind(`udp://${host}:*`);
    radio.connect(dish.lastEndpoint!);

    await joined(radio, dish);
    dish.join("TV");
    await radio.send("unheard", { group: "Movies" });
    for (const body of ["one", "", "x".repeat(8000)]) await radio.send(body, { group: "TV" });

    for (const body of ["one", "", "x".repeat(8000)]) assert.equal(await next(dish), `TV: ${body}`);
  });
}

test("[test_dgram] our DGRAM and theirs talk", { skip }, async (t) => {
  const [our, their] = [new ours.Datagram(), new theirs.Datagram()];
  t.after(() => (our.close(), their.close()));
  const to = `127.0.0.1:${(await freePort()).port}`;
  await their.bind(`udp://${to}`);
  await our.bind("udp://127.0.0.1:*");

  // libzmq opens its port after bind() has returned, and what comes before that is lost.
  let isHeard = false;
  const heard = soon(their.receive()).finally(() => {
    isHeard = true;
  });
  while (!isHeard) {
    await our.send([to, "there"]);
    await turns(20);
  }
  const [address, body] = await heard;
  await their.send([address, "and back"]);
  const answer = await soon(our.receive());

  assert.deepEqual([String(address), String(body)], [`${our.lastEndpoint!.slice(6)}\0`, "there"]);
  assert.deepEqual(answer.map(String), [`${to}\0`, "and back"]);
});

/** A port that was free a moment ago: libzmq does not say which one it has taken. */
async function freePort(): Promise<{ port: number }> {
  const { createSocket } = await import("node:dgram");
  const udp = createSocket("udp4");
  await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
  const { port } = udp.address();
  await new Promise<void>((resolve) => udp.close(resolve));
  return { port };
}
