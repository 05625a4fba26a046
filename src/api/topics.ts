/** What SUB, XSUB, PUB and XPUB share: topics as users give them. */
import { toLatin1 } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import { coreOf } from "./core-of.ts";
import { toFrame } from "./message.ts";

/** ZMQ_TOPICS_COUNT. @throws ZmqError ENOTSOCK */
export function topicsCountOf(socket: object): number {
  const core = coreOf(socket);
  core.checkOptionsOpen();
  return core.pattern.topicsCount ?? 0;
}

/**
 * ZMQ_SUBSCRIBE, or ZMQ_UNSUBSCRIBE where it is not wanted.
 * @throws TypeError for what is no text or bytes; ZmqError EINVAL where the type has no such option, ENOTSOCK
 */
export function setSubscription(socket: object, topic: unknown, isWanted: boolean): void {
  const core = coreOf(socket);
  if (core.isClosed) throw new ZmqError("ENOTSOCK", "Socket is closed: its subscriptions are gone with it");
  if (core.pattern.subscription === undefined) {
    throw new ZmqError("EINVAL", `a ${core.type} socket has no subscriptions of its own`);
  }
  core.pattern.subscription(toLatin1(toFrame(checkTopic(topic))), isWanted);
}

/** @throws TypeError */
export function checkTopic(topic: unknown): string | Uint8Array {
  if (typeof topic === "string" || topic instanceof Uint8Array) return topic;
  throw new TypeError("Option value must be a string or buffer: a subscription's prefix");
}
