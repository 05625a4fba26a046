/** CURVE with libzmq where things go wrong, and what either side is told; and heartbeats, which are sealed too. */
import assert from "node:assert/strict";
import { connect, createServer, type Socket as NetSocket, type Server } from "node:net";
import { type TestContext, test } from "node:test";
import { curveKeyPair, Dealer, Pull, Push, type Socket } from "zmq-ts";
import { CLIENT_OPTIONS, SERVER_OPTIONS } from "../support/curve.ts";
import {
  ADDON,
  type End,
  type PeerLibrary,
  type PeerOptions,
  type SocketType,
} from "../support/interop-ends.ts";
import { EVENT, nextEvent } from "../support/interop-events.ts";
import { assertMessage } from "../support/interop-messages.ts";
import { beMuteUntilThrownOut } from "../support/interop-zmtp.ts";
import { PythonPeer } from "../support/python.ts";

const python = await PythonPeer.start();
const skip = python.missing ?? false;
const timeout = 8000;
const LIBRARIES: PeerLibrary[] = [python, ADDON];
/** libzmq's ZMQ_PROTOCOL_ERROR_ZMTP_… */
const CRYPTOGRAPHIC = 0x11000001;

const ANY = "tcp://127.0.0.1:*";
const WRONG_SERVER_KEY = { ...CLIENT_OPTIONS, curveServerKey: curveKeyPair().publicKey };
const NO_PAIR = { ...CLIENT_OPTIONS, curvePublicKey: curveKeyPair().publicKey };

async function open(
  t: TestContext,
  library: PeerLibrary,
  type: SocketType,
  options?: PeerOptions,
): Promise<End> {
  const end = await library.open(type, options);
  t.after(() => end.close());
  return end;
}

/** Closed with the test, and its events kept from now on. */
function ours<S extends Socket>(t: TestContext, socket: S): S {
  t.after(() => socket.close());
  socket.events;
  return socket;
}

for (const library of LIBRARIES) {
  for (const [what, options, code] of [
    ["another server's key", WRONG_SERVER_KEY, "ERR_ZMTP_CRYPTOGRAPHIC"],
    ["keys that are no pair", NO_PAIR, "ERR_ZMTP_CRYPTOGRAPHIC"],
  ] as const) {
    test(`[test_security_curve] our server turns away a client with ${what}, and nobody else (${library.name})`, {
      timeout,
      skip: library.missing ?? false,
    }, async (t) => {
      const server = ours(t, new Pull({ ...SERVER_OPTIONS, linger: 0 }));
      await server.bind(ANY);
      const stranger = await open(t, library, "PUSH", { ...options, reconnectInterval: 60_000 });
      await stranger.connect(server.lastEndpoint!);

      const { error } = await nextEvent(server, "handshake:error:protocol");

      assert.equal(error.code, code);
      await nextEvent(server, "disconnect");
      const friend = await open(t, library, "PUSH", CLIENT_OPTIONS);
      await friend.connect(server.lastEndpoint!);
      await friend.send(["welcome"]);
      assertMessage(await server.receive(), ["welcome"]);
    });
  }

  test(`our client with another server's key is cut off and tries again (${library.name})`, {
    timeout,
    skip: library.missing ?? false,
  }, async (t) => {
    const server = await open(t, library, "PULL", SERVER_OPTIONS);
    const client = ours(t, new Push({ ...WRONG_SERVER_KEY, linger: 0, reconnectInterval: 20 }));
    client.connect(await server.bind(ANY));

    const { error } = await nextEvent(client, "handshake:error:other");

    assert.ok(["EPIPE", "ECONNRESET"].includes(error.code), error.code);
    await nextEvent(client, "disconnect");
    await nextEvent(client, "connect:retry");
  });

  test(`[test_security_curve] our CURVE gives up on a NULL server of libzmq (${library.name})`, {
    timeout,
    skip: library.missing ?? false,
  }, async (t) => {
    const server = await open(t, library, "PULL");
    const endpoint = await server.bind(ANY);
    const client = ours(t, new Push({ ...CLIENT_OPTIONS, linger: 0, reconnectInterval: 10 }));
    client.connect(endpoint);

    const { error } = await nextEvent(client, "handshake:error:protocol");

    assert.equal(error.code, "ERR_ZMTP_MECHANISM_MISMATCH");
    assert.match(error.message, /CURVE.*NULL/);
    await nextEvent(client, "disconnect");
    assert.throws(() => client.disconnect(endpoint), { code: "ENOENT" }, "it is dialled no more");
  });

  test(`[test_security_curve] our CURVE server takes nothing from a NULL client of libzmq (${library.name})`, {
    timeout,
    skip: library.missing ?? false,
  }, async (t) => {
    const server = ours(t, new Pull({ ...SERVER_OPTIONS, linger: 0 }));
    await server.bind(ANY);
    const client = await open(t, library, "PUSH", { linger: 0 });
    await client.connect(server.lastEndpoint!);
    // Not awaited: by now libzmq may have been turned away, and has nobody left to send to.
    client.send(["in the clear"]).catch(() => {});

    // libzmq may be the first to see it, and hangs up then.
    await nextEvent(server, "handshake:error:protocol", "handshake:error:other");

    assert.equal(server.readable, false);
  });
}

test("libzmq's monitor says of our client with another server's key what it says of its own", {
  timeout,
  skip,
}, async (t) => {
  const server = await python.open("PULL", SERVER_OPTIONS);
  t.after(() => server.close());
  const monitor = await server.monitor();
  const client = ours(t, new Push({ ...WRONG_SERVER_KEY, linger: 0 }));

  client.connect(await server.bind(ANY));

  assert.equal(await monitor.next(EVENT.HANDSHAKE_FAILED_PROTOCOL), CRYPTOGRAPHIC);
  await monitor.next(EVENT.DISCONNECTED);
});

for (const library of LIBRARIES) {
  test(`a message that is changed on its way ends the connection, and is not delivered (${library.name})`, {
    timeout,
    skip: library.missing ?? false,
  }, async (t) => {
    const server = ours(t, new Pull({ ...SERVER_OPTIONS, linger: 0 }));
    await server.bind(ANY);
    const relay = await listen(t, portOf(server.lastEndpoint!));
    const client = await open(t, library, "PUSH", { ...CLIENT_OPTIONS, reconnectInterval: 60_000 });
    await client.connect(relay.endpoint);
    await client.send(["as it was"]);
    assertMessage(await server.receive(), ["as it was"]);

    relay.meddle = true;
    await client.send(["changed"]);

    const { error } = await nextEvent(server, "handshake:error:protocol");
    assert.equal(error.code, "ERR_ZMTP_CRYPTOGRAPHIC");
    await nextEvent(server, "disconnect");
    assert.equal(server.readable, false);
  });

  for (const weServe of [true, false]) {
    test(`[test_heartbeats] heartbeats go both ways over CURVE, ${weServe ? "we" : "they"} serve (${library.name})`, {
      timeout,
      skip: library.missing ?? false,
    }, async (t) => {
      const beats = { heartbeatInterval: 50, heartbeatTimeout: 700, heartbeatTimeToLive: 700 };
      const [our, their] = weServe ? [SERVER_OPTIONS, CLIENT_OPTIONS] : [CLIENT_OPTIONS, SERVER_OPTIONS];
      const we = new Dealer({ ...our, ...beats, linger: 0 });
      t.after(() => we.close());
      const losses: unknown[] = [];
      we.events.on("disconnect", ({ error }) => losses.push(error));
      const they = await open(t, library, "DEALER", { ...their, ...beats });
      if (weServe) {
        await we.bind(ANY);
        await they.connect(we.lastEndpoint!);
      } else we.connect(await they.bind(ANY));
      // A socket in the clear with the same heartbeats is the clock: it throws mute peers out in time.
      const clock = new Dealer({ ...beats, linger: 0 });
      t.after(() => clock.close());
      await clock.bind(ANY);
      await we.send("hello");
      assertMessage(await they.receive(), ["hello"]);

      for (let i = 0; i < 2; i++) await beMuteUntilThrownOut(clock.lastEndpoint!);

      await they.send(["still here"]);
      assertMessage(await we.receive(), ["still here"]);
      assert.deepEqual(losses, []);
    });
  }
}

interface Relay {
  endpoint: string;
  /** Changes the last bit of what the client sends. */
  meddle: boolean;
}

/** Passes bytes on to a port of this machine, and back. */
async function listen(t: TestContext, target: number): Promise<Relay> {
  const sockets: NetSocket[] = [];
  const relay: Relay = { endpoint: "", meddle: false };
  const server: Server = createServer((client) => {
    const onward = connect(target, "127.0.0.1");
    sockets.push(client, onward);
    client.on("data", (chunk) => {
      if (relay.meddle) chunk[chunk.length - 1]! ^= 1;
      onward.write(chunk);
    });
    onward.on("data", (chunk) => client.write(chunk));
    client.on("error", () => onward.destroy()).on("close", () => onward.destroy());
    onward.on("error", () => client.destroy()).on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  relay.endpoint = `tcp://127.0.0.1:${(server.address() as { port: number }).port}`;
  return relay;
}

function portOf(endpoint: string): number {
  return Number(endpoint.slice(endpoint.lastIndexOf(":") + 1));
}
