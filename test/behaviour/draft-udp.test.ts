/** udp://: RADIO and DISH, and DGRAM, by unicast and multicast. Datagrams on one host arrive, and in order. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { networkInterfaces } from "node:os";
import { type TestContext, test } from "node:test";
import { Publisher, Pull } from "zmq-ts";
import { Datagram, Dish, Radio } from "zmq-ts/draft";
import { next } from "../support/drafts.ts";
import { log, open, rejects, soon, text, throws, until } from "../support/sockets.ts";

const HAS_IPV6 = networkInterfaces().lo?.some(({ family }) => family === "IPv6") ?? false;
const NO_IPV6 = HAS_IPV6 ? false : "NOT TESTED: the loopback interface has no IPv6 address";

/** The endpoint that a DISH is bound to. */
async function bound(dish: Dish | Datagram, endpoint: string): Promise<string> {
  await dish.bind(endpoint);
  return dish.lastEndpoint!;
}

for (const [host, ipv6] of [
  ["127.0.0.1", false],
  ["[::1]", true],
] as const) {
  const skip = ipv6 && NO_IPV6;

  test(`DISH receives datagrams of its groups from ${host} [test_radio_dish]`, { skip }, async (t) => {
    const dish = open(t, Dish, { ipv6 });
    const radio = open(t, Radio, { ipv6 });
    const endpoint = await bound(dish, "udp://*:*");
    radio.connect(endpoint.replace("*", host));
    dish.join("TV");

    await radio.send("Godfather", { group: "Movies" });
    await radio.send("Friends", { group: "TV" });
    await radio.send("", { group: "TV" });

    assert.equal(await next(dish), "TV: Friends");
    assert.equal(await next(dish), "TV: ");
  });

  test(`DGRAM sends to an address and answers it over ${host} [test_dgram]`, { skip }, async (t) => {
    const [listener, sender] = [open(t, Datagram, { ipv6 }), open(t, Datagram, { ipv6 })];
    const to = (await bound(listener, `udp://${host}:*`)).slice(6);
    const from = (await bound(sender, `udp://${host}:*`)).slice(6);

    await sender.send([to, "Is someone there?"]);
    const [address, question] = await soon(listener.receive());
    await listener.send([address, "Yes, there is!"]);
    const answer = await soon(sender.receive());

    // libzmq closes the address with a zero byte, and so do we.
    assert.deepEqual([String(address), String(question)], [`${from}\0`, "Is someone there?"]);
    assert.deepEqual(text(answer), [`${to}\0`, "Yes, there is!"]);
  });

  test(`DISH cannot connect to udp://${host}, nor RADIO bind it [test_radio_dish]`, { skip }, async (t) => {
    throws(() => open(t, Dish, { ipv6 }).connect(`udp://${host}:5556`), "ENOCOMPATPROTO", /RADIO/);
    await rejects(open(t, Radio, { ipv6 }).bind("udp://*:5556"), "ENOCOMPATPROTO", /DISH and DGRAM/);
  });
}

test("DGRAM cannot connect, and binds to nothing but udp:// [test_dgram]", async (t) => {
  const socket = open(t, Datagram);

  throws(() => socket.connect("udp://127.0.0.1:5556"), "ENOCOMPATPROTO");
  await rejects(socket.bind("tcp://127.0.0.1:*"), "ENOCOMPATPROTO", /udp:/);
  await rejects(socket.bind("inproc://x"), "ENOCOMPATPROTO");
  throws(() => socket.bindSync("udp://127.0.0.1:*"), "ENOTSUP", /await bind/);
  assert.equal(socket.type, 18);
  assert.equal(socket.threadSafe, false);
  for (const other of [open(t, Publisher), open(t, Pull)]) {
    await rejects(other.bind("udp://127.0.0.1:*"), "ENOCOMPATPROTO");
    throws(() => other.connect("udp://127.0.0.1:5"), "ENOCOMPATPROTO");
  }
});

test("DGRAM checks what it is given to send", async (t) => {
  const socket = open(t, Datagram);
  await bound(socket, "udp://127.0.0.1:*");

  await rejects(socket.send("no address" as never), "EINVAL", /two parts/);
  await rejects(socket.send(["127.0.0.1:5", "a", "b"] as never), "EINVAL", /not 3/);
  for (const address of ["127.0.0.1", "localhost:5", "127.0.0.1:0", "127.0.0.1:99999", ""])
    await rejects(socket.send([address, "x"]), "EINVAL");
});

for (const [endpoint, code] of [
  ["udp://127.0.0.1;127.0.0.1:5", "EINVAL"],
  ["udp://nosuchif;239.1.2.3:5", "ENODEV"],
  ["udp://239.1.2.3;239.1.2.3:5", "ENODEV"],
  ["udp://127.0.0.1", "EINVAL"],
  ["udp://[::1]:5", "ENODEV"],
] as const) {
  test(`${endpoint} cannot be bound: ${code}`, async (t) => {
    await rejects(open(t, Dish).bind(endpoint), code);
    throws(() => open(t, Radio).connect(endpoint), code);
  });
}

test("a port of another DISH is EADDRINUSE, and free again when that is unbound", async (t) => {
  const first = open(t, Dish);
  const second = open(t, Dish);
  const endpoint = await bound(first, "udp://127.0.0.1:*");
  const event = log(second).next("bind:error");

  const error = await rejects(second.bind(endpoint), "EADDRINUSE");
  assert.equal(error.address, endpoint);
  await event;
  const closed = log(first).next("close");
  await first.unbind(endpoint);
  await closed;

  await second.bind(endpoint);
  await rejects(first.unbind(endpoint), "ENOENT");
});

const GROUPS = { IPv4: "226.8.5.5", IPv6: "ff02::7a65:726f:6df1:a01" };
type Family = keyof typeof GROUPS;

/** Does this host send itself multicast through the interface? Some containers have none. */
async function multicastWorks(nic: string, family: Family): Promise<boolean> {
  const isV6 = family === "IPv6";
  const on = isV6 ? `::%${nic}` : addressOf(nic);
  const udp = createSocket({ type: isV6 ? "udp6" : "udp4", reuseAddr: true });
  try {
    await new Promise<void>((resolve) => udp.bind(0, resolve));
    udp.addMembership(GROUPS[family], on);
    udp.setMulticastInterface(on!);
    const heard = new Promise<boolean>((resolve) => udp.once("message", () => resolve(true)));
    const failed = new Promise<boolean>((resolve) => {
      udp.send("x", udp.address().port, GROUPS[family], (error) => error && resolve(false));
    });
    const late = new Promise<boolean>((resolve) => setTimeout(resolve, 1000, false));
    return await Promise.race([heard, failed, late]);
  } catch {
    return false;
  } finally {
    udp.close();
  }
}

function addressOf(nic: string): string | undefined {
  return networkInterfaces()[nic]?.find(({ family }) => family === "IPv4")?.address;
}

const OTHER_NIC = Object.keys(networkInterfaces()).find((name) => name !== "lo") ?? "eth0";

for (const family of ["IPv4", "IPv6"] as const) {
  const ipv6 = family === "IPv6";
  const group = ipv6 ? `[${GROUPS.IPv6}]` : GROUPS.IPv4;
  for (const nic of ["lo", OTHER_NIC]) {
    const skip = (await multicastWorks(nic, family))
      ? false
      : `NOT TESTED: no ${family} multicast on ${nic} here`;

    test(`an ${family} multicast group reaches all DISHes on the port, on ${nic} [test_radio_dish]`, {
      skip,
    }, async (t) => {
      const [first, second] = [open(t, Dish, { ipv6 }), open(t, Dish, { ipv6 })];
      const endpoint = await bound(first, `udp://${nic};${group}:*`);
      await bound(second, ipv6 ? endpoint : endpoint.replace(nic, addressOf(nic)!));
      const radio = open(t, Radio, { ipv6 });
      radio.connect(endpoint);
      for (const dish of [first, second]) dish.join("TV");

      await radio.send("Friends", { group: "TV" });

      assert.equal(await next(first), "TV: Friends");
      assert.equal(await next(second), "TV: Friends");
    });

    // The loopback device brings everything back whatever the option says.
    if (nic === "lo") continue;
    test(`multicastLoop false keeps ${family} datagrams from this host, on ${nic} [test_radio_dish]`, {
      skip,
    }, async (t) => {
      const dish = open(t, Dish, { ipv6 });
      const endpoint = await bound(dish, `udp://${nic};${group}:*`);
      const [quiet, loud] = [open(t, Radio, { ipv6, multicastLoop: false }), open(t, Radio, { ipv6 })];
      dish.join("TV");
      const opened = log(quiet).next("connect");
      quiet.connect(endpoint);
      await opened;
      loud.connect(endpoint);

      await quiet.send("unheard", { group: "TV" });
      await loud.send("heard", { group: "TV" });

      assert.equal(await next(dish), "TV: heard");
    });
  }
}

function dgram(t: TestContext): ReturnType<typeof createSocket> {
  const udp = createSocket("udp4");
  t.after(() => udp.close());
  return udp;
}

test("a datagram is the group's length, the group and the body; what is not so is passed over", async (t) => {
  const dish = open(t, Dish);
  const endpoint = await bound(dish, "udp://127.0.0.1:*");
  const port = Number(endpoint.split(":").at(-1));
  dish.join("TV", "");
  const peer = dgram(t);

  for (const bytes of ["", "\x05TV", "\xffTV", "\x02TVone", "\x00two"])
    peer.send(Buffer.from(bytes, "latin1"), port);

  assert.deepEqual([await next(dish), await next(dish)], ["TV: one", ": two"]);
});

test("RADIO sends such datagrams, up to 8192 bytes, and drops longer ones", async (t) => {
  const peer = dgram(t);
  await new Promise<void>((resolve) => peer.bind(0, "127.0.0.1", resolve));
  const heard: string[] = [];
  peer.on("message", (datagram) => heard.push(datagram.toString("latin1")));
  const radio = open(t, Radio);
  radio.connect(`udp://localhost:${peer.address().port}`);

  await radio.send("abc", { group: "TV" });
  await radio.send("x".repeat(8190), { group: "TV" });
  await radio.send("x".repeat(8189), { group: "TV" });

  await until(() => heard.length === 2, "both datagrams have come");
  assert.equal(heard[0], "\x02TVabc");
  assert.equal(heard[1]!.length, 8192);
});

test("a DISH that does not read loses datagrams beyond its high-water mark and lives on", async (t) => {
  const dish = open(t, Dish, { receiveHighWaterMark: 2 });
  const endpoint = await bound(dish, "udp://127.0.0.1:*");
  const radio = open(t, Radio);
  radio.connect(endpoint);
  dish.join("g", "last");
  for (let i = 0; i < 10; i++) await radio.send(String(i), { group: "g" });
  await until(() => dish.readable, "something has come");
  const probe = open(t, Dish);
  const other = await bound(probe, "udp://127.0.0.1:*");
  probe.join("g");
  const second = open(t, Radio);
  second.connect(other);
  await second.send("behind", { group: "g" });
  assert.equal(await next(probe), "g: behind");

  assert.deepEqual([await next(dish), await next(dish)], ["g: 0", "g: 1"]);
  await radio.send("after", { group: "last" });

  assert.equal(await next(dish), "last: after");
});

for (const when of ["when it has connected", "at once"]) {
  test(`what a RADIO has sent leaves before it closes, in order, ${when}`, async (t) => {
    const dish = open(t, Dish);
    const endpoint = await bound(dish, "udp://127.0.0.1:*");
    dish.join("g");
    const radio = open(t, Radio);
    radio.connect(endpoint.replace("127.0.0.1", "localhost"));
    if (when !== "at once") await log(radio).next("connect");

    for (let i = 0; i < 100; i++) await radio.send(String(i), { group: "g" });
    radio.close();

    for (let i = 0; i < 100; i++) assert.equal(await next(dish), `g: ${i}`);
  });
}

test("a RADIO whose host has no address says so, and closes", async (t) => {
  const radio = open(t, Radio);
  const events = log(radio);
  radio.connect("udp://no.such.host.invalid:5556");

  const { address, error } = await events.next("close");
  assert.equal(address, "udp://no.such.host.invalid:5556");
  assert.match(error!.message, /connecting to udp:\/\/no\.such\.host\.invalid:5556 failed/);
  radio.close();
  await events.next("end");
});
