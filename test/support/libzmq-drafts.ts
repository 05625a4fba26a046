/**
 * libzmq with its draft functions in a Python process: the one inside the `zeromq` package, which exports all of C's
 * functions, loaded before Debian's. Node.js's own functions, which it wants as well and never calls here, are made up by a
 * small library; that takes a C compiler.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { capability } from "zeromq";
import { bytesOf, type Part } from "./interop-messages.ts";
import { PythonPeer } from "./python.ts";

const NAME = "libzmq of the zeromq package";
const NO_DRAFTS = "this build of the zeromq package has no drafts, libzmq's were NOT tested against";
const NO_COMPILER =
  "cc and nm are not installed, libzmq's drafts were NOT tested against: apt-get install gcc";

/** Lives until the file that started it is over. Where something is missing, `missing` says so and stderr too. */
export async function startWithDrafts(): Promise<PythonPeer> {
  if (!capability.draft) return PythonPeer.none(NO_DRAFTS, NAME);
  const folder = mkdtempSync(join(tmpdir(), "zmq-ts-drafts-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const { cache } = createRequire(import.meta.url);
  const addon = Object.keys(cache).find((path) => path.endsWith(".node") && path.includes("zeromq"))!;
  try {
    const undefinedSymbols = execFileSync("nm", ["-D", "--undefined-only", addon], { encoding: "utf8" });
    const names = new Set(undefinedSymbols.match(/\b(?:napi|node_api|uv)_\w+/g));
    const source = [...names].map((name) => `void ${name}(void) { __builtin_trap(); }\n`);
    writeFileSync(join(folder, "node.c"), source.join(""));
    execFileSync("cc", ["-w", "-shared", "-o", join(folder, "node.so"), join(folder, "node.c")]);
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
    return PythonPeer.none(NO_COMPILER, NAME);
  }
  return PythonPeer.start({ preload: `${join(folder, "node.so")} ${addon}`, name: NAME });
}

let names = 0;

/** One of libzmq's PEERs. */
export class TheirPeer {
  readonly #python: PythonPeer;
  readonly #name = `peer ${++names}`;

  private constructor(python: PythonPeer) {
    this.#python = python;
  }

  static async open(python: PythonPeer): Promise<TheirPeer> {
    const peer = new TheirPeer(python);
    await peer.#call("open", {});
    return peer;
  }

  async bind(endpoint: string): Promise<string> {
    return (await this.#call("bind", { endpoint })) as string;
  }

  async connectPeer(endpoint: string): Promise<number> {
    return (await this.#call("connect", { endpoint })) as number;
  }

  async send(body: Part, { routingId }: { routingId: number }): Promise<void> {
    await this.#call("send", { body: bytesOf(body).toString("base64"), to: routingId });
  }

  async receive(): Promise<[Buffer, { routingId: number }]> {
    const [body, routingId] = (await this.#call("receive", {})) as [string, number];
    return [Buffer.from(body, "base64"), { routingId }];
  }

  async close(): Promise<void> {
    await this.#call("close", {});
  }

  #call(command: string, details: object): Promise<unknown> {
    return this.#python.call(`peer ${command}`, { socket: this.#name, ...details });
  }
}
