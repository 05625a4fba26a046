/**
 * What every socket does, whatever its type: options, endpoints, pipes, calls that wait, closing. The pattern decides
 * where messages go. `api/socket.ts` is its face to users.
 */

import { askHandler } from "#zap-query";
import { type Clock, systemClock, type Timer } from "../util/clock.ts";
import { nextTurn } from "../util/defer.ts";
import { ZmqError } from "../util/errors.ts";
import { hold, release as letGo } from "../util/keep-alive.ts";
import { warn } from "../util/warn.ts";
import { type BindOptions, Endpoints } from "./endpoints.ts";
import type { Unsent } from "./lingering.ts";
import { Monitor } from "./monitor.ts";
import {
  bytesOf,
  checkOption,
  defaultOptions,
  isLive,
  type OptionName,
  type OptionValues,
  readable,
} from "./options.ts";
import { ownFrames } from "./own-frames.ts";
import type { Message, Pattern, PatternHost, Peer } from "./pattern.ts";
import { Pipe, type PipeOwner } from "./pipe.ts";
import type { SocketPort } from "./socket-port.ts";
import type { SocketTypeName } from "./socket-type.ts";
import { type SocketStats, statsOf } from "./stats.ts";
import type { TransportTable } from "./transport.ts";
import {
  abortable,
  type CallOptions,
  holding,
  type SendOptions,
  WaitingCalls,
  type WaitOptions,
} from "./waiting.ts";
import type { ZapQuery } from "./zap-query.ts";

/** What a socket needs of its context. */
export interface ContextPort {
  readonly transports: TransportTable;
  /** False once the context is shut down: calls end with ETERM. */
  readonly isRunning: boolean;
  /** The socket has closed and nothing of it lingers. */
  socketEnded(socket: SocketCore): void;
}

/** Calls that succeed at once before one lets the event loop turn: a loop of sends must not starve timers and I/O. */
const CALLS_PER_TURN = 800;
/** Closing that takes longer is worth a word. */
export const LONG_TO_CLOSE_MS = 1000;
const DONE: Promise<void> = Promise.resolve();

export class SocketCore implements SocketPort, PipeOwner, PatternHost {
  readonly type: SocketTypeName;
  readonly options: OptionValues = defaultOptions();
  readonly monitor: Monitor = new Monitor();
  readonly clock: Clock = systemClock;
  readonly #context: ContextPort;
  readonly #pattern: Pattern;
  readonly #pipes = new Set<Pipe>();
  readonly #endpoints: Endpoints;
  /** The pipe that the pattern is being given. */
  #offered: Pipe | undefined;
  readonly #senders: WaitingCalls<Message, void>;
  readonly #receivers: WaitingCalls<void, Message>;
  /** A proxy runs on the socket: its own calls are for nobody else. */
  isHeld = false;
  /** Pollers that wait for this socket among others. */
  #watchers: Set<() => void> | undefined;
  #callsThisTurn = 0;
  #isServing = false;
  /** Dropped messages of pipes that have gone, and those that were for nobody. */
  #dropped = 0;
  #isUnroutableTold = false;
  #lingerWarning: Timer | undefined;
  #isClosed = false;
  #ended: (() => void) | undefined;
  /** Resolves when the socket is closed and nothing of it lingers. */
  readonly ended: Promise<void>;

  constructor(context: ContextPort, type: SocketTypeName, makePattern: (host: PatternHost) => Pattern) {
    if (!context.isRunning) throw terminated();
    this.#context = context;
    this.type = type;
    this.ended = new Promise((resolve) => {
      this.#ended = resolve;
    });
    const direction = (verb: string) => () =>
      new ZmqError(
        "EAGAIN",
        `operation was not possible or timed out: ${verb} waited as long as its timeout allows`,
      );
    this.#senders = new WaitingCalls(this.clock, direction("send"));
    this.#receivers = new WaitingCalls(this.clock, direction("receive"));
    this.#endpoints = new Endpoints(this, context.transports, () => this.#checkEnded());
    this.#pattern = makePattern(this);
  }

  get pattern(): Pattern {
    return this.#pattern;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The context was shut down: calls end with ETERM. */
  get isTerminated(): boolean {
    return !this.#context.isRunning;
  }

  get isReadable(): boolean {
    return !this.#isClosed && this.#pattern.canReceive();
  }

  get isWritable(): boolean {
    return !this.#isClosed && this.#pattern.canSend();
  }

  get hasEndpoints(): boolean {
    return this.#endpoints.count > 0;
  }

  get lastEndpoint(): string | null {
    return this.#endpoints.last;
  }

  get waitingSends(): number {
    return this.#senders.length;
  }

  /** Peers that there are: those whose handshake is over. */
  get peers(): number {
    let count = 0;
    for (const pipe of this.#pipes) if (pipe.peerInfo !== undefined) count++;
    return count;
  }

  stats(): SocketStats {
    return statsOf(this.#pipes, {
      dropped: this.#dropped,
      held: this.#pattern.held ?? 0,
      waitingSends: this.#senders.length,
      waitingReceives: this.#receivers.length,
    });
  }

  /** Messages accepted that no connection has taken, and the endpoints they wait for. */
  get unsent(): Unsent[] {
    return this.#endpoints.unsent;
  }

  get endpointNames(): string[] {
    return this.#endpoints.names;
  }

  // ---- options

  getOption(name: OptionName): ReturnType<typeof readable> {
    this.checkOptionsOpen();
    return readable(name, this.options[name]);
  }

  /** @throws TypeError or ZmqError; nothing has changed then. */
  setOption(name: OptionName, value: unknown): void {
    this.checkOptionsOpen();
    const before = this.options[name];
    (this.options as Record<OptionName, unknown>)[name] = checkOption(name, value, before);
    try {
      this.#pattern.optionChanged?.(name);
    } catch (error) {
      (this.options as Record<OptionName, unknown>)[name] = before;
      throw error;
    }
    if (name === "sendHighWaterMark") for (const pipe of this.#pipes) pipe.setLimit(this.options[name]);
    if (name === "receiveHighWaterMark")
      for (const pipe of this.#pipes) pipe.setInboundLimit(this.options[name]);
    if (!isLive(name) && this.#endpoints.count > 0) {
      const { process } = globalThis as { process?: { emitWarning?(text: string): void } };
      process?.emitWarning?.("Socket option will not take effect until next connect/bind.");
    }
  }

  /** @throws ZmqError ENOTSOCK */
  checkOptionsOpen(): void {
    if (this.#isClosed) throw new ZmqError("ENOTSOCK", "Socket is closed: its options are gone with it");
  }

  takeConnectRoutingId(): Uint8Array | undefined {
    const id = bytesOf(this.options.connectRoutingId);
    this.options.connectRoutingId = null;
    return id;
  }

  askZap(request: Message, answer: (reply: Message) => void): ZapQuery | undefined {
    return askHandler(this.#context.transports, this.clock, request, answer);
  }

  // ---- endpoints

  /** @throws (as a rejection, but for bad arguments and states) ZmqError */
  bind(address: unknown, options?: BindOptions): Promise<void> {
    this.checkOpen();
    return this.#endpoints.bind(address, options);
  }

  /** As `bind` where that takes no time. @throws ZmqError ENOTSUP where it does */
  bindSync(address: unknown): void {
    this.checkOpen();
    this.#endpoints.bindSync(address);
  }

  /** Stops listening at once; the promise of it resolves when the address is free. @throws ZmqError ENOENT */
  unbindSync(address: unknown): Promise<void> {
    this.checkOpen();
    return this.#endpoints.unbind(address);
  }

  async unbind(address: unknown, options?: CallOptions): Promise<void> {
    await abortable(holding(this.unbindSync(address)), options);
  }

  /** Under `routingId`, or else under `connectRoutingId`, which is used up by it. @throws ZmqError EINVAL for an id in use */
  connect(address: unknown, routingId?: string): void {
    this.checkOpen();
    if (routingId === "") throw new ZmqError("EINVAL", "a routing id has 1 to 255 bytes");
    if (routingId !== undefined) this.setOption("connectRoutingId", routingId);
    // Again: a peer may have come by that name since it was set.
    else if (this.options.connectRoutingId !== null) this.#pattern.optionChanged?.("connectRoutingId");
    try {
      this.#endpoints.connect(address);
    } catch (error) {
      if (routingId !== undefined) this.options.connectRoutingId = null;
      throw error;
    }
  }

  disconnect(address: unknown): void {
    this.checkOpen();
    this.#endpoints.disconnect(address);
  }

  /** Calls whenever the socket may have become readable or writable. The answer ends it. */
  watch(changed: () => void): () => void {
    this.#watchers ??= new Set();
    this.#watchers.add(changed);
    return () => {
      this.#watchers?.delete(changed);
      if (this.#watchers?.size === 0) this.#watchers = undefined;
    };
  }

  dropping(pipe: Pipe): void {
    const { ends } = pipe;
    this.monitor.emit({ type: "drop", address: ends?.remote || ends?.local || "", ...ends });
  }

  unroutable(): void {
    this.#dropped++;
    if (this.#isUnroutableTold) return;
    this.#isUnroutableTold = this.monitor.isActive;
    this.monitor.emit({ type: "drop", address: "" });
  }

  #tellWatchers(): void {
    if (this.#watchers !== undefined) for (const changed of this.#watchers) changed();
  }

  // ---- pipes, from sessions and transports

  attach(pipe: Pipe): void {
    pipe.owner = this;
    this.#pipes.add(pipe);
    this.#offered = pipe;
    this.#pattern.attach(pipe);
    this.#offered = undefined;
    this.#serve();
  }

  peerReady(pipe: Pipe, peer: Peer): void {
    if (!this.#pipes.has(pipe)) return;
    pipe.peerInfo = peer;
    this.#pattern.ready(pipe, peer);
    this.#serve();
  }

  peerLost(pipe: Pipe): void {
    pipe.peerInfo = undefined;
    this.#tellWatchers();
  }

  release(pipe: Pipe): void {
    if (!this.#pipes.delete(pipe)) return;
    this.#dropped += pipe.dropped;
    this.#pattern.detach(pipe);
    pipe.close();
    // A pipe that is refused leaves no room for another.
    if (pipe !== this.#offered) this.#endpoints.offerAgain();
    this.#serve();
  }

  reject(pipe: Pipe, error: ZmqError): void {
    if (!this.#pipes.delete(pipe)) return;
    this.#dropped += pipe.dropped;
    this.#pattern.detach(pipe);
    pipe.reject(error);
    this.#endpoints.offerAgain();
    this.#serve();
  }

  readable(pipe: Pipe): void {
    // The loop has turned, or nothing would have come.
    if (pipe.isFromNetwork) this.#callsThisTurn = 0;
    this.#pattern.readable(pipe);
    if (!this.#receivers.isEmpty) this.#serve();
    this.#tellWatchers();
  }

  writable(pipe: Pipe): void {
    this.#pattern.writable(pipe);
    if (!this.#senders.isEmpty) this.#serve();
    this.#tellWatchers();
  }

  closed(pipe: Pipe): void {
    this.release(pipe);
  }

  take(): boolean {
    return false;
  }

  // ---- sending and receiving

  /** The message is the socket's from now on. Resolves when it is queued for a peer, or dropped as the type demands. */
  send(message: Message, options?: SendOptions): Promise<void> {
    if (this.#isClosed || !this.#context.isRunning) this.#refuseCall();
    if (options?.signal?.aborted) return Promise.reject(options.signal.reason);
    try {
      if (this.#senders.isEmpty && this.#send(message, options?.copy)) {
        if (!this.#receivers.isEmpty) this.#serve();
        return ++this.#callsThisTurn < CALLS_PER_TURN ? DONE : this.#yield();
      }
    } catch (error) {
      // Out of step now, but in step once the calls before this one are served.
      if (this.#receivers.isEmpty || !isOutOfStep(error)) return Promise.reject(error);
    }
    return this.#waitToSend(message, options);
  }

  #waitToSend(message: Message, options: SendOptions | undefined): Promise<void> {
    if (options?.copy !== false) ownFrames(message);
    const { sendTimeout, sendQueueLimit } = this.options;
    if (this.#senders.length >= sendQueueLimit) {
      return Promise.reject(
        new ZmqError(
          "EBUSY",
          `${sendQueueLimit} sends wait already; await send() before the next, or raise sendQueueLimit`,
        ),
      );
    }
    return this.#senders.wait(message, sendTimeout, options);
  }

  #send(message: Message, copies?: boolean): boolean {
    if (copies !== false) return this.#pattern.send(message);
    Pipe.isBorrowing = true;
    try {
      return this.#pattern.send(message);
    } finally {
      Pipe.isBorrowing = false;
    }
  }

  /** Now or not at all. @throws ZmqError EFSM, EHOSTUNREACH, ENOTSUP … */
  trySend(message: Message, copies?: boolean): boolean {
    if (this.#isClosed || !this.#context.isRunning) this.#refuseCall();
    if (!this.#senders.isEmpty || !this.#send(message, copies)) return false;
    if (!this.#receivers.isEmpty) this.#serve();
    return true;
  }

  receive(options?: WaitOptions): Promise<Message> {
    if (this.#isClosed || !this.#context.isRunning) this.#refuseCall();
    if (options?.signal?.aborted) return Promise.reject(options.signal.reason);
    try {
      const message = this.#receivers.isEmpty ? this.#pattern.receive() : undefined;
      if (message !== undefined) {
        if (!this.#senders.isEmpty) this.#serve();
        return ++this.#callsThisTurn < CALLS_PER_TURN
          ? Promise.resolve(message)
          : this.#yield().then(() => message);
      }
    } catch (error) {
      if (this.#senders.isEmpty || !isOutOfStep(error)) return Promise.reject(error);
    }
    return this.#receivers.wait(undefined, this.options.receiveTimeout, options);
  }

  /**
   * What is at hand, for a loop that calls `receive` where this says nothing: for errors, for what must wait, and now
   * and then to let the event loop turn.
   */
  receiveNow(): Message | undefined {
    if (++this.#callsThisTurn >= CALLS_PER_TURN || !this.#receivers.isEmpty || !this.#senders.isEmpty)
      return undefined;
    return this.#isClosed || !this.#context.isRunning ? undefined : this.#pattern.receive();
  }

  tryReceive(): Message | undefined {
    if (this.#isClosed || !this.#context.isRunning) this.#refuseCall();
    if (!this.#receivers.isEmpty) return undefined;
    const message = this.#pattern.receive();
    if (message !== undefined && !this.#senders.isEmpty) this.#serve();
    return message;
  }

  /** Moves the messages that are at hand to the end of `into`, at most `max`; none where a `receive` would have to say why. */
  receiveMany(into: Message[], max: number): void {
    if (this.#pattern.receiveMany === undefined) {
      // Not where it would be out of step, as a REP is that owes a reply: what there is must not be lost by an error.
      for (let left = max; left > 0 && this.#context.isRunning && this.isReadable; left--) {
        const message = this.tryReceive();
        if (message === undefined) return;
        into.push(message);
      }
    } else if (!this.#isClosed && this.#context.isRunning && this.#receivers.isEmpty) {
      this.#pattern.receiveMany(into, max);
      if (!this.#senders.isEmpty) this.#serve();
    }
  }

  #yield(): Promise<void> {
    this.#callsThisTurn = 0;
    return new Promise((resolve) => {
      hold();
      nextTurn(() => {
        letGo();
        resolve();
      });
    });
  }

  /**
   * Lets waiting calls proceed, those that send and those that receive, until neither can. A pattern may come back here
   * from inside, when reading finds the end of a pipe: the loop that is under way serves that too.
   */
  #serve(): void {
    if (this.#isServing) return;
    this.#isServing = true;
    while (this.#serveSender() || this.#serveReceiver());
    this.#isServing = false;
    this.#tellWatchers();
  }

  /** True when the first waiting send is over. */
  #serveSender(): boolean {
    const call = this.#senders.peek();
    if (call === undefined) return false;
    try {
      if (!this.#pattern.send(call.input)) return false;
      this.#senders.shift();
      call.resolve();
    } catch (error) {
      if (!this.#receivers.isEmpty && isOutOfStep(error)) return false;
      this.#senders.shift();
      call.reject(error);
    }
    return true;
  }

  /** The same for the first waiting receive. */
  #serveReceiver(): boolean {
    const call = this.#receivers.peek();
    if (call === undefined) return false;
    try {
      const message = this.#pattern.receive();
      if (message === undefined) return false;
      this.#receivers.shift();
      call.resolve(message);
    } catch (error) {
      if (!this.#senders.isEmpty && isOutOfStep(error)) return false;
      this.#receivers.shift();
      call.reject(error);
    }
    return true;
  }

  // ---- the end

  /** Ends all calls with ETERM; the socket must still be closed. */
  shutdown(): void {
    this.#senders.rejectAll(terminated);
    this.#receivers.rejectAll(terminated);
    this.#tellWatchers();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#rejectAtClose();
    this.#endpoints.closeAll();
    this.#tellWatchers();
    for (const pipe of [...this.#pipes]) this.release(pipe);
    this.#checkEnded();
    if (this.#ended !== undefined) this.#warnLater();
  }

  #warnLater(): void {
    this.#lingerWarning = this.clock.after(LONG_TO_CLOSE_MS, async () => {
      const { ofLingering } = await import("./lingering.ts");
      if (this.#ended !== undefined) warn("ZMQ_LINGERING", ofLingering(this));
    });
  }

  /** A call out of step says so; one that merely waited is told that it was not possible. */
  #rejectAtClose(): void {
    const gone = () =>
      new ZmqError("EAGAIN", "operation was not possible or timed out: the socket was closed meanwhile");
    this.#senders.rejectAll(gone);
    this.#receivers.rejectAll(gone);
  }

  #checkEnded(): void {
    if (!this.#isClosed || this.#endpoints.isBusy) return;
    const ended = this.#ended;
    if (ended === undefined) return;
    this.#ended = undefined;
    this.#lingerWarning?.cancel();
    // Not in `close`: what lingers still has events, as in libzmq.
    this.monitor.emit({ type: "end" });
    ended();
    this.#context.socketEnded(this);
  }

  /** @throws ZmqError EBADF, ETERM */
  checkOpen(): void {
    if (this.#isClosed) throw closedCall();
    if (!this.#context.isRunning) throw terminated();
  }

  #refuseCall(): never {
    throw this.#isClosed ? closedCall() : terminated();
  }
}

function isOutOfStep(error: unknown): boolean {
  return error instanceof ZmqError && error.code === "EFSM";
}

function terminated(): ZmqError {
  return new ZmqError(
    "ETERM",
    "context was terminated: close the sockets that are left and make a new context",
  );
}

function closedCall(): ZmqError {
  return new ZmqError("EBADF", "Socket is closed: make a new one, closed sockets do not open again");
}
