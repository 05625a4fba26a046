/** One engine on a bench: fake stream below, fake pipe above, fake clock beside. Bytes in as hex, bytes out as hex. */
import type { ConnectionHost, Ending, EnginePipe, Message, Peer } from "#src/engine/connection.js";
import { Engine, type EngineOptions } from "#src/engine/engine.js";
import { ascii, hex } from "./bytes.ts";
import { FakeClock } from "./clock.ts";
import { FakeStream } from "./fake-stream.ts";

export const SIGNATURE = "ff00000000000000017f";
const FIELDS = `${ascii("NULL")}${"00".repeat(16)}00${"00".repeat(31)}`;
export const GREETING_31 = `${SIGNATURE}0301${FIELDS}`;
export const GREETING_PLAIN = `${SIGNATURE}0301${ascii("PLAIN")}${"00".repeat(15)}00${"00".repeat(31)}`;
export const GREETING_30 = `${SIGNATURE}0300${FIELDS}`;
export const GREETING_20 = `${SIGNATURE}0105`;

/** A short command frame. */
export function command(name: string, data = ""): string {
  const body = `${name.length.toString(16).padStart(2, "0")}${ascii(name)}${data.replace(/\s/g, "")}`;
  return `04${(body.length / 2).toString(16).padStart(2, "0")}${body}`;
}

export function property(name: string, value: string): string {
  const length = value.length.toString(16).padStart(8, "0");
  return `${name.length.toString(16).padStart(2, "0")}${ascii(name)}${length}${ascii(value)}`;
}

export const READY_PEER = command("READY", property("Socket-Type", "DEALER") + property("Identity", ""));

export class FakePipe implements EnginePipe {
  /** What the socket has sent and the engine has not taken. */
  readonly outgoing: Message[] = [];
  readonly incoming: Message[] = [];
  /** Messages there is room for. */
  room = Number.POSITIVE_INFINITY;
  isHungry = false;
  /** Messages that were written where there was no room, and so are lost. */
  lost = 0;
  /** Called where a real pipe tells its owner that the other end is closed and all has been read. */
  onEmpty: (() => void) | undefined;

  read(): Message | undefined {
    const message = this.outgoing.shift();
    if (message === undefined) this.onEmpty?.();
    return message;
  }

  deliver(message: Message): boolean {
    if (this.room <= 0) {
      this.lost++;
      return false;
    }
    this.room--;
    this.incoming.push(message);
    return this.room > 0;
  }

  /** Takes none like this: the engine delivers them. */
  forward(_chunk: Uint8Array, from: number): number {
    return from;
  }

  hasRoom(): boolean {
    return this.room > 0;
  }

  /** Messages that came, frames in hex joined by a bar. */
  get text(): string[] {
    return this.incoming.map((message) =>
      message.map((frame) => Buffer.from(frame).toString("hex")).join("|"),
    );
  }
}

export class Bench implements ConnectionHost {
  readonly stream = new FakeStream();
  readonly clock: FakeClock;
  readonly pipe = new FakePipe();
  readonly engine: Engine;
  readonly peers: Peer[] = [];
  readonly endings: Ending[] = [];
  /** Thrown at the handshake's end, to refuse the peer. */
  refusal: Error | undefined;

  constructor(options: Partial<EngineOptions> = {}, clock: FakeClock = new FakeClock()) {
    this.clock = clock;
    const defaults: EngineOptions = {
      mechanism: "NULL",
      asServer: false,
      metadata: new Map([
        ["Socket-Type", Buffer.from("DEALER")],
        ["Identity", Buffer.from("")],
      ]),
      routingId: Buffer.alloc(0),
      socketType: 5,
      credentials: {},
      sendsSubscriptions: false,
      takesSubscriptions: false,
      hasGroups: false,
      maxMessageSize: -1,
      handshakeIntervalMs: 30_000,
      heartbeatIntervalMs: 0,
      heartbeatTimeoutMs: 0,
      heartbeatTtlMs: 0,
    };
    this.engine = new Engine(this.stream, this, { ...defaults, ...options }, clock);
    this.engine.start();
  }

  handshaken(peer: Peer): void {
    if (this.refusal !== undefined) throw this.refusal;
    this.peers.push(peer);
    this.engine.attach(this.pipe);
  }

  /** Questions to the ZAP handler, and where its reply goes. */
  readonly questions: { request: string; answer(reply: Uint8Array[]): void }[] = [];
  hasHandler = true;

  authenticate(request: Message, answer: (reply: Message) => void): boolean {
    if (!this.hasHandler) return false;
    this.questions.push({ request: request.map((frame) => Buffer.from(frame).toString()).join("|"), answer });
    return true;
  }

  ended(ending: Ending): void {
    this.endings.push(ending);
  }

  /** Bytes of the peer, each argument a chunk. */
  push(...chunks: string[]): this {
    for (const chunk of chunks) this.engine.received(hex(chunk));
    return this;
  }

  /** Greeting and READY of a ZMTP 3.1 peer; forgets what was written for it. */
  shakeHands(greeting = GREETING_31, ready = READY_PEER): this {
    this.push(greeting, ready);
    this.stream.take();
    return this;
  }

  /** A message of the socket, as a session hands it over. */
  send(...frames: (string | Uint8Array)[]): this {
    const message = frames.map((frame) => (typeof frame === "string" ? Buffer.from(frame) : frame));
    if (this.pipe.isHungry && this.engine.take(message)) return this;
    this.pipe.outgoing.push(message);
    this.engine.readable();
    return this;
  }

  get ending(): string {
    return this.endings
      .map(({ kind, error, inHandshake }) => `${kind} ${error?.code} ${inHandshake}`)
      .join(", ");
  }
}
