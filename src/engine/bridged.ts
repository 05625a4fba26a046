/**
 * An engine in an I/O thread, whose socket is in another: what the bridge between the two has from it beside messages. It
 * takes frames as they lie in the ring, and says which long ones it is done with.
 */
import { View } from "../util/bytes.ts";
import { LONG, MORE, smallLength } from "../wire/frame.ts";
import type { EngineBridge, EnginePipe, Forwarder, Message } from "./connection.ts";
import { BY_REFERENCE, type FrameOutbox, type Sealing } from "./outbox.ts";
import type { ByteStream } from "./stream.ts";

/** What of the engine is needed here. */
export interface BridgedEngine {
  seal(flags: number, body: Uint8Array): void;
  /** At the end of the turn, or now if that is much. */
  flushSoon(): void;
}

/** An engine, what it sends with, and how. */
export type EngineParts = [
  engine: BridgedEngine,
  outbox: FrameOutbox,
  stream: ByteStream,
  options: { sendsSubscriptions: boolean },
  sealing: Sealing | undefined,
];

export class Bridged implements Forwarder {
  readonly #engine: BridgedEngine;
  readonly #bridge: EngineBridge;
  readonly #outbox: FrameOutbox;
  readonly #stream: ByteStream;
  /** What sealed frames are made of is not needed any more. */
  readonly #isSealing: boolean;
  /** Bodies that went by reference since everything was last with the system. */
  readonly #lent: Uint8Array[] = [];

  constructor(
    pipe: EnginePipe,
    bridge: EngineBridge,
    [engine, outbox, stream, options, sealing]: EngineParts,
  ) {
    this.#engine = engine;
    this.#bridge = bridge;
    this.#outbox = outbox;
    this.#stream = stream;
    this.#isSealing = sealing !== undefined;
    const isEncodedAlike = outbox.shared !== undefined && outbox.framing === 2;
    if ((this.#isSealing || isEncodedAlike) && !options.sendsSubscriptions) pipe.forwarder = this;
  }

  takeFrames(bytes: Uint8Array): void {
    if (this.#isSealing) this.#sealAll(bytes);
    else this.#outbox.raw(bytes);
    this.#engine.flushSoon();
  }

  #sealAll(frames: Uint8Array): void {
    const { buffer, byteOffset, length } = frames;
    for (let at = 0; at < length; ) {
      const flags = frames[at]!;
      const isLong = (flags & LONG) !== 0;
      const size = isLong ? smallLength(frames, at + 1) : frames[at + 1]!;
      at += isLong ? 9 : 2;
      this.#engine.seal(flags & MORE, new View(buffer, byteOffset + at, size));
      at += size;
    }
  }

  /** The message is in the outbox. */
  encoded(message: Message): void {
    for (let i = 0; i < message.length; i++) {
      const body = message[i]!;
      if (body.length < BY_REFERENCE) continue;
      if (this.#isSealing) this.#bridge.spent(body);
      else this.#lent.push(body);
    }
  }

  /** Perhaps everything is with the system. */
  settle(): void {
    const lent = this.#lent;
    if (lent.length === 0 || !this.#outbox.isEmpty || !this.#stream.isIdle) return;
    for (let i = 0; i < lent.length; i++) this.#bridge.spent(lent[i]!);
    lent.length = 0;
  }
}
