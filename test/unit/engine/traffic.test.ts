import assert from "node:assert/strict";
import { test } from "node:test";
import { ascii, turn } from "../../support/bytes.ts";
import { Bench, command, GREETING_20, GREETING_31, READY_PEER } from "../../support/engine.ts";

/** Bytes of the READY that the bench sends. */
const READY_SENT = 43;

// ---- messages in

test("a message of several parts comes through whole, however its frames are cut", () => {
  const bench = new Bench().shakeHands().push("010161 01", "00 00", "0162 0000");

  assert.deepEqual(bench.pipe.text, ["61||62", ""]);
});

test("a connection lost in the middle of a message delivers none of its parts", () => {
  const bench = new Bench().shakeHands().push("000161 010162 010163");

  bench.engine.closed();

  assert.deepEqual(bench.pipe.text, ["61"]);
  assert.equal(bench.ending, "lost ECONNRESET false");
});

test("a connection lost in the middle of a frame delivers nothing of it", () => {
  const bench = new Bench().shakeHands().push("000161 00056263");

  bench.engine.closed(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));

  assert.deepEqual(bench.pipe.text, ["61"]);
  assert.equal(bench.ending, "lost ECONNRESET false");
  assert.ok(bench.endings[0].error!.cause instanceof Error);
});

test("a connection lost before the handshake is over says so", () => {
  const bench = new Bench().push(GREETING_31);

  bench.engine.closed();

  assert.equal(bench.ending, "lost EPIPE true");
});

test("parts without end are cut off before they fill the memory", () => {
  const bench = new Bench().shakeHands();
  const chunk = "0100".repeat(1 << 16);

  for (let i = 0; i < 17; i++) bench.push(chunk);

  assert.equal(bench.ending, "protocol EMSGSIZE false");
  assert.deepEqual(bench.pipe.text, []);
});

// ---- back-pressure

test("a full pipe stops decoding at once, pauses the stream when more comes, and goes on when there is room", () => {
  const bench = new Bench().shakeHands();
  bench.pipe.room = 2;

  bench.push("000161 000162 000163 000164");
  assert.deepEqual(bench.pipe.text, ["61", "62"]);
  assert.equal(bench.stream.isPaused, false, "its reader may be done before more comes");
  bench.push("000165");
  assert.equal(bench.stream.isPaused, true);

  bench.pipe.room = 1;
  bench.engine.writable();
  assert.deepEqual(bench.pipe.text, ["61", "62", "63"]);
  assert.equal(bench.stream.isPaused, true);

  bench.pipe.room = 5;
  bench.engine.writable();
  assert.deepEqual(bench.pipe.text, ["61", "62", "63", "64", "65"]);
  assert.equal(bench.stream.isPaused, false);
  assert.equal(bench.pipe.lost, 0);
});

test("chunks that still come after the pause are kept, not lost", () => {
  const bench = new Bench().shakeHands();
  bench.pipe.room = 1;

  bench.push("000161 0001", "62 010163", "000164");
  bench.pipe.room = 5;
  bench.engine.writable();

  assert.deepEqual(bench.pipe.text, ["61", "62", "63|64"]);
  assert.equal(bench.pipe.lost, 0);
});

test("a pipe that fills up between the parts of a message still takes all of them", () => {
  const bench = new Bench().shakeHands();
  bench.pipe.room = 1;
  bench.push("010161");
  assert.equal(bench.stream.isPaused, false);

  bench.push("000162");

  assert.deepEqual(bench.pipe.text, ["61|62"]);
});

for (const [name, handshake] of [
  ["3.1", GREETING_31 + READY_PEER],
  ["2.0", `${GREETING_20}0000`],
] as const) {
  test(`a pipe that is full from an earlier connection loses no message of a new ZMTP ${name} one`, () => {
    const bench = new Bench();
    bench.pipe.room = 0;

    bench.push(`${handshake}000161`, "000162");
    assert.deepEqual(bench.pipe.text, []);
    assert.equal(bench.stream.isPaused, true);
    bench.pipe.room = 2;
    bench.engine.writable();

    assert.deepEqual(bench.pipe.text, ["61", "62"]);
    assert.equal(bench.pipe.lost, 0);
  });
}

test("a pipe that loses its room between two chunks, to a lowered mark, loses no message", () => {
  const bench = new Bench().shakeHands().push("000161 0001");
  bench.pipe.room = 0;

  bench.push("62 000163");
  assert.equal(bench.stream.isPaused, true);
  bench.pipe.room = 2;
  bench.engine.writable();

  assert.deepEqual(bench.pipe.text, ["61", "62", "63"]);
  assert.equal(bench.pipe.lost, 0);
});

test("writable means nothing to an engine that has not stopped", () => {
  const bench = new Bench().shakeHands();
  bench.stream.isPaused = true;

  bench.engine.writable();

  assert.equal(bench.stream.isPaused, true);
});

test("a malformed frame found while catching up ends the connection as one found at once", () => {
  const bench = new Bench({ maxMessageSize: 100 }).shakeHands();
  bench.pipe.room = 1;
  bench.push("000161 00ff");
  assert.equal(bench.ending, "");

  bench.pipe.room = 1;
  bench.engine.writable();

  assert.equal(bench.ending, "protocol EMSGSIZE false");
});

// ---- messages out

test("messages of one turn leave in one write, in order", async () => {
  const bench = new Bench().shakeHands();
  const before = bench.stream.writes.length;

  bench.send("a").send("b", "c").send("");
  assert.equal(bench.stream.writes.length, before);
  await turn();

  assert.equal(bench.stream.writes.length, before + 1);
  assert.equal(bench.stream.takeHex(), "000161010162000163 0000".replace(/ /g, ""));
});

test("at 60 kB the engine hands over in the middle of a turn", () => {
  const bench = new Bench().shakeHands();

  for (let i = 0; i < 70; i++) bench.send(Buffer.alloc(1000));

  assert.ok(bench.stream.take().length >= 60_000);
});

test("an engine with an empty pipe is hungry: messages pass the queue", async () => {
  const bench = new Bench().shakeHands();
  assert.equal(bench.pipe.isHungry, true);

  assert.equal(bench.engine.take([Buffer.from("x")]), true);
  await turn();

  assert.equal(bench.stream.takeHex(), "000178");
});

test("when the stream has enough, messages stay in the pipe; when it has drained, they go on in order", async () => {
  const bench = new Bench().shakeHands();
  bench.stream.isFull = true;
  bench.send("1");
  await turn();
  assert.equal(bench.stream.takeHex(), "000131");

  bench.send("2").send("3");
  await turn();
  assert.equal(bench.pipe.isHungry, false);
  assert.equal(bench.engine.take([Buffer.from("never")]), false);
  assert.equal(bench.pipe.outgoing.length, 2);
  assert.equal(bench.stream.takeHex(), "");

  bench.stream.isFull = false;
  bench.engine.drained();
  await turn();
  assert.equal(bench.stream.takeHex(), "000132000133");
  assert.equal(bench.pipe.isHungry, true);
});

test("a stream that fills up in the middle of the queue leaves the rest in the pipe", async () => {
  const bench = new Bench().shakeHands();
  bench.stream.isFull = true;
  for (let i = 0; i < 10; i++) bench.pipe.outgoing.push([Buffer.alloc(20_000, i)]);

  bench.engine.readable();
  await turn();

  assert.equal(bench.pipe.outgoing.length, 7, "three messages of 20 kB make 60 kB");
  bench.stream.isFull = false;
  bench.engine.drained();
  await turn();
  assert.equal(bench.stream.all.length, 64 + READY_SENT + 10 * 20_009);
});

test("PONG to a peer that does not read waits with the rest and goes out when the stream drains", async () => {
  const bench = new Bench().shakeHands();
  bench.stream.isFull = true;
  bench.send("1");
  await turn();
  bench.stream.take();

  bench.push(command("PING", "0000"));
  await turn();
  assert.equal(bench.stream.takeHex(), "");
  bench.stream.isFull = false;
  bench.engine.drained();
  await turn();

  assert.equal(bench.stream.takeHex(), command("PONG"));
});

// ---- the end

test("finish sends what was taken, then ends the stream, and says so once", () => {
  const bench = new Bench().shakeHands();
  bench.send("last");

  bench.engine.finish();
  bench.engine.finish();
  bench.engine.closed();

  assert.equal(bench.stream.takeHex(), `0004${ascii("last")}`);
  assert.equal(bench.stream.isEnded, true);
  assert.equal(bench.stream.isDestroyed, false);
  assert.deepEqual(bench.endings, [{ kind: "finished", inHandshake: false }]);
});

test("finish waits until the system has what the stream still holds, and abort cuts that short", () => {
  // What the stream held below its own mark was left to it: `linger` did not bound the time that took.
  for (const isInTime of [true, false]) {
    const bench = new Bench().shakeHands();
    bench.send("last");
    bench.stream.isIdle = false;

    bench.engine.finish();
    assert.deepEqual([bench.stream.isAwaitingIdle, bench.stream.isEnded], [true, false]);
    bench.stream.isIdle = true;
    if (isInTime) bench.engine.drained();
    else bench.engine.abort();

    assert.equal(bench.stream.isEnded, isInTime);
    assert.equal(bench.stream.isDestroyed, !isInTime);
    assert.equal(bench.endings.length, isInTime ? 1 : 0);
  }
});

test("finish waits for a stream that has enough", () => {
  const bench = new Bench().shakeHands();
  bench.stream.isFull = true;
  bench.send(Buffer.alloc(70_000));
  bench.send("last");

  bench.pipe.onEmpty = () => bench.engine.finish();
  assert.equal(bench.stream.isEnded, false);
  bench.stream.isFull = false;
  bench.engine.drained();

  assert.equal(bench.stream.take().subarray(-6).toString("hex"), `0004${ascii("last")}`);
  assert.equal(bench.stream.isEnded, true);
  assert.equal(bench.endings.length, 1);
});

test("finish before the handshake is over ends at once, and says that it was in the handshake", () => {
  const bench = new Bench().push(GREETING_31);

  bench.engine.finish();

  assert.deepEqual(bench.endings, [{ kind: "finished", inHandshake: true }]);
  assert.equal(bench.clock.pending, 0);
});

test("what arrives after finish is thrown away", () => {
  const bench = new Bench().shakeHands();
  bench.stream.isFull = true;
  bench.send(Buffer.alloc(70_000));
  bench.engine.finish();

  bench.push("000161");

  assert.deepEqual(bench.pipe.text, []);
  assert.equal(bench.ending, "");
});

test("a connection lost while finishing ends as lost, once", () => {
  const bench = new Bench().shakeHands();
  bench.stream.isFull = true;
  bench.send(Buffer.alloc(70_000));
  bench.engine.finish();

  bench.engine.closed();
  bench.engine.drained();

  assert.equal(bench.ending, "lost ECONNRESET false");
});

test("abort hands over what was taken from the pipe, since the socket counts it as sent", () => {
  const bench = new Bench().shakeHands();
  bench.send("taken");

  bench.engine.abort();

  assert.equal(bench.stream.takeHex(), `0005${ascii("taken")}`);
  assert.equal(bench.stream.isEnded, true);
  assert.deepEqual(bench.endings, []);
});

test("abort with nothing taken closes at once and silently, also twice", () => {
  const bench = new Bench().shakeHands();

  bench.engine.abort();
  bench.engine.abort();

  assert.equal(bench.stream.isDestroyed, true);
  assert.deepEqual(bench.endings, []);
});

test("after its end an engine does nothing, whatever it is asked", async () => {
  const bench = new Bench().shakeHands();
  bench.engine.closed();
  bench.stream.isDestroyed = false;

  bench.send("x").push("000161", "ff");
  bench.engine.writable();
  bench.engine.drained();
  bench.engine.finish();
  bench.engine.abort();
  await turn();

  assert.equal(bench.stream.takeHex(), "");
  assert.deepEqual(bench.pipe.text, []);
  assert.equal(bench.endings.length, 1);
  assert.equal(bench.pipe.isHungry, false);
});
