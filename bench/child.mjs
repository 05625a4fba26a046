/**
 * One peer process: its ready line, its line of JSON, its end. Nothing that was started here outlives the benchmark:
 * each process has a time limit of its own, `end` stops it, and so does the end of the parent.
 */
import { spawn } from "node:child_process";

/** How long a process may take to answer SIGTERM with its figures. */
const GRACE_MS = 3000;

const running = new Set();

process.on("exit", killAll);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    killAll();
    process.exit(1);
  });
}

function killAll() {
  for (const child of running) child.kill("SIGKILL");
}

export class Child {
  /** The endpoints that it has bound. Rejects when the process fails first. */
  ready;
  /** The figures it prints. Rejects when it ends without. */
  result;
  #process;
  #closed;
  #endsItself;

  /**
   * @param {string[]} command program and arguments
   * @param {boolean} endsItself it has something to write when it ends
   */
  constructor(command, name, limitSeconds, endsItself) {
    this.#endsItself = endsItself;
    const isNode = command[0] === process.execPath;
    const child = spawn(command[0], [...command.slice(1), "stay=1", `limit=${limitSeconds}`], {
      // The channel tells a Node.js peer when its parent is gone.
      stdio: isNode ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    running.add(child);

    let output = "";
    let errors = "";
    const timer = setTimeout(() => {
      errors += `no result within ${limitSeconds} s`;
      child.kill("SIGKILL");
    }, limitSeconds * 1000);

    let onReady;
    let onResult;
    let onFailure;
    this.ready = new Promise((resolve, reject) => {
      onReady = resolve;
      onFailure = reject;
    });
    this.result = new Promise((resolve, reject) => {
      onResult = resolve;
      const first = onFailure;
      onFailure = (error) => {
        first(error);
        reject(error);
      };
    });
    this.#closed = new Promise((resolve) => child.on("close", resolve));
    // Whoever waits for it hears of a failure; nobody has to.
    this.ready.catch(() => {});
    this.result.catch(() => {});

    child.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    child.stdout.on("data", (chunk) => {
      output += chunk;
      let end = output.indexOf("\n");
      for (; end >= 0; end = output.indexOf("\n")) {
        const line = output.slice(0, end);
        output = output.slice(end + 1);
        if (line.startsWith("{")) onResult(JSON.parse(line));
        else if (line.startsWith("ready")) onReady(line.split(" ").slice(1).filter(Boolean));
      }
    });
    child.on("error", (error) => onFailure(new Error(`${name}: ${error.message}`)));
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      const reason = lastLine(errors) || (signal ? `ended by ${signal}` : `ended with code ${code}`);
      onFailure(new Error(`${name}: ${reason}`));
    });
  }

  /** Asks a serving peer to stop and gives its figures; undefined when it does not answer in time. */
  async stop() {
    this.#process.kill("SIGTERM");
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), GRACE_MS);
    const figures = await this.result.catch(() => undefined);
    clearTimeout(timer);
    return figures;
  }

  /** Ends the process for certain. */
  async end() {
    if (this.#endsItself) this.#process.kill("SIGTERM");
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), this.#endsItself ? GRACE_MS : 0);
    await this.#closed;
    clearTimeout(timer);
  }
}

/** What a stack trace, or a message, comes down to. */
function lastLine(text) {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return (lines.find((line) => /^\w*Error\b[^(]*:/.test(line)) ?? lines.at(-1) ?? "").trim();
}
