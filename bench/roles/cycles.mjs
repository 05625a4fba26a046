/** A new DEALER, connected, one echo, closed; again and again. The other side is an `echo`. */
import { attach, checkSize, ready, secondsSince } from "./endpoint.mjs";

export async function cycles({ zmq, endpoint, size, count }) {
  ready();
  const payload = Buffer.alloc(size);
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    const socket = new zmq.Dealer();
    await attach(socket, endpoint);
    await socket.send(payload);
    const [frame] = await socket.receive();
    checkSize(frame, size);
    socket.close();
  }
  return { seconds: secondsSince(start), counted: count };
}
