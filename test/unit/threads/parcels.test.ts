/** Frames that go past the ring: in turn with those that do not, and dropped with the link that they were for. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import { Membership } from "#src/threads/membership.js";
import { MessageReader } from "#src/threads/message-reader.js";
import { MessageWriter } from "#src/threads/message-writer.js";
import { PARCEL_FROM, type ParcelRoute } from "#src/threads/parcel-route.js";
import { Parcels } from "#src/threads/parcels.js";
import { SharedMemory } from "#src/threads/shared-memory.js";
import { mark, ownerOf } from "#src/util/mark.js";

/** A context and its I/O thread, in one thread. */
function pair(t: TestContext) {
  const memory = SharedMemory.create();
  const program = Membership.join(memory, 1, true);
  const io = Membership.join(memory, 2, true);
  const { port1, port2 } = new MessageChannel();
  t.after(() => {
    program.leave();
    io.leave();
    port1.close();
  });
  const asked: string[] = [];
  return {
    memory,
    program,
    io,
    /** What came and nobody has looked at, at the program. */
    queued: () => receiveMessageOnPort(port1) !== undefined,
    asked,
    ours: new Parcels(program, port1, false, () => asked.push("the I/O thread")),
    theirs: new Parcels(io, port2, true, () => asked.push("the program")),
  };
}

function frame(size: number, fill: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(size);
  return bytes.fill(fill);
}

test("parcels of several links are taken in the order of each, whatever the order of all", (t) => {
  const { io, program, ours, theirs } = pair(t);
  const links = [0, 1, 2].map(() => io.makeLink(program.key, 0));
  const from = links.map((link) => theirs.route(link));
  const to = links.map((link) => ours.route(link));

  for (let i = 0; i < 9; i++) from[i % 3]!.send(frame(20_000, i));

  const order = [2, 0, 2, 1, 0, 2, 1, 0, 1];
  assert.deepEqual(
    order.map((which) => to[which]!.take()![0]),
    [2, 0, 5, 1, 3, 8, 4, 6, 7],
  );
  for (const route of to) assert.equal(route.take(), undefined);
});

/** As an engine has it. */
function received(size: number, fill: number): Buffer {
  const bytes = frame(size, fill);
  mark(bytes, {});
  return bytes;
}

test("an engine's frame changes hands, a program's is copied", (t) => {
  const { io, program, ours, theirs } = pair(t);
  const link = io.makeLink(program.key, 0);
  const [there, here] = [theirs.route(link), ours.route(link)];
  const withHead = received(20_009, 1).subarray(9);
  const withTail = received(20_000, 2).subarray(0, 19_999);
  const inMiddle = received(70_000, 3).subarray(40_000);
  const option = frame(20_000, 4);
  const users = frame(20_000, 5);

  for (const one of [withHead, withTail, inMiddle, option]) there.send(one);
  here.send(users);

  assert.equal(withHead.length, 0, "its memory is gone from here");
  assert.equal(withTail.length, 19_999, "something may still be read behind it");
  assert.equal(inMiddle.length, 30_000, "what is before it may be somebody's");
  assert.equal(option.length, 20_000, "it does not come from a peer");
  assert.equal(users.length, 20_000);
  const taken = [here.take()!, here.take()!, here.take()!, here.take()!];
  assert.deepEqual(
    taken.map((one) => [one.length, one[0]]),
    [
      [20_000, 1],
      [19_999, 2],
      [30_000, 3],
      [20_000, 4],
    ],
  );
  const copy = there.take()!;
  assert.ok(users.equals(copy));
  assert.notEqual(copy.buffer, users.buffer);
});

test("what an engine is done with is free at once if the program has sent it; what a program has received never", (t) => {
  const { io, program, ours, theirs } = pair(t);
  const link = io.makeLink(program.key, 0);
  const [there, here] = [theirs.route(link), ours.route(link)];
  here.send(frame(20_000, 1));
  there.send(received(20_000, 2));
  const sent = there.take()!;
  const others = received(20_000, 3);
  const got = here.take()!;

  for (const bytes of [sent, others]) there.free(bytes);
  here.free(got);

  assert.deepEqual([sent.length, others.length, got.length], [0, 20_000, 20_000]);
});

test("what comes for a link that has ended is dropped, also when the link has been made anew", (t) => {
  const { memory, io, program, ours, theirs, asked, queued } = pair(t);
  const link = io.makeLink(program.key, 0);
  const old = theirs.route(link);
  const other = io.makeLink(program.key, 0);
  old.send(frame(20_000, 1));
  const ended = ours.route(link);
  program.drop(link, 1);
  ended.end();
  assert.ok(!queued(), "what had come is dropped with it");
  assert.deepEqual(asked, [], "nothing was sent from here");

  // The I/O thread has not noticed yet.
  old.send(frame(20_000, 2));
  theirs.route(other).send(frame(20_000, 3));
  io.drop(link, 0);
  old.end();
  assert.deepEqual(asked, ["the program"]);
  ours.sweep();

  assert.equal(io.makeLink(program.key, 0), link, "the number is used again");
  assert.equal(memory.linksUsed, 2);
  theirs.route(link).send(frame(20_000, 4));
  assert.equal(ended.take(), undefined);
  assert.equal(ours.route(link).take()![0], 4);
  assert.equal(ours.route(other).take()![0], 3, "others keep theirs");
});

test("what is sent before the other side knows of the link waits for it", (t) => {
  const { io, program, ours, theirs } = pair(t);
  const link = io.makeLink(program.key, 0);
  theirs.route(link).send(frame(20_000, 7));

  ours.sweep();

  assert.equal(ours.route(link).take()![0], 7);
});

/** Messages through a ring with a way past it. */
function joined(t: TestContext, origin?: object) {
  const { io, program, ours, theirs } = pair(t);
  const link = io.makeLink(program.key, 0);
  const [writer] = io.memory.rings(link, 0);
  const [, ring] = program.memory.rings(link, 1);
  const reader = new MessageReader(
    ring,
    () => true,
    () => {},
    ours.route(link),
  );
  if (origin !== undefined) reader.comesFrom(origin);
  return { writer, reader, messages: new MessageWriter(writer, () => writer.publish(), theirs.route(link)) };
}

test("long frames keep their turn among short ones, and their place in a message", (t) => {
  const origin = {};
  const { writer, reader, messages } = joined(t, origin);
  const sizes = [[3], [PARCEL_FROM], [2, 100_000, 0, PARCEL_FROM - 1, PARCEL_FROM, 5], [1_000_000, 1], [0]];
  let seed = 0;
  const sent = sizes.map((parts) => parts.map((size) => frame(size, ++seed)));
  const copies = sent.map((parts) => parts.map((part) => Buffer.from(part)));

  for (const message of sent) assert.ok(messages.write(message), "there is room for all of it");
  writer.publish();

  assert.ok(writer.unread === 5 && writer.room > 30_000, "only the short ones are in the ring");
  for (const copy of copies) {
    const message = reader.next(false)!;
    assert.deepEqual(message, copy);
    for (const [i, part] of message.entries())
      if (copy[i]!.length >= PARCEL_FROM) {
        assert.ok(Buffer.isBuffer(part));
        assert.equal(ownerOf(part), origin);
        assert.ok(mark(new Uint8Array(part.buffer), origin), "all of the block is that peer's");
      }
  }
  assert.equal(reader.next(false), undefined);
});

test("a message that waits for room in the ring goes on with its long frames", (t) => {
  const { writer, reader, messages } = joined(t);
  const before: number[] = [];
  while (messages.write([frame(10_000, before.length)])) before.push(before.length);
  const waiting = before.length;
  writer.publish();

  for (let i = 0; i < waiting; i++) assert.equal(reader.next(false)![0]![9999], i);
  assert.ok(messages.continue());
  assert.ok(messages.write([frame(30_000, 100), frame(40_000, 101), frame(1, 102)]));
  writer.publish();

  assert.equal(reader.next(false)![0]![9999], waiting);
  assert.deepEqual(
    reader.next(false)!.map((part) => [part.length, part[0]]),
    [
      [30_000, 100],
      [40_000, 101],
      [1, 102],
    ],
  );
});

test("a parcel that cannot be had ends what comes over the link", (t) => {
  const { io, program } = pair(t);
  const link = io.makeLink(program.key, 0);
  const [writer] = io.memory.rings(link, 0);
  const [, ring] = program.memory.rings(link, 1);
  const lost: ParcelRoute = { send() {}, take: () => undefined, free() {}, end() {} };
  const reader = new MessageReader(
    ring,
    () => true,
    () => {},
    lost,
  );
  const messages = new MessageWriter(writer, () => writer.publish(), lost);
  messages.write([frame(1, 1)]);
  messages.write([frame(1, 2), frame(20_000, 2)]);
  messages.write([frame(1, 3)]);
  writer.publish();

  assert.deepEqual(reader.next(false), [Buffer.of(1)]);
  assert.equal(reader.next(false), undefined);
  assert.equal(reader.next(false), undefined);
});
