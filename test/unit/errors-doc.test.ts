import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { ERROR_CODES, ZmqError } from "#src/util/errors.js";

/** The rows of all tables of docs/errors.md: code → the cells after it. */
const rows = new Map<string, string[]>();
for (const line of readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8").split("\n")) {
  const [, code, ...cells] = line.split("|").map((cell) => cell.trim());
  const name = /^`(E\w+)`$/.exec(code ?? "")?.[1];
  if (name !== undefined) rows.set(name, cells.slice(0, -1));
}

for (const code of ERROR_CODES) {
  test(`docs/errors.md says when ${code} comes and what to do`, () => {
    const { errno } = new ZmqError(code);

    const cells = rows.get(code);

    assert.ok(cells, `${code} is in src/util/errors.ts, but has no row in docs/errors.md`);
    const texts = errno === undefined ? cells : cells.slice(1);
    if (errno !== undefined) assert.equal(cells[0], String(errno));
    assert.equal(texts.length, 2);
    for (const text of texts) assert.notEqual(text, "");
  });
}

test("docs/errors.md has no code that is gone", () => {
  const known = new Set<string>(ERROR_CODES);

  const gone = [...rows.keys()].filter((code) => !known.has(code));

  assert.deepEqual(gone, []);
});

test("docs/errors.md calls none of this library's errors impossible", () => {
  const source = new URL("../../../src/", import.meta.url);
  const texts = readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter(
      (path) =>
        path.endsWith(".ts") && !/^util.errors\.ts$|^util.error-sentences\.ts$|constants\.ts$/.test(path),
    )
    .map((path) => readFileSync(new URL(path, source), "utf8"))
    .join("\n");

  const wrong = [...rows]
    .filter(([, cells]) => cells.some((cell) => cell.startsWith("never")))
    .filter(([code]) => new RegExp(`"${code}"`).test(texts));

  assert.deepEqual(wrong, []);
});
