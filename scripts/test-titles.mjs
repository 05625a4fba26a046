// Reads the titles of tests out of their sources, without running them: string literals of TypeScript, with what is
// filled into templates left out. Comments, regular expressions and code inside of templates are told apart from
// strings, so that a tag in a comment counts for nothing.
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

/** What stands before the string that is a test's title: `test(`, `t.test(`, `describe(`. */
const TITLE_BEFORE = /(?:^|[^\w$])(?:test|it|describe|suite)\(\s*$/;
/** After these a slash begins a regular expression, not a division. */
const REGEX_AFTER = /(?:^|[=(,:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|await|yield))\s*$/;

/** All string literals of a source: `{ text, isTitle, line }`; `${…}` is `…` in the text. */
export function literals(source) {
  const found = [];
  scan(source, 0, found, undefined);
  return found;
}

/** Every test source below `root`, with its literals: `{ file, literals }`, in the order of their names. */
export function testSources(root) {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => path.split(sep).join("/"))
    .sort()
    .map((file) => ({ file, literals: literals(readFileSync(join(root, file), "utf8")) }));
}

/** Walks code from `at` to its end, or to the brace that closes the `${` it began after. Returns where it stopped. */
function scan(source, at, found, closing) {
  let depth = 0;
  let i = at;
  while (i < source.length) {
    const char = source[i];
    if (char === "/" && source[i + 1] === "/") i = endOf(source, "\n", i);
    else if (char === "/" && source[i + 1] === "*") i = endOf(source, "*/", i + 2);
    else if (char === "/" && REGEX_AFTER.test(before(source, i))) i = endOfRegex(source, i);
    else if (char === '"' || char === "'" || char === "`") i = readString(source, i, found);
    else if (closing !== undefined && char === closing && depth === 0) return i + 1;
    else {
      if (char === "{") depth++;
      else if (char === "}") depth--;
      i++;
    }
  }
  return i;
}

function readString(source, start, found) {
  const quote = source[start];
  const literal = {
    text: "",
    isTitle: TITLE_BEFORE.test(before(source, start)),
    line: source.slice(0, start).split("\n").length,
  };
  found.push(literal);
  let i = start + 1;
  while (i < source.length && source[i] !== quote) {
    if (source[i] === "\\") {
      literal.text += source[i + 1];
      i += 2;
    } else if (quote === "`" && source.startsWith("${", i)) {
      literal.text += "…";
      i = scan(source, i + 2, found, "}");
    } else literal.text += source[i++];
  }
  return i + 1;
}

/** The code before a place, as much as is needed to judge what the place is. */
function before(source, at) {
  return source.slice(Math.max(0, at - 80), at);
}

function endOf(source, mark, from) {
  const end = source.indexOf(mark, from);
  return end < 0 ? source.length : end + mark.length;
}

function endOfRegex(source, start) {
  let inClass = false;
  for (let i = start + 1; i < source.length && source[i] !== "\n"; i++) {
    if (source[i] === "\\") i++;
    else if (source[i] === "[") inClass = true;
    else if (source[i] === "]") inClass = false;
    else if (source[i] === "/" && !inClass) return i + 1;
  }
  return start + 1;
}
