/**
 * `ipc://`: Unix sockets, `ipc://*` for a path that is chosen, `ipc://@name` for Linux's abstract names, and named
 * pipes on Windows. libzmq: ipc_listener.cpp, ipc_address.cpp.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Endpoint, invalid } from "../core/endpoint.ts";
import type { OptionValues } from "../core/options.ts";
import type { Dial, DialCallbacks, ListenCallbacks, Listening, StreamTransport } from "../core/transport.ts";
import { ZmqError } from "../util/errors.ts";
import type { NodeInput } from "./node-input.ts";
import { acceptFrom, closeServer, dialTo, listenOn, NodeStream, SERVER_OPTIONS } from "./node-stream.ts";

/** What fits into `sockaddr_un` with its closing zero. */
const PATH_MAX = 107;

export const ipc: StreamTransport = {
  kind: "stream",
  connectsAtOnce: true,

  checkBind(endpoint: Endpoint): void {
    if (endpoint.address !== "*") systemPath(endpoint);
  },

  checkConnect(endpoint: Endpoint): void {
    if (endpoint.address === "*") throw invalid(endpoint.text, "a connection needs a path, not *");
    systemPath(endpoint);
  },

  dial(endpoint: Endpoint, options: OptionValues, callbacks: DialCallbacks): Dial {
    const { address } = endpoint;
    return dialTo(
      { path: systemPath(endpoint) },
      callbacks,
      streamOf({ local: "", remote: address }, options),
    );
  },

  async listen(endpoint: Endpoint, options: OptionValues, callbacks: ListenCallbacks): Promise<Listening> {
    const { backlog, useFd } = options;
    const isWildcard = endpoint.address === "*" && useFd < 0;
    const address = isWildcard ? join(mkdtempSync(join(tmpdir(), "zmq")), "socket") : endpoint.address;
    const path = isWildcard ? toSystem(address) : systemPath(endpoint);
    const removeFolder = () => {
      if (isWildcard && isFile(path)) rmSync(dirname(path), { recursive: true, force: true });
    };
    // As libzmq does: a path left behind by a program that died must not keep its successor out.
    if (isFile(path) && useFd < 0) rmSync(path, { force: true });
    const server = createServer(SERVER_OPTIONS);
    try {
      checkLength(address, endpoint.text);
      await listenOn(server, useFd < 0 ? { path, backlog } : { fd: useFd, backlog });
    } catch (error) {
      removeFolder();
      throw error;
    }
    acceptFrom(server, callbacks, streamOf({ local: address, remote: "" }, options));
    return {
      endpoint: `ipc://${address}`,
      async close() {
        await closeServer(server);
        removeFolder();
      },
    };
  },
};

/**
 * The end that connects has no name. Unlike libzmq, which adds the peer's user, group and process to `localhost`: the
 * runtime does not tell them.
 */
function streamOf(
  ends: { local: string; remote: string },
  options: OptionValues,
): (socket: Socket, input: NodeInput | undefined) => NodeStream {
  const addresses = { ...ends, peer: "localhost" };
  return (socket, input) => new NodeStream(socket, input, addresses, options.busyPoll);
}

function isFile(path: string): boolean {
  return process.platform !== "win32" && !path.startsWith("\0");
}

/** @throws ZmqError for a path that is too long, or an abstract name that this runtime cannot write. */
function systemPath(endpoint: Endpoint): string {
  const { address, text } = endpoint;
  if (!address.startsWith("@")) {
    checkLength(address, text);
    return toSystem(address);
  }
  if (address.length === 1) throw invalid(text, "an abstract name needs at least one character after @");
  if (process.platform !== "linux") {
    throw new ZmqError("EINVAL", `${text}: abstract names exist on Linux only; use a path`, {
      address: text,
    });
  }
  if (!writesAbstractNames()) {
    throw new ZmqError(
      "ENOTSUP",
      `${text}: this runtime pads abstract names to 108 bytes, so libzmq would not find it; use Node.js 22 or later, or a path`,
      { address: text },
    );
  }
  return `\0${address.slice(1)}`;
}

/** The runtime would cut a longer path off in silence. @throws ZmqError ENAMETOOLONG */
function checkLength(path: string, address: string): void {
  if (Buffer.byteLength(path) <= PATH_MAX || process.platform === "win32") return;
  throw new ZmqError("ENAMETOOLONG", `the path of ${address} has more than ${PATH_MAX} bytes`, { address });
}

/** libuv pads the names up to 1.47; 1.48 (Node.js 22) writes them as libzmq does. */
function writesAbstractNames(): boolean {
  const [major = 0, minor = 0] = (process.versions.uv ?? "0.0").split(".").map(Number);
  return major > 1 || minor >= 48;
}

/** Windows has named pipes in place of Unix sockets. */
function toSystem(path: string): string {
  return process.platform === "win32" ? `\\\\.\\pipe\\${path.replaceAll("/", "\\")}` : path;
}
