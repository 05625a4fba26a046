/** What an engine whose socket is in another thread has for the bridge between them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Bridged, type EngineParts } from "#src/engine/bridged.js";
import type { EnginePipe } from "#src/engine/connection.js";
import { Outbox } from "#src/engine/outbox.js";
import { ZwsOutbox } from "#src/engine/zws-outbox.js";
import { writeHeader } from "#src/wire/frame.js";
import { FakeStream } from "../../support/fake-stream.ts";

const sealing = { sealedHead: 0, seal() {} };

function body(size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + size) & 255));
}

/** An engine that notes what it is told. */
function joined({
  outbox = new Outbox(),
  isSealing = false,
  sendsSubscriptions = false,
}: {
  outbox?: Outbox | ZwsOutbox;
  isSealing?: boolean;
  sendsSubscriptions?: boolean;
} = {}) {
  const stream = new FakeStream();
  const sealed: [flags: number, body: Buffer][] = [];
  const spent: Uint8Array[] = [];
  const pipe = {} as EnginePipe;
  let flushes = 0;
  const engine = {
    seal: (flags: number, bytes: Uint8Array) => sealed.push([flags, Buffer.from(bytes)]),
    flushSoon: () => flushes++,
  };
  const bridge = {
    forward: (_chunk: Uint8Array, from: number) => from,
    retry() {},
    join: () => bridged,
    spent: (bytes: Uint8Array) => spent.push(bytes),
  };
  const parts: EngineParts = [
    engine,
    outbox,
    stream,
    { sendsSubscriptions },
    isSealing ? sealing : undefined,
  ];
  const bridged: Bridged = new Bridged(pipe, bridge, parts);
  return { bridged, outbox, stream, pipe, spent, sealed, flushes: () => flushes };
}

test("frames are taken as they are where all peers get them alike, and where they are sealed", () => {
  const legacy = new Outbox();
  legacy.framing = 1;
  for (const [what, options, isTaken] of [
    ["in the clear", {}, true],
    ["sealed", { isSealing: true }, true],
    ["over WebSockets", { outbox: new ZwsOutbox() }, false],
    ["sealed over WebSockets", { outbox: new ZwsOutbox(), isSealing: true }, true],
    ["to ZMTP 1.0", { outbox: legacy }, false],
    ["subscriptions, which become commands", { sendsSubscriptions: true }, false],
    ["sealed subscriptions", { sendsSubscriptions: true, isSealing: true }, false],
  ] as const) {
    const { pipe, bridged } = joined(options);
    assert.equal(pipe.forwarder, isTaken ? bridged : undefined, what);
  }
});

test("frames in the clear go out as they are; those to be sealed one by one", () => {
  const frames: [flags: number, body: Buffer][] = [
    [1, body(3)],
    [0, body(0)],
    [1, body(255)],
    [1, body(256)],
    [0, body(9000)],
  ];
  const bytes = Buffer.concat(
    frames.flatMap(([flags, bytes]) => {
      const header = Buffer.alloc(9);
      return [header.subarray(0, writeHeader(header, 0, flags, bytes.length)), bytes];
    }),
  );
  // Not at the beginning of its memory.
  const given = Buffer.concat([body(11), bytes]).subarray(11);

  const plain = joined();
  plain.bridged.takeFrames(given);
  plain.outbox.flush(plain.stream);
  assert.ok(plain.stream.all.equals(bytes));
  const sealing = joined({ isSealing: true });
  sealing.bridged.takeFrames(given);
  assert.deepEqual(sealing.sealed, frames);
  assert.deepEqual([plain.flushes(), sealing.flushes()], [1, 1]);
});

test("a long body is spent when the stream has got rid of it, not before it was given to it", () => {
  const { bridged, outbox, stream, spent } = joined();
  const send = (...message: Buffer[]): void => {
    for (const part of message) outbox.frame(0, part);
    bridged.encoded(message);
  };
  const [first, second, third] = [body(10_000), body(20_000), body(30_000)];

  send(first, body(100), second);
  bridged.settle();
  assert.deepEqual(spent, [], "the stream is idle, but has not seen it");
  stream.isIdle = false;
  outbox.flush(stream);
  bridged.settle();
  assert.deepEqual(spent, [], "the stream still has it");
  send(third);
  stream.isIdle = true;
  bridged.settle();
  assert.deepEqual(spent, [], "the third has not been given to it");
  outbox.flush(stream);
  bridged.settle();
  assert.deepEqual(spent, [first, second, third]);
  bridged.settle();
  assert.equal(spent.length, 3, "each once");
});

test("a long body that was sealed is spent at once", () => {
  const { bridged, stream, spent } = joined({ isSealing: true });
  stream.isIdle = false;
  const long = body(20_000);

  bridged.encoded([body(10), long]);

  assert.deepEqual(spent, [long]);
});
