/**
 * A peer that speaks ZMTP by hand, or anything else: bytes to and from a socket of this library, over `node:net`.
 * Knows nothing of `src`, so that both cannot be wrong in the same way. 37/ZMTP "The Greeting", "Framing".
 */
import { type AddressInfo, createServer, connect as netConnect, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";

const PATIENCE_MS = 5000;

export const MORE = 1;
export const COMMAND = 4;

/** All 64 bytes of a greeting. */
export function greeting(mechanism = "NULL", major = 3, minor = 1): Buffer {
  const bytes = Buffer.alloc(64);
  bytes[0] = 0xff;
  bytes[8] = 1;
  bytes[9] = 0x7f;
  bytes[10] = major;
  bytes[11] = minor;
  bytes.write(mechanism, 12, "latin1");
  return bytes;
}

export function frame(flags: number, body: string | Uint8Array): Buffer {
  const bytes = Buffer.from(body as Uint8Array);
  if (bytes.length < 256) return Buffer.concat([Buffer.of(flags, bytes.length), bytes]);
  const header = Buffer.alloc(9);
  header[0] = flags | 2;
  header.writeBigUInt64BE(BigInt(bytes.length), 1);
  return Buffer.concat([header, bytes]);
}

/** The frames of one message. */
export function message(...parts: (string | Uint8Array)[]): Buffer {
  return Buffer.concat(parts.map((part, i) => frame(i < parts.length - 1 ? MORE : 0, part)));
}

export function command(name: string, data: string | Uint8Array = ""): Buffer {
  return frame(
    COMMAND,
    Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.from(data as Uint8Array)]),
  );
}

export function property(name: string, value: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(value));
  return Buffer.concat([Buffer.of(name.length), Buffer.from(name), length, Buffer.from(value)]);
}

export function ready(socketType: string, identity?: string): Buffer {
  const properties = [property("Socket-Type", socketType)];
  if (identity !== undefined) properties.push(property("Identity", identity));
  return command("READY", Buffer.concat(properties));
}

export class RawPeer {
  readonly socket: Socket;
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;
  #bytes: Buffer = Buffer.alloc(0);
  #isClosed = false;
  #wake: (() => void) | undefined;

  constructor(t: TestContext, socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake?.();
    });
    // A peer that is thrown out may be told by a reset; that is what `closed` is for.
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.#isClosed = true;
        this.#wake?.();
        resolve();
      });
    });
    t.after(() => socket.destroy());
  }

  static async connect(t: TestContext, endpoint: string): Promise<RawPeer> {
    const address = endpoint.slice(endpoint.indexOf("://") + 3);
    const colon = address.lastIndexOf(":");
    const socket = endpoint.startsWith("ipc:")
      ? netConnect(address)
      : netConnect(Number(address.slice(colon + 1)), address.slice(0, colon).replace(/[[\]]/g, ""));
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new RawPeer(t, socket);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** What came and was not read. */
  get pending(): Buffer {
    return this.#bytes;
  }

  write(...pieces: (string | Uint8Array)[]): void {
    if (this.socket.destroyed) return;
    for (const piece of pieces) this.socket.write(piece);
  }

  /** The next `count` bytes. @throws when the connection ends before, or nothing comes for long */
  async read(count: number): Promise<Buffer> {
    const deadline = Date.now() + PATIENCE_MS;
    while (this.#bytes.length < count) {
      if (this.#isClosed)
        throw new Error(`the connection ended with ${this.#bytes.length} of ${count} bytes there`);
      const left = deadline - Date.now();
      if (left <= 0)
        throw new Error(`only ${this.#bytes.length} of ${count} bytes came: ${this.#bytes.toString("hex")}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const bytes = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return bytes;
  }

  async readFrame(): Promise<{ flags: number; body: Buffer }> {
    const [flags = 0, short = 0] = await this.read(2);
    if ((flags & 2) === 0) return { flags, body: await this.read(short) };
    const rest = await this.read(7);
    const size = Number(Buffer.concat([Buffer.of(short), rest]).readBigUInt64BE());
    return { flags: flags & ~2, body: await this.read(size) };
  }

  /** All parts of the next message; commands on the way are passed over. */
  async readMessage(): Promise<string[]> {
    const parts: string[] = [];
    for (;;) {
      const { flags, body } = await this.readFrame();
      if (flags & COMMAND) continue;
      parts.push(body.toString());
      if ((flags & MORE) === 0) return parts;
    }
  }

  /** Greeting and READY, both ways. Returns the other side's READY. */
  async handshake(socketType: string, identity?: string): Promise<Buffer> {
    this.write(greeting(), ready(socketType, identity));
    await this.read(64);
    return (await this.readFrame()).body;
  }

  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** Listens on a port of its own and hands out who connects, in order. */
export class RawServer {
  readonly endpoint: string;
  readonly #server: Server;
  readonly #peers: RawPeer[] = [];
  #wake: (() => void) | undefined;

  private constructor(t: TestContext, server: Server) {
    this.#server = server;
    this.endpoint = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("connection", (socket) => {
      this.#peers.push(new RawPeer(t, socket));
      this.#wake?.();
    });
    t.after(() => this.close());
  }

  static async listen(t: TestContext): Promise<RawServer> {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    return new RawServer(t, server);
  }

  async accept(): Promise<RawPeer> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const peer = this.#peers.shift();
      if (peer !== undefined) return peer;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error("nobody connected");
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.#server.close();
  }
}
