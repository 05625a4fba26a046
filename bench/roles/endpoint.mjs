/** Endpoints of the peers: "@tcp://…" binds, ">tcp://…" connects. The parent waits for the line "ready". */

/** Keys that libzmq's manual gives as examples: no secrets, and the same in peer.c. Who binds is the server. */
const SERVER = {
  curveServer: true,
  curveSecretKey: "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6",
};
const CLIENT = {
  curveServerKey: "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7",
  curvePublicKey: "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID",
  curveSecretKey: "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs",
};

let isEncrypted = false;

/** Every socket that is attached from now on uses CURVE. */
export function encrypt() {
  isEncrypted = true;
}

/** @returns {Promise<string>} the endpoint that was bound, or nothing */
export async function attach(socket, endpoint) {
  if (isEncrypted) Object.assign(socket, endpoint.startsWith("@") ? SERVER : CLIENT);
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
