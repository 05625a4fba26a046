/** The behaviours of libzmq's generic multi-trie, and those that a compressed tree adds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PrefixTree } from "#src/routing/prefix-tree.js";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

function matching(tree: PrefixTree<string>, topic: string): string[] {
  const found: string[] = [];
  tree.match(Buffer.from(topic, "latin1"), (value) => found.push(value));
  assert.equal(tree.matches(Buffer.from(topic, "latin1")), found.length > 0);
  return found.sort();
}

function topics(tree: PrefixTree<string>): string[] {
  const all: string[] = [];
  tree.forEach((topic, { first, others }) => {
    all.push(`${topic}:${[first, ...(others ?? [])].sort().join("")}`);
  });
  return all.sort();
}

function filled(...entries: [topic: string, value: string][]): PrefixTree<string> {
  const tree = new PrefixTree<string>();
  for (const [topic, value] of entries) tree.add(bytes(topic), value);
  return tree;
}

test("[unittest_mtrie] [unittest_radix_tree] an empty tree matches nothing", () => {
  const tree = new PrefixTree<string>();

  assert.deepEqual(matching(tree, ""), []);
  assert.deepEqual(matching(tree, "a"), []);
  assert.equal(tree.size, 0);
});

test("[unittest_mtrie] [unittest_radix_tree] the empty topic matches everything", () => {
  const tree = filled(["", "A"]);

  for (const topic of ["", "a", "\0", "\xff\xff", "long topic"])
    assert.deepEqual(matching(tree, topic), ["A"]);
});

test("[unittest_mtrie] [unittest_radix_tree] a topic matches itself and what begins with it, not what it begins with", () => {
  const tree = filled(["foo", "A"]);

  for (const topic of ["foo", "foo1", "foofoo"]) assert.deepEqual(matching(tree, topic), ["A"]);
  for (const topic of ["", "f", "fo", "fop", "Foo", "xfoo"]) assert.deepEqual(matching(tree, topic), []);
});

test("[unittest_mtrie] [unittest_radix_tree] add says whether the topic is new", () => {
  const tree = new PrefixTree<string>();

  assert.equal(tree.add(bytes("foo"), "A"), true);
  assert.equal(tree.add(bytes("foo"), "A"), false);
  assert.equal(tree.add(bytes("foo"), "B"), false);
  assert.equal(tree.add(bytes("fo"), "B"), true);
  assert.equal(tree.add(bytes(""), "B"), true);
  assert.equal(tree.size, 3);
});

test("[unittest_mtrie] two holders of one topic are both found, once each", () => {
  const tree = filled(["foo", "A"], ["foo", "B"], ["foo", "A"]);

  assert.deepEqual(matching(tree, "foo"), ["A", "B"]);
});

test("[unittest_mtrie] a holder of several prefixes comes once for each", () => {
  const tree = filled(["", "A"], ["f", "A"], ["foo", "A"], ["foobar", "A"]);

  assert.deepEqual(matching(tree, "foo"), ["A", "A", "A"]);
});

test("[unittest_radix_tree] topics that part in the middle of an edge are told apart", () => {
  const tree = filled(["foobar", "A"], ["foobaz", "B"], ["foo", "C"], ["fox", "D"], ["f", "E"], ["g", "F"]);

  assert.deepEqual(matching(tree, "foobar"), ["A", "C", "E"]);
  assert.deepEqual(matching(tree, "foobaz!"), ["B", "C", "E"]);
  assert.deepEqual(matching(tree, "fox"), ["D", "E"]);
  assert.deepEqual(matching(tree, "fob"), ["E"]);
  assert.deepEqual(matching(tree, "g"), ["F"]);
});

test("[unittest_mtrie] [unittest_radix_tree] removing the only holder says last, and the topic is gone", () => {
  const tree = filled(["foo", "A"]);

  assert.equal(tree.remove(bytes("foo"), "A"), "last");
  assert.deepEqual(matching(tree, "foo"), []);
  assert.equal(tree.size, 0);
  assert.equal(tree.remove(bytes("foo"), "A"), "absent");
});

for (const gone of ["A", "B", "C"]) {
  test(`[unittest_mtrie] removing ${gone}, one of three holders, says that others remain and keeps them`, () => {
    const tree = filled(["foo", "A"], ["foo", "B"], ["foo", "C"]);

    assert.equal(tree.remove(bytes("foo"), gone), "others remain");
    assert.deepEqual(
      matching(tree, "foo"),
      ["A", "B", "C"].filter((name) => name !== gone),
    );
    assert.equal(tree.remove(bytes("foo"), gone), "absent");
  });
}

test("[unittest_mtrie] [unittest_radix_tree] removing what is not there changes nothing", () => {
  const tree = filled(["foo", "A"], ["foobar", "B"]);

  for (const [topic, value] of [
    ["", "A"],
    ["f", "A"],
    ["foob", "A"],
    ["foo", "B"],
    ["foobar", "A"],
    ["foobarx", "B"],
    ["x", "A"],
  ]) {
    assert.equal(tree.remove(bytes(topic), value), "absent", topic);
  }
  assert.deepEqual(topics(tree), ["foo:A", "foobar:B"]);
  assert.equal(tree.size, 2);
});

test("[unittest_mtrie] the empty topic can be removed like any other", () => {
  const tree = filled(["", "A"], ["", "B"], ["x", "A"]);

  assert.equal(tree.remove(bytes(""), "A"), "others remain");
  assert.equal(tree.remove(bytes(""), "B"), "last");
  assert.deepEqual(matching(tree, "y"), []);
  assert.deepEqual(matching(tree, "x"), ["A"]);
});

const SIBLINGS = ["foo", "foo1", "foo2", "foo12", "fo", "bar", "", "\xff"];
for (const gone of SIBLINGS) {
  test(`[unittest_mtrie] [unittest_radix_tree] removing "${gone}" leaves its relatives in place`, () => {
    const tree = filled(...SIBLINGS.map((topic): [string, string] => [topic, "A"]));

    assert.equal(tree.remove(bytes(gone), "A"), "last");

    const left = SIBLINGS.filter((topic) => topic !== gone);
    assert.deepEqual(topics(tree), left.map((topic) => `${topic}:A`).sort());
    for (const topic of SIBLINGS) {
      assert.equal(
        matching(tree, topic).length,
        left.filter((prefix) => topic.startsWith(prefix)).length,
        topic,
      );
    }
  });
}

test("[unittest_mtrie] [unittest_radix_tree] topics added and removed in any order leave an empty tree", () => {
  const tree = new PrefixTree<string>();
  const reversed = [...SIBLINGS].reverse();
  for (const removal of [SIBLINGS, reversed, [...SIBLINGS].sort()]) {
    for (const topic of SIBLINGS) assert.equal(tree.add(bytes(topic), "A"), true);
    for (const topic of removal) assert.equal(tree.remove(bytes(topic), "A"), "last");
    assert.deepEqual(topics(tree), []);
    assert.equal(tree.size, 0);
  }
});

test("[unittest_mtrie] taking a holder out everywhere tells each of its topics, and which nobody holds any more", () => {
  const tree = filled(["foo", "A"], ["foo", "B"], ["bar", "A"], ["", "A"], ["baz", "B"]);
  const told: string[] = [];

  tree.removeAll("A", (topic, wasLast) => told.push(`${topic}:${wasLast}`));

  assert.deepEqual(told.sort(), [":true", "bar:true", "foo:false"]);
  assert.deepEqual(topics(tree), ["baz:B", "foo:B"]);
  tree.removeAll("nobody", () => assert.fail("nothing to tell"));
});

test("topics are bytes: all 256 values are told apart", () => {
  const tree = new PrefixTree<string>();
  for (let byte = 0; byte < 256; byte++) tree.add(bytes(String.fromCharCode(byte)), `${byte}`);

  for (let byte = 0; byte < 256; byte++)
    assert.deepEqual(matching(tree, String.fromCharCode(byte)), [`${byte}`]);
});

test("a topic of a hundred thousand bytes with a thousand holders on the way is no problem for the stack", () => {
  const tree = new PrefixTree<string>();
  for (let length = 0; length <= 100_000; length += 100) tree.add(bytes("a".repeat(length)), "A");

  assert.equal(tree.size, 1001);
  assert.equal(matching(tree, "a".repeat(100_000)).length, 1001);
  let removed = 0;
  tree.removeAll("A", () => removed++);
  assert.equal(removed, 1001);
});

test("a tree whose every byte is a node of its own is walked without recursion", () => {
  const tree = new PrefixTree<string>();
  for (let length = 1; length <= 5000; length++) tree.add(bytes("a".repeat(length)), "A");

  assert.equal(topics(tree).length, 5000);
});
