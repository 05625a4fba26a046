/**
 * `ws://` and `wss://` in a browser, on its own WebSocket: 45/ZWS. It connects, but cannot listen; it has no pings; it cannot
 * be told to stop reading, so what a page does not take is bounded here.
 */
import { type Endpoint, formatHostPort, parseWebAddress } from "../core/endpoint.ts";
import type { OptionValues } from "../core/options.ts";
import { mechanismName } from "../core/security.ts";
import type { ByteStream, Dial, DialCallbacks, StreamHandler, StreamTransport } from "../core/transport.ts";
import { view } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import { offeredSubprotocols } from "../wire/zws.ts";

/** What is used of the browser's WebSocket. */
interface NativeSocket {
  binaryType: string;
  readonly protocol: string;
  readonly bufferedAmount: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  send(data: Uint8Array): void;
  close(): void;
}

/** Bun's takes an object too, with whom to trust. */
type NativeClass = new (
  url: string,
  options: string[] | { protocols: string[]; tls: object },
) => NativeSocket;

/** More unsent bytes than this are enough; at a sixteenth of it there is room again. */
const UNSENT_MAX = 1 << 20;
/** What may pile up while nobody reads: the browser takes no notice of it. */
const UNREAD_MAX = 64 << 20;
const LOOK_EVERY_MS = 10;

export const ws: StreamTransport = webTransport("ws");
export const wss: StreamTransport = webTransport("wss");

function webTransport(scheme: string): StreamTransport {
  return {
    kind: "stream",
    connectsAtOnce: false,
    keepsBlocks: true,
    checkBind: cannotListen,
    checkConnect: (endpoint) => void parseWebAddress(endpoint, true),
    dial: (endpoint, options, callbacks) => dialNatively(scheme, endpoint, options, callbacks),
    listen: async (endpoint) => cannotListen(endpoint),
  };
}

function cannotListen({ text }: Endpoint): never {
  throw new ZmqError("ENOTSUP", `${text}: a page cannot listen; connect from here, and bind the other side`, {
    address: text,
  });
}

export function dialNatively(
  scheme: string,
  endpoint: Endpoint,
  options: OptionValues,
  callbacks: DialCallbacks,
  tls?: object,
): Dial {
  const { host, port, path } = parseWebAddress(endpoint, true);
  const url = `${scheme}://${formatHostPort(host, port)}${path}`;
  const protocols = offeredSubprotocols(mechanismName(options), true);
  const { WebSocket } = globalThis as unknown as { WebSocket: NativeClass };
  const web = new WebSocket(url, tls === undefined ? protocols : { protocols, tls });
  web.binaryType = "arraybuffer";
  web.onopen = () => {
    const stream = new BrowserStream(web, url);
    stream.start(callbacks.connected(stream));
  };
  web.onclose = () =>
    callbacks.failed(
      new ZmqError("ECONNREFUSED", `the browser could not connect to ${url}; its console may say why`),
    );
  return {
    cancel() {
      web.onopen = null;
      web.onclose = null;
      web.close();
    },
  };
}

class BrowserStream implements ByteStream {
  readonly #web: NativeSocket;
  readonly subprotocol: string;
  readonly localAddress = "";
  readonly remoteAddress: string;
  /** Browsers do not tell it. */
  readonly peerAddress = "";
  #handler: StreamHandler | undefined;
  #isPaused = false;
  #unread = 0;
  #isLooking = false;

  constructor(web: NativeSocket, url: string) {
    this.#web = web;
    this.subprotocol = web.protocol;
    this.remoteAddress = url.slice(url.indexOf("//") + 2);
  }

  start(handler: StreamHandler): void {
    const web = this.#web;
    this.#handler = handler;
    web.onmessage = ({ data }) => this.#received(data);
    web.onclose = ({ code, reason }) =>
      // 1000 and 1001: the other side was done, or goes away.
      this.#gone(
        code === 1000 || code === 1001 || code === 1005
          ? undefined
          : new Error(`the WebSocket was closed with code ${code}${reason === "" ? "" : `: ${reason}`}`),
      );
  }

  #received(data: unknown): void {
    if (!(data instanceof ArrayBuffer)) {
      this.#gone(new ZmqError("EPROTO", "the peer sent a text message, where ZeroMQ's are binary"));
      return;
    }
    if (this.#isPaused) {
      this.#unread += data.byteLength;
      if (this.#unread > UNREAD_MAX) {
        this.#gone(new Error(`nobody has read the last ${UNREAD_MAX >> 20} MB that came`));
        return;
      }
    }
    this.#handler?.received(view(data));
  }

  #gone(error: Error | undefined): void {
    const handler = this.#handler;
    this.destroy();
    handler?.closed(error);
  }

  write(bytes: Uint8Array): boolean {
    return this.writeAll([bytes]);
  }

  writeAll(blocks: readonly Uint8Array[]): boolean {
    for (let i = 0; i < blocks.length; i++) this.#web.send(blocks[i]!);
    if (this.#web.bufferedAmount <= UNSENT_MAX) return true;
    this.#lookUntil(UNSENT_MAX >> 4);
    return false;
  }

  get isIdle(): boolean {
    return this.#web.bufferedAmount === 0;
  }

  awaitIdle(): void {
    this.#lookUntil(0);
  }

  /** There is no event for it. */
  #lookUntil(most: number): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const look = (): void => {
      if (this.#handler !== undefined && this.#web.bufferedAmount > most) {
        setTimeout(look, LOOK_EVERY_MS);
        return;
      }
      this.#isLooking = false;
      this.#handler?.drained();
    };
    setTimeout(look, 0);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#unread = 0;
  }

  /** The browser sends what it has before it closes. */
  end(): void {
    this.destroy();
  }

  destroy(): void {
    this.#handler = undefined;
    this.#web.onmessage = null;
    this.#web.onclose = null;
    this.#web.close();
  }
}
