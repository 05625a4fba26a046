import assert from "node:assert/strict";
import { test } from "node:test";
import { Queue } from "#src/util/queue.js";

test("Queue gives items back in the order they came, at any depth", () => {
  const queue = new Queue<number>();
  for (let i = 0; i < 10_000; i++) queue.push(i);

  const out = Array.from({ length: 10_000 }, () => queue.shift());

  assert.deepEqual(
    out,
    Array.from({ length: 10_000 }, (_, i) => i),
  );
  assert.equal(queue.isEmpty, true);
});
