/** A `net.Socket` as the byte stream that engines want. Shared by tcp and ipc. */
import { connect, type NetConnectOpts, type Server, type ServerOpts, type Socket } from "node:net";
import type { ByteStream, Dial, DialCallbacks, ListenCallbacks, StreamHandler } from "../core/transport.ts";
import { Answers } from "./node-awake.ts";
import { adopt, canReadInto, NodeInput } from "./node-input.ts";

/** After `end` the other side has this long to close its half before the connection is dropped. */
const CLOSE_TIMEOUT_MS = 30_000;

/** Of a connection, as `ByteStream` describes them. */
export interface Addresses {
  local: string;
  remote: string;
  peer: string;
}

export class NodeStream implements ByteStream {
  readonly #socket: Socket;
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly peerAddress: string;
  /** Undefined where the socket tells of bytes by events. */
  readonly #input: NodeInput | undefined;
  readonly #answers: Answers;
  #handler: StreamHandler | undefined;
  #isPaused = false;

  constructor(socket: Socket, input: NodeInput | undefined, addresses: Addresses, busyPoll: number) {
    this.#socket = socket;
    this.#input = input;
    this.localAddress = addresses.local;
    this.remoteAddress = addresses.remote;
    this.peerAddress = addresses.peer;
    this.#answers = new Answers(busyPoll);
    socket.unref();
  }

  /** Begins to tell the handler what happens. Once. */
  start(handler: StreamHandler): void {
    const socket = this.#socket;
    this.#handler = handler;
    let failure: Error | undefined;
    if (this.#input === undefined) {
      socket.on("data", (chunk: Buffer) => {
        this.#answers.heard();
        this.#handler?.received(chunk);
      });
    } else {
      this.#input.handler = handler;
      this.#input.answers = this.#answers;
      // The handler may have called `pause` already: one that has something to prepare.
      if (!this.#isPaused) socket.resume();
    }
    socket.on("drain", () => this.#handler?.drained());
    socket.on("error", (error) => {
      failure = error;
    });
    // "end" comes when the peer has sent all it will: `allowHalfOpen` is off, so "close" follows by itself, but only
    // after our own unsent data; nobody reads that any more.
    socket.on("end", () => this.#gone(undefined));
    socket.on("close", () => this.#gone(failure));
  }

  #gone(error: Error | undefined): void {
    const handler = this.#handler;
    this.#forget();
    this.#socket.destroy();
    handler?.closed(error);
  }

  write(bytes: Uint8Array): boolean {
    const socket = this.#socket;
    this.#answers.wrote();
    // `write` says false for any block above its mark, even when the kernel has taken all of it.
    return socket.write(bytes) || socket.writableLength === 0;
  }

  writeAll(blocks: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    let more = true;
    this.#answers.wrote();
    socket.cork();
    for (let i = 0; i < blocks.length; i++) more = socket.write(blocks[i]!);
    socket.uncork();
    return more || socket.writableLength === 0;
  }

  get isIdle(): boolean {
    return this.#socket.writableLength === 0;
  }

  awaitIdle(): void {
    // An empty write is over when all before it are; "drain" comes only where one was refused.
    this.#socket.write("", (error) => {
      // Of a dead socket "close" tells; it never gets idle.
      if (!error) this.#handler?.drained();
    });
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  end(): void {
    const socket = this.#socket;
    this.#forget();
    socket.resume();
    socket.end();
    socket.setTimeout(CLOSE_TIMEOUT_MS, () => socket.destroy());
  }

  destroy(): void {
    this.#forget();
    this.#socket.destroy();
  }

  #forget(): void {
    this.#handler = undefined;
    this.#answers.end();
    if (this.#input !== undefined) this.#input.handler = undefined;
  }
}

/** Makes the stream of a connected socket; the addresses differ from transport to transport. */
type MakeStream = (socket: Socket, input: NodeInput | undefined) => NodeStream;

/** One attempt to connect. */
export function dialTo(target: NetConnectOpts, callbacks: DialCallbacks, makeStream: MakeStream): Dial {
  const input = canReadInto ? new NodeInput() : undefined;
  const socket = connect(input === undefined ? target : { ...target, onread: input.onread });
  let over = false;
  const onError = (error: Error) => {
    if (over) return;
    over = true;
    socket.destroy();
    callbacks.failed(error);
  };
  socket.on("error", onError);
  socket.once("connect", () => {
    if (over) return;
    over = true;
    socket.off("error", onError);
    const stream = makeStream(socket, input);
    stream.start(callbacks.connected(stream));
  });
  socket.unref();
  return {
    cancel() {
      if (over) return;
      over = true;
      socket.destroy();
    },
  };
}

/** What `acceptFrom` needs of a server. */
export const SERVER_OPTIONS: ServerOpts = { pauseOnConnect: canReadInto };

/** Hands each connection that a server accepts to an engine, but those that `refuse` has an error for. */
export function acceptFrom(
  server: Server,
  callbacks: ListenCallbacks,
  makeStream: MakeStream,
  refuse?: (accepted: Socket) => Error | undefined,
): void {
  server.on("connection", (accepted) => {
    const refusal = refuse?.(accepted);
    if (refusal !== undefined) {
      accepted.destroy();
      callbacks.acceptFailed(refusal);
      return;
    }
    const input = canReadInto ? new NodeInput() : undefined;
    const stream = makeStream(input === undefined ? accepted : adopt(accepted, input), input);
    stream.start(callbacks.accepted(stream));
  });
  server.on("error", (error) => callbacks.acceptFailed(error));
  server.unref();
}

/** Starts a server and waits for it. @throws what the system says */
export function listenOn(
  server: Server,
  options: { host?: string; port?: number; path?: string; fd?: number; backlog?: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

export function closeServer(server: Server): Promise<void> {
  // Not server.close's own callback: that waits for the connections too.
  return new Promise((resolve, reject) => {
    const { _handle } = server as unknown as { _handle: object | null };
    if (_handle === null) {
      resolve();
      return;
    }
    server.close((error) => {
      if (error) reject(error);
    });
    // The address is free as soon as the handle is closed, which happens before the next turn of the loop.
    setImmediate(resolve);
  });
}
