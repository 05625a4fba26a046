/**
 * `Proxy`: passes messages between two sockets, both ways, until it is terminated. Built on the public calls only.
 * libzmq: zmq_proxy_steerable.
 */
import { coreOf } from "../api/core-of.ts";
import { Socket } from "../api/socket.ts";
import type { Message } from "../core/pattern.ts";
import type { SocketCore } from "../core/socket-core.ts";
import { ZmqError } from "../util/errors.ts";

// biome-ignore lint/suspicious/noShadowRestrictedNames: the name that ZeroMQ and the `zeromq` package give it
export class Proxy<F extends Socket = Socket, B extends Socket = Socket> {
  readonly #frontEnd: F;
  readonly #backEnd: B;
  #stop: AbortController | undefined;
  /** While paused: resolves with `resume`. */
  #resumed: Promise<void> | undefined;
  #resume: (() => void) | undefined;

  /** Sockets may be bound and connected later, but before `run`. @throws TypeError when either is no socket */
  constructor(frontEnd: F, backEnd: B) {
    if (!(frontEnd instanceof Socket)) throw new TypeError("Front-end must be a socket object");
    if (!(backEnd instanceof Socket)) throw new TypeError("Back-end must be a socket object");
    this.#frontEnd = frontEnd;
    this.#backEnd = backEnd;
  }

  get frontEnd(): F {
    return this.#frontEnd;
  }

  get backEnd(): B {
    return this.#backEnd;
  }

  /**
   * Runs until `terminate`, then closes both sockets. @throws ZmqError EINVAL when a socket has no endpoint, EBUSY when
   * the proxy runs already.
   */
  run(): Promise<void> {
    if (this.#stop !== undefined) throw new ZmqError("EBUSY", "the proxy is running already");
    const front = coreOf(this.#frontEnd);
    const back = coreOf(this.#backEnd);
    if (!front.hasEndpoints) throw new ZmqError("EINVAL", "Front-end socket must be bound or connected");
    if (!back.hasEndpoints) throw new ZmqError("EINVAL", "Back-end socket must be bound or connected");
    if (front.isHeld || back.isHeld) throw new ZmqError("EBUSY", "another proxy runs on one of the sockets");
    this.#stop = new AbortController();
    front.isHeld = true;
    back.isHeld = true;
    return this.#run(front, back, this.#stop.signal);
  }

  /** Holds messages back until `resume`; they queue up to the high-water marks. @throws ZmqError EBADF when not running */
  pause(): void {
    this.#checkRunning();
    this.#resumed ??= new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  /** @throws ZmqError EBADF when not running */
  resume(): void {
    this.#checkRunning();
    this.#resumed = undefined;
    this.#resume?.();
  }

  /** Ends `run`. @throws ZmqError EBADF when not running */
  terminate(): void {
    this.#checkRunning();
    this.#stop!.abort();
    this.#resume?.();
  }

  async #run(front: SocketCore, back: SocketCore, signal: AbortSignal): Promise<void> {
    try {
      const ways = front === back ? [this.#forward(front, back, signal)] : [];
      if (front !== back) {
        if (canReceive(this.#frontEnd) && canSend(this.#backEnd))
          ways.push(this.#forward(front, back, signal));
        if (canReceive(this.#backEnd) && canSend(this.#frontEnd))
          ways.push(this.#forward(back, front, signal));
      }
      // When one way ends, for whatever reason, the other has nothing to do any more.
      await Promise.all(ways.map((way) => way.finally(() => this.#stop?.abort())));
    } finally {
      this.#stop = undefined;
      front.isHeld = false;
      back.isHeld = false;
      this.#resumed = undefined;
      front.close();
      back.close();
    }
  }

  async #forward(from: SocketCore, to: SocketCore, signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        if (this.#resumed !== undefined) await this.#resumed;
        let message: Message | undefined = await from.receive({ signal });
        // Paused while it waited: the message goes on later, and is not lost.
        if (this.#resumed !== undefined) await this.#resumed;
        for (; message !== undefined; message = this.#resumed === undefined ? from.receiveNow() : undefined) {
          // A burst goes through without a promise a message.
          if (!to.trySend(message)) await to.send(message, { signal });
        }
      }
    } catch (error) {
      if (!signal.aborted && !from.isClosed && !to.isClosed) throw error;
    }
  }

  #checkRunning(): void {
    if (this.#stop === undefined) throw new ZmqError("EBADF", "the proxy is not running: call run() first");
  }
}

function canReceive(socket: Socket): boolean {
  return "receive" in socket;
}

function canSend(socket: Socket): boolean {
  return "send" in socket;
}
