/** What the engine needs from below: a connection that moves bytes. Implemented by `transports/`. */

export interface ByteStream {
  /**
   * Hands over bytes, in order. They belong to the stream until `isIdle`. False: the stream holds more than it
   * wants; nothing more until `StreamHandler.drained`. After `end` or `destroy` a no-op.
   */
  write(bytes: Uint8Array): boolean;
  /** The same for several blocks with one system call where the runtime can. */
  writeAll(blocks: readonly Uint8Array[]): boolean;
  /** True when nothing written is held in memory any more: the blocks may be used again. */
  readonly isIdle: boolean;
  /** Asks for `StreamHandler.drained` once `isIdle`, also where no write said false. */
  awaitIdle(): void;
  /** Stops and restarts `StreamHandler.received`: nothing comes in between, but `closed` may. */
  pause(): void;
  resume(): void;
  /** Sends what was written, then closes; what arrives meanwhile is thrown away. */
  end(): void;
  /** Closes now and drops what is unsent. May be called twice. Never calls back. */
  destroy(): void;
  /** Address of this side and the other, as endpoints without scheme: `127.0.0.1:5555`. */
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** What message properties and ZAP handlers know the peer by: its IP address; `localhost` where it has none. */
  readonly peerAddress: string;
  /**
   * Set where the stream keeps blocks apart, as WebSockets do: the subprotocol that both sides have agreed on, which takes
   * the greeting's place; see `wire/zws.ts`. Each block of `writeAll` is a message then, and `received` is given whole ones.
   */
  readonly subprotocol?: string;
  /** Asks the peer for a sign of life, by the stream's own means; `StreamHandler.alive` tells of it. */
  ping?(): void;
}

/** What a stream tells its user. Nothing comes after `closed`. */
export interface StreamHandler {
  /** The chunk is the handler's from now on. */
  received(chunk: Uint8Array): void;
  /**
   * Where the handler would like the next bytes: the rest of a long frame. A stream that can reads straight into it and
   * gives `received` the part it filled. Asked anew after each chunk.
   */
  room?(): Uint8Array | undefined;
  drained(): void;
  /** The peer has answered `ByteStream.ping`. */
  alive?(): void;
  /**
   * The connection is gone, by the peer (no error) or by a failure. A `ZmqError` is the stream's own verdict: the peer has
   * broken the rules of its protocol. Not called after the user's own `destroy`.
   */
  closed(error?: Error): void;
}
