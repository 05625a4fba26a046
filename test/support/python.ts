/**
 * libzmq in a Python process of its own (Debian's python3-zmq), driven by lines of JSON: one process serves many
 * sockets. See interop-peer.py. Where python3-zmq is missing, `missing` says so for tests to skip with.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import type { End, PeerLibrary, PeerOptions, SocketType } from "./interop-ends.ts";
import { bytesOf, type Part } from "./interop-messages.ts";

const SCRIPT = fileURLToPath(new URL("../../../test/support/interop-peer.py", import.meta.url));
const MISSING = "python3-zmq is not installed, libzmq was NOT tested against: apt-get install python3-zmq";

/** Names of the `zeromq` package → libzmq's. */
const OPTIONS: Record<Exclude<keyof PeerOptions, "verbosity">, string> = {
  routingId: "ROUTING_ID",
  probeRouter: "PROBE_ROUTER",
  mandatory: "ROUTER_MANDATORY",
  linger: "LINGER",
  reconnectInterval: "RECONNECT_IVL",
  sendHighWaterMark: "SNDHWM",
  receiveHighWaterMark: "RCVHWM",
  maxMessageSize: "MAXMSGSIZE",
  heartbeatInterval: "HEARTBEAT_IVL",
  heartbeatTimeout: "HEARTBEAT_TIMEOUT",
  heartbeatTimeToLive: "HEARTBEAT_TTL",
  handshakeInterval: "HANDSHAKE_IVL",
  plainServer: "PLAIN_SERVER",
  plainUsername: "PLAIN_USERNAME",
  plainPassword: "PLAIN_PASSWORD",
  curveServer: "CURVE_SERVER",
  curveSecretKey: "CURVE_SECRETKEY",
  curvePublicKey: "CURVE_PUBLICKEY",
  curveServerKey: "CURVE_SERVERKEY",
  zapDomain: "ZAP_DOMAIN",
  metadata: "METADATA",
  noDrop: "XPUB_NODROP",
  invertMatching: "INVERT_MATCHING",
};
const VERBOSITY = { allSubs: "XPUB_VERBOSE", allSubsUnsubs: "XPUB_VERBOSER" };

interface Call {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

interface Answer {
  id: number;
  ok?: unknown;
  error?: string;
}

export class PythonPeer implements PeerLibrary {
  readonly name: string;
  readonly missing: string | undefined;
  readonly version: string;
  readonly #child: ChildProcess | undefined;
  readonly #calls: Map<number, Call>;
  #lastId = 0;

  private constructor(
    child: ChildProcess | undefined,
    calls: Map<number, Call>,
    version: string | undefined,
    { name, missing }: { name: string; missing: string },
  ) {
    this.name = name;
    this.#child = child;
    this.#calls = calls;
    this.version = version ?? "";
    this.missing = version === undefined ? missing : undefined;
  }

  /**
   * Lives until the test, or the file, that started it is over. Never rejects because of a missing interpreter or module: then
   * `missing` is set and stderr says so. `preload` are libraries whose functions take the place of libzmq's.
   */
  static async start({ preload = "", name = "python3-zmq" } = {}): Promise<PythonPeer> {
    const calls = new Map<number, Call>();
    const ready = new Promise<string>((resolve, reject) => {
      calls.set(0, { resolve: resolve as (value: unknown) => void, reject });
    });
    // Debian's module belongs to this interpreter, which need not be the first python3 on the PATH.
    const child = spawn("/usr/bin/python3", [SCRIPT], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...(preload !== "" && { LD_PRELOAD: preload }) },
    });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const fail = (error: Error): void => {
      for (const call of calls.values()) call.reject(error);
      calls.clear();
    };
    child.on("error", fail);
    child.stdin.on("error", fail);
    child.on("close", (code, signal) =>
      fail(new Error(`the Python peer has ended (${code ?? signal})\n${stderr}`)),
    );
    createInterface({ input: child.stdout }).on("line", (line) => {
      const { id, ok, error } = JSON.parse(line) as Answer;
      const call = calls.get(id);
      calls.delete(id);
      if (calls.size === 0) asSocket(child.stdout).unref();
      if (error === undefined) call?.resolve(ok);
      else call?.reject(new Error(`the Python peer says: ${error}`));
    });
    const killAtExit = (): void => void child.kill("SIGKILL");
    process.once("exit", killAtExit);
    child.once("exit", () => process.off("exit", killAtExit));
    try {
      const version = await ready;
      child.unref();
      for (const stream of [child.stdin, child.stderr]) asSocket(stream).unref();
      const peer = new PythonPeer(child, calls, version, { name, missing: MISSING });
      // Of the file, or of the test that started it: calls that a failed test left open must not hold the process.
      after(() => peer.kill());
      return peer;
    } catch (error) {
      const text = `${(error as Error).message}`;
      if (!/ENOENT|No module named/.test(text)) throw error;
      return PythonPeer.none(MISSING, name);
    }
  }

  /** Says why there is none. */
  static none(missing: string, name: string): PythonPeer {
    process.stderr.write(`\n*** ${missing} ***\n\n`);
    return new PythonPeer(undefined, new Map(), undefined, { name, missing });
  }

  async open(type: SocketType, options: PeerOptions = {}): Promise<PythonEnd> {
    const name = `socket ${this.#lastId + 1}`;
    await this.call("open", { socket: name, type, options: named(options) });
    return new PythonEnd(this, name, type);
  }

  /** A CURVE key pair, public key first. */
  async keyPair(): Promise<[string, string]> {
    return (await this.call("keypair", {})) as [string, string];
  }

  /** Runs zmq_proxy_steerable with these sockets, which are its own from then on. Answers how to wait for its end. */
  async proxy(front: PythonEnd, back: PythonEnd, control: PythonEnd): Promise<() => Promise<unknown>> {
    const as = `proxy ${this.#lastId + 1}`;
    await this.call("proxy", { as, front: front.name, back: back.name, control: control.name });
    return () => this.call("ended", { as });
  }

  /** Stops the process where it is, its I/O threads too; nothing is closed. */
  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  /** The process dies without a word; resolves when it has. Twice is harmless. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    await new Promise((resolve) => {
      child.once("exit", resolve);
      child.kill("SIGKILL");
    });
  }

  call(command: string, details: object): Promise<unknown> {
    const stdin = this.#child?.stdin;
    const stdout = this.#child?.stdout;
    if (!stdin || !stdout) return Promise.reject(new Error(MISSING));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      // Only an open call holds this process.
      asSocket(stdout).ref();
      stdin.write(`${JSON.stringify({ id, do: command, ...details })}\n`);
    });
  }
}

export class PythonEnd implements End {
  readonly type: SocketType;
  readonly name: string;
  readonly #peer: PythonPeer;

  constructor(peer: PythonPeer, name: string, type: SocketType) {
    this.#peer = peer;
    this.name = name;
    this.type = type;
  }

  async bind(endpoint: string): Promise<string> {
    return (await this.#call("bind", { endpoint })) as string;
  }

  async connect(endpoint: string): Promise<void> {
    await this.#call("connect", { endpoint });
  }

  async disconnect(endpoint: string): Promise<void> {
    await this.#call("disconnect", { endpoint });
  }

  async set(options: PeerOptions): Promise<void> {
    await this.#call("set", { options: named(options) });
  }

  async send(message: Part[]): Promise<void> {
    await this.sendMany([message]);
  }

  async sendMany(messages: Part[][]): Promise<void> {
    await this.#call("send", { messages: messages.map((message) => message.map(toBase64)) });
  }

  async receive(): Promise<Buffer[]> {
    const [message] = await this.receiveMany(1);
    return message!;
  }

  /** Exactly so many messages. */
  async receiveMany(count: number): Promise<Buffer[][]> {
    const messages = (await this.#call("receive", { count })) as string[][];
    return messages.map((parts) => parts.map((part) => Buffer.from(part, "base64")));
  }

  /** Sends messages of a number, from 0, and a body of `size` bytes. Resolves when the last was taken. */
  async flood(count: number, size: number): Promise<void> {
    await this.#call("flood", { count, size });
  }

  /** How many messages of calls to send and flood wait for room. */
  async unsent(): Promise<number> {
    return (await this.#call("unsent", {})) as number;
  }

  /** As receiveMany, of each message the first part and the size of the others. */
  async receiveBriefly(count: number): Promise<[string, number][]> {
    return (await this.#call("receive", { count, brief: true })) as [string, number][];
  }

  /** Of the next message those of these properties that it has. */
  async receiveProperties(...names: string[]): Promise<Record<string, string>> {
    const [found] = (await this.#call("receive", { count: 1, names })) as Record<string, string>[];
    return found!;
  }

  async subscribe(topic: Part): Promise<void> {
    await this.#call("subscribe", { topic: toBase64(topic) });
  }

  async unsubscribe(topic: Part): Promise<void> {
    await this.#call("unsubscribe", { topic: toBase64(topic) });
  }

  async monitor(version: 1 | 2 = 1): Promise<PythonMonitor> {
    const name = `${this.name} monitor`;
    await this.#call("monitor", { as: name, version });
    return new PythonMonitor(this.#peer, name);
  }

  /** The monitor ends, its reader stays. */
  async unmonitor(): Promise<void> {
    await this.#call("unmonitor", {});
  }

  async close(linger = 0): Promise<void> {
    await this.#call("close", { linger });
  }

  #call(command: string, details: object): Promise<unknown> {
    return this.#peer.call(command, { socket: this.name, ...details });
  }
}

/** libzmq's ZMQ_EVENT_… of one socket. */
export class PythonMonitor {
  readonly #peer: PythonPeer;
  readonly #name: string;

  constructor(peer: PythonPeer, name: string) {
    this.#peer = peer;
    this.#name = name;
  }

  /** The next event as libzmq sends it. */
  async frames(): Promise<Buffer[]> {
    const messages = (await this.#peer.call("receive", { socket: this.#name, count: 1 })) as string[][];
    return messages[0]!.map((frame) => Buffer.from(frame, "base64"));
  }

  /** The value of the next event of this kind; others before it are passed over. */
  async next(event: number): Promise<number> {
    for (;;) {
      const [head] = (await this.frames()) as [Buffer, Buffer];
      if (head.readUInt16LE(0) === event) return head.readUInt32LE(2);
    }
  }
}

function named({ verbosity, ...options }: PeerOptions): Record<string, unknown> {
  const found = Object.fromEntries(
    Object.entries(options).map(([name, value]) => [OPTIONS[name as keyof typeof options], value]),
  );
  return verbosity ? { ...found, [VERBOSITY[verbosity]]: true } : found;
}

function toBase64(part: Part): string {
  return bytesOf(part).toString("base64");
}

/** A child's pipes are sockets, which can be unreferenced; the types do not say so. */
function asSocket(stream: unknown): Socket {
  return stream as Socket;
}
