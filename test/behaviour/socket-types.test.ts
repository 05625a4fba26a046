/** nng's five questions to each socket type: identity, what it cannot do, options, readiness, close while pending. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Socket,
  Stream,
  Subscriber,
  XPublisher,
  XSubscriber,
} from "zmq-ts";
import {
  anyEndpoint,
  inprocName,
  married,
  open,
  rejects,
  soon,
  staysPending,
  TRANSPORTS,
  throws,
  turns,
  until,
} from "../support/sockets.ts";

/** All that any of the types may have. */
interface AnySocket extends Socket {
  send(message: unknown): Promise<void>;
  trySend(message: unknown): boolean;
  receive(): Promise<Buffer[]>;
  tryReceive(): Buffer[] | undefined;
  [option: string]: unknown;
}

interface Row {
  type: new (options?: object) => Socket;
  id: number;
  sends: boolean;
  receives: boolean;
  /** Takes a message before there is any peer: routers and publishers, which drop it. */
  writableAlone: boolean;
  /** A receive before anything else: waits, or is out of step. */
  receivesFirst: "waits" | "EFSM" | "never";
  sendsFirst: "waits" | "EFSM" | "at once" | "EHOSTUNREACH" | "never";
  own: Record<string, unknown>;
}

const SENDING = {
  sendHighWaterMark: 1000,
  sendTimeout: -1,
  sendBufferSize: -1,
  multicastHops: 1,
  sendQueueLimit: 100_000,
};
const RECEIVING = { receiveHighWaterMark: 1000, receiveTimeout: -1, receiveBufferSize: -1 };

const ROWS: Record<string, Row> = {
  Pair: {
    type: Pair,
    id: 0,
    sends: true,
    receives: true,
    writableAlone: false,
    receivesFirst: "waits",
    sendsFirst: "waits",
    own: { ...SENDING, ...RECEIVING },
  },
  Publisher: {
    type: Publisher,
    id: 1,
    sends: true,
    receives: false,
    writableAlone: true,
    receivesFirst: "never",
    sendsFirst: "at once",
    own: { ...SENDING, conflate: false, noDrop: false, invertMatching: false },
  },
  Subscriber: {
    type: Subscriber,
    id: 2,
    sends: false,
    receives: true,
    writableAlone: false,
    receivesFirst: "waits",
    sendsFirst: "never",
    own: { ...RECEIVING, conflate: false, invertMatching: false },
  },
  Request: {
    type: Request,
    id: 3,
    sends: true,
    receives: true,
    writableAlone: false,
    receivesFirst: "EFSM",
    sendsFirst: "waits",
    own: { ...SENDING, ...RECEIVING, routingId: null, probeRouter: false, correlate: false, relaxed: false },
  },
  Reply: {
    type: Reply,
    id: 4,
    sends: true,
    receives: true,
    writableAlone: false,
    receivesFirst: "waits",
    sendsFirst: "EFSM",
    own: { ...SENDING, ...RECEIVING, routingId: null },
  },
  Dealer: {
    type: Dealer,
    id: 5,
    sends: true,
    receives: true,
    writableAlone: false,
    receivesFirst: "waits",
    sendsFirst: "waits",
    own: { ...SENDING, ...RECEIVING, routingId: null, probeRouter: false, conflate: false },
  },
  Router: {
    type: Router,
    id: 6,
    sends: true,
    receives: true,
    writableAlone: true,
    receivesFirst: "waits",
    sendsFirst: "at once",
    own: { ...SENDING, ...RECEIVING, routingId: null, probeRouter: false, mandatory: false, handover: false },
  },
  Pull: {
    type: Pull,
    id: 7,
    sends: false,
    receives: true,
    writableAlone: false,
    receivesFirst: "waits",
    sendsFirst: "never",
    own: { ...RECEIVING, conflate: false },
  },
  Push: {
    type: Push,
    id: 8,
    sends: true,
    receives: false,
    writableAlone: false,
    receivesFirst: "never",
    sendsFirst: "waits",
    own: { ...SENDING, conflate: false },
  },
  XPublisher: {
    type: XPublisher,
    id: 9,
    sends: true,
    receives: true,
    writableAlone: true,
    receivesFirst: "waits",
    sendsFirst: "at once",
    own: {
      ...SENDING,
      ...RECEIVING,
      noDrop: false,
      manual: false,
      welcomeMessage: null,
      invertMatching: false,
      verbosity: null,
    },
  },
  XSubscriber: {
    type: XSubscriber,
    id: 10,
    sends: true,
    receives: true,
    writableAlone: true,
    receivesFirst: "waits",
    sendsFirst: "at once",
    own: { ...SENDING, ...RECEIVING },
  },
  Stream: {
    type: Stream,
    id: 11,
    sends: true,
    receives: true,
    writableAlone: true,
    receivesFirst: "waits",
    sendsFirst: "EHOSTUNREACH",
    own: { ...SENDING, ...RECEIVING, notify: true },
  },
};

const COMMON: Record<string, unknown> = {
  affinity: 0,
  rate: 100,
  recoveryInterval: 10_000,
  reconnectInterval: 100,
  reconnectMaxInterval: 0,
  backlog: 100,
  maxMessageSize: -1,
  tcpKeepalive: -1,
  tcpKeepaliveCount: -1,
  tcpKeepaliveIdle: -1,
  tcpKeepaliveInterval: -1,
  immediate: false,
  ipv6: false,
  typeOfService: 0,
  handshakeInterval: 30_000,
  heartbeatInterval: 0,
  heartbeatTimeToLive: 0,
  heartbeatTimeout: -1,
  connectTimeout: 0,
  tcpMaxRetransmitTimeout: 0,
  multicastMaxTransportDataUnit: 1500,
  zapDomain: null,
  socksProxy: null,
  plainServer: false,
  plainUsername: null,
};

const ALL_OWN = new Set(Object.values(ROWS).flatMap((row) => Object.keys(row.own)));

for (const [name, row] of Object.entries(ROWS)) {
  const make = (t: Parameters<typeof open>[0], options?: object): AnySocket =>
    open(t, row.type, options) as AnySocket;
  // A bound socket has somewhere to wait for peers, and none of them is there.
  const bound = async (t: Parameters<typeof open>[0]): Promise<AnySocket> => {
    const socket = make(t);
    await socket.bind(name === "Stream" ? "tcp://127.0.0.1:*" : inprocName());
    return socket;
  };

  test(`${name} says what it is`, (t) => {
    const socket = make(t);

    assert.ok(socket instanceof Socket);
    assert.equal(row.type.name, name);
    assert.equal(socket.type, row.id);
    assert.equal(socket.closed, false);
    assert.equal(socket.lastEndpoint, null);
    assert.equal(socket.securityMechanism, null);
    assert.equal(socket.threadSafe, false);
    assert.deepEqual(Object.keys(socket), []);
  });

  test(`${name} refuses what it cannot do`, async (t) => {
    const socket = make(t);

    assert.equal("send" in socket, row.sends);
    assert.equal("receive" in socket, row.receives);
    assert.equal(Symbol.asyncIterator in socket, row.receives);
    if (row.sendsFirst === "EFSM") await rejects(socket.send("early"), "EFSM", /receive one first/);
    if (row.sendsFirst === "EHOSTUNREACH")
      await rejects(socket.send([Buffer.of(0, 1, 2, 3, 4), "x"]), "EHOSTUNREACH");
    if (row.receivesFirst === "EFSM") await rejects(socket.receive(), "EFSM", /send a request first/);
    assert.throws(() => Object.assign(socket, { unheardOf: 1 }), TypeError);
    assert.throws(() => Object.assign(socket, { lastEndpoint: "tcp://x:1" }), TypeError);
    assert.throws(() => make(t, { unheardOf: 1 }), TypeError);
    assert.throws(() => new row.type(5 as unknown as object), TypeError);
  });

  test(`${name} has the options of its type, with libzmq's defaults, and no others`, (t) => {
    const socket = make(t);

    const linger = name === "Subscriber" || name === "XSubscriber" ? 0 : -1;
    const expected = { linger, ...COMMON, ...row.own };
    const actual = Object.fromEntries(Object.keys(expected).map((option) => [option, socket[option]]));
    assert.deepEqual(actual, expected);
    for (const option of ALL_OWN) {
      if (!(option in row.own)) assert.equal(option in socket, false, `${name} should not have ${option}`);
    }
  });

  test(`${name} checks options when they are set and keeps the old value otherwise`, (t) => {
    const socket = make(t, { linger: 7, reconnectInterval: 30 });

    assert.equal(socket.linger, 7);
    assert.equal(socket.reconnectInterval, 30);
    for (const wrong of [-2, 1.5, 2 ** 31, Number.NaN])
      throws(() => (socket.linger = wrong), "EINVAL", /linger/);
    assert.throws(() => Object.assign(socket, { linger: "7" }), TypeError);
    assert.throws(() => Object.assign(socket, { immediate: 1 }), TypeError);
    assert.equal(socket.linger, 7);
    for (const [option, value] of Object.entries(row.own)) {
      const other = typeof value === "number" ? value + 1 : typeof value === "boolean" ? !value : "allSubs";
      if (option === "sendBufferSize" || option === "receiveBufferSize") continue;
      socket[option] = other;
      assert.equal(socket[option], other, option);
      socket[option] = value;
      assert.equal(socket[option], value, option);
    }
  });

  test(`${name} tells whether it is readable and writable before there is a peer`, async (t) => {
    const socket = await bound(t);

    assert.equal(socket.readable, false);
    assert.equal(socket.writable, row.writableAlone);
  });

  test(`${name} ends calls that wait when it is closed, and refuses later ones`, async (t) => {
    const socket = await bound(t);
    const waiting: Promise<unknown>[] = [];
    if (row.receivesFirst === "waits") waiting.push(socket.receive(), socket.receive());
    if (row.sendsFirst === "waits") waiting.push(socket.send("a"), socket.send("b"));
    for (const call of waiting) await staysPending(call, 1);

    socket.close();
    socket.close();

    for (const call of waiting) await rejects(call, "EAGAIN", /closed/);
    assert.equal(socket.closed, true);
    assert.equal(socket.readable, false);
    assert.equal(socket.writable, false);
    assert.equal(socket.context, undefined);
    const address = anyEndpoint("inproc");
    throws(() => void socket.bind(address), "EBADF");
    throws(() => socket.bindSync(address), "EBADF");
    throws(() => socket.connect(address), "EBADF");
    throws(() => socket.disconnect(address), "EBADF");
    throws(() => socket.unbindSync(address), "EBADF");
    await rejects(
      Promise.resolve().then(() => socket.unbind(address)),
      "EBADF",
    );
    if (row.sends) throws(() => void socket.send("x"), "EBADF", /closed/);
    if (row.sends) throws(() => void socket.trySend("x"), "EBADF", /closed/);
    if (row.receives) throws(() => void socket.receive(), "EBADF", /closed/);
    if (row.receives) throws(() => void socket.tryReceive(), "EBADF", /closed/);
    for (const option of ["linger", "type", "lastEndpoint", "events", ...Object.keys(row.own)]) {
      throws(() => socket[option], "ENOTSOCK", /closed/);
    }
    throws(() => (socket.linger = 0), "ENOTSOCK", /closed/);
  });
}

const COUPLES: [new (options?: object) => Socket, new (options?: object) => Socket][] = [
  [Pair, Pair],
  [Push, Pull],
  [Publisher, Subscriber],
  [XPublisher, XSubscriber],
  [Request, Reply],
  [Request, Router],
  [Dealer, Reply],
  [Dealer, Dealer],
  [Dealer, Router],
];

for (const transport of TRANSPORTS) {
  for (const [Sender, Receiver] of COUPLES) {
    test(`${Sender.name} becomes writable with a ${Receiver.name}, and that readable, over ${transport}`, async (t) => {
      const sender = open(t, Sender) as AnySocket;
      const receiver = open(t, Receiver) as AnySocket;
      if (receiver instanceof Subscriber) receiver.subscribe("");
      await married(t, receiver, sender, transport);
      if (receiver instanceof XSubscriber) await receiver.send("\x01");
      assert.equal(sender.writable, true);
      assert.equal(receiver.readable, false);

      const message = receiver instanceof Reply && sender instanceof Dealer ? ["", "x"] : "x";
      const send = () => sender.send(message);
      if (sender instanceof Publisher || sender instanceof XPublisher) {
        // Only once the subscription is there does anything go out.
        const deadline = Date.now() + 5000;
        while (!receiver.readable && Date.now() < deadline) {
          await send();
          await turns();
        }
      } else await send();

      await until(() => receiver.readable, "the receiver is readable");
      assert.equal((await soon(receiver.receive())).at(-1)!.toString(), "x");
    });
  }
}

test("the package exports what the zeromq package does, and its own beside it", async () => {
  const ours = Object.keys(await import("zmq-ts"));

  for (const name of Object.keys(ROWS)) assert.ok(ours.includes(name), name);
  for (const name of ["version", "capability", "context", "Context", "Socket", "Observer", "Proxy"]) {
    assert.ok(ours.includes(name), name);
  }
});
