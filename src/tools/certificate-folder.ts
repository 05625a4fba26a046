/**
 * A folder of public certificates as an authenticator sees it: looked at anew for every question, read anew where
 * something has changed. So a certificate that is put in lets its owner in, and one that is taken out keeps them out.
 * CZMQ: zcertstore.c.
 */
import { loadFiles } from "#platform";
import { fromSystem } from "../util/errors.ts";
import { type Certificate, checkFolder, loadCertificate } from "./certificate.ts";

/** Two changes so close together may leave a file with the same times: what was young when it was read is read again. */
const YOUNG_MS = 2000;
const SUFFIX = ".key";

interface Entry {
  /** The file's times, size and number, as they were before it was read. */
  state: string;
  /** It may have changed since without showing it. */
  wasYoung: boolean;
  certificate: Certificate | undefined;
}

export class CertificateFolder {
  readonly #folder: string;
  /** Told of files that are no certificates, once for each state of the file. */
  readonly #onFault: (error: unknown) => void;
  #entries = new Map<string, Entry>();
  #byKey = new Map<string, Certificate>();
  #reading: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(folder: string, onFault: (error: unknown) => void) {
    this.#folder = folder;
    this.#onFault = onFault;
  }

  /** The certificate with this public key, as the folder is now. @throws (rejects) ZmqError when it cannot be read */
  async find(publicKey: string): Promise<Certificate | undefined> {
    await this.refresh();
    return this.#byKey.get(publicKey);
  }

  /** What this resolves to is not older than the call; calls that come during a look share the next one. */
  refresh(): Promise<void> {
    if (this.#reading === undefined) {
      this.#reading = this.#read().finally(() => {
        this.#reading = undefined;
      });
      return this.#reading;
    }
    this.#next ??= this.#reading
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.refresh();
      });
    return this.#next;
  }

  async #read(): Promise<void> {
    const { readdir } = await loadFiles();
    let names: string[];
    try {
      names = await readdir(this.#folder);
    } catch (error) {
      await checkFolder(this.#folder);
      throw fromSystem(error, `the folder of certificates ${this.#folder} cannot be read`);
    }
    const files = names.filter((name) => name.endsWith(SUFFIX));
    const entries = await Promise.all(files.map((name) => this.#readFile(name)));
    this.#entries = new Map();
    this.#byKey = new Map();
    for (const [i, entry] of entries.entries()) {
      if (entry === undefined) continue;
      this.#entries.set(files[i]!, entry);
      if (entry.certificate !== undefined) this.#byKey.set(entry.certificate.publicKey, entry.certificate);
    }
  }

  /** Undefined when it has gone meanwhile. */
  async #readFile(name: string): Promise<Entry | undefined> {
    const { stat } = await loadFiles();
    const file = `${this.#folder}/${name}`;
    let state: string;
    let changedMs: number;
    try {
      const { mtimeMs, ctimeMs, size, ino } = await stat(file);
      state = `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
      changedMs = Math.max(mtimeMs, ctimeMs);
    } catch {
      return undefined;
    }
    const known = this.#entries.get(name);
    if (known !== undefined && known.state === state && !known.wasYoung) return known;
    const wasYoung = Date.now() - changedMs < YOUNG_MS;
    try {
      return { state, wasYoung, certificate: await loadCertificate(file) };
    } catch (error) {
      if (known?.state !== state) this.#onFault(error);
      return { state, wasYoung, certificate: undefined };
    }
  }
}
