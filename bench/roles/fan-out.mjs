/**
 * A publisher that drops nothing, and `peers` subscribers in one other process, each of which receives every message.
 * XPUB rather than PUB, since it can wait until all have subscribed.
 */
import { attach, checkSize, open, ready, secondsSince } from "./endpoint.mjs";
import { publish } from "./publish.mjs";

export async function pub({ zmq, quirks, endpoint, size, count, hwm, peers }) {
  const socket = new zmq.XPublisher({ sendHighWaterMark: hwm, noDrop: true, verbosity: "allSubs" });
  await open(socket, endpoint);
  for (let i = 0; i < peers; i++) await socket.receive();
  const start = performance.now();
  await publish(socket, [Buffer.alloc(size)], count, quirks);
  return { seconds: secondsSince(start), counted: count };
}

export async function sub({ zmq, endpoint, size, count, hwm, peers }) {
  ready();
  const context = new zmq.Context({ maxSockets: peers + 100 });
  const sockets = [];
  for (let i = 0; i < peers; i++) {
    const socket = new zmq.Subscriber({ context, receiveHighWaterMark: hwm });
    socket.subscribe();
    await attach(socket, endpoint);
    sockets.push(socket);
  }
  let start = 0;
  await Promise.all(
    sockets.map(async (socket) => {
      let received = 0;
      for await (const [frame] of socket) {
        if (start === 0) start = performance.now();
        checkSize(frame, size);
        if (++received === count) break;
      }
    }),
  );
  return { seconds: secondsSince(start), counted: count * peers - 1 };
}
