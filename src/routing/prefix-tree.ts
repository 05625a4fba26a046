/**
 * Topics and who holds them: prefix → values, as a compressed tree. A match walks the topic once, however many
 * prefixes there are. libzmq: mtrie.cpp, radix_tree.cpp.
 *
 *   root ─"a"─► (A) ─"bc"─► (B, C)        topic "abcd" is held by A, B and C
 *             └─"x"──► (D)
 *
 * Edges are Latin-1 text, one character a byte: strings are smaller than typed arrays and compare as fast. Invariant:
 * a node other than the root has a value or at least two children.
 */
import { fromLatin1, toLatin1 } from "../util/bytes.ts";
import { Queue } from "../util/queue.ts";

class Node<T> {
  edge: string;
  /** Most nodes have one holder: no set for it. */
  first: T | undefined;
  others: Set<T> | undefined;
  children: Map<number, Node<T>> | undefined;

  constructor(edge: string) {
    this.edge = edge;
    this.first = undefined;
    this.others = undefined;
    this.children = undefined;
  }

  /** False when it was there already. */
  add(value: T): boolean {
    if (this.first === value || this.others?.has(value)) return false;
    if (this.first === undefined) this.first = value;
    else {
      this.others ??= new Set();
      this.others.add(value);
    }
    return true;
  }

  remove(value: T): boolean {
    if (this.first === value) {
      this.first = undefined;
      const { others } = this;
      if (others !== undefined) {
        for (const next of others) {
          this.first = next;
          break;
        }
        others.delete(this.first as T);
        if (others.size === 0) this.others = undefined;
      }
      return true;
    }
    if (!this.others?.delete(value)) return false;
    if (this.others.size === 0) this.others = undefined;
    return true;
  }
}

/** What `remove` found: nothing, the last holder of the topic, or one of several. */
export type Removal = "absent" | "last" | "others remain";

export class PrefixTree<T> {
  readonly #root = new Node<T>("");
  #topics = 0;

  /** Topics with at least one holder. */
  get size(): number {
    return this.#topics;
  }

  /** Is the empty topic among them, a prefix of all? */
  get matchesAll(): boolean {
    return this.#root.first !== undefined;
  }

  /** The topic is what follows `start`. True when nobody held it before. */
  add(topic: Uint8Array, value: T, start = 0): boolean {
    let node = this.#root;
    let at = start;
    while (at < topic.length) {
      const byte = topic[at]!;
      node.children ??= new Map();
      const child = node.children.get(byte);
      if (child === undefined) {
        const leaf = new Node<T>(edgeOf(topic, at));
        node.children.set(byte, leaf);
        node = leaf;
        break;
      }
      const shared = sharedLength(child.edge, topic, at);
      node = shared === child.edge.length ? child : split(node, child, shared);
      at += shared;
    }
    const isFirst = node.first === undefined;
    if (isFirst) this.#topics++;
    node.add(value);
    return isFirst;
  }

  remove(topic: Uint8Array, value: T, start = 0): Removal {
    let parent: Node<T> | undefined;
    let grandparent: Node<T> | undefined;
    let node = this.#root;
    let at = start;
    while (at < topic.length) {
      const child = node.children?.get(topic[at]!);
      if (child === undefined || !follows(topic, at, child.edge)) return "absent";
      grandparent = parent;
      parent = node;
      node = child;
      at += child.edge.length;
    }
    if (!node.remove(value)) return "absent";
    if (node.first !== undefined) return "others remain";
    this.#topics--;
    if (parent !== undefined) tidy(node, parent, grandparent);
    return "last";
  }

  /** Takes a holder out everywhere. `visit` is told each topic, and whether nobody holds it any more. */
  removeAll(value: T, visit: (topic: string, wasLast: boolean) => void): void {
    const topics: string[] = [];
    this.forEach((topic, node) => {
      if (node.first === value || node.others?.has(value)) topics.push(topic);
    });
    for (const topic of topics) visit(topic, this.remove(fromLatin1(topic), value) === "last");
  }

  /** Calls `visit` for each holder of each prefix of the topic; a holder of two prefixes comes twice. */
  match(topic: Uint8Array, visit: (value: T) => void): void {
    let node: Node<T> = this.#root;
    let at = 0;
    for (;;) {
      if (node.first !== undefined) {
        visit(node.first);
        if (node.others !== undefined) for (const value of node.others) visit(value);
      }
      if (node.children === undefined || at === topic.length) return;
      const child = node.children.get(topic[at]!);
      if (child === undefined || !follows(topic, at, child.edge)) return;
      at += child.edge.length;
      node = child;
    }
  }

  /** Does anybody hold a prefix of the topic? */
  matches(topic: Uint8Array): boolean {
    let node: Node<T> = this.#root;
    let at = 0;
    for (;;) {
      if (node.first !== undefined) return true;
      if (node.children === undefined || at === topic.length) return false;
      const child = node.children.get(topic[at]!);
      if (child === undefined || !follows(topic, at, child.edge)) return false;
      at += child.edge.length;
      node = child;
    }
  }

  /** Every node that has a holder. Without recursion: a topic may have as many levels as bytes. */
  forEach(visit: (topic: string, node: { first: T | undefined; others: Set<T> | undefined }) => void): void {
    const pending = new Queue<{ topic: string; node: Node<T> }>();
    pending.push({ topic: "", node: this.#root });
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      const { topic, node } = next;
      if (node.first !== undefined) visit(topic, node);
      if (node.children === undefined) continue;
      for (const child of node.children.values()) pending.push({ topic: topic + child.edge, node: child });
    }
  }
}

/** The rest of the topic. Of one byte it costs nothing: the runtime keeps those strings. */
function edgeOf(topic: Uint8Array, at: number): string {
  return topic.length - at === 1 ? String.fromCharCode(topic[at]!) : toLatin1(topic, at);
}

function sharedLength(edge: string, topic: Uint8Array, at: number): number {
  const most = Math.min(edge.length, topic.length - at);
  let length = 1;
  while (length < most && edge.charCodeAt(length) === topic[at + length]) length++;
  return length;
}

function follows(topic: Uint8Array, at: number, edge: string): boolean {
  if (at + edge.length > topic.length) return false;
  for (let i = 1; i < edge.length; i++) if (topic[at + i] !== edge.charCodeAt(i)) return false;
  return true;
}

/** A node between `parent` and `child` that takes the first `length` characters of the child's edge. */
function split<T>(parent: Node<T>, child: Node<T>, length: number): Node<T> {
  const middle = new Node<T>(child.edge.slice(0, length));
  child.edge = child.edge.slice(length);
  middle.children = new Map();
  middle.children.set(child.edge.charCodeAt(0), child);
  parent.children!.set(middle.edge.charCodeAt(0), middle);
  return middle;
}

/** Keeps the invariant after `node` has lost its last holder. */
function tidy<T>(node: Node<T>, parent: Node<T>, grandparent: Node<T> | undefined): void {
  if (node.children !== undefined) {
    mergeWithOnlyChild(node, parent);
    return;
  }
  parent.children!.delete(node.edge.charCodeAt(0));
  if (parent.children!.size === 0) parent.children = undefined;
  if (grandparent !== undefined && parent.first === undefined) mergeWithOnlyChild(parent, grandparent);
}

function mergeWithOnlyChild<T>(node: Node<T>, parent: Node<T>): void {
  if (node.children?.size !== 1) return;
  for (const child of node.children.values()) {
    child.edge = node.edge + child.edge;
    parent.children!.set(child.edge.charCodeAt(0), child);
  }
}
