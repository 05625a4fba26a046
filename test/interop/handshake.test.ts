/** Handshakes with libzmq that succeed, and those that cannot. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { Dealer, Pull, Push, type Socket } from "zmq-ts";
import { ADDON, type PeerOptions } from "../support/interop-ends.ts";
import { EVENT, nextEvent } from "../support/interop-events.ts";
import { assertMessage } from "../support/interop-messages.ts";
import { greeting } from "../support/interop-zmtp.ts";
import { PythonPeer } from "../support/python.ts";

const python = await PythonPeer.start();
const skip = python.missing ?? false;
const timeout = 5000;
const [publicKey, secretKey] = python.missing === undefined ? await python.keyPair() : ["", ""];

test("[ZMQ_EVENT_HANDSHAKE_SUCCEEDED] libzmq's monitor reports a successful handshake when we connect", {
  timeout,
  skip,
}, async (t) => {
  const theirs = await python.open("DEALER");
  t.after(() => theirs.close());
  const monitor = await theirs.monitor();
  const endpoint = await theirs.bind("tcp://127.0.0.1:*");
  const ours = new Dealer({ linger: 0 });
  t.after(() => ours.close());
  ours.events;

  ours.connect(endpoint);

  await monitor.next(EVENT.ACCEPTED);
  await monitor.next(EVENT.HANDSHAKE_SUCCEEDED);
  const event = await nextEvent(ours, "handshake");
  assert.equal(event.address, endpoint);
});

test("libzmq's monitor reports a successful handshake when it connects", { timeout, skip }, async (t) => {
  const ours = new Dealer({ linger: 0 });
  t.after(() => ours.close());
  ours.events;
  await ours.bind("tcp://127.0.0.1:*");
  const theirs = await python.open("DEALER");
  t.after(() => theirs.close());
  const monitor = await theirs.monitor();

  await theirs.connect(ours.lastEndpoint!);

  await monitor.next(EVENT.HANDSHAKE_SUCCEEDED);
  const event = await nextEvent(ours, "handshake");
  assert.equal(event.address, ours.lastEndpoint);
});

const MECHANISMS: [string, PeerOptions, PeerOptions][] = [
  ["PLAIN", { plainServer: true }, { plainUsername: "user", plainPassword: "secret" }],
  [
    "CURVE",
    { curveServer: true, curveSecretKey: secretKey },
    { curveServerKey: publicKey, curvePublicKey: publicKey, curveSecretKey: secretKey },
  ],
];

for (const [mechanism, server, client] of MECHANISMS) {
  for (const library of [python, ADDON]) {
    test(`our NULL gives up on a ${mechanism} server of libzmq for good (${library.name})`, {
      timeout,
      skip,
    }, async (t) => {
      const theirs = await library.open("PULL", server);
      t.after(() => theirs.close());
      const endpoint = await theirs.bind("tcp://127.0.0.1:*");
      const ours = new Push({ linger: 0, reconnectInterval: 10 });
      t.after(() => ours.close());
      ours.events;
      ours.connect(endpoint);

      const { error, address } = await nextEvent(ours, "handshake:error:protocol");

      assert.equal(error.code, "ERR_ZMTP_MECHANISM_MISMATCH");
      assert.equal(address, endpoint);
      await nextEvent(ours, "disconnect");
      assertForgotten(ours, endpoint);
    });

    test(`our NULL refuses a ${mechanism} client of libzmq (${library.name})`, {
      timeout,
      skip,
    }, async (t) => {
      const ours = new Pull({ linger: 0 });
      t.after(() => ours.close());
      ours.events;
      await ours.bind("tcp://127.0.0.1:*");
      const theirs = await library.open("PUSH", client);
      t.after(() => theirs.close());
      await theirs.connect(ours.lastEndpoint!);

      // libzmq may be the first to see it, and hangs up then without having named its mechanism.
      const { type, error } = await nextEvent(ours, "handshake:error:protocol", "handshake:error:other");
      const codes =
        type === "handshake:error:other" ? ["EPIPE", "ECONNRESET"] : ["ERR_ZMTP_MECHANISM_MISMATCH"];
      assert.ok(codes.includes(error.code), error.code);

      const friend = await library.open("PUSH");
      t.after(() => friend.close());
      await friend.connect(ours.lastEndpoint!);
      await friend.send(["welcome"]);
      assertMessage(await ours.receive(), ["welcome"]);
    });
  }
}

test("our NULL names the mechanism of a client that asks for another", { timeout }, async (t) => {
  const ours = new Pull({ linger: 0 });
  t.after(() => ours.close());
  ours.events;
  await ours.bind("tcp://127.0.0.1:*");
  const client = connect(Number(new URL(ours.lastEndpoint!.replace("tcp:", "http:")).port), "127.0.0.1");
  t.after(() => client.destroy());
  client.resume();

  client.write(greeting("PLAIN"));

  const { error } = await nextEvent(ours, "handshake:error:protocol");
  assert.equal(error.code, "ERR_ZMTP_MECHANISM_MISMATCH");
  assert.match(error.message, /PLAIN/);
  await once(client, "close");
});

/** An endpoint that is dialled no more is not there to be disconnected. */
function assertForgotten(socket: Socket, endpoint: string): void {
  assert.throws(() => socket.disconnect(endpoint), { code: "ENOENT" });
}

for (const library of [python, ADDON]) {
  test(`our PULL loses the connection to a PUB of libzmq, and only that (${library.name})`, {
    timeout,
    skip: library.missing ?? false,
  }, async (t) => {
    const wrong = await library.open("PUB");
    t.after(() => wrong.close());
    const right = await library.open("PUSH");
    t.after(() => right.close());
    const ours = new Pull({ linger: 0 });
    t.after(() => ours.close());
    ours.events;
    await ours.bind("tcp://127.0.0.1:*");

    await wrong.connect(ours.lastEndpoint!);
    const { error } = await nextEvent(ours, "disconnect");
    await right.connect(ours.lastEndpoint!);
    await right.send(["welcome"]);

    assert.ok(error);
    assertMessage(await ours.receive(), ["welcome"]);
  });

  test(`our PUSH that connects to a PUB of libzmq is told of the disconnection (${library.name})`, {
    timeout,
    skip: library.missing ?? false,
  }, async (t) => {
    const wrong = await library.open("PUB");
    t.after(() => wrong.close());
    const ours = new Push({ linger: 0 });
    t.after(() => ours.close());
    ours.events;

    ours.connect(await wrong.bind("tcp://127.0.0.1:*"));

    assert.ok((await nextEvent(ours, "disconnect")).error);
  });
}
