/**
 * Whole sockets under arbitrary input, from users and from peers: endpoints, options, and bytes over a connection to
 * each kind of listener and from each kind of server. Nothing may be thrown but our own errors, nothing may hang, and
 * who comes after is served. libzmq has fuzzers for the same.
 */
import assert from "node:assert/strict";
import { type AddressInfo, connect, createServer, type Socket as NetSocket } from "node:net";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { constants, Dealer, Pair, Publisher, Router, type Socket, Stream, ZmqError } from "zmq-ts";
import { Dish, Radio, Server } from "zmq-ts/draft";
import { OPTIONS } from "#src/core/option-table.js";
import { CLIENT_OPTIONS, SERVER_OPTIONS } from "../support/curve.ts";
import { check } from "../support/property.ts";
import { command, frame, greeting, message, ready } from "../support/raw-peer.ts";
import { open, receiveTexts, soon, temporaryPath } from "../support/sockets.ts";

function isOurs(error: unknown): void {
  assert.ok(error instanceof ZmqError || error instanceof TypeError, String(error));
}

// ---- what users say

/** No names in it, which would be looked up, and no address but this machine's. */
const hostPorts: fc.Arbitrary<string> = fc
  .array(
    fc.constantFrom(
      "127.0.0.1",
      "[::1]",
      "::1",
      "*",
      ":",
      ":",
      "0",
      "65536",
      ";",
      "[",
      "]",
      "%",
      "/",
      "@",
      " ",
      "\0",
      "é",
    ),
    { maxLength: 6 },
  )
  .map((tokens) => tokens.join(""));

const endpoints = (path: string): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: fc.constantFrom(..."abt:/*@ \0é"), maxLength: 12 }),
    fc
      .tuple(fc.constantFrom("tcp", "udp", "ws", "wss", "tipc", "norm", "x", ""), hostPorts)
      .map(([scheme, rest]) => `${scheme}://${rest}`),
    fc.string({ maxLength: 12 }).map((name) => `inproc://${name}`),
    fc
      .string({ unit: fc.constantFrom(..."ab@* \0é-."), maxLength: 120 })
      .map((name) => `ipc://${path}${name}`),
  );

test("[test_bind_fuzzer] any endpoint is bound, or refused with an error of ours", async (t) => {
  const path = temporaryPath(t);
  await check(
    fc.asyncProperty(endpoints(path), fc.constantFrom(Pair, Dish, Server), async (endpoint, Type) => {
      const socket = new (Type as new (options: object) => Socket)({ linger: 0 });
      try {
        await soon(socket.bind(endpoint), endpoint);
        await soon(socket.unbind(socket.lastEndpoint!), endpoint);
      } catch (error) {
        isOurs(error);
      } finally {
        socket.close();
      }
    }),
  );
});

test("[test_connect_fuzzer] any endpoint is connected to, or refused with an error of ours", async (t) => {
  const path = temporaryPath(t);
  await check(
    fc.property(endpoints(path), fc.constantFrom(Pair, Radio, Stream), (endpoint, Type) => {
      const socket = new (Type as new (options: object) => Socket)({ linger: 0 });
      try {
        socket.connect(endpoint);
        socket.disconnect(endpoint);
      } catch (error) {
        isOurs(error);
      } finally {
        socket.close();
      }
    }),
  );
});

test("[test_socket_options_fuzzer] any value of any option is taken, or refused with an error of ours", async () => {
  const numbers = [...new Set(Object.values(constants) as number[]), -1, 3, 10_000];
  const values = fc.oneof(
    fc.integer(),
    fc.constantFrom(
      -2,
      -1,
      0,
      1,
      2 ** 31,
      1.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2n ** 63n,
      true,
      false,
      null,
    ),
    fc.string({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.anything(),
  );
  // What is stored and has no effect says so; that is tested elsewhere.
  const silent = process.emitWarning;
  process.emitWarning = () => {};
  try {
    await check(
      fc.property(
        fc.constantFrom(Pair, Router, Publisher, Stream, Dish),
        fc.array(fc.tuple(fc.constantFrom(...numbers, ...Object.keys(OPTIONS)), values), { maxLength: 10 }),
        (Type, sets) => {
          const socket = new (Type as new () => Socket)();
          for (const [option, value] of sets) {
            try {
              if (typeof option === "number") {
                socket.setOption(option, value as number);
                socket.getOption(option);
              } else Object.assign(socket, { [option]: value });
            } catch (error) {
              isOurs(error);
            }
          }
          socket.close();
        },
      ),
    );
  } finally {
    process.emitWarning = silent;
  }
});

// ---- what peers send

const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
/** Noise from the first byte on, after the greeting, after the handshake, and between good messages. */
const zmtp = (mechanism: string): fc.Arbitrary<Buffer> =>
  fc
    .tuple(
      fc.array(fc.constantFrom("noise", "greeting", "ready", "message", "ping"), { maxLength: 6 }),
      noise,
    )
    .map(([pieces, bytes]) =>
      Buffer.concat(
        pieces.map((piece) => {
          if (piece === "greeting") return greeting(mechanism);
          if (piece === "ready") return ready("DEALER");
          if (piece === "message") return message("a", bytes);
          if (piece === "ping") return command("PING", bytes);
          return bytes;
        }),
      ),
    );
const webSocket: fc.Arbitrary<Buffer> = fc
  .tuple(fc.boolean(), fc.constantFrom("ZWS2.0", "ZWS2.0/NULL", "chat", ""), noise)
  .map(([isRequest, protocol, bytes]) =>
    Buffer.concat([
      Buffer.from(
        isRequest
          ? `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`
          : "",
      ),
      Buffer.of(0x82, 0x80 + Math.min(bytes.length, 125)),
      bytes,
    ]),
  );
const webAnswer: fc.Arbitrary<Buffer> = fc
  .tuple(fc.constantFrom("101 Switching Protocols", "200 OK", "999"), noise)
  .map(([status, bytes]) =>
    Buffer.concat([
      Buffer.from(`HTTP/1.1 ${status}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`),
      bytes,
    ]),
  );

const pieces = (bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer[]> =>
  fc
    .tuple(fc.oneof(bytes, noise), fc.nat({ max: 300 }))
    .map(([all, at]) => [all.subarray(0, at), all.subarray(at)]);

/** Resolves when the connection is over. What is left of our side's answer is of no interest. */
function say(socket: NetSocket, chunks: readonly Buffer[]): Promise<void> {
  const over = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket
    .setNoDelay(true)
    .on("error", () => {})
    .resume();
  for (const chunk of chunks) socket.write(chunk);
  socket.end();
  return soon(over, `the end of ${Buffer.concat(chunks).toString("hex")}`);
}

const LISTENERS = [
  ["test_bind_null_fuzzer", "tcp", {}, {}, zmtp("NULL")],
  ["test_bind_curve_fuzzer", "tcp", SERVER_OPTIONS, CLIENT_OPTIONS, zmtp("CURVE")],
  ["test_bind_ws_fuzzer", "ws", {}, {}, webSocket],
] as const;
for (const [program, scheme, options, good, bytes] of LISTENERS) {
  test(`[test_bind_null_fuzzer] [test_bind_curve_fuzzer] [test_bind_ws_fuzzer] whatever is sent to a listener, others are served: ${program}`, async (t) => {
    const router = open(t, Router, { ...options, linger: 0 });
    await router.bind(`${scheme}://127.0.0.1:*`);
    const port = Number(/:(\d+)\/?$/.exec(router.lastEndpoint!)![1]);
    await check(
      fc.asyncProperty(pieces(bytes), async (chunks) => {
        await say(connect(port, "127.0.0.1"), chunks);
      }),
    );
    const dealer = open(t, Dealer, { ...good, routingId: "good" });
    dealer.connect(router.lastEndpoint!);
    await dealer.send("still there?");

    // A DEALER of noise may have sent messages of noise, which may still be on their way.
    while ((await receiveTexts(router, 1))[0] !== "good|still there?");
  });
}

test("[test_bind_stream_fuzzer] [test_connect_stream_fuzzer] a STREAM gives on what it is sent, from both sides", async (t) => {
  const stream = open(t, Stream, { linger: 0 });
  await stream.bind("tcp://127.0.0.1:*");
  const port = Number(stream.lastEndpoint!.split(":").at(-1));
  await check(
    fc.asyncProperty(pieces(noise), fc.boolean(), async (chunks, isDialled) => {
      const wanted = Buffer.concat(chunks);
      if (!isDialled) {
        const over = say(connect(port, "127.0.0.1"), chunks);
        assert.deepEqual(await allOf(stream), wanted);
        return over;
      }
      const dialler = new Stream({ linger: 0, reconnectInterval: -1 });
      const { over } = await serving(dialler, chunks);
      assert.deepEqual(await allOf(dialler), wanted);
      await over;
      dialler.close();
    }),
  );
});

/** Everything from one peer's coming to its going. */
async function allOf(stream: Stream): Promise<Buffer> {
  const [, first] = await soon(stream.receive(), "a peer");
  assert.equal(first.length, 0);
  const received: Buffer[] = [];
  for (;;) {
    const [, bytes] = await soon(stream.receive(), "its end");
    if (bytes.length === 0) return Buffer.concat(received);
    received.push(bytes);
  }
}

/** Has a socket connect to a server that says these bytes; `over` resolves at the end of the connection. */
async function serving(
  socket: Socket,
  chunks: readonly Buffer[],
  scheme = "tcp",
): Promise<{ over: Promise<void> }> {
  const server = createServer({ allowHalfOpen: true });
  const over = new Promise<void>((resolve, reject) => {
    server.once("connection", (peer) => {
      server.close();
      // A WebSocket's server answers a request, and not before.
      if (scheme === "ws") peer.once("data", () => say(peer, chunks).then(resolve, reject));
      else say(peer, chunks).then(resolve, reject);
    });
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  socket.connect(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return { over };
}

const DIALLERS = [
  ["test_connect_null_fuzzer", "tcp", {}, zmtp("NULL")],
  ["test_connect_curve_fuzzer", "tcp", CLIENT_OPTIONS, zmtp("CURVE")],
  ["test_connect_ws_fuzzer", "ws", {}, webAnswer],
] as const;
for (const [program, scheme, options, bytes] of DIALLERS) {
  test(`[test_connect_null_fuzzer] [test_connect_curve_fuzzer] [test_connect_ws_fuzzer] whatever a server says, who connected to it loses that connection and no more: ${program}`, async (t: TestContext) => {
    const kept = open(t, Dealer, { linger: 0, routingId: "kept" });
    const friend = open(t, Router, { linger: 0 });
    await friend.bind("tcp://127.0.0.1:*");
    kept.connect(friend.lastEndpoint!);
    await check(
      fc.asyncProperty(pieces(bytes), async (chunks) => {
        const dealer = new Dealer({ ...options, linger: 0, reconnectInterval: -1 });
        const { over } = await serving(dealer, chunks, scheme);
        await dealer.send(frame(0, "x"));
        await soon(over, "the end of the connection");
        dealer.close();
      }),
    );

    await kept.send("still there?");

    assert.deepEqual(await receiveTexts(friend, 1), ["kept|still there?"]);
  });
}
