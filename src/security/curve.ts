/** The CURVE mechanism, 25/ZMTP-CURVE and 26/CURVEZMQ: makes the state machine of one connection's side. */
import { ZmqError } from "../util/errors.ts";
import { CurveClient } from "./curve-client.ts";
import { CurveServer } from "./curve-server.ts";
import { loadedSodium } from "./load-sodium.ts";
import type { Mechanism, MechanismOptions } from "./mechanism.ts";

/** @throws ZmqError ENOTSUP before libsodium is there: see `prepareMechanism` */
export function createCurve(options: MechanismOptions): Mechanism {
  const sodium = loadedSodium();
  if (sodium === undefined) throw new ZmqError("ENOTSUP", "CURVE's cryptography has not been loaded yet");
  return options.asServer ? new CurveServer(options, sodium) : new CurveClient(options, sodium);
}
