/**
 * Long frames on their way between a context and one of its I/O threads. They do not go through the ring, which takes two
 * copies and memory in both threads: the memory itself changes hands, as message ports can give a buffer away. In the ring
 * stands a frame in its place, so that it keeps its turn.
 *
 *   writer   port ◄─ (route, buffer)    ring ◄─ PARCEL        in this order, so who reads PARCEL finds the buffer
 *   reader                              ring ─► PARCEL        port ─► the next of this route; those of others are kept
 *
 * A route is a link, both ways, in one of its uses; its number is never used again. What comes for a link that has ended
 * here nobody takes. It is dropped when other parcels are looked for, at the latest when the writer, who has noticed the end
 * by then, asks for it.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { allocate, View } from "../util/bytes.ts";
import { mark, ownerOf } from "../util/mark.ts";
import type { Membership } from "./membership.ts";
import type { ParcelRoute } from "./parcel-route.ts";
import { MAX_LINKS } from "./shared-memory.ts";

/** A buffer cannot be given away in part. */
type Parcel = readonly [route: number, buffer: ArrayBuffer, at: number, length: number];

/** An engine's frame may have so many bytes before it in its memory: its header, and what was around a sealed one. */
const HEAD_ROOM = 64;

export class Parcels {
  readonly #member: Membership;
  readonly #port: MessagePort;
  readonly #isEngines: boolean;
  readonly #askForSweep: () => void;
  /** What has come before its turn, by route. */
  readonly #kept = new Map<number, Parcel[]>();

  /**
   * `isEngines`: engines send what comes from their peers, which may be given away; what a program sends is the program's.
   * `askForSweep` has the other thread call `sweep`.
   */
  constructor(member: Membership, port: MessagePort, isEngines: boolean, askForSweep: () => void) {
    this.#member = member;
    this.#port = port;
    this.#isEngines = isEngines;
    this.#askForSweep = askForSweep;
    port.unref();
  }

  /** For one who holds a side of the link. */
  route(link: number): ParcelRoute {
    const route = this.#member.roundOf(link) * MAX_LINKS + link;
    let hasSent = false;
    return {
      send: (frame) => {
        hasSent = true;
        this.#send(route, frame);
      },
      take: () => this.#take(route),
      free: (bytes) => {
        if (ownerOf(bytes) === this) free(bytes);
      },
      end: () => {
        this.sweep();
        if (hasSent) this.#askForSweep();
      },
    };
  }

  /** Drops what nobody will take. */
  sweep(): void {
    for (const route of this.#kept.keys()) if (!this.#isOpen(route)) this.#kept.delete(route);
    for (let parcel = this.#next(); parcel !== undefined; parcel = this.#next()) this.#keep(parcel);
  }

  #send(route: number, frame: Uint8Array): void {
    const own = this.#isEngines && isFromPeer(frame) && isAlone(frame) ? frame : copyOf(frame);
    const buffer = own.buffer as ArrayBuffer;
    const parcel: Parcel = [route, buffer, own.byteOffset, own.length];
    this.#port.postMessage(parcel, [buffer]);
  }

  #take(route: number): Uint8Array | undefined {
    const kept = this.#kept.get(route);
    let parcel = kept?.shift();
    if (kept?.length === 0) this.#kept.delete(route);
    for (parcel ??= this.#next(); parcel !== undefined && parcel[0] !== route; parcel = this.#next()) {
      this.#keep(parcel);
    }
    if (parcel === undefined) return undefined;
    const [, buffer, offset, length] = parcel;
    if (this.#isEngines) mark(new View(buffer, 0, buffer.byteLength), this);
    return new View(buffer, offset, length);
  }

  #keep(parcel: Parcel): void {
    const [route] = parcel;
    if (!this.#isOpen(route)) return;
    const kept = this.#kept.get(route);
    if (kept === undefined) this.#kept.set(route, [parcel]);
    else kept.push(parcel);
  }

  #isOpen(route: number): boolean {
    return this.#member.holds(route % MAX_LINKS, Math.floor(route / MAX_LINKS));
  }

  #next(): Parcel | undefined {
    return receiveMessageOnPort(this.#port)?.message as Parcel | undefined;
  }
}

/**
 * What is given to a port that has no other end is free at once, not when V8 has found it unused: the next block is made
 * of the same memory, which is in the cache and costs no page fault.
 */
function free({ buffer }: Uint8Array): void {
  nowhere ??= portToNowhere();
  nowhere.postMessage(undefined, [buffer as ArrayBuffer]);
}

let nowhere: MessagePort | undefined;

function portToNowhere(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  port1.unref();
  return port1;
}

function copyOf(frame: Uint8Array): Uint8Array {
  const copy = allocate(frame.length);
  copy.set(frame);
  return copy;
}

/** Engines note on memory whose it is that they have received; without that note it may be somebody's. */
function isFromPeer(frame: Uint8Array): boolean {
  return ownerOf(frame) !== undefined;
}

/** Its memory ends with it, so that nothing behind it is still to be read; what was before it has been. */
function isAlone({ buffer, byteOffset, length }: Uint8Array): boolean {
  return byteOffset <= HEAD_ROOM && byteOffset + length === buffer.byteLength;
}
