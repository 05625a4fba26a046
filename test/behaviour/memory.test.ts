/** What is held in memory: nothing after a burst, and no more than a block for a small message that is kept. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Pull, Push } from "zmq-ts";
import { married, open, STREAM_TRANSPORTS, soon } from "../support/sockets.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes of the heap and of buffers that are still in use. */
function held(): number {
  // Twice: the second waits until the first has freed the buffers it found.
  collect();
  collect();
  // Buffers are freed in the background; the next collection waits for that.
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

for (const transport of STREAM_TRANSPORTS) {
  test(`a burst that filled every queue leaves nothing behind over ${transport}`, async (t) => {
    const push = open(t, Push, { sendHighWaterMark: 100_000 });
    const pull = open(t, Pull, { receiveHighWaterMark: 100_000 });
    await married(t, pull, push, transport);
    const burst = async () => {
      let sent = 0;
      while (push.trySend(Buffer.alloc(200))) sent++;
      for (let received = 0; received < sent; ) received += (await pull.receiveMany()).length;
      return sent;
    };
    await burst();
    const before = held();

    const sent = await burst();

    const grown = held() - before;
    assert.ok(sent >= 100_000, `${sent} were queued`);
    assert.ok(grown < 2_000_000, `${grown} bytes are held after ${sent} messages`);
  });

  test(`a small message that is kept holds no more than the block it came in over ${transport}`, async (t) => {
    const push = open(t, Push);
    const pull = open(t, Pull);
    await married(t, pull, push, transport);

    const sending = push.sendMany(Array.from({ length: 20_000 }, () => "0123456789"));
    let largest = 0;
    for (let i = 0; i < 20_000; i++)
      largest = Math.max(largest, (await soon(pull.receive()))[0]!.buffer.byteLength);
    await sending;

    assert.ok(largest <= 65_536, `one of 10 bytes holds ${largest}`);
  });
}
