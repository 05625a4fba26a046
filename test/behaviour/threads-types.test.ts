/** Every two socket types that talk, one in a thread of its own, by inproc:// between them, whoever binds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as stable from "zmq-ts";
import * as draft from "zmq-ts/draft";
import { inprocName, open, soon } from "../support/sockets.ts";
import { inThread, sharedContext } from "../support/threads.ts";

interface AnySocket extends stable.Socket {
  send(message: unknown, about?: unknown): Promise<void>;
  receive(): Promise<unknown[]>;
  subscribe(topic: string): void;
  subscribers(count: number): Promise<void>;
  join(group: string): void;
  connectPeer(address: string): number;
}

type Part = "tells" | "asks" | "echoes" | "hears";
interface Job {
  type: string;
  part: Part;
}

const ONE_WAY: [sender: string, receiver: string][] = [
  ["Push", "Pull"],
  ["Publisher", "Subscriber"],
  ["Publisher", "XSubscriber"],
  ["XPublisher", "Subscriber"],
  ["XPublisher", "XSubscriber"],
  ["Radio", "Dish"],
  ["Scatter", "Gather"],
];
const BOTH_WAYS: [asker: string, echo: string][] = [
  ["Request", "Reply"],
  ["Request", "Router"],
  ["Dealer", "Reply"],
  ["Dealer", "Router"],
  ["Dealer", "Dealer"],
  ["Pair", "Pair"],
  ["Client", "Server"],
  ["Channel", "Channel"],
];

/** Of each two one is here and one in the thread, and then the other way round. */
const COUPLES: [here: Job, there: Job][] = [
  ...ONE_WAY.map(([a, b]): [Job, Job] => [
    { type: a, part: "tells" },
    { type: b, part: "hears" },
  ]),
  ...BOTH_WAYS.map(([a, b]): [Job, Job] => [
    { type: a, part: "asks" },
    { type: b, part: "echoes" },
  ]),
].flatMap(([one, other]) => [
  [one, other],
  [other, one],
]);

/** Plays a part to its end; in the thread it runs as text. Answers what it heard. */
async function play(
  socket: AnySocket,
  { type, part }: Job,
  attach: () => Promise<void>,
  isOver: () => boolean,
): Promise<string> {
  const last = (message: unknown[]) => String(message.findLast((what) => what instanceof Uint8Array));
  if (type === "Subscriber") socket.subscribe("");
  if (type === "Dish") socket.join("group");
  await attach();
  if (type === "XSubscriber") await socket.send("\x01");
  if (part === "hears") return last(await socket.receive());
  if (part === "echoes") {
    const message = await socket.receive();
    if (type === "Server") await socket.send(message[0], message[1]);
    else await socket.send(message);
    return last(message);
  }
  if (part === "asks") {
    // A REP wants the empty part that a REQ makes by itself.
    await socket.send(type === "Dealer" ? ["", "a word"] : "a word");
    return last(await socket.receive());
  }
  if (type === "Publisher" || type === "XPublisher") await socket.subscribers(1);
  do {
    await socket.send("a word", type === "Radio" ? { group: "group" } : undefined);
    await new Promise((resolve) => setImmediate(resolve));
  } while (type === "Radio" && !isOver());
  return "a word";
}

const CLASSES = { ...stable, ...draft } as unknown as Record<string, new (options: object) => AnySocket>;

for (const weBind of [true, false]) {
  test(`any two types talk across threads, where ${weBind ? "this one binds" : "the other one binds"}`, {
    timeout: 30_000,
  }, async (t) => {
    const { context, shared } = sharedContext(t);
    const names = COUPLES.map(() => inprocName());
    const done = new Int32Array(new SharedArrayBuffer(4));
    const thread = inThread(
      t,
      shared,
      async (zmq, context, { jobs, names, binds, play, done }, say) => {
        const classes = zmq as unknown as Record<string, new (options: object) => AnySocket>;
        const run = new Function(`return ${play}`)();
        for (const [i, job] of jobs.entries()) {
          const socket = new classes[job.type]!({ context });
          const attach = async () => {
            if (binds) await socket.bind(names[i]!);
            else socket.connect(names[i]!);
            say("attached");
          };
          say(await run(socket, job, attach, () => Atomics.load(done, 0) > i));
          socket.close();
        }
      },
      { jobs: COUPLES.map(([, there]) => there), names, binds: !weBind, play: play.toString(), done },
    );

    for (const [i, [here, there]] of COUPLES.entries()) {
      const couple = `${here.type} and ${there.type}`;
      const socket = new CLASSES[here.type]!({ context });
      t.after(() => socket.close());
      if (weBind) socket.bindSync(names[i]!);
      assert.equal(await soon(thread.said(), `the other of ${couple}`), "attached");
      const attach = async () => {
        if (!weBind) socket.connect(names[i]!);
      };
      let isOver = false;
      const heardThere = thread.said().finally(() => {
        isOver = true;
      });

      const heardHere = await soon(
        play(socket, here, attach, () => isOver),
        couple,
      );
      Atomics.store(done, 0, i + 1);

      assert.deepEqual([heardHere, await soon(heardThere, couple)], ["a word", "a word"], couple);
      socket.close();
    }
    await soon(thread.result);
  });
}

for (const weBind of [true, false]) {
  test(`two PEERs in two threads, where ${weBind ? "the other one" : "this one"} connects`, async (t) => {
    const { context, shared } = sharedContext(t);
    const name = inprocName();
    const peer = open(t, draft.Peer, { context });
    if (weBind) peer.bindSync(name);
    const thread = inThread(
      t,
      shared,
      async (zmq, context, { name, connects }, say) => {
        const peer = new zmq.Peer({ context });
        if (connects) await peer.send("a word", { routingId: peer.connectPeer(name) });
        else peer.bindSync(name);
        say("attached");
        const [word, about] = await peer.receive();
        if (!connects) await peer.send(word, about);
        return String(word);
      },
      { name, connects: weBind },
    );
    await soon(thread.said(), "the thread is there");

    if (!weBind) await peer.send("a word", { routingId: peer.connectPeer(name) });
    const [word, about] = await soon(peer.receive());
    if (weBind) await peer.send(word!, about);

    assert.equal(String(word), "a word");
    assert.equal(await soon(thread.result), "a word");
  });
}
