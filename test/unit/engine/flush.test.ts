import assert from "node:assert/strict";
import { test } from "node:test";
import { flushAfterTurn } from "#src/engine/flush.js";

test("one connection that throws while it is flushed does not hold back the others", async (t) => {
  // What came after it in the list was dropped, and its messages stayed where they were.
  const flushed: string[] = [];
  const errors: unknown[] = [];
  process.setUncaughtExceptionCaptureCallback((error) => errors.push(error));
  t.after(() => process.setUncaughtExceptionCaptureCallback(null));
  const fault = new Error("fault");
  const item = (name: string) => ({ flush: () => void flushed.push(name) });

  flushAfterTurn(item("first"));
  flushAfterTurn({
    flush() {
      throw fault;
    },
  });
  flushAfterTurn(item("behind"));
  flushAfterTurn(item("last"));
  await new Promise(setImmediate);
  await new Promise(setImmediate);

  assert.deepEqual(flushed, ["first", "behind", "last"]);
  assert.deepEqual(errors, [fault]);
});
