/**
 * Where a peer answers at once, falling asleep for it and being woken takes longer than the answer. So after something was
 * written the event loop goes on looking at its sockets for a moment, if this peer is one that answers that quickly. Half a
 * round trip over tcp: 50 → 15 µs on a virtual machine. The price is processor time while such an answer is awaited.
 */
import { availableParallelism } from "node:os";
import { nextTurn } from "../util/defer.ts";

/** How long an answer may take to be quick, and how long it is waited for awake. Milliseconds. */
const QUICK = 0.2;
/** Trust grows by one with each quick answer, up to the most, and a slow one takes three: four in five must be quick. */
const MOST_TRUST = 8;
const ENOUGH_TRUST = 4;
const LOST_BY_SLOW = 3;

/**
 * A turn of the loop that takes longer than this has work to do, or others want the processor: to them the system gives it for
 * milliseconds, while who sleeps gets it back at once. Then nobody is waited for awake for that many times as long.
 */
const LATE = 2;
const REST = 50;

/** Who is to answer needs a processor as well. The loops of other runtimes have not been measured. */
const PAYS = availableParallelism() > 1 && !("bun" in process.versions || "deno" in process.versions);

let awakeUntil = 0;
let isAwake = false;
let turnedAt = 0;
let restUntil = 0;
/** Whose answer it is until then. */
let awaited: Answers | undefined;

/** How quickly one connection's peer answers. */
export class Answers {
  /** ZMQ_BUSY_POLL, milliseconds; undefined: as long as it has turned out to pay. */
  readonly #patience: number | undefined;
  /** A new connection is trusted until it is slow: its handshake is a dialogue. */
  #trust = ENOUGH_TRUST;
  /** When the first thing was written that has not been answered; 0: there is none. */
  #askedAt = 0;

  /** `busyPoll`: see the option table. */
  constructor(busyPoll: number, pays: boolean = PAYS) {
    if (busyPoll !== 0) this.#patience = busyPoll / 1000;
    else if (!pays) this.#patience = -1;
  }

  wrote(): void {
    const patience = this.#patience ?? QUICK;
    if (this.#askedAt !== 0 || patience < 0) return;
    const now = performance.now();
    this.#askedAt = now;
    if (this.#patience === undefined && (this.#trust < ENOUGH_TRUST || now < restUntil)) return;
    const until = now + patience;
    if (until <= awakeUntil) return;
    awakeUntil = until;
    awaited = this;
    if (isAwake) return;
    isAwake = true;
    turnedAt = now;
    nextTurn(turn);
  }

  heard(): void {
    if (this.#askedAt === 0) return;
    const isQuick = performance.now() - this.#askedAt < QUICK;
    this.#askedAt = 0;
    this.#trust = isQuick ? Math.min(this.#trust + 1, MOST_TRUST) : Math.max(this.#trust - LOST_BY_SLOW, 0);
  }

  /** None will come any more. */
  end(): void {
    if (awaited === this) awakeUntil = 0;
  }
}

function turn(): void {
  const now = performance.now();
  const took = now - turnedAt;
  turnedAt = now;
  if (took > LATE) restUntil = now + took * REST;
  if (now < awakeUntil) {
    nextTurn(turn);
    return;
  }
  isAwake = false;
  awaited = undefined;
}
