/**
 * What the language and the runtime take for themselves, without this library: no row of the benchmark can cost less than
 * the floors it stands on. Medians of `runs` samples; `node bench/floors.mjs [runs]`.
 */
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { median } from "./stats.mjs";

const RUNS = Number(process.argv[2] ?? 5);
const TURNS = 1_000_000;
const CYCLES = 1000;
const SIZES = [100, 1000, 100_000];
const CHUNK = Buffer.alloc(65_536);

class Ready {
  constructor(count, make) {
    this.left = count;
    this.make = make;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  next() {
    const done = this.left-- === 0;
    return Promise.resolve({ value: done ? undefined : this.make(), done });
  }
}

/** Name → a function that does it `count` times, and how often. */
const FLOORS = [
  ["`await` of a promise that is resolved", TURNS, awaitResolved],
  [
    "a turn of `for await`, of a message that is there",
    TURNS,
    (count) => iterate(new Ready(count, () => [CHUNK])),
  ],
  [
    "the same with a view of 10 bytes made for each message",
    TURNS,
    (count) => iterate(new Ready(count, freshMessage)),
  ],
  ["a view of 10 bytes and the array around it, in batches of 1000", TURNS, makeBatches],
  ["a map of 1-byte keys, and a node, for each of many topics", 300_000, makeNodes],
  ["a connection of `node:net`: made, one byte each way, closed", CYCLES, cycle],
  ...(await cryptography()),
];

for (const [name, count, run] of FLOORS) {
  const samples = [];
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now();
    await run(count);
    samples.push(((performance.now() - start) * 1e6) / count);
  }
  const each = median(samples);
  console.log(
    `${name.padEnd(66)} ${format(each).padStart(9)}   ${Math.round(1e9 / each).toLocaleString("en")}/s`,
  );
}

function format(nanoseconds) {
  return nanoseconds < 10_000 ? `${Math.round(nanoseconds)} ns` : `${Math.round(nanoseconds / 1000)} µs`;
}

async function awaitResolved(count) {
  const resolved = Promise.resolve();
  for (let i = 0; i < count; i++) await resolved;
}

async function iterate(items) {
  let bytes = 0;
  for await (const [frame] of items) bytes += frame.length;
  return bytes;
}

function freshMessage() {
  return [new Buffer[Symbol.species](CHUNK.buffer, 100, 10)];
}

async function makeBatches(count) {
  let bytes = 0;
  for (let left = count; left > 0; left -= 1000) {
    const batch = [];
    for (let i = 0; i < 1000; i++) batch.push(freshMessage());
    for (const [frame] of batch) bytes += frame.length;
    await undefined;
  }
  return bytes;
}

function makeNodes(count) {
  const root = new Map();
  for (let i = 0; i < count; i++) {
    const name = String(i).padStart(6, "0");
    let node = root;
    for (let at = 0; at < name.length; at++) {
      const code = name.charCodeAt(at);
      let next = node.get(code);
      if (next === undefined) {
        next =
          at === name.length - 1
            ? { edge: "", first: name, others: undefined, children: undefined }
            : new Map();
        node.set(code, next);
      }
      node = next;
    }
  }
  return root;
}

async function cycle(count) {
  const server = createServer((socket) => socket.on("data", (bytes) => socket.write(bytes)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  for (let i = 0; i < count; i++) {
    const socket = connect(port, "127.0.0.1");
    socket.write("x");
    await once(socket, "data");
    socket.destroy();
  }
  server.close();
}

/** A box of CURVE's cipher for each size, with what is installed; WebAssembly in its own memory, without copies. */
async function cryptography() {
  const floors = [];
  const add = (name, size, seal) =>
    floors.push([
      `a box of ${size} bytes with ${name}`,
      Math.ceil(20_000_000 / (size + 1000)),
      (count) => {
        for (let i = 0; i < count; i++) seal();
      },
    ]);
  const native = await import("sodium-native").then(
    (module) => module.default,
    () => undefined,
  );
  const { default: create } = await import("libsodium-sumo");
  const wasm = await create({ getRandomValue: () => crypto.getRandomValues(new Uint32Array(1))[0] });
  wasm._sodium_init();
  for (const size of SIZES) {
    if (native !== undefined) {
      const [box, message, nonce, key] = [size + 16, size, 24, 32].map((length) => Buffer.alloc(length, 7));
      add("sodium-native", size, () => native.crypto_secretbox_easy(box, message, nonce, key));
    }
    const [box, message, nonce, key] = [size + 16, size, 24, 32].map((length) => wasm._malloc(length));
    add("WebAssembly", size, () => wasm._crypto_box_easy_afternm(box, message, size, 0, nonce, key));
  }
  return floors;
}
