/**
 * Loads libsodium when CURVE is first asked for, and decides between its two builds: WebAssembly, which runs everywhere
 * and is a dependency, and `sodium-native`, which takes over where the user has it.
 */
import { ZmqError } from "../util/errors.ts";
import type { Sodium } from "./box.ts";
import type { WasmSodium } from "./box-wasm.ts";

export type Backend = "any" | "libsodium" | "sodium-native";

let loaded: Sodium | undefined;
let loading: Promise<Sodium> | undefined;

/** What has been loaded, if it has. */
export function loadedSodium(): Sodium | undefined {
  return loaded;
}

/**
 * Loads it, once; "any" prefers `sodium-native` and is satisfied with what is there.
 * @throws ZmqError ENOTSUP as a rejection when it cannot be loaded; the next call tries again
 */
export function loadSodium(backend: Backend = "any"): Promise<Sodium> {
  if (loading !== undefined && (backend === "any" || loaded?.name === backend)) return loading;
  const attempt = load(backend);
  loading = attempt;
  attempt.then(
    (sodium) => {
      loaded = sodium;
    },
    () => {
      if (loading === attempt) loading = loaded && Promise.resolve(loaded);
    },
  );
  return attempt;
}

async function load(backend: Backend): Promise<Sodium> {
  const wasm = await loadWasm();
  if (backend === "libsodium") return wasm;
  try {
    const { loadNative } = await import("./load-native.ts");
    return await loadNative(wasm);
  } catch (cause) {
    if (backend === "any") return wasm;
    throw missing("sodium-native", cause);
  }
}

async function loadWasm(): Promise<WasmSodium> {
  try {
    const { WasmSodium } = await import("./box-wasm.ts");
    return await WasmSodium.load();
  } catch (cause) {
    throw missing("libsodium-sumo", cause);
  }
}

function missing(name: string, cause: unknown): ZmqError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ZmqError("ENOTSUP", `CURVE needs the package ${name}, which cannot be loaded: ${reason}`, {
    cause,
  });
}
