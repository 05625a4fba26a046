/**
 * In an I/O thread: what stands there for the socket of another thread, for one of its endpoints. Dialers, listeners and
 * sessions take it for the socket; each pipe that they attach becomes a bridge to the socket's own.
 */
import { Monitor, type MonitorEvent } from "../core/monitor.ts";
import type { OptionValues } from "../core/options.ts";
import type { Message, Peer } from "../core/pattern.ts";
import type { Pipe, PipeOwner } from "../core/pipe.ts";
import type { SocketPort } from "../core/socket-port.ts";
import type { SocketTypeName } from "../core/socket-type.ts";
import type { TransportTable } from "../core/transport.ts";
import { askHandler, type ZapQuery } from "../core/zap-query.ts";
import { toLatin1 } from "../util/bytes.ts";
import { type Clock, systemClock } from "../util/clock.ts";
import { ZmqError } from "../util/errors.ts";
import type { Control } from "./bridge-control.ts";
import type { Membership } from "./membership.ts";
import type { Parcels } from "./parcels.ts";
import { readyControl } from "./peer-control.ts";
import { type BridgeHost, SharedPipe } from "./shared-pipe.ts";

export class RemotePort implements SocketPort, BridgeHost, PipeOwner {
  readonly type: SocketTypeName;
  readonly options: OptionValues;
  readonly monitor: Monitor = new Monitor();
  readonly clock: Clock = systemClock;
  /** What gets through after the socket has closed is the session's business. */
  readonly lingerMs = -1;
  readonly parcels: Parcels;
  readonly #member: Membership;
  readonly #owner: number;
  readonly #transports: TransportTable;
  readonly #id: number;
  readonly #bridges = new Map<Pipe, SharedPipe>();
  /**
   * Pipes whose endpoint is being closed stay open until both are so: the session has heard of it, for its linger, and
   * all that the socket sent has come. One of the two is in here.
   */
  readonly #closing = new Set<Pipe>();
  readonly #released = new Set<Pipe>();
  #link: number;
  #routingId: Uint8Array | undefined;

  constructor(
    member: Membership,
    owner: number,
    order: {
      id: number;
      type: SocketTypeName;
      options: OptionValues;
      link: number;
      routingId: Uint8Array | undefined;
    },
    transports: TransportTable,
    parcels: Parcels,
    report: (event: MonitorEvent) => void,
  ) {
    this.#transports = transports;
    this.#member = member;
    this.#owner = owner;
    this.#id = order.id;
    this.type = order.type;
    this.options = order.options;
    this.#link = order.link;
    this.#routingId = order.routingId;
    this.parcels = parcels;
    this.monitor.listen(report);
  }

  attach(pipe: Pipe): void {
    const isGiven = this.#link >= 0;
    const link = isGiven ? this.#link : this.#member.makeLink(this.#owner, -this.#id);
    this.#link = -1;
    const bridge = new SharedPipe(this.#member, link, isGiven ? 1 : 0, pipe, "writer's", this);
    this.#bridges.set(pipe, bridge);
    if (!isGiven) {
      const { routingId } = pipe;
      bridge.tell(
        routingId === undefined ? { kind: "hello" } : { kind: "hello", routingId: toLatin1(routingId) },
      );
      bridge.flush();
      this.#member.offer(link);
    }
    bridge.start();
  }

  // ---- from sessions, and from pipes without a bridge

  readable(): void {}

  writable(): void {}

  closed(pipe: Pipe): void {
    this.release(pipe);
  }

  take(): boolean {
    return false;
  }

  peerReady(pipe: Pipe, peer: Peer): void {
    this.#bridges.get(pipe)?.tell(readyControl(peer, pipe.ends));
  }

  peerLost(pipe: Pipe): void {
    pipe.peerInfo = undefined;
    this.#bridges.get(pipe)?.tell({ kind: "lost" });
  }

  /** The session knows that its endpoint closes. The bridge ends with the last of what the socket sent. */
  release(pipe: Pipe): void {
    this.#closing.delete(pipe);
    if (this.#bridges.has(pipe)) this.#released.add(pipe);
    else pipe.close();
  }

  /** The handler is a socket of another thread, most likely the owner's: names are shared. */
  askZap(request: Message, answer: (reply: Message) => void): ZapQuery | undefined {
    return askHandler(this.#transports, this.clock, request, answer);
  }

  takeConnectRoutingId(): Uint8Array | undefined {
    const id = this.#routingId;
    this.#routingId = undefined;
    return id;
  }

  // ---- from the bridges

  control(bridge: SharedPipe, control: Control): void {
    if (control.kind === "closing") {
      if (!this.#released.has(bridge.end)) this.#closing.add(bridge.end);
    } else if (control.kind === "reason") bridge.end.reject(new ZmqError(control.code!, control.message));
  }

  ended(bridge: SharedPipe): boolean {
    const { end } = bridge;
    this.#bridges.delete(end);
    this.#released.delete(end);
    if (!this.#closing.has(end) || end.isPeerClosed) return false;
    end.owner = this;
    return true;
  }
}
