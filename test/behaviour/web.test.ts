/** ws:// and wss://: what they have beside the other transports. That they carry every socket type: the other files. */
import assert from "node:assert/strict";
import { createServer, get, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { type TestContext, test } from "node:test";
import { WebSocket } from "ws";
import {
  Dealer,
  messageProperty,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Stream,
  Subscriber,
} from "zmq-ts";
import { CLIENT_OPTIONS, SERVER_OPTIONS } from "../support/curve.ts";
import {
  anyEndpoint,
  connected,
  fill,
  log,
  married,
  open,
  receiveTexts,
  rejects,
  soon,
  subscribed,
  text,
  throws,
  until,
} from "../support/sockets.ts";
import { CERTIFICATE, KEY, TRUST } from "../support/tls.ts";
import { handle, ok, openContext } from "../support/zap.ts";

async function listening<S extends Server>(t: TestContext, server: S): Promise<S> {
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const portOf = (endpoint: string): number => Number(/:(\d+)/.exec(endpoint.slice(5))![1]);

/** A plain WebSocket client; resolves to the status with which it was let in or refused. */
async function knock(
  t: TestContext,
  endpoint: string,
  protocol: string | undefined,
  headers: Record<string, string> = {},
): Promise<{ status: number; said: string; web: WebSocket; subprotocol: string | undefined }> {
  const all = protocol === undefined ? headers : { ...headers, "Sec-WebSocket-Protocol": protocol };
  const web = new WebSocket(endpoint, { headers: all });
  t.after(() => web.terminate());
  web.on("error", () => {});
  let subprotocol: string | undefined;
  web.on("upgrade", (response) => {
    subprotocol = response.headers["sec-websocket-protocol"];
    delete response.headers["sec-websocket-protocol"];
  });
  return soon(
    new Promise((resolve) => {
      web.once("open", () => resolve({ status: 101, said: "", web, subprotocol }));
      web.once("unexpected-response", (_request, response) => {
        let said = "";
        response.setEncoding("utf8").on("data", (chunk) => {
          said += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode!, said, web, subprotocol }));
      });
    }),
    "the answer to the upgrade",
  );
}

// ---- endpoints

for (const [endpoint, as] of [
  ["ws://127.0.0.1:*", /^ws:\/\/127\.0\.0\.1:\d+\/$/],
  ["ws://127.0.0.1:*/", /^ws:\/\/127\.0\.0\.1:\d+\/$/],
  ["ws://127.0.0.1:*/a/b?c=d", /^ws:\/\/127\.0\.0\.1:\d+\/a\/b\?c=d$/],
  ["ws://*:*", /^ws:\/\/0\.0\.0\.0:\d+\/$/],
  ["ws://localhost:0/roads", /^ws:\/\/127\.0\.0\.1:\d+\/roads$/],
  ["ws://lo:0", /^ws:\/\/127\.0\.0\.1:\d+\/$/],
] as const) {
  test(`a socket bound to ${endpoint} can be connected to by its last endpoint [test_ws_transport]`, async (t) => {
    const pull = open(t, Pull);
    const push = open(t, Push);
    await pull.bind(endpoint);
    assert.match(pull.lastEndpoint!, as);

    await connected(pull, push, pull.lastEndpoint!.replace("0.0.0.0", "127.0.0.1"));
    await push.send("here");

    assert.deepEqual(await receiveTexts(pull, 1), ["here"]);
    await pull.unbind(pull.lastEndpoint!);
  });
}

for (const endpoint of [
  "ws://127.0.0.1",
  "ws://127.0.0.1:99999",
  "ws://127.0.0.1:1/a b",
  "ws://:5",
  "ws://[::1:5",
]) {
  test(`${endpoint} can be neither bound nor connected`, async (t) => {
    await rejects(open(t, Pull).bind(endpoint), "EINVAL");
    throws(() => open(t, Push).connect(endpoint), "EINVAL");
  });
}

test("ws://*:5 and port 0 cannot be connected to, and bindSync and STREAM have no ws://", async (t) => {
  throws(() => open(t, Push).connect("ws://*:5"), "EINVAL");
  throws(() => open(t, Push).connect("ws://127.0.0.1:0"), "EINVAL");
  throws(() => open(t, Pull).bindSync("ws://127.0.0.1:*"), "ENOTSUP");
  throws(() => open(t, Stream).connect("ws://127.0.0.1:5"), "ENOCOMPATPROTO", /tcp:/);
  await rejects(open(t, Pull).bind("wss://127.0.0.1:*"), "EINVAL", /wssKeyPem and wssCertPem/);
  await rejects(open(t, Pull).bind("tcp://127.0.0.1:*", { server: createServer() }), "EINVAL", /HTTP server/);
  assert.throws(() => open(t, Pull).bind("ws://127.0.0.1:*", { server: 5 as never }), TypeError);
});

test("ws:// over IPv6", async (t) => {
  const pull = open(t, Pull, { ipv6: true });
  const push = open(t, Push, { ipv6: true });
  await pull.bind("ws://[::1]:*/six");
  assert.match(pull.lastEndpoint!, /^ws:\/\/\[::1\]:\d+\/six$/);

  await connected(pull, push, pull.lastEndpoint!);
  await push.send("here");

  assert.deepEqual(await receiveTexts(pull, 1), ["here"]);
});

test("a port that is taken is EADDRINUSE", async (t) => {
  const [first, second] = [open(t, Pull), open(t, Pull)];
  await first.bind("ws://127.0.0.1:*");

  const error = await rejects(second.bind(first.lastEndpoint!), "EADDRINUSE");

  assert.equal(error.address, first.lastEndpoint);
});

// ---- messages

test("frames of all sizes arrive, whatever length form WebSocket has for them [test_ws_transport]", async (t) => {
  const pull = open(t, Pull);
  const push = open(t, Push);
  await married(t, pull, push, "ws");
  const parts = [0, 1, 124, 125, 126, 65_534, 65_535, 65_536, 3_000_000].map((size) =>
    Buffer.alloc(size, size & 255),
  );

  await push.send(parts);
  for (const part of parts) await push.send(part);

  const whole = await soon(pull.receive());
  assert.equal(whole.length, parts.length);
  for (const [i, part] of parts.entries()) {
    assert.ok(part.equals(whole[i]!), `part of ${part.length} bytes`);
    assert.ok(part.equals((await soon(pull.receive()))[0]!), `message of ${part.length} bytes`);
  }
});

test("a sender's memory is left as it is, though a client's frames are masked [test_ws_transport]", async (t) => {
  const pull = open(t, Pull);
  const push = open(t, Push);
  await married(t, pull, push, "ws");
  const body = Buffer.alloc(10_000, 7);

  await push.send(body);
  await soon(pull.receive());

  assert.ok(body.equals(Buffer.alloc(10_000, 7)));
});

test("back-pressure holds: a PULL that does not read makes its PUSH wait", async (t) => {
  const pull = open(t, Pull, { receiveHighWaterMark: 10 });
  const push = open(t, Push, { sendHighWaterMark: 10 });
  await married(t, pull, push, "ws");

  const sent = await fill(push, Buffer.alloc(100_000));
  assert.equal(push.writable, false);
  assert.ok(sent < 500, `${sent} messages of 100 kB were taken`);

  for (let i = 0; i < sent; i++) assert.equal((await soon(pull.receive()))[0]!.length, 100_000);
  assert.equal(push.writable, true);
});

test("heartbeats are WebSocket's pings: a live peer stays, a mute one is dropped [test_ws_transport]", async (t) => {
  const dealer = open(t, Dealer, { heartbeatInterval: 30, heartbeatTimeout: 90 });
  await dealer.bind("ws://127.0.0.1:*");
  const live = open(t, Dealer);
  live.connect(dealer.lastEndpoint!);
  await log(dealer).next("handshake");
  let pings = 0;
  const mute = new WebSocket(dealer.lastEndpoint!, {
    autoPong: false,
    headers: { "Sec-WebSocket-Protocol": "ZWS2.0" },
  });
  mute.on("upgrade", ({ headers }) => void delete headers["sec-websocket-protocol"]);
  mute.on("error", () => {});
  mute.on("ping", () => pings++);
  mute.once("open", () => mute.send(Buffer.of(0)));
  await log(dealer).next("handshake");

  const { error } = await log(dealer).next("disconnect");

  assert.equal(error!.code, "ETIMEDOUT");
  assert.ok(pings > 0);
  await live.send("still here");
  assert.deepEqual(await receiveTexts(dealer, 1), ["still here"]);
  assert.equal(log(dealer).count("disconnect"), 1);
});

// ---- servers of the user's

for (const secure of [false, true]) {
  const scheme = secure ? "wss" : "ws";
  const makeServer = () =>
    (secure ? createSecureServer({ key: KEY, cert: CERTIFICATE }) : createServer()) as Server;
  const trust = { wssTrustPem: TRUST };

  test(`sockets share a server and its port with a web application over ${scheme}`, async (t) => {
    const server = await listening(t, makeServer());
    server.on("request", (_request, response) => response.end("a page"));
    const { port } = server.address() as AddressInfo;
    const [reply, pull] = [open(t, Reply), open(t, Pull)];
    await reply.bind(`${scheme}://*:*/api/reply`, { server });
    await pull.bind(`${scheme}://*:*/pull`, { server });
    assert.equal(reply.lastEndpoint, `${scheme}://127.0.0.1:${port}/api/reply`);
    const [request, push] = [open(t, Request, trust), open(t, Push, trust)];

    await connected(reply, request, reply.lastEndpoint!);
    await connected(pull, push, pull.lastEndpoint!);
    await request.send("question");
    assert.deepEqual(await receiveTexts(reply, 1), ["question"]);
    await reply.send("answer");
    assert.deepEqual(await receiveTexts(request, 1), ["answer"]);
    await push.send("pushed");
    assert.deepEqual(await receiveTexts(pull, 1), ["pushed"]);

    if (secure) return;
    const page = await new Promise<string>((resolve) => {
      get({ port, host: "127.0.0.1", agent: false }, (response) =>
        response.setEncoding("utf8").once("data", resolve),
      );
    });
    assert.equal(page, "a page");
  });
}

test("a path of a server is one socket's, until that is unbound; others are not found", async (t) => {
  const server = await listening(t, createServer());
  const [first, second] = [open(t, Pull), open(t, Pull)];
  await first.bind("ws://*:*/a", { server });
  const endpoint = first.lastEndpoint!;

  await rejects(second.bind("ws://*:*/a", { server }), "EADDRINUSE", /path \/a/);
  assert.equal((await knock(t, endpoint.replace("/a", "/b"), "ZWS2.0")).status, 404);
  await first.unbind(endpoint);
  assert.equal((await knock(t, endpoint, "ZWS2.0")).status, 404);
  await second.bind("ws://*:*/a", { server });
  assert.equal((await knock(t, `${endpoint}?token=1`, "ZWS2.0")).status, 101);
  assert.equal(server.listening, true);
});

test("WebSockets of the application's own on the same server are left to it", async (t) => {
  const server = await listening(t, createServer());
  server.on("upgrade", (request, socket) => {
    if (request.url === "/own") socket.end("HTTP/1.1 418 I'm a teapot\r\nContent-Length: 0\r\n\r\n");
  });
  const pull = open(t, Pull);
  await pull.bind("ws://*:*/zmq", { server });

  assert.equal((await knock(t, pull.lastEndpoint!.replace("zmq", "own"), "chat")).status, 418);
  assert.equal((await knock(t, pull.lastEndpoint!, "ZWS2.0")).status, 101);
});

// ---- wss

const SECURE = { wssKeyPem: KEY, wssCertPem: CERTIFICATE };

test("[ZMQ_WSS_KEY_PEM] [ZMQ_WSS_CERT_PEM] [ZMQ_WSS_TRUST_PEM] wss:// between a listener with a certificate and a connection that trusts it [test_wss_transport]", async (t) => {
  const reply = open(t, Reply, SECURE);
  const request = open(t, Request, { wssTrustPem: TRUST, wssHostname: "server.zmq.test" });
  await reply.bind("wss://127.0.0.1:*/roads");
  assert.match(reply.lastEndpoint!, /^wss:\/\/127\.0\.0\.1:\d+\/roads$/);

  await connected(reply, request, reply.lastEndpoint!);
  await request.send("x".repeat(100_000));
  assert.equal((await soon(reply.receive()))[0]!.length, 100_000);
  await reply.send("answer");

  assert.deepEqual(await receiveTexts(request, 1), ["answer"]);
});

for (const [name, server, client] of [
  ["PLAIN", { plainServer: true }, { plainUsername: "admin", plainPassword: "secret" }],
  ["CURVE", SERVER_OPTIONS, CLIENT_OPTIONS],
] as const) {
  test(`${name} inside wss://`, async (t) => {
    const context = openContext(t);
    handle(context, ok("somebody"));
    const reply = open(t, Reply, { ...SECURE, ...server, context });
    const request = open(t, Request, { wssTrustPem: TRUST, ...client, context });
    await reply.bind("wss://127.0.0.1:*");

    await connected(reply, request, reply.lastEndpoint!);
    await request.send("question");
    const question = await soon(reply.receive());
    assert.equal(String(question), "question");
    assert.equal(messageProperty(question, "User-Id"), "somebody");
    await reply.send("answer");

    assert.deepEqual(await receiveTexts(request, 1), ["answer"]);
  });
}

for (const [what, options, reason] of [
  ["nobody is trusted", {}, /unable to|self.signed|issuer/i],
  ["only the system's authorities are trusted", { wssTrustSystem: true }, /unable to|self.signed|issuer/i],
  [
    "the certificate is for another name",
    { wssTrustPem: TRUST, wssHostname: "other.zmq.test" },
    /other\.zmq\.test/,
  ],
] as const) {
  test(`[ZMQ_WSS_HOSTNAME] [ZMQ_WSS_TRUST_SYSTEM] wss:// is not connected where ${what}: close and a retry [test_wss_transport]`, async (t) => {
    const pull = open(t, Pull, SECURE);
    const push = open(t, Push, { ...options, reconnectInterval: 1 });
    await pull.bind("wss://127.0.0.1:*");
    const [events, there] = [log(push), log(pull)];

    push.connect(pull.lastEndpoint!);

    assert.match((await events.next("close")).error!.message, reason);
    await events.next("connect:retry");
    assert.equal(events.count("connect"), 0);
    assert.equal(there.count("accept"), 0);
  });
}

test("a plain client at a wss:// listener: accept:error, and others are served", async (t) => {
  const pull = open(t, Pull, SECURE);
  await pull.bind("wss://127.0.0.1:*");
  const failed = log(pull).next("accept:error");
  const plain = connect(portOf(pull.lastEndpoint!), "127.0.0.1");
  t.after(() => plain.destroy());
  plain.on("error", () => {});
  plain.write("GET / HTTP/1.1\r\n\r\n");

  assert.match((await failed).error.message, /TLS/);
  await connected(pull, open(t, Push, { wssTrustPem: TRUST }), pull.lastEndpoint!);
});

// ---- hostile web input

interface Refusal {
  what: string;
  protocol: string | undefined;
  headers?: Record<string, string>;
  status: number;
  code: string;
  text: RegExp;
}

const REFUSALS: Refusal[] = [
  {
    what: "no subprotocol",
    protocol: undefined,
    status: 400,
    code: "EPROTO",
    text: /subprotocols "", this socket uses NULL/,
  },
  { what: "a foreign subprotocol", protocol: "chat", status: 400, code: "EPROTO", text: /"chat"/ },
  {
    what: "another mechanism",
    protocol: "ZWS2.0/CURVE",
    status: 400,
    code: "ERR_ZMTP_MECHANISM_MISMATCH",
    text: /"ZWS2.0\/CURVE", this socket uses NULL/,
  },
  {
    what: "a page of another origin",
    protocol: "ZWS2.0",
    headers: { Origin: "https://evil.example" },
    status: 403,
    code: "EACCES",
    text: /https:\/\/evil\.example may not connect/,
  },
  {
    what: "a page without an origin to speak of",
    protocol: "ZWS2.0",
    headers: { Origin: "null" },
    status: 403,
    code: "EACCES",
    text: /pages of null/,
  },
];

for (const { what, protocol, headers, status, code, text: says } of REFUSALS) {
  test(`${what} is refused, with a reason for both sides`, async (t) => {
    const pull = open(t, Pull, { webOrigins: "https://App.example http://localhost:8080" });
    await pull.bind("ws://127.0.0.1:*");
    const failed = log(pull).next("accept:error");

    const answer = await knock(t, pull.lastEndpoint!, protocol, headers);

    assert.equal(answer.status, status);
    assert.match(answer.said, says);
    const { error, address } = await failed;
    assert.equal(error.code, code);
    assert.match(error.message, says);
    assert.equal(address, pull.lastEndpoint);
    assert.equal(log(pull).count("accept"), 0);
  });
}

for (const [what, webOrigins, origin] of [
  ["a page of an origin on the list", "https://App.example http://localhost:8080", "https://app.example"],
  ["a client that is no browser", "https://app.example", undefined],
  ["any page, without a list,", null, "https://anywhere.example"],
] as const) {
  test(`${what} is let in`, async (t) => {
    const pull = open(t, Pull, { webOrigins });
    await pull.bind("ws://127.0.0.1:*");

    const accepted = log(pull).next("accept");
    const answer = await knock(
      t,
      pull.lastEndpoint!,
      "ZWS2.0",
      origin === undefined ? {} : { Origin: origin },
    );

    assert.equal(answer.status, 101);
    await accepted;
  });
}

for (const [offered, chosen] of [
  ["ZWS2.0", "ZWS2.0"],
  ["ZWS2.0,ZWS2.0/NULL", "ZWS2.0/NULL"],
  ["ZWS2.0/NULL, ZWS2.0", "ZWS2.0/NULL"],
  ["chat, ZWS2.0/CURVE ,ZMTP-NULL,ZWS2.0", "ZMTP-NULL"],
] as const) {
  test(`of the subprotocols ${offered} a NULL socket chooses ${chosen} [test_ws_transport]`, async (t) => {
    const pull = open(t, Pull);
    await pull.bind("ws://127.0.0.1:*");

    assert.equal((await knock(t, pull.lastEndpoint!, offered)).subprotocol, chosen);
  });
}

interface Attack {
  what: string;
  run(web: WebSocket): void;
  code: string;
  says: RegExp;
}

const raw = (web: WebSocket) => (web as unknown as { _socket: import("node:net").Socket })._socket;

const ATTACKS: Attack[] = [
  { what: "a text message", run: (web) => web.send("hello"), code: "EPROTO", says: /text message/ },
  {
    what: "a message without flags",
    run: (web) => web.send(Buffer.alloc(0)),
    code: "EPROTO",
    says: /no frame/,
  },
  { what: "unknown flags", run: (web) => web.send(Buffer.of(4, 1)), code: "EPROTO", says: /no frame/ },
  {
    what: "a message over maxMessageSize",
    run: (web) => web.send(Buffer.alloc(1002)),
    code: "EMSGSIZE",
    says: /maxMessageSize/,
  },
  {
    what: "a header that promises 2 GB",
    run: (web) => raw(web).write(Buffer.from("82ff0000000080000000", "hex")),
    code: "EMSGSIZE",
    says: /maxMessageSize/,
  },
  {
    what: "an unmasked frame",
    run: (web) => raw(web).write(Buffer.from("82020041", "hex")),
    code: "EPROTO",
    says: /MASK/,
  },
  {
    what: "a reserved opcode",
    run: (web) => raw(web).write(Buffer.from("838000000000", "hex")),
    code: "EPROTO",
    says: /opcode/,
  },
  {
    what: "fragments that add up to more than maxMessageSize",
    run: (web) => {
      for (let i = 0; i < 20; i++) web.send(Buffer.alloc(10_000), { fin: false });
    },
    code: "EMSGSIZE",
    says: /maxMessageSize/,
  },
  {
    what: "an unknown command",
    run: (web) => web.send(Buffer.from("\x02\x05HELLO")),
    code: "ERR_ZMTP_UNEXPECTED_COMMAND",
    says: /HELLO/,
  },
];

for (const { what, run, code, says } of ATTACKS) {
  test(`a page that sends ${what} loses its connection, and nobody else does`, async (t) => {
    const pull = open(t, Pull, { maxMessageSize: 1000 });
    const good = open(t, Push);
    await pull.bind("ws://127.0.0.1:*");
    await connected(pull, good, pull.lastEndpoint!);
    const { web } = await knock(t, pull.lastEndpoint!, "ZWS2.0");
    web.send(Buffer.of(0));
    await log(pull).next("handshake");
    const closed = new Promise((resolve) => web.once("close", resolve));

    run(web);

    const { error } = await log(pull).next("disconnect");
    assert.equal(error!.code, code);
    assert.match(error!.message, says);
    await soon(closed, "the end of the connection");
    await good.send("still here");
    assert.deepEqual(await receiveTexts(pull, 1), ["still here"]);
  });
}

test("a message in fragments, as browsers never send it, is one message", async (t) => {
  const pull = open(t, Pull);
  await pull.bind("ws://127.0.0.1:*");
  const { web } = await knock(t, pull.lastEndpoint!, "ZWS2.0");
  web.send(Buffer.of(0));

  web.send(Buffer.from("\0he"), { fin: false });
  web.send(Buffer.from("ll"), { fin: false });
  web.send(Buffer.from("o"), { fin: true });

  assert.deepEqual(await receiveTexts(pull, 1), ["hello"]);
});

for (const [what, bytes, code, answer] of [
  [
    "a plain HTTP request",
    "GET /page HTTP/1.1\r\nHost: x\r\n\r\n",
    "EPROTO",
    /^HTTP\/1\.1 426 Upgrade Required/,
  ],
  ["ZMTP", Buffer.from("ff00000000000000017f0301", "hex"), "EPROTO", /^HTTP\/1\.1 400/],
  ["a header of 100 kB", `GET / HTTP/1.1\r\nX: ${"x".repeat(100_000)}\r\n\r\n`, "EPROTO", /^HTTP\/1\.1 400/],
  [
    "an upgrade that is no WebSocket's",
    "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: ZWS2.0\r\n\r\n",
    "EPROTO",
    /^HTTP\/1\.1 400/,
  ],
] as const) {
  test(`${what} at a ws:// listener is answered and told of by accept:error`, async (t) => {
    const pull = open(t, Pull);
    await pull.bind("ws://127.0.0.1:*");
    const failed = log(pull).next("accept:error");
    const peer = connect(portOf(pull.lastEndpoint!), "127.0.0.1");
    t.after(() => peer.destroy());
    let said = "";
    peer.on("error", () => {});
    peer.setEncoding("latin1").on("data", (chunk: string) => {
      said += chunk;
    });
    const closed = new Promise((resolve) => peer.once("close", resolve));

    peer.write(bytes);

    assert.equal((await failed).error.code, code);
    await soon(closed);
    assert.match(said, answer);
    await connected(pull, open(t, Push), pull.lastEndpoint!);
  });
}

test("a peer that sends no request is cut off when the handshake's time is over", async (t) => {
  const pull = open(t, Pull, { handshakeInterval: 50 });
  await pull.bind("ws://127.0.0.1:*");
  const failed = log(pull).next("accept:error");
  const peer = connect(portOf(pull.lastEndpoint!), "127.0.0.1");
  t.after(() => peer.destroy());
  peer.write("GET / HTTP/1.1\r\nX: ");

  const { error } = await failed;

  assert.equal(error.code, "ETIMEDOUT");
  assert.match(error.message, /within 50 ms/);
});

test("a peer that becomes a WebSocket and says no more is cut off likewise", async (t) => {
  const pull = open(t, Pull, { handshakeInterval: 50 });
  await pull.bind("ws://127.0.0.1:*");
  const failed = log(pull).next("handshake:error:other");

  await knock(t, pull.lastEndpoint!, "ZWS2.0/NULL");

  assert.match((await failed).error.message, /50 ms/);
});

test("a page that never reads costs its publisher no more than the high-water mark, and heartbeats end it", async (t) => {
  const feed = open(t, Publisher, { sendHighWaterMark: 20, heartbeatInterval: 50, heartbeatTimeout: 50 });
  await feed.bind("ws://127.0.0.1:*");
  const good = open(t, Subscriber);
  await connected(feed, good, feed.lastEndpoint!);
  good.subscribe("end");
  const { web } = await knock(t, feed.lastEndpoint!, "ZWS2.0");
  web.send(Buffer.of(0));
  web.send(Buffer.of(0, 1));
  await subscribed(feed, good);
  raw(web).pause();
  const ended = log(feed).next("disconnect");
  const before = process.memoryUsage().arrayBuffers;

  for (let i = 0; i < 1000; i++) {
    await feed.send(Buffer.alloc(200_000));
    if (i % 10 === 0) await new Promise(setImmediate);
  }
  const grown = process.memoryUsage().arrayBuffers - before;
  await feed.send("end");

  assert.ok(grown < 100_000_000, `${grown} bytes are held for a page that does not read`);
  assert.deepEqual(await receiveTexts(good, 1), ["end"]);
  assert.equal((await ended).error!.code, "ETIMEDOUT");
});

test("a server that speaks no ZWS is told of by close, and tried again", async (t) => {
  const server = await listening(
    t,
    createServer((_request, response) => response.end("a page")),
  );
  const push = open(t, Push, { reconnectInterval: 1 });
  const events = log(push);

  push.connect(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);

  assert.match((await events.next("close")).error!.message, /HTTP status 200/);
  await events.next("connect:retry");
});

test("sockets that wait for ws:// do not hold the process, and a close does not linger for the peer's answer", async () => {
  const { execFileSync } = await import("node:child_process");
  const program = `
    import { Push, Pull } from "zmq-ts";
    const pull = new Pull();
    await pull.bind("ws://127.0.0.1:*");
    const push = new Push();
    push.connect(pull.lastEndpoint);
    await push.send("x");
    console.log(String(await pull.receive()));
    new Push().connect("ws://127.0.0.1:1");
    pull.close();`;

  const output = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    timeout: 10_000,
  });

  assert.equal(output, "x\n");
});

test("a ROUTER knows a DEALER by its routing id, with and without a mechanism", async (t) => {
  const router = open(t, Router);
  await router.bind(anyEndpoint("ws"));
  const named = open(t, Dealer, { routingId: "by name" });
  await connected(router, named, router.lastEndpoint!);
  await named.send("one");
  const { web } = await knock(t, router.lastEndpoint!, "ZWS2.0");
  web.send(Buffer.from("\0from a page"));
  web.send(Buffer.from("\0two"));

  assert.deepEqual(text(await soon(router.receive())), ["by name", "one"]);
  assert.deepEqual(text(await soon(router.receive())), ["from a page", "two"]);
  const heard: Buffer[] = [];
  web.on("message", (message: Buffer) => heard.push(message));
  await router.send(["from a page", "a", "b"]);
  await until(() => heard.length >= 2, "both frames have come");
  assert.deepEqual(heard.slice(-2).map(String), ["\x01a", "\0b"]);
});
