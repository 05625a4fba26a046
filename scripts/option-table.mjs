// Loads the option table for the scripts that make things from it. It imports nothing that matters here, so its types
// are stripped and it is loaded by itself.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** `{ OPTIONS, CONTEXT_OPTIONS }` of `src/core/option-table.ts`, with the sentences of `option-reasons.ts` in place. */
export async function loadTable() {
  const folder = mkdtempSync(join(tmpdir(), "zmq-options-"));
  try {
    execFileSync(process.execPath, [
      "node_modules/typescript/bin/tsc",
      "src/core/option-table.ts",
      "src/core/option-reasons.ts",
      "--ignoreConfig",
      "--outDir",
      folder,
      "--target",
      "es2022",
      "--module",
      "nodenext",
      "--rewriteRelativeImportExtensions",
      "--skipLibCheck",
      "--rootDir",
      "src",
      "--types",
      "node",
    ]);
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    const load = (name) => import(pathToFileURL(join(folder, "core", name)).href);
    const { OPTIONS, CONTEXT_OPTIONS } = await load("option-table.js");
    const { reasonFor } = await load("option-reasons.js");
    for (const row of [...Object.values(OPTIONS), ...Object.values(CONTEXT_OPTIONS)])
      for (const kind of ["stored", "refused"]) if (row[kind] !== undefined) row[kind] = reasonFor(row[kind]);
    return { OPTIONS, CONTEXT_OPTIONS };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
