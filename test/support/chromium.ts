/** Chromium for tests: where it is, what a page of these tests holds, and a flood for it. */
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { Page } from "playwright-core";
import { Push, type Socket } from "zmq-ts";
import { bundle } from "./bundle.ts";
import { open } from "./sockets.ts";

export const EXECUTABLE: string | undefined = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find(existsSync);
const MISSING =
  "chromium is not installed, the browser build was NOT tested in one: apt-get install chromium";
export const skip: string | false = EXECUTABLE === undefined ? MISSING : false;
if (skip) process.stderr.write(`\n*** ${MISSING} ***\n\n`);

/** A page's `zmq`, and what tests keep there. */
export interface InPage {
  zmq: Record<string, new (options?: object) => PageSocket> & { context: object };
  kept: PageSocket;
}
export interface PageSocket extends AsyncIterable<{ toString(): string }[]> {
  connect(address: string): void;
  bind(address: string, options?: object): Promise<void>;
  subscribe(...topics: string[]): void;
  subscribers(count: number, topic?: string): Promise<void>;
  join(...groups: string[]): void;
  connectPeer(address: string): number;
  send(message: unknown, options?: object): Promise<void>;
  receive(): Promise<{ toString(): string }[]>;
  receiveMany(options?: object): Promise<{ length: number }[][]>;
  receiveString(): Promise<string>;
  tryReceive(): unknown;
  events: { on(type: string, listener: (event: { error?: Error }) => void): void };
  close(): void;
}

/** A web application whose pages have the whole library, and files of the test's own by their path. */
export async function serveApplication(
  files: Record<string, Uint8Array> = {},
): Promise<{ server: Server; origin: string }> {
  const script = await bundle(
    'import * as stable from "zmq-ts"; import * as draft from "zmq-ts/draft"; globalThis.zmq = { ...stable, ...draft };',
  );
  const scripts: Record<string, Uint8Array> = { "/zmq.js": script, ...files };
  const server = createServer(({ url }, response) => {
    if (url!.startsWith("/isolated/")) {
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    }
    if (scripts[url!] !== undefined) response.setHeader("Content-Type", "text/javascript").end(scripts[url!]);
    else response.setHeader("Content-Type", "text/html").end('<script type="module" src="zmq.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Binds a socket on the web application's port; the endpoint for the page. */
export async function serve(server: Server, socket: Socket, path: string): Promise<string> {
  await socket.bind(`ws://*:*/${path}`, { server });
  return socket.lastEndpoint!;
}

export interface Flood {
  got: number;
  bytes: number;
  ms: number;
  /** The longest that the page's timers were kept waiting. */
  longest: number;
}

/** Sends so many messages of 100 bytes to a Pull of the page, which tells how it went. */
export async function flood(t: TestContext, server: Server, page: Page, count: number): Promise<Flood> {
  const feed = open(t, Push, { sendHighWaterMark: 100_000 });
  const endpoint = await serve(server, feed, `feed-${Math.random()}`);
  const running = page.evaluate(
    async ([to, total]) => {
      const pull = new (globalThis as unknown as InPage).zmq.Pull!();
      pull.connect(to);
      let longest = 0;
      let last = performance.now();
      const ticking = setInterval(() => {
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }, 10);
      let got = 0;
      let bytes = 0;
      await pull.receive();
      const began = performance.now();
      while (got < total) {
        const batch = await pull.receiveMany({ max: 1000 });
        got += batch.length;
        for (const [body] of batch) bytes += body!.length;
      }
      clearInterval(ticking);
      pull.close();
      return { got, bytes, ms: performance.now() - began, longest };
    },
    [endpoint, count] as [string, number],
  );
  await feed.send("first");
  const body = Buffer.alloc(100);
  for (let i = 0; i < count; i++) if (!feed.trySend(body)) await feed.send(body);
  return running;
}
