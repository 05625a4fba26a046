/** RADIO and DISH over streams: 48/RADIO-DISH. Over datagrams: draft-udp.test.ts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Dish, Radio } from "zmq-ts/draft";
import { joined, next } from "../support/drafts.ts";
import {
  inprocName,
  log,
  married,
  open,
  rejects,
  soon,
  TRANSPORTS,
  throws,
  until,
} from "../support/sockets.ts";

for (const transport of TRANSPORTS) {
  test(`DISH receives the groups it has joined, and no more when it has left, over ${transport} [test_radio_dish]`, async (t) => {
    const radio = open(t, Radio);
    const dish = open(t, Dish);
    dish.join("Movies");
    await married(t, radio, dish, transport);
    await joined(radio, dish);

    await radio.send("Friends", { group: "TV" });
    await radio.send("Godfather", { group: "Movies" });
    assert.equal(await next(dish), "Movies: Godfather");

    dish.join("TV");
    await joined(radio, dish);
    await radio.send("Friends", { group: "TV" });
    assert.equal(await next(dish), "TV: Friends");

    dish.leave("TV");
    await joined(radio, dish);
    await radio.send("Friends", { group: "TV" });
    await radio.send("Godfather", { group: "Movies" });
    await until(() => dish.readable, "the DISH is readable");
    assert.equal(await next(dish), "Movies: Godfather");
  });

  test(`groups match as a whole, not by prefix, over ${transport}`, async (t) => {
    const radio = open(t, Radio);
    const [a, b] = [open(t, Dish), open(t, Dish)];
    a.join("TV");
    b.join("TV2", "");
    await married(t, radio, [a, b], transport);
    await joined(radio, a, b);

    for (const group of ["TV", "TV2", "T", "", "TV3"]) await radio.send(`for ${group}`, { group });
    await radio.send("end", { group: "TV" });
    await radio.send("end", { group: "TV2" });

    assert.deepEqual([await next(a), await next(a)], ["TV: for TV", "TV: end"]);
    assert.deepEqual([await next(b), await next(b), await next(b)], ["TV2: for TV2", ": for ", "TV2: end"]);
  });

  test(`a group may have 255 bytes of any kind over ${transport} [test_radio_dish]`, async (t) => {
    const radio = open(t, Radio);
    const dish = open(t, Dish);
    const groups = ["0123456789ABCDEFGH", "x".repeat(255), Buffer.from([0xff, 0xfe, 1, 0x80])];
    dish.join(...groups);
    await married(t, radio, dish, transport);
    await joined(radio, dish);

    for (const [i, group] of groups.entries()) await radio.send(String(i), { group });

    for (const [i, group] of groups.entries()) {
      const [body, about] = await soon(dish.receive());
      assert.equal(String(body), String(i));
      assert.deepEqual(about.group, Buffer.from(group as string));
      assert.ok(Buffer.isBuffer(about.group));
    }
  });

  test(`a RADIO that binds later learns what was joined before over ${transport}`, async (t) => {
    const dish = open(t, Dish, { reconnectInterval: 1 });
    const radio = open(t, Radio);
    dish.join("early");
    await married(t, radio, dish, transport);
    const late = open(t, Radio);

    await married(t, late, dish, transport);
    await joined(late, dish);
    await late.send("from the second", { group: "early" });

    assert.equal(await next(dish), "early: from the second");
  });
}

test("a DISH joins again after a reconnection", async (t) => {
  const first = open(t, Radio);
  const dish = open(t, Dish, { reconnectInterval: 1 });
  dish.join("news");
  const endpoint = await married(t, first, dish, "tcp", { mayLose: true });
  await joined(first, dish);

  await first.unbind(endpoint);
  const second = open(t, Radio);
  await second.bind(endpoint);
  await joined(second, dish);
  await second.send("again", { group: "news" });

  assert.equal(await next(dish), "news: again");
});

test("joining twice, leaving what was not joined and groups over 255 bytes are EINVAL [test_radio_dish]", (t) => {
  const dish = open(t, Dish);
  const radio = open(t, Radio);
  dish.join("Movies");

  throws(() => dish.join("Movies"), "EINVAL", /joined already/);
  throws(() => dish.leave("TV"), "EINVAL", /not joined/);
  throws(() => dish.join("x".repeat(256)), "EINVAL", /255/);
  throws(() => dish.leave("x".repeat(256)), "EINVAL", /255/);
  throws(() => void radio.send("x", { group: "x".repeat(256) }), "EINVAL", /255/);
  assert.throws(() => dish.join(5 as never), TypeError);
  assert.throws(() => radio.send("x", {} as never), TypeError);
  assert.throws(() => radio.send("x", undefined as never), { message: "Options must be an object" });
  dish.close();
  throws(() => dish.join("x"), "ENOTSOCK");
});

test("RADIO refuses messages of several parts, and what nobody has joined goes nowhere", async (t) => {
  const radio = open(t, Radio);
  radio.bindSync(inprocName());

  await rejects(radio.send(["a", "b"] as never, { group: "g" }), "EINVAL", /one part/);
  await radio.send("into the air", { group: "g" });
  assert.equal(radio.trySend("into the air", { group: "g" }), true);
  assert.equal(radio.threadSafe, true);
  assert.deepEqual([radio.type, open(t, Dish).type], [14, 15]);
  assert.equal(open(t, Dish).linger, 0);
  assert.equal("receive" in radio, false);
  assert.equal("send" in open(t, Dish), false);
});

test("a RADIO drops for a DISH that is full, and with noDrop waits for it", async (t) => {
  const radio = open(t, Radio, { sendHighWaterMark: 1 });
  const dish = open(t, Dish, { receiveHighWaterMark: 1 });
  dish.join("g");
  await married(t, radio, dish, "inproc");
  const about = { group: "g" };

  for (let i = 0; i < 5; i++) await radio.send(String(i), about);
  assert.deepEqual([await next(dish), await next(dish)], ["g: 0", "g: 1"]);
  assert.equal(dish.tryReceive(), undefined);
  radio.noDrop = true;
  await radio.send("a", about);
  await radio.send("b", about);

  assert.equal(radio.trySend("c", about), false);
});

const GREETING = `ff00000000000000017f0301${Buffer.from("NULL").toString("hex")}${"00".repeat(48)}`;
const ready = (type: string) => {
  const body = Buffer.concat([
    Buffer.from("\x05READY\x0bSocket-Type"),
    Buffer.from([0, 0, 0, type.length]),
    Buffer.from(type),
  ]);
  return Buffer.concat([Buffer.from([4, body.length]), body]).toString("hex");
};

test("JOIN and LEAVE are commands and a message is two frames on the wire", async (t) => {
  const { createServer } = await import("node:net");
  const server = createServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const dish = open(t, Dish);
  dish.join("TV");
  const accepted = new Promise<import("node:net").Socket>((resolve) => server.once("connection", resolve));
  dish.connect(`tcp://127.0.0.1:${port}`);
  const peer = await soon(accepted);
  t.after(() => peer.destroy());
  let seen = "";
  peer.on("data", (chunk: Buffer) => {
    seen += chunk.toString("latin1");
  });

  peer.write(Buffer.from(GREETING + ready("RADIO"), "hex"));
  await until(() => seen.endsWith("\x04\x07\x04JOINTV"), "the DISH has sent JOIN");
  dish.leave("TV");
  await until(() => seen.endsWith("\x04\x08\x05LEAVETV"), "the DISH has sent LEAVE");
  dish.join("TV");
  peer.write(Buffer.from("\x01\x02TV\x00\x03abc", "latin1"));

  assert.equal(await next(dish), "TV: abc");
});

for (const [what, bytes] of [
  ["one frame only", "\x00\x02TV"],
  ["three frames", "\x01\x02TV\x01\x01a\x00\x01b"],
  ["a group of 256 bytes", `\x03\0\0\0\0\0\0\x01\0${"g".repeat(256)}\x00\x01b`],
] as const) {
  test(`a DISH ends the connection of a peer that sends ${what}`, async (t) => {
    const { connect } = await import("node:net");
    const dish = open(t, Dish);
    dish.join("TV");
    await dish.bind("tcp://127.0.0.1:*");
    const lost = log(dish).next("disconnect");
    const peer = connect(Number(dish.lastEndpoint!.split(":").at(-1)), "127.0.0.1");
    t.after(() => peer.destroy());
    peer.on("data", () => {});
    void dish.receive().catch(() => {});

    peer.write(Buffer.from(GREETING + ready("RADIO"), "hex"));
    peer.write(Buffer.from(bytes, "latin1"));

    assert.match((await lost).error!.message, /no group and a body/);
  });
}

test("a RADIO ends the connection of a peer that joins a group of 256 bytes", async (t) => {
  const { connect } = await import("node:net");
  const radio = open(t, Radio);
  await radio.bind("tcp://127.0.0.1:*");
  const lost = log(radio).next("disconnect");
  const peer = connect(Number(radio.lastEndpoint!.split(":").at(-1)), "127.0.0.1");
  t.after(() => peer.destroy());
  peer.on("data", () => {});

  peer.write(Buffer.from(GREETING + ready("DISH"), "hex"));
  peer.write(Buffer.from(`\x06\0\0\0\0\0\0\x01\x05\x04JOIN${"g".repeat(256)}`, "latin1"));

  assert.match((await lost).error!.message, /group of 256 bytes/);
});
