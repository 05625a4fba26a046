// What the programs of this folder share, in place of a test runner, which not every runtime has. Each prints one line of
// JSON at its end: what works, and the reason for what does not. That it ends by itself, nothing being open, is a part of
// the test.
import { spawn } from "node:child_process";
import { once } from "node:events";

export const TRANSPORTS = ["tcp", "ipc", "inproc", "ws"];
export const PATIENCE_MS = 8000;
const results = {};
let names = 0;

export function anyEndpoint(transport) {
  if (transport === "inproc") return `inproc://smoke-${++names}`;
  return transport === "ipc" ? "ipc://*" : `${transport}://127.0.0.1:*`;
}

export const toText = (message) => message.map(String).join("|");

/** One thing that must work. Sockets that it makes have timeouts, and are closed when it is over. */
export async function check(name, run) {
  const open = [];
  const keep = (socket) => (open.push(socket), socket);
  const own = {
    make: (type, options) => keep(new type({ receiveTimeout: PATIENCE_MS, ...options })),
    makeSender: (type, options) => keep(new type({ sendTimeout: PATIENCE_MS, ...options })),
    after: (close) => keep({ close }),
  };
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${2 * PATIENCE_MS} ms`)), 2 * PATIENCE_MS);
  });
  try {
    await Promise.race([run(own), late]);
    results[name] = true;
  } catch (error) {
    results[name] = error?.code ? `${error.code}: ${error.message}` : String(error?.stack ?? error);
  } finally {
    clearTimeout(timer);
    for (const socket of open.reverse()) {
      if ("linger" in socket && !socket.closed) socket.linger = 0;
      await socket.close();
    }
  }
}

/** Binds the one and connects the other. */
export async function join(bound, connecting, transport) {
  await bound.bind(anyEndpoint(transport));
  connecting.connect(bound.lastEndpoint);
  return bound.lastEndpoint;
}

/** A program in a process of its own: what it prints, when it has ended by itself. */
export function program(after, command, args) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  after(() => void child.kill("SIGKILL"));
  let said = "";
  child.stdout.on("data", (text) => (said += text));
  return once(child, "close").then(([code, signal]) => {
    if (code === 0) return said.trim();
    throw new Error(`${args.join(" ")} ended with ${code ?? signal}; it said: ${said}`);
  });
}

/** The same for a program of this folder, on this runtime. */
export function sameRuntime(after, file, ...args) {
  const isDeno = "deno" in process.versions;
  return program(after, process.execPath, [...(isDeno ? ["run", "-A"] : []), file, ...args]);
}

export function report() {
  console.log(JSON.stringify(results));
}
