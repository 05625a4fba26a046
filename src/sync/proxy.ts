/** `zmq_proxy` and `zmq_proxy_steerable`: pass messages between two sockets until told to stop. */
import { ZmqError } from "../util/errors.ts";
import { DONTWAIT, POLLIN, POLLOUT } from "./constants.ts";
import { Poller } from "./poller.ts";
import type { Socket } from "./socket.ts";

/** Messages of one side before the other has its turn. libzmq: proxy.cpp proxy_burst_size. */
const BURST = 1000;

/** Passes what either side receives to the other, and to `capture` if there is one. Does not return. */
export function proxy(frontend: Socket, backend: Socket, capture?: Socket): never {
  run(frontend, backend, capture, undefined);
  throw new ZmqError("ETERM");
}

/** As `proxy`, until TERMINATE comes over `control`, a PAIR or SUB; PAUSE and RESUME do what they say. */
export function proxySteerable(
  frontend: Socket,
  backend: Socket,
  capture: Socket | undefined,
  control: Socket,
): void {
  run(frontend, backend, capture, control);
}

function run(
  frontend: Socket,
  backend: Socket,
  capture: Socket | undefined,
  control: Socket | undefined,
): void {
  const poller = new Poller();
  let isPaused = false;
  for (;;) {
    watch(poller, frontend, backend, control, isPaused);
    const ready = new Map(poller.poll());
    if (control !== undefined && ready.has(control)) {
      const word = control.recvString();
      if (word === "TERMINATE") return;
      if (word === "PAUSE" || word === "RESUME") isPaused = word === "PAUSE";
      continue;
    }
    // Whoever has something waits until the other can take it: wait for that, and not for what is there already.
    pass(frontend, backend, capture, ready);
    pass(backend, frontend, capture, ready);
  }
}

function watch(
  poller: Poller,
  frontend: Socket,
  backend: Socket,
  control: Socket | undefined,
  isPaused: boolean,
): void {
  if (control !== undefined) poller.register(control, POLLIN);
  for (const [from, to] of [
    [frontend, backend],
    [backend, frontend],
  ] as const) {
    const waitsToSend = (to.events & POLLIN) !== 0 && (from.events & POLLOUT) === 0;
    const canPass = (from.events & POLLIN) === 0 || (to.events & POLLOUT) !== 0;
    poller.register(from, isPaused ? 0 : (canPass ? POLLIN : 0) | (waitsToSend ? POLLOUT : 0));
  }
}

function pass(
  from: Socket,
  to: Socket,
  capture: Socket | undefined,
  ready: ReadonlyMap<Socket, number>,
): void {
  if (!ready.has(from) && !ready.has(to)) return;
  for (let i = 0; i < BURST && (from.events & POLLIN) !== 0 && (to.events & POLLOUT) !== 0; i++) {
    const message = from.recvMultipart(DONTWAIT);
    capture?.sendMultipart(message);
    to.sendMultipart(message);
  }
}
