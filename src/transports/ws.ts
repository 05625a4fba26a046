/**
 * `ws://` and `wss://` in Node.js, on the package `ws`: 45/ZWS. Connecting in `ws-dial.ts`, listening in `ws-listener.ts`,
 * both loaded with the first such endpoint: they need HTTP and TLS, which take others a third of their starting time.
 */
import { type Endpoint, parseWebAddress } from "../core/endpoint.ts";
import type { OptionValues } from "../core/options.ts";
import type { Dial, DialCallbacks, StreamTransport } from "../core/transport.ts";
import { ZmqError } from "../util/errors.ts";
import * as native from "./ws-browser.ts";

export const ws: StreamTransport = webTransport(false);
export const wss: StreamTransport = webTransport(true);

function webTransport(isSecure: boolean): StreamTransport {
  return {
    kind: "stream",
    connectsAtOnce: false,
    keepsBlocks: true,
    checkBind: (endpoint) => void parseWebAddress(endpoint, false),
    checkConnect: (endpoint) => void parseWebAddress(endpoint, true),
    dial: (endpoint, options, callbacks) => dial(endpoint, options, callbacks, isSecure),
    async listen(endpoint, options, callbacks) {
      const { listenWeb } = await import("./ws-listener.ts");
      return listenWeb(endpoint, options, callbacks, isSecure);
    },
  };
}

/** Bun puts a client of its own in the place of that of `ws`: it dials as a browser does. */
const isBun = "Bun" in globalThis;

function dial(endpoint: Endpoint, options: OptionValues, callbacks: DialCallbacks, isSecure: boolean): Dial {
  if (isBun) return dialNatively(endpoint, options, callbacks, isSecure);
  let isCancelled = false;
  let dial: Dial | undefined;
  import("./ws-dial.ts").then(
    ({ WebDial }) => {
      if (!isCancelled) dial = new WebDial(endpoint, options, callbacks, isSecure);
    },
    (error) => callbacks.failed(error),
  );
  return {
    cancel() {
      isCancelled = true;
      dial?.cancel();
    },
  };
}

function dialNatively(
  endpoint: Endpoint,
  options: OptionValues,
  callbacks: DialCallbacks,
  isSecure: boolean,
): Dial {
  const { wssTrustSystem, wssTrustPem, wssHostname } = options;
  if (!isSecure) return native.ws.dial(endpoint, options, callbacks);
  if (wssTrustSystem && wssTrustPem === null && wssHostname === null)
    return native.wss.dial(endpoint, options, callbacks);
  const failure = setTimeout(() =>
    callbacks.failed(
      new ZmqError(
        "ENOTSUP",
        "on Bun wss:// trusts the system's certificates and checks the name in the endpoint: set wssTrustSystem alone",
      ),
    ),
  );
  return { cancel: () => clearTimeout(failure) };
}
