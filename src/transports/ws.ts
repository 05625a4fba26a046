/**
 * `ws://` and `wss://` in Node.js, on the package `ws`: 45/ZWS. Connecting in `ws-dial.ts`, listening in `ws-listener.ts`,
 * both loaded with the first such endpoint: they need HTTP and TLS, which take others a third of their starting time.
 */
import { type Endpoint, parseWebAddress } from "../core/endpoint.ts";
import type { OptionValues } from "../core/options.ts";
import type { Dial, DialCallbacks, StreamTransport } from "../core/transport.ts";
import { dialNatively } from "./ws-browser.ts";

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
  if (isBun && !isSecure) return dialNatively("ws", endpoint, options, callbacks);
  let isCancelled = false;
  let dial: Dial | undefined;
  import("./ws-dial.ts").then(
    ({ WebDial, trustOf }) => {
      if (isCancelled) return;
      dial = isBun
        ? dialNatively("wss", endpoint, options, callbacks, trustOf(options))
        : new WebDial(endpoint, options, callbacks, isSecure);
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
