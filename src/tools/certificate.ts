/**
 * CURVE keys in files, as CZMQ and pyzmq keep them: `name.key` to be given away, `name.key_secret` for its owner alone.
 * pyzmq: zmq.auth.certs; CZMQ: zcert.c.
 */
import { loadFiles } from "#platform";
import { parseKey } from "../security/curve-keys.ts";
import { z85Encode } from "../security/z85.ts";
import { fromSystem, ZmqError } from "../util/errors.ts";
import { warnOnce } from "../util/warn.ts";
import { curveKeyPair } from "./curve-keys.ts";
import { formatZpl, parseZpl, type Zpl } from "./zpl.ts";

export interface Certificate {
  /** 40 characters of Z85. */
  publicKey: string;
  /** In secret certificates only. */
  secretKey?: string;
  /** What else the file says of its owner. */
  metadata: Record<string, string>;
}

export interface CreateOptions {
  /** Goes into both files. */
  metadata?: Record<string, string>;
  /** A pair to be kept; a new one is made without. */
  keys?: { publicKey: string; secretKey: string };
  /** Replace files of that name, and so lose the keys in them; default false. */
  overwrite?: boolean;
}

/** Where `createCertificates` has put them. */
export interface CertificateFiles {
  publicFile: string;
  secretFile: string;
}

const PUBLIC_COMMENT = `ZeroMQ CURVE Public Certificate
Give it to your peers by a way on which nobody can exchange it for another,
or compare it with its owner afterwards.`;
const SECRET_COMMENT = `ZeroMQ CURVE **Secret** Certificate
Show it to nobody, and let only its owner read the file.`;
/** Larger files are no certificates. */
const LARGEST = 65_536;

/**
 * The certificate in a text. `what` names it in errors.
 * @throws ZmqError EINVAL when it is none: the text says what is missing or mistyped, and shows no key
 */
export function parseCertificate(text: string, what = "the certificate"): Certificate {
  const sections = parseZpl(text, what);
  const curve = sections.get("curve");
  const publicKey = keyOf(curve?.get("public-key"), "public-key", what);
  if (publicKey === undefined) {
    throw new ZmqError("EINVAL", `${what} has no public-key in a section curve: it is no CURVE certificate`);
  }
  const secretKey = keyOf(curve?.get("secret-key"), "secret-key", what);
  const metadata: Record<string, string> = Object.create(null);
  for (const [name, value] of sections.get("metadata") ?? []) metadata[name] = value;
  return secretKey === undefined ? { publicKey, metadata } : { publicKey, secretKey, metadata };
}

function keyOf(text: string | undefined, name: string, what: string): string | undefined {
  return text === undefined ? undefined : z85Encode(parseKey(`${name} of ${what}`, text));
}

/**
 * The text of a certificate; with its secret key, if it has one. @throws ZmqError EINVAL for keys that are none and
 * metadata that the format cannot hold
 */
export function formatCertificate({ publicKey, secretKey, metadata }: Certificate): string {
  const keys = new Map([["public-key", z85Encode(parseKey("publicKey", publicKey))]]);
  if (secretKey !== undefined) keys.set("secret-key", z85Encode(parseKey("secretKey", secretKey)));
  const sections: Zpl = new Map([
    ["metadata", new Map(Object.entries(metadata))],
    ["curve", keys],
  ]);
  return formatZpl(sections, secretKey === undefined ? PUBLIC_COMMENT : SECRET_COMMENT);
}

/**
 * Writes a key pair into `folder`: `name.key` and `name.key_secret`, the latter readable by its owner alone. pyzmq:
 * `zmq.auth.create_certificates`.
 * @throws (rejects) ZmqError ENOENT when there is no such folder; EEXIST when there are such files and `overwrite` is not
 * set; EINVAL for a name with a folder in it
 */
export async function createCertificates(
  folder: string,
  name: string,
  { metadata = {}, keys = curveKeyPair(), overwrite = false }: CreateOptions = {},
): Promise<CertificateFiles> {
  if (!/^[^/\\\0]+$/.test(name) || name === "." || name === "..")
    throw new ZmqError("EINVAL", `the name of a certificate is that of a file, not ${JSON.stringify(name)}`);
  const publicFile = `${folder}/${name}.key`;
  const secretFile = `${publicFile}_secret`;
  const publicText = formatCertificate({ publicKey: keys.publicKey, metadata });
  const secretText = formatCertificate({ ...keys, metadata });
  await checkFolder(folder);
  // The secret one first: a public key whose secret was lost is of no use.
  await write(secretFile, secretText, 0o600, overwrite);
  await write(publicFile, publicText, 0o644, overwrite);
  return { publicFile, secretFile };
}

/** What is replaced is so in one step: who reads the folder meanwhile finds the old file or the new one, never half. */
async function write(file: string, text: string, mode: number, overwrite: boolean): Promise<void> {
  const { rename, writeFile } = await loadFiles();
  const draft = overwrite ? `${file}.${Math.random().toString(36).slice(2)}` : file;
  try {
    await writeFile(draft, text, { mode, flag: "wx" });
    if (overwrite) await rename(draft, file);
  } catch (error) {
    throw fromSystem(error, `writing ${file} failed`);
  }
}

/**
 * The certificate in a file. Warns, with the code ZMQ_SECRET_KEY_EXPOSED, when it holds a secret key and others than its
 * owner may read it. pyzmq: `zmq.auth.load_certificate`.
 * @throws (rejects) ZmqError ENOENT, EACCES; EINVAL when it is no certificate
 */
export async function loadCertificate(file: string): Promise<Certificate> {
  const { open } = await loadFiles();
  let text: string;
  let mode: number;
  try {
    const handle = await open(file);
    try {
      const stat = await handle.stat();
      if (!stat.isFile() || stat.size > LARGEST)
        throw new ZmqError(
          "EINVAL",
          `${file} is no certificate: it is ${stat.isFile() ? "too long" : "no file"}`,
        );
      mode = stat.mode;
      text = await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fromSystem(error, `reading the certificate ${file} failed`);
  }
  const certificate = parseCertificate(text, file);
  if (certificate.secretKey !== undefined && mode & 0o077 && !isWindows()) {
    warnOnce(
      "ZMQ_SECRET_KEY_EXPOSED",
      `${file} holds a secret key, and others than its owner may read it: chmod 600 ${file}`,
    );
  }
  return certificate;
}

function isWindows(): boolean {
  return (globalThis as { process?: { platform?: string } }).process?.platform === "win32";
}

/** @throws (rejects) ZmqError ENOENT, EACCES; EINVAL when it is no folder */
export async function checkFolder(folder: string): Promise<void> {
  const { stat } = await loadFiles();
  let isFolder: boolean;
  try {
    isFolder = (await stat(folder)).isDirectory();
  } catch (error) {
    throw fromSystem(error, `the folder of certificates ${folder} cannot be read`);
  }
  if (!isFolder) throw new ZmqError("EINVAL", `${folder} is no folder of certificates: it is a file`);
}
