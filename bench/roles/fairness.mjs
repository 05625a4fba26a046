/** A DEALER that trickles, at an echo that another floods. Times are of half a round trip, in microseconds. */
import { setTimeout as pause } from "node:timers/promises";
import { atFraction } from "../stats.mjs";
import { checkSize, open } from "./endpoint.mjs";

/** `window` messages under way, until SIGTERM. */
export async function flood({ zmq, endpoint, size, hwm, window }) {
  const socket = await open(new zmq.Dealer({ sendHighWaterMark: hwm, receiveHighWaterMark: hwm }), endpoint);
  const payload = Buffer.alloc(size);
  for (let i = 0; i < window; i++) await socket.send(payload);
  for await (const [frame] of socket) await socket.send(frame);
}

/** One message at a time, a millisecond apart. The first tenth warms up. */
export async function trickle({ zmq, endpoint, size, count }) {
  const socket = await open(new zmq.Dealer(), endpoint);
  const payload = Buffer.alloc(size);
  const half = [];
  for (let i = 0; i < count; i++) {
    await pause(1);
    const start = performance.now();
    await socket.send(payload);
    const [frame] = await socket.receive();
    const micros = ((performance.now() - start) * 1000) / 2;
    checkSize(frame, size);
    if (i >= count / 10) half.push(micros);
  }
  half.sort((a, b) => a - b);
  return { p50: atFraction(half, 0.5), p99: atFraction(half, 0.99) };
}
