/** Authentication beside calls that block, in the shape of pyzmq's `zmq.auth`. */
import type { AuthenticatorEvent } from "../tools/authenticator.ts";
import { curveKeyPair } from "../tools/curve-keys.ts";
import { Context } from "./context.ts";
import { Helper, helper } from "./helper.ts";

/** For `configureCurve`: every client that has a key, whichever. */
export const CURVE_ALLOW_ANY = "*";

/** As `PlainOptions` of the main entry, without the callback: that would be in another thread. */
export interface ThreadPlainOptions {
  /** Of the server's ZAP_DOMAIN; default "*", every domain that has no configuration of its own. */
  domain?: string;
  /** User name → password. */
  passwords: Readonly<Record<string, string>>;
}

export interface ThreadCurveOptions {
  domain?: string;
  /** A folder of public certificates, `*.key`, or CURVE_ALLOW_ANY. */
  location?: string;
  /** In place of a folder: the clients' public keys as Z85 text. */
  keys?: readonly string[];
}

/**
 * Decides, in a thread of its own, which peers the sockets of a context let in. pyzmq:
 * `zmq.auth.thread.ThreadAuthenticator`; `Authenticator` of the main entry without threads.
 */
export class ThreadAuthenticator {
  readonly #context: Context;
  #helper: Helper | undefined;

  /** @throws TypeError */
  constructor(context: Context) {
    if (!(context instanceof Context)) throw new TypeError("an authenticator needs a Context of zmq-ts/sync");
    this.#context = context;
  }

  /** Begins to decide. Before peers come. @throws ZmqError EADDRINUSE when the context has a ZAP handler already */
  start(): void {
    if (this.#helper !== undefined) return;
    const helper = new Helper(this.#context.share());
    try {
      helper.call("start");
    } catch (error) {
      helper.stop();
      throw error;
    }
    this.#helper = helper;
  }

  /** Decides no more. To be called before the context is terminated. May be called twice. */
  stop(): void {
    const helper = this.#helper;
    this.#helper = undefined;
    helper?.call("stop");
    helper?.stop();
  }

  get isAlive(): boolean {
    return this.#helper !== undefined;
  }

  /** Only these IP addresses may come, and must pass what their mechanism asks. @throws ZmqError EINVAL together with `deny` */
  allow(...addresses: string[]): void {
    this.#started().call("allow", ...addresses);
  }

  /** These IP addresses may not come, all others may. @throws ZmqError EINVAL together with `allow` */
  deny(...addresses: string[]): void {
    this.#started().call("deny", ...addresses);
  }

  /** Who may come in by PLAIN. Without this nobody may. */
  configurePlain({ domain = "*", passwords }: ThreadPlainOptions): void {
    this.#started().call("configurePlain", { domain, users: passwords });
  }

  /** Who may come in by CURVE. Without this nobody may. @throws ZmqError ENOENT, EACCES, EINVAL for a folder or a key */
  configureCurve({ domain = "*", location, keys }: ThreadCurveOptions): void {
    const chosen = keys === undefined ? { folder: location } : { keys };
    this.#started().call("configureCurve", { domain, ...chosen });
  }

  /** What was decided since the last call, in order. */
  events(): AuthenticatorEvent[] {
    const helper = this.#started();
    helper.listen();
    return helper.events.splice(0) as AuthenticatorEvent[];
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #started(): Helper {
    if (this.#helper === undefined) throw new Error("the authenticator does not run: call start() first");
    return this.#helper;
  }
}

/** `zmq_curve_keypair`: a public and a secret key as Z85 text. */
export function curveKeypair(): [publicKey: string, secretKey: string] {
  const { publicKey, secretKey } = curveKeyPair();
  return [publicKey, secretKey];
}

/** Writes `name.key` and `name.key_secret` into a folder. @throws ZmqError ENOENT, EEXIST, EINVAL */
export function createCertificates(
  folder: string,
  name: string,
  metadata: Readonly<Record<string, string>> = {},
): [publicFile: string, secretFile: string] {
  const files = helper().call("createCertificates", folder, name, { metadata });
  const { publicFile, secretFile } = files as { publicFile: string; secretFile: string };
  return [publicFile, secretFile];
}

/** The keys in a certificate; null for a secret one that is not in it. @throws ZmqError ENOENT, EACCES, EINVAL */
export function loadCertificate(file: string): [publicKey: string, secretKey: string | null] {
  const keys = helper().call("loadCertificate", file) as { publicKey: string; secretKey?: string };
  return [keys.publicKey, keys.secretKey ?? null];
}
