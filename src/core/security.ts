/**
 * What the options of a socket say about security, in the terms of its connections. libzmq: options.cpp, and for who is
 * asked about whom null_mechanism.cpp, plain_server.cpp, curve_server.cpp.
 */
import { asksHandlers } from "#zap-query";
import type { HandshakeOptions, ZapOptions } from "../engine/handshake.ts";
import { checkSecurity as checkMechanism, securityOf } from "../security/choose.ts";
import { EMPTY, fromText } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import type { OptionValues } from "./options.ts";

type ConnectionSecurity = Pick<HandshakeOptions, "mechanism" | "asServer" | "credentials" | "zap">;

/** NULL, PLAIN or CURVE. */
export function mechanismName(options: OptionValues): string {
  return securityOf(options).mechanism;
}

export function connectionSecurity(options: OptionValues): ConnectionSecurity {
  const security = securityOf(options);
  return { ...security, zap: zapOf(security.mechanism, security.asServer, options) };
}

/**
 * When the ZAP handler is asked, and whether peers may come in where there is none:
 *
 *   NULL    with a domain, by either side     may, unless zapEnforceDomain
 *   PLAIN   by the server, always             may not
 *   CURVE   by the server; with               may, unless zapEnforceDomain: encryption without
 *           zapEnforceDomain if it has one    authentication, the "Stonehouse" pattern
 */
function zapOf(mechanism: string, asServer: boolean, options: OptionValues): ZapOptions | undefined {
  const { zapDomain, zapEnforceDomain } = options;
  const isAsked =
    mechanism === "NULL"
      ? zapDomain !== null
      : asServer && (mechanism === "PLAIN" || zapDomain !== null || !zapEnforceDomain);
  if (!isAsked) return undefined;
  const domain = typeof zapDomain === "string" ? fromText(zapDomain) : (zapDomain ?? EMPTY);
  return { domain, isRequired: mechanism === "PLAIN" || zapEnforceDomain };
}

/**
 * To be called before a bind or connect. @throws ZmqError EINVAL for options with which no handshake can succeed, or at
 * which libzmq aborts the program when the first peer comes
 */
export function checkSecurity(options: OptionValues): void {
  checkMechanism(options);
  const { mechanism, asServer } = securityOf(options);
  if (!asksHandlers && zapOf(mechanism, asServer, options) !== undefined) {
    throw new ZmqError(
      "ENOTSUP",
      "a page asks no ZAP handler: it is the client of those it connects to, and sets no zapDomain",
    );
  }
  if (mechanism === "PLAIN" && asServer && options.zapEnforceDomain && options.zapDomain === null) {
    throw new ZmqError("EINVAL", "zapEnforceDomain asks for a zapDomain: set that as well");
  }
}
