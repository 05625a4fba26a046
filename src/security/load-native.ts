/**
 * Loads `sodium-native`. The functions that its package exports check their arguments, which takes a tenth to a half of
 * the time of a short message; those of its binding do not, and are an affair of its own: called otherwise than this
 * version wants, they write over other memory. So the public ones are watched calling them, once, and what they do
 * is done here too; where that is something else, the public ones are used.
 */
import { type BoxParts, NativeSodium, type NativeTraffic, type SodiumNative } from "./box-native.ts";
import type { WasmSodium } from "./box-wasm.ts";

type Calls = Record<string, (...args: unknown[]) => unknown>;

/** `wasm`: for what this build lacks. Rejects where the package is missing. */
export async function loadNative(wasm: WasmSodium): Promise<NativeSodium> {
  // The names are no literals, so that bundlers do not look for a package that need not be there.
  const name = "sodium-native";
  const { default: native } = (await import(name)) as { default: SodiumNative };
  const binding = await import(`${name}/binding.js`).then(
    (module: { default: unknown }) => module.default,
    // A version that is made otherwise.
    () => undefined,
  );
  return new NativeSodium(native, trafficOf(native, binding), wasm);
}

/** The quickest calls that are known to be safe. */
export function trafficOf(native: SodiumNative, binding: unknown): NativeTraffic {
  if (binding === undefined) return native;
  // Sizes and offsets differ, so that none can be taken for another.
  const box = new Uint8Array(new ArrayBuffer(64), 8, 48);
  const [content, as, nonce, key, tag, number] = [32, 48, 24, 32, 16, 8].map((size) => new Uint8Array(size));
  const passes = (name: string, given: unknown[]) =>
    isPassed(native as unknown as Calls, binding as Calls, name, given);
  const hasBoxes =
    passes("crypto_secretbox_easy", [box, content, nonce, key]) &&
    passes("crypto_secretbox_open_easy", [content, box, nonce, key]);
  if (!hasBoxes) return native;
  const hasParts =
    passes("crypto_stream_salsa20_xor", [as, box, number, key]) &&
    passes("crypto_onetimeauth", [tag, content, key]) &&
    passes("crypto_onetimeauth_verify", [tag, content, key]);
  const { crypto_secretbox_easy, crypto_secretbox_open_easy } = binding as NativeTraffic;
  const { crypto_stream_salsa20_xor, crypto_onetimeauth, crypto_onetimeauth_verify } = binding as BoxParts;
  const parts = hasParts
    ? { crypto_stream_salsa20_xor, crypto_onetimeauth, crypto_onetimeauth_verify }
    : undefined;
  return { crypto_secretbox_easy, crypto_secretbox_open_easy, parts };
}

/** Whether the public function calls the binding's with the arguments it is given, and a verdict is that one's. */
function isPassed(native: Calls, binding: Calls, name: string, given: unknown[]): boolean {
  const real = binding[name];
  let seen: unknown[] = [];
  const isVerdict = /open|verify/.test(name);
  const answer = isVerdict ? {} : 0;
  const watch = (...args: unknown[]) => {
    seen = args;
    return answer;
  };
  let givenBack: unknown;
  if (typeof real !== "function" || !Reflect.set(binding, name, watch)) return false;
  try {
    givenBack = native[name]!(...given);
  } catch {
    return false;
  } finally {
    binding[name] = real;
  }
  // A verdict must be the binding's own: 0, false and undefined are not the same to everybody.
  if (isVerdict && givenBack !== answer) return false;
  return seen.length === given.length && seen.every((value, i) => value === given[i]);
}
