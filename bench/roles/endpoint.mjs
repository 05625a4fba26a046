/** Endpoints of the peers: "@tcp://…" binds, ">tcp://…" connects. The parent waits for the line "ready". */

/** @returns {Promise<string>} the endpoint that was bound, or nothing */
export async function attach(socket, endpoint) {
  if (endpoint.startsWith("@")) {
    await socket.bind(endpoint.slice(1));
    return socket.lastEndpoint;
  }
  socket.connect(endpoint.slice(1));
  return "";
}

/** Tells the parent that others may connect now. */
export function ready(...endpoints) {
  process.stdout.write(["ready", ...endpoints].join(" ").trimEnd() + "\n");
}

/** Attaches, and tells the parent. */
export async function open(socket, endpoint) {
  ready(await attach(socket, endpoint));
  return socket;
}

/** A message of another size is a fault of the row. */
export function checkSize(frame, size) {
  if (frame.length !== size) throw new Error(`expected ${size} bytes, got ${frame.length}`);
}

/** Seconds since a reading of `performance.now()`. */
export function secondsSince(start) {
  return (performance.now() - start) / 1000;
}
