/**
 * What a page gets in place of modules that it never reaches: its transports dial WebSockets and join inproc names, so
 * nothing greets, nothing is bound to an address, no STREAM socket finds a transport, and nobody comes who is to be let in. `imports` in package.json says
 * which modules these are.
 */
import { ZmqError } from "../util/errors.ts";

class Absent {
  constructor() {
    throw notHere();
  }
}

export { Absent as Greeting, Absent as RawEngine };

/** What a page's threads would be told: libzmq's defaults can be read. */
export class ThreadOptions {
  readonly values: object = {
    threadSchedulingPolicy: -1,
    threadNamePrefix: null,
    zeroCopyReceive: true,
  };

  set(): never {
    throw notHere();
  }
}

export const asksHandlers = false;

/** Of errors that have no words of their own a page shows the code. */
export const SENTENCES = {};

/** `parseNetworks`, … */
function absent(): never {
  throw notHere();
}

export {
  absent as askHandler,
  absent as encodeRequest,
  absent as listen,
  absent as listenSync,
  absent as parseNetworks,
  absent as readLegacyHeader,
  absent as refusalOf,
  absent as startLegacy,
  absent as subscribeLegacy,
  absent as verdictOf,
  absent as withServer,
  absent as writeLegacyHeader,
};

/** Of the option table's sentences a page has one. */
export function reasonFor(): string {
  return "this runtime cannot apply it";
}

export function reasonAgainst(scheme: string): string {
  return `a page cannot open ${scheme} sockets`;
}

function notHere(): ZmqError {
  return new ZmqError("ENOTSUP", "a page has neither listeners nor byte streams nor I/O threads");
}
