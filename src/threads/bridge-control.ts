/** What the two bridges of a link say to each other, in order with the messages. JSON; bytes as Latin-1 text. */
import type { EndpointPair } from "../core/monitor.ts";
import type { Peer } from "../engine/connection.ts";
import type { ZmqErrorCode } from "../util/errors.ts";

export interface Control {
  readonly kind: "hello" | "refused" | "marks" | "ready" | "lost" | "reason" | "closing";
  /** hello, ready */
  readonly socketType?: string;
  readonly routingId?: string;
  readonly conflate?: boolean;
  /** ready */
  readonly version?: Peer["version"];
  readonly minor?: number;
  readonly ends?: EndpointPair | undefined;
  readonly metadata?: readonly (readonly [string, string])[];
  readonly origin?: {
    readonly address: string;
    readonly peer: readonly (readonly [string, string])[];
    readonly authenticator: readonly (readonly [string, string])[];
  };
  /** marks: those of who says so */
  readonly send?: number;
  readonly receive?: number;
  /** reason: why the other side closes */
  readonly code?: ZmqErrorCode;
  readonly message?: string;
}
