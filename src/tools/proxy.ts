/**
 * `proxy` and `Proxy`: pass messages between two sockets, both ways. The function is libzmq's zmq_proxy and
 * zmq_proxy_steerable in one and leaves the sockets to their owner; the class is that of the `zeromq` package and closes
 * them. `relay.ts` does the work for both.
 */
import { coreOf } from "../api/core-of.ts";
import { Socket } from "../api/socket.ts";
import type { SocketCore } from "../core/socket-core.ts";
import { ZmqError } from "../util/errors.ts";
import { type ProxyStatistics, Relay } from "./relay.ts";
import { canControl, RelayControl } from "./relay-control.ts";

export interface ProxyOptions {
  /**
   * Gets a copy of every message, both ways, before the other side does: a PUB, PUSH, DEALER or PAIR. A PUB drops what
   * nobody takes; with the others the proxy waits while the capture socket has no room, or no peer.
   */
  capture?: Socket | undefined;
  /**
   * Takes PAUSE, RESUME, TERMINATE and STATISTICS as messages of one part: a PAIR, REP or DEALER; a SUB, XSUB or PULL,
   * which cannot answer STATISTICS. A REP answers every other command with an empty message.
   */
  control?: Socket | undefined;
  /** Ends the proxy, which then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/**
 * A proxy that runs: a promise of its end, and the handle to steer it with. It resolves after `terminate` and when one of
 * its sockets is closed. It rejects with ETERM when the context is shut down, with the signal's reason, and with the
 * error of a send that fails, such as EHOSTUNREACH of a ROUTER with `mandatory`.
 *
 * It is a promise, so `await proxy(…)` is zmq_proxy; an async function that is to hand it on must put it into an object.
 */
export interface ProxyDevice extends Promise<void> {
  readonly isRunning: boolean;
  readonly isPaused: boolean;
  /** Messages stay where they are until `resume`. @throws ZmqError EBADF when the proxy has ended */
  pause(): void;
  /** @throws ZmqError EBADF when the proxy has ended */
  resume(): void;
  /** Ends the proxy at once; the sockets stay open and are free again. May be called twice. */
  terminate(): void;
  /** What has passed so far. May be called after the end. */
  statistics(): ProxyStatistics;
  /** `await using`: terminates, and waits for the end. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * zmq_proxy, and with `control`, or the handle that is returned, zmq_proxy_steerable. Passes whatever one socket receives
 * to the other until it is told to stop: ROUTER and DEALER, XSUB and XPUB, PULL and PUSH. Nothing is read while the other
 * side has no room, so that high-water marks hold across it. One socket as both ends gets back what it brings.
 *
 * Unlike `Proxy` it leaves all sockets open at its end. While it runs their calls are EBUSY, but for `close` and options.
 *
 * @throws TypeError for what is no socket; ZmqError EINVAL for sockets without an endpoint, of types that cannot pass
 * anything on, capture or control in the place of another or of a type that cannot be one; EBADF for a closed socket;
 * EBUSY for one with another proxy; the signal's reason when it is aborted already
 */
export function proxy(frontend: Socket, backend: Socket, capture?: Socket | ProxyOptions): ProxyDevice {
  const options = capture instanceof Socket ? { capture } : (capture ?? {});
  if (typeof options !== "object") throw new TypeError("the third argument is a capture socket, or options");
  return new Device(new Relay(partsOf(frontend, backend, options)), options.signal);
}

function partsOf(frontend: Socket, backend: Socket, { capture, control, signal }: ProxyOptions) {
  const front = checkedCore("frontend", frontend);
  const back = checkedCore("backend", backend);
  const captor = capture === undefined ? undefined : checkedCore("capture", capture);
  const commander = control === undefined ? undefined : checkedCore("control", control);
  checkPassage(frontend, backend);
  const others = [front, back];
  for (const [role, core] of Object.entries({ capture: captor, control: commander })) {
    if (core === undefined) continue;
    if (others.includes(core)) throw new ZmqError("EINVAL", `the ${role} socket must be one of its own`);
    others.push(core);
  }
  if (captor !== undefined && !CAPTURE_TYPES.has(captor.type))
    throw new ZmqError("EINVAL", `a ${captor.type} cannot capture; use a PUB, PUSH, DEALER or PAIR`);
  if (commander !== undefined && !canControl(commander))
    throw new ZmqError("EINVAL", `a ${commander.type} cannot be the control socket; use a PAIR or REP`);
  for (const [role, core] of Object.entries({
    frontend: front,
    backend: back,
    capture: captor,
    control: commander,
  })) {
    if (core !== undefined && !core.hasEndpoints)
      throw new ZmqError("EINVAL", `the ${role} socket must be bound or connected before the proxy runs`);
  }
  signal?.throwIfAborted();
  const controller = commander === undefined ? undefined : new RelayControl(commander);
  return { front, back, capture: captor, control: commander, controller };
}

const CAPTURE_TYPES: ReadonlySet<string> = new Set(["PUB", "PUSH", "DEALER", "PAIR"]);

function checkedCore(role: string, socket: unknown): SocketCore {
  if (!(socket instanceof Socket)) throw new TypeError(`the ${role} must be a socket`);
  const core = coreOf(socket);
  if (core.isClosed) throw new ZmqError("EBADF", `the ${role} socket is closed`);
  return core;
}

/** @throws ZmqError EINVAL where nothing could ever pass, or what passes could not be sent on */
function checkPassage(frontend: Socket, backend: Socket): void {
  const types = [coreOf(frontend).type, coreOf(backend).type];
  const pair = types.join(" and ");
  if (types.includes("SERVER") || types.includes("PEER")) {
    throw new ZmqError(
      "EINVAL",
      `a proxy of ${pair} cannot be: routing ids of one mean nothing to the other; use ROUTER and DEALER`,
    );
  }
  const groups = types.filter((type) => type === "RADIO" || type === "DISH");
  if (groups.length === 1 || (groups[0] !== undefined && groups[0] === groups[1]))
    throw new ZmqError("EINVAL", `a proxy of ${pair} cannot be: DISH goes with RADIO`);
  const passes = (from: Socket, to: Socket) => "receive" in from && "send" in to;
  if (!passes(frontend, backend) && !passes(backend, frontend))
    throw new ZmqError(
      "EINVAL",
      `a proxy of ${pair} cannot be: neither has anything that the other could send`,
    );
}

class Device implements ProxyDevice {
  readonly #relay: Relay;
  readonly #ended: Promise<void>;

  constructor(relay: Relay, signal: AbortSignal | undefined) {
    this.#relay = relay;
    this.#ended = relay.ended;
    if (signal === undefined) return;
    const onAbort = () => relay.fail(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    relay.atEnd(() => signal.removeEventListener("abort", onAbort));
  }

  get isRunning(): boolean {
    return !this.#relay.isOver;
  }

  get isPaused(): boolean {
    return this.#relay.isPaused;
  }

  pause(): void {
    this.#checkRunning();
    this.#relay.pause();
  }

  resume(): void {
    this.#checkRunning();
    this.#relay.resume();
  }

  terminate(): void {
    this.#relay.terminate();
  }

  statistics(): ProxyStatistics {
    return this.#relay.statistics();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.terminate();
    return this.#ended;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  then<T = void, E = never>(
    // biome-ignore lint/suspicious/noConfusingVoidType: as Promise<void> has it
    onEnd?: ((value: void) => T | PromiseLike<T>) | null,
    onError?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<T | E> {
    return this.#ended.then(onEnd, onError);
  }

  // biome-ignore lint/suspicious/noConfusingVoidType: as Promise<void> has it
  catch<E = never>(onError?: ((reason: unknown) => E | PromiseLike<E>) | null): Promise<void | E> {
    return this.#ended.catch(onError);
  }

  finally(atEnd?: (() => void) | null): Promise<void> {
    return this.#ended.finally(atEnd);
  }

  get [Symbol.toStringTag](): string {
    return "ProxyDevice";
  }

  #checkRunning(): void {
    if (this.#relay.isOver) throw new ZmqError("EBADF", "the proxy has ended: start another");
  }
}

// biome-ignore lint/suspicious/noShadowRestrictedNames: the name that ZeroMQ and the `zeromq` package give it
export class Proxy<F extends Socket = Socket, B extends Socket = Socket> {
  readonly #frontEnd: F;
  readonly #backEnd: B;
  #relay: Relay | undefined;

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
    if (this.#relay !== undefined) throw new ZmqError("EBUSY", "the proxy is running already");
    const front = coreOf(this.#frontEnd);
    const back = coreOf(this.#backEnd);
    if (!front.hasEndpoints) throw new ZmqError("EINVAL", "Front-end socket must be bound or connected");
    if (!back.hasEndpoints) throw new ZmqError("EINVAL", "Back-end socket must be bound or connected");
    checkPassage(this.#frontEnd, this.#backEnd);
    const relay = new Relay({ front, back });
    this.#relay = relay;
    relay.atEnd(() => {
      front.close();
      back.close();
    });
    return relay.ended.finally(() => {
      this.#relay = undefined;
    });
  }

  /** Holds messages back until `resume`; they queue up to the high-water marks. @throws ZmqError EBADF when not running */
  pause(): void {
    this.#running().pause();
  }

  /** @throws ZmqError EBADF when not running */
  resume(): void {
    this.#running().resume();
  }

  /** Ends `run`. @throws ZmqError EBADF when not running */
  terminate(): void {
    this.#running().terminate();
  }

  #running(): Relay {
    if (this.#relay === undefined) throw new ZmqError("EBADF", "the proxy is not running: call run() first");
    return this.#relay;
  }
}
