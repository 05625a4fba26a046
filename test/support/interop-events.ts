/** Waiting for monitor events, ours and libzmq's. */
import type { EventOfType, EventType, Socket } from "zmq-ts";

/** The next event of one of these types; others before it are passed over. Touch `socket.events` before what causes it. */
export async function nextEvent<E extends EventType>(socket: Socket, ...types: E[]): Promise<EventOfType<E>> {
  for (;;) {
    const event = await socket.events.receive();
    if ((types as EventType[]).includes(event.type)) return event as EventOfType<E>;
  }
}

/** libzmq's ZMQ_EVENT_…, by number. */
export const EVENT = {
  ACCEPTED: 0x20,
  DISCONNECTED: 0x200,
  HANDSHAKE_SUCCEEDED: 0x1000,
  HANDSHAKE_FAILED_PROTOCOL: 0x2000,
  HANDSHAKE_FAILED_AUTH: 0x4000,
};
