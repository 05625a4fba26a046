/**
 * An endpoint that lives in an I/O thread, seen from its socket's thread. Has the same face as a dialer or listener. Each
 * of its connections is a pipe here, with a bridge to the session there.
 */
import { NOBODY } from "../core/inproc-table.ts";
import { conflates, isRaw, type OptionValues } from "../core/options.ts";
import { Pipe } from "../core/pipe.ts";
import { mechanismName } from "../core/security.ts";
import type { SocketPort } from "../core/socket-port.ts";
import type { Living } from "../core/transport.ts";
import { fromLatin1 } from "../util/bytes.ts";
import type { ZmqError } from "../util/errors.ts";
import { hold, release } from "../util/keep-alive.ts";
import type { Control } from "./bridge-control.ts";
import { eventFrom, fromPlain, type Report } from "./io-messages.ts";
import type { IoThread } from "./io-pool.ts";
import type { Membership } from "./membership.ts";
import type { Parcels } from "./parcels.ts";
import { peerFrom } from "./peer-control.ts";
import { type BridgeHost, SharedPipe } from "./shared-pipe.ts";

export class RemoteEndpoint implements Living, BridgeHost {
  readonly written: string;
  endpoint: string;
  /** Resolves when it is bound. */
  readonly bound: Promise<RemoteEndpoint>;
  readonly #member: Membership;
  readonly #thread: IoThread;
  readonly #id: number;
  readonly #verb: "bind" | "connect";
  readonly #socket: SocketPort;
  readonly #gone: () => void;
  readonly #connections = new Map<SharedPipe, Pipe>();
  /** As they were at bind or connect. */
  #options!: OptionValues;
  #routingId: Uint8Array | undefined;
  isTurnedAway = false;
  /** The I/O thread knows of it. */
  #isOrdered = false;
  #isGone = false;
  #isClosing = false;
  #lingerMs = 0;
  #left = 0;
  /** What the last event told of. */
  #told: ZmqError | undefined;
  isSettled = false;
  #error: ZmqError | undefined;
  #settle!: { resolve(self: RemoteEndpoint): void; reject(error: ZmqError): void };
  /** What waits for the address, from the beginning of closing until it is free. */
  readonly #waiting: (() => void)[] = [];
  #isFree = false;

  constructor(
    member: Membership,
    thread: IoThread,
    id: number,
    verb: "bind" | "connect",
    address: string,
    socket: SocketPort,
    gone: () => void,
  ) {
    this.#member = member;
    this.#thread = thread;
    this.#id = id;
    this.#verb = verb;
    this.written = address;
    this.endpoint = address;
    this.#socket = socket;
    this.#gone = gone;
    this.bound = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Not everybody who binds waits for this promise.
    this.bound.catch(() => {});
    thread.load++;
  }

  /** After closing: what there was then, of which the I/O thread may have sent some. */
  get queued(): number {
    if (this.#isClosing) return this.#left;
    let count = 0;
    for (const bridge of this.#connections.keys()) count += bridge.queued;
    return count;
  }

  /** For the bridges: the socket's own while it is open. */
  get lingerMs(): number {
    return this.#isClosing ? this.#lingerMs : this.#socket.options.linger;
  }

  get isSealed(): boolean {
    return mechanismName(this.#options) === "CURVE";
  }

  get parcels(): Parcels {
    return this.#thread.parcels;
  }

  /** As `bound`, when it is settled. @throws ZmqError */
  result(): this {
    if (this.#error !== undefined) throw this.#error;
    return this;
  }

  /** `before` is another that is being closed and has the address until then: maybe in another thread. */
  open(before?: RemoteEndpoint): void {
    const socket = this.#socket;
    this.#options = { ...socket.options };
    this.#routingId = this.#verb === "connect" ? socket.takeConnectRoutingId() : undefined;
    if (before === undefined) this.start();
    else before.#whenFree(() => this.start());
  }

  /** Is it being closed, with the address not free yet? */
  isLeaving(address: string): boolean {
    return (
      this.#verb === "bind" &&
      this.#isClosing &&
      !this.#isFree &&
      (this.endpoint === address || this.written === address)
    );
  }

  /** Not by a promise: a thread that blocks would not get to it. */
  #whenFree(call: () => void): void {
    if (this.#isFree) call();
    else this.#waiting.push(call);
  }

  #free(): void {
    this.#isFree = true;
    for (const call of this.#waiting.splice(0)) call();
  }

  start(): void {
    const socket = this.#socket;
    const { type } = socket;
    const options = this.#options;
    const routingId = this.#routingId;
    this.isTurnedAway = false;
    // As in `Dialer.start`: when there is a pipe before there is a peer.
    const hasPipe = this.#verb === "connect" && !options.immediate && !isRaw(type, options);
    const [outer, inner] = this.#makePipe();
    if (hasPipe) {
      outer.routingId = routingId;
      socket.attach(outer);
      this.isTurnedAway = outer.isClosed;
      if (this.isTurnedAway) return;
    }
    const link = hasPipe ? this.#member.makeLink(this.#thread.key, -this.#id) : -1;
    this.#isOrdered = true;
    this.#thread.order({
      do: this.#verb,
      id: this.#id,
      type,
      options,
      address: this.written,
      link,
      routingId,
    });
    if (hasPipe) this.#join(link, 0, outer, inner).start();
  }

  /** The I/O thread has made a connection. */
  offered(link: number): void {
    const [outer, inner] = this.#makePipe();
    this.#join(link, 1, outer, inner).look();
  }

  #makePipe(): [Pipe, Pipe] {
    const { type, options } = this.#socket;
    const [outer, inner] = Pipe.pair(options.sendHighWaterMark, options.receiveHighWaterMark, false);
    outer.conflate = inner.conflate = conflates(type, options);
    outer.owner = NOBODY;
    inner.owner = NOBODY;
    outer.ends =
      this.#verb === "bind" ? { local: this.endpoint, remote: "" } : { local: "", remote: this.endpoint };
    return [outer, inner];
  }

  #join(link: number, side: 0 | 1, outer: Pipe, inner: Pipe): SharedPipe {
    const bridge = new SharedPipe(this.#member, link, side, inner, "writer's", this);
    this.#connections.set(bridge, outer);
    this.#thread.load++;
    return bridge;
  }

  #attach(bridge: SharedPipe, routingId: Uint8Array | undefined): void {
    const outer = this.#connections.get(bridge)!;
    outer.routingId = routingId;
    this.#socket.attach(outer);
  }

  /** As a dialer or listener: what was sent goes out within `lingerMs`. Resolves when the address is free. */
  close(lingerMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#whenFree(resolve));
    if (this.#isClosing || this.#isGone) return closed;
    this.#left = this.queued;
    this.#isClosing = true;
    this.#lingerMs = lingerMs;
    hold();
    for (const [bridge, outer] of [...this.#connections]) {
      bridge.tell({ kind: "closing" });
      this.#socket.release(outer);
    }
    if (this.#isOrdered) this.#thread.order({ do: "close", id: this.#id, lingerMs });
    else this.#end();
    return closed;
  }

  // ---- from the I/O thread

  hear(report: Report): void {
    if (report.of === "event") {
      const event = eventFrom(report.event, report.error);
      this.#told = "error" in event ? event.error : undefined;
      this.#socket.monitor.emit(event);
    } else if (report.of === "bound") {
      this.endpoint = report.endpoint;
      this.isSettled = true;
      this.#settle.resolve(this);
    } else if (report.of === "failed") {
      // One error, as within a thread: the event's is the rejection's.
      const error = fromPlain(report.error);
      this.#error = this.#told?.message === error.message ? this.#told : error;
      this.isSettled = true;
      this.#settle.reject(this.#error);
      this.#end();
    } else if (report.of === "closed") this.#free();
    else if (report.of === "gone") this.#end();
  }

  #end(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#thread.load--;
    this.#free();
    if (this.#isClosing) release();
    this.#gone();
  }

  // ---- from the bridges

  control(bridge: SharedPipe, control: Control): void {
    const outer = this.#connections.get(bridge);
    if (outer === undefined) return;
    if (control.kind === "hello") {
      // It came while the endpoint was being closed: the I/O thread closes it too.
      if (this.#isClosing) bridge.abort();
      else {
        bridge.start();
        this.#attach(bridge, control.routingId === undefined ? undefined : fromLatin1(control.routingId));
      }
    } else if (control.kind === "ready") {
      const peer = peerFrom(control);
      bridge.comesFrom(peer.origin);
      outer.ends = control.ends;
      this.#socket.peerReady(outer, peer);
    } else if (control.kind === "lost") this.#socket.peerLost(outer);
  }

  ended(bridge: SharedPipe): boolean {
    this.#connections.delete(bridge);
    this.#thread.load--;
    return false;
  }
}
