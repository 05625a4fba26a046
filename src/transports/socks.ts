/**
 * SOCKS5, the client's side, no matter what bytes travel over: greeting, user name and password where one is set, and
 * the request to connect. Host names go to the proxy as they are. RFC 1928, RFC 1929; libzmq: socks_connecter.cpp.
 *
 *   choice ──► [authentication ──►] reply ──► over: all that comes is the peer's
 */
import { parseAddress } from "../core/accept-filter.ts";
import { formatHostPort, type HostPort } from "../core/endpoint.ts";
import { bytesOf, type OptionValues } from "../core/options.ts";
import type { ByteStream, Dial, DialCallbacks, StreamHandler } from "../core/transport.ts";
import { EMPTY, fromText } from "../util/bytes.ts";
import { type ErrnoCode, ZmqError } from "../util/errors.ts";

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const USER_AND_PASSWORD = 2;
const CONNECT = 1;
const IPV4 = 1;
const NAME = 3;
const IPV6 = 4;

/** RFC 1928 "Replies". */
const REFUSALS: readonly [code: ErrnoCode, text: string][] = [
  ["EPROTO", "it gave no reason"],
  ["EPROTO", "general failure"],
  ["EACCES", "its rules do not allow it"],
  ["ENETUNREACH", "network unreachable"],
  ["EHOSTUNREACH", "host unreachable"],
  ["ECONNREFUSED", "connection refused"],
  ["ETIMEDOUT", "the way was too long"],
  ["EPROTO", "it cannot connect"],
  ["EPROTO", "it does not know this kind of address"],
];

/** Dials the proxy by `dialProxy`, and `target` through it. */
export function throughProxy(
  target: HostPort,
  options: OptionValues,
  callbacks: DialCallbacks,
  dialProxy: (callbacks: DialCallbacks) => Dial,
): Dial {
  let dialogue: Dialogue | undefined;
  const dial = dialProxy({
    connected(stream) {
      dialogue = new Dialogue(stream, target, options, callbacks);
      return dialogue;
    },
    failed: callbacks.failed,
  });
  return {
    cancel() {
      dial.cancel();
      dialogue?.cancel();
    },
  };
}

class Dialogue implements StreamHandler {
  readonly #stream: ByteStream;
  readonly #target: HostPort;
  readonly #user: Uint8Array | undefined;
  readonly #password: Uint8Array;
  readonly #callbacks: DialCallbacks;
  /** Takes an answer from the front of the bytes: how long it was, or undefined when more must come. */
  #step: (bytes: Uint8Array) => number | undefined = (bytes) => this.#choice(bytes);
  #unread: Uint8Array = EMPTY;
  /** The peer's side, once the proxy has connected. */
  #handler: StreamHandler | undefined;
  #isOver = false;

  constructor(stream: ByteStream, target: HostPort, options: OptionValues, callbacks: DialCallbacks) {
    this.#stream = stream;
    this.#target = target;
    this.#user = bytesOf(options.socksUsername);
    this.#password = bytesOf(options.socksPassword) ?? EMPTY;
    this.#callbacks = callbacks;
    stream.write(Uint8Array.of(VERSION, 1, this.#user === undefined ? NO_AUTHENTICATION : USER_AND_PASSWORD));
  }

  cancel(): void {
    if (this.#handler !== undefined || this.#isOver) return;
    this.#isOver = true;
    this.#stream.destroy();
  }

  // ---- from the stream

  received(chunk: Uint8Array): void {
    if (this.#handler !== undefined) this.#handler.received(chunk);
    else if (!this.#isOver) this.#advance(chunk);
  }

  room(): Uint8Array | undefined {
    return this.#handler?.room?.();
  }

  drained(): void {
    this.#handler?.drained();
  }

  closed(error?: Error): void {
    if (this.#handler !== undefined) this.#handler.closed(error);
    else this.#fail(error ?? new ZmqError("ECONNRESET", "the SOCKS proxy closed the connection"));
  }

  // ---- the dialogue

  #advance(chunk: Uint8Array): void {
    let bytes = chunk;
    if (this.#unread.length > 0) {
      bytes = new Uint8Array(this.#unread.length + chunk.length);
      bytes.set(this.#unread);
      bytes.set(chunk, this.#unread.length);
    }
    try {
      while (this.#handler === undefined) {
        const used = this.#step(bytes);
        if (used === undefined) break;
        bytes = bytes.subarray(used);
      }
    } catch (error) {
      this.#fail(error as Error);
      return;
    }
    if (this.#handler === undefined) this.#unread = bytes;
    else if (bytes.length > 0) this.#handler.received(bytes);
  }

  #choice(bytes: Uint8Array): number | undefined {
    if (bytes.length < 2) return undefined;
    if (bytes[0] !== VERSION) throw new ZmqError("EPROTO", "the SOCKS proxy does not speak version 5");
    const user = this.#user;
    const method = bytes[1]!;
    if (method === NO_AUTHENTICATION) this.#request();
    else if (method === USER_AND_PASSWORD && user !== undefined) {
      const password = this.#password;
      this.#stream.write(Uint8Array.of(1, user.length, ...user, password.length, ...password));
      this.#step = (answer) => this.#authenticated(answer);
    } else {
      const hint = user === undefined ? "set socksUsername and socksPassword" : "it takes no passwords";
      throw new ZmqError("EACCES", `the SOCKS proxy wants another authentication; ${hint}`);
    }
    return 2;
  }

  #authenticated(bytes: Uint8Array): number | undefined {
    if (bytes.length < 2) return undefined;
    if (bytes[0] !== 1) throw new ZmqError("EPROTO", "the SOCKS proxy gave a malformed answer");
    if (bytes[1] !== 0)
      throw new ZmqError("EACCES", "the SOCKS proxy refused socksUsername and socksPassword");
    this.#request();
    return 2;
  }

  #request(): void {
    const { host, port } = this.#target;
    const literal = parseAddress(host);
    const name = literal === undefined ? fromText(host) : EMPTY;
    if (name.length > 255) throw new ZmqError("EINVAL", `SOCKS takes host names of up to 255 bytes: ${host}`);
    const address =
      literal === undefined ? [NAME, name.length, ...name] : [literal.length === 4 ? IPV4 : IPV6, ...literal];
    this.#stream.write(Uint8Array.of(VERSION, CONNECT, 0, ...address, port >> 8, port & 255));
    this.#step = (bytes) => this.#reply(bytes);
  }

  #reply(bytes: Uint8Array): number | undefined {
    if (bytes.length < 5) return undefined;
    const [version, reply = 0, reserved, kind, nameLength = 0] = bytes;
    const addressLength = kind === IPV4 ? 4 : kind === IPV6 ? 16 : kind === NAME ? nameLength + 1 : undefined;
    if (version !== VERSION || reserved !== 0 || addressLength === undefined || reply >= REFUSALS.length)
      throw new ZmqError("EPROTO", "the SOCKS proxy gave a malformed reply");
    if (reply > 0) {
      const [code, text] = REFUSALS[reply]!;
      const target = formatHostPort(this.#target.host, this.#target.port);
      throw new ZmqError(code, `the SOCKS proxy did not connect to ${target}: ${text}`);
    }
    const length = 4 + addressLength + 2;
    if (bytes.length < length) return undefined;
    this.#handler = this.#callbacks.connected(this.#stream);
    return length;
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream.destroy();
    this.#callbacks.failed(error);
  }
}
