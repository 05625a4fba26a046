/** A ROUTER or DEALER that sends back what comes, and `peers` DEALERs with `window` messages under way each. */
import { attach, checkSize, open, ready, secondsSince } from "./endpoint.mjs";

/** Until SIGTERM. */
export async function echo({ zmq, endpoint, hwm, peers, type, figures }) {
  const options = { sendHighWaterMark: hwm, receiveHighWaterMark: hwm, backlog: 8192 };
  const socket = await open(type === "router" ? new zmq.Router(options) : new zmq.Dealer(options), endpoint);
  const before = process.memoryUsage.rss();
  let messages = 0;
  for await (const message of socket) {
    await socket.send(message);
    // The first message of each peer has come: all are connected.
    if (++messages === peers) figures.heldBytes = process.memoryUsage.rss() - before;
  }
}

export async function dealers({ zmq, endpoint, size, count, hwm, peers, window }) {
  ready();
  const context = new zmq.Context({ maxSockets: peers + 100 });
  const payload = Buffer.alloc(size);
  const sockets = [];
  for (let i = 0; i < peers; i++) {
    const socket = new zmq.Dealer({ context, sendHighWaterMark: hwm, receiveHighWaterMark: hwm });
    await attach(socket, endpoint);
    await socket.send(payload);
    sockets.push(socket);
  }
  await Promise.all(sockets.map((socket) => socket.receive()));

  const share = Math.ceil(count / peers);
  const start = performance.now();
  await Promise.all(sockets.map((socket) => stream(socket, payload, share, window)));
  return { seconds: secondsSince(start), counted: share * peers };
}

async function stream(socket, payload, share, window) {
  let sent = 0;
  while (sent < window && sent < share) {
    await socket.send(payload);
    sent++;
  }
  for (let received = 0; received < share; received++) {
    const [frame] = await socket.receive();
    checkSize(frame, payload.length);
    if (sent === share) continue;
    await socket.send(payload);
    sent++;
  }
}
