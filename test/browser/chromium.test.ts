/** The browser build in a real headless Chromium, against sockets of this library in Node.js on a web application's port. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Server } from "node:http";
import { after, type TestContext, test } from "node:test";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Subscriber,
  XPublisher,
  XSubscriber,
} from "zmq-ts";
import { Channel, Dish, Gather, Peer, Radio, Scatter, Server as ServerSocket } from "zmq-ts/draft";
import { bundle } from "../support/bundle.ts";
import {
  EXECUTABLE,
  flood,
  type InPage,
  type PageSocket,
  serve,
  serveApplication,
  skip,
} from "../support/chromium.ts";
import { joined } from "../support/drafts.ts";
import { log, open, receiveTexts, soon } from "../support/sockets.ts";
import { CERTIFICATE, KEY } from "../support/tls.ts";

type PageWorkerClass = new (
  url: string,
  options: { type: "module" },
) => {
  postMessage(data: unknown): void;
  terminate(): void;
  onmessage: (event: { data: string[] }) => void;
};

/** A worker that sends over inproc:// to the page that made it, and goes on when it is told to. */
const WORKER = `
import "zmq-ts/workers";
import { Context, Dealer } from "zmq-ts";
onmessage = async ({ data }) => {
  const dealer = new Dealer({ context: Context.from(data) });
  dealer.connect("inproc://page");
  for (let i = 0; i < 1000; i++) await dealer.send(["message", String(i)]);
  await dealer.send(new Uint8Array(500_000).fill(7));
  const [answer] = await dealer.receive();
  await dealer.send("the page said " + answer);
};
`;

/** One of two workers: a REP that binds, or a REQ that tells the page what it was answered. */
const PARTNER = `
import "zmq-ts/workers";
import { Context, Reply, Request } from "zmq-ts";
onmessage = async ({ data: { share, binds } }) => {
  const options = { context: Context.from(share) };
  if (binds) {
    const reply = new Reply(options);
    await reply.bind("inproc://partners");
    for await (const [question] of reply) await reply.send("re: " + question);
  } else {
    const request = new Request(options);
    request.connect("inproc://partners");
    const answers = [];
    for (const question of ["one", "two"]) {
      await request.send(question);
      answers.push(String(await request.receive()));
    }
    postMessage(answers);
  }
};
`;

let server: Server | undefined;
let browser: Browser | undefined;
let everyday: Page | undefined;
let origin = "";

if (!skip) {
  const shared = await bundle(
    'import "zmq-ts/workers"; import * as stable from "zmq-ts"; globalThis.zmq = stable;',
  );
  ({ server, origin } = await serveApplication({
    "/isolated/zmq.js": shared,
    "/isolated/worker.js": await bundle(WORKER),
    "/isolated/partner.js": await bundle(PARTNER),
  }));
  browser = await chromium.launch({
    executablePath: EXECUTABLE!,
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  after(async () => {
    await browser!.close();
    server!.closeAllConnections();
    server!.close();
  });
}

/** A page as new, when the test is over without the sockets that it leaves: they would try again and again. */
async function usePage(t: TestContext): Promise<Page> {
  everyday ??= await load(await browser!.newPage());
  t.after(() => load(everyday!));
  return everyday;
}

/** A page of the test's own, where connections fail: Chromium makes a page wait that has had such. */
async function newPage(t: TestContext, options?: BrowserContextOptions): Promise<Page> {
  const made = await browser!.newPage(options);
  t.after(() => made.close());
  return load(made);
}

async function load(page: Page): Promise<Page> {
  await page.goto(origin);
  await page.waitForFunction("globalThis.zmq");
  return page;
}

/** Runs in the page: sends to and receives from a peer there, `count` times. */
function echo([type, endpoint, sends]: [string, string, string[]]): Promise<string[]> {
  const socket = new (globalThis as unknown as InPage).zmq[type]!();
  socket.connect(endpoint);
  return (async () => {
    const heard: string[] = [];
    for (const text of sends) {
      await socket.send(text);
      heard.push(String(await socket.receive()));
    }
    socket.close();
    return heard;
  })();
}

const TEXTS = ["hello", "", "grüße ☃", "x".repeat(70_000)];

for (const [inPage, make] of [
  ["Request", Reply],
  ["Dealer", Dealer],
  ["Pair", Pair],
  ["Client", ServerSocket],
  ["Channel", Channel],
] as [string, typeof Dealer][]) {
  test(`a page's ${inPage} talks to a ${make.name}`, { skip }, async (t) => {
    const page = await usePage(t);
    const socket = open(t, make);
    const endpoint = await serve(server!, socket, inPage);

    const running = page.evaluate(echo, [inPage, endpoint, TEXTS] as [string, string, string[]]);
    for (const _ of TEXTS) {
      const [body, about] = (await soon(socket.receive(), "a message of the page")) as [Buffer, unknown];
      await (socket.send as (...args: unknown[]) => Promise<void>)(body, about);
    }

    assert.deepEqual(await soon(running), TEXTS);
  });
}

test("a page's Reply and Router are asked, its Push and Scatter send, its Pull and Gather receive", {
  skip,
}, async (t) => {
  const page = await usePage(t);
  const ends = {
    reply: open(t, Request),
    router: open(t, Dealer),
    push: open(t, Pull),
    scatter: open(t, Gather),
  };
  const feeds = { pull: open(t, Push), gather: open(t, Scatter) };
  const at: Record<string, string> = {};
  for (const [name, socket] of Object.entries({ ...ends, ...feeds }))
    at[name] = await serve(server!, socket, name);

  const running = page
    .evaluate(async (to) => {
      const { zmq } = globalThis as unknown as InPage;
      const make = (type: string, name: string): PageSocket => {
        const socket = new zmq[type]!();
        socket.connect(to[name]!);
        return socket;
      };
      const [reply, router] = [make("Reply", "reply"), make("Router", "router")];
      const [pull, gather] = [make("Pull", "pull"), make("Gather", "gather")];
      await make("Push", "push").send(["pushed", "in parts"]);
      await make("Scatter", "scatter").send("scattered");
      const asked = await reply.receive();
      await reply.send(`re: ${asked}`);
      const [id, question] = await router.receive();
      await router.send([id, `re: ${question}`]);
      return [String(await pull.receive()), String(await gather.receive())];
    }, at)
    .catch((error: Error) => [error.message]);
  await ends.reply.send("one");
  await ends.router.send("two");
  await feeds.pull.send("pulled");
  await feeds.gather.send("gathered");

  assert.deepEqual(await receiveTexts(ends.push, 1), ["pushed|in parts"]);
  assert.deepEqual(await receiveTexts(ends.scatter, 1), ["scattered"]);
  assert.deepEqual(await receiveTexts(ends.reply, 1), ["re: one"]);
  assert.deepEqual(await receiveTexts(ends.router, 1), ["re: two"]);
  assert.deepEqual(await soon(running), ["pulled", "gathered"]);
});

test("a page's Subscriber and XSubscriber read, its Publisher and XPublisher feed", { skip }, async (t) => {
  const page = await usePage(t);
  const [feed, wide] = [open(t, XPublisher), open(t, XPublisher)];
  const [reader, raw] = [open(t, Subscriber), open(t, XSubscriber)];
  const at: Record<string, string> = {};
  for (const [name, socket] of Object.entries({ feed, wide, reader, raw }))
    at[name] = await serve(server!, socket, name);
  reader.subscribe("news");
  await raw.send("\x01x");

  const running = page.evaluate(async (to) => {
    const { zmq } = globalThis as unknown as InPage;
    const sub = new zmq.Subscriber!();
    sub.subscribe("weather.");
    sub.connect(to.feed!);
    const xsub = new zmq.XSubscriber!();
    xsub.connect(to.wide!);
    await xsub.send("\x01w");
    const heard = [String(await sub.receive()), String(await xsub.receive())];
    const [pub, xpub] = [new zmq.Publisher!(), new zmq.XPublisher!()];
    pub.connect(to.reader!);
    xpub.connect(to.raw!);
    await pub.subscribers(1, "news");
    heard.push(String(await xpub.receive()));
    await pub.send(["news", "from a page"]);
    await xpub.send(["x", "from a page"]);
    return heard;
  }, at);
  assert.deepEqual(await receiveTexts(feed, 1), ["\x01weather."]);
  await feed.send("sports.x");
  await feed.send(["weather.oslo", "-4"]);
  assert.deepEqual(await receiveTexts(wide, 1), ["\x01w"]);
  await wide.send("wide");

  assert.deepEqual(await soon(running), ["weather.oslo,-4", "wide", "\x01x"]);
  assert.deepEqual(await receiveTexts(reader, 1), ["news|from a page"]);
  assert.deepEqual(await receiveTexts(raw, 1), ["x|from a page"]);
});

test("a page's Dish and Radio, and its Peer", { skip }, async (t) => {
  const page = await usePage(t);
  const [radio, dish, peer] = [open(t, Radio), open(t, Dish), open(t, Peer)];
  const at = {
    radio: await serve(server!, radio, "radio"),
    dish: await serve(server!, dish, "dish"),
    peer: await serve(server!, peer, "peer"),
  };

  const running = page.evaluate(async (to) => {
    const { zmq } = globalThis as unknown as InPage;
    const [dish, peer, radio] = [new zmq.Dish!(), new zmq.Peer!(), new zmq.Radio!()];
    dish.join("weather");
    dish.connect(to.radio);
    const [body, about] = await dish.receive();
    const routingId = peer.connectPeer(to.peer);
    await peer.send("from a page", { routingId });
    const [answer] = await peer.receive();
    radio.connect(to.dish);
    (globalThis as unknown as InPage).kept = radio;
    return [String((about as unknown as { group: object }).group), String(body), String(answer)];
  }, at);
  await log(radio).next("handshake");
  let over = false;
  const [hello, about] = await (async () => {
    const receiving = peer.receive().finally(() => (over = true));
    while (!over) {
      await radio.send("sunny", { group: "weather" });
      await new Promise(setImmediate);
    }
    return receiving;
  })();
  await peer.send(`re: ${hello}`, about);
  assert.deepEqual(await soon(running), ["weather", "sunny", "re: from a page"]);

  const there = {
    send: (body: string, to: object) =>
      page.evaluate(
        async ([text, about]) => {
          await (globalThis as unknown as InPage).kept.send(text, about as object);
        },
        [body, to] as const,
      ),
  };
  await joined(there as never, dish);
});

test("wss:// is for pages that trust the certificate; to others it is a connection that fails", {
  skip,
}, async (t) => {
  const page = await newPage(t);
  const reply = open(t, Reply, { wssKeyPem: KEY, wssCertPem: CERTIFICATE });
  await reply.bind("wss://127.0.0.1:*");
  const endpoint = reply.lastEndpoint!;
  const trusting = await newPage(t, { ignoreHTTPSErrors: true });
  const asking = trusting.evaluate(echo, ["Request", endpoint, ["hello"]] as [string, string, string[]]);
  const [question] = await soon(reply.receive(), "a question");
  await reply.send(question!);
  assert.deepEqual(await soon(asking), ["hello"]);

  const failed = await page.evaluate(
    (to) =>
      new Promise<string>((resolve) => {
        const request = new (globalThis as unknown as InPage).zmq.Request!();
        request.events.on("handshake", () => resolve("connected"));
        request.events.on("connect:retry", () => {
          request.close();
          resolve("tries again");
        });
        request.connect(to);
      }),
    endpoint,
  );
  assert.equal(failed, "tries again");
});

test("inproc:// joins two sockets of a page, and a page cannot listen to the network", {
  skip,
}, async (t) => {
  const page = await usePage(t);
  const [heard, refusal, other] = await page.evaluate(async () => {
    const { zmq } = globalThis as unknown as InPage;
    const [left, right] = [new zmq.Pair!(), new zmq.Pair!()];
    await left.bind("inproc://halves");
    right.connect("inproc://halves");
    await right.send(["a", "ü"]);
    const codeOf = async (bind: () => Promise<void>) => {
      try {
        await bind();
        return "nothing";
      } catch (error) {
        return `${(error as { code: string }).code}: ${(error as Error).message}`;
      }
    };
    return [
      String(await left.receive()),
      await codeOf(() => left.bind("ws://127.0.0.1:*")),
      await codeOf(() => left.bind("tcp://127.0.0.1:5")),
    ];
  });

  assert.equal(heard, "a,ü");
  assert.match(refusal!, /^ENOTSUP: .*cannot listen/);
  assert.match(other!, /^EPROTONOSUPPORT: .*cannot open tcp sockets; this runtime has ws:/);
});

test("what a page cannot do says so at once: no byte streams, no ZAP handler, no options of systems", {
  skip,
}, async (t) => {
  const page = await usePage(t);
  const refusals = await page.evaluate(() => {
    const { zmq } = globalThis as unknown as InPage;
    const [dealer, stream] = [zmq.Dealer!, zmq.Stream!];
    const raw = () => new zmq.Router!({ raw: true }).connect("ws://127.0.0.1:5");
    const tries: (() => unknown)[] = [
      () => new stream().connect("ws://127.0.0.1:5"),
      raw,
      () => new dealer({ zapDomain: "global" }).connect("ws://127.0.0.1:5"),
      () => new dealer({ plainServer: true }).connect("ws://127.0.0.1:5"),
      () => new dealer({ tcpAcceptFilter: "10.0.0.0/8" }),
      () => new dealer({ interface: "eth0" }),
      () => new dealer().bind("ws://127.0.0.1:*", { server: { on() {} } }),
    ];
    return Promise.all(
      tries.map(async (attempt) => {
        try {
          await attempt();
          return "nothing";
        } catch (error) {
          return `${(error as { code: string }).code}: ${(error as Error).message}`;
        }
      }),
    );
  });

  const wanted = [
    /^ENOCOMPATPROTO: .*plain byte streams/,
    /^ENOCOMPATPROTO: .*plain byte streams/,
    /^ENOTSUP: .*ZAP/,
    /^ENOTSUP: .*ZAP/,
    /^ENOTSUP: a page has neither listeners/,
    /^ENOTSUP: interface cannot be set/,
    /^ENOTSUP: a page has neither listeners/,
  ];
  for (const [i, text] of refusals.entries()) assert.match(text, wanted[i]!);
});

/** A page that may share memory with its workers. */
async function isolatedPage(t: TestContext): Promise<Page> {
  const isolated = await browser!.newPage();
  t.after(() => isolated.close());
  await isolated.goto(`${origin}/isolated/`);
  await isolated.waitForFunction("globalThis.zmq !== undefined");
  return isolated;
}

test("inproc:// joins a page and its worker, and the page hears of the worker's end", { skip }, async (t) => {
  const isolated = await isolatedPage(t);

  const outcome = await isolated.evaluate(async () => {
    const { Context, Router } = (globalThis as never as { zmq: typeof import("zmq-ts") }).zmq;
    const context = new Context();
    const router = new Router({ context });
    await router.bind("inproc://page");
    const { Worker } = globalThis as unknown as { Worker: PageWorkerClass };
    const worker = new Worker("worker.js", { type: "module" });
    worker.postMessage(context.share());
    let inOrder = 0;
    let id: Uint8Array | undefined;
    for (; inOrder < 1000; inOrder++) {
      const message = await router.receive();
      id = message[0];
      if (String(message[2]) !== String(inOrder)) break;
    }
    const [, large] = await router.receive();
    await router.send([id as never, "hello"]);
    const [, last] = await router.receive();
    const before = router.stats().peers;
    worker.terminate();
    while (router.stats().peers > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    return { inOrder, large: large!.length, last: String(last), before };
  });

  assert.deepEqual(outcome, { inOrder: 1000, large: 500_000, last: "the page said hello", before: 1 });
});

test("inproc:// joins two workers of a page", { skip }, async (t) => {
  const isolated = await isolatedPage(t);

  const answers = await isolated.evaluate(() => {
    const { Context } = (globalThis as never as { zmq: typeof import("zmq-ts") }).zmq;
    const { Worker } = globalThis as unknown as { Worker: PageWorkerClass };
    const context = new Context();
    const [asks, answers] = [0, 1].map(() => new Worker("partner.js", { type: "module" }));
    return new Promise<string[]>((resolve) => {
      asks!.onmessage = ({ data }) => resolve(data);
      asks!.postMessage({ share: context.share(), binds: false });
      answers!.postMessage({ share: context.share(), binds: true });
    });
  });

  assert.deepEqual(answers, ["re: one", "re: two"]);
});

test("a page that is not isolated is told what it needs to share with its workers", { skip }, async (t) => {
  const page = await usePage(t);
  const refusal = await page.evaluate(() => {
    const { Context } = (globalThis as never as { zmq: typeof import("zmq-ts") }).zmq;
    try {
      new Context().share();
      return "nothing";
    } catch (error) {
      return String(error);
    }
  });

  assert.match(refusal, /zmq-ts\/workers/);
});

test("a page comes back when its server was restarted, subscriptions and all", { skip }, async (t) => {
  const page = await newPage(t);
  const first = open(t, Publisher);
  await first.bind("ws://127.0.0.1:*");
  const endpoint = first.lastEndpoint!;
  await page.evaluate((to) => {
    const { zmq } = globalThis as unknown as InPage;
    const sub = new zmq.Subscriber!({ reconnectInterval: 20 });
    sub.subscribe("");
    sub.connect(to);
    (globalThis as unknown as InPage).kept = sub;
  }, endpoint);
  const until = async (feed: Publisher, text: string): Promise<void> => {
    let isHeard = false;
    const hearing = page
      .evaluate(async (wanted) => {
        while (String(await (globalThis as unknown as InPage).kept.receive()) !== wanted);
      }, text)
      .finally(() => {
        isHeard = true;
      });
    while (!isHeard) {
      await feed.send(text);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await hearing;
  };
  await until(first, "before");

  await first.unbind(endpoint);
  first.close();
  const second = open(t, Publisher);
  await second.bind(endpoint);

  await until(second, "after");
});

test("a page takes a flood of 200 000 messages, a hundred thousand a second or more, and stays alive meanwhile", {
  skip,
  timeout: 40_000,
}, async (t) => {
  const page = await usePage(t);
  const { got, bytes, ms, longest } = await flood(t, server!, page, 200_000);

  t.diagnostic(
    `${Math.round(got / ms)} messages a ms; the page was away for at most ${Math.round(longest)} ms`,
  );
  assert.deepEqual([got, bytes], [200_000, 20_000_000]);
  assert.ok(got / ms >= 100, `${Math.round(got / ms)} messages a ms`);
  assert.ok(longest < 1000, `the page was frozen for ${longest} ms`);
});

test("a page of another origin than those on the list cannot connect", { skip }, async (t) => {
  const page = await newPage(t);
  const [strict, lenient] = [
    open(t, Reply, { webOrigins: "https://app.example" }),
    open(t, Reply, { webOrigins: `https://app.example ${origin}` }),
  ];
  await strict.bind("ws://127.0.0.1:*");
  const refused = log(strict).next("accept:error");
  const endpoint = await serve(server!, lenient, "lenient");

  const outcome = page.evaluate(
    async ([to, other]) => {
      const { zmq } = globalThis as unknown as InPage;
      const request = new zmq.Request!({ reconnectInterval: -1 });
      const closed = new Promise<string>((resolve) =>
        request.events.on("close", ({ error }) => resolve(error!.message)),
      );
      request.connect(to);
      const said = await closed;
      const second = new zmq.Request!();
      second.connect(other);
      await second.send("let me in");
      return said;
    },
    [strict.lastEndpoint!, endpoint] as [string, string],
  );

  assert.equal((await refused).error.code, "EACCES");
  assert.match(await soon(outcome), /could not connect/);
  assert.deepEqual(await receiveTexts(lenient, 1), ["let me in"]);
});

test("the example's page shows the feed and gets its answer", { skip }, async (t) => {
  const child = spawn(process.execPath, ["examples/browser/server.mjs"], {
    env: { ...process.env, PORT: "0" },
  });
  t.after(() => child.kill());
  const [line] = (await soon(once(child.stdout, "data"), "the address of the example")) as [Buffer];
  const shown = await browser!.newPage();
  t.after(() => shown.close());

  await shown.goto(/http:\S+/.exec(String(line))![0]);
  await shown.waitForFunction('/^load [0-9.]+$/.test(document.querySelector("h2").textContent)');
  await shown.fill("input", "abc");
  await shown.click("button");

  await shown.waitForFunction('document.querySelector("output").textContent === "abc, backwards: cba"');
});
