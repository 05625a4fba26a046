/** The scoreboard's script: which titles it finds, and what it does not let pass. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";

interface Literal {
  text: string;
  isTitle: boolean;
  line: number;
}

const { literals } = (await import(pathToFileURL(resolve("scripts/test-titles.mjs")).href)) as {
  literals(source: string): Literal[];
};

/** What the script says of a project with these files, and the scoreboard it would have. */
function board(t: TestContext, files: Record<string, string>): { lines: string[]; text: string } {
  const root = mkdtempSync(join(tmpdir(), "zmq-parity-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const all = { "src/index.ts": "", "test/types/zeromq-program.ts": "", "docs/x": "", ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const { status, stderr } = spawnSync(process.execPath, ["scripts/parity.mjs", root], { encoding: "utf8" });
  assert.equal(status, 1, "this project proves next to nothing");
  return { lines: stderr.split("\n"), text: readFileSync(join(root, "docs/parity.md"), "utf8") };
}

test("titles are told from other strings, comments, regular expressions and code in templates", () => {
  const found = literals(`
    // test("[a] in a comment")
    /* test("[b] in a comment") */
    import { x } from "module";
    const half = 1 / 2; const regex = /["'\`/]test("[c]")/g;
    test("plain \\"quoted\\"", async (t) => {});
    await t.test(\`over \${name("inner", { a: \`deep \${1}\` })} and \${b}\`, () => {});
      test(
        'on the next line',
      );
    latest("no title");
  `);

  assert.deepEqual(
    found.filter(({ isTitle }) => isTitle).map(({ text, line }) => `${line}: ${text}`),
    ['6: plain "quoted"', "7: over … and …", "9: on the next line"],
  );
  assert.deepEqual(
    found.filter(({ isTitle }) => !isTitle).map(({ text }) => text),
    ["module", "inner", "deep …", "no title"],
  );
});

test("a row is proven by a tag, a constant or a property in a title, and by nothing else", (t) => {
  const { lines, text } = board(t, {
    "test/a.test.ts": `
      test("[test_timeo] times", () => {}); // [test_hwm]
      test("linger is kept", () => {});
      test(\`[ZMQ_NORM_*] \${x} | is refused\`, () => {});
      test("ZMQ_RATE counts", () => {});
      const words = "ZMQ_BACKLOG affinity";`,
  });

  assert.match(text, /^\| `test_timeo` \| .* \| \[a\]\(\.\.\/test\/a\.test\.ts\): times \|$/m);
  assert.match(text, /^\| `ZMQ_LINGER` \| `linger` \| .*linger is kept \|$/m);
  assert.match(text, /^\| `ZMQ_NORM_PUSH` \| .*… \\\| is refused \|$/m);
  assert.match(text, /^\| `ZMQ_RATE` \| .*ZMQ\\_RATE counts<br>\*Note\*: /m);
  assert.match(text, /^\| `test_iov` \| .*\*\*Not here\*\*: /m);
  for (const name of ["test_hwm", "ZMQ_BACKLOG", "ZMQ_AFFINITY", "ZMQ_EVENT_CONNECTED"])
    assert.ok(lines.includes(`${name}: neither a test nor a reason`), name);
  for (const name of ["test_timeo", "test_iov", "ZMQ_LINGER", "ZMQ_NORM_MODE", "ZMQ_RATE"])
    assert.ok(!lines.some((line) => line.startsWith(`${name}:`)), name);
});

test("tags that name nothing, or are not spelled out, and tests of what is not here are faults", (t) => {
  const { lines } = board(t, {
    "test/a.test.ts": `test("[test_nonsense] [ZMQ_NONE_*] x", f);\ntest(\`[\${name}] x\`, f);\ntest("[test_iov] x", f);`,
  });

  for (const fault of [
    "test/a.test.ts:1: nothing in scripts/parity is called test_nonsense",
    "test/a.test.ts:1: nothing in scripts/parity is called ZMQ_NONE_*",
    "test/a.test.ts:2: a tag is spelled out, not filled in",
    'test_iov: has tests, so it is not "not here"',
  ])
    assert.ok(lines.includes(fault), `${fault} in ${lines.join("\n")}`);
});

test("an export of the zeromq package must be one here, be used by the program of its users, and have the tests listed", (t) => {
  const { lines } = board(t, {
    "src/index.ts": "export { Pair, Push };",
    "test/types/zeromq-program.ts": "new Pair(); new Pull();",
    "test/behaviour/pair.test.ts": 'import { Push } from "zmq-ts";',
    "node_modules/zeromq/lib/index.d.ts":
      'export { Proxy, Pair as Twin } from "./native";\nexport declare class Novelty {}\nexport type Odd = 1;\n',
  });

  for (const fault of [
    "Pull: src/index.ts does not export it",
    "Push: test/types/zeromq-program.ts does not use it",
    "Pair: test/behaviour/pair.test.ts does not import it",
    "Pull: there is no test/behaviour/push-pull.test.ts",
    "Novelty: zeromq exports it, scripts/parity/exports.txt has it not",
    "Twin: zeromq exports it, scripts/parity/exports.txt has it not",
    "Odd: zeromq exports it, scripts/parity/exports.txt has it not",
    "Router: scripts/parity/exports.txt has it, zeromq does not export it",
  ])
    assert.ok(lines.includes(fault), fault);
});
