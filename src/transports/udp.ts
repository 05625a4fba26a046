/**
 * `udp://`: one datagram a message, nothing is repeated or put in order. RADIO sends to a host or a multicast group, DISH
 * listens; DGRAM does both, with the other side's address as first frame. libzmq: udp_engine.cpp, udp_address.cpp.
 *
 *   RADIO and DISH   group length(1) group body        at most 8192 bytes
 *   DGRAM            body
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { type Endpoint, formatHostPort, parseHostPort } from "../core/endpoint.ts";
import { Pipe, type PipeOwner } from "../core/pipe.ts";
import type { SocketPort } from "../core/socket-port.ts";
import type { Joint, PipeTransport } from "../core/transport.ts";
import { concat, EMPTY, fromLatin1, toLatin1 } from "../util/bytes.ts";
import { fromSystem, ZmqError } from "../util/errors.ts";
import { hold, release } from "../util/keep-alive.ts";
import { warnOnce } from "../util/warn.ts";
import { parseUdp, type UdpTarget } from "./udp-address.ts";

/** libzmq's buffer for one datagram, of RADIO and DISH. */
const DATAGRAM_MAX = 8192;
/** Datagrams handed to the system that it has not taken: more wait in the pipe. */
const UNDER_WAY_MAX = 64;

export const udp: PipeTransport = {
  kind: "pipe",
  bindsAtOnce: false,

  bind(endpoint: Endpoint, socket: SocketPort): Promise<Joint> {
    if (socket.type !== "DISH" && socket.type !== "DGRAM")
      throw incompatible(endpoint, socket, "can be bound by DISH and DGRAM sockets");
    const target = parseUdp(endpoint, true, socket.options.ipv6);
    const joint = new UdpJoint(endpoint, socket, target);
    return joint.bind().then(() => joint);
  },

  connect(endpoint: Endpoint, socket: SocketPort): Joint {
    if (socket.type !== "RADIO") throw incompatible(endpoint, socket, "can be connected to by RADIO sockets");
    const joint = new UdpJoint(endpoint, socket, parseUdp(endpoint, false, socket.options.ipv6));
    joint.connect();
    return joint;
  },
};

function incompatible(endpoint: Endpoint, socket: SocketPort, who: string): ZmqError {
  return new ZmqError("ENOCOMPATPROTO", `${endpoint.text}: udp:// ${who} only, this is a ${socket.type}`, {
    address: endpoint.text,
  });
}

class UdpJoint implements Joint, PipeOwner {
  readonly #socket: SocketPort;
  readonly #written: string;
  readonly #target: UdpTarget;
  readonly #udp: Socket;
  readonly #isPlain: boolean;
  #endpoint: string;
  /** Where RADIO sends to, as an address. */
  #host: string;
  #inner: Pipe | undefined;
  #outer: Pipe | undefined;
  #state: "opening" | "open" | "closed" = "opening";
  #isClosing = false;
  #underWay = 0;

  constructor(endpoint: Endpoint, socket: SocketPort, target: UdpTarget) {
    this.#socket = socket;
    this.#written = endpoint.text;
    this.#endpoint = endpoint.text;
    this.#target = target;
    this.#host = target.host;
    this.#isPlain = socket.type === "DGRAM";
    // Only multicast receivers share a port: two unicast ones would take each other's datagrams.
    this.#udp = createSocket({ type: target.isIpv6 ? "udp6" : "udp4", reuseAddr: target.isMulticast });
    this.#udp.unref();
    this.#udp.on("message", (datagram, from) => this.#received(datagram, from));
  }

  get endpoint(): string {
    return this.#endpoint;
  }

  // ---- opening

  /** @throws ZmqError as a rejection, after a `bind:error` event */
  async bind(): Promise<void> {
    const { monitor } = this.#socket;
    try {
      const { isMulticast, host, port } = this.#target;
      const any = this.#target.isIpv6 ? "::" : "0.0.0.0";
      await this.#listen(isMulticast || host === "*" ? any : host, port);
      if (isMulticast) this.#udp.addMembership(host, this.#target.interface);
    } catch (cause) {
      if (this.#state === "open") this.#udp.close();
      this.#state = "closed";
      const error = fromSystem(cause, `binding to ${this.#written} failed`, this.#written);
      monitor.emit({ type: "bind:error", address: this.#written, error });
      throw error;
    }
    const { port } = this.#udp.address();
    this.#endpoint = this.#written.replace(/:(\*|\d+)$/, `:${port}`);
    monitor.emit({ type: "bind", address: this.#endpoint });
    this.#openPipe();
  }

  connect(): void {
    const { monitor } = this.#socket;
    this.#openPipe();
    this.#dial().then(
      () => {
        if (!this.#isClosing) monitor.emit({ type: "connect", address: this.#written });
        this.#pump();
      },
      (cause) => {
        this.#state = "closed";
        this.#udp.close();
        if (this.#isClosing) release();
        const error = fromSystem(cause, `connecting to ${this.#written} failed`, this.#written);
        monitor.emit({ type: "close", address: this.#written, error });
      },
    );
  }

  /** Looks the name up once: with a look-up for each, datagrams would overtake each other. */
  async #dial(): Promise<void> {
    const { host, isIpv6 } = this.#target;
    this.#host = (await lookup(host, isIpv6 ? 6 : 4)).address;
    await this.#listen(undefined, 0);
  }

  /** Opens the system's socket and sets what can only be set then. */
  async #listen(address: string | undefined, port: number): Promise<void> {
    const udp = this.#udp;
    const { options } = this.#socket;
    await new Promise<void>((resolve, reject) => {
      udp.once("error", reject);
      udp.bind({ port, ...(address === undefined ? {} : { address }), exclusive: true }, () => {
        udp.off("error", reject);
        resolve();
      });
    });
    this.#state = "open";
    udp.on("error", (cause) => this.#failed(cause));
    if (options.sendBufferSize > 0) udp.setSendBufferSize(options.sendBufferSize);
    if (options.receiveBufferSize > 0) udp.setRecvBufferSize(options.receiveBufferSize);
    udp.setMulticastTTL(Math.min(options.multicastHops, 255));
    udp.setMulticastLoopback(options.multicastLoop);
    if (this.#target.isMulticast && this.#target.interface !== undefined)
      udp.setMulticastInterface(this.#target.interface);
  }

  #openPipe(): void {
    const socket = this.#socket;
    const { sendHighWaterMark, receiveHighWaterMark } = socket.options;
    const [outer, inner] = Pipe.pair(sendHighWaterMark, receiveHighWaterMark, false);
    inner.owner = this;
    this.#inner = inner;
    this.#outer = outer;
    socket.attach(outer);
    // Version 0: there is nobody in particular at the other end, and so no handshake.
    if (this.#inner !== undefined)
      socket.peerReady(outer, {
        version: 0,
        minor: 0,
        routingId: EMPTY,
        socketType: "",
        metadata: new Map(),
      });
    this.#pump();
  }

  // ---- receiving

  #received(datagram: Uint8Array, from: RemoteInfo): void {
    const inner = this.#inner;
    if (inner === undefined) return;
    // Where there is no room the datagram is lost, as it would be in the system's buffer.
    if (this.#isPlain) {
      const host = from.address.startsWith("::ffff:") ? from.address.slice(7) : from.address;
      inner.write([fromLatin1(`${formatHostPort(host, from.port)}\0`), datagram]);
      return;
    }
    const groupEnd = 1 + (datagram[0] ?? 0);
    // Cut short, or empty: nobody of ours has sent that.
    if (datagram.length >= groupEnd && datagram.length > 0)
      inner.write([datagram.subarray(1, groupEnd), datagram.subarray(groupEnd)]);
  }

  // ---- sending

  #pump(): void {
    if (this.#state !== "open") return;
    while (this.#underWay < UNDER_WAY_MAX) {
      const message = this.#inner?.read();
      if (message === undefined) break;
      if (this.#isPlain) this.#sendTo(toLatin1(message[0]!).replace("\0", ""), message[1]!);
      else if (message.length === 2) this.#sendToGroup(message[0]!, message[1]!);
    }
    if (this.#isClosing && this.#underWay === 0) this.#end();
  }

  #sendTo(address: string, body: Uint8Array): void {
    const { host, port } = parseHostPort(address, address);
    const isIpv4 = !host.includes(":");
    this.#send(body, port, isIpv4 && this.#target.isIpv6 ? `::ffff:${host}` : host);
  }

  #sendToGroup(group: Uint8Array, body: Uint8Array): void {
    const size = 1 + group.length + body.length;
    if (size > DATAGRAM_MAX) {
      warnOnce(
        "ZMQ_DATAGRAM_TOO_LARGE",
        `${this.#written}: messages over ${DATAGRAM_MAX} bytes, with their group, do not fit a datagram and are dropped`,
      );
      return;
    }
    const datagram = concat([Uint8Array.of(group.length), group, body], size);
    this.#send(datagram, this.#target.port, this.#host);
  }

  #send(datagram: Uint8Array, port: number, host: string): void {
    this.#underWay++;
    this.#udp.send(datagram, port, host, (error) => {
      this.#underWay--;
      if (error) this.#failed(error);
      this.#pump();
    });
  }

  /** A datagram is lost; the endpoint lives on. */
  #failed(cause: Error): void {
    const error = fromSystem(cause, `a datagram could not be sent to ${this.#written}`, this.#written);
    this.#socket.monitor.emit({ type: "disconnect", address: this.#endpoint, error });
  }

  // ---- the end

  /** What was sent is handed to the system first, unless `lingerMs` is 0. */
  close(lingerMs: number): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    if (this.#outer !== undefined) this.#socket.release(this.#outer);
    if (lingerMs === 0 || this.#state === "closed") this.#dropPipe();
    if (this.#state === "closed") return;
    hold();
    this.#pump();
  }

  #end(): void {
    this.#state = "closed";
    this.#dropPipe();
    this.#udp.close(release);
    this.#socket.monitor.emit({ type: "close", address: this.#endpoint });
  }

  #dropPipe(): void {
    this.#inner?.close();
    this.#inner = undefined;
  }

  // ---- from the pipe

  readable(): void {
    this.#pump();
  }

  writable(): void {}

  take(): boolean {
    return false;
  }

  closed(): void {
    this.close(0);
  }
}
