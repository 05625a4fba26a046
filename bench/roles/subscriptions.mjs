/**
 * A publisher that holds many subscriptions of one subscriber: how long it takes to bring and to cancel them, what
 * they hold in memory, and how fast it publishes meanwhile. The topics are t0000000 and so on; the last one, "end",
 * tells the subscriber that all cancellations have come.
 */
import { checkSize, open, secondsSince } from "./endpoint.mjs";
import { publish } from "./publish.mjs";

/** Topics handed to one call of `subscribe`. */
const CHUNK = 1000;
/** Different messages that are published in turn. */
const POOL = 1000;

export async function topicsPub({ zmq, quirks, endpoint, size, count, hwm, topics }) {
  const socket = new zmq.XPublisher({ sendHighWaterMark: hwm, noDrop: true, verbosity: "allSubs" });
  await open(socket, endpoint);
  const before = process.memoryUsage.rss();
  await socket.receive();
  let start = performance.now();
  for (let i = 0; i < topics; i++) await socket.receive();
  const subscribing = secondsSince(start);
  const heldBytes = process.memoryUsage.rss() - before;

  const pool = Array.from({ length: POOL }, (_, i) => {
    const payload = Buffer.alloc(size);
    payload.write(topicName(Math.floor((i * topics) / POOL)));
    return payload;
  });
  await publish(socket, pool, count, quirks);

  await socket.receive();
  start = performance.now();
  for (let i = 1; i < topics; i++) await socket.receive();
  const cancelling = secondsSince(start);
  await publish(socket, ["end"], 1, quirks);
  return { subscribing, cancelling, heldBytes };
}

export async function topicsSub({ zmq, quirks, endpoint, size, count, hwm, topics }) {
  const socket = new zmq.Subscriber({ receiveHighWaterMark: hwm });
  quirks.keepAllSubscriptions?.(socket);
  await open(socket, endpoint);
  for (let i = 0; i < topics; i += CHUNK) socket.subscribe(...topicNames(i, topics));
  socket.subscribe("end");
  let start = 0;
  let received = 0;
  for await (const [frame] of socket) {
    checkSize(frame, size);
    if (received++ === 0) start = performance.now();
    if (received === count) break;
  }
  const seconds = secondsSince(start);
  for (let i = 0; i < topics; i += CHUNK) socket.unsubscribe(...topicNames(i, topics));
  await socket.receive();
  return { seconds, counted: count - 1 };
}

function topicNames(from, topics) {
  return Array.from({ length: Math.min(CHUNK, topics - from) }, (_, i) => topicName(from + i));
}

function topicName(index) {
  return "t" + String(index).padStart(7, "0");
}
