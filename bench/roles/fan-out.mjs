/**
 * A publisher that drops nothing, and `peers` subscribers in one other process, each of which receives every message.
 * XPUB rather than PUB, since it can wait until all have subscribed.
 */
import { attach, open, ready, secondsSince } from "./endpoint.mjs";
import { publish } from "./publish.mjs";
import { pushAll, takeBatches, takeEach } from "./throughput.mjs";

export async function pub({ zmq, quirks, endpoint, size, count, hwm, peers, isBatch }) {
  const socket = new zmq.XPublisher({ sendHighWaterMark: hwm, noDrop: true, verbosity: "allSubs" });
  await open(socket, endpoint);
  for (let i = 0; i < peers; i++) await socket.receive();
  const start = performance.now();
  if (isBatch) await pushAll(socket, Buffer.alloc(size), count, true);
  else await publish(socket, [Buffer.alloc(size)], count, quirks);
  return { seconds: secondsSince(start), counted: count };
}

export async function sub({ zmq, endpoint, size, count, hwm, peers, isBatch }) {
  ready();
  const context = new zmq.Context({ maxSockets: peers + 100 });
  const sockets = [];
  for (let i = 0; i < peers; i++) {
    const socket = new zmq.Subscriber({ context, receiveHighWaterMark: hwm });
    socket.subscribe();
    await attach(socket, endpoint);
    sockets.push(socket);
  }
  const takers = await Promise.all(
    sockets.map((socket) => (isBatch ? takeBatches : takeEach)(socket, size, count)),
  );
  // The clock starts with whoever was first, and what it had then is not counted.
  const { start, first } = takers.reduce((one, other) => (other.start < one.start ? other : one));
  return { seconds: secondsSince(start), counted: count * peers - first };
}
