/**
 * Commands to a proxy over a control socket: PAUSE, RESUME, TERMINATE, STATISTICS. libzmq: proxy.cpp handle_control, as
 * it is after 4.3.5, whose PAUSE and RESUME do not work.
 */
import type { Message } from "../core/pattern.ts";
import type { SocketCore } from "../core/socket-core.ts";
import { EMPTY, toLatin1, view } from "../util/bytes.ts";
import type { Controller, ProxyStatistics, Relay } from "./relay.ts";

/** Those whose messages are nothing but the command. Of these, SUB, XSUB and PULL cannot answer. */
const CONTROL_TYPES: ReadonlySet<string> = new Set(["PAIR", "REP", "DEALER", "SUB", "XSUB", "PULL"]);
const CANNOT_ANSWER: ReadonlySet<string> = new Set(["SUB", "XSUB", "PULL"]);

export function canControl(core: SocketCore): boolean {
  return CONTROL_TYPES.has(core.type);
}

/**
 * What a peer sends here never ends the proxy but by TERMINATE: unknown commands are passed over (libzmq does so too),
 * and so is STATISTICS where the socket cannot answer (libzmq's proxy fails).
 */
export class RelayControl implements Controller {
  readonly #core: SocketCore;
  /** An answer waits for room: the next command waits for it. */
  #isBlocked = false;

  constructor(core: SocketCore) {
    this.#core = core;
  }

  obey(relay: Relay): void {
    while (!this.#isBlocked && !relay.isOver && this.#core.isReadable) {
      const message = this.#core.tryReceive();
      if (message === undefined) return;
      this.#obeyOne(relay, message.length === 1 ? toLatin1(message[0]!) : "");
    }
  }

  #obeyOne(relay: Relay, command: string): void {
    let answer: Message | undefined = this.#core.type === "REP" ? [EMPTY] : undefined;
    if (command === "PAUSE") relay.pause();
    else if (command === "RESUME") relay.resume();
    else if (command === "STATISTICS" && !CANNOT_ANSWER.has(this.#core.type))
      answer = statisticsMessage(relay.statistics());
    if (answer !== undefined) this.#send(relay, answer);
    if (command === "TERMINATE") relay.terminate();
  }

  #send(relay: Relay, answer: Message): void {
    if (this.#core.trySend(answer)) return;
    this.#isBlocked = true;
    this.#core.send(answer).then(
      () => {
        this.#isBlocked = false;
        relay.look();
      },
      (error: unknown) => relay.fail(error),
    );
  }
}

/** Eight parts, each an unsigned number of 64 bits in the order of this machine's bytes, as in libzmq. */
export function statisticsMessage({ frontend, backend }: ProxyStatistics): Message {
  const all = [frontend.received, frontend.sent, backend.received, backend.sent];
  return all.flatMap(({ parts, bytes }) => [u64(parts), u64(bytes)]);
}

function u64(value: number): Uint8Array {
  return view(BigUint64Array.of(BigInt(value)));
}
