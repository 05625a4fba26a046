/** The library as a page gets it: bundled by esbuild with the conditions of a browser, without help for Node.js modules. */

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";

const OPTIONS = {
  bundle: true,
  minify: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  // Not there unless the user has installed it.
  external: ["sodium-native"],
  write: false,
} as const satisfies BuildOptions;

const stdin = (program: string) => ({ contents: program, resolveDir: process.cwd(), loader: "js" }) as const;

/** CURVE's keys as options, which are read before CURVE is loaded. */
const CURVE = /security.(curve-keys|z85|load-sodium)\.js$/;

/** Modules that stay empty, to see what a page would be without them. */
const withoutCurve: Plugin = {
  name: "without CURVE",
  setup(build) {
    build.onLoad({ filter: CURVE }, ({ path }) => {
      const names = readFileSync(path, "utf8").matchAll(/^export (?:async )?(?:function|const|let) (\w+)/gm);
      return { contents: [...names].map(([, name]) => `export const ${name} = globalThis.x;`).join("\n") };
    });
  },
};

/** Everything in one file. */
export async function bundle(program: string): Promise<Uint8Array> {
  const { outputFiles, warnings } = await build({ ...OPTIONS, stdin: stdin(program) });
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join("\n"));
  return outputFiles![0]!.contents;
}

/** In the name of a file that is loaded later: it changes with each change there, and the compressed size by 50 bytes. */
const HASH = /-[A-Z0-9]{8}\.js/g;

/** The files that a page loads at once; what it loads when it is needed, PLAIN and CURVE, is not among them. */
export async function firstFiles(program: string, hasCurve: boolean): Promise<Uint8Array[]> {
  const { outputFiles, metafile } = await build({
    ...OPTIONS,
    stdin: stdin(program),
    splitting: true,
    outdir: "page",
    metafile: true,
    plugins: hasCurve ? [] : [withoutCurve],
  });
  const wanted = new Set<string>();
  const visit = (path: string): void => {
    if (wanted.has(basename(path))) return;
    wanted.add(basename(path));
    for (const { kind, path: next } of metafile!.outputs[path]!.imports)
      if (kind === "import-statement") visit(next);
  };
  visit("page/stdin.js");
  const files = outputFiles!.filter(({ path }) => wanted.has(basename(path)));
  return files.map(({ text }) => Buffer.from(text.replaceAll(HASH, "-HASHHASH.js")));
}
