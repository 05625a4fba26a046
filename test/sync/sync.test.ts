/** The blocking API, in threads of its own: the test's thread is the peer, and must not block. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Pull, Push, Reply, Router } from "zmq-ts";
import { blocking } from "../support/blocking.ts";
import { open, receiveTexts, soon } from "../support/sockets.ts";
import { sharedContext } from "../support/threads.ts";

declare function attempt(run: () => unknown): string;

test("sends and receives over tcp, all kinds of value", async (t) => {
  const reply = open(t, Reply);
  await reply.bind("tcp://127.0.0.1:*");
  const served = (async () => {
    for (let i = 0; i < 4; i++) await reply.send(await reply.receive());
  })();

  const got = await blocking(
    t,
    (zmq, endpoint) => {
      const context = new zmq.Context();
      const socket = context.socket(zmq.REQ);
      socket.connect(endpoint);
      const got: unknown[] = [];
      socket.sendString("héllo");
      got.push(socket.recvString());
      socket.sendJson({ a: [1, null] });
      got.push(socket.recvJson());
      socket.send("a", zmq.SNDMORE);
      socket.send(new Uint8Array([66]));
      got.push(socket.recv().toString(), socket.rcvmore, socket.getsockopt(zmq.RCVMORE));
      got.push(socket.recv().toString(), socket.rcvmore);
      socket.sendMultipart(["x", "", "z"]);
      got.push(socket.recvMultipart().map(String));
      context.destroy();
      return got;
    },
    reply.lastEndpoint!,
  );

  assert.deepEqual(got, ["héllo", { a: [1, null] }, "a", true, 1, "B", false, ["x", "", "z"]]);
  await served;
});

test("timeouts and DONTWAIT are EAGAIN; out of step is EFSM", async (t) => {
  const got = await blocking(t, (zmq) => {
    const context = new zmq.Context();
    const [pull, push, request] = [zmq.PULL, zmq.PUSH, zmq.REQ].map((type) => context.socket(type));
    const got = [attempt(() => pull!.recv(zmq.DONTWAIT)), attempt(() => push!.send("x", zmq.DONTWAIT))];
    pull!.setsockopt(zmq.RCVTIMEO, 20);
    const before = performance.now();
    got.push(
      attempt(() => pull!.recv()),
      String(performance.now() - before >= 19),
    );
    push!.setsockopt(zmq.SNDTIMEO, 5);
    got.push(attempt(() => push!.send("x")));
    got.push(
      attempt(() => request!.recv()),
      attempt(() => pull!.send("x")),
    );
    got.push(String(pull!.poll(5)));
    got.push(attempt(() => context.term()));
    context.destroy();
    got.push(
      String(context.closed),
      attempt(() => context.socket(zmq.PULL)),
      attempt(() => pull!.recv()),
    );
    return got;
  });

  assert.deepEqual(got, [
    ...["EAGAIN", "EAGAIN", "EAGAIN", "true", "EAGAIN", "EFSM", "ENOTSUP"],
    ...["0", "EBUSY", "true", "ETERM", "EBADF"],
  ]);
});

test("a REQ or REP out of step explains itself and points to DEALER or ROUTER", async (t) => {
  const [asking, answering] = await blocking(t, (zmq) => {
    const context = new zmq.Context();
    const [request, reply] = [zmq.REQ, zmq.REP].map((type) => context.socket(type));
    const errors = [() => request!.recv(), () => reply!.send("x")].map((call) => {
      try {
        call();
      } catch (error) {
        return String(error);
      }
      return "nothing";
    });
    context.destroy();
    return errors;
  });

  assert.match(asking!, /this REQ socket has asked nothing: send a request first, or use a DEALER/);
  assert.match(answering!, /this REP socket .* use a ROUTER/);
});

test("bind fails at once with what the system says; a port may be chosen", async (t) => {
  const pull = open(t, Pull);
  await pull.bind("tcp://127.0.0.1:*");
  const [code, port, last] = await blocking(
    t,
    (zmq, taken) => {
      const context = new zmq.Context();
      const socket = context.socket(zmq.PULL);
      const code = attempt(() => socket.bind(taken));
      const port = socket.bindToRandomPort("tcp://127.0.0.1");
      const last = socket.getsockopt(zmq.LAST_ENDPOINT);
      context.destroy();
      return [code, port, last] as const;
    },
    pull.lastEndpoint!,
  );

  assert.equal(code, "EADDRINUSE");
  assert.equal(last, `tcp://127.0.0.1:${port}`);
});

test("options by libzmq's numbers, checked as everywhere", async (t) => {
  const got = await blocking(t, (zmq) => {
    const context = new zmq.Context();
    const router = context.socket(zmq.ROUTER);
    router.setsockopt(zmq.SNDHWM, 7);
    router.set(zmq.ROUTER_MANDATORY, 1);
    router.setsockopt(zmq.ROUTING_ID, "me");
    const got = [router.getsockopt(zmq.SNDHWM), router.get(zmq.ROUTING_ID), router.getsockopt(zmq.TYPE)];
    got.push(attempt(() => router.sendMultipart(["nobody", "x"])));
    got.push(
      attempt(() => router.setsockopt(zmq.SNDHWM, -1)),
      attempt(() => router.setsockopt(9999, 1)),
    );
    got.push(
      attempt(() => router.subscribe("x")),
      attempt(() => context.socket(99)),
    );
    context.destroy();
    return got;
  });

  assert.deepEqual(got, [7, "me", 6, "EHOSTUNREACH", "EINVAL", "EINVAL", "EINVAL", "EINVAL"]);
});

test("long frames come back as they went, among short ones", async (t) => {
  const router = open(t, Router);
  await router.bind("tcp://127.0.0.1:*");
  const sizes = [1, 100_000, 0, 16_384, 1_000_000, 16_383];
  const served = (async () => {
    for (let i = 0; i < 20; i++) await router.send(await soon(router.receive()));
  })();

  const same = await blocking(
    t,
    (zmq, { endpoint, sizes }) => {
      const context = new zmq.Context();
      const dealer = context.socket(zmq.DEALER);
      dealer.connect(endpoint);
      const sent = Array.from({ length: 20 }, (_, i) => sizes.map((size) => Buffer.alloc(size, i)));
      for (const message of sent) dealer.sendMultipart(message);
      let same = 0;
      for (const message of sent) {
        const parts = dealer.recvMultipart();
        if (parts.length === message.length && message.every((part, i) => part.equals(parts[i]!))) same++;
      }
      context.destroy();
      return same;
    },
    { endpoint: router.lastEndpoint!, sizes },
  );

  assert.equal(same, 20);
  await served;
});

test("a full socket blocks until its peer reads, and loses nothing", async (t) => {
  const pull = open(t, Pull, { receiveHighWaterMark: 10 });
  await pull.bind("tcp://127.0.0.1:*");
  const sending = blocking(
    t,
    (zmq, endpoint) => {
      const context = new zmq.Context();
      const push = context.socket(zmq.PUSH);
      push.setsockopt(zmq.SNDHWM, 10);
      push.connect(endpoint);
      for (let i = 0; i < 200; i++) push.sendMultipart([String(i), new Uint8Array(50_000)]);
      context.destroy();
    },
    pull.lastEndpoint!,
  );

  for (let i = 0; i < 200; i++) assert.equal(String((await soon(pull.receive()))[0]), String(i));
  await sending;
});

test("a socket of a thread that blocks and one of a thread that does not, by inproc", async (t) => {
  const { context, shared } = sharedContext(t);
  const router = open(t, Router, { context });
  router.bindSync("inproc://both");
  const asking = blocking(
    t,
    (zmq, shared) => {
      const context = zmq.Context.from(shared);
      const socket = context.socket(zmq.REQ);
      socket.connect("inproc://both");
      const got: string[] = [];
      for (let i = 0; i < 50; i++) {
        socket.sendString(String(i));
        got.push(socket.recvString());
      }
      context.destroy();
      return got;
    },
    shared,
  );
  for (let i = 0; i < 50; i++) {
    const message = await soon(router.receive());
    await router.send(message);
  }

  assert.deepEqual(
    await asking,
    Array.from({ length: 50 }, (_, i) => String(i)),
  );
});

test("the end of a context waits for what was sent: to a peer that comes later too", async (t) => {
  const { createServer } = await import("node:net");
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  const sending = blocking(
    t,
    (zmq, port) => {
      const context = new zmq.Context();
      const push = context.socket(zmq.PUSH);
      push.setsockopt(zmq.RECONNECT_IVL, 5);
      push.connect(`tcp://127.0.0.1:${port}`);
      for (let i = 0; i < 100; i++) push.sendString(String(i));
      push.close();
      context.term();
    },
    port,
  );
  const pull = open(t, Pull);
  await pull.bind(`tcp://127.0.0.1:${port}`);

  assert.deepEqual(
    await receiveTexts(pull, 100),
    Array.from({ length: 100 }, (_, i) => String(i)),
  );
  await sending;
});

test("linger 0 drops what nobody took", async (t) => {
  await blocking(t, (zmq) => {
    const context = new zmq.Context();
    const push = context.socket(zmq.PUSH);
    push.connect("tcp://127.0.0.1:1");
    for (let i = 0; i < 100; i++) push.sendString(String(i));
    context.destroy(0);
  });
});

test("a poller takes sockets of one context only, and wants at least one", async (t) => {
  const got = await blocking(t, (zmq) => {
    const [one, two] = [new zmq.Context(), new zmq.Context()];
    const poller = new zmq.Poller();
    const got: unknown[] = [attempt(() => poller.poll()), poller.poll(0)];
    const [a, b] = [one.socket(zmq.PULL), two.socket(zmq.PULL)];
    poller.register(a, zmq.POLLIN);
    got.push(poller.poll(0));
    poller.register(b, zmq.POLLIN);
    got.push(attempt(() => poller.poll(0)));
    poller.unregister(b);
    got.push(
      attempt(() => poller.unregister(b)),
      attempt(() => poller.modify(b, zmq.POLLIN)),
    );
    one.destroy();
    two.destroy();
    return got;
  });

  assert.deepEqual(got, ["EINVAL", [], [], "EINVAL", "EINVAL", "EINVAL"]);
});

test("a PUSH of this thread and blocking PULLs in three share the work", async (t) => {
  const push = open(t, Push, { sendHighWaterMark: 1 });
  await push.bind("tcp://127.0.0.1:*");
  const workers = [0, 1, 2].map(() =>
    blocking(
      t,
      (zmq, endpoint) => {
        const context = new zmq.Context();
        const pull = context.socket(zmq.PULL);
        pull.connect(endpoint);
        let count = 0;
        while (pull.recvString() !== "end") count++;
        context.destroy();
        return count;
      },
      push.lastEndpoint!,
    ),
  );
  for (let i = 0; i < 60; i++) await push.send("work");
  let isOver = false;
  const all = Promise.all(workers).finally(() => {
    isOver = true;
  });
  while (!isOver) {
    push.trySend("end");
    await new Promise((resolve) => setImmediate(resolve));
  }

  const counts = await all;
  assert.ok(counts.reduce((sum, one) => sum + one) <= 60);
});
