/**
 * `zmq_proxy` and `zmq_proxy_steerable`: pass messages between two sockets until told to stop. libzmq: proxy.cpp, as it
 * is after 4.3.5. The asynchronous sibling is `tools/proxy.ts`.
 */
import { view } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import { DONTWAIT, POLLIN, POLLOUT, PULL, REP, SUB, TYPE, XSUB } from "./constants.ts";
import { Poller } from "./poller.ts";
import { Socket } from "./socket.ts";

/** Messages of one side before the other has its turn. libzmq: config.hpp proxy_burst_size. */
const BURST = 1000;

/**
 * Passes what either side receives to the other, and a copy to `capture` if there is one. Nothing is read while the other
 * side, or the capture socket, has no room. Does not return.
 * @throws TypeError for what is no socket; ZmqError EINVAL for sockets of two contexts; what a send throws
 */
export function proxy(frontend: Socket, backend: Socket, capture?: Socket): never {
  run({ frontend, backend, capture, control: undefined });
  throw new ZmqError("ETERM");
}

/**
 * As `proxy`, until TERMINATE comes over `control`, a REP, PAIR, DEALER, PULL or SUB. PAUSE and RESUME do what they say;
 * STATISTICS is answered, where the socket can, with eight parts: messages (each part counts) and bytes that the frontend
 * received and sent, and the same of the backend, as unsigned numbers of 64 bits in the order of this machine's bytes. A
 * REP answers all else with an empty message. @throws as `proxy`
 */
export function proxySteerable(
  frontend: Socket,
  backend: Socket,
  capture?: Socket | undefined,
  control?: Socket | undefined,
): void {
  run({ frontend, backend, capture, control });
}

interface Sockets {
  frontend: Socket;
  backend: Socket;
  capture: Socket | undefined;
  control: Socket | undefined;
}

/** One direction, and what has passed. */
interface Way {
  from: Socket;
  to: Socket;
  parts: number;
  bytes: number;
}

function run(sockets: Sockets): void {
  const { frontend, backend, capture, control } = sockets;
  for (const [role, socket] of Object.entries(sockets)) {
    if (socket !== undefined && !(socket instanceof Socket))
      throw new TypeError(`the ${role} must be a socket of zmq-ts/sync`);
  }
  const there: Way = { from: frontend, to: backend, parts: 0, bytes: 0 };
  const back: Way = { from: backend, to: frontend, parts: 0, bytes: 0 };
  const ways = frontend === backend ? [there] : [there, back];
  const poller = new Poller();
  let isPaused = false;
  for (;;) {
    for (const [socket, flags] of wanted(isPaused ? [] : ways, sockets)) poller.register(socket, flags);
    poller.poll();
    while (control !== undefined && (control.events & POLLIN) !== 0) {
      const parts = control.recvMultipart(DONTWAIT);
      const word = parts.length === 1 ? String(parts[0]) : "";
      if (word === "PAUSE" || word === "RESUME") isPaused = word === "PAUSE";
      answer(control, word, there, back);
      if (word === "TERMINATE") return;
    }
    if (!isPaused) for (const way of ways) pass(way, capture);
  }
}

/** What to wait for: a message, or, for whom there is one already, room to put it. */
function wanted(ways: readonly Way[], { frontend, backend, capture, control }: Sockets): Map<Socket, number> {
  const flags = new Map<Socket, number>();
  const add = (socket: Socket | undefined, flag: number) => {
    if (socket !== undefined) flags.set(socket, (flags.get(socket) ?? 0) | flag);
  };
  for (const socket of [frontend, backend, capture]) add(socket, 0);
  add(control, POLLIN);
  for (const { from, to } of ways) {
    if ((from.events & POLLIN) === 0) add(from, POLLIN);
    else if (!hasRoom(to, from)) add(to, POLLOUT);
    else if (capture !== undefined && !hasRoom(capture)) add(capture, POLLOUT);
    else add(from, POLLIN);
  }
  return flags;
}

/** One socket as both ends answers for what it has read: a REP can send only then. */
function hasRoom(to: Socket, from?: Socket): boolean {
  return to === from || (to.events & POLLOUT) !== 0;
}

function pass(way: Way, capture: Socket | undefined): void {
  const { from, to } = way;
  for (let i = 0; i < BURST && (from.events & POLLIN) !== 0 && hasRoom(to, from); i++) {
    if (capture !== undefined && !hasRoom(capture)) return;
    let message: Buffer[];
    try {
      message = from.recvMultipart(DONTWAIT);
    } catch (error) {
      // A SUB may find that it has not asked for what is there.
      if (error instanceof ZmqError && error.code === "EAGAIN") return;
      throw error;
    }
    way.parts += message.length;
    for (const part of message) way.bytes += part.length;
    capture?.sendMultipart(message);
    to.sendMultipart(message);
  }
}

/** libzmq's proxy fails when it is asked for statistics over a socket that cannot send. */
function answer(control: Socket, word: string, there: Way, back: Way): void {
  const type = control.getsockopt(TYPE);
  if (word === "STATISTICS" && type !== SUB && type !== XSUB && type !== PULL) {
    const counters = [there, back, back, there].flatMap(({ parts, bytes }) => [parts, bytes]);
    control.sendMultipart(counters.map((value) => view(BigUint64Array.of(BigInt(value)))));
  } else if (type === REP) control.send(null);
}
