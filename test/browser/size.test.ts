/** What a page loads. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { bundle } from "../support/bundle.ts";

for (const [what, program, most] of [
  ["a subscriber alone", 'export { Subscriber } from "zmq-ts"', 27_000],
  ["all stable sockets", 'export * from "zmq-ts"', 30_000],
] as const) {
  test(`${what} takes at most ${most} bytes of a page, compressed`, async (t) => {
    const bytes = await bundle(program);

    const { length } = gzipSync(bytes, { level: 9 });
    t.diagnostic(`${what}: ${length} bytes compressed, ${bytes.length} as they are`);
    assert.ok(length <= most, `${length} bytes`);
  });
}

test("the bundle names no module of Node.js", async () => {
  const text = Buffer.from(await bundle('export * from "zmq-ts"; export * from "zmq-ts/draft"')).toString();

  assert.doesNotMatch(text, /["'`]node:/);
  assert.doesNotMatch(text, /from ?["'](ws|net|fs|dgram)["']|require\(/);
});
