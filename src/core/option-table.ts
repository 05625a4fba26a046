/**
 * The option table. Property accessors, validation, defaults, `docs/options.md` and the types of all of them come
 * from here (`scripts/gen-options.mjs`). To add an option: one row.
 *
 * - `default`, `min`, `max` as libzmq has them; `unit` for people.
 * - `step`: numbers are rounded down to a multiple of it.
 * - `on`: the socket types that take it; absent: all.
 * - `live`: takes effect on what exists already, not only at the next bind or connect.
 * - `access`: "w" where libzmq has no getter; ours reads all the same.
 * - `anywhere`: libzmq takes and keeps it on sockets where it means nothing; so do ours, by number only.
 * - `values`: the texts that are allowed; by number they count from 0.
 * - `stored`: this runtime cannot apply it, for that reason of `option-reasons.ts`. It is kept, readable, and says so once when set.
 * - `refused`: setting it is an error, for that reason: ignoring it would open a door, or promise what is not there.
 */
import type { OptionReason } from "./option-reasons.ts";
import type { SocketTypeName } from "./socket-type.ts";

export interface OptionRow {
  constant: string;
  id: number;
  kind: "int" | "bool" | "text" | "bytes" | "key" | "properties";
  default: number | boolean | string | null;
  min?: number;
  max?: number;
  step?: number;
  unit?: string;
  on?: readonly SocketTypeName[];
  live?: boolean;
  access?: "w";
  anywhere?: true;
  values?: readonly string[];
  stored?: OptionReason;
  refused?: OptionReason;
  about: string;
}

// biome-ignore format: one row a line, so that it reads as a table
export const OPTIONS = {
  affinity: { constant: "ZMQ_AFFINITY", id: 4, kind: "int", default: 0, min: 0, max: 9007199254740991, unit: "bitmap of I/O threads", about: "Which of the context's `ioThreads` may handle new endpoints; 0: any." },
  rate: { constant: "ZMQ_RATE", id: 8, kind: "int", default: 100, min: 1, unit: "kbit/s", stored: "pgm", about: "Maximum send or receive rate of multicast transports." },
  recoveryInterval: { constant: "ZMQ_RECOVERY_IVL", id: 9, kind: "int", default: 10000, min: 0, unit: "ms", stored: "pgm", about: "How long a multicast receiver may be away before data is lost for good." },
  linger: { constant: "ZMQ_LINGER", id: 17, kind: "int", default: -1, min: -1, unit: "ms", live: true, about: "How long unsent messages are kept after `close` or `disconnect`: -1 for ever, 0 not at all. SUB, XSUB and DISH start with 0." },
  reconnectInterval: { constant: "ZMQ_RECONNECT_IVL", id: 18, kind: "int", default: 100, min: -1, unit: "ms", about: "Pause before a lost or refused connection is tried again; -1 and 0: never." },
  reconnectMaxInterval: { constant: "ZMQ_RECONNECT_IVL_MAX", id: 21, kind: "int", default: 0, min: 0, unit: "ms", about: "When above `reconnectInterval`, the pause doubles with each failure up to this." },
  reconnectStop: { constant: "ZMQ_RECONNECT_STOP", id: 109, kind: "int", default: 0, min: 0, max: 7, unit: "sum of 1, 2, 4", about: "When a connection is not tried again: 1 when it was refused, 2 when the handshake failed, 4 when it was refused after `disconnect`." },
  backlog: { constant: "ZMQ_BACKLOG", id: 19, kind: "int", default: 100, min: 0, unit: "connections", about: "How many connections the system holds that were not yet accepted." },
  useFd: { constant: "ZMQ_USE_FD", id: 89, kind: "int", default: -1, min: -1, unit: "file descriptor", about: "A descriptor that is bound or listens already, from a parent process or systemd: the next `bind` over tcp or ipc accepts on it and owns it; -1: none." },
  maxMessageSize: { constant: "ZMQ_MAXMSGSIZE", id: 22, kind: "int", default: -1, min: -1, max: 9007199254740991, unit: "bytes", about: "Largest frame taken from a peer; one that sends a larger one is disconnected. -1: any." },
  tcpKeepalive: { constant: "ZMQ_TCP_KEEPALIVE", id: 34, kind: "int", default: -1, min: -1, max: 1, about: "TCP keep-alive: -1 as the system has it, 0 off, 1 on." },
  tcpKeepaliveCount: { constant: "ZMQ_TCP_KEEPALIVE_CNT", id: 35, kind: "int", default: -1, min: -1, unit: "probes", stored: "keepaliveIdleOnly", about: "Unanswered keep-alive probes before the connection counts as dead." },
  tcpKeepaliveIdle: { constant: "ZMQ_TCP_KEEPALIVE_IDLE", id: 36, kind: "int", default: -1, min: -1, unit: "s", about: "Idle time before the first keep-alive probe." },
  tcpKeepaliveInterval: { constant: "ZMQ_TCP_KEEPALIVE_INTVL", id: 37, kind: "int", default: -1, min: -1, unit: "s", stored: "keepaliveIdleOnly", about: "Time between keep-alive probes." },
  tcpAcceptFilter: { constant: "ZMQ_TCP_ACCEPT_FILTER", id: 38, kind: "text", default: null, about: "Who may connect over TCP: an address or network such as `10.0.0.0/8`, several with commas. Each assignment adds to those before, null clears. Others are cut off at accept, with an `accept:error` event." },
  ipcFilterPid: { constant: "ZMQ_IPC_FILTER_PID", id: 58, kind: "int", default: -1, min: -1, access: "w", refused: "ipcFilter", about: "Process that may connect over ipc." },
  ipcFilterUid: { constant: "ZMQ_IPC_FILTER_UID", id: 59, kind: "int", default: -1, min: -1, access: "w", refused: "ipcFilter", about: "User that may connect over ipc." },
  ipcFilterGid: { constant: "ZMQ_IPC_FILTER_GID", id: 60, kind: "int", default: -1, min: -1, access: "w", refused: "ipcFilter", about: "Group that may connect over ipc." },
  immediate: { constant: "ZMQ_IMMEDIATE", id: 39, kind: "bool", default: false, about: "Queue messages only for completed connections, so that none waits for a peer that is not there." },
  ipv6: { constant: "ZMQ_IPV6", id: 42, kind: "bool", default: false, about: "Use IPv6 as well as IPv4. By number also as ZMQ_IPV4ONLY 31, the opposite." },
  plainServer: { constant: "ZMQ_PLAIN_SERVER", id: 44, kind: "bool", default: false, about: "Act as PLAIN server: peers name themselves with user name and password, and a ZAP handler judges." },
  plainUsername: { constant: "ZMQ_PLAIN_USERNAME", id: 45, kind: "text", default: null, max: 255, unit: "bytes", about: "User name of a PLAIN client. Makes the socket one." },
  plainPassword: { constant: "ZMQ_PLAIN_PASSWORD", id: 46, kind: "text", default: null, max: 255, unit: "bytes", about: "Password of a PLAIN client. Makes the socket one." },
  curveServer: { constant: "ZMQ_CURVE_SERVER", id: 47, kind: "bool", default: false, about: "Accept CURVE clients on this socket, which then needs `curveSecretKey`." },
  curvePublicKey: { constant: "ZMQ_CURVE_PUBLICKEY", id: 48, kind: "key", default: null, about: "Long-term public key of this side, Z85 text or 32 bytes. May be left out: it follows from the secret key." },
  curveSecretKey: { constant: "ZMQ_CURVE_SECRETKEY", id: 49, kind: "key", default: null, about: "Long-term secret key of this side, Z85 text or 32 bytes. See `curveKeyPair`." },
  curveServerKey: { constant: "ZMQ_CURVE_SERVERKEY", id: 50, kind: "key", default: null, about: "Public key of the server, Z85 text or 32 bytes; makes this socket a CURVE client." },
  gssapiServer: { constant: "ZMQ_GSSAPI_SERVER", id: 62, kind: "bool", default: false, refused: "gssapi", about: "Act as GSSAPI server." },
  gssapiPrincipal: { constant: "ZMQ_GSSAPI_PRINCIPAL", id: 63, kind: "text", default: null, refused: "gssapi", about: "Name of this side." },
  gssapiServicePrincipal: { constant: "ZMQ_GSSAPI_SERVICE_PRINCIPAL", id: 64, kind: "text", default: null, refused: "gssapi", about: "Name of the server." },
  gssapiPlainText: { constant: "ZMQ_GSSAPI_PLAINTEXT", id: 65, kind: "bool", default: false, refused: "gssapi", about: "Authenticate without encryption." },
  gssapiPrincipalNameType: { constant: "ZMQ_GSSAPI_PRINCIPAL_NAMETYPE", id: 90, kind: "text", default: "hostBased", values: ["hostBased", "userName", "krb5Principal"], refused: "gssapi", about: "Kind of `gssapiPrincipal`." },
  gssapiServicePrincipalNameType: { constant: "ZMQ_GSSAPI_SERVICE_PRINCIPAL_NAMETYPE", id: 91, kind: "text", default: "hostBased", values: ["hostBased", "userName", "krb5Principal"], refused: "gssapi", about: "Kind of `gssapiServicePrincipal`." },
  zapDomain: { constant: "ZMQ_ZAP_DOMAIN", id: 55, kind: "text", default: null, max: 255, unit: "bytes", about: "Domain in which peers are authenticated. With the NULL mechanism it is what makes the socket ask the ZAP handler." },
  zapEnforceDomain: { constant: "ZMQ_ZAP_ENFORCE_DOMAIN", id: 93, kind: "bool", default: false, about: "Refuse peers where there is a `zapDomain` and no ZAP handler, in place of letting them in." },
  metadata: { constant: "ZMQ_METADATA", id: 95, kind: "properties", default: null, access: "w", about: "Properties told to peers in the handshake, which their messages from here on have: names begin with `X-`. An object sets them all, a text `X-name:value` adds one." },
  typeOfService: { constant: "ZMQ_TOS", id: 57, kind: "int", default: 0, min: 0, max: 255, stored: "typeOfService", about: "Type-of-service byte of outgoing packets." },
  handshakeInterval: { constant: "ZMQ_HANDSHAKE_IVL", id: 66, kind: "int", default: 30000, min: 0, unit: "ms", about: "Time a connection has to finish its handshake; 0: any." },
  socksProxy: { constant: "ZMQ_SOCKS_PROXY", id: 68, kind: "text", default: null, about: "SOCKS5 proxy, `host:port`, that TCP connections go through. It resolves host names." },
  socksUsername: { constant: "ZMQ_SOCKS_USERNAME", id: 99, kind: "text", default: null, max: 255, unit: "bytes", about: "User name for `socksProxy` (RFC 1929); null: none is offered." },
  socksPassword: { constant: "ZMQ_SOCKS_PASSWORD", id: 100, kind: "text", default: null, max: 255, unit: "bytes", about: "Password for `socksProxy`; sent only with `socksUsername`." },
  heartbeatInterval: { constant: "ZMQ_HEARTBEAT_IVL", id: 75, kind: "int", default: 0, min: 0, unit: "ms", about: "Time between PINGs to each peer; 0: none." },
  heartbeatTimeToLive: { constant: "ZMQ_HEARTBEAT_TTL", id: 76, kind: "int", default: 0, min: 0, max: 6553599, step: 100, unit: "ms", about: "After this time without traffic the peer shall drop the connection; rounded down to tenths of a second." },
  heartbeatTimeout: { constant: "ZMQ_HEARTBEAT_TIMEOUT", id: 77, kind: "int", default: -1, min: -1, unit: "ms", about: "How long after a PING to wait for any traffic; -1: as long as `heartbeatInterval`." },
  connectTimeout: { constant: "ZMQ_CONNECT_TIMEOUT", id: 79, kind: "int", default: 0, min: 0, unit: "ms", about: "Time one attempt to connect may take; 0: as the system has it." },
  tcpMaxRetransmitTimeout: { constant: "ZMQ_TCP_MAXRT", id: 80, kind: "int", default: 0, min: 0, unit: "ms", stored: "userTimeout", about: "Time sent data may go unacknowledged." },
  multicastMaxTransportDataUnit: { constant: "ZMQ_MULTICAST_MAXTPDU", id: 84, kind: "int", default: 1500, min: 1, unit: "bytes", stored: "pgm", about: "Largest packet of multicast transports." },
  wssKeyPem: { constant: "ZMQ_WSS_KEY_PEM", id: 103, kind: "text", default: null, access: "w", about: "Private key of a `wss://` listener, as PEM text." },
  wssCertPem: { constant: "ZMQ_WSS_CERT_PEM", id: 104, kind: "text", default: null, access: "w", about: "Certificate of a `wss://` listener, with the chain to its root, as PEM text." },
  wssTrustPem: { constant: "ZMQ_WSS_TRUST_PEM", id: 105, kind: "text", default: null, access: "w", about: "Certificates that a `wss://` connection trusts to sign the listener's, as PEM text. None, and no `wssTrustSystem`: it trusts nobody." },
  wssHostname: { constant: "ZMQ_WSS_HOSTNAME", id: 106, kind: "text", default: null, access: "w", about: "Name that the listener's certificate must be for, also sent to it (SNI); without it any name will do." },
  wssTrustSystem: { constant: "ZMQ_WSS_TRUST_SYSTEM", id: 107, kind: "bool", default: false, access: "w", about: "A `wss://` connection trusts the authorities that the runtime knows." },
  webOrigins: { constant: "", id: -1, kind: "text", default: null, about: "Origins whose pages may connect to a `ws://` or `wss://` listener, with spaces between: `https://a.example https://b.example`. Pages of others are refused; null: all may. Not in libzmq." },
  vmciBufferSize: { constant: "ZMQ_VMCI_BUFFER_SIZE", id: 85, kind: "int", default: 0, min: 0, stored: "vmci", about: "Size of a VMCI buffer." },
  vmciBufferMinSize: { constant: "ZMQ_VMCI_BUFFER_MIN_SIZE", id: 86, kind: "int", default: 0, min: 0, stored: "vmci", about: "Least size of a VMCI buffer." },
  vmciBufferMaxSize: { constant: "ZMQ_VMCI_BUFFER_MAX_SIZE", id: 87, kind: "int", default: 0, min: 0, stored: "vmci", about: "Greatest size of a VMCI buffer." },
  vmciConnectTimeout: { constant: "ZMQ_VMCI_CONNECT_TIMEOUT", id: 88, kind: "int", default: -1, min: -1, stored: "vmci", about: "Time a VMCI connection may take." },
  interface: { constant: "ZMQ_BINDTODEVICE", id: 92, kind: "text", default: null, refused: "bindToDevice", about: "Device that connections must use." },
  loopbackFastPath: { constant: "ZMQ_LOOPBACK_FASTPATH", id: 94, kind: "bool", default: false, stored: "notOffered", about: "Faster TCP loopback on Windows." },
  priority: { constant: "ZMQ_PRIORITY", id: 112, kind: "int", default: 0, min: 0, stored: "priority", about: "Priority of outgoing packets within this host." },
  busyPoll: { constant: "ZMQ_BUSY_POLL", id: 113, kind: "int", default: 0, min: -1, unit: "µs", about: "How long after writing to a peer over tcp or ipc the event loop looks for the answer again and again before it sleeps; 0: up to 200 µs, while four in five of this peer's answers come that quickly, -1: not at all. libzmq leaves it to the kernel (SO_BUSY_POLL)." },
  inBatchSize: { constant: "ZMQ_IN_BATCH_SIZE", id: 101, kind: "int", default: 8192, min: 1, unit: "bytes", stored: "reads", about: "Most bytes of one read." },
  outBatchSize: { constant: "ZMQ_OUT_BATCH_SIZE", id: 102, kind: "int", default: 8192, min: 1, unit: "bytes", stored: "writes", about: "Most bytes that small messages are gathered into for one write." },
  normMode: { constant: "ZMQ_NORM_MODE", id: 117, kind: "int", default: 1, min: 0, max: 4, stored: "norm", about: "Congestion control of NORM: 0 fixed rate, 1 on, 2 with loss tolerance, 3 with ECN, 4 with ECN only." },
  normUnicastNack: { constant: "ZMQ_NORM_UNICAST_NACK", id: 118, kind: "bool", default: false, stored: "norm", about: "NORM receivers answer the sender alone." },
  normBufferSize: { constant: "ZMQ_NORM_BUFFER_SIZE", id: 119, kind: "int", default: 2048, min: 1, unit: "kB", stored: "norm", about: "Buffer of a NORM sender or receiver." },
  normSegmentSize: { constant: "ZMQ_NORM_SEGMENT_SIZE", id: 120, kind: "int", default: 1400, min: 1, unit: "bytes", stored: "norm", about: "Payload of one NORM packet." },
  normBlockSize: { constant: "ZMQ_NORM_BLOCK_SIZE", id: 121, kind: "int", default: 16, min: 1, max: 255, unit: "segments", stored: "norm", about: "Segments of one NORM block." },
  normParity: { constant: "ZMQ_NORM_NUM_PARITY", id: 122, kind: "int", default: 4, min: 0, max: 254, unit: "segments", stored: "norm", about: "Parity segments that NORM can repair a block with." },
  normAutoParity: { constant: "ZMQ_NORM_NUM_AUTOPARITY", id: 123, kind: "int", default: 0, min: 0, max: 254, unit: "segments", stored: "norm", about: "Parity segments that NORM sends unasked." },
  normPush: { constant: "ZMQ_NORM_PUSH", id: 124, kind: "bool", default: false, stored: "norm", about: "A NORM sender overwrites old data instead of waiting." },
  sendBufferSize: { constant: "ZMQ_SNDBUF", id: 11, kind: "int", default: -1, min: -1, unit: "bytes", on: ["PAIR", "PUB", "REQ", "REP", "DEALER", "ROUTER", "PUSH", "XPUB", "XSUB", "STREAM", "SERVER", "CLIENT", "RADIO", "SCATTER", "DGRAM", "PEER", "CHANNEL"], anywhere: true, stored: "udpOnly", about: "Kernel buffer for sending; -1: as the system has it." },
  sendHighWaterMark: { constant: "ZMQ_SNDHWM", id: 23, kind: "int", default: 1000, min: 0, unit: "messages", on: ["PAIR", "PUB", "REQ", "REP", "DEALER", "ROUTER", "PUSH", "XPUB", "XSUB", "STREAM", "SERVER", "CLIENT", "RADIO", "SCATTER", "DGRAM", "PEER", "CHANNEL"], anywhere: true, live: true, about: "Messages queued for one peer before sending blocks or drops; 0: no limit." },
  sendTimeout: { constant: "ZMQ_SNDTIMEO", id: 28, kind: "int", default: -1, min: -1, unit: "ms", on: ["PAIR", "PUB", "REQ", "REP", "DEALER", "ROUTER", "PUSH", "XPUB", "XSUB", "STREAM", "SERVER", "CLIENT", "RADIO", "SCATTER", "DGRAM", "PEER", "CHANNEL"], anywhere: true, live: true, about: "How long `send` waits before it rejects with EAGAIN; 0: not at all, -1: for ever." },
  multicastHops: { constant: "ZMQ_MULTICAST_HOPS", id: 25, kind: "int", default: 1, min: 1, unit: "hops", on: ["PAIR", "PUB", "REQ", "REP", "DEALER", "ROUTER", "PUSH", "XPUB", "XSUB", "STREAM", "SERVER", "CLIENT", "RADIO", "SCATTER", "DGRAM", "PEER", "CHANNEL"], anywhere: true, about: "Time-to-live of multicast packets." },
  multicastLoop: { constant: "ZMQ_MULTICAST_LOOP", id: 96, kind: "bool", default: true, on: ["RADIO", "DISH", "DGRAM"], anywhere: true, about: "Deliver multicast datagrams to receivers on the sending host too." },
  sendQueueLimit: { constant: "", id: -1, kind: "int", default: 100000, min: 1, unit: "calls", on: ["PAIR", "PUB", "REQ", "REP", "DEALER", "ROUTER", "PUSH", "XPUB", "XSUB", "STREAM", "SERVER", "CLIENT", "RADIO", "SCATTER", "DGRAM", "PEER", "CHANNEL"], live: true, about: "How many `send` calls may wait at once; one more rejects with EBUSY. Not in libzmq." },
  receiveBufferSize: { constant: "ZMQ_RCVBUF", id: 12, kind: "int", default: -1, min: -1, unit: "bytes", on: ["PAIR", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "XPUB", "XSUB", "STREAM", "SERVER", "CLIENT", "DISH", "GATHER", "DGRAM", "PEER", "CHANNEL"], anywhere: true, stored: "udpOnly", about: "Kernel buffer for receiving; -1: as the system has it." },
  receiveHighWaterMark: { constant: "ZMQ_RCVHWM", id: 24, kind: "int", default: 1000, min: 0, unit: "messages", on: ["PAIR", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "XPUB", "XSUB", "STREAM", "SERVER", "CLIENT", "DISH", "GATHER", "DGRAM", "PEER", "CHANNEL"], anywhere: true, live: true, about: "Messages queued from one peer before its connection is no longer read; 0: no limit." },
  receiveTimeout: { constant: "ZMQ_RCVTIMEO", id: 27, kind: "int", default: -1, min: -1, unit: "ms", on: ["PAIR", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "XPUB", "XSUB", "STREAM", "SERVER", "CLIENT", "DISH", "GATHER", "DGRAM", "PEER", "CHANNEL"], anywhere: true, live: true, about: "How long `receive` waits before it rejects with EAGAIN; 0: not at all, -1: for ever." },
  routingId: { constant: "ZMQ_ROUTING_ID", id: 5, kind: "bytes", default: null, max: 255, unit: "bytes", on: ["REQ", "REP", "DEALER", "ROUTER"], anywhere: true, about: "Name under which a ROUTER knows this socket, 1 to 255 bytes; else the ROUTER makes one." },
  connectRoutingId: { constant: "ZMQ_CONNECT_ROUTING_ID", id: 61, kind: "bytes", default: null, max: 255, unit: "bytes", on: ["ROUTER", "STREAM"], live: true, access: "w", about: "Id by which the peer of the next `connect` is known here, and of that alone; `connect(address, { routingId })` does the same." },
  helloMessage: { constant: "ZMQ_HELLO_MSG", id: 110, kind: "bytes", default: null, on: ["REP", "DEALER", "ROUTER", "SERVER", "CLIENT", "PEER"], anywhere: true, access: "w", about: "Sent first on every new connection, and every one made again." },
  disconnectMessage: { constant: "ZMQ_DISCONNECT_MSG", id: 111, kind: "bytes", default: null, on: ["ROUTER", "SERVER", "PEER"], anywhere: true, access: "w", about: "Received here, as if from the peer, when a peer that had connected to this socket is lost." },
  hiccupMessage: { constant: "ZMQ_HICCUP_MSG", id: 114, kind: "bytes", default: null, on: ["DEALER", "CLIENT", "PEER"], anywhere: true, access: "w", about: "Received here when a connection that this socket made is lost; it is then made again." },
  probeRouter: { constant: "ZMQ_PROBE_ROUTER", id: 51, kind: "bool", default: false, on: ["REQ", "DEALER", "ROUTER"], live: true, access: "w", about: "Send an empty message to each new peer, so that a ROUTER learns of this socket." },
  correlate: { constant: "ZMQ_REQ_CORRELATE", id: 52, kind: "bool", default: false, on: ["REQ"], live: true, access: "w", about: "Number the requests and take only the reply with the same number." },
  relaxed: { constant: "ZMQ_REQ_RELAXED", id: 53, kind: "bool", default: false, on: ["REQ"], live: true, access: "w", about: "Allow a new request before the reply: the old one is given up. Use with `correlate`." },
  mandatory: { constant: "ZMQ_ROUTER_MANDATORY", id: 33, kind: "bool", default: false, on: ["ROUTER"], live: true, access: "w", about: "Sending to an unknown peer is EHOSTUNREACH and to a full one waits, where both are dropped otherwise." },
  handover: { constant: "ZMQ_ROUTER_HANDOVER", id: 56, kind: "bool", default: false, on: ["ROUTER"], live: true, access: "w", about: "A new peer takes over a routing id in use; else the newcomer is not heard." },
  raw: { constant: "ZMQ_ROUTER_RAW", id: 41, kind: "bool", default: false, on: ["ROUTER"], access: "w", about: "Talk to plain TCP peers as a STREAM socket does; use STREAM in new programs." },
  routerNotify: { constant: "ZMQ_ROUTER_NOTIFY", id: 97, kind: "int", default: 0, min: 0, max: 3, unit: "sum of 1, 2", on: ["ROUTER"], about: "Receive an empty message from a peer that has connected (1) or is lost (2). Not over inproc." },
  conflate: { constant: "ZMQ_CONFLATE", id: 54, kind: "bool", default: false, on: ["DEALER", "PULL", "PUSH", "PUB", "SUB", "GATHER", "SCATTER"], anywhere: true, about: "Keep only the newest message for and from each peer." },
  noDrop: { constant: "ZMQ_XPUB_NODROP", id: 69, kind: "bool", default: false, on: ["PUB", "XPUB", "RADIO"], live: true, access: "w", about: "Wait, instead of dropping, while a matching subscriber is at its high-water mark." },
  manual: { constant: "ZMQ_XPUB_MANUAL", id: 71, kind: "bool", default: false, on: ["XPUB"], live: true, access: "w", about: "Subscriptions only take effect through `subscribe` and `unsubscribe` of the publisher, for the subscriber whose request was received last." },
  manualLastValue: { constant: "ZMQ_XPUB_MANUAL_LAST_VALUE", id: 98, kind: "bool", default: false, on: ["XPUB"], live: true, access: "w", about: "As `manual`, which it sets along; and the next message after a request was received goes to that subscriber alone, if it matches: for last-value caches." },
  welcomeMessage: { constant: "ZMQ_XPUB_WELCOME_MSG", id: 72, kind: "bytes", default: null, on: ["XPUB"], live: true, access: "w", about: "Message sent to each new subscriber that has subscribed to it." },
  verbosity: { constant: "ZMQ_XPUB_VERBOSE, ZMQ_XPUB_VERBOSER", id: 40, kind: "text", default: null, on: ["XPUB"], values: ["allSubs", "allSubsUnsubs"], live: true, access: "w", about: 'Which repeated subscriptions `receive` shows: null none, "allSubs", or "allSubsUnsubs".' },
  onlyFirstSubscribe: { constant: "ZMQ_ONLY_FIRST_SUBSCRIBE", id: 108, kind: "bool", default: false, on: ["PUB", "XPUB", "XSUB"], live: true, access: "w", about: "Of a message of many parts only one whose first part is a subscription can hold more; else its parts are all data." },
  verboseUnsubscribe: { constant: "ZMQ_XSUB_VERBOSE_UNSUBSCRIBE", id: 115, kind: "bool", default: false, on: ["XSUB"], live: true, access: "w", about: "Send every cancellation upstream, also those that are not the last or of nothing." },
  invertMatching: { constant: "ZMQ_INVERT_MATCHING", id: 74, kind: "bool", default: false, on: ["PUB", "SUB", "XPUB"], live: true, anywhere: true, about: "Deliver what does not match the subscriptions. Both sides must set it." },
  notify: { constant: "ZMQ_STREAM_NOTIFY", id: 73, kind: "bool", default: true, on: ["STREAM"], access: "w", about: "An empty message from each peer that connects or disconnects." },
} as const;

/** The options of a context. `on` and `live` mean nothing there: they act on sockets that are made later. */
// biome-ignore format: one row a line, so that it reads as a table
export const CONTEXT_OPTIONS = {
  ioThreads: { constant: "ZMQ_IO_THREADS", id: 1, kind: "int", default: 0, min: 0, max: 64, about: "Background threads for I/O. 0: it runs in the thread that owns the socket; libzmq starts with 1." },
  maxSockets: { constant: "ZMQ_MAX_SOCKETS", id: 2, kind: "int", default: 1023, min: 1, max: 65535, unit: "sockets", about: "How many sockets may be open at once; one more is EMFILE." },
  maxSocketsLimit: { constant: "ZMQ_SOCKET_LIMIT", id: 3, kind: "int", default: 65535, min: 65535, max: 65535, about: "The most that `maxSockets` can be. Read only; setting 3 sets `threadPriority`." },
  threadPriority: { constant: "ZMQ_THREAD_PRIORITY", id: 3, kind: "int", default: -1, min: 0, access: "w", stored: "threadPriority", about: "Priority of the I/O threads. Reads undefined, as in the `zeromq` package; not readable by number." },
  threadSchedulingPolicy: { constant: "ZMQ_THREAD_SCHED_POLICY", id: 4, kind: "int", default: -1, min: 0, stored: "threadPolicy", about: "Scheduling policy of the I/O threads. Reads undefined, as in the `zeromq` package; by number what was set." },
  maxMessageSize: { constant: "ZMQ_MAX_MSGSZ", id: 5, kind: "int", default: 2147483647, min: 0, unit: "bytes", about: "Kept and not enforced, as in libzmq: use the sockets' `maxMessageSize`." },
  messageStructSize: { constant: "ZMQ_MSG_T_SIZE", id: 6, kind: "int", default: 64, min: 64, max: 64, unit: "bytes", about: "Size of `zmq_msg_t`: libzmq's 64, for programs that ask. Read only, by number only." },
  threadAffinityAdd: { constant: "ZMQ_THREAD_AFFINITY_CPU_ADD", id: 7, kind: "int", default: -1, min: 0, access: "w", stored: "threadPlace", about: "A processor on which I/O threads may run; by number only." },
  threadAffinityRemove: { constant: "ZMQ_THREAD_AFFINITY_CPU_REMOVE", id: 8, kind: "int", default: -1, min: 0, access: "w", stored: "threadPlace", about: "Takes back one that was added, else EINVAL; by number only." },
  threadNamePrefix: { constant: "ZMQ_THREAD_NAME_PREFIX", id: 9, kind: "text", default: null, max: 16, unit: "bytes", stored: "threadName", about: "Prefix of the names of I/O threads; a number too." },
  zeroCopyReceive: { constant: "ZMQ_ZERO_COPY_RECV", id: 10, kind: "bool", default: true, stored: "views", about: "Receive messages without copying them." },
  ipv6: { constant: "ZMQ_IPV6", id: 42, kind: "bool", default: false, about: "What `ipv6` of new sockets starts with." },
  blocky: { constant: "ZMQ_BLOCKY", id: 70, kind: "bool", default: true, about: "False: `linger` of new sockets starts with 0, so that nothing waits at the end." },
} as const;
