/**
 * Where keys come from when nobody can wait: libsodium once it is loaded, else what the runtime has. A browser has
 * neither before CURVE's cryptography is loaded.
 */
import type { KeySource } from "./box.ts";
import { loadedSodium } from "./load-sodium.ts";

let provided: KeySource | undefined;

/** Called once, by whoever knows the runtime. */
export function provideKeySource(source: KeySource | undefined): void {
  provided = source;
}

export function keySource(): KeySource | undefined {
  return loadedSodium() ?? provided;
}
