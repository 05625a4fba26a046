/** `zmq_poll`: waits for several sockets at once. */
import { ZmqError } from "../util/errors.ts";
import { POLLIN, POLLOUT } from "./constants.ts";
import type { Socket } from "./socket.ts";

export class Poller {
  readonly #flags = new Map<Socket, number>();

  /** Watches a socket, for POLLIN, POLLOUT or both; again, to change that. 0: no longer. */
  register(socket: Socket, flags: number = POLLIN | POLLOUT): void {
    if (flags === 0) this.#flags.delete(socket);
    else this.#flags.set(socket, flags);
  }

  /** @throws ZmqError EINVAL for a socket that was not registered */
  modify(socket: Socket, flags: number): void {
    this.#check(socket);
    this.register(socket, flags);
  }

  /** @throws ZmqError EINVAL for a socket that was not registered */
  unregister(socket: Socket): void {
    this.#check(socket);
    this.#flags.delete(socket);
  }

  #check(socket: Socket): void {
    if (!this.#flags.has(socket))
      throw new ZmqError("EINVAL", "this socket is not registered with the poller");
  }

  /**
   * Blocks until something is possible, `timeoutMs` at most (-1: for ever). Answers the sockets and what is possible;
   * `new Map(poller.poll())` to look them up. All must be of one context: a thread sleeps in one place.
   * @throws ZmqError EINVAL
   */
  poll(timeoutMs = -1): [socket: Socket, events: number][] {
    const end = performance.now() + timeoutMs;
    const parts = new Set([...this.#flags.keys()].map((socket) => socket.part));
    if (parts.size > 1) throw new ZmqError("EINVAL", "all sockets of a poller must be of one context");
    const [part] = parts;
    if (part === undefined) {
      if (timeoutMs < 0)
        throw new ZmqError("EINVAL", "nothing is registered: the poller would wait for ever");
      return [];
    }
    for (;;) {
      const seen = part.turn();
      const ready: [Socket, number][] = [];
      for (const [socket, flags] of this.#flags) {
        const events = socket.closed ? 0 : socket.events & flags;
        if (events !== 0) ready.push([socket, events]);
      }
      const left = timeoutMs < 0 ? Number.POSITIVE_INFINITY : end - performance.now();
      if (ready.length > 0 || left <= 0) return ready;
      part.flush();
      part.sleep(seen, left);
    }
  }
}
