/** The public entry: every stable export by name. */
export { constants } from "./api/constants.ts";
export { Context, context } from "./api/context.ts";
export { Dealer } from "./api/dealer.ts";
export type { OptionValue } from "./api/numeric-options.ts";
export {
  type Event,
  type EventOfType,
  type EventSubscriber,
  type EventType,
  Observer,
} from "./api/observer.ts";
export { Pair } from "./api/pair.ts";
export { messageProperties, messageProperty, type Received } from "./api/properties.ts";
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
export type {
  BatchOptions,
  BindOptions,
  CallOptions,
  Message,
  MessageLike,
  SendOptions,
} from "./api/types.ts";
export type { Writable } from "./api/writable.ts";
export type { ConnectionStats, SocketStats } from "./core/stats.ts";
export type { SharedContext } from "./core/thread-support.ts";
export { z85Decode, z85Encode } from "./security/z85.ts";
export {
  type Asker,
  Authenticator,
  type AuthenticatorEvent,
  CURVE_ALLOW_ANY,
  type CurveOptions,
  type PlainOptions,
  type Verdict,
} from "./tools/authenticator.ts";
export {
  type Certificate,
  type CertificateFiles,
  type CreateOptions as CreateCertificatesOptions,
  createCertificates,
  formatCertificate,
  loadCertificate,
  parseCertificate,
} from "./tools/certificate.ts";
export {
  type CurveKeyPair,
  curveKeyPair,
  curvePublicKey,
  type PrepareCurveOptions,
  prepareCurve,
} from "./tools/curve-keys.ts";
export {
  dump,
  type Enveloped,
  envelopeOf,
  jsonOf,
  type MessageBody,
  replyTo,
  textOf,
  textsOf,
  type Unwrapped,
  unwrap,
  wrap,
} from "./tools/message.ts";
export { POLLERR, POLLIN, POLLOUT, type Pollable, type PollableStream, Poller } from "./tools/poller.ts";
export { Proxy, type ProxyDevice, type ProxyOptions, proxy } from "./tools/proxy.ts";
export type { ProxySide, ProxyStatistics, ProxyTraffic } from "./tools/relay.ts";
export { type SocketMonitorOptions, socketMonitor, socketMonitorPipesStats } from "./tools/socket-monitor.ts";
export { type TimerHandler, Timers, type TimersClock } from "./tools/timers.ts";
export { capability, packageVersion, version } from "./tools/version.ts";
export { type ErrorDetail, ZmqError, type ZmqErrorCode } from "./util/errors.ts";
