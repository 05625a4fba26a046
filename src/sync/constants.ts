/** libzmq's numbers, by the names that pyzmq's users know. Options are by their names in `zmq.h` without `ZMQ_`. */
import { OPTIONS } from "../core/option-table.ts";
import { SOCKET_TYPES, type SocketTypeName } from "../core/socket-type.ts";

export const PAIR = 0;
export const PUB = 1;
export const SUB = 2;
export const REQ = 3;
export const REP = 4;
export const DEALER = 5;
export const ROUTER = 6;
export const PULL = 7;
export const PUSH = 8;
export const XPUB = 9;
export const XSUB = 10;
export const STREAM = 11;

/** Of `send` and `recv`: now or not at all. */
export const DONTWAIT = 1;
export const NOBLOCK = 1;
/** Of `send`: more parts of the same message follow. */
export const SNDMORE = 2;

export const POLLIN = 1;
export const POLLOUT = 2;

export const AFFINITY = 4;
export const ROUTING_ID = 5;
export const IDENTITY = 5;
export const SUBSCRIBE = 6;
export const UNSUBSCRIBE = 7;
export const SNDBUF = 11;
export const RCVBUF = 12;
export const RCVMORE = 13;
export const EVENTS = 15;
export const TYPE = 16;
export const LINGER = 17;
export const RECONNECT_IVL = 18;
export const BACKLOG = 19;
export const RECONNECT_IVL_MAX = 21;
export const MAXMSGSIZE = 22;
export const SNDHWM = 23;
export const RCVHWM = 24;
export const RCVTIMEO = 27;
export const SNDTIMEO = 28;
export const LAST_ENDPOINT = 32;
export const ROUTER_MANDATORY = 33;
export const TCP_KEEPALIVE = 34;
export const TCP_KEEPALIVE_IDLE = 36;
export const IMMEDIATE = 39;
export const IPV6 = 42;
export const PLAIN_SERVER = 44;
export const PLAIN_USERNAME = 45;
export const PLAIN_PASSWORD = 46;
export const CURVE_SERVER = 47;
export const CURVE_PUBLICKEY = 48;
export const CURVE_SECRETKEY = 49;
export const CURVE_SERVERKEY = 50;
export const PROBE_ROUTER = 51;
export const REQ_CORRELATE = 52;
export const REQ_RELAXED = 53;
export const CONFLATE = 54;
export const ZAP_DOMAIN = 55;
export const ROUTER_HANDOVER = 56;
export const HANDSHAKE_IVL = 66;
export const XPUB_NODROP = 69;
export const XPUB_MANUAL = 71;
export const XPUB_WELCOME_MSG = 72;
export const STREAM_NOTIFY = 73;
export const INVERT_MATCHING = 74;
export const HEARTBEAT_IVL = 75;
export const HEARTBEAT_TTL = 76;
export const HEARTBEAT_TIMEOUT = 77;
export const CONNECT_TIMEOUT = 79;

/** Number → name of an option of the table. */
export const OPTION_NAMES: ReadonlyMap<number, keyof typeof OPTIONS> = new Map(
  (Object.keys(OPTIONS) as (keyof typeof OPTIONS)[])
    .filter((name) => OPTIONS[name].id >= 0)
    .map((name) => [OPTIONS[name].id, name]),
);

export const TYPE_NAMES: ReadonlyMap<number, SocketTypeName> = new Map(
  (Object.keys(SOCKET_TYPES) as SocketTypeName[]).map((name) => [SOCKET_TYPES[name].id, name]),
);
