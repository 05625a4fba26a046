/** Just enough ZMTP 3.1 written by hand to be a peer that does what no library would. 37/ZMTP "Framing", "Greeting". */
import { connect, type Socket } from "node:net";

export function greeting(mechanism: string): Buffer {
  return Buffer.concat([
    Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1]),
    Buffer.from(mechanism.padEnd(20, "\0")),
    Buffer.alloc(32),
  ]);
}

export const GREETING = greeting("NULL");

/** A READY command of a socket of this type, as a frame. */
export function ready(socketType: string): Buffer {
  const body = Buffer.concat([
    Buffer.from("\x05READY\x0bSocket-Type"),
    Buffer.from([0, 0, 0, socketType.length]),
    Buffer.from(socketType),
  ]);
  return Buffer.concat([Buffer.from([4, body.length]), body]);
}

/** A short frame. */
export function frame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)]);
}

/**
 * A DEALER that connects, shakes hands and then answers nothing. Resolves when the other end has thrown it out.
 */
export function beMuteUntilThrownOut(endpoint: string): Promise<void> {
  const { hostname, port } = new URL(endpoint.replace("tcp:", "http:"));
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(Number(port), hostname);
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNRESET") reject(error);
    });
    socket.on("close", () => resolve());
    socket.resume();
    socket.write(Buffer.concat([GREETING, ready("DEALER")]));
  });
}
