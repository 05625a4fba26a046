import assert from "node:assert/strict";
import { test } from "node:test";
import { Ring } from "#src/util/ring.js";

test("Ring gives items back in the order they came, at any depth", () => {
  const ring = new Ring<number>();
  for (let i = 0; i < 10_000; i++) ring.push(i);

  const out = Array.from({ length: 10_000 }, () => ring.shift());

  assert.deepEqual(
    out,
    Array.from({ length: 10_000 }, (_, i) => i),
  );
  assert.equal(ring.isEmpty, true);
});
