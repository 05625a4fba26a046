/** A tab in the background: hidden by another one, its timers held back to once a second. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Browser, chromium, type Page } from "playwright-core";
import { Dealer, Publisher, Reply } from "zmq-ts";
import { EXECUTABLE, flood, type InPage, serve, serveApplication, skip } from "../support/chromium.ts";
import { log, open, receiveTexts, soon } from "../support/sockets.ts";

let server: Server | undefined;
let page: Page | undefined;

if (!skip) {
  const application = await serveApplication();
  server = application.server;
  const profile = mkdtempSync(join(tmpdir(), "background-"));
  // Not by Playwright: that makes every page believe that it is in front, and lets timers run in those that are not.
  const child = spawn(
    EXECUTABLE!,
    [
      "--headless",
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--no-first-run",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      "about:blank",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  // All of its processes hold its standard error: "close" comes when the last of them is gone, and writes no more files.
  const gone = once(child, "close");
  let browser: Browser | undefined;
  after(async () => {
    await browser?.close();
    server!.closeAllConnections();
    server!.close();
    child.kill();
    await gone;
    rmSync(profile, { recursive: true, force: true });
  });
  browser = await chromium.connectOverCDP(await addressOf(child), { noDefaults: true });
  const [tabs] = browser.contexts();
  page = await tabs!.newPage();
  await page.goto(application.origin);
  await page.waitForFunction("globalThis.zmq");
  const other = await tabs!.newPage();
  await other.bringToFront();
}

function addressOf(child: ChildProcess): Promise<string> {
  let said = "";
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("exit", () => reject(new Error(`Chromium ended: ${said}`)));
    child.stderr!.on("data", (text) => {
      said += text;
      const address = /DevTools listening on (\S+)/.exec(said);
      if (address !== null) resolve(address[1]!);
    });
  });
}

/** Resolves when so many timers of 50 ms have gone off in the page, one after the other. */
const timersOf = (target: Page, count: number): Promise<number> =>
  target.evaluate(async (total) => {
    const began = performance.now();
    for (let i = 0; i < total; i++) await new Promise((resolve) => setTimeout(resolve, 50));
    return performance.now() - began;
  }, count);

test("the tab is hidden, and its timers are held back", { skip }, async () => {
  assert.equal(await page!.evaluate("document.visibilityState"), "hidden");
  assert.ok((await timersOf(page!, 3)) > 1000);
});

test("a tab in the background takes a flood as one in front does", { skip, timeout: 40_000 }, async (t) => {
  const { got, ms } = await flood(t, server!, page!, 50_000);

  t.diagnostic(`${Math.round(got / ms)} messages a ms`);
  assert.equal(got, 50_000);
  // A timer for each thousand messages would be 50 s.
  assert.ok(ms < 20_000, `${ms} ms: it waits for timers`);
});

test("a tab in the background asks and is answered at once", { skip, timeout: 40_000 }, async (t) => {
  const reply = open(t, Reply);
  const endpoint = await serve(server!, reply, "echo");
  const rounds = 100;

  const asking = page!.evaluate(
    async ([to, count]) => {
      const request = new (globalThis as unknown as InPage).zmq.Request!();
      request.connect(to);
      const began = performance.now();
      for (let i = 0; i < count; i++) {
        await request.send(String(i));
        await request.receive();
      }
      request.close();
      return performance.now() - began;
    },
    [endpoint, rounds] as [string, number],
  );
  for (let i = 0; i < rounds; i++) {
    assert.deepEqual(await receiveTexts(reply, 1), [String(i)]);
    await reply.send("yes");
  }

  const ms = await soon(asking);
  assert.ok(ms < 10_000, `${ms} ms: it waits for timers`);
});

test("a tab in the background outlives heartbeats that are quicker than its timers", {
  skip,
  timeout: 40_000,
}, async (t) => {
  const dealer = open(t, Dealer, { heartbeatInterval: 50, heartbeatTimeout: 900 });
  await dealer.bind("ws://127.0.0.1:*");
  const events = log(dealer);
  await page!.evaluate(async (to) => {
    const kept = new (globalThis as unknown as InPage).zmq.Dealer!({
      heartbeatInterval: 50,
      heartbeatTimeout: 900,
    });
    (globalThis as unknown as InPage).kept = kept;
    kept.connect(to);
    await kept.send("hello");
  }, dealer.lastEndpoint!);
  assert.deepEqual(await receiveTexts(dealer, 1), ["hello"]);

  await timersOf(page!, 3);

  assert.equal(events.count("disconnect"), 0);
  await dealer.send("still there?");
  assert.equal(
    await page!.evaluate(async () => {
      const { kept } = globalThis as unknown as InPage;
      const heard = String(await kept.receive());
      kept.close();
      return heard;
    }),
    "still there?",
  );
});

test("a tab in the background comes back when its server was restarted", {
  skip,
  timeout: 40_000,
}, async (t) => {
  const first = open(t, Publisher);
  await first.bind("ws://127.0.0.1:*");
  const endpoint = first.lastEndpoint!;
  await page!.evaluate((to) => {
    const sub = new (globalThis as unknown as InPage).zmq.Subscriber!({ reconnectInterval: 20 });
    sub.subscribe("");
    sub.connect(to);
    (globalThis as unknown as InPage).kept = sub;
  }, endpoint);
  const hear = (): Promise<string> =>
    page!.evaluate(async () => String(await (globalThis as unknown as InPage).kept.receive()));
  await soon(first.subscribers(1));
  await first.send("before");
  assert.equal(await hear(), "before");

  await first.unbind(endpoint);
  first.close();
  const second = open(t, Publisher);
  await second.bind(endpoint);
  await second.subscribers(1);
  await second.send("after");

  assert.equal(await hear(), "after");
  await page!.evaluate(() => (globalThis as unknown as InPage).kept.close());
});
