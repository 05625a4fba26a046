/** `Socket`: what all socket types offer their users. The work is done in `core/socket-core.ts`. */
import { OPTIONS } from "../core/option-table.ts";
import { type OptionName, optionsOf } from "../core/options.ts";
import type { Pattern, PatternHost } from "../core/pattern.ts";
import { SocketCore } from "../core/socket-core.ts";
import { SOCKET_TYPES, type SocketTypeName } from "../core/socket-type.ts";
import type { SocketStats } from "../core/stats.ts";
import { mechanismOf } from "../security/choose.ts";
import type { SocketAccessors } from "./accessors.ts";
import { admit, Context, defaultsOf, context as globalContext, portOf } from "./context.ts";
import { coreOf, freeCoreOf, provideCoreOf } from "./core-of.ts";
import { getByNumber, type OptionValue, setByNumber } from "./numeric-options.ts";
import { Observer } from "./observer.ts";
import type { BindOptions, CallOptions, Options } from "./types.ts";
import { checkCount, until } from "./until.ts";

/** The options of a socket of class `S`, and the context it is to live in. */
export type SocketOptions<S extends Socket> = Options<S, { context: Context }>;

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the accessors are made from the option table, see installOptions
export abstract class Socket {
  readonly #core: SocketCore;
  readonly #context: Context;
  #events: Observer | undefined;

  static {
    provideCoreOf((socket) => (socket as Socket).#core);
  }

  /** @internal */
  protected constructor(type: SocketTypeName, makePattern: (host: PatternHost) => Pattern, options?: object) {
    if (options !== undefined && (typeof options !== "object" || options === null)) {
      throw new TypeError("Options must be an object");
    }
    const { context = globalContext, ...rest } = (options ?? {}) as { context?: Context };
    if (!(context instanceof Context)) throw new TypeError("the option context must be a Context object");
    admit(context);
    const port = portOf(context);
    this.#context = context;
    this.#core = new SocketCore(port, type, makePattern);
    const { ipv6, blocky } = defaultsOf(context);
    const values = this.#core.options;
    values.ipv6 = ipv6;
    if (!blocky || type === "SUB" || type === "XSUB" || type === "DISH") values.linger = 0;
    Object.seal(this);
    Object.assign(this, rest);
    port.add(this.#core);
  }

  /**
   * The monitor of this socket. Made with the first use; events before that are not kept. Stays readable after `close`
   * where it was used before, for the events that are left. @throws ZmqError ENOTSOCK on a closed socket otherwise
   */
  get events(): Observer {
    if (this.#events === undefined) {
      this.#checkOptionsOpen();
      this.#events = new Observer(this);
    }
    return this.#events;
  }

  get context(): Context {
    return this.#core.isClosed ? (undefined as unknown as Context) : this.#context;
  }

  get closed(): boolean {
    return this.#core.isClosed;
  }

  /** ZMQ_EVENTS, ZMQ_POLLIN: would `receive` have a message at once? */
  get readable(): boolean {
    return this.#core.isReadable;
  }

  /** ZMQ_EVENTS, ZMQ_POLLOUT: would `send` take a message at once? */
  get writable(): boolean {
    return this.#core.isWritable;
  }

  /** ZMQ_TYPE: libzmq's number of the socket type. */
  get type(): number {
    this.#checkOptionsOpen();
    return SOCKET_TYPES[this.#core.type].id;
  }

  /** ZMQ_LAST_ENDPOINT: the last endpoint bound or connected, wildcards filled in; null before. */
  get lastEndpoint(): string | null {
    this.#checkOptionsOpen();
    return this.#core.lastEndpoint;
  }

  /** ZMQ_MECHANISM: null for none. */
  get securityMechanism(): null | "plain" | "curve" | "gssapi" {
    this.#checkOptionsOpen();
    const mechanism = mechanismOf(this.#core.options);
    return mechanism === "NULL" ? null : mechanism === "PLAIN" ? "plain" : "curve";
  }

  /** ZMQ_THREAD_SAFE: false for all stable socket types; true for those of one-part messages in `zmq-ts/draft`. */
  get threadSafe(): boolean {
    this.#checkOptionsOpen();
    return SOCKET_TYPES[this.#core.type].isThreadSafe === true;
  }

  /**
   * Listens on an endpoint: `tcp://*:5555`, `tcp://eth0:*`, `ipc:///tmp/feed`, `inproc://name`. Several times for
   * several endpoints. Resolves when connections are accepted; `lastEndpoint` then has the port that was chosen.
   * `ws://` and `wss://` can share an HTTP server with a web application: `{ server }`.
   * @throws (rejects) ZmqError EINVAL for a malformed endpoint, EPROTONOSUPPORT for an unknown scheme, EADDRINUSE, EACCES,
   * ENODEV, EADDRNOTAVAIL. At once: TypeError, EBADF.
   */
  bind(address: string, options?: BindOptions): Promise<void> {
    return freeCoreOf(this).bind(address, options);
  }

  /**
   * As `bind`, at once. inproc only: the runtime opens other endpoints in the background.
   * @throws ZmqError ENOTSUP for other schemes
   */
  bindSync(address: string): void {
    freeCoreOf(this).bindSync(address);
  }

  /** Stops listening and drops the connections accepted through the endpoint. @throws (rejects) ZmqError ENOENT */
  unbind(address: string, options?: CallOptions): Promise<void> {
    return freeCoreOf(this).unbind(address, options);
  }

  /** As `unbind`; the address is free soon after. @throws ZmqError ENOENT */
  unbindSync(address: string): void {
    void freeCoreOf(this).unbindSync(address);
  }

  /**
   * Connects in the background, again and again until it succeeds and whenever it is lost. Messages may be sent at
   * once: they wait. @throws ZmqError EINVAL for a malformed endpoint, EPROTONOSUPPORT for an unknown scheme.
   */
  connect(address: string): void {
    freeCoreOf(this).connect(address);
  }

  /**
   * Resolves when at least `count` peers are connected and have passed the handshake; at once if they are already. PUB and
   * XPUB have `subscribers` for what slow joiners miss.
   * @throws (rejects) ZmqError EBADF or ETERM when the socket or context ends before; the signal's reason
   */
  connected(count: number = 1, options?: CallOptions): Promise<void> {
    checkCount(count);
    const core = freeCoreOf(this);
    return until(core, () => core.peers >= count, options);
  }

  /** How full the socket's queues are, what was dropped, and who is connected, now. @throws ZmqError ENOTSOCK when closed */
  stats(): SocketStats {
    this.#checkOptionsOpen();
    return this.#core.stats();
  }

  /** Ends a connection; messages already sent go out within `linger`. @throws ZmqError ENOENT */
  disconnect(address: string): void {
    freeCoreOf(this).disconnect(address);
  }

  /**
   * Closes the socket. Waiting calls reject with EAGAIN; messages already sent go out within `linger`, in the
   * background. May be called twice. `await using` waits for that background work.
   */
  close(): void {
    this.#core.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#core.close();
    await this.#core.ended;
  }

  /**
   * `zmq_getsockopt`, by libzmq's number; `constants` has the names. Numbers as numbers, booleans as 0 and 1, texts as
   * text, binary values as a Buffer; null where nothing is set.
   * @throws ZmqError EINVAL for a number that this type has no option of, ENOTSUP for ZMQ_FD, ENOTSOCK on a closed socket
   */
  getOption(option: number): number | string | Buffer | null {
    return getByNumber(this, option);
  }

  /**
   * `zmq_setsockopt`, by libzmq's number. Booleans also as 0 and 1, texts also as bytes. With ZMQ_SUBSCRIBE and
   * ZMQ_UNSUBSCRIBE the value is a topic.
   * @throws TypeError for a value of the wrong type; ZmqError EINVAL out of range, and for a number that this type has
   * no option of or that can only be read, ENOTSUP where the option is refused, ENOTSOCK on a closed socket
   */
  setOption(option: number, value: OptionValue): void {
    setByNumber(this, option, value);
  }

  protected getBoolOption(option: number): boolean {
    return Boolean(this.getOption(option));
  }
  protected setBoolOption(option: number, value: boolean): void {
    this.setOption(option, value);
  }
  protected getInt32Option(option: number): number {
    return Number(this.getOption(option));
  }
  protected setInt32Option(option: number, value: number): void {
    this.setOption(option, value);
  }
  protected getUint32Option(option: number): number {
    return Number(this.getOption(option));
  }
  protected setUint32Option(option: number, value: number): void {
    this.setOption(option, value);
  }
  protected getInt64Option(option: number): number {
    return Number(this.getOption(option));
  }
  protected setInt64Option(option: number, value: number): void {
    this.setOption(option, value);
  }
  protected getUint64Option(option: number): number {
    return Number(this.getOption(option));
  }
  protected setUint64Option(option: number, value: number): void {
    this.setOption(option, value);
  }
  protected getStringOption(option: number): string | null {
    const value = this.getOption(option);
    return value === null ? null : value.toString();
  }
  protected setStringOption(option: number, value: string | Buffer | null): void {
    this.setOption(option, value);
  }

  #checkOptionsOpen(): void {
    this.#core.checkOptionsOpen();
  }
}

export interface Socket extends SocketAccessors {}

/** Gives a class the accessors of its options; those of all sockets are on `Socket` already. */
export function installOptions(target: { prototype: object }, names: readonly OptionName[]): void {
  for (const name of names) {
    Object.defineProperty(target.prototype, name, {
      get(this: Socket) {
        return coreOf(this).getOption(name);
      },
      set(this: Socket, value: unknown) {
        coreOf(this).setOption(name, value);
      },
    });
  }
}

/** The options of one type that not all sockets have. */
export function ownOptions(type: SocketTypeName): OptionName[] {
  return optionsOf(type).filter((name) => !common.includes(name));
}

const common = (Object.keys(OPTIONS) as OptionName[]).filter((name) => !("on" in OPTIONS[name]));
installOptions(Socket, common);
