/**
 * ZPL, the text format of CZMQ's and pyzmq's certificates: names and values, indented by four spaces below the section
 * they belong to. 4/ZPL. As much of it as certificates need: two levels.
 *
 *   curve
 *       public-key = "…"
 */
import { ZmqError } from "../util/errors.ts";

/** Section → name → value. What stands before the first section belongs to the section "". */
export type Zpl = Map<string, Map<string, string>>;

const NAME = /^[A-Za-z0-9$_@.&+/-]+$/;

/** @throws ZmqError EINVAL with the number of the line that is neither */
export function parseZpl(text: string, what: string): Zpl {
  const sections: Zpl = new Map();
  let section = sectionOf(sections, "");
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const content = line.trim();
    if (content === "" || content.startsWith("#")) continue;
    const at = content.indexOf("=");
    const name = (at < 0 ? content : content.slice(0, at)).trim();
    if (!NAME.test(name)) {
      throw new ZmqError("EINVAL", `line ${i + 1} of ${what} is neither a section nor "name = value"`);
    }
    if (/^\s/.test(line)) section.set(name, at < 0 ? "" : readValue(content.slice(at + 1).trim()));
    else if (at < 0) section = sectionOf(sections, name);
    else sectionOf(sections, "").set(name, readValue(content.slice(at + 1).trim()));
  }
  return sections;
}

function sectionOf(sections: Zpl, name: string): Map<string, string> {
  let section = sections.get(name);
  if (section === undefined) {
    section = new Map();
    sections.set(name, section);
  }
  return section;
}

/** In quotes or bare. A comment may follow after a blank; within a value `#` is a character like any other. */
function readValue(text: string): string {
  const quote = text[0];
  if (quote === '"' || quote === "'") {
    const end = text.indexOf(quote, 1);
    return end < 0 ? text.slice(1) : text.slice(1, end);
  }
  return text.replace(/\s+#.*$/, "");
}

/** @throws ZmqError EINVAL for a name or value that the format cannot hold */
export function formatZpl(sections: Zpl, comment: string): string {
  const lines = [...comment.split("\n").map((line) => `#   ${line}`.trimEnd()), ""];
  for (const [section, values] of sections) {
    lines.push(section);
    for (const [name, value] of values) {
      if (!NAME.test(name))
        throw new ZmqError("EINVAL", `a certificate's metadata cannot have the name ${JSON.stringify(name)}`);
      if (typeof value !== "string" || /["\r\n\0]/.test(value))
        throw new ZmqError(
          "EINVAL",
          `the metadata ${name} of a certificate must be a text of one line without "`,
        );
      lines.push(`    ${name} = "${value}"`);
    }
  }
  return `${lines.join("\n")}\n`;
}
