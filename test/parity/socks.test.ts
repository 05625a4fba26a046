/** Connections through a SOCKS5 proxy, between our sockets and to libzmq behind it. RFC 1928, RFC 1929. */
import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { type TestContext, test } from "node:test";
import { constants, Pull, Push, Reply, Request, type Socket, type ZmqErrorCode } from "zmq-ts";
import { ADDON } from "../support/interop-ends.ts";
import { PythonPeer } from "../support/python.ts";
import { log, open, receiveTexts, soon, temporaryPath, throws } from "../support/sockets.ts";
import { type SocksBehaviour, SocksServer } from "../support/socks-server.ts";

const python = await PythonPeer.start();
const hasIPv6 = (networkInterfaces().lo ?? []).some(({ address }) => address === "::1");

/** Asks through the proxy, and checks that the answer comes. */
async function bounce(t: TestContext, proxy: SocksServer, host: string, options: object = {}): Promise<void> {
  const reply = open(t, Reply, { ipv6: host.startsWith("[") });
  await reply.bind(`tcp://${host.startsWith("[") ? "[::1]" : "127.0.0.1"}:*`);
  const port = reply.lastEndpoint!.split(":").pop()!;
  const request = open(t, Request, { socksProxy: proxy.address, ...options });
  request.connect(`tcp://${host}:${port}`);
  await request.send("question");
  assert.deepEqual(await receiveTexts(reply, 1), ["question"]);
  await reply.send("answer".repeat(20_000));
  assert.equal((await soon(request.receive()))[0]!.length, 120_000);
  assert.equal(proxy.requests[0]!.port, Number(port));
}

test("[ZMQ_SOCKS_PROXY] [test_socks] a connection goes through the proxy, by address", async (t) => {
  const proxy = await SocksServer.listen(t);

  await bounce(t, proxy, "127.0.0.1");

  assert.deepEqual(proxy.requests[0]!.methods, [0]);
  assert.deepEqual([proxy.requests[0]!.kind, proxy.requests[0]!.host], ["IPv4", "127.0.0.1"]);
  assert.equal(proxy.connections, 1);
});

test("[test_socks] without socksProxy nothing goes there", async (t) => {
  const proxy = await SocksServer.listen(t);
  const pull = open(t, Pull);
  const push = open(t, Push);
  await pull.bind("tcp://127.0.0.1:*");
  push.connect(pull.lastEndpoint!);
  await push.send("direct");

  assert.deepEqual(await receiveTexts(pull, 1), ["direct"]);
  assert.equal(proxy.connections, 0);
});

test("[test_socks] the proxy resolves host names, which nobody else can", async (t) => {
  const proxy = await SocksServer.listen(t, { hosts: { "peer.invalid": "127.0.0.1" } });

  await bounce(t, proxy, "peer.invalid");

  assert.deepEqual([proxy.requests[0]!.kind, proxy.requests[0]!.host], ["name", "peer.invalid"]);
});

test("[test_socks] IPv6 addresses are sent as such", { skip: !hasIPv6 && "no IPv6 here" }, async (t) => {
  const proxy = await SocksServer.listen(t, { hosts: { "0000:0000:0000:0000:0000:0000:0000:0001": "::1" } });

  await bounce(t, proxy, "[::1]");

  assert.equal(proxy.requests[0]!.kind, "IPv6");
});

test("[test_socks] the proxy itself is reached by IPv6", { skip: !hasIPv6 && "no IPv6 here" }, async (t) => {
  const proxy = await SocksServer.listen(t, {}, "::1");

  await bounce(t, proxy, "127.0.0.1", { ipv6: true });
});

for (const boundAs of [
  [1, 10, 0, 0, 1],
  [4, ...new Array<number>(16).fill(7)],
  [3, 5, ...Buffer.from("proxy")],
  [3, 0],
]) {
  test(`[test_socks] a proxy that answers byte by byte, and names its own address by kind ${boundAs[0]} with ${boundAs.length} bytes, is understood`, async (t) => {
    const proxy = await SocksServer.listen(t, { drips: true, boundAs, user: "u", password: "p" });

    await bounce(t, proxy, "127.0.0.1", { socksUsername: "u", socksPassword: "p" });
  });
}

for (const [title, options, wanted] of [
  ["with both", { socksUsername: "user", socksPassword: "secret" }, { user: "user", password: "secret" }],
  ["without password", { socksUsername: "user" }, { user: "user", password: "" }],
  [
    "without password as null",
    { socksUsername: "user", socksPassword: null },
    { user: "user", password: "" },
  ],
  ["in UTF-8", { socksUsername: "üser", socksPassword: "ß" }, { user: "üser", password: "ß" }],
] as const) {
  test(`[ZMQ_SOCKS_USERNAME] [ZMQ_SOCKS_PASSWORD] [test_socks] user name and password ${title}`, async (t) => {
    const proxy = await SocksServer.listen(t, wanted);

    await bounce(t, proxy, "127.0.0.1", options);

    assert.deepEqual(proxy.requests[0]!.methods, [2]);
    assert.equal(proxy.requests[0]!.user, wanted.user);
    assert.equal(proxy.requests[0]!.password, wanted.password);
  });
}

for (const user of ["", null]) {
  test(`[test_socks] a user name of ${JSON.stringify(user)} offers none`, async (t) => {
    const proxy = await SocksServer.listen(t);

    await bounce(t, proxy, "127.0.0.1", { socksUsername: user, socksPassword: "unused" });

    assert.deepEqual(proxy.requests[0]!.methods, [0]);
  });
}

/** The error of the first attempt; a retry follows it. */
async function failure(socket: Socket): Promise<{ code: ZmqErrorCode; message: string }> {
  const { error } = await log(socket).next("close");
  await log(socket).next("connect:retry");
  return error!;
}

const REFUSALS: [what: string, behaviour: SocksBehaviour, code: ZmqErrorCode, text: RegExp][] = [
  ["wants a password that is not set", { user: "u" }, "EACCES", /set socksUsername/],
  ["does not speak SOCKS5", { garbage: { at: "greeting", bytes: [4, 90] } }, "EPROTO", /version 5/],
  [
    "chooses what was not offered",
    { garbage: { at: "greeting", bytes: [5, 2] } },
    "EACCES",
    /authentication/,
  ],
  ["goes away", { garbage: { at: "greeting", bytes: [5] } }, "ECONNRESET", /closed/],
  ["may not connect there", { refuseWith: 2 }, "EACCES", /rules/],
  ["finds no network", { refuseWith: 3 }, "ENETUNREACH", /127\.0\.0\.1:9/],
  ["finds no host", { refuseWith: 4 }, "EHOSTUNREACH", /host/],
  ["is refused", { refuseWith: 5 }, "ECONNREFUSED", /refused/],
  ["fails", { refuseWith: 1 }, "EPROTO", /failure/],
  ["answers with an unknown code", { refuseWith: 77 }, "EPROTO", /malformed/],
  ["answers nonsense", { garbage: { at: "request", bytes: [5, 0, 0, 9, 9, 9] } }, "EPROTO", /malformed/],
];

for (const [what, behaviour, code, text] of REFUSALS) {
  test(`a proxy that ${what}: the attempt fails with ${code} and is tried again`, async (t) => {
    const proxy = await SocksServer.listen(t, behaviour);
    const push = open(t, Push, { socksProxy: proxy.address, reconnectInterval: 1, reconnectStop: 1 });
    log(push);
    push.connect("tcp://127.0.0.1:9");

    const error = await failure(push);

    assert.equal(error.code, code);
    assert.match(error.message, text);
    await log(push).next("close");
  });
}

const WRONG_PASSWORDS: [what: string, behaviour: SocksBehaviour][] = [
  ["refuses the password", { user: "u", password: "right" }],
  ["answers the password with nonsense", { user: "u", garbage: { at: "password", bytes: [9, 9] } }],
];

for (const [what, behaviour] of WRONG_PASSWORDS) {
  test(`a proxy that ${what}: the attempt fails and is tried again`, async (t) => {
    const proxy = await SocksServer.listen(t, behaviour);
    const options = { socksUsername: "u", socksPassword: "wrong", reconnectInterval: 1 };
    const push = open(t, Push, { socksProxy: proxy.address, ...options });
    log(push);
    push.connect("tcp://127.0.0.1:9");

    const { code } = await failure(push);

    assert.equal(code, what.startsWith("refuses") ? "EACCES" : "EPROTO");
    assert.equal(proxy.requests.length, 0);
  });
}

test("a proxy that is not there: ECONNREFUSED, even with reconnectStop tried again", async (t) => {
  const push = open(t, Push, { socksProxy: "127.0.0.1:1", reconnectInterval: 1, reconnectStop: 1 });
  log(push);
  push.connect("tcp://127.0.0.1:9");

  assert.equal((await failure(push)).code, "ECONNREFUSED");
});

test("connectTimeout and closing end an attempt in the middle of the dialogue", async (t) => {
  const silent = await import("../support/raw-peer.ts").then(({ RawServer }) => RawServer.listen(t));
  const address = silent.endpoint.slice("tcp://".length);
  const push = open(t, Push, { socksProxy: address, connectTimeout: 20, reconnectInterval: 60_000 });
  log(push);
  push.connect("tcp://127.0.0.1:9");
  const first = await silent.accept();
  assert.deepEqual(await first.read(3), Buffer.of(5, 1, 0));
  assert.equal((await log(push).next("close")).error!.code, "ETIMEDOUT");
  await soon(first.closed);

  const other = open(t, Push, { socksProxy: address, linger: 0 });
  other.connect("tcp://127.0.0.1:9");
  const second = await silent.accept();
  await second.read(3);
  other.close();
  await soon(second.closed);
});

test("ipc does not go through the proxy", async (t) => {
  const pull = open(t, Pull);
  await pull.bind(`ipc://${temporaryPath(t)}`);
  const push = open(t, Push, { socksProxy: "127.0.0.1:1" });
  push.connect(pull.lastEndpoint!);
  await push.send("direct");

  assert.deepEqual(await receiveTexts(pull, 1), ["direct"]);
});

test("[test_socks] the options are texts that can be read and cleared", (t) => {
  const push = open(t, Push);

  assert.deepEqual([push.socksProxy, push.socksUsername, push.socksPassword], [null, null, null]);
  push.socksProxy = "somehost:1080";
  assert.equal(push.getOption(constants.ZMQ_SOCKS_PROXY), "somehost:1080");
  push.setOption(constants.ZMQ_SOCKS_PROXY, Buffer.from("[::1]:1080"));
  assert.equal(push.socksProxy, "[::1]:1080");
  push.socksProxy = null;
  assert.equal(push.socksProxy, null);
  for (const bad of ["somehost", "somehost:99999", ":", "a b:1"])
    throws(() => {
      push.socksProxy = bad;
    }, "EINVAL");
  for (const name of ["socksUsername", "socksPassword"] as const) {
    push[name] = "x".repeat(255);
    throws(() => {
      push[name] = "x".repeat(256);
    }, "EINVAL");
    assert.equal(push[name], "x".repeat(255));
    push[name] = "";
    assert.equal(push[name], null);
  }
});

for (const library of [python, ADDON]) {
  test(`libzmq (${library.name}) is reached through the proxy`, {
    skip: library.missing ?? false,
  }, async (t) => {
    const proxy = await SocksServer.listen(t, { hosts: { "peer.invalid": "127.0.0.1" } });
    const theirs = await library.open("PULL");
    t.after(() => theirs.close());
    const endpoint = await theirs.bind("tcp://127.0.0.1:*");
    const push = open(t, Push, { socksProxy: proxy.address });
    push.connect(endpoint.replace("127.0.0.1", "peer.invalid"));

    await push.send(["through", "the proxy"]);

    assert.deepEqual((await soon(theirs.receive())).map(String), ["through", "the proxy"]);
  });
}

test("libzmq goes the same way through the same proxy", async (t) => {
  const proxy = await SocksServer.listen(t);
  const pull = open(t, Pull);
  await pull.bind("tcp://127.0.0.1:*");
  const { Push: TheirPush } = await import("zeromq");
  const theirs = new TheirPush({ socksProxy: proxy.address, linger: 0 });
  t.after(() => theirs.close());
  theirs.connect(pull.lastEndpoint!);

  await theirs.send("from libzmq");

  assert.deepEqual(await receiveTexts(pull, 1), ["from libzmq"]);
  assert.deepEqual(proxy.requests[0]!.methods, [0]);
});
