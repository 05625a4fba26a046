/**
 * Sockets for tests: made in the scope of one test and closed at its end, joined with a wait for the handshake, and
 * watched, so that a connection that is lost and silently made again fails the test instead of passing it slowly.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import {
  context,
  type Event,
  type EventOfType,
  type EventType,
  type Socket,
  ZmqError,
  type ZmqErrorCode,
} from "zmq-ts";
import { freePort } from "./ports.ts";

export type Transport = "tcp" | "ipc" | "inproc" | "ws";
export const TRANSPORTS: readonly Transport[] = ["tcp", "ipc", "inproc", "ws"];
export const STREAM_TRANSPORTS: readonly Transport[] = ["tcp", "ipc", "ws"];

/** The suite runs a second time with its I/O in background threads: `npm run test:io-threads`. */
export const IO_THREADS: number = Number(process.env.ZMQ_TS_IO_THREADS ?? 0);
context.ioThreads = IO_THREADS;

/** How long anything may take that is expected to happen at once. */
const PATIENCE_MS = 5000;

const EVENT_TYPES: readonly EventType[] = [
  "accept",
  "accept:error",
  "bind",
  "bind:error",
  "close",
  "close:error",
  "connect",
  "connect:delay",
  "connect:retry",
  "disconnect",
  "drop",
  "end",
  "handshake",
  "handshake:error:auth",
  "handshake:error:other",
  "handshake:error:protocol",
];

let names = 0;

/** An endpoint to bind that nobody else has. */
export function anyEndpoint(transport: Transport): string {
  if (transport === "tcp" || transport === "ws") return `${transport}://127.0.0.1:*`;
  if (transport === "ipc") return "ipc://*";
  return inprocName();
}

export function inprocName(): string {
  return `inproc://test-${++names}`;
}

/** A path in an empty folder, which goes away with the test. */
export function temporaryPath(t: TestContext, name = "socket"): string {
  const folder = mkdtempSync(join(tmpdir(), "zt-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}

/** An endpoint that two sockets can agree on before either has it. */
export async function endpointToCome(t: TestContext, transport: Transport): Promise<string> {
  if (transport === "inproc") return inprocName();
  if (transport === "ipc") return `ipc://${temporaryPath(t)}`;
  const port = await freePort();
  return transport === "ws" ? `ws://127.0.0.1:${port}/` : `tcp://127.0.0.1:${port}`;
}

export type SocketClass<S extends Socket, O> = new (options?: O) => S;

/** Makes a socket that is closed, without linger, when the test is over. */
export function open<S extends Socket, O>(t: TestContext, type: SocketClass<S, O>, options?: O): S {
  const socket = new type(options);
  t.after(() => {
    if (socket.closed) return;
    socket.linger = 0;
    socket.close();
  });
  return socket;
}

/** Rejects when `promise` takes longer than anything here should. Holds the process meanwhile. */
export async function soon<T>(promise: Promise<T>, what = "the promise"): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not settle in ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** All events of a socket from now on, to be waited for in order. */
export class EventLog {
  readonly all: Event[] = [];
  #next = 0;
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    for (const type of EVENT_TYPES) {
      socket.events.on(type, (event) => {
        this.all.push(event as Event);
        this.#wake?.();
      });
    }
  }

  get types(): EventType[] {
    return this.all.map((event) => event.type);
  }

  count(type: EventType): number {
    return this.types.filter((candidate) => candidate === type).length;
  }

  /** The next event of the type after the last one waited for; those between are passed over. */
  async next<E extends EventType>(type: E): Promise<EventOfType<E>> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      while (this.#next < this.all.length) {
        const event = this.all[this.#next++]!;
        if (event.type === type) return event as EventOfType<E>;
      }
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`no "${type}" event came; seen: ${this.types.join(", ") || "nothing"}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Forgets what has happened so far. */
  skip(): void {
    this.#next = this.all.length;
  }
}

const logs = new WeakMap<Socket, EventLog>();

/** The log of a socket, begun with the first call. */
export function log(socket: Socket): EventLog {
  let found = logs.get(socket);
  if (found === undefined) {
    found = new EventLog(socket);
    logs.set(socket, found);
  }
  return found;
}

/** Connects `client` to a bound endpoint and waits until both have the other. */
export async function connected(server: Socket, client: Socket, endpoint: string): Promise<void> {
  if (endpoint.startsWith("inproc:")) {
    client.connect(endpoint);
    return;
  }
  const accepted = log(server).next("handshake");
  const connected = log(client).next("handshake");
  client.connect(endpoint);
  await Promise.all([accepted, connected]);
}

/**
 * Binds one, connects the other, and waits for both handshakes. The test fails when a connection of either is lost
 * before its end, unless `mayLose`; "other peers" watches the clients only.
 */
export async function married(
  t: TestContext,
  server: Socket,
  client: Socket | readonly Socket[],
  transport: Transport,
  { mayLose = false }: { mayLose?: boolean | "other peers" } = {},
): Promise<string> {
  const clients = Array.isArray(client) ? (client as readonly Socket[]) : [client as Socket];
  const watched = transport === "inproc" ? [] : [server, ...clients];
  for (const socket of watched) log(socket);
  await server.bind(anyEndpoint(transport));
  const endpoint = server.lastEndpoint!;
  for (const socket of clients) await connected(server, socket, endpoint);
  if (mayLose === true) return endpoint;
  const lost: string[] = [];
  for (const socket of watched) {
    if (mayLose && socket === server) continue;
    socket.events.on("disconnect", (event) => {
      // Once the first of them is closed the others lose it, and that is as it should be.
      if (server.closed || clients.some((one) => one.closed)) return;
      lost.push(`${event.address}: ${event.error?.message ?? "no reason"}`);
    });
  }
  t.after(() => assert.deepEqual(lost, [], "a connection was lost on the way"));
  return endpoint;
}

/** Asserts that a promise rejects with a ZmqError of the code, and returns the error. */
export async function rejects(
  promise: Promise<unknown>,
  code: ZmqErrorCode,
  text?: RegExp,
): Promise<ZmqError> {
  try {
    await soon(promise, `what should reject with ${code}`);
  } catch (error) {
    return check(error, code, text);
  }
  assert.fail(`nothing was rejected; expected ${code}`);
}

/** The same for what is thrown. */
export function throws(run: () => unknown, code: ZmqErrorCode, text?: RegExp): ZmqError {
  try {
    run();
  } catch (error) {
    return check(error, code, text);
  }
  assert.fail(`nothing was thrown; expected ${code}`);
}

function check(error: unknown, code: ZmqErrorCode, text: RegExp | undefined): ZmqError {
  assert.ok(error instanceof ZmqError, `expected a ZmqError ${code}, got ${String(error)}`);
  assert.equal(error.code, code, error.message);
  if (text !== undefined) assert.match(error.message, text);
  return error;
}

/** The parts of a message as text. */
export function text(message: readonly Uint8Array[]): string[] {
  return message.map((part) => Buffer.from(part).toString());
}

interface Receiver {
  receive(): Promise<Uint8Array[]>;
}

/** The next `count` messages as text, parts joined with "|". */
export async function receiveTexts(socket: Receiver, count: number): Promise<string[]> {
  const texts: string[] = [];
  for (let i = 0; i < count; i++)
    texts.push(text(await soon(socket.receive(), `message ${i + 1} of ${count}`)).join("|"));
  return texts;
}

/**
 * Asserts that messages of several senders, of which each sent its prefix with a number from 0, alternate: one of each,
 * in the order of the first round, and each sender's in the order of sending. libzmq: fq.cpp.
 */
export function assertInTurn(messages: readonly string[], senders: readonly string[]): void {
  const turn = messages.slice(0, senders.length).map((first) => first.slice(0, -1));
  assert.deepEqual(turn.toSorted(), senders.toSorted(), "one of each to begin with");
  for (const [i, message] of messages.entries())
    assert.equal(message, `${turn[i % turn.length]}${Math.floor(i / turn.length)}`, `message ${i}`);
}

/** Receives until a message is `last`; how many came before it. */
export async function countTo(last: string, socket: Receiver): Promise<number> {
  for (let count = 0; ; count++) {
    const [frame] = await soon(socket.receive(), last);
    if (frame!.length === last.length && String(frame) === last) return count;
  }
}

/** Lets the event loop look at its sockets `turns` times. */
export async function turns(count = 1): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Waits for a state that no event tells of. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`it never came to be that ${what}`);
    await turns();
  }
}

/** Asserts that a promise is still pending after the event loop has turned a few times. */
export async function staysPending(promise: Promise<unknown>, afterTurns = 5): Promise<void> {
  let settled = false;
  promise.then(
    () => {
      settled = true;
    },
    () => {
      settled = true;
    },
  );
  await turns(afterTurns);
  assert.equal(settled, false, "it should still be waiting");
}

interface Publishing {
  send(message: string | string[]): Promise<void>;
}

interface Subscribing {
  subscribe(...topics: string[]): void;
  unsubscribe(...topics: string[]): void;
  receive(): Promise<Uint8Array[]>;
  tryReceive(): Uint8Array[] | undefined;
}

const SYNC = "\0sync";

/** Waits until the publisher knows all that the subscribers have subscribed to so far: subscriptions keep their order. */
export async function subscribed(publisher: Publishing, ...subscribers: Subscribing[]): Promise<void> {
  for (const subscriber of subscribers) subscriber.subscribe(SYNC);
  const unheard = new Set(subscribers);
  const deadline = Date.now() + PATIENCE_MS;
  while (unheard.size > 0) {
    if (Date.now() > deadline) throw new Error("a subscription never reached the publisher");
    await publisher.send(SYNC);
    // Not one a turn: where I/O is in other threads a message takes many, and the last word must not meet a full queue.
    for (let turn = 0; turn < 100 && unheard.size > 0; turn++) {
      await turns();
      for (const subscriber of unheard) if (subscriber.tryReceive() !== undefined) unheard.delete(subscriber);
    }
  }
  await publisher.send([SYNC, "over"]);
  for (const subscriber of subscribers) {
    while ((await soon(subscriber.receive(), "the end of the synchronisation")).length === 1);
    subscriber.unsubscribe(SYNC);
  }
}

/** Sends until nothing goes any more, the kernel's buffers full as well. Returns how many went. */
export async function fill(
  socket: { trySend(message: Uint8Array): boolean },
  body: Uint8Array,
): Promise<number> {
  let sent = 0;
  // With I/O elsewhere, a turn here is not one there.
  for (let refusals = 0; refusals < (IO_THREADS > 0 ? 5000 : 20); refusals++) {
    while (socket.trySend(body)) {
      sent++;
      refusals = 0;
    }
    await turns();
  }
  return sent;
}
