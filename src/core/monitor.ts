/**
 * The events of one socket, as the `zeromq` package names them, and their dispatch. Costs nothing while nobody
 * listens: the event object is not even made.
 */
import type { ZmqError } from "../util/errors.ts";

/** Both ends of a connection, as endpoints. */
export interface EndpointPair {
  readonly local: string;
  readonly remote: string;
}

interface WithAddress extends Partial<EndpointPair> {
  /** The endpoint: as given for connecting, the local address for accepted connections. `local` and `remote`: of a connection. */
  address: string;
}

/** libzmq's ZMQ_EVENT_… beside each. */
export type MonitorEvent =
  /** ZMQ_EVENT_CONNECTED: the connection stands, before the handshake. */
  | ({ type: "connect" } & WithAddress)
  /** ZMQ_EVENT_CONNECT_DELAYED: connecting has begun and goes on in the background. */
  | ({ type: "connect:delay" } & WithAddress)
  /** ZMQ_EVENT_CONNECT_RETRIED: the next attempt comes after `interval` ms. */
  | ({ type: "connect:retry"; interval: number } & WithAddress)
  /** ZMQ_EVENT_LISTENING */
  | ({ type: "bind" } & WithAddress)
  /** ZMQ_EVENT_BIND_FAILED */
  | ({ type: "bind:error"; error: ZmqError } & WithAddress)
  /** ZMQ_EVENT_ACCEPTED */
  | ({ type: "accept" } & WithAddress)
  /** ZMQ_EVENT_ACCEPT_FAILED */
  | ({ type: "accept:error"; error: ZmqError } & WithAddress)
  /** ZMQ_EVENT_CLOSED: a listener was closed, or an attempt to connect failed. */
  | ({ type: "close"; error?: ZmqError } & WithAddress)
  /** ZMQ_EVENT_CLOSE_FAILED */
  | ({ type: "close:error"; error: ZmqError } & WithAddress)
  /** ZMQ_EVENT_DISCONNECTED; `error` says why, which libzmq does not. */
  | ({ type: "disconnect"; error?: ZmqError } & WithAddress)
  /** ZMQ_EVENT_HANDSHAKE_SUCCEEDED */
  | ({ type: "handshake" } & WithAddress)
  /** ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL */
  | ({ type: "handshake:error:protocol"; error: ZmqError } & WithAddress)
  /** ZMQ_EVENT_HANDSHAKE_FAILED_AUTH */
  | ({ type: "handshake:error:auth"; error: ZmqError } & WithAddress)
  /** ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: timeout, or the peer went away. */
  | ({ type: "handshake:error:other"; error: ZmqError } & WithAddress)
  /**
   * A message was dropped because this peer's queue is full, or, without peer, because nobody has the routing id it is for.
   * Told once until that queue has room again, whatever is dropped meanwhile: `Socket.stats` counts. Not in libzmq.
   */
  | ({ type: "drop" } & WithAddress)
  /** ZMQ_EVENT_MONITOR_STOPPED: nothing follows. */
  | { type: "end" };

/** The ends of a connection that `address` was connected to, or accepted at. */
export function endsOf(
  address: string,
  isDialer: boolean,
  stream: { readonly localAddress: string; readonly remoteAddress: string },
): EndpointPair {
  const scheme = address.slice(0, address.indexOf(":"));
  return isDialer
    ? { local: `${scheme}://${stream.localAddress}`, remote: address }
    : { local: address, remote: `${scheme}://${stream.remoteAddress}` };
}

export class Monitor {
  readonly #listeners = new Set<(event: MonitorEvent) => void>();

  /** Ask before making an event where many are made. */
  get isActive(): boolean {
    return this.#listeners.size > 0;
  }

  /** The answer ends it. */
  listen(listener: (event: MonitorEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(event: MonitorEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
