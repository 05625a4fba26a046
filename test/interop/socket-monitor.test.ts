/**
 * The frames of `socketMonitor` beside those that libzmq's monitor gives for the same happening. A happening is watched at
 * libzmq's socket with ours at the other end, and then at ours with libzmq's at the other end: it must read the same.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { constants, Pair, type Socket, socketMonitor } from "zmq-ts";
import {
  type End,
  OURS,
  type PeerLibrary,
  type PeerOptions,
  type SocketType,
} from "../support/interop-ends.ts";
import { startWithDrafts } from "../support/libzmq-drafts.ts";
import { type PythonEnd, PythonPeer } from "../support/python.ts";
import { greeting, RawPeer } from "../support/raw-peer.ts";
import { anyEndpoint, inprocName, open, soon } from "../support/sockets.ts";

const plain = await PythonPeer.start();
const drafts = await startWithDrafts();
const timeout = 10_000;
const RECONNECT_MS = 60_000;

type Version = 1 | 2;
/** Not ws, where libzmq tells each handshake twice. */
type Transport = "tcp" | "ipc";

/** A socket whose monitor is read. */
interface Watched {
  end: End;
  frames(): Promise<Buffer[]>;
  /** Ends the monitor. */
  stop(): Promise<void>;
}

type Watch = (type: SocketType, options?: PeerOptions) => Promise<Watched>;

function watchOurs(t: TestContext, version: Version): Watch {
  return async (type, options) => {
    const end = await OURS.open(type, options);
    t.after(() => end.close());
    const socket = (end as unknown as { socket: Socket }).socket;
    const reader = open(t, Pair);
    const name = inprocName();
    socketMonitor(socket, name, { version });
    reader.connect(name);
    return { end, frames: () => reader.receive(), stop: async () => socketMonitor(socket, null) };
  };
}

function watchTheirs(t: TestContext, python: PythonPeer, version: Version): Watch {
  return async (type, options) => {
    const end: PythonEnd = await python.open(type, options);
    t.after(() => end.close());
    const monitor = await end.monitor(version);
    return { end, frames: () => monitor.frames(), stop: () => end.unmonitor() };
  };
}

const NAMES = new Map(
  Object.entries(constants)
    .filter(([name]) => name.startsWith("ZMQ_EVENT_") && !name.startsWith("ZMQ_EVENT_ALL"))
    .map(([name, number]) => [Number(number), name.slice("ZMQ_EVENT_".length)]),
);
/** Their value is a file descriptor, which we do not know. */
const WITH_DESCRIPTOR = ["LISTENING", "ACCEPTED", "CONNECTED", "CLOSED", "DISCONNECTED"];

interface Told {
  event: string;
  sizes: number[];
  values: (number | string)[];
  endpoints: string[];
}

/** What must be the same: how many frames of what size, the event, its values and which endpoints it names. */
function read(frames: Buffer[], version: Version, endpoint: string): Told {
  const head = version === 1 ? frames.slice(0, 1) : frames.slice(0, -2);
  const number = version === 1 ? head[0]!.readUInt16LE(0) : Number(head[0]!.readBigUInt64LE());
  const event = NAMES.get(number) ?? String(number);
  const values =
    version === 1
      ? [head[0]!.readInt32LE(2)]
      : [Number(head[1]!.readBigUInt64LE()), ...head.slice(2).map((frame) => Number(frame.readBigInt64LE()))];
  const last = values.length - 1;
  const scheme = endpoint.slice(0, endpoint.indexOf(":") + 3);
  const place = (text: string): string => {
    // libzmq names what it could not bind without the scheme.
    if (text !== "" && (text === endpoint || `${scheme}${text}` === endpoint)) return "what is bound";
    return text.startsWith(scheme) ? "the other end" : text;
  };
  return {
    event,
    sizes: head.map((frame) => frame.length),
    values: values.map((value, i) => (i === last ? worded(event, value) : value)),
    endpoints: frames.slice(head.length).map((frame) => place(String(frame))),
  };
}

function worded(event: string, value: number): number | string {
  if (WITH_DESCRIPTOR.includes(event)) return value >= -1 ? "descriptor" : value;
  // libzmq adds up to as much again, by chance.
  if (event === "CONNECT_RETRIED" && value >= RECONNECT_MS && value <= 2 * RECONNECT_MS) return "interval";
  return value;
}

interface Scene {
  t: TestContext;
  transport: Transport;
  watch: Watch;
  other: PeerLibrary;
}

async function opened(
  t: TestContext,
  library: PeerLibrary,
  type: SocketType,
): Promise<{ peer: End; close: () => Promise<void> }> {
  const peer = await library.open(type);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= peer.close());
  t.after(close);
  return { peer, close };
}

/** What happens, and the events that libzmq has for it; answers the endpoint. `until` reads on until an event has come. */
interface Happening {
  events: string[];
  transports?: Transport[];
  run(scene: Scene, until: (watched: Watched, ...events: number[]) => Promise<void>): Promise<string>;
}

const { ZMQ_EVENT_ACCEPTED, ZMQ_EVENT_DISCONNECTED, ZMQ_EVENT_HANDSHAKE_SUCCEEDED } = constants;
const { ZMQ_EVENT_BIND_FAILED, ZMQ_EVENT_CONNECT_RETRIED, ZMQ_EVENT_MONITOR_STOPPED } = constants;

const HAPPENINGS: Record<string, Happening> = {
  "a listener whose peer comes and goes": {
    events: ["LISTENING", "ACCEPTED", "HANDSHAKE_SUCCEEDED", "DISCONNECTED", "MONITOR_STOPPED"],
    async run({ t, transport, watch, other }, until) {
      const watched = await watch("PULL");
      const endpoint = await watched.end.bind(anyEndpoint(transport));
      const { peer, close } = await opened(t, other, "PUSH");
      await peer.connect(endpoint);
      await until(watched, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
      await close();
      await until(watched, ZMQ_EVENT_DISCONNECTED);
      await watched.stop();
      await until(watched, ZMQ_EVENT_MONITOR_STOPPED);
      return endpoint;
    },
  },
  "a dialer whose peer goes": {
    events: [
      "CONNECT_DELAYED",
      "CONNECTED",
      "HANDSHAKE_SUCCEEDED",
      "DISCONNECTED",
      "CONNECT_RETRIED",
      "MONITOR_STOPPED",
    ],
    async run({ t, transport, watch, other }, until) {
      const { peer, close } = await opened(t, other, "PULL");
      const endpoint = await peer.bind(anyEndpoint(transport));
      const watched = await watch("PUSH", { reconnectInterval: RECONNECT_MS });
      await watched.end.connect(endpoint);
      await until(watched, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
      await close();
      await until(watched, ZMQ_EVENT_CONNECT_RETRIED);
      await watched.stop();
      await until(watched, ZMQ_EVENT_MONITOR_STOPPED);
      return endpoint;
    },
  },
  "a bind where somebody else is": {
    events: ["BIND_FAILED"],
    transports: ["tcp"],
    async run({ t, transport, watch, other }, until) {
      const { peer } = await opened(t, other, "PULL");
      const endpoint = await peer.bind(anyEndpoint(transport));
      const watched = await watch("PULL");
      await assert.rejects(watched.end.bind(endpoint));
      await until(watched, ZMQ_EVENT_BIND_FAILED);
      return endpoint;
    },
  },
  "a peer with another mechanism": {
    events: ["LISTENING", "ACCEPTED", "HANDSHAKE_FAILED_PROTOCOL", "DISCONNECTED"],
    async run({ t, transport, watch }, until) {
      const watched = await watch("PULL");
      const endpoint = await watched.end.bind(anyEndpoint(transport));
      const peer = await RawPeer.connect(t, endpoint);
      peer.write(greeting("PLAIN"));
      await until(watched, ZMQ_EVENT_DISCONNECTED);
      return endpoint;
    },
  },
  "a peer that says nothing until the handshake's time is over": {
    events: ["LISTENING", "ACCEPTED", "HANDSHAKE_FAILED_NO_DETAIL", "DISCONNECTED"],
    async run({ t, transport, watch }, until) {
      const watched = await watch("PULL", { handshakeInterval: 10 });
      const endpoint = await watched.end.bind(anyEndpoint(transport));
      await RawPeer.connect(t, endpoint);
      await until(watched, ZMQ_EVENT_DISCONNECTED);
      return endpoint;
    },
  },
  "a peer that goes in the middle of the handshake": {
    events: ["LISTENING", "ACCEPTED", "HANDSHAKE_FAILED_NO_DETAIL", "DISCONNECTED"],
    async run({ t, transport, watch }, until) {
      const watched = await watch("PULL");
      const endpoint = await watched.end.bind(anyEndpoint(transport));
      const peer = await RawPeer.connect(t, endpoint);
      await until(watched, ZMQ_EVENT_ACCEPTED);
      peer.write(greeting());
      await peer.read(64);
      peer.end();
      await until(watched, ZMQ_EVENT_DISCONNECTED);
      return endpoint;
    },
  },
};

/** All that a happening's watched socket tells. */
async function told({ run }: Happening, version: Version, scene: Scene): Promise<Told[]> {
  const all: Buffer[][] = [];
  const until = async (watched: Watched, event: number): Promise<void> => {
    for (;;) {
      const frames = await soon(watched.frames(), `event ${NAMES.get(event)}`);
      all.push(frames);
      if (frames[0]!.readUInt16LE(0) === event) return;
    }
  };
  const endpoint = await run(scene, until);
  // What libzmq could not bind it also closes, a socket that never had an address.
  return all
    .map((frames) => read(frames, version, endpoint))
    .filter(({ event, endpoints }) => event !== "CLOSED" || endpoints.some((text) => text !== ""));
}

for (const [what, happening] of Object.entries(HAPPENINGS)) {
  for (const transport of happening.transports ?? (["tcp", "ipc"] as const)) {
    for (const [python, version] of [
      [plain, 1],
      [drafts, 1],
      [drafts, 2],
    ] as const) {
      test(`[test_monitor] version ${version} of our monitor and of libzmq's (${python.name}) give the same frames for ${what} over ${transport}`, {
        timeout,
        skip: python.missing ?? false,
      }, async (t) => {
        const scene = { t, transport };

        const theirs = await told(happening, version, {
          ...scene,
          watch: watchTheirs(t, python, version),
          other: OURS,
        });
        const ours = await told(happening, version, {
          ...scene,
          watch: watchOurs(t, version),
          other: python,
        });

        assert.deepEqual(ours, theirs);
        const events = happening.events.filter((name) => transport !== "ipc" || name !== "CONNECT_DELAYED");
        assert.deepEqual(
          theirs.map(({ event }) => event),
          events,
        );
      });
    }
  }
}
