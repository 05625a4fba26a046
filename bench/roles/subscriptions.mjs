/**
 * A publisher that holds many subscriptions of one subscriber: how long it takes to bring and to cancel them, what
 * they hold in memory, and how fast it publishes meanwhile. The subscriber holds the clock: from its first call to the
 * first message that tells that the publisher has them all. Topics are t0000000 and so on; beside them "go", for which
 * the publisher answers that the connection stands, and "end", that all cancellations have come.
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
  await socket.receive();
  await publish(socket, ["go"], 1, quirks);
  const before = process.memoryUsage.rss();
  for (let i = 0; i <= topics; i++) await socket.receive();
  const heldBytes = process.memoryUsage.rss() - before;

  const pool = Array.from({ length: POOL }, (_, i) => {
    const payload = Buffer.alloc(size);
    payload.write(topicName(Math.floor((i * topics) / POOL)));
    return payload;
  });
  await publish(socket, pool, count, quirks);

  for (let i = 0; i < topics; i++) await socket.receive();
  await publish(socket, ["end"], 1, quirks);
  return { heldBytes };
}

export async function topicsSub({ zmq, quirks, endpoint, size, count, hwm, topics }) {
  const socket = new zmq.Subscriber({ receiveHighWaterMark: hwm });
  quirks.keepAllSubscriptions?.(socket);
  await open(socket, endpoint);
  socket.subscribe("go");
  await socket.receive();

  let start = performance.now();
  for (let i = 0; i < topics; i += CHUNK) socket.subscribe(...topicNames(i, topics));
  socket.subscribe("end");
  let subscribing = 0;
  let received = 0;
  for await (const [frame] of socket) {
    checkSize(frame, size);
    if (received++ === 0) {
      subscribing = secondsSince(start);
      start = performance.now();
    }
    if (received === count) break;
  }
  const seconds = secondsSince(start);

  start = performance.now();
  for (let i = 0; i < topics; i += CHUNK) socket.unsubscribe(...topicNames(i, topics));
  const [frame] = await socket.receive();
  checkSize(frame, "end".length);
  return { seconds, counted: count - 1, subscribing, cancelling: secondsSince(start) };
}

function topicNames(from, topics) {
  return Array.from({ length: Math.min(CHUNK, topics - from) }, (_, i) => topicName(from + i));
}

function topicName(index) {
  return "t" + String(index).padStart(7, "0");
}
