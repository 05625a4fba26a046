/**
 * The I/O threads of one context, seen from the thread of its sockets. Endpoints are opened there by order; the
 * sockets keep one end of each pipe.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { Endpoint } from "../core/endpoint.ts";
import type { SocketPort } from "../core/socket-port.ts";
import type { RemoteTransport, StreamTransport } from "../core/transport.ts";
import { ZmqError } from "../util/errors.ts";
import { hold, release } from "../util/keep-alive.ts";
import type { IoThreadData, Order, Report } from "./io-messages.ts";
import type { Membership } from "./membership.ts";
import { Parcels } from "./parcels.ts";
import { RemoteEndpoint } from "./remote-endpoint.ts";

/** Beside this file, in the language of this file. */
const PROGRAM = new URL(import.meta.url.endsWith(".ts") ? "io-thread.ts" : "io-thread.js", import.meta.url);

/** One of them. */
export class IoThread {
  readonly key: number;
  readonly parcels: Parcels;
  readonly #port: MessagePort;
  /** Endpoints and connections. */
  load = 0;

  constructor(member: Membership, hear: (reports: readonly Report[], from: IoThread) => void) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const forParcels = new MessageChannel();
    this.parcels = new Parcels(member, forParcels.port1, false, () => this.order({ do: "sweep" }));
    this.key = member.reserve();
    const data: IoThreadData = {
      memory: member.memory.buffer,
      key: this.key,
      owner: member.key,
      rings: member.isBlocking,
      port: port2,
      parcelPort: forParcels.port2,
    };
    const worker = new Worker(PROGRAM, {
      workerData: data,
      transferList: [port2, forParcels.port2],
      execArgv: [],
      name: "zmq-ts I/O",
    } as object);
    member.setThread(this.key, worker.threadId + 1);
    // Neither holds the process: what waits or lingers does.
    worker.unref();
    if (!member.isBlocking) port1.on("message", (reports: readonly Report[]) => hear(reports, this));
    port1.unref();
  }

  order(order: Order): void {
    this.#port.postMessage(order);
  }

  /** The next report, for a thread that blocks instead of hearing it. */
  nextReports(): readonly Report[] | undefined {
    return receiveMessageOnPort(this.#port)?.message as Report[] | undefined;
  }
}

/**
 * Which thread is to have the next endpoint: the least busy of those that `affinity` allows, bit n being thread n and 0
 * all of them. @throws ZmqError EMTHREAD when it allows none that there is, as in libzmq
 */
export function leastBusy(loads: readonly number[], affinity: number): number {
  let best = -1;
  for (let i = 0; i < loads.length; i++) {
    const isAllowed = affinity === 0 || Math.floor(affinity / 2 ** i) % 2 === 1;
    if (isAllowed && (best < 0 || loads[i]! < loads[best]!)) best = i;
  }
  if (best >= 0) return best;
  throw new ZmqError(
    "EMTHREAD",
    `affinity ${affinity} allows none of the ${loads.length} I/O threads; raise ioThreads or set other bits`,
  );
}

export class IoPool {
  readonly member: Membership;
  readonly #threads: IoThread[] = [];
  readonly #endpoints = new Map<number, RemoteEndpoint>();
  readonly #passing = new Map<number, () => void>();
  #count = 1;
  #ids = 0;
  #hasSent = false;

  constructor(member: Membership) {
    this.member = member;
  }

  /** How many threads there are to be. Those that run go on. */
  set count(count: number) {
    this.#count = count;
  }

  /** The transport of a scheme, run in these threads. */
  transport(local: StreamTransport): RemoteTransport {
    return {
      kind: "remote",
      here: local,
      checkBind: (endpoint) => local.checkBind(endpoint),
      checkConnect: (endpoint) => local.checkConnect(endpoint),
      canBlock: this.member.isBlocking,
      bind: (endpoint, socket, gone) => this.#open("bind", endpoint, socket, gone).bound,
      bindSync: (endpoint, socket, gone) => {
        const remote = this.#open("bind", endpoint, socket, gone);
        this.waitUntil(() => remote.isSettled);
        return remote.result();
      },
      connect: (endpoint, socket, gone) => this.#open("connect", endpoint, socket, gone),
    };
  }

  #open(
    verb: "bind" | "connect",
    endpoint: Endpoint,
    socket: SocketPort,
    gone: (one: RemoteEndpoint) => void,
  ): RemoteEndpoint {
    const id = ++this.#ids;
    this.#hasSent = true;
    const thread = this.#threadFor(socket.options.affinity);
    const remote = new RemoteEndpoint(this.member, thread, id, verb, endpoint.text, socket, () => {
      this.#endpoints.delete(id);
      gone(remote);
    });
    const before = verb === "bind" ? this.#leaving(endpoint.text) : undefined;
    this.#endpoints.set(id, remote);
    remote.open(before);
    return remote;
  }

  #leaving(address: string): RemoteEndpoint | undefined {
    for (const endpoint of this.#endpoints.values()) if (endpoint.isLeaving(address)) return endpoint;
    return undefined;
  }

  #threadFor(affinity: number): IoThread {
    const loads = Array.from({ length: this.#count }, (_, i) => this.#threads[i]?.load ?? 0);
    const index = leastBusy(loads, affinity);
    let thread = this.#threads[index];
    if (thread === undefined) {
      thread = new IoThread(this.member, this.#hear);
      this.#threads[index] = thread;
    }
    return thread;
  }

  /** A connection that an I/O thread has accepted or made. */
  offered(link: number, id: number): void {
    const endpoint = this.#endpoints.get(id);
    if (endpoint === undefined) this.member.refuse(link);
    else endpoint.offered(link);
  }

  readonly #hear = (reports: readonly Report[], from: IoThread): void => {
    // First what came over the links before they were made.
    if (!this.member.isBlocking) this.member.work();
    for (const report of reports) this.#hearOne(report, from);
  };

  #hearOne(report: Report, from: IoThread): void {
    if (report.of === "passed") {
      this.#passing.get(report.id)?.();
      this.#passing.delete(report.id);
    } else if (report.of === "sweep") from.parcels.sweep();
    else this.#endpoints.get(report.id)?.hear(report);
  }

  /** Hears what has come: for a thread that blocks. */
  hearAll(): void {
    for (const thread of this.#threads) {
      if (thread === undefined) continue;
      for (let next = thread.nextReports(); next !== undefined; next = thread.nextReports())
        this.#hear(next, thread);
    }
  }

  /** Blocks the thread until something has come about in an I/O thread. */
  waitUntil(isSo: () => boolean): void {
    for (;;) {
      this.member.flush();
      const seen = this.member.work();
      this.hearAll();
      if (isSo()) return;
      this.member.sleep(seen, Number.POSITIVE_INFINITY);
    }
  }

  /** The program is about to end by itself: not before what was sent is with the system. */
  holdUnsent(): void {
    if (!this.#hasSent) return;
    this.#hasSent = false;
    for (const thread of this.#threads) {
      if (thread === undefined) continue;
      const id = ++this.#ids;
      hold();
      this.#passing.set(id, release);
      thread.order({ do: "pass", id });
    }
  }

  stop(): void {
    for (const thread of this.#threads) thread?.order({ do: "stop" });
    this.#threads.length = 0;
    // They will not answer any more.
    for (const done of this.#passing.values()) done();
    this.#passing.clear();
  }
}
