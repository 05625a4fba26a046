/** What SUB, XSUB, PUB and XPUB share: topics as users give them. */
import { allocateSmall } from "../util/bytes.ts";
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
  core.pattern.subscription(request(isWanted ? 1 : 0, checkTopic(topic)));
}

/** 1 or 0 and the topic, as publishers are told. */
function request(kind: 0 | 1, topic: string | Uint8Array): Uint8Array {
  const bytes = typeof topic === "string" && isAscii(topic) ? topic : toFrame(topic);
  const made = allocateSmall(1 + bytes.length);
  made[0] = kind;
  if (typeof bytes === "string") for (let i = 0; i < bytes.length; i++) made[1 + i] = bytes.charCodeAt(i);
  else made.set(bytes, 1);
  return made;
}

/** Most topics are, and their bytes are their characters. */
function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

/** @throws TypeError */
export function checkTopic(topic: unknown): string | Uint8Array {
  if (typeof topic === "string" || topic instanceof Uint8Array) return topic;
  throw new TypeError("Option value must be a string or buffer: a subscription's prefix");
}
