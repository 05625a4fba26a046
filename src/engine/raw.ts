/**
 * One live connection without a protocol, for STREAM sockets: each chunk is a message of one frame, each frame sent
 * goes out as it is. No handshake, no heartbeat.
 */
import { EMPTY } from "../util/bytes.ts";
import { fromSystem, ZmqError } from "../util/errors.ts";
import { Queue } from "../util/queue.ts";
import type { Connection, ConnectionHost, EnginePipe, Message } from "./connection.ts";
import { flushAfterTurn } from "./flush.ts";
import { Origin } from "./origin.ts";
import { Outbox } from "./outbox.ts";
import type { ByteStream, StreamHandler } from "./stream.ts";

export class RawEngine implements Connection, StreamHandler {
  readonly #stream: ByteStream;
  readonly #host: ConnectionHost;
  readonly #outbox = new Outbox();
  readonly #origin: Origin;
  #pipe: EnginePipe | undefined;
  /** Chunks that came while the pipe was full; the stream is paused, so these are few. */
  readonly #backlog = new Queue<Uint8Array>();
  #paused = false;
  #congested = false;
  #flushPlanned = false;
  #finishing = false;
  #closed = false;

  constructor(stream: ByteStream, host: ConnectionHost) {
    this.#stream = stream;
    this.#host = host;
    this.#origin = new Origin(stream.peerAddress);
  }

  start(): void {
    this.#host.handshaken({
      version: 0,
      minor: 0,
      routingId: EMPTY,
      socketType: "",
      metadata: new Map(),
      origin: this.#origin,
    });
  }

  attach(pipe: EnginePipe): void {
    this.#pipe = pipe;
    this.readable();
  }

  take(message: Message): boolean {
    if (this.#closed || this.#congested) return false;
    for (const frame of message) this.#outbox.raw(frame);
    if (this.#outbox.isFull) this.flush();
    else this.#planFlush();
    return true;
  }

  readable(): void {
    const pipe = this.#pipe;
    while (pipe !== undefined && !this.#closed && !this.#congested) {
      const message = pipe.read();
      if (message === undefined) {
        if (!this.#closed) pipe.isHungry = true;
        break;
      }
      this.take(message);
    }
  }

  writable(): void {
    const pipe = this.#pipe;
    if (!this.#paused || pipe === undefined) return;
    while (pipe.hasRoom()) {
      const chunk = this.#backlog.shift();
      if (chunk === undefined) {
        this.#paused = false;
        this.#stream.resume();
        return;
      }
      pipe.deliver([chunk]);
    }
  }

  finish(): void {
    if (this.#closed || this.#finishing) return;
    this.#finishing = true;
    if (!this.#congested) this.flush();
  }

  abort(): void {
    if (this.#closed) return;
    // What was taken counts as sent, as in the ZMTP engine.
    const isSendable = !this.#congested && !this.#outbox.isEmpty;
    if (isSendable) this.#outbox.flush(this.#stream);
    this.#close();
    if (isSendable) this.#stream.end();
    else this.#stream.destroy();
  }

  received(bytes: Uint8Array): void {
    const pipe = this.#pipe;
    if (pipe === undefined || this.#closed || this.#finishing) return;
    const chunk = this.#origin.own(bytes);
    // The pipe outlives connections and may be full from the last one.
    if (this.#paused || !pipe.hasRoom()) this.#backlog.push(chunk);
    else pipe.deliver([chunk]);
    if (pipe.hasRoom()) return;
    this.#paused = true;
    this.#stream.pause();
  }

  drained(): void {
    this.#congested = false;
    this.readable();
    if (this.#finishing) this.flush();
  }

  closed(error?: Error): void {
    if (this.#closed) return;
    const cause = error
      ? fromSystem(error, "the connection was lost")
      : new ZmqError("ECONNRESET", "the peer closed the connection");
    this.#close();
    this.#stream.destroy();
    this.#host.ended({ kind: "lost", inHandshake: false, error: cause });
  }

  flush(): void {
    this.#flushPlanned = false;
    if (this.#closed || this.#congested) return;
    if (!this.#outbox.isEmpty && !this.#outbox.flush(this.#stream)) {
      this.#congested = true;
      if (this.#pipe !== undefined) this.#pipe.isHungry = false;
      return;
    }
    if (!this.#finishing) return;
    if (!this.#stream.isIdle) {
      this.#congested = true;
      this.#stream.awaitIdle();
      return;
    }
    this.#close();
    this.#stream.end();
    this.#host.ended({ kind: "finished", inHandshake: false });
  }

  #planFlush(): void {
    if (this.#flushPlanned) return;
    this.#flushPlanned = true;
    flushAfterTurn(this);
  }

  #close(): void {
    this.#closed = true;
    this.#outbox.clear();
    this.#backlog.clear();
    if (this.#pipe !== undefined) this.#pipe.isHungry = false;
    this.#pipe = undefined;
  }
}
