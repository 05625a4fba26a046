/**
 * One question to the ZAP handler of a context, the REP or ROUTER that is bound to `inproc://zeromq.zap.01`. Each has a
 * pipe of its own, without high-water mark, and closes it when the reply is there or nobody waits for it any more: so
 * replies need not be told apart, and questions about peers that have gone do not pile up. 27/ZAP "Architecture";
 * libzmq: session_base.cpp zap_connect.
 */
import type { Message } from "../engine/connection.ts";
import type { Clock } from "../util/clock.ts";
import { ZmqError } from "../util/errors.ts";
import { parseEndpoint } from "./endpoint.ts";
import { Monitor } from "./monitor.ts";
import { defaultOptions, type OptionValues } from "./options.ts";
import type { Pipe, PipeOwner } from "./pipe.ts";
import type { SocketPort } from "./socket-port.ts";
import type { SocketTypeName } from "./socket-type.ts";
import type { TransportTable } from "./transport.ts";

export const ZAP_ENDPOINT = "inproc://zeromq.zap.01";
const HANDLERS: readonly SocketTypeName[] = ["REP", "ROUTER"];

/** No high-water marks, as in libzmq: a question must not be lost because others wait. */
const OPTIONS: OptionValues = { ...defaultOptions(), sendHighWaterMark: 0, receiveHighWaterMark: 0 };
const SILENT: Monitor = new Monitor();

/** Not in a page. */
export const asksHandlers: boolean = true;

export interface ZapQuery {
  /** Nobody waits for the reply any more. May be called twice. */
  cancel(): void;
}

/**
 * Asks. Undefined when nobody is bound there. `answer` is called at most once, and never from inside: handlers are woken
 * by a promise. A handler that goes away does not answer, as in libzmq: the peer waits until its handshake times out.
 * @throws ZmqError EFAULT when what is bound there can be no handler
 */
export function askHandler(
  transports: TransportTable,
  clock: Clock,
  request: Message,
  answer: (reply: Message) => void,
): ZapQuery | undefined {
  const transport = transports.get("inproc");
  if (transport?.kind !== "pipe") return undefined;
  const endpoint = parseEndpoint(ZAP_ENDPOINT);
  const type = transport.typeAt?.(endpoint);
  if (type === undefined) return undefined;
  if (!HANDLERS.includes(type)) {
    throw new ZmqError(
      "EFAULT",
      `a ${type} socket is bound to ${ZAP_ENDPOINT}, which can be no ZAP handler: bind a REP or ROUTER, or use Authenticator`,
    );
  }
  const asker = new Asker(clock, answer);
  transport.connect(endpoint, asker);
  asker.ask(request);
  return asker;
}

/** As much of a DEALER as the far end of an inproc pipe has to be. */
class Asker implements SocketPort, PipeOwner, ZapQuery {
  readonly type = "DEALER";
  readonly options: OptionValues = OPTIONS;
  readonly monitor: Monitor = SILENT;
  readonly clock: Clock;
  readonly #answer: (reply: Message) => void;
  #pipe: Pipe | undefined;

  constructor(clock: Clock, answer: (reply: Message) => void) {
    this.clock = clock;
    this.#answer = answer;
  }

  ask(request: Message): void {
    this.#pipe?.write(request);
  }

  cancel(): void {
    const pipe = this.#pipe;
    this.#pipe = undefined;
    // With what the handler has not read yet: the question is moot.
    pipe?.close(true);
  }

  attach(pipe: Pipe): void {
    pipe.owner = this;
    this.#pipe = pipe;
  }

  readable(pipe: Pipe): void {
    const reply = pipe.read();
    if (reply === undefined || this.#pipe === undefined) return;
    this.cancel();
    this.#answer(reply);
  }

  closed(): void {
    this.cancel();
  }

  release(): void {
    this.cancel();
  }

  writable(): void {}
  peerReady(): void {}
  peerLost(): void {}
  take(): boolean {
    return false;
  }
  takeConnectRoutingId(): undefined {}
  askZap(): undefined {}
}
