/** The program of an I/O thread: runs the listeners, dialers and engines of a context that lives in another thread. */
import { type MessagePort, workerData } from "node:worker_threads";
import { Dialer } from "../core/dialer.ts";
import { parseEndpoint } from "../core/endpoint.ts";
import type { InprocTable } from "../core/inproc-table.ts";
import { Listener } from "../core/listener.ts";
import type { StreamTransport } from "../core/transport.ts";
import { createTransports, keySource } from "../platform/node.ts";
import { provideKeySource } from "../security/key-source.ts";
import { afterTurn } from "../util/defer.ts";
import { fromSystem } from "../util/errors.ts";
import { ring } from "./doorbell.ts";
import { type IoThreadData, type Order, plainEvent, type Report, toPlain } from "./io-messages.ts";
import { indexOf, Membership } from "./membership.ts";
import { Parcels } from "./parcels.ts";
import { RemotePort } from "./remote-port.ts";
import { SharedMemory } from "./shared-memory.ts";
import { InprocNames } from "./shared-names.ts";

const data = workerData as IoThreadData & { port: MessagePort; parcelPort: MessagePort };
const memory = new SharedMemory(data.memory);
const member = Membership.adopt(memory, data.key);
const transports = createTransports();
const names = new InprocNames(member, transports.get("inproc") as unknown as InprocTable);
member.offered = (link, slot) => {
  // One less than 0 was made for an endpoint whose order is still to come.
  if (slot >= 0) names.offered(link, slot);
};
provideKeySource(keySource);
const endpoints = new Map<number, Dialer | Listener>();

const parcels = new Parcels(member, data.parcelPort, true, () => report({ of: "sweep" }));

let reports: Report[] = [];

/**
 * At the end of the turn, when what goes with it is in the links: a handshake is heard of when its peer is known. Events
 * tell before the fact here, but in one thread listeners hear of them after it.
 */
function report(what: Report): void {
  reports.push(what);
  if (reports.length > 1) return;
  afterTurn(() => {
    data.port.postMessage(reports);
    reports = [];
    if (data.rings) ring(memory, indexOf(data.owner), -1);
  });
}

function open(order: Extract<Order, { do: "bind" | "connect" }>): void {
  const { id, address } = order;
  const endpoint = parseEndpoint(address);
  const transport = transports.get(endpoint.scheme) as StreamTransport;
  const port = new RemotePort(member, data.owner, order, transports, parcels, (event) =>
    report({ of: "event", id, ...plainEvent(event) }),
  );
  const gone = () => {
    endpoints.delete(id);
    report({ of: "gone", id });
  };
  if (order.do === "connect") {
    const dialer = new Dialer(port, transport, endpoint, gone);
    endpoints.set(id, dialer);
    dialer.start();
    return;
  }
  Listener.open(port, transport, endpoint, gone).then(
    (listener) => {
      endpoints.set(id, listener);
      report({ of: "bound", id, endpoint: listener.endpoint });
    },
    (error: unknown) =>
      report({
        of: "failed",
        id,
        error: toPlain(fromSystem(error, `binding to ${address} failed`, address)),
      }),
  );
}

async function close(id: number, lingerMs: number): Promise<void> {
  const endpoint = endpoints.get(id);
  await endpoint?.close(lingerMs);
  report({ of: "closed", id });
}

data.port.on("message", (order: Order) => {
  if (order.do === "bind" || order.do === "connect") open(order);
  else if (order.do === "close") void close(order.id, order.lingerMs);
  // What engines have taken they hand to the system at the end of the turn.
  else if (order.do === "pass") setImmediate(() => report({ of: "passed", id: order.id }));
  else if (order.do === "sweep") parcels.sweep();
  else {
    member.leave();
    data.port.close();
    data.parcelPort.close();
  }
});
