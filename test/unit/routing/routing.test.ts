import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pipe } from "#src/core/pipe.js";
import { Distributor } from "#src/routing/distributor.js";
import { FairQueue } from "#src/routing/fair-queue.js";
import { LoadBalancer } from "#src/routing/load-balancer.js";
import { RoutingTable } from "#src/routing/routing-table.js";
import { hex } from "../../support/bytes.ts";
import { type Ends, makePipe, message, text } from "../../support/pipe.ts";

/** Pipes of a reading socket; the peers write at the far ends. */
function readers(queue: FairQueue, count: number): Ends[] {
  return Array.from({ length: count }, () => {
    const ends = makePipe();
    ends.nearOwner.onReadable = (pipe) => queue.activate(pipe);
    queue.activate(ends.near);
    return ends;
  });
}

function drain(queue: FairQueue): (string | undefined)[] {
  const out: (string | undefined)[] = [];
  for (let next = queue.read(); next !== undefined; next = queue.read()) out.push(text(next));
  return out;
}

// ---- fair queue

test("the fair queue takes one message from each pipe in turn", () => {
  const queue = new FairQueue();
  const [a, b, c] = readers(queue, 3);
  for (const name of ["1", "2", "3"]) {
    a.far.write(message(`a${name}`));
    b.far.write(message(`b${name}`));
    if (name !== "3") c.far.write(message(`c${name}`));
  }

  assert.deepEqual(drain(queue), ["a1", "b1", "c1", "a2", "b2", "c2", "a3", "b3"]);
});

test("the fair queue remembers where the last message came from", () => {
  const queue = new FairQueue();
  const [a, b] = readers(queue, 2);
  a.far.write(message("a", "more"));
  b.far.write(message("b"));

  assert.equal(text(queue.read()), "a|more");
  assert.equal(queue.last, a.near);
  queue.read();
  assert.equal(queue.last, b.near);
  queue.remove(b.near);
  assert.equal(queue.last, undefined);
});

test("a pipe found empty costs nothing until it has something again", () => {
  const queue = new FairQueue();
  const [a] = readers(queue, 1);
  assert.equal(queue.canRead(), false);
  assert.equal(a.near.inFairQueue, false);

  a.far.write(message("x"));

  assert.equal(queue.canRead(), true);
  assert.equal(queue.canRead(), true, "asking takes nothing");
  assert.deepEqual(drain(queue), ["x"]);
});

test("a pipe that is activated twice has one turn", () => {
  const queue = new FairQueue();
  const [a, b] = readers(queue, 2);
  queue.activate(a.near);
  queue.activate(a.near);
  for (const name of ["1", "2"]) {
    a.far.write(message(`a${name}`));
    b.far.write(message(`b${name}`));
  }

  assert.deepEqual(drain(queue), ["a1", "b1", "a2", "b2"]);
});

test("a pipe whose far end closed is read to its end and then falls out", () => {
  const queue = new FairQueue();
  const [a, b] = readers(queue, 2);
  a.far.write(message("a1"));
  a.far.write(message("a2"));
  a.far.close();
  b.far.write(message("b1"));

  assert.deepEqual(drain(queue), ["a1", "b1", "a2"]);
  assert.deepEqual(a.nearOwner.log.at(-1), "closed");
  assert.equal(a.near.inFairQueue, false);
});

test("a pipe that this side closed gives nothing more", () => {
  const queue = new FairQueue();
  const [a, b] = readers(queue, 2);
  a.far.write(message("a"));
  b.far.write(message("b"));

  a.near.close();

  assert.deepEqual(drain(queue), ["b"]);
});

test("asking whether there is something to read finds the end of a pipe that has only that left", () => {
  const queue = new FairQueue();
  const [a] = readers(queue, 1);
  a.far.write(message("a"));
  queue.read();
  a.far.write(message("b"));
  a.far.close();
  queue.read();

  assert.equal(queue.canRead(), false);

  assert.equal(a.nearOwner.log.at(-1), "closed");
});

for (const ask of ["read", "canRead"] as const) {
  test(`no pipe is lost when the owner reads on while ${ask} tells it of the end of another`, () => {
    const queue = new FairQueue();
    const [a, b] = readers(queue, 2);
    a.far.write(message("a1"));
    a.far.close();
    const meanwhile: (string | undefined)[] = [];
    a.nearOwner.onClosed = () => {
      b.far.write(message("b1"));
      b.far.write(message("b2"));
      meanwhile.push(text(queue.read()));
    };
    assert.equal(text(queue.read()), "a1");

    const rest: (string | undefined)[] = [];
    if (ask === "canRead") assert.equal(queue.canRead(), true);
    rest.push(...drain(queue));
    b.far.write(message("b3"));

    assert.deepEqual([...meanwhile, ...rest, ...drain(queue)], ["b1", "b2", "b3"]);
  });
}

// ---- load balancer

function writers(balancer: LoadBalancer, limits: number[]): Ends[] {
  return limits.map((limit) => {
    const ends = makePipe(limit);
    ends.nearOwner.onWritable = (pipe) => balancer.activate(pipe);
    balancer.activate(ends.near);
    return ends;
  });
}

function readAll(pipe: Pipe): string {
  let all = "";
  for (let next = pipe.read(); next !== undefined; next = pipe.read()) all += text(next);
  return all;
}

test("the load balancer gives one message to each pipe in turn", () => {
  const balancer = new LoadBalancer();
  const pipes = writers(balancer, [0, 0, 0]);

  for (const name of "1234567") balancer.write(message(name));

  assert.deepEqual(
    pipes.map(({ far }) => readAll(far)),
    ["147", "25", "36"],
  );
});

test("the load balancer says which pipe took the message", () => {
  const balancer = new LoadBalancer();
  const [a, b] = writers(balancer, [0, 0]);

  assert.deepEqual([balancer.write(message("x")), balancer.write(message("x"))], [a.near, b.near]);
});

test("a full pipe is passed over until it has room, and no message is lost or doubled", () => {
  const balancer = new LoadBalancer();
  const [a, b] = writers(balancer, [1, 3]);

  for (const name of "1234") assert.ok(balancer.write(message(name)) !== undefined);
  assert.equal(balancer.write(message("never")), undefined);
  assert.equal(balancer.canWrite(), false);
  assert.equal(readAll(a.far), "1");
  assert.equal(balancer.canWrite(), true);
  assert.equal(balancer.write(message("5")), a.near);

  assert.equal(readAll(b.far), "234");
  assert.equal(readAll(a.far), "5");
});

test("without pipes there is nowhere to write", () => {
  const balancer = new LoadBalancer();

  assert.equal(balancer.write(message("x")), undefined);
  assert.equal(balancer.canWrite(), false);
});

test("a closed pipe falls out and the others go on", () => {
  const balancer = new LoadBalancer();
  const [a, b] = writers(balancer, [0, 0]);
  a.far.close();

  assert.equal(balancer.write(message("1")), b.near);
  b.near.close();
  assert.equal(balancer.write(message("2")), undefined);
});

test("asking whether there is room changes nobody's turn", () => {
  const balancer = new LoadBalancer();
  const pipes = writers(balancer, [0, 0]);

  for (const name of "1234") {
    assert.equal(balancer.canWrite(), true);
    balancer.write(message(name));
  }

  assert.deepEqual(
    pipes.map(({ far }) => readAll(far)),
    ["13", "24"],
  );
});

// ---- distributor

function fan(limits: number[]): { distributor: Distributor; ends: Ends[] } {
  const distributor = new Distributor();
  const ends = limits.map((limit) => makePipe(limit));
  for (const { near } of ends) distributor.attach(near);
  return { distributor, ends };
}

test("the distributor writes to the chosen pipes, to each once however often it was chosen", () => {
  const { distributor, ends } = fan([0, 0, 0]);

  distributor.begin();
  for (const end of [ends[0], ends[2], ends[0], ends[2]]) distributor.choose(end.near);
  distributor.write(message("x"));

  assert.deepEqual(
    ends.map(({ far }) => readAll(far)),
    ["x", "", "x"],
  );
});

test("a choice does not outlive the next begin", () => {
  const { distributor, ends } = fan([0, 0]);
  distributor.begin();
  distributor.chooseAll();
  distributor.begin();
  distributor.choose(ends[1].near);
  distributor.write(message("x"));

  assert.deepEqual(
    ends.map(({ far }) => readAll(far)),
    ["", "x"],
  );
});

test("invert chooses those that were not chosen", () => {
  const { distributor, ends } = fan([0, 0, 0]);
  distributor.begin();
  distributor.choose(ends[1].near);

  distributor.invert();
  distributor.write(message("x"));

  assert.deepEqual(
    ends.map(({ far }) => readAll(far)),
    ["x", "", "x"],
  );
});

test("a full pipe misses the message, the others get it", () => {
  const { distributor, ends } = fan([1, 0]);
  for (const name of "123") {
    distributor.begin();
    distributor.chooseAll();
    distributor.write(message(name));
  }

  assert.deepEqual(
    ends.map(({ far }) => readAll(far)),
    ["1", "123"],
  );
});

test("canWrite asks the chosen pipes only, and does not wait for a peer that is gone", () => {
  const { distributor, ends } = fan([1, 1, 1]);
  ends[0].near.write(message("x"));

  distributor.begin();
  distributor.choose(ends[1].near);
  assert.equal(distributor.canWrite(), true);
  distributor.choose(ends[0].near);
  assert.equal(distributor.canWrite(), false);
  ends[0].far.close();
  assert.equal(distributor.canWrite(), true);
});

test("a detached pipe gets nothing", () => {
  const { distributor, ends } = fan([0, 0]);
  distributor.detach(ends[0].near);

  distributor.begin();
  distributor.chooseAll();
  distributor.write(message("x"));

  assert.deepEqual(
    ends.map(({ far }) => readAll(far)),
    ["", "x"],
  );
});

// ---- routing table

test("a pipe is found by any id, told apart by every byte", () => {
  const table = new RoutingTable();
  const ids = [
    "00",
    "0000000000",
    "0000000001",
    "00ffffffff",
    "0100000000",
    "000000000000",
    "ff",
    "c3a9",
    "e9",
    "61",
    "6100",
  ];
  const pipes = ids.map(() => makePipe().near);
  for (const [i, id] of ids.entries()) table.set(hex(id), pipes[i]);

  for (const [i, id] of ids.entries()) assert.equal(table.get(new Uint8Array(hex(id))), pipes[i], id);
  assert.equal(table.get(hex("62")), undefined);
  assert.equal(table.get(hex("0000000002")), undefined);
  assert.deepEqual(new Set(table.pipes()), new Set(pipes));
});

test("an id that has gone to another pipe is not deleted by the first", () => {
  const table = new RoutingTable();
  for (const id of [hex("61"), hex("0012345678")]) {
    const [old, young] = [makePipe().near, makePipe().near];
    table.set(id, old);
    table.set(id, young);

    table.delete(id, old);
    assert.equal(table.get(id), young);
    table.delete(id, young);
    assert.equal(table.get(id), undefined);
  }
});

test("a made id is a zero and four bytes, and never one that is in use, not even by a peer's choice", () => {
  const table = new RoutingTable();
  const first = Buffer.from(table.makeId());
  assert.equal(first.length, 5);
  assert.equal(first[0], 0);
  const taken = Buffer.from(first);
  taken.writeUInt32BE((first.readUInt32BE(1) + 1) >>> 0, 1);
  table.set(taken, makePipe().near);

  const seen = new Set([first.toString("hex"), taken.toString("hex")]);
  for (let i = 0; i < 1000; i++) {
    const id = Buffer.from(table.makeId()).toString("hex");
    assert.equal(seen.has(id), false);
    seen.add(id);
  }
});
