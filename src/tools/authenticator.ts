/**
 * `Authenticator`: decides which peers the sockets of a context let in, by address, by user name and password, by CURVE
 * key. It is the ZAP handler of its context, on a socket of its own. pyzmq: zmq.auth.Authenticator; CZMQ: zauth.c.
 *
 *   connection ── question ──► inproc://zeromq.zap.01 ──► address? ──► mechanism ──► reply
 */
import { type Context, context as globalContext } from "../api/context.ts";
import { coreOf } from "../api/core-of.ts";
import { Router } from "../api/router.ts";
import type { Message } from "../core/pattern.ts";
import { parseKey } from "../security/curve-keys.ts";
import { z85Encode } from "../security/z85.ts";
import {
  encodeProperties,
  encodeZapReply,
  parseZapRequest,
  type ZapRequest,
} from "../security/zap-handler.ts";
import { fromText, isSecretEqual, toText } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import { CertificateFolder } from "./certificate-folder.ts";

const ENDPOINT = "inproc://zeromq.zap.01";

/** For `configureCurve`: every client that has a key, whichever. */
export const CURVE_ALLOW_ANY = "*";

/** Who asks, for callbacks that decide. */
export interface Asker {
  domain: string;
  /** IP address; `localhost` over ipc. */
  address: string;
  /** The routing id of the server's socket. */
  routingId: string;
}

/** What a callback says: no, yes, or yes and who it is. Metadata become properties of the peer's messages. */
export type Verdict = boolean | { userId?: string; metadata?: Record<string, string> };

export interface PlainOptions {
  /** Of the server's `zapDomain`; default "*", every domain that has no configuration of its own. */
  domain?: string;
  /** User name → password. */
  users?: Readonly<Record<string, string>>;
  /** In place of `users`: where passwords are kept elsewhere. */
  verify?: (username: string, password: string, asker: Asker) => Verdict | Promise<Verdict>;
}

export interface CurveOptions {
  domain?: string;
  /** A folder of public certificates, `*.key`; what changes in it counts at once. */
  folder?: string;
  /** The clients' public keys, Z85 text or 32 bytes, or CURVE_ALLOW_ANY. */
  keys?: typeof CURVE_ALLOW_ANY | readonly (string | Uint8Array)[] | ReadonlySet<string | Uint8Array>;
  /** In place of these: where keys are kept elsewhere. The key comes as Z85 text. */
  verify?: (publicKey: string, asker: Asker) => Verdict | Promise<Verdict>;
}

/** A decision, or why there is none. Never holds a password. */
export interface AuthenticatorEvent {
  /** `error`: a callback or a folder failed, and the peer stays out for that. */
  type: "allowed" | "denied" | "error";
  mechanism: string;
  domain: string;
  address: string;
  /** Who came in: user name, key or what the callback said; of those who did not, whom they claim to be. */
  userId: string;
  reason: string;
  error?: unknown;
}

type Listener = (event: AuthenticatorEvent) => void;

/** 200 who, 400 why not, 500 why there is no decision. */
interface Decision {
  status: 200 | 400 | 500;
  userId: string;
  reason: string;
  /** As the reply has them. */
  metadata: Uint8Array;
  error?: unknown;
}

const NOTHING: Uint8Array = encodeProperties({});

type Judge = (credentials: Uint8Array[], asker: Asker) => Decision | Promise<Decision>;

export class Authenticator {
  readonly #context: Context;
  readonly #allowed = new Set<string>();
  readonly #denied = new Set<string>();
  /** Mechanism → domain → who decides. */
  readonly #judges = { PLAIN: new Map<string, Judge>(), CURVE: new Map<string, Judge>() };
  readonly #listeners = new Map<AuthenticatorEvent["type"], Set<Listener>>();
  #socket: Router | undefined;

  /** For the sockets of this context; without one, for those that were given none. */
  constructor(options: { context?: Context } = {}) {
    this.#context = options.context ?? globalContext;
  }

  get isRunning(): boolean {
    return this.#socket !== undefined && !this.#socket.closed;
  }

  /**
   * Begins to decide. Before the first peer comes: without an authenticator NULL and CURVE let everybody in. Does not
   * hold the process. @throws ZmqError EADDRINUSE when the context has one already
   */
  start(): void {
    if (this.isRunning) return;
    const socket = new Router({ context: this.#context, linger: 0, sendHighWaterMark: 0 });
    try {
      socket.bindSync(ENDPOINT);
    } catch (error) {
      socket.close();
      const reason = "this context has an authenticator, or another ZAP handler, already; stop that first";
      throw new ZmqError("EADDRINUSE", reason, { address: ENDPOINT, cause: error });
    }
    this.#socket = socket;
    void this.#serve(socket);
  }

  /** Decides no more. Peers that wait for a decision stay out. May be called twice. */
  stop(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  /**
   * Only these IP addresses may come, and must pass what their mechanism asks. Each call adds some.
   * @throws ZmqError EINVAL together with `deny`
   */
  allow(...addresses: string[]): void {
    checkAddresses(addresses, this.#denied);
    for (const address of addresses) this.#allowed.add(address);
  }

  /** These IP addresses may not come, all others may. Each call adds some. @throws ZmqError EINVAL together with `allow` */
  deny(...addresses: string[]): void {
    checkAddresses(addresses, this.#allowed);
    for (const address of addresses) this.#denied.add(address);
  }

  /**
   * Who may come in by PLAIN. Without this nobody may. Replaces what was said of the domain before.
   * @throws TypeError unless there is one of `users` and `verify`
   */
  configurePlain({ domain = "*", users, verify }: PlainOptions): void {
    if ((users === undefined) === (verify === undefined))
      throw new TypeError("configurePlain needs users or verify, one of the two");
    const judge: Judge =
      users === undefined
        ? async ([name, password], asker) => {
            const username = toText(name!);
            return decided(await verify!(username, toText(password!), asker), username);
          }
        : byTable(users);
    this.#judges.PLAIN.set(domain, judge);
  }

  /**
   * Who may come in by CURVE. Without this nobody may. Replaces what was said of the domain before. Resolves when a
   * folder has been read.
   * @throws TypeError unless there is one of `folder`, `keys` and `verify`; ZmqError EINVAL for a key that is none; as
   * rejections ENOENT, EACCES, EINVAL for a folder that cannot be read
   */
  configureCurve({ domain = "*", folder, keys, verify }: CurveOptions): Promise<void> {
    const given = [folder, keys, verify].filter((choice) => choice !== undefined);
    if (given.length !== 1)
      throw new TypeError("configureCurve needs folder, keys or verify, one of the three");
    let judge: Judge;
    let ready = Promise.resolve();
    if (verify !== undefined) {
      judge = async ([key], asker) => {
        const publicKey = z85Encode(key!);
        return decided(await verify(publicKey, asker), publicKey);
      };
    } else if (keys === CURVE_ALLOW_ANY || folder === CURVE_ALLOW_ANY) {
      judge = ([key]) => accepted(z85Encode(key!));
    } else if (keys !== undefined) judge = byKeys(keys);
    else {
      const certificates = new CertificateFolder(folder!, (error) => this.#fault(domain, error));
      judge = byFolder(certificates);
      ready = certificates.refresh();
    }
    this.#judges.CURVE.set(domain, judge);
    return ready;
  }

  /** Decisions and faults as they come. Listeners are called after the reply is sent. */
  on(type: AuthenticatorEvent["type"], listener: Listener): this {
    let listeners = this.#listeners.get(type);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(type, listeners);
    }
    listeners.add(listener);
    return this;
  }

  off(type: AuthenticatorEvent["type"], listener: Listener): this {
    this.#listeners.get(type)?.delete(listener);
    return this;
  }

  // ---- deciding

  async #serve(socket: Router): Promise<void> {
    const core = coreOf(socket);
    try {
      // One question may wait for a callback while others are answered.
      for (;;) void this.#answer(socket, await core.receive({ background: true }));
    } catch {
      // Stopped, or the context was shut down: then the socket is still to be closed.
      socket.close();
    }
  }

  async #answer(socket: Router, message: Message): Promise<void> {
    const request = parseZapRequest(message);
    // Nobody to answer.
    if (request === undefined) return;
    const decision = await this.#decide(request);
    // Nobody waits for it where the peer has gone; and where this was stopped meanwhile it shall decide nothing more.
    if (this.#socket !== socket || socket.closed) return;
    const { status, userId, reason, metadata } = decision;
    const isIn = status === 200;
    const frames = encodeZapReply(request, {
      status,
      text: reason,
      userId: isIn ? userId : "",
      metadata: isIn ? metadata : NOTHING,
    });
    try {
      coreOf(socket).trySend(frames);
    } catch {
      // The context has been shut down, and all that wait with it.
      return;
    }
    this.#tell({
      type: isIn ? "allowed" : status === 400 ? "denied" : "error",
      mechanism: request.mechanism,
      domain: request.domain,
      address: request.address,
      userId,
      reason,
      ...(decision.error !== undefined && { error: decision.error }),
    });
  }

  async #decide(request: ZapRequest): Promise<Decision> {
    const { fault, mechanism, domain, address, credentials } = request;
    if (fault !== undefined) return refused(fault);
    if (this.#allowed.size > 0 && !this.#allowed.has(address)) return refused("the address is not allowed");
    if (this.#denied.has(address)) return refused("the address is denied");
    if (mechanism === "NULL") return accepted("anonymous");
    if (mechanism !== "PLAIN" && mechanism !== "CURVE")
      return refused(`there is no decision about the mechanism ${mechanism}`);
    const judges = this.#judges[mechanism];
    const judge = judges.get(domain) ?? judges.get("*");
    if (judge === undefined)
      return refused(`${mechanism} is not configured for the domain ${JSON.stringify(domain)}`);
    try {
      return await judge(credentials, { domain, address, routingId: request.routingId });
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return { status: 500, userId: "", reason: `deciding failed: ${text}`, metadata: NOTHING, error };
    }
  }

  #fault(domain: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#tell({ type: "error", mechanism: "CURVE", domain, address: "", userId: "", reason, error });
  }

  #tell(event: AuthenticatorEvent): void {
    for (const listener of [...(this.#listeners.get(event.type) ?? [])]) {
      // What it throws is uncaught, as with any emitter, and none of our business.
      queueMicrotask(() => listener(event));
    }
  }
}

function checkAddresses(addresses: readonly string[], others: ReadonlySet<string>): void {
  for (const address of addresses) {
    if (typeof address !== "string" || address === "")
      throw new TypeError("an address is the text of an IP address");
  }
  if (others.size > 0)
    throw new ZmqError("EINVAL", "use allow or deny, not both: allow alone keeps all others out");
}

function refused(reason: string, userId = ""): Decision {
  return { status: 400, userId, reason, metadata: NOTHING };
}

function accepted(userId: string, metadata: Record<string, string> = {}): Decision {
  return { status: 200, userId, reason: "OK", metadata: encodeProperties(metadata) };
}

/** A callback's word; `claim` is who the peer says it is. Only a clear yes is one. */
function decided(verdict: Verdict, claim: string): Decision {
  if (verdict === true) return accepted(claim);
  if (typeof verdict === "object" && verdict !== null)
    return accepted(verdict.userId ?? claim, verdict.metadata);
  return refused("the callback said no", claim);
}

function byTable(table: Readonly<Record<string, string>>): Judge {
  const users = new Map(Object.entries(table));
  for (const [name, password] of users) {
    if (typeof password !== "string")
      throw new TypeError(`the password of ${JSON.stringify(name)} must be a string`);
  }
  return ([name, password]) => {
    const username = toText(name!);
    const expected = users.get(username);
    if (expected === undefined) return refused("there is no such user", username);
    return isSecretEqual(password!, fromText(expected))
      ? accepted(username)
      : refused("the password is wrong", username);
  };
}

function byKeys(keys: string | Iterable<string | Uint8Array>): Judge {
  const known = new Set<string>();
  // A text is iterable too, and would be taken for forty keys.
  const list = typeof keys === "string" || keys instanceof Uint8Array ? [keys] : keys;
  for (const key of list) known.add(z85Encode(parseKey("a key of configureCurve", key)));
  return ([key]) => {
    const publicKey = z85Encode(key!);
    return known.has(publicKey) ? accepted(publicKey) : refused("the key is not known", publicKey);
  };
}

function byFolder(certificates: CertificateFolder): Judge {
  return async ([key]) => {
    const publicKey = z85Encode(key!);
    const found = await certificates.find(publicKey);
    if (found === undefined) return refused("the folder has no certificate with this key", publicKey);
    return accepted(publicKey, found.metadata);
  };
}
