/** What a page loads. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { bundle, firstFiles } from "../support/bundle.ts";

const SOCKETS =
  "Publisher, Subscriber, XPublisher, XSubscriber, Push, Pull, Request, Reply, Dealer, Router, Pair, Context";

for (const [what, program, hasCurve, most] of [
  ["a page with all patterns, without CURVE", `export { ${SOCKETS} } from "zmq-ts"`, false, 30_000],
  ["a page with all patterns", `export { ${SOCKETS} } from "zmq-ts"`, true, 32_000],
  ["a page with one pattern", 'export { Subscriber } from "zmq-ts"', true, 29_500],
] as const) {
  test(`${what} loads at most ${most} bytes of this library, compressed`, async (t) => {
    const files = await firstFiles(program, hasCurve);

    const sum = (size: (bytes: Uint8Array) => number) =>
      files.map(size).reduce((total, length) => total + length, 0);
    const length = sum((bytes) => brotliCompressSync(bytes).length);
    const gzipped = sum((bytes) => gzipSync(bytes, { level: 9 }).length);
    t.diagnostic(
      `${length} bytes with brotli, ${gzipped} with gzip, ${sum((bytes) => bytes.length)} as they are`,
    );
    assert.ok(length <= most, `${length} bytes`);
  });
}

test("the bundle names no module of Node.js", async () => {
  const text = Buffer.from(await bundle('export * from "zmq-ts"; export * from "zmq-ts/draft"')).toString();

  // libsodium's own glue asks whether it runs in Node.js, and then for these.
  const ours = text.replaceAll(/(?:require|import)\(["'](?:node:)?(?:fs|path|crypto|module|url)["']\)/g, "");
  assert.doesNotMatch(ours, /["'`]node:/);
  assert.doesNotMatch(ours, /from ?["'](ws|net|fs|dgram)["']|require\(/);
});
