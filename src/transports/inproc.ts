/**
 * `inproc://`: names of one context, and pipes that join two of its sockets directly. Connecting may come before
 * binding. libzmq: ctx.cpp connect_pending, connect_inproc_sockets.
 */
import { type Endpoint, invalid } from "../core/endpoint.ts";
import type { Peer } from "../core/pattern.ts";
import { Pipe } from "../core/pipe.ts";
import { routingIdOf } from "../core/session.ts";
import type { SocketPort } from "../core/socket-port.ts";
import { isCompatible, SOCKET_TYPES, type SocketTypeName } from "../core/socket-type.ts";
import type { Joint, PipeTransport } from "../core/transport.ts";
import { EMPTY } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";

const NAME_MAX = 256;

/** A connection whose name nobody has bound yet. */
interface Pending {
  readonly socket: SocketPort;
  readonly outer: Pipe;
  readonly inner: Pipe;
}

export class Inproc implements PipeTransport {
  readonly kind = "pipe" as const;
  readonly bindsAtOnce = true;
  readonly #bound = new Map<string, SocketPort>();
  readonly #pending = new Map<string, Set<Pending>>();

  bind(endpoint: Endpoint, socket: SocketPort): Joint {
    const name = nameOf(endpoint);
    if (this.#bound.has(name)) {
      const error = new ZmqError(
        "EADDRINUSE",
        `bind failed: ${endpoint.text} is bound by another socket of this context`,
        {
          address: endpoint.text,
        },
      );
      socket.monitor.emit({ type: "bind:error", address: endpoint.text, error });
      throw error;
    }
    this.#bound.set(name, socket);
    const waiting = this.#pending.get(name);
    this.#pending.delete(name);
    if (waiting !== undefined) for (const pending of waiting) join(pending, socket, endpoint);
    return { endpoint: endpoint.text, close: () => void this.#bound.delete(name) };
  }

  connect(endpoint: Endpoint, socket: SocketPort): Joint {
    const name = nameOf(endpoint);
    const { sendHighWaterMark, receiveHighWaterMark, conflate } = socket.options;
    const [outer, inner] = Pipe.pair(sendHighWaterMark, receiveHighWaterMark, true);
    outer.isDirect = true;
    inner.isDirect = true;
    outer.conflate = conflate;
    inner.conflate = conflate;
    outer.routingId = socket.takeConnectRoutingId();
    inner.owner = NOBODY;
    const pending: Pending = { socket, outer, inner };
    socket.attach(outer);
    const peer = this.#bound.get(name);
    if (peer !== undefined) join(pending, peer, endpoint);
    else this.#waitingFor(name).add(pending);
    return {
      endpoint: endpoint.text,
      close: () => {
        const waiting = this.#pending.get(name);
        if (waiting?.delete(pending) && waiting.size === 0) this.#pending.delete(name);
        socket.release(outer);
      },
    };
  }

  typeAt(endpoint: Endpoint): SocketTypeName | undefined {
    return this.#bound.get(nameOf(endpoint))?.type;
  }

  #waitingFor(name: string): Set<Pending> {
    let waiting = this.#pending.get(name);
    if (waiting === undefined) {
      waiting = new Set();
      this.#pending.set(name, waiting);
    }
    return waiting;
  }
}

/** Owns the far end of a pipe until its name is bound. */
const NOBODY = {
  readable(): void {},
  writable(): void {},
  closed(): void {},
  take: (): boolean => false,
  isResting: false,
};

function join(pending: Pending, bound: SocketPort, endpoint: Endpoint): void {
  const { socket, outer, inner } = pending;
  if (outer.isClosed) return;
  if (!isCompatible(socket.type, bound.type)) {
    const error = new ZmqError(
      "ERR_ZMTP_INVALID_METADATA",
      `a ${socket.type} socket cannot talk to a ${bound.type} socket; it takes ${SOCKET_TYPES[socket.type].peers.join(", ")}`,
    );
    socket.release(outer);
    for (const { monitor } of [socket, bound])
      monitor.emit({ type: "disconnect", address: endpoint.text, error });
    return;
  }
  inner.setLimit(bound.options.sendHighWaterMark);
  inner.setInboundLimit(bound.options.receiveHighWaterMark);
  outer.setLimit(socket.options.sendHighWaterMark);
  outer.setInboundLimit(socket.options.receiveHighWaterMark);
  // One queue is both the sender's and the receiver's: either may want only the newest in it.
  if (bound.options.conflate) outer.conflate = inner.conflate = true;
  bound.attach(inner);
  bound.peerReady(inner, peerOf(socket));
  if (inner.canRead) bound.readable(inner);
  socket.peerReady(outer, peerOf(bound));
}

/** There is no handshake, so there is no metadata either, as in libzmq. */
function peerOf(socket: SocketPort): Peer {
  const routingId = SOCKET_TYPES[socket.type].hasRoutingId ? routingIdOf(socket.options) : EMPTY;
  return { version: 3, minor: 1, routingId, socketType: socket.type, metadata: new Map() };
}

function nameOf(endpoint: Endpoint): string {
  if (endpoint.address.length > NAME_MAX)
    throw invalid(endpoint.text, `a name has at most ${NAME_MAX} characters`);
  return endpoint.address;
}
