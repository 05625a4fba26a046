/** A SOCKS5 proxy by hand, RFC 1928 and RFC 1929: it notes what it was asked, and answers as the test wants. */
import { type AddressInfo, createServer, connect as netConnect, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";

export interface SocksRequest {
  methods: number[];
  user?: string;
  password?: string;
  /** "IPv4", "IPv6" or "name". */
  kind: string;
  host: string;
  port: number;
}

export interface SocksBehaviour {
  /** Asks for a user name and password, and takes these only. */
  user?: string;
  password?: string;
  /** What a name, or any host, stands for. */
  hosts?: Record<string, string>;
  /** The reply to a request that is not granted. */
  refuseWith?: number;
  /** Writes each answer one byte a turn. */
  drips?: boolean;
  /** An answer that is no SOCKS: to the greeting, the password or the request. */
  garbage?: { at: "greeting" | "password" | "request"; bytes: number[] };
  /** How the proxy names the address that it connects from. */
  boundAs?: number[];
}

export class SocksServer {
  readonly requests: SocksRequest[] = [];
  readonly address: string;
  /** Connections to the proxy so far. */
  connections = 0;
  readonly #behaviour: SocksBehaviour;
  readonly #sockets = new Set<Socket>();

  private constructor(t: TestContext, server: Server, behaviour: SocksBehaviour) {
    const { address, port, family } = server.address() as AddressInfo;
    this.address = family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`;
    this.#behaviour = behaviour;
    server.on("connection", (socket) => {
      this.connections++;
      this.#keep(socket);
      this.#serve(socket).catch(() => socket.destroy());
    });
    t.after(() => {
      server.close();
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  static async listen(
    t: TestContext,
    behaviour: SocksBehaviour = {},
    host = "127.0.0.1",
  ): Promise<SocksServer> {
    const server = createServer().listen(0, host);
    await new Promise((resolve, reject) => server.once("listening", resolve).once("error", reject));
    return new SocksServer(t, server, behaviour);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }

  async #serve(socket: Socket): Promise<void> {
    const read = reader(socket);
    const { user, password, hosts = {}, refuseWith, garbage, boundAs = [1, 127, 0, 0, 1] } = this.#behaviour;
    const [, count = 0] = await read(2);
    const methods = [...(await read(count))];
    if (garbage?.at === "greeting") return void socket.end(Buffer.from(garbage.bytes));
    const method = user === undefined ? 0 : 2;
    const request: SocksRequest = { methods, kind: "", host: "", port: 0 };
    if (!methods.includes(method)) return void socket.end(Buffer.of(5, 255));
    await this.#answer(socket, [5, method]);
    if (method === 2) {
      const [, userLength = 0] = await read(2);
      request.user = String(await read(userLength));
      request.password = String(await read((await read(1))[0]!));
      if (garbage?.at === "password") return void socket.end(Buffer.from(garbage.bytes));
      const isRight = request.user === user && request.password === (password ?? "");
      await this.#answer(socket, [1, isRight ? 0 : 1]);
      if (!isRight) return void socket.end();
    }
    const [, , , kind] = await read(4);
    if (kind === 1) request.host = [...(await read(4))].join(".");
    else if (kind === 3) request.host = String(await read((await read(1))[0]!));
    else request.host = (await read(16)).toString("hex").replace(/(.{4})(?=.)/g, "$1:");
    request.kind = kind === 1 ? "IPv4" : kind === 3 ? "name" : "IPv6";
    request.port = (await read(2)).readUInt16BE();
    this.requests.push(request);
    if (garbage?.at === "request") return void socket.end(Buffer.from(garbage.bytes));
    if (refuseWith !== undefined) return void socket.end(Buffer.of(5, refuseWith, 0, 1, 0, 0, 0, 0, 0, 0));
    const target = netConnect(request.port, hosts[request.host] ?? request.host);
    this.#keep(target);
    await new Promise((resolve, reject) => target.once("connect", resolve).once("error", reject));
    await this.#answer(socket, [5, 0, 0, ...boundAs, 0, 80]);
    socket.removeAllListeners("data");
    target.pipe(socket).pipe(target);
    target.on("close", () => socket.destroy());
    socket.on("close", () => target.destroy());
  }

  async #answer(socket: Socket, bytes: number[]): Promise<void> {
    if (!this.#behaviour.drips) return void socket.write(Buffer.from(bytes));
    socket.setNoDelay(true);
    for (const byte of bytes) {
      socket.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
  }
}

/** Reads so many bytes; rejects when the connection ends before. */
function reader(socket: Socket): (count: number) => Promise<Buffer> {
  return async (count) => {
    while (count > 0) {
      const bytes = socket.read(count) as Buffer | null;
      if (bytes !== null) return bytes;
      await new Promise((resolve, reject) => socket.once("readable", resolve).once("close", reject));
    }
    return Buffer.alloc(0);
  };
}
