/**
 * Mechanisms that are loaded with their first use: a program that does without PLAIN and CURVE, a page above all, does not
 * carry them.
 */
import { ZmqError } from "../util/errors.ts";
import { checkKeys } from "./curve-keys.ts";
import { loadedSodium, loadSodium } from "./load-sodium.ts";
import type { Credentials, Mechanism, MechanismOptions } from "./mechanism.ts";

let plain: typeof import("./plain.ts") | undefined;
let curve: typeof import("./curve.ts") | undefined;

/** Begins to load what the mechanism needs; undefined when all is there. @throws (rejects) ZmqError ENOTSUP, EINVAL */
export function prepareMechanism(name: string, credentials?: Credentials): Promise<void> | undefined {
  if (name === "PLAIN" && plain === undefined) return loadPlain();
  if (name === "CURVE" && (curve === undefined || loadedSodium() === undefined))
    return loadCurve(credentials);
  return undefined;
}

async function loadPlain(): Promise<void> {
  plain = await import("./plain.ts");
}

async function loadCurve(credentials: Credentials | undefined): Promise<void> {
  const [sodium, mechanism] = await Promise.all([loadSodium(), import("./curve.ts")]);
  curve = mechanism;
  if (credentials !== undefined) checkKeys(credentials, sodium);
}

/** @throws ZmqError ENOTSUP before `prepareMechanism` is done */
export function createPlain(options: MechanismOptions): Mechanism {
  if (plain === undefined) throw notLoaded("PLAIN");
  return plain.createPlain(options);
}

/** @throws ZmqError ENOTSUP before `prepareMechanism` is done */
export function createCurve(options: MechanismOptions): Mechanism {
  const sodium = loadedSodium();
  if (curve === undefined || sodium === undefined) throw notLoaded("CURVE");
  return curve.createCurve(options, sodium);
}

function notLoaded(name: string): ZmqError {
  return new ZmqError("ENOTSUP", `the mechanism ${name} has not been loaded yet`);
}
