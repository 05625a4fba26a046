/**
 * A program as users of the `zeromq` package write it. Compiled twice, by `same-program.test.ts`: against that
 * package's types, and against ours under its name. Never run.
 */

import type { EventSubscriber, Readable, RouterConnectOptions, StreamConnectOptions, Writable } from "zeromq";
import * as zmq from "zeromq";
import {
  Context,
  type Event,
  type EventOfType,
  type EventType,
  type Message,
  type MessageLike,
  type SocketOptions,
} from "zeromq";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(..._proof: Equal<A, B> extends true ? [] : [never]): void {}

// ---- constructors and their options

const context = new Context({ ioThreads: 2, maxSockets: 100, ipv6: false, blocky: true });
export const pair = new zmq.Pair({ linger: 0, sendHighWaterMark: 5, receiveHighWaterMark: 5, context });
export const publisher = new zmq.Publisher({
  noDrop: true,
  conflate: false,
  invertMatching: false,
  sendTimeout: 0,
});
export const subscriber = new zmq.Subscriber({ receiveTimeout: 100, invertMatching: true });
export const request = new zmq.Request({ routingId: "r", correlate: true, relaxed: true, probeRouter: true });
export const reply = new zmq.Reply({ routingId: "r", sendTimeout: 5 });
export const dealer = new zmq.Dealer({ routingId: "d", probeRouter: true, conflate: true });
export const router = new zmq.Router({ mandatory: true, handover: true, probeRouter: false });
export const pull = new zmq.Pull({ conflate: true, receiveBufferSize: 4096 });
export const push = new zmq.Push({
  immediate: true,
  heartbeatInterval: 10,
  heartbeatTimeout: 5,
  heartbeatTimeToLive: 100,
});
export const xpub = new zmq.XPublisher({ verbosity: "allSubs", manual: true, welcomeMessage: "w" });
export const xsub = new zmq.XSubscriber({});
export const stream = new zmq.Stream({ notify: false });
export const bare: zmq.Socket[] = [new zmq.Push(), new zmq.Pull(), pair, publisher, stream];

const options: SocketOptions<zmq.Dealer> = { linger: 5, reconnectInterval: 10, reconnectMaxInterval: 1000 };
export const fromOptions = new zmq.Dealer(options);

// @ts-expect-error a Pull cannot send, so it has no sendTimeout
new zmq.Pull({ sendTimeout: 1 });
// @ts-expect-error no such option
new zmq.Pull({ unheardOf: 1 });
// @ts-expect-error read-only
new zmq.Pull({ lastEndpoint: "tcp://127.0.0.1:1" });
// @ts-expect-error of the wrong type
new zmq.Pull({ linger: "5" });

// ---- properties

push.linger = 10;
push.sendHighWaterMark = 2;
pull.receiveTimeout = -1;
xpub.verbosity = null;
xpub.verbosity = "allSubsUnsubs";
dealer.routingId = null;
push.tcpKeepalive = 1;
push.maxMessageSize = 1000;
push.handshakeInterval = 5;
push.connectTimeout = 5;
same<typeof push.closed, boolean>();
same<typeof push.readable, boolean>();
same<typeof push.writable, boolean>();
same<typeof push.lastEndpoint, string | null>();
same<typeof push.linger, number>();
same<typeof push.immediate, boolean>();
same<zmq.Dealer["routingId"], string | null>();
export const typeNumber: number = push.type;
same<typeof push.context, zmq.Context>();
same<ReturnType<typeof zmq.curveKeyPair>, { publicKey: string; secretKey: string }>();
same<typeof push.curveServerKey, string | null>();
same<typeof push.securityMechanism, null | "plain" | "curve" | "gssapi">();
// @ts-expect-error read-only
push.closed = true;
// @ts-expect-error no receiving side
push.receive;
// @ts-expect-error no sending side
pull.send;

// ---- endpoints

export async function endpoints(): Promise<void> {
  const bound: Promise<void> = pull.bind("tcp://127.0.0.1:0");
  await bound;
  pull.bindSync("inproc://x");
  const unbound: Promise<void> = pull.unbind("inproc://x");
  await unbound;
  pull.unbindSync("inproc://y");
  push.connect("tcp://127.0.0.1:5555");
  same<ReturnType<zmq.Push["connect"]>, void>();
  push.disconnect("tcp://127.0.0.1:5555");
  const byId: RouterConnectOptions = { routingId: "peer" };
  router.connect("tcp://127.0.0.1:5555", byId);
  const streamOptions: StreamConnectOptions = { routingId: "peer" };
  stream.connect("tcp://127.0.0.1:5555", streamOptions);
  push.close();
}

// ---- sending and receiving

export async function traffic(): Promise<void> {
  same<Message, Buffer>();
  const values: MessageLike[] = [
    "a",
    1,
    null,
    Buffer.alloc(1),
    new Uint8Array(1),
    new ArrayBuffer(1),
    new SharedArrayBuffer(1),
  ];
  await push.send(values);
  for (const value of values) await push.send(value);
  await dealer.send(["", "a"]);
  await stream.send(["id", "bytes"]);
  // @ts-expect-error a message must be there
  push.send();
  // @ts-expect-error a plain object is no message
  await push.send({});
  // @ts-expect-error a STREAM message has two parts
  await stream.send(["id"]);

  const sent = push.send("x");
  same<typeof sent, Promise<void>>();
  const received = pull.receive();
  same<typeof received, Promise<Buffer[]>>();
  const [first, second] = await dealer.receive();
  const text: string = `${first!.toString()} ${second?.toString()}`;
  const fromStream = stream.receive();
  same<typeof fromStream, Promise<[Buffer, Buffer]>>();
  const [id, bytes] = await fromStream;
  await stream.send([id, bytes]);

  for await (const message of pull) same<typeof message, Buffer[]>();
  for await (const [topic, ...rest] of subscriber) {
    same<typeof rest, Buffer[]>();
    subscriber.unsubscribe(topic!);
  }
  for await (const message of stream) same<typeof message, [Buffer, Buffer]>();

  subscriber.subscribe();
  subscriber.subscribe("a", Buffer.from("b"));
  subscriber.unsubscribe("a", text);
}

export async function relay(from: Readable, to: Writable): Promise<void> {
  for await (const parts of from) await to.send(parts);
  await to.send(await from.receive());
}
export const relayed = [relay(pull, push), relay(router, dealer), relay(subscriber, publisher)];

// ---- events

export async function events(): Promise<void> {
  const { events: observer } = push;
  same<typeof observer, zmq.Observer>();
  const subscription: EventSubscriber = observer;
  observer.on("connect", (event) => {
    same<typeof event.type, "connect">();
    const address: string = event.address;
    console.log(address);
  });
  observer.on("connect:retry", ({ interval, address }) => console.log(interval.toFixed(), address));
  observer.on("bind:error", ({ error }) => console.log(error.code, error.errno, error.message));
  observer.on("handshake:error:protocol", ({ error }) => console.log(error.code));
  observer.on("handshake:error:auth", ({ error }) => console.log(error.status));
  observer.on("end", (event) => same<typeof event.type, "end">());
  subscription.off("connect", () => {});
  // @ts-expect-error no such event
  observer.on("unheard-of", () => {});

  const event: Event = await pull.events.receive();
  switch (event.type) {
    case "accept":
    case "disconnect":
      console.log(event.address);
      break;
    case "connect:retry":
      console.log(event.interval);
      break;
    case "end":
      break;
  }
  for await (const { type } of pull.events) {
    const known: EventType = type;
    console.log(known);
  }
  const retry: EventOfType<"connect:retry"> = { type: "connect:retry", address: "a", interval: 5 };
  console.log(retry, observer.closed);
  observer.close();
}

// ---- the rest

export async function rest(): Promise<void> {
  const proxy = new zmq.Proxy(router, dealer);
  same<typeof proxy.frontEnd, zmq.Router>();
  same<typeof proxy.backEnd, zmq.Dealer>();
  const running: Promise<void> = proxy.run();
  proxy.pause();
  proxy.resume();
  proxy.terminate();
  await running;
  const version: string = zmq.version;
  const hasIpc: boolean | undefined = zmq.capability.ipc;
  const global: zmq.Context = zmq.context;
  global.maxSockets = 5;
  console.log(version, hasIpc, global.maxSocketsLimit, global.ioThreads, global.ipv6, global.blocky);
}

export class Worker {
  readonly socket = new zmq.Reply();

  async *questions(): AsyncGenerator<string> {
    for await (const [question] of this.socket) {
      yield question!.toString();
      await this.socket.send("done");
    }
  }
}

export class Custom extends zmq.Dealer {
  constructor(options?: SocketOptions<zmq.Dealer>) {
    super({ linger: 0, ...options });
  }

  ask(question: string): Promise<void> {
    return this.send(["", question]);
  }
}

export function isSocket(value: unknown): value is zmq.Socket {
  return value instanceof zmq.Socket;
}
