/**
 * What a transport is. `StreamTransport`s move bytes and get an engine each connection; a `PipeTransport` works on the
 * socket's pipe itself: it joins two sockets directly, or moves whole messages. To add one: a file in `transports/` and its line in `platform/`.
 */
import type { ByteStream, StreamHandler } from "../engine/stream.ts";
import type { Endpoint } from "./endpoint.ts";
import type { OptionValues } from "./options.ts";
import type { SocketPort } from "./socket-port.ts";
import type { SocketTypeName } from "./socket-type.ts";

export type { ByteStream, StreamHandler } from "../engine/stream.ts";

/** One attempt to connect. */
export interface Dial {
  /** Gives the attempt up; neither callback follows. May be called twice. */
  cancel(): void;
}

export interface DialCallbacks {
  /** Connected. The answer receives what the stream has to say; the stream starts when that is returned. */
  connected(stream: ByteStream): StreamHandler;
  failed(error: Error): void;
}

/** A bound endpoint. */
export interface Listening {
  /** The endpoint with everything filled in: `tcp://127.0.0.1:49152`. */
  readonly endpoint: string;
  /** Stops accepting and frees the address; accepted streams live on. Resolves when the address is free. */
  close(): Promise<void>;
}

export interface ListenCallbacks {
  accepted(stream: ByteStream): StreamHandler;
  acceptFailed(error: Error): void;
}

export interface StreamTransport {
  readonly kind: "stream";
  /** Connecting takes no time that is worth a `connect:delay` event: ipc. */
  readonly connectsAtOnce: boolean;
  /** Its streams have a `subprotocol`: they carry frames, not bytes, and so no STREAM socket. */
  readonly keepsBlocks?: boolean;
  /** @throws ZmqError EINVAL when the address can be neither bound nor connected. */
  checkBind(endpoint: Endpoint): void;
  checkConnect(endpoint: Endpoint): void;
  /** Begins to connect; host names are resolved anew each time. Callbacks come later, never from inside. */
  dial(endpoint: Endpoint, options: OptionValues, callbacks: DialCallbacks): Dial;
  /** @throws ZmqError EADDRINUSE, EACCES, ENODEV … as a rejection. */
  listen(endpoint: Endpoint, options: OptionValues, callbacks: ListenCallbacks): Promise<Listening>;
}

/** One end of a direct join: what `disconnect` and `unbind` act upon. */
export interface Joint {
  readonly endpoint: string;
  close(lingerMs: number): void;
}

export interface PipeTransport {
  readonly kind: "pipe";
  /** `bind` answers with the joint itself, not a promise of it. */
  readonly bindsAtOnce: boolean;
  /** @throws ZmqError EADDRINUSE when the name is taken, ENOCOMPATPROTO for a socket type that it cannot serve. */
  bind(endpoint: Endpoint, socket: SocketPort): Joint | Promise<Joint>;
  connect(endpoint: Endpoint, socket: SocketPort): Joint;
  /** The type of the socket that is bound there. */
  typeAt?(endpoint: Endpoint): SocketTypeName | undefined;
}

/** An endpoint that has a life of its own: a dialer, a listener, or one of these in another thread. */
export interface Living {
  readonly endpoint: string;
  /** The endpoint as the user gave it. */
  readonly written: string;
  /** Messages accepted from the socket that no connection has taken. */
  readonly queued: number;
  /** The socket, a PAIR, has its peer already: `start` again when that has gone. */
  readonly isTurnedAway?: boolean;
  start?(): void;
  /** What was sent still goes out within `lingerMs`. Resolves when an address that was bound is free. */
  close(lingerMs: number): void | Promise<void>;
}

/** A stream transport whose endpoints live in another thread. `gone`: see `Dialer`, `Listener`. */
export interface RemoteTransport {
  readonly kind: "remote";
  /** The same in this thread: for an HTTP server, which cannot be handed to another. */
  readonly here: StreamTransport;
  checkBind(endpoint: Endpoint): void;
  checkConnect(endpoint: Endpoint): void;
  bind(endpoint: Endpoint, socket: SocketPort, gone: (one: Living) => void): Promise<Living>;
  /** As `bind`, but blocks the thread: only where that is how the context works. */
  bindSync(endpoint: Endpoint, socket: SocketPort, gone: (one: Living) => void): Living;
  readonly canBlock: boolean;
  connect(endpoint: Endpoint, socket: SocketPort, gone: (one: Living) => void): Living;
}

export type Transport = StreamTransport | PipeTransport | RemoteTransport;
/** Scheme → transport, for one context: inproc names are the context's own. */
export type TransportTable = ReadonlyMap<string, Transport>;
