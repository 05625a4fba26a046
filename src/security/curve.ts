/** The CURVE mechanism, 25/ZMTP-CURVE and 26/CURVEZMQ: makes the state machine of one connection's side. */
import type { Sodium } from "./box.ts";
import { CurveClient } from "./curve-client.ts";
import { CurveServer } from "./curve-server.ts";
import type { Mechanism, MechanismOptions } from "./mechanism.ts";

export function createCurve(options: MechanismOptions, sodium: Sodium): Mechanism {
  return options.asServer ? new CurveServer(options, sodium) : new CurveClient(options, sodium);
}
