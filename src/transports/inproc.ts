/**
 * `inproc://`: names of one context, and pipes that join two of its sockets directly. Connecting may come before
 * binding. libzmq: ctx.cpp connect_pending, connect_inproc_sockets.
 */
import { type Endpoint, invalid } from "../core/endpoint.ts";
import {
  type InprocTable,
  incompatible,
  NOBODY,
  type Pending,
  peerOf,
  type SharedNames,
} from "../core/inproc-table.ts";
import { disconnectMessageOf, helloOf } from "../core/notices.ts";
import { conflates } from "../core/options.ts";
import { Pipe } from "../core/pipe.ts";
import type { SocketPort } from "../core/socket-port.ts";
import { isCompatible, type SocketTypeName } from "../core/socket-type.ts";
import type { Joint, PipeTransport } from "../core/transport.ts";
import { ZmqError } from "../util/errors.ts";

const NAME_MAX = 256;

export class Inproc implements PipeTransport, InprocTable {
  readonly kind = "pipe" as const;
  readonly bindsAtOnce = true;
  readonly #bound = new Map<string, SocketPort>();
  readonly #pending = new Map<string, Set<Pending>>();
  #shared: SharedNames | undefined;

  share(names: SharedNames): void {
    this.#shared = names;
    for (const [name, socket] of this.#bound) names.bind(name, socket.type);
    for (const name of [...this.#pending.keys()]) names.seek(name);
  }

  boundTo(name: string): SocketPort | undefined {
    return this.#bound.get(name);
  }

  get waiting(): ReadonlyMap<string, ReadonlySet<Pending>> {
    return this.#pending;
  }

  settle(name: string, pending: Pending): void {
    const waiting = this.#pending.get(name);
    if (waiting?.delete(pending) && waiting.size === 0) this.#pending.delete(name);
  }

  waitAgain(name: string, pending: Pending): void {
    this.#waitingFor(name).add(pending);
  }

  bind(endpoint: Endpoint, socket: SocketPort): Joint {
    const name = nameOf(endpoint);
    if (this.#bound.has(name) || this.#shared?.bind(name, socket.type) === false) {
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
    if (waiting !== undefined) this.#shared?.seek(name);
    return {
      endpoint: endpoint.text,
      close: () => {
        this.#bound.delete(name);
        this.#shared?.unbind(name);
      },
    };
  }

  connect(endpoint: Endpoint, socket: SocketPort): Joint {
    const name = nameOf(endpoint);
    const { sendHighWaterMark, receiveHighWaterMark } = socket.options;
    const conflate = conflates(socket.type, socket.options);
    const [outer, inner] = Pipe.pair(sendHighWaterMark, receiveHighWaterMark, true);
    outer.isDirect = true;
    inner.isDirect = true;
    outer.conflate = conflate;
    inner.conflate = conflate;
    outer.routingId = socket.takeConnectRoutingId();
    outer.ends = { local: "", remote: endpoint.text };
    inner.ends = { local: endpoint.text, remote: "" };
    inner.owner = NOBODY;
    const pending: Pending = { socket, outer, inner, farewell: undefined };
    greet(outer, socket);
    socket.attach(outer);
    const peer = this.#bound.get(name);
    if (peer !== undefined) join(pending, peer, endpoint);
    else {
      this.#waitingFor(name).add(pending);
      this.#shared?.seek(name);
    }
    return {
      endpoint: endpoint.text,
      close: () => {
        if (pending.farewell !== undefined) outer.writeAlways(pending.farewell);
        // What was sent waits for whoever binds the name, as in libzmq; the socket need not.
        if (!inner.canRead || socket.options.linger === 0) this.settle(name, pending);
        this.#shared?.seek(name);
        socket.release(outer);
      },
    };
  }

  typeAt(endpoint: Endpoint): SocketTypeName | undefined {
    const name = nameOf(endpoint);
    return this.#bound.get(name)?.type ?? this.#shared?.typeAt(name);
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

function join(pending: Pending, bound: SocketPort, endpoint: Endpoint): void {
  const { socket, outer, inner } = pending;
  if (outer.isClosed && !inner.canRead) return;
  if (!isCompatible(socket.type, bound.type)) {
    const error = incompatible(socket.type, bound.type);
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
  if (conflates(bound.type, bound.options)) outer.conflate = inner.conflate = true;
  pending.farewell = disconnectMessageOf(bound.type, bound.options);
  greet(inner, bound);
  bound.attach(inner);
  bound.peerReady(inner, peerOf(socket));
  if (inner.canRead) bound.readable(inner);
  if (!outer.isClosed) socket.peerReady(outer, peerOf(bound));
}

/** Before the socket has the pipe, so that nothing comes before the hello. */
function greet(pipe: Pipe, socket: SocketPort): void {
  const hello = helloOf(socket.type, socket.options);
  if (hello !== undefined) pipe.writeAlways(hello);
}

function nameOf(endpoint: Endpoint): string {
  if (endpoint.address.length > NAME_MAX)
    throw invalid(endpoint.text, `a name has at most ${NAME_MAX} characters`);
  return endpoint.address;
}
