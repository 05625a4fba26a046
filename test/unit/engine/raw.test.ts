import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConnectionHost, Ending, Peer } from "#src/engine/connection.js";
import { RawEngine } from "#src/engine/raw.js";
import { hex, turn } from "../../support/bytes.ts";
import { FakePipe } from "../../support/engine.ts";
import { FakeStream } from "../../support/fake-stream.ts";

class Bench implements ConnectionHost {
  readonly stream = new FakeStream();
  readonly pipe = new FakePipe();
  readonly peers: Peer[] = [];
  readonly endings: Ending[] = [];
  readonly engine = new RawEngine(this.stream, this);

  handshaken(peer: Peer): void {
    this.peers.push(peer);
    this.engine.attach(this.pipe);
  }

  authenticate(): boolean {
    return false;
  }

  ended(ending: Ending): void {
    this.endings.push(ending);
  }
}

function started(): Bench {
  const bench = new Bench();
  bench.engine.start();
  return bench;
}

test("a raw connection stands at once and sends nothing of its own", async () => {
  const bench = started();
  await turn();

  assert.deepEqual(
    bench.peers.map((peer) => peer.version),
    [0],
  );
  assert.equal(bench.stream.all.length, 0);
});

test("each chunk is a message, each frame goes out as it is", async () => {
  const bench = started();

  bench.engine.received(hex("474554"));
  bench.engine.received(hex("ff"));
  bench.engine.take([hex("0102"), hex("03")]);
  await turn();

  assert.deepEqual(bench.pipe.text, ["474554", "ff"]);
  assert.equal(bench.stream.takeHex(), "010203");
});

test("what was queued before the connection stood goes out when it does", async () => {
  const bench = new Bench();
  bench.pipe.outgoing.push([hex("61")], [hex("62")]);

  bench.engine.start();
  await turn();

  assert.equal(bench.stream.takeHex(), "6162");
  assert.equal(bench.pipe.isHungry, true);
});

test("chunks that come while the pipe is full wait in order, and the stream is paused meanwhile", () => {
  const bench = started();
  bench.pipe.room = 1;

  for (const chunk of ["61", "62", "63"]) bench.engine.received(hex(chunk));
  assert.equal(bench.stream.isPaused, true);
  bench.pipe.room = 1;
  bench.engine.writable();
  assert.deepEqual(bench.pipe.text, ["61", "62"]);
  assert.equal(bench.stream.isPaused, true);
  bench.pipe.room = 5;
  bench.engine.writable();
  bench.engine.received(hex("64"));

  assert.deepEqual(bench.pipe.text, ["61", "62", "63", "64"]);
  assert.equal(bench.stream.isPaused, false);
  assert.equal(bench.pipe.lost, 0);
});

test("a pipe that is full from an earlier connection loses no byte of a new one", () => {
  const bench = new Bench();
  bench.pipe.room = 0;
  bench.engine.start();

  bench.engine.received(hex("61"));
  bench.pipe.room = 2;
  bench.engine.writable();

  assert.deepEqual(bench.pipe.text, ["61"]);
  assert.equal(bench.pipe.lost, 0);
});

test("when the stream has enough, frames stay in the pipe until it has drained", async () => {
  const bench = started();
  bench.stream.isFull = true;
  bench.engine.take([hex("61")]);
  await turn();

  assert.equal(bench.engine.take([hex("62")]), false);
  assert.equal(bench.pipe.isHungry, false);
  bench.pipe.outgoing.push([hex("62")]);
  bench.stream.isFull = false;
  bench.engine.drained();
  await turn();

  assert.equal(bench.stream.takeHex(), "6162");
});

test("finish sends what was taken, then ends", () => {
  const bench = started();
  bench.engine.take([hex("61")]);

  bench.engine.finish();

  assert.equal(bench.stream.takeHex(), "61");
  assert.equal(bench.stream.isEnded, true);
  assert.deepEqual(bench.endings, [{ kind: "finished", inHandshake: false }]);
});

test("finish waits until the system has what the stream still holds", () => {
  const bench = started();
  bench.engine.take([hex("61")]);
  bench.stream.isIdle = false;

  bench.engine.finish();
  assert.deepEqual([bench.stream.isAwaitingIdle, bench.stream.isEnded], [true, false]);
  bench.stream.isIdle = true;
  bench.engine.drained();

  assert.equal(bench.stream.isEnded, true);
  assert.equal(bench.endings.length, 1);
});

test("a peer that closes is told of once, and nothing happens after it", () => {
  const bench = started();

  bench.engine.closed();
  bench.engine.closed();
  bench.engine.received(hex("61"));
  bench.engine.abort();

  assert.deepEqual(
    bench.endings.map(({ kind, error }) => [kind, error?.code]),
    [["lost", "ECONNRESET"]],
  );
  assert.deepEqual(bench.pipe.text, []);
  assert.equal(bench.engine.take([hex("61")]), false);
});
