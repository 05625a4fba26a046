/** Binding, unbinding and the forms of endpoints. */
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { Dealer, Pair, Publisher, Pull, Push, Router, Subscriber } from "zmq-ts";
import { RawServer } from "../support/raw-peer.ts";
import {
  anyEndpoint,
  connected,
  endpointToCome,
  inprocName,
  log,
  married,
  open,
  receiveTexts,
  rejects,
  STREAM_TRANSPORTS,
  soon,
  TRANSPORTS,
  temporaryPath,
  throws,
} from "../support/sockets.ts";

for (const transport of TRANSPORTS) {
  test(`[test_inproc_connect] [test_rebind_ipc] an endpoint can be bound again after unbind over ${transport}`, async (t) => {
    const pull = open(t, Pull);
    await pull.bind(anyEndpoint(transport));
    const endpoint = pull.lastEndpoint!;
    for (let i = 0; i < 3; i++) {
      await pull.unbind(endpoint);
      if (endpoint.startsWith("ipc:")) break;
      await pull.bind(endpoint);
    }
    const path = transport === "ipc" ? `ipc://${temporaryPath(t)}` : endpoint;
    if (transport === "ipc") await pull.bind(path);

    const other = open(t, Pull);
    await pull.unbind(path);
    await other.bind(path);
    const push = open(t, Push);
    await connected(other, push, path);
    await push.send("x");

    assert.deepEqual(await receiveTexts(other, 1), ["x"]);
  });

  test(`an endpoint is free when the socket that had it is closed over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    for (let i = 0; i < 3; i++) {
      const pull = open(t, Pull);
      await pull.bind(endpoint);
      await pull[Symbol.asyncDispose]();
    }
  });

  test(`[test_term_endpoint] unbind and disconnect of what is not there say ENOENT and what is over ${transport}`, async (t) => {
    const pull = open(t, Pull);
    await pull.bind(anyEndpoint(transport));
    const endpoint = pull.lastEndpoint!;

    await rejects(pull.unbind(`${endpoint}9`), "ENOENT", /unbind/);
    throws(() => pull.unbindSync(`${endpoint}9`), "ENOENT");
    const error = throws(() => pull.disconnect(endpoint), "ENOENT", /disconnect .*it has none/);
    assert.equal(error.address, endpoint);
    await pull.unbind(endpoint);
    await rejects(pull.unbind(endpoint), "ENOENT");
  });

  test(`one socket binds many endpoints and hears all of them over ${transport}`, async (t) => {
    const pull = open(t, Pull);
    const seen = new Set<string>();
    for (let i = 0; i < 3; i++) {
      const push = open(t, Push);
      seen.add(await married(t, pull, push, transport));
      await push.send(String(i));
    }

    assert.equal(seen.size, 3);
    assert.deepEqual((await receiveTexts(pull, 3)).sort(), ["0", "1", "2"]);
  });

  test(`unbind leaves other endpoints alone over ${transport}`, async (t) => {
    const pull = open(t, Pull);
    const [goes, stays] = [open(t, Push, { reconnectInterval: -1 }), open(t, Push)];
    const first = await married(t, pull, goes, transport, { mayLose: true });
    await married(t, pull, stays, transport, { mayLose: true });

    await pull.unbind(first);
    await stays.send("still here");

    assert.deepEqual(await receiveTexts(pull, 1), ["still here"]);
  });
}

for (const transport of STREAM_TRANSPORTS) {
  test(`[test_rebind_ipc] an endpoint can be bound again as soon as the socket that had it closes over ${transport}`, async (t) => {
    const endpoint = await endpointToCome(t, transport);
    const [first, second] = [open(t, Push), open(t, Push)];
    const pull = open(t, Pull, { reconnectInterval: 1 });
    await first.bind(endpoint);
    await connected(first, pull, endpoint);
    await first.send("42");
    assert.deepEqual(await receiveTexts(pull, 1), ["42"]);

    first.close();
    await second.bind(endpoint);
    await second.send("43");

    assert.deepEqual(await receiveTexts(pull, 1), ["43"]);
    if (transport === "ipc") assert.ok(existsSync(endpoint.slice("ipc://".length)));
  });
}

// Not ipc: as in libzmq, a bind takes over a path that is there.
for (const transport of ["tcp", "inproc"] as const) {
  test(`two sockets cannot bind the same endpoint, and the error names it, over ${transport}`, async (t) => {
    const first = open(t, Pull);
    await first.bind(anyEndpoint(transport));
    const endpoint = first.lastEndpoint!;
    const second = open(t, Pull);

    const error = await rejects(second.bind(endpoint), "EADDRINUSE", new RegExp(endpoint.slice(-8)));

    assert.equal(error.address, endpoint);
    assert.equal(second.lastEndpoint, null);
    await rejects(first.bind(endpoint), "EADDRINUSE");
  });
}

for (const transport of STREAM_TRANSPORTS) {
  test(`[test_term_endpoint] unbind drops the connections of that endpoint over ${transport}`, async (t) => {
    const pull = open(t, Pull);
    const push = open(t, Push, { reconnectInterval: -1 });
    const endpoint = await married(t, pull, push, transport, { mayLose: true });
    const lost = log(push).next("disconnect");

    await pull.unbind(endpoint);

    await lost;
    assert.equal(push.writable, false);
  });

  test(`unbind delivers what was sent before over ${transport}`, async (t) => {
    const push = open(t, Push);
    const pull = open(t, Pull, { reconnectInterval: -1 });
    const endpoint = await married(t, push, pull, transport, { mayLose: true });
    for (let i = 0; i < 20; i++) await push.send(String(i));

    await push.unbind(endpoint);

    assert.equal((await receiveTexts(pull, 20)).at(-1), "19");
  });
}

for (const [endpoint, pattern] of [
  ["tcp://127.0.0.1:*", /^tcp:\/\/127\.0\.0\.1:\d+$/],
  ["tcp://127.0.0.1:0", /^tcp:\/\/127\.0\.0\.1:\d+$/],
  ["tcp://*:*", /^tcp:\/\/0\.0\.0\.0:\d+$/],
  ["tcp://*:0", /^tcp:\/\/0\.0\.0\.0:\d+$/],
  ["tcp://0.0.0.0:*", /^tcp:\/\/0\.0\.0\.0:\d+$/],
  ["tcp://localhost:*", /^tcp:\/\/(127\.0\.0\.1|\[::1\]):\d+$/],
  ["ipc://*", /^ipc:\/\/.+\/socket$/],
] as const) {
  test(`[test_unbind_wildcard] [test_ipc_wildcard] binding ${endpoint} fills in what was left open`, async (t) => {
    const pull = open(t, Pull);

    await pull.bind(endpoint);

    assert.match(pull.lastEndpoint!, pattern);
    const push = open(t, Push);
    await connected(pull, push, pull.lastEndpoint!.replace("0.0.0.0", "127.0.0.1"));
    await pull.unbind(pull.lastEndpoint!);
    await rejects(pull.unbind(pull.lastEndpoint!), "ENOENT");
  });
}

for (const wildcard of ["tcp://127.0.0.1:*", "tcp://*:*", "ipc://*"]) {
  test(`[test_term_endpoint] [test_unbind_wildcard] ${wildcard} is not the name of what it became`, async (t) => {
    const pull = open(t, Pull);
    await pull.bind(wildcard);

    const error = await rejects(pull.unbind(wildcard), "ENOENT");

    assert.ok(error.message.includes(pull.lastEndpoint!), error.message);
    await pull.unbind(pull.lastEndpoint!);
  });
}

test("[test_last_endpoint] lastEndpoint follows bind and connect", async (t) => {
  const pair = open(t, Pair);
  assert.equal(pair.lastEndpoint, null);
  const name = inprocName();
  await pair.bind(name);
  assert.equal(pair.lastEndpoint, name);
  await pair.bind("tcp://127.0.0.1:*");
  const bound = pair.lastEndpoint!;
  pair.connect("tcp://127.0.0.1:1");

  assert.match(bound, /^tcp:/);
  assert.equal(pair.lastEndpoint, "tcp://127.0.0.1:1");
});

test("[test_bind_src_address] [test_reqrep_tcp] a connection leaves from the source address and port that it is given", async (t) => {
  const server = await RawServer.listen(t);
  const target = server.endpoint.slice("tcp://".length);
  const push = open(t, Push);
  push.connect(`tcp://127.0.0.1:0;${target}`);
  const peer = await server.accept();
  assert.equal(peer.socket.remoteAddress, "127.0.0.1");

  const from = (await endpointToCome(t, "tcp")).slice("tcp://".length);
  const other = open(t, Push);
  other.connect(`tcp://${from};${target}`);

  const second = await server.accept();
  assert.equal(`${second.socket.remoteAddress}:${second.socket.remotePort}`, from);
});

test("[test_connect_resolve] binding an IPv6 endpoint needs the option ipv6", async (t) => {
  if (!Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === "::1"))) {
    return t.skip("this machine has no IPv6 loopback");
  }
  const without = open(t, Pull);
  await rejects(without.bind("tcp://[::1]:*"), "ENODEV", /ipv6/);

  const pull = open(t, Pull, { ipv6: true });
  await pull.bind("tcp://[::1]:*");
  assert.match(pull.lastEndpoint!, /^tcp:\/\/\[::1\]:\d+$/);
  const push = open(t, Push, { ipv6: true });
  await connected(pull, push, pull.lastEndpoint!);
  await push.send("six");
  assert.deepEqual(await receiveTexts(pull, 1), ["six"]);
});

test("tcp://*:* with ipv6 takes both kinds of connections", async (t) => {
  if (!Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === "::1"))) {
    return t.skip("this machine has no IPv6 loopback");
  }
  const pull = open(t, Pull, { ipv6: true });
  await pull.bind("tcp://*:*");
  const port = pull.lastEndpoint!.split(":").at(-1);

  for (const host of ["127.0.0.1", "[::1]"]) {
    const push = open(t, Push, { ipv6: true });
    await connected(pull, push, `tcp://${host}:${port}`);
  }

  assert.deepEqual(
    log(pull)
      .all.filter((event) => event.type === "accept")
      .map((event) => "address" in event && event.address),
    [`tcp://127.0.0.1:${port}`, `tcp://[::1]:${port}`],
  );
});

test("[unittest_ip_resolver] the name of an interface binds to its address", async (t) => {
  const found = Object.entries(networkInterfaces()).find(([, all]) =>
    all?.some((one) => one.address === "127.0.0.1"),
  );
  if (found === undefined) return t.skip("this machine has no loopback interface");
  const pull = open(t, Pull);

  await pull.bind(`tcp://${found[0]}:*`);

  assert.match(pull.lastEndpoint!, /^tcp:\/\/127\.0\.0\.1:/);
});

for (const ipv6 of [false, true]) {
  for (const endpoint of ["tcp://localhost:1234", "tcp://[::1]:1234"]) {
    test(`[test_connect_resolve] ${endpoint} may be connected to with ipv6 ${ipv6}`, (t) => {
      const publisher = open(t, Publisher, { ipv6 });

      publisher.connect(endpoint);

      assert.equal(publisher.lastEndpoint, endpoint);
    });
  }
}

test("[test_connect_resolve] [test_pair_tcp] connecting to localhost by name works", async (t) => {
  const pull = open(t, Pull);
  const push = open(t, Push);
  await pull.bind("tcp://127.0.0.1:*");

  await connected(pull, push, pull.lastEndpoint!.replace("127.0.0.1", "localhost"));
});

test("[unittest_ip_resolver] binding to an address or name that is not of this machine is refused", async (t) => {
  const pull = open(t, Pull);

  await rejects(pull.bind("tcp://192.0.2.1:*"), "EADDRNOTAVAIL", /192\.0\.2\.1/);
  await rejects(pull.bind("tcp://no-such-host.invalid:*"), "ENODEV", /no-such-host/);
});

test("a port that another program has is EADDRINUSE", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  t.after(() => taken.close());
  const address = taken.address() as { port: number };
  const pull = open(t, Pull);

  await rejects(
    pull.bind(`tcp://127.0.0.1:${address.port}`),
    "EADDRINUSE",
    new RegExp(`127.0.0.1:${address.port}`),
  );
});

test("[test_abstract_ipc] abstract ipc names work, or the error says why not", async (t) => {
  if (process.platform !== "linux") return t.skip("Linux only");
  const endpoint = `ipc://@zt-${process.pid}-${Date.now()}`;
  const pull = open(t, Pull);
  const [, minor = 0] = process.versions.uv.split(".").map(Number);
  if (minor < 48) {
    await rejects(pull.bind(endpoint), "ENOTSUP", /Node\.js 22/);
    throws(() => pull.connect(endpoint), "ENOTSUP", /Node\.js 22/);
    return;
  }
  await pull.bind(endpoint);
  const push = open(t, Push);
  await connected(pull, push, endpoint);
  await push.send("abstract");
  assert.deepEqual(await receiveTexts(pull, 1), ["abstract"]);
});

test("[test_abstract_ipc] an abstract ipc name needs a name", async (t) => {
  await rejects(open(t, Pull).bind("ipc://@"), "EINVAL");
});

test("[test_pair_ipc] an ipc path of 108 bytes or more is ENAMETOOLONG, one of 107 is not", async (t) => {
  const folder = temporaryPath(t, "");
  const longest = folder + "x".repeat(107 - Buffer.byteLength(folder));
  const pull = open(t, Pull);
  const push = open(t, Push);

  await rejects(pull.bind(`ipc://${longest}y`), "ENAMETOOLONG", /107/);
  throws(() => push.connect(`ipc://${longest}y`), "ENAMETOOLONG", /107/);
  await pull.bind(`ipc://${longest}`);
  await connected(pull, push, `ipc://${longest}`);
});

test("a file that a dead program left at an ipc path is replaced", async (t) => {
  const path = temporaryPath(t);
  writeFileSync(path, "");
  const pull = open(t, Pull);

  await pull.bind(`ipc://${path}`);

  const push = open(t, Push);
  await connected(pull, push, `ipc://${path}`);
});

test("[test_ipc_wildcard] the path that ipc://* made is removed at close", async (t) => {
  const pull = open(t, Pull);
  await pull.bind("ipc://*");
  const path = pull.lastEndpoint!.slice("ipc://".length);
  assert.ok(existsSync(path));

  const closed = log(pull).next("close");
  await pull.unbind(pull.lastEndpoint!);
  await closed;

  assert.equal(existsSync(path), false);
});

test("ipc into a folder that is not there is refused with the system's reason", async (t) => {
  // libuv says EACCES for a missing folder, so that it is the same on all systems.
  await rejects(open(t, Pull).bind("ipc:///no/such/folder/socket"), "EACCES", /\/no\/such\/folder/);
});

for (const endpoint of [
  "",
  "tcp",
  "tcp:",
  "tcp:/",
  "tcp://",
  "://x",
  "127.0.0.1:5555",
  "tcp://127.0.0.1",
  "tcp://127.0.0.1:",
  "tcp://:5555",
  "tcp://127.0.0.1:port",
  "tcp://127.0.0.1:-1",
  "tcp://127.0.0.1:65536",
  "tcp://127.0.0.1:99999",
  "tcp://127.0.0.1:55 55",
  "tcp://127.0.0.1 :5555",
  "tcp://local host:5555",
  "tcp://in val id:1234",
  "tcp://[::1:5555",
  "tcp://::1]:5555",
  "tcp://a/b:5555",
  "ipc://",
  "inproc://",
  `inproc://${"x".repeat(257)}`,
]) {
  test(`[test_connect_resolve] "${endpoint.slice(0, 30)}" is no endpoint`, async (t) => {
    const pull = open(t, Pull);

    const error = throws(() => pull.connect(endpoint), "EINVAL");
    assert.equal(error.address, endpoint);
    await rejects(pull.bind(endpoint), "EINVAL");
    assert.equal(pull.lastEndpoint, null);
  });
}

for (const endpoint of ["tcp://*:5555", "tcp://127.0.0.1:*", "tcp://127.0.0.1:0;*:5555", "ipc://*"]) {
  test(`[test_connect_resolve] ${endpoint} cannot be connected to`, (t) => {
    throws(() => open(t, Pull).connect(endpoint), "EINVAL");
  });
}

for (const endpoint of ["TCP://127.0.0.1:5555", "http://localhost:80", "nonsense://x"]) {
  test(`[test_connect_resolve] ${endpoint} is of a protocol that is not there`, async (t) => {
    const error = throws(() => open(t, Subscriber).connect(endpoint), "EPROTONOSUPPORT", /tcp:\/\//);
    await rejects(open(t, Publisher).bind(endpoint), "EPROTONOSUPPORT");
    assert.equal(error.address, endpoint);
  });
}

for (const [endpoint, reason] of [
  ["tipc://{1,2,3}", /no JavaScript runtime can open TIPC sockets/],
  ["tipc://<1.0.1:5>", /AF_TIPC/],
  ["vsock://2:5555", /no JavaScript runtime can open vsock sockets.*use tcp:/],
  ["vsock://*:*", /AF_VSOCK/],
  ["vmci://@:5555", /no JavaScript runtime can open VMCI sockets.*use tcp:/],
  ["hvsocket://e0e16197-dd56-4a10-9195-5ee7a155a838:5555", /no JavaScript runtime can open Hyper-V sockets/],
  ["pgm://eth0;239.1.2.3:5555", /raw IP sockets/],
  ["epgm://eth0;239.1.2.3:5555", /EPGM is not part of this version/],
  ["norm://239.1.2.3:5555", /NORM is not part of this version/],
] as const) {
  test(`${endpoint} is refused, bound or connected, with the reason`, async (t) => {
    for (const error of [
      throws(() => open(t, Subscriber).connect(endpoint), "EPROTONOSUPPORT", reason),
      throws(() => open(t, Publisher).bindSync(endpoint), "EPROTONOSUPPORT", reason),
      await rejects(open(t, Publisher).bind(endpoint), "EPROTONOSUPPORT", reason),
    ]) {
      assert.match(error.message, /this runtime has tcp:\/\//);
      assert.equal(error.address, endpoint);
    }
  });
}

test("an address that is no text is a TypeError", (t) => {
  const pull = open(t, Pull);
  for (const wrong of [undefined, null, 5555, {}]) {
    assert.throws(() => pull.connect(wrong as unknown as string), {
      name: "TypeError",
      message: "Address must be a string",
    });
    assert.throws(() => void pull.bind(wrong as unknown as string), { name: "TypeError" });
  }
});

test("bindSync works for inproc and says so for others", (t) => {
  const pull = open(t, Pull);

  pull.bindSync(inprocName());

  throws(() => pull.bindSync("tcp://127.0.0.1:*"), "ENOTSUP", /await bind\(\)/);
});

for (const transport of STREAM_TRANSPORTS) {
  test(`closing while a bind is under way ends both over ${transport}`, async (t) => {
    const pull = open(t, Pull);
    const binding = pull.bind(anyEndpoint(transport));

    pull.close();

    await rejects(binding, "EBADF");
    await soon(pull[Symbol.asyncDispose]());
  });

  test(`disconnect ends all connections to the endpoint over ${transport}`, async (t) => {
    const pull = open(t, Pull);
    const push = open(t, Push);
    await pull.bind(anyEndpoint(transport));
    for (let i = 0; i < 3; i++) await connected(pull, push, pull.lastEndpoint!);

    push.disconnect(pull.lastEndpoint!);
    for (let i = 0; i < 3; i++) await log(pull).next("disconnect");

    throws(() => push.disconnect(pull.lastEndpoint!), "ENOENT");
  });
}

test("inproc peers of types that do not fit are kept apart", async (t) => {
  const endpoint = inprocName();
  const router = open(t, Router);
  router.bindSync(endpoint);
  const push = open(t, Push);
  const events = log(push);

  push.connect(endpoint);

  assert.match((await events.next("disconnect")).error!.message, /PUSH socket cannot talk to a ROUTER/);
  assert.equal(push.writable, false);
  const dealer = open(t, Dealer);
  dealer.connect(endpoint);
  await dealer.send("good");
  assert.equal((await soon(router.receive()))[1]!.toString(), "good");
});

test("an endpoint given by name is unbound by that name, or by what it became", async (t) => {
  const pull = open(t, Pull);
  const port = (await endpointToCome(t, "tcp")).split(":").at(-1);
  for (const name of [`tcp://localhost:${port}`, `tcp://*:${port}`, `tcp://lo:${port}`]) {
    await pull.bind(name);
    assert.notEqual(pull.lastEndpoint, name);
    await pull.unbind(name);
    await pull.bind(name);
    await pull.unbind(pull.lastEndpoint!);
  }
});
