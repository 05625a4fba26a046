/** The public entry: every stable export by name. */
export { Context, context } from "./api/context.ts";
export { Dealer } from "./api/dealer.ts";
export {
  type Event,
  type EventOfType,
  type EventSubscriber,
  type EventType,
  Observer,
} from "./api/observer.ts";
export { Pair } from "./api/pair.ts";
export { Publisher, XPublisher } from "./api/publisher.ts";
export { Pull } from "./api/pull.ts";
export { Push } from "./api/push.ts";
export type { Readable } from "./api/readable.ts";
export { Reply } from "./api/reply.ts";
export { Request } from "./api/request.ts";
export { Router, type RouterConnectOptions } from "./api/router.ts";
export { Socket, type SocketOptions } from "./api/socket.ts";
export { Stream, type StreamConnectOptions } from "./api/stream.ts";
export { Subscriber, XSubscriber } from "./api/subscriber.ts";
export type { BatchOptions, CallOptions, Message, MessageLike } from "./api/types.ts";
export type { Writable } from "./api/writable.ts";
export type { SharedContext } from "./core/thread-support.ts";
export { Proxy } from "./tools/proxy.ts";
export { capability, packageVersion, version } from "./tools/version.ts";
export { type ErrorDetail, ZmqError, type ZmqErrorCode } from "./util/errors.ts";
