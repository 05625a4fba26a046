/** The quick structures against naive ones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MessageQueue } from "#src/core/message-queue.js";
import { PrefixTree } from "#src/routing/prefix-tree.js";
import { Queue } from "#src/util/queue.js";
import { makePipe, message, text } from "../support/pipe.ts";
import { check } from "../support/property.ts";

test("a queue behaves like an array", () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.tuple(fc.constant("push" as const), fc.integer({ min: 1, max: 40 })) },
    { weight: 4, arbitrary: fc.tuple(fc.constant("shift" as const), fc.integer({ min: 1, max: 40 })) },
    { weight: 2, arbitrary: fc.tuple(fc.constant("remove" as const), fc.nat(200)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("burst" as const), fc.integer({ min: 4000, max: 5000 })) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("clear" as const), fc.constant(0)) },
  );
  return check(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const queue = new Queue<number>();
      let model: number[] = [];
      let next = 0;
      for (const [kind, count] of steps) {
        if (kind === "push" || kind === "burst") {
          for (let i = 0; i < count; i++) {
            queue.push(next);
            model.push(next++);
          }
        } else if (kind === "shift") {
          const want = model.splice(0, count);
          for (const item of want) assert.equal(queue.shift(), item);
          if (want.length < count) assert.equal(queue.shift(), undefined);
        } else if (kind === "remove") {
          const item = next - count;
          const at = model.indexOf(item);
          assert.equal(queue.remove(item), at >= 0);
          if (at >= 0) model.splice(at, 1);
        } else {
          queue.clear();
          model = [];
        }
        assert.equal(queue.length, model.length);
        assert.equal(queue.isEmpty, model.length === 0);
        assert.equal(queue.peek(), model[0]);
      }
      for (const item of model) assert.equal(queue.shift(), item);
      assert.equal(queue.shift(), undefined);
    }),
  );
});

/** As frames of ZMTP 2. */
function encoded(frames: readonly Uint8Array[]): Uint8Array[] {
  return frames.flatMap((frame, i) => [Buffer.of(i < frames.length - 1 ? 1 : 0, frame.length), frame]);
}

test("an empty message stays empty also where the block of small copies is full to its last byte", () => {
  const queue = new MessageQueue();
  const messages = Array.from({ length: 4096 }, (_, i) =>
    i % 2 === 0 ? Buffer.alloc(8, i) : Buffer.alloc(0),
  );

  for (const frame of messages) queue.pushCopy([frame]);

  for (const frame of messages) assert.deepEqual(queue.shift()?.map(Buffer.from), [frame]);
});

test("a queue of messages gives back what was put in, whatever becomes of the senders' memory", () => {
  const frame = fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 120, maxLength: 140 }));
  const parts = fc.oneof(
    { weight: 4, arbitrary: fc.array(frame, { minLength: 1, maxLength: 2 }) },
    { weight: 1, arbitrary: fc.array(frame, { minLength: 7, maxLength: 9 }) },
    { weight: 1, arbitrary: fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 7, maxLength: 12 }) },
  );
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(fc.constantFrom("copy" as const, "keep" as const, "frames" as const), fc.nat(900)),
    },
    { weight: 3, arbitrary: fc.tuple(fc.constantFrom("shift" as const, "shiftMany" as const), fc.nat(900)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("clear" as const), fc.constant(0)) },
  );
  return check(
    fc.property(
      fc.array(step, { maxLength: 30 }),
      fc.array(parts, { minLength: 1, maxLength: 7 }),
      (steps, messages) => {
        // Two that take turns in the block that small copies lie in.
        const queues = [new MessageQueue(), new MessageQueue()] as const;
        const models: Uint8Array[][][] = [[], []];
        const taken: [Uint8Array[], Uint8Array[]][] = [];
        for (const [at, [kind, count]] of steps.entries()) {
          const queue = queues[at % 2]!;
          const model = models[at % 2]!;
          if (kind === "frames") {
            const sent = Array.from({ length: count }, (_, i) => messages[i % messages.length]!);
            const chunk = Buffer.concat(sent.flatMap(encoded));
            const most = Math.ceil(count / 2);
            // In two steps, as a mark may demand.
            const half = queue.pushFrames(chunk, 0, 1000, most);
            assert.equal(queue.length, model.length + most);
            assert.equal(queue.pushFrames(chunk, half, 1000, count), chunk.length);
            model.push(...sent);
          } else if (kind === "copy" || kind === "keep") {
            for (let i = 0; i < count; i++) {
              const sent = messages[i % messages.length]!.map((bytes) => bytes.slice());
              model.push(sent.map((bytes) => bytes.slice()));
              if (kind === "keep") queue.push(sent);
              else {
                queue.pushCopy(sent.slice());
                for (const bytes of sent) if (bytes.length <= 128) bytes.fill(0xee);
              }
            }
          } else if (kind === "shift") {
            for (let i = 0; i < count; i++) {
              const message = queue.shift();
              const expected = model.shift();
              assert.equal(message === undefined, expected === undefined);
              if (message === undefined) break;
              taken.push([message, expected!]);
            }
          } else if (kind === "shiftMany") {
            const into: Uint8Array[][] = [];
            const expected = model.splice(0, count);
            assert.equal(queue.shiftMany(into, count), expected.length);
            for (const [i, message] of into.entries()) taken.push([message, expected[i]!]);
          } else {
            queue.clear();
            model.length = 0;
          }
          assert.equal(queue.length, model.length);
          assert.equal(queue.isEmpty, model.length === 0);
        }
        // Only now: what is written later must not change it.
        for (const [message, expected] of taken) {
          assert.deepEqual(
            message.map((bytes) => Array.from(bytes)),
            expected.map((bytes) => Array.from(bytes)),
          );
        }
      },
    ),
  );
});

test("[unittest_mtrie] [unittest_radix_tree] a prefix tree behaves like a list of topics and holders", () => {
  const topic = fc.string({ unit: fc.constantFrom("a", "b", "\0", "\xff"), maxLength: 6 });
  const step = fc.tuple(
    fc.constantFrom("add" as const, "add" as const, "remove" as const, "removeAll" as const),
    topic,
    fc.nat(3),
  );
  return check(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.array(topic, { minLength: 1, maxLength: 10 }),
      (steps, probes) => {
        const tree = new PrefixTree<number>();
        const model = new Map<string, Set<number>>();
        for (const [kind, name, value] of steps) {
          const holders = model.get(name);
          if (kind === "add") {
            assert.equal(tree.add(Buffer.from(name, "latin1"), value), holders === undefined);
            if (holders === undefined) model.set(name, new Set([value]));
            else holders.add(value);
          } else if (kind === "remove") {
            const had = holders?.delete(value) ?? false;
            if (holders?.size === 0) model.delete(name);
            assert.equal(
              tree.remove(Buffer.from(name, "latin1"), value),
              !had ? "absent" : holders!.size > 0 ? "others remain" : "last",
            );
          } else {
            const told: string[] = [];
            tree.removeAll(value, (gone, wasLast) => told.push(`${gone}:${wasLast}`));
            const wanted: string[] = [];
            for (const [held, by] of [...model]) {
              if (!by.delete(value)) continue;
              wanted.push(`${held}:${by.size === 0}`);
              if (by.size === 0) model.delete(held);
            }
            assert.deepEqual(told.sort(), wanted.sort());
          }
          assert.equal(tree.size, model.size);
        }
        for (const probe of [...probes, ...model.keys()]) {
          const found: number[] = [];
          tree.match(Buffer.from(probe, "latin1"), (value) => found.push(value));
          const wanted = [...model].filter(([held]) => probe.startsWith(held)).flatMap(([, by]) => [...by]);
          assert.deepEqual(found.sort(), wanted.sort());
          assert.equal(tree.matches(Buffer.from(probe, "latin1")), wanted.length > 0);
        }
      },
    ),
  );
});

test("a pipe behaves like a bounded list, opens again whenever it is read empty, and tells its owners", () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constant("write" as const), fc.integer({ min: 1, max: 8 })) },
    { weight: 5, arbitrary: fc.tuple(fc.constant("read" as const), fc.integer({ min: 1, max: 8 })) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("always" as const), fc.integer({ min: 1, max: 3 })) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("limit" as const), fc.nat(7)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("close" as const), fc.nat(1)) },
  );
  return check(
    fc.property(fc.nat(7), fc.array(step, { maxLength: 60 }), (firstLimit, steps) => {
      const { near, far, nearOwner, farOwner } = makePipe(firstLimit);
      let limit = firstLimit;
      let model: string[] = [];
      let next = 0;
      let isClosed = false;
      let refused = false;
      for (const [kind, count] of steps) {
        const told = farOwner.log.length;
        const wasEmpty = model.length === 0;
        if (kind === "write") {
          for (let i = 0; i < count; i++) {
            const name = `${next++}`;
            const took = near.write(message(name));
            if (took) model.push(name);
            if (isClosed) assert.equal(took, false);
            else if (limit === 0 || model.length === 0) assert.equal(took, true, "there is room for one");
            else if (took) assert.ok(model.length <= limit, "never more than the mark");
            else
              assert.ok(
                model.length >= limit - ((limit + 1) >> 1) + 1,
                "and never refused when half is free",
              );
            if (!took && !isClosed) refused = true;
          }
        } else if (kind === "always") {
          for (let i = 0; i < count; i++) {
            const name = `${next++}`;
            near.writeAlways(message(name));
            if (!isClosed) model.push(name);
          }
        } else if (kind === "read") {
          for (let i = 0; i < count; i++) assert.equal(text(far.read()), model.shift());
        } else if (kind === "limit") {
          limit = count;
          near.setLimit(count);
        } else {
          near.close(count === 1);
          isClosed = true;
          if (count === 1) model = [];
        }
        assert.equal(near.outboundLength, model.length);
        if (wasEmpty && model.length > 0) assert.ok(farOwner.log.length > told, "the reader is told");
        if (refused && model.length === 0 && !isClosed) {
          assert.ok(
            nearOwner.log.includes("writable"),
            "a writer that was refused is told once there is room",
          );
          assert.equal(near.canWrite, true);
          refused = false;
          nearOwner.log.length = 0;
        }
        if (isClosed && model.length === 0) {
          far.read();
          assert.equal(farOwner.log.filter((entry) => entry === "closed").length, 1);
        }
      }
    }),
  );
});
