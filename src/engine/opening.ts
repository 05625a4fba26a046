/**
 * An engine before its first message: what must be loaded, the time that a handshake may take, and the question to the ZAP
 * handler. Meanwhile a peer that nobody knows yet must not fill our memory.
 *
 *   loading ── what comes is kept, and the stream paused ──► handshake ──► question ── what comes is counted ──► verdict
 */
import type { Clock, Timer } from "../util/clock.ts";
import { fromSystem, ZmqError } from "../util/errors.ts";
import { warnOnce } from "../util/warn.ts";
import type { ConnectionHost, Ending, Message, Peer } from "./connection.ts";
import type { Handshake } from "./handshake.ts";
import type { ByteStream } from "./stream.ts";

/** Bytes of one handshake command: a peer that nobody knows yet shall not fill our memory. */
export const HANDSHAKE_MAX = 16_384;
/** Bytes that come, with the command that raised it, while a question to the ZAP handler is open. */
const HELD_BACK_MAX = 2 * HANDSHAKE_MAX;

/** What the opening has to say to its engine. */
export interface Opened {
  /** The connection has ended, or is about to. */
  readonly isOver: boolean;
  /** Bytes that were kept while something was loaded. */
  received(chunk: Uint8Array): void;
  /** All of them have been given. */
  caughtUp(): void;
  /** The peer has passed. @throws ZmqError when the socket will not have it */
  handshaken(peer: Peer): void;
  /** Sends what the handshake has put into the outbox. */
  flush(): void;
  /** Goes on with what was held back for the verdict. @throws ZmqError */
  resume(): void;
  end(kind: Ending["kind"], error: ZmqError): void;
  /** The peer was refused, and shall hear of it. */
  turnAway(error: ZmqError): void;
}

export class Opening {
  readonly #handshake: Handshake;
  readonly #stream: ByteStream;
  readonly #host: ConnectionHost;
  readonly #engine: Opened;
  #timer: Timer | undefined;
  /** What came before the handshake could begin: one chunk, the next waits in the system. */
  #early: Uint8Array[] | undefined;
  #heldBack = 0;

  constructor(handshake: Handshake, stream: ByteStream, host: ConnectionHost, engine: Opened) {
    this.#handshake = handshake;
    this.#stream = stream;
    this.#host = host;
    this.#engine = engine;
  }

  /** Begins, within so many ms; 0: in any time. */
  start(clock: Clock, limitMs: number): void {
    if (limitMs > 0) {
      this.#timer = clock.after(limitMs, () =>
        this.#engine.end("timeout", new ZmqError("EAGAIN", `the handshake took longer than ${limitMs} ms`)),
      );
    }
    const prepared = this.#handshake.prepare();
    if (prepared === undefined) this.#begin();
    else this.#startAfter(prepared);
  }

  #begin(): void {
    this.#handshake.start();
    this.#engine.flush();
  }

  #startAfter(prepared: Promise<void>): void {
    const early: Uint8Array[] = [];
    this.#early = early;
    prepared.then(
      () => {
        this.#early = undefined;
        if (this.#engine.isOver) return;
        this.#begin();
        for (const chunk of early) this.#engine.received(chunk);
        if (early.length > 0) this.#engine.caughtUp();
      },
      (error: unknown) => {
        const reason = fromSystem(error, "the security mechanism is not available");
        // The event is easily missed, and nothing would ever come of this socket.
        if (!this.#engine.isOver) warnOnce("ZMQ_SECURITY_NOT_AVAILABLE", reason.message);
        this.#engine.end("protocol", reason);
      },
    );
  }

  /** True when the bytes are kept for later. */
  keeps(bytes: Uint8Array): boolean {
    if (this.#early === undefined) return false;
    this.#early.push(bytes);
    this.#stream.pause();
    return true;
  }

  /** Reads on while a question is open, to hear when the peer gives up waiting. There is little it can have to say. */
  holdBack(length: number): void {
    this.#heldBack += length;
    if (this.#heldBack <= HELD_BACK_MAX) return;
    const text = `the peer sent over ${HELD_BACK_MAX} bytes before it was let in`;
    this.#engine.end("protocol", new ZmqError("ERR_ZMTP_UNEXPECTED_COMMAND", text));
  }

  /** Asks the ZAP handler what the mechanism wants to know, if anything. @throws ZmqError */
  ask(): void {
    const request = this.#handshake.takeRequest();
    if (request === undefined) return;
    if (!this.#host.authenticate(request, (reply) => this.#judge(reply))) this.#judge(undefined);
  }

  /** Its answer, or undefined for want of a handler. A connection that has ended meanwhile needs none. */
  #judge(reply: Message | undefined): void {
    const engine = this.#engine;
    if (engine.isOver) return;
    let peer: Peer | undefined;
    try {
      peer = this.#handshake.judge(reply);
    } catch (cause) {
      const error = fromSystem(cause, "the verdict on the peer could not be carried out");
      if (error.code === "ERR_AUTHENTICATION") engine.turnAway(error);
      else engine.end("protocol", error);
      return;
    }
    try {
      if (peer !== undefined) engine.handshaken(peer);
      // The socket may have turned the peer away.
      if (engine.isOver) return;
      engine.flush();
      engine.resume();
    } catch (error) {
      engine.end("protocol", fromSystem(error, "decoding failed"));
    }
  }

  /** The handshake is over, or the connection is. */
  end(): void {
    this.#timer?.cancel();
  }
}
