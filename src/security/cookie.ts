/**
 * The cookies of CURVE servers: a cookie holds all that a server would have to remember of a client between WELCOME and
 * INITIATE, sealed with a key that the server alone has. 26/CURVEZMQ "The WELCOME Command".
 *
 *   cookie    nonce (16) │ secret box [ C' (32) │ s' (32) ]
 *
 * The key is made with the first cookie that is out, replaced every minute, and wiped when no cookie is out any more. A
 * cookie made under the key before the last is still taken, so one lives for one to two minutes.
 */
import { concat } from "../util/bytes.ts";
import { KEY_SIZE, type Sodium } from "./box.ts";
import { longNonce } from "./curve-commands.ts";

export const COOKIE_SIZE = 96;
const NONCE_SIZE = 16;
const PREFIX = "COOKIE--";
const KEY_LIFE_MS = 60_000;

export interface Cookie {
  clientKey: Uint8Array;
  secretKey: Uint8Array;
}

export class CookieJar {
  readonly #now: () => number;
  #sodium: Sodium | undefined;
  #key: Uint8Array | undefined;
  #former: Uint8Array | undefined;
  #madeAt = 0;
  #outside = 0;

  /** `now`: milliseconds of a clock that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Cookies that may still come back. */
  get outside(): number {
    return this.#outside;
  }

  /** Does it hold a key at this time? */
  get hasKey(): boolean {
    return this.#key !== undefined;
  }

  /** A new cookie, out until `forget`. `nonce`: 16 bytes that never come again. */
  make(sodium: Sodium, nonce: Uint8Array, { clientKey, secretKey }: Cookie): Uint8Array {
    this.#sodium = sodium;
    this.#outside++;
    this.#renew();
    this.#key ??= sodium.random(KEY_SIZE);
    const plain = concat([clientKey, secretKey], 2 * KEY_SIZE);
    const box = sodium.secretBox(plain, longNonce(PREFIX, nonce), this.#key);
    sodium.wipe(plain);
    return concat([nonce, box], COOKIE_SIZE);
  }

  /** What is in it; undefined when it is none of ours, or too old. */
  open(sodium: Sodium, cookie: Uint8Array): Cookie | undefined {
    this.#renew();
    const nonce = longNonce(PREFIX, cookie.subarray(0, NONCE_SIZE));
    const box = cookie.subarray(NONCE_SIZE);
    for (const key of [this.#key, this.#former]) {
      const plain = key && sodium.openSecretBox(box, nonce, key);
      if (plain) return { clientKey: plain.subarray(0, KEY_SIZE), secretKey: plain.subarray(KEY_SIZE) };
    }
    return undefined;
  }

  /** One cookie that was out has come back, or never will. */
  forget(): void {
    this.#outside--;
    if (this.#outside > 0) return;
    this.#drop(this.#key);
    this.#drop(this.#former);
    this.#key = undefined;
    this.#former = undefined;
  }

  #renew(): void {
    const now = this.#now();
    if (this.#key === undefined) {
      this.#madeAt = now;
      return;
    }
    const age = now - this.#madeAt;
    if (age < KEY_LIFE_MS) return;
    this.#drop(this.#former);
    if (age < 2 * KEY_LIFE_MS) this.#former = this.#key;
    else {
      this.#drop(this.#key);
      this.#former = undefined;
    }
    this.#key = this.#sodium!.random(KEY_SIZE);
    this.#madeAt = now;
  }

  #drop(key: Uint8Array | undefined): void {
    if (key !== undefined) this.#sodium!.wipe(key);
  }
}
