/**
 * `inproc://` between the threads of a shared context. A connection to a name that another thread has bound becomes a
 * link to that thread. Who connects makes the link, also when the name is bound later:
 *
 *   connects: link, "hello" ──► binds: joins its socket, "hello" ──►   or "refused", or closes the link: the name has gone
 */
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
import type { Message, Peer } from "../core/pattern.ts";
import { Pipe } from "../core/pipe.ts";
import type { SocketPort } from "../core/socket-port.ts";
import { isCompatible, SOCKET_TYPES, type SocketTypeName } from "../core/socket-type.ts";
import { fromLatin1, toLatin1 } from "../util/bytes.ts";
import type { Control } from "./bridge-control.ts";
import { keyOf, typeOf } from "./directory.ts";
import type { Membership } from "./membership.ts";
import { type BridgeHost, SharedPipe } from "./shared-pipe.ts";

const TYPES = Object.fromEntries(
  (Object.keys(SOCKET_TYPES) as SocketTypeName[]).map((name) => [SOCKET_TYPES[name].id, name]),
) as Record<number, SocketTypeName>;

export class InprocNames implements SharedNames {
  readonly #member: Membership;
  readonly #table: InprocTable;

  constructor(member: Membership, table: InprocTable) {
    this.#member = member;
    this.#table = table;
    member.namesChanged = () => {
      for (const name of [...table.waiting.keys()]) this.#connectAll(name);
    };
    table.share(this);
  }

  bind(name: string, type: SocketTypeName): boolean {
    return this.#member.bindName(name, SOCKET_TYPES[type].id);
  }

  typeAt(name: string): SocketTypeName | undefined {
    const owner = this.#member.ownerOf(name);
    return owner === 0 ? undefined : TYPES[typeOf(owner)];
  }

  unbind(name: string): void {
    this.#member.unbindName(name);
  }

  seek(name: string): void {
    this.#countSeeks();
    this.#connectAll(name);
  }

  /** Another thread has connected to a name of ours. */
  offered(link: number, slot: number): void {
    const name = this.#member.directory.nameOf(slot);
    new Accepting(this.#member, link, `inproc://${name}`, this.#table.boundTo(name)).start();
  }

  #countSeeks(): void {
    let count = 0;
    for (const waiting of this.#table.waiting.values()) count += waiting.size;
    this.#member.seeks = count;
  }

  #connectAll(name: string): void {
    const waiting = this.#table.waiting.get(name);
    const owner = waiting === undefined ? 0 : keyOf(this.#member.ownerOf(name));
    if (waiting === undefined || owner === 0 || owner === this.#member.key) return;
    for (const pending of [...waiting]) {
      this.#table.settle(name, pending);
      new Connecting(this.#member, owner, name, pending, (isWanted) => {
        if (!isWanted) return;
        this.#table.waitAgain(name, pending);
        this.seek(name);
      }).start();
    }
    this.#countSeeks();
  }
}

/** The side that made the link. */
class Connecting implements BridgeHost {
  readonly #member: Membership;
  readonly #link: number;
  readonly #endpoint: string;
  readonly #pending: Pending;
  readonly #bridge: SharedPipe;
  /** Called when the link ended before anybody answered. */
  readonly #unanswered: (isWanted: boolean) => void;
  #isAnswered = false;

  constructor(
    member: Membership,
    owner: number,
    name: string,
    pending: Pending,
    unanswered: (isWanted: boolean) => void,
  ) {
    this.#member = member;
    this.#endpoint = `inproc://${name}`;
    this.#pending = pending;
    this.#unanswered = unanswered;
    this.#link = member.makeLink(owner, member.directory.slotOf(name));
    this.#bridge = new SharedPipe(member, this.#link, 0, pending.inner, "sum", this);
  }

  get lingerMs(): number {
    return this.#pending.socket.options.linger;
  }

  start(): void {
    this.#bridge.tell(hello(this.#pending.socket));
    this.#bridge.flush();
    this.#member.offer(this.#link);
    this.#bridge.start();
  }

  control(_bridge: SharedPipe, control: Control): void {
    const { socket, outer, inner } = this.#pending;
    this.#isAnswered = true;
    if (control.kind === "hello") {
      if (control.conflate === true) outer.conflate = inner.conflate = true;
      if (!outer.isClosed) socket.peerReady(outer, peerIn(control));
    } else if (control.kind === "refused") {
      socket.release(outer);
      const error = incompatible(socket.type, control.socketType!);
      socket.monitor.emit({ type: "disconnect", address: this.#endpoint, error });
    }
  }

  ended(): boolean {
    const { outer, inner } = this.#pending;
    if (this.#isAnswered || outer.isClosed) return false;
    inner.owner = NOBODY;
    this.#unanswered(true);
    return true;
  }
}

/** The side that has bound the name. */
class Accepting implements BridgeHost {
  readonly #endpoint: string;
  readonly #socket: SocketPort | undefined;
  readonly #outer: Pipe;
  readonly #bridge: SharedPipe;
  /** What the socket is to receive when the other side leaves. */
  #farewell: Message | undefined;

  constructor(member: Membership, link: number, endpoint: string, socket: SocketPort | undefined) {
    this.#endpoint = endpoint;
    this.#socket = socket;
    const { sendHighWaterMark, receiveHighWaterMark } = socket?.options ?? {
      sendHighWaterMark: 1,
      receiveHighWaterMark: 1,
    };
    const [outer, inner] = Pipe.pair(sendHighWaterMark, receiveHighWaterMark, false);
    outer.owner = NOBODY;
    this.#outer = outer;
    this.#bridge = new SharedPipe(member, link, 1, inner, "sum", this);
  }

  get lingerMs(): number {
    return this.#socket?.options.linger ?? 0;
  }

  start(): void {
    this.#bridge.look();
  }

  control(bridge: SharedPipe, control: Control): void {
    if (control.kind !== "hello") return;
    const socket = this.#socket;
    const peer = peerIn(control);
    // Unbound meanwhile: the other side waits for the name again.
    if (socket === undefined) bridge.abort();
    else if (!isCompatible(peer.socketType as SocketTypeName, socket.type)) {
      bridge.tell({ kind: "refused", socketType: socket.type });
      bridge.abort();
      const error = incompatible(peer.socketType as SocketTypeName, socket.type);
      socket.monitor.emit({ type: "disconnect", address: this.#endpoint, error });
    } else {
      const isConflating = control.conflate === true || conflates(socket.type, socket.options);
      this.#outer.conflate = bridge.end.conflate = isConflating;
      bridge.tell(hello(socket));
      bridge.start();
      this.#farewell = disconnectMessageOf(socket.type, socket.options);
      const greeting = helloOf(socket.type, socket.options);
      if (greeting !== undefined) this.#outer.writeAlways(greeting);
      socket.attach(this.#outer);
      socket.peerReady(this.#outer, peer);
    }
  }

  ended(): boolean {
    if (this.#farewell !== undefined) this.#bridge.end.deliver(this.#farewell);
    return false;
  }
}

function hello(socket: SocketPort): Control {
  const { routingId, socketType } = peerOf(socket);
  const conflate = conflates(socket.type, socket.options);
  return { kind: "hello", socketType, routingId: toLatin1(routingId), conflate };
}

function peerIn(control: Control): Peer {
  const routingId = fromLatin1(control.routingId!);
  const socketType = control.socketType!;
  return { version: 3, minor: 1, routingId, socketType, metadata: new Map() };
}
