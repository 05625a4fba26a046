/**
 * Monitor events as libzmq gives them out: frames on a socket of their own, over inproc, so that programs and threads
 * written for `zmq_socket_monitor` find what they know. `Socket.events` is the pleasant way to the same events.
 * libzmq: socket_base.cpp monitor, monitor_event; zmq_socket_monitor_versioned(3).
 *
 *   version 1   [ event u16 │ value u32 ] [ address ]
 *   version 2   [ event u64 ] [ count u64 ] [ value u64 ]… [ local endpoint ] [ remote endpoint ]     byte order: the machine's
 */
import { constants } from "../api/constants.ts";
import { coreOf } from "../api/core-of.ts";
import { Pair } from "../api/pair.ts";
import { Publisher } from "../api/publisher.ts";
import { Push } from "../api/push.ts";
import { Socket } from "../api/socket.ts";
import type { MonitorEvent } from "../core/monitor.ts";
import { fromText } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import { Queue } from "../util/queue.ts";

export interface SocketMonitorOptions {
  /** Which events, added up from `constants.ZMQ_EVENT_…`; default ZMQ_EVENT_ALL, or 2⁶⁴−1 in version 2: all there are. */
  events?: number;
  /** The form of the frames: 1 (default) or 2, which can carry several values and both endpoints. */
  version?: 1 | 2;
  /** The socket that gives them out; default "PAIR". */
  type?: "PAIR" | "PUB" | "PUSH";
}

const SENDERS = { PAIR: Pair, PUB: Publisher, PUSH: Push } as const;
/** Beyond this events are dropped, the newest first: a monitor that nobody reads must not grow. */
const UNREAD_MAX = 1000;
const ALL_EVENTS = 0xffff | constants.ZMQ_EVENT_PIPES_STATS;
/** No file descriptor: a JavaScript runtime does not tell it. */
const NO_FD = -1;

/** Event → its number, and what its value is. "drop" is this library's own. */
const EVENTS: { [T in Exclude<MonitorEvent["type"], "drop">]: number } = {
  connect: constants.ZMQ_EVENT_CONNECTED,
  "connect:delay": constants.ZMQ_EVENT_CONNECT_DELAYED,
  "connect:retry": constants.ZMQ_EVENT_CONNECT_RETRIED,
  bind: constants.ZMQ_EVENT_LISTENING,
  "bind:error": constants.ZMQ_EVENT_BIND_FAILED,
  accept: constants.ZMQ_EVENT_ACCEPTED,
  "accept:error": constants.ZMQ_EVENT_ACCEPT_FAILED,
  close: constants.ZMQ_EVENT_CLOSED,
  "close:error": constants.ZMQ_EVENT_CLOSE_FAILED,
  disconnect: constants.ZMQ_EVENT_DISCONNECTED,
  handshake: constants.ZMQ_EVENT_HANDSHAKE_SUCCEEDED,
  "handshake:error:other": constants.ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL,
  "handshake:error:protocol": constants.ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL,
  "handshake:error:auth": constants.ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
  end: constants.ZMQ_EVENT_MONITOR_STOPPED,
};
/** EINPROGRESS, the value of ZMQ_EVENT_CONNECT_DELAYED. */
const IN_PROGRESS = 115;
/** Events of what this side listens on have a local endpoint only. */
const LOCAL: ReadonlySet<MonitorEvent["type"]> = new Set(["bind", "bind:error", "accept", "accept:error"]);

const monitors = new WeakMap<Socket, SocketMonitor>();

/**
 * `zmq_socket_monitor`, `zmq_socket_monitor_versioned`: from now on the socket's events can be received at `endpoint`,
 * `inproc://…`, by a socket of the same context that connects there. Ends a monitor that the socket had; with null no
 * other takes its place. It ends by itself with the socket's last event, ZMQ_EVENT_MONITOR_STOPPED.
 *
 * Where libzmq gives a file descriptor as the value it is -1. Events wait for somebody to connect, up to 1000.
 * @throws TypeError, ZmqError EPROTONOSUPPORT for another transport, EINVAL for events that the version has not, EADDRINUSE
 * for a name in use, EBADF on a closed socket
 */
export function socketMonitor(
  socket: Socket,
  endpoint: string | null,
  options: SocketMonitorOptions = {},
): void {
  if (!(socket instanceof Socket)) throw new TypeError("a monitor is for a socket object");
  if (socket.closed) throw new ZmqError("EBADF", "Socket is closed: monitor it while it is open");
  const { version = 1, type = "PAIR", events = version === 1 ? 0xffff : ALL_EVENTS } = options;
  if (version !== 1 && version !== 2) throw new ZmqError("EINVAL", "version must be 1 or 2");
  if (SENDERS[type] === undefined) throw new ZmqError("EINVAL", 'type must be "PAIR", "PUB" or "PUSH"');
  if (!Number.isSafeInteger(events) || events < 0)
    throw new ZmqError("EINVAL", "events must be a sum of ZMQ_EVENT_… constants");
  if (version === 1 && events > 0xffff)
    throw new ZmqError("EINVAL", "version 1 has the first 16 events only; use version 2 for the others");
  if (endpoint !== null && !String(endpoint).startsWith("inproc://")) {
    throw new ZmqError("EPROTONOSUPPORT", `a monitor gives out events at inproc://…, not at ${endpoint}`);
  }
  monitors.get(socket)?.stop();
  if (endpoint !== null) monitors.set(socket, new SocketMonitor(socket, endpoint, { version, type, events }));
}

/**
 * `zmq_socket_monitor_pipes_stats`: has the monitor give out one ZMQ_EVENT_PIPES_STATS for each connection, whose values
 * are how many messages wait to be sent and to be received. `Socket.stats` says more.
 * @throws ZmqError EINVAL when that event is not monitored, in version 2; EAGAIN when there are no connections
 */
export function socketMonitorPipesStats(socket: Socket): void {
  const monitor = socket instanceof Socket ? monitors.get(socket) : undefined;
  if (monitor === undefined || !monitor.wants(constants.ZMQ_EVENT_PIPES_STATS)) {
    throw new ZmqError("EINVAL", "monitor ZMQ_EVENT_PIPES_STATS first: socketMonitor with version 2");
  }
  const { connections } = socket.stats();
  if (connections.length === 0) throw new ZmqError("EAGAIN", "the socket has no connections yet");
  for (const { local, remote, sendQueue, receiveQueue } of connections)
    monitor.give(constants.ZMQ_EVENT_PIPES_STATS, [sendQueue, receiveQueue], { local, remote });
}

class SocketMonitor {
  readonly #socket: Socket;
  readonly #sender: Pair | Publisher | Push;
  readonly #events: number;
  readonly #version: 1 | 2;
  readonly #unread = new Queue<Uint8Array[]>();
  readonly #stops: (() => void)[];
  #isStopped = false;

  constructor(socket: Socket, endpoint: string, options: Required<SocketMonitorOptions>) {
    this.#socket = socket;
    this.#events = options.events;
    this.#version = options.version;
    const { context } = socket;
    this.#sender = new SENDERS[options.type]({ context, linger: 0 });
    try {
      this.#sender.bindSync(endpoint);
    } catch (error) {
      this.#sender.close();
      throw error;
    }
    this.#stops = [
      coreOf(socket).monitor.listen((event) => this.#heard(event)),
      coreOf(this.#sender).watch(() => this.#send()),
    ];
  }

  wants(event: number): boolean {
    // Not by `&`, which cuts to 32 bits.
    return Math.floor(this.#events / event) % 2 === 1;
  }

  stop(): void {
    this.#heard({ type: "end" });
  }

  give(
    event: number,
    values: number[],
    at: { local: string; remote: string },
    address = at.remote || at.local,
  ): void {
    if (this.#unread.length >= UNREAD_MAX) return;
    this.#unread.push(
      this.#version === 1
        ? [concat(Uint16Array.of(event), Uint32Array.of(values[0]!)), fromText(address)]
        : [word(event), word(values.length), ...values.map(word), fromText(at.local), fromText(at.remote)],
    );
    this.#send();
  }

  #heard(event: MonitorEvent): void {
    if (this.#isStopped || event.type === "drop") return;
    const number = EVENTS[event.type];
    if (this.wants(number)) this.give(number, [valueIn(event)], endsOf(event), addressOf(event));
    if (event.type !== "end") return;
    this.#isStopped = true;
    for (const stop of this.#stops) stop();
    if (monitors.get(this.#socket) === this) monitors.delete(this.#socket);
    // What a peer has been sent it can still read; what is for nobody is dropped.
    this.#sender.close();
  }

  #send(): void {
    for (let frames = this.#unread.peek(); frames !== undefined; frames = this.#unread.peek()) {
      if (this.#sender.closed || !this.#sender.trySend(frames as Buffer[])) return;
      this.#unread.shift();
    }
  }
}

function addressOf(event: MonitorEvent): string {
  return event.type === "end" ? "" : event.address;
}

function endsOf(event: MonitorEvent): { local: string; remote: string } {
  if (event.type === "end") return { local: "", remote: "" };
  const isLocal = LOCAL.has(event.type);
  const { address, local = isLocal ? address : "", remote = isLocal ? "" : address } = event;
  return { local, remote };
}

function valueIn(event: MonitorEvent): number {
  if (event.type === "connect:retry") return event.interval;
  if (event.type === "connect:delay") return IN_PROGRESS;
  if (event.type === "handshake" || event.type === "end") return 0;
  if (!("error" in event) || event.error === undefined) return NO_FD;
  const { code, status, errno } = event.error;
  if (event.type === "handshake:error:auth") return status ?? 0;
  if (event.type === "handshake:error:protocol")
    return (constants as Record<string, number>)[`ZMQ_PROTOCOL_ERROR_${code.slice(4)}`] ?? 0;
  return event.type === "disconnect" || event.type === "close" ? NO_FD : (errno ?? 0);
}

function word(value: number): Uint8Array {
  return new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
}

function concat(a: Uint16Array, b: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(6);
  bytes.set(new Uint8Array(a.buffer), 0);
  bytes.set(new Uint8Array(b.buffer), 2);
  return bytes;
}
