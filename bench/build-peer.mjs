/** Compiles `peer.c` against libzmq into `build/`, when it has changed. Says what is missing instead of failing. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("peer.c", import.meta.url));
const FOLDER = fileURLToPath(new URL("../build/", import.meta.url));
const PROGRAM = FOLDER + "bench-peer";

/** @returns {{ program?: string, missing?: string }} the compiled program, or why there is none */
export function buildPeer() {
  if (existsSync(PROGRAM) && statSync(PROGRAM).mtimeMs > statSync(SOURCE).mtimeMs)
    return { program: PROGRAM };
  mkdirSync(FOLDER, { recursive: true });
  const flags = [
    "-std=c11",
    "-O2",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-pthread",
    "-o",
    PROGRAM,
    SOURCE,
    "-lzmq",
  ];
  const { error, status, stderr } = spawnSync("cc", flags, { encoding: "utf8" });
  if (error) return { missing: `no C compiler (${error.message}); install the system's cc` };
  if (status === 0) return { program: PROGRAM };
  const hint = /zmq\.h|lzmq/.test(stderr) ? "install libzmq3-dev" : "see the compiler's words";
  return { missing: `peer.c does not compile: ${hint}\n${stderr.trim()}` };
}
