/**
 * Loads libsodium when CURVE is first asked for, and decides between its two builds: WebAssembly, which runs everywhere
 * and is a dependency, and `sodium-native`, which takes over where the user has it.
 */
import { ZmqError } from "../util/errors.ts";
import type { Sodium } from "./box.ts";
import type { NativeTraffic, SodiumNative } from "./box-native.ts";

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
    const { native, traffic } = await importNative();
    const { NativeSodium } = await import("./box-native.ts");
    return new NativeSodium(native, traffic, wasm);
  } catch (cause) {
    if (backend === "any") return wasm;
    throw missing("sodium-native", cause);
  }
}

/** The names are no literals, so that bundlers do not look for a package that need not be there. */
async function importNative(): Promise<{ native: SodiumNative; traffic: NativeTraffic }> {
  const name = "sodium-native";
  const { default: native } = (await import(name)) as { default: SodiumNative };
  try {
    // The same functions without the checks of arguments, which are a tenth of the time that a short message takes.
    const { default: bare } = (await import(`${name}/binding.js`)) as { default: NativeTraffic };
    const isWhole = [bare.crypto_secretbox_easy, bare.crypto_secretbox_open_easy].every(
      (call) => typeof call === "function",
    );
    if (isWhole) return { native, traffic: bare };
  } catch {
    // A version that is made otherwise: the public functions do.
  }
  return { native, traffic: native };
}

async function loadWasm(): Promise<Sodium> {
  try {
    const { WasmSodium } = await import("./box-wasm.ts");
    return await WasmSodium.load();
  } catch (cause) {
    throw missing("libsodium", cause);
  }
}

function missing(name: string, cause: unknown): ZmqError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ZmqError("ENOTSUP", `CURVE needs the package ${name}, which cannot be loaded: ${reason}`, {
    cause,
  });
}
