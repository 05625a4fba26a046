/** The library as a page gets it: bundled by esbuild with the conditions of a browser, without help for Node.js modules. */
import { build } from "esbuild";

export async function bundle(program: string): Promise<Uint8Array> {
  const { outputFiles, warnings } = await build({
    stdin: { contents: program, resolveDir: process.cwd(), loader: "js" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    // Loaded when CURVE is first used, and not before.
    external: ["libsodium*", "sodium-native"],
    write: false,
  });
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join("\n"));
  return outputFiles[0]!.contents;
}
