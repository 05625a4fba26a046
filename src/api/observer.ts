/** `Observer`: the events of a socket, as an async iterator, with `receive()`, or with `on(type, …)`. */
import type { MonitorEvent } from "../core/monitor.ts";
import { type CallOptions, WaitingCalls } from "../core/waiting.ts";
import { systemClock } from "../util/clock.ts";
import { ZmqError } from "../util/errors.ts";
import { hold, release } from "../util/keep-alive.ts";
import { Queue } from "../util/queue.ts";
import { coreOf } from "./core-of.ts";
import type { Socket } from "./socket.ts";

export type Event = MonitorEvent | { type: "unknown" };
export type EventType = Event["type"];
export type EventOfType<E extends EventType = EventType> = Extract<Event, { type: E }>;

export interface EventSubscriber {
  on<E extends EventType>(type: E, listener: (data: EventOfType<E>) => void): EventSubscriber;
  off<E extends EventType>(type: E, listener: (data: EventOfType<E>) => void): EventSubscriber;
}

type Listener = (data: never) => void;

/** Unread events beyond this are dropped, the newest first: a monitor that nobody reads must not grow. */
const UNREAD_MAX = 1000;

export class Observer implements EventSubscriber {
  readonly #events = new Queue<Event>();
  readonly #receivers = new WaitingCalls<void, Event>(systemClock, () => new ZmqError("EAGAIN"));
  #listeners: Map<EventType, Set<Listener>> | undefined;
  #closed = false;
  #ended = false;
  #isHolding = false;
  readonly #stop: () => void;

  constructor(socket: Socket) {
    if (typeof socket !== "object" || socket === null) throw new TypeError("Socket must be a socket object");
    const core = coreOf(socket);
    if (core.isClosed) throw new ZmqError("EBADF", "Socket is closed: observe it while it is open");
    this.#stop = core.monitor.listen((event) => this.#handle(event));
  }

  /** True after `close` and after the last event, "end". */
  get closed(): boolean {
    return this.#closed || (this.#ended && this.#events.isEmpty);
  }

  /** Stops observing. A waiting `receive` rejects with ENOTSOCK. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop();
    this.#events.clear();
    this.#receivers.rejectAll(() => new ZmqError("ENOTSOCK", "the observer was closed"));
    this.#holdOrLetGo();
  }

  /** Calls `listener` for each event of the type; what it throws is uncaught, as with any emitter. From the first call on, `receive` and iteration are not available. */
  on<E extends EventType>(type: E, listener: (data: EventOfType<E>) => void): this {
    if (typeof listener !== "function") throw new TypeError("an event listener must be a function");
    this.#listeners ??= new Map();
    let listeners = this.#listeners.get(type);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(type, listeners);
    }
    listeners.add(listener);
    this.#holdOrLetGo();
    // What came before the first listener goes to it.
    for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift())
      this.#dispatch(event);
    return this;
  }

  off<E extends EventType>(type: E, listener: (data: EventOfType<E>) => void): this {
    this.#listeners ??= new Map();
    this.#listeners.get(type)?.delete(listener);
    this.#holdOrLetGo();
    return this;
  }

  /** The next event. Several calls may wait: they are served in order. @throws ZmqError EBADF after the last event */
  receive(options?: CallOptions): Promise<Event> {
    if (this.#listeners !== undefined) {
      throw new Error(
        "Observer is in event emitter mode. After a call to events.on() it is not possible to read events with events.receive().",
      );
    }
    const event = this.#events.shift();
    if (event !== undefined) return Promise.resolve(event);
    if (this.closed) throw new ZmqError("EBADF", "Socket is closed: there are no more events");
    return this.#receivers.wait(undefined, -1, options);
  }

  [Symbol.asyncIterator](): AsyncIterator<Event, undefined> {
    return {
      next: async () => {
        if (this.closed) return { value: undefined, done: true };
        try {
          return { value: await this.receive(), done: false };
        } catch (error) {
          if (this.closed) return { value: undefined, done: true };
          throw error;
        }
      },
    };
  }

  #handle(event: Event): void {
    if (this.#closed) return;
    // Not from inside the connection that the event is about: a listener may close the socket, and may throw.
    if (this.#listeners !== undefined) queueMicrotask(() => this.#dispatch(event));
    else if (!this.#receivers.isEmpty) this.#receivers.shift()!.resolve(event);
    else if (this.#events.length < UNREAD_MAX) this.#events.push(event);
    if (event.type === "end") this.#finish();
  }

  #finish(): void {
    this.#ended = true;
    this.#stop();
    this.#receivers.rejectAll(() => new ZmqError("EBADF", "Socket is closed: there are no more events"));
    this.#holdOrLetGo();
  }

  /** Listeners hold the process as a waiting `receive` does: somebody wants to hear what comes. */
  #holdOrLetGo(): void {
    let isWanted = false;
    if (!this.#closed && !this.#ended && this.#listeners !== undefined) {
      for (const listeners of this.#listeners.values()) if (listeners.size > 0) isWanted = true;
    }
    if (isWanted === this.#isHolding) return;
    this.#isHolding = isWanted;
    if (isWanted) hold();
    else release();
  }

  #dispatch(event: Event): void {
    if (this.#closed) return;
    const listeners = this.#listeners?.get(event.type);
    if (listeners !== undefined)
      for (const listener of [...listeners]) (listener as (data: Event) => void)(event);
  }
}
