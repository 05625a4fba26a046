/**
 * A process of its own: connects so many times, says the same each time, and stays. Tells its parent when each
 * connection has been answered with so many bytes, or what went wrong.
 */
import { connect, type Socket } from "node:net";

const [port, count, opening, answerLength] = process.argv.slice(2) as [string, string, string, string];
const bytes = Buffer.from(opening, "hex");
const AT_ONCE = 200;
const sockets: Socket[] = [];

function begin(): Promise<void> {
  const socket = connect(Number(port), "127.0.0.1");
  sockets.push(socket);
  let length = 0;
  return new Promise((resolve) => {
    socket.on("error", fail).on("close", () => fail(new Error("a half-open client was thrown out")));
    socket.on("data", (chunk) => (length += chunk.length) >= Number(answerLength) && resolve());
    socket.write(bytes);
  });
}

function fail(error: Error): void {
  process.send!(error.message);
}

while (sockets.length < Number(count))
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, Number(count) - sockets.length) }, begin));
process.send!("all answered");
