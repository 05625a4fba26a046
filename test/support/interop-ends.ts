/**
 * One face for our sockets, those of the `zeromq` package and those of a Python process, so that a test is written once
 * and run with any two of them.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import * as addon from "zeromq";
import * as ours from "zmq-ts";
import type { Part } from "./interop-messages.ts";
import type { PythonPeer } from "./python.ts";

export const CLASSES = {
  PUSH: "Push",
  PULL: "Pull",
  PUB: "Publisher",
  SUB: "Subscriber",
  XPUB: "XPublisher",
  XSUB: "XSubscriber",
  REQ: "Request",
  REP: "Reply",
  DEALER: "Dealer",
  ROUTER: "Router",
  PAIR: "Pair",
  STREAM: "Stream",
} as const;

export type SocketType = keyof typeof CLASSES;

/** Options that libzmq peers are given, by the names of the `zeromq` package. */
export interface PeerOptions {
  routingId?: string;
  probeRouter?: boolean;
  mandatory?: boolean;
  linger?: number;
  reconnectInterval?: number;
  sendHighWaterMark?: number;
  receiveHighWaterMark?: number;
  maxMessageSize?: number;
  heartbeatInterval?: number;
  heartbeatTimeout?: number;
  heartbeatTimeToLive?: number;
  handshakeInterval?: number;
  plainServer?: boolean;
  plainUsername?: string;
  plainPassword?: string;
  curveServer?: boolean;
  curveSecretKey?: string;
  curvePublicKey?: string;
  curveServerKey?: string;
  zapDomain?: string;
  /** One property, `X-name:value`. */
  metadata?: string;
  verbosity?: "allSubs" | "allSubsUnsubs" | null;
  noDrop?: boolean;
  invertMatching?: boolean;
}

/** One socket, whatever library it belongs to. */
export interface End {
  readonly type: SocketType;
  /** Resolves to the endpoint with wildcards filled in. */
  bind(endpoint: string): Promise<string>;
  connect(endpoint: string): Promise<void>;
  disconnect(endpoint: string): Promise<void>;
  send(message: Part[]): Promise<void>;
  receive(): Promise<Buffer[]>;
  subscribe(topic: Part): Promise<void>;
  unsubscribe(topic: Part): Promise<void>;
  /** Drops what was not sent. */
  close(): Promise<void>;
}

export interface PeerLibrary {
  readonly name: string;
  /** Why this library cannot be tested against here, for `skip`. */
  readonly missing: string | undefined;
  open(type: SocketType, options?: PeerOptions): Promise<End>;
}

/** What our classes and the `zeromq` package's have in common, with the methods that not all types have. */
interface NodeSocket {
  linger: number;
  readonly lastEndpoint: string | null;
  bind(endpoint: string): Promise<void>;
  connect(endpoint: string): void;
  disconnect(endpoint: string): void;
  send(message: Part[]): Promise<void>;
  receive(): Promise<Buffer[]>;
  subscribe(topic: Part): void;
  unsubscribe(topic: Part): void;
  close(): void;
}

type NodeLibrary = Record<(typeof CLASSES)[SocketType], new (options: object) => unknown>;

class NodeEnd implements End {
  readonly type: SocketType;
  readonly socket: NodeSocket;

  constructor(library: NodeLibrary, type: SocketType, options: object) {
    this.type = type;
    this.socket = new library[CLASSES[type]](options) as NodeSocket;
  }

  async bind(endpoint: string): Promise<string> {
    await this.socket.bind(endpoint);
    return this.socket.lastEndpoint!;
  }

  async connect(endpoint: string): Promise<void> {
    this.socket.connect(endpoint);
  }

  async disconnect(endpoint: string): Promise<void> {
    this.socket.disconnect(endpoint);
  }

  /** A copy: over ws:// libzmq masks the caller's memory in place. */
  send(message: Part[]): Promise<void> {
    return this.socket.send(message.map((part) => (typeof part === "string" ? part : Buffer.from(part))));
  }

  receive(): Promise<Buffer[]> {
    return this.socket.receive();
  }

  async subscribe(topic: Part): Promise<void> {
    this.socket.subscribe(topic);
  }

  async unsubscribe(topic: Part): Promise<void> {
    this.socket.unsubscribe(topic);
  }

  async close(): Promise<void> {
    this.socket.linger = 0;
    this.socket.close();
  }
}

/** One of our sockets that has lost a connection without the test's doing may have hidden a fault by reconnecting. */
class OurEnd extends NodeEnd {
  readonly losses: string[] = [];

  constructor(type: SocketType, options: object) {
    super(ours as unknown as NodeLibrary, type, options);
    const { events } = this.socket as unknown as ours.Socket;
    events.on("disconnect", ({ error }) => this.losses.push(error?.message ?? "disconnect without an error"));
  }
}

export const ADDON: PeerLibrary = {
  name: "zeromq package",
  missing: undefined,
  async open(type, options = {}) {
    return new NodeEnd(addon as unknown as NodeLibrary, type, options);
  },
};

/** Ours as if it were a peer, for tests that say the same of both. */
export const OURS: PeerLibrary = {
  name: "zmq-ts",
  missing: undefined,
  async open(type, options = {}) {
    return new OurEnd(type, options);
  },
};

export type Transport = "tcp" | "ipc" | "ws";

const ANY: Record<Transport, string> = { tcp: "tcp://127.0.0.1:*", ipc: "ipc://*", ws: "ws://127.0.0.1:*" };

export interface PairOptions {
  transports?: Transport[];
  /** For the ends; `binder` and `connecter` go to whichever has that part. */
  ours?: PeerOptions;
  theirs?: PeerOptions;
  binder?: PeerOptions;
  connecter?: PeerOptions;
  /** What else the test's name says. */
  behaviour?: string;
  /** The scenario itself ends the connection. */
  endsConnection?: boolean;
}

export interface Ends {
  ours: End;
  theirs: End;
  binder: End;
  connecter: End;
}

/**
 * Registers one test for each libzmq, transport and choice of who binds. Both ends are connected (or about to be) when
 * `scenario` gets them.
 */
export function testPair(
  python: PythonPeer,
  ourType: SocketType,
  theirType: SocketType,
  scenario: (ends: Ends, t: TestContext) => Promise<void>,
  options: PairOptions = {},
): void {
  for (const library of [python, ADDON]) {
    for (const transport of options.transports ?? ["tcp", "ipc", "ws"]) {
      for (const weBind of [true, false]) {
        const roles = weBind ? "we bind, they connect" : "they bind, we connect";
        const name = `our ${ourType} and their ${theirType} (${library.name}) ${options.behaviour ?? "talk"} over ${transport}: ${roles}`;
        test(name, { timeout: 10_000, skip: library.missing ?? false }, async (t) => {
          const [ourPart, theirPart] = weBind
            ? [options.binder, options.connecter]
            : [options.connecter, options.binder];
          const we = new OurEnd(ourType, { ...options.ours, ...ourPart });
          t.after(() => we.close());
          const they = await library.open(theirType, { ...options.theirs, ...theirPart });
          t.after(() => they.close());
          const [binder, connecter] = weBind ? [we, they] : [they, we];

          await connecter.connect(await binder.bind(ANY[transport]));
          await scenario({ ours: we, theirs: they, binder, connecter }, t);

          if (!options.endsConnection) assert.deepEqual(we.losses, [], "our socket lost its connection");
        });
      }
    }
  }
}
