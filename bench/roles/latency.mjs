/** REQ and REP, one request at a time. The first tenth of the round trips warms up. */
import { atFraction } from "../stats.mjs";
import { checkSize, open } from "./endpoint.mjs";

export async function rep({ zmq, endpoint, size, count }) {
  const socket = await open(new zmq.Reply(), endpoint);
  for (let i = 0; i < count; i++) {
    const [frame] = await socket.receive();
    checkSize(frame, size);
    await socket.send(frame);
  }
  return {};
}

/** Times are of half a round trip, in microseconds. */
export async function req({ zmq, endpoint, size, count }) {
  const socket = await open(new zmq.Request(), endpoint);
  const payload = Buffer.alloc(size);
  const warm = Math.floor(count / 10);
  const half = new Float64Array(count - warm);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await socket.send(payload);
    const [frame] = await socket.receive();
    const tripMs = performance.now() - start;
    checkSize(frame, size);
    if (i < warm) continue;
    half[i - warm] = (tripMs * 1000) / 2;
    total += tripMs;
  }
  half.sort();
  return {
    seconds: total / 1000,
    counted: half.length,
    half: (total * 1000) / 2 / half.length,
    p50: atFraction(half, 0.5),
    p99: atFraction(half, 0.99),
    p999: atFraction(half, 0.999),
  };
}
