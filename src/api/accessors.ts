/** Made by scripts/gen-options.mjs from the option table; do not edit. */

/** The options of every socket. */
export interface SocketAccessors {
  /**
   * ZMQ_AFFINITY. Which of the context's `ioThreads` may handle new endpoints; 0: any.
   * In bitmap of I/O threads. From 0 to 9007199254740991, default 0. Takes effect with the next bind or connect.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  affinity: number;
  /**
   * ZMQ_RATE. Maximum send or receive rate of multicast transports.
   * In kbit/s. From 1, default 100. Takes effect with the next bind or connect.
   * Stored but without effect: pgm:// and norm:// are not part of this library.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  rate: number;
  /**
   * ZMQ_RECOVERY_IVL. How long a multicast receiver may be away before data is lost for good.
   * In ms. From 0, default 10000. Takes effect with the next bind or connect.
   * Stored but without effect: pgm:// and norm:// are not part of this library.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  recoveryInterval: number;
  /**
   * ZMQ_LINGER. How long unsent messages are kept after `close` or `disconnect`: -1 for ever, 0 not at all. SUB, XSUB and DISH start with 0.
   * In ms. From -1, default -1. Takes effect at once.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  linger: number;
  /**
   * ZMQ_RECONNECT_IVL. Pause before a lost or refused connection is tried again; -1 and 0: never.
   * In ms. From -1, default 100. Takes effect with the next bind or connect.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  reconnectInterval: number;
  /**
   * ZMQ_RECONNECT_IVL_MAX. When above `reconnectInterval`, the pause doubles with each failure up to this.
   * In ms. From 0, default 0. Takes effect with the next bind or connect.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  reconnectMaxInterval: number;
  /**
   * ZMQ_RECONNECT_STOP. When a connection is not tried again: 1 when it was refused, 2 when the handshake failed, 4 when it was refused after `disconnect`.
   * In sum of 1, 2, 4. From 0 to 7, default 0. Takes effect with the next bind or connect.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  reconnectStop: number;
  /**
   * ZMQ_BACKLOG. How many connections the system holds that were not yet accepted.
   * In connections. From 0, default 100. Takes effect with the next bind or connect.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  backlog: number;
  /**
   * ZMQ_USE_FD. A descriptor that is bound or listens already, from a parent process or systemd: the next `bind` over tcp or ipc accepts on it and owns it; -1: none.
   * In file descriptor. From -1, default -1. Takes effect with the next bind or connect.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  useFd: number;
  /**
   * ZMQ_MAXMSGSIZE. Largest frame taken from a peer; one that sends a larger one is disconnected. -1: any.
   * In bytes. From -1 to 9007199254740991, default -1. Takes effect with the next bind or connect.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  maxMessageSize: number;
  /**
   * ZMQ_TCP_KEEPALIVE. TCP keep-alive: -1 as the system has it, 0 off, 1 on.
   * From -1 to 1, default -1. Takes effect with the next bind or connect.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  tcpKeepalive: number;
  /**
   * ZMQ_TCP_KEEPALIVE_CNT. Unanswered keep-alive probes before the connection counts as dead.
   * In probes. From -1, default -1. Takes effect with the next bind or connect.
   * Stored but without effect: the runtime sets only the idle time before the first probe.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  tcpKeepaliveCount: number;
  /**
   * ZMQ_TCP_KEEPALIVE_IDLE. Idle time before the first keep-alive probe.
   * In s. From -1, default -1. Takes effect with the next bind or connect.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  tcpKeepaliveIdle: number;
  /**
   * ZMQ_TCP_KEEPALIVE_INTVL. Time between keep-alive probes.
   * In s. From -1, default -1. Takes effect with the next bind or connect.
   * Stored but without effect: the runtime sets only the idle time before the first probe.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  tcpKeepaliveInterval: number;
  /**
   * ZMQ_TCP_ACCEPT_FILTER. Who may connect over TCP: an address or network such as `10.0.0.0/8`, several with commas. Each assignment adds to those before, null clears. Others are cut off at accept, with an `accept:error` event.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  tcpAcceptFilter: string | null;
  /**
   * ZMQ_IPC_FILTER_PID. Process that may connect over ipc.
   * From -1, default -1. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSUP: the runtime does not tell who is at the other end of a Unix socket, and ignoring it would let everybody in; set the permissions of the path
   */
  ipcFilterPid: number;
  /**
   * ZMQ_IPC_FILTER_UID. User that may connect over ipc.
   * From -1, default -1. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSUP: the runtime does not tell who is at the other end of a Unix socket, and ignoring it would let everybody in; set the permissions of the path
   */
  ipcFilterUid: number;
  /**
   * ZMQ_IPC_FILTER_GID. Group that may connect over ipc.
   * From -1, default -1. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSUP: the runtime does not tell who is at the other end of a Unix socket, and ignoring it would let everybody in; set the permissions of the path
   */
  ipcFilterGid: number;
  /**
   * ZMQ_IMMEDIATE. Queue messages only for completed connections, so that none waits for a peer that is not there.
   * Default false. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  immediate: boolean;
  /**
   * ZMQ_IPV6. Use IPv6 as well as IPv4. By number also as ZMQ_IPV4ONLY 31, the opposite.
   * Default false. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  ipv6: boolean;
  /**
   * ZMQ_PLAIN_SERVER. Act as PLAIN server: peers name themselves with user name and password, and a ZAP handler judges.
   * Default false. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  plainServer: boolean;
  /**
   * ZMQ_PLAIN_USERNAME. User name of a PLAIN client. Makes the socket one.
   * In bytes. Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  plainUsername: string | null;
  /**
   * ZMQ_PLAIN_PASSWORD. Password of a PLAIN client. Makes the socket one.
   * In bytes. Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  plainPassword: string | null;
  /**
   * ZMQ_CURVE_SERVER. Accept CURVE clients on this socket, which then needs `curveSecretKey`.
   * Default false. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  curveServer: boolean;
  /**
   * ZMQ_CURVE_PUBLICKEY. Long-term public key of this side, Z85 text or 32 bytes. May be left out: it follows from the secret key.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError EINVAL for what is no key, null too; ENOTSOCK on a closed socket
   */
  get curvePublicKey(): string | null;
  set curvePublicKey(value: string | Uint8Array | null);
  /**
   * ZMQ_CURVE_SECRETKEY. Long-term secret key of this side, Z85 text or 32 bytes. See `curveKeyPair`.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError EINVAL for what is no key, null too; ENOTSOCK on a closed socket
   */
  get curveSecretKey(): string | null;
  set curveSecretKey(value: string | Uint8Array | null);
  /**
   * ZMQ_CURVE_SERVERKEY. Public key of the server, Z85 text or 32 bytes; makes this socket a CURVE client.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError EINVAL for what is no key, null too; ENOTSOCK on a closed socket
   */
  get curveServerKey(): string | null;
  set curveServerKey(value: string | Uint8Array | null);
  /**
   * ZMQ_GSSAPI_SERVER. Act as GSSAPI server.
   * Default false. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSUP: the GSSAPI mechanism is not available
   */
  gssapiServer: boolean;
  /**
   * ZMQ_GSSAPI_PRINCIPAL. Name of this side.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSUP: the GSSAPI mechanism is not available
   */
  gssapiPrincipal: string | null;
  /**
   * ZMQ_GSSAPI_SERVICE_PRINCIPAL. Name of the server.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSUP: the GSSAPI mechanism is not available
   */
  gssapiServicePrincipal: string | null;
  /**
   * ZMQ_GSSAPI_PLAINTEXT. Authenticate without encryption.
   * Default false. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSUP: the GSSAPI mechanism is not available
   */
  gssapiPlainText: boolean;
  /**
   * ZMQ_GSSAPI_PRINCIPAL_NAMETYPE. Kind of `gssapiPrincipal`.
   * Default hostBased. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSUP: the GSSAPI mechanism is not available
   */
  gssapiPrincipalNameType: "hostBased" | "userName" | "krb5Principal";
  /**
   * ZMQ_GSSAPI_SERVICE_PRINCIPAL_NAMETYPE. Kind of `gssapiServicePrincipal`.
   * Default hostBased. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSUP: the GSSAPI mechanism is not available
   */
  gssapiServicePrincipalNameType: "hostBased" | "userName" | "krb5Principal";
  /**
   * ZMQ_ZAP_DOMAIN. Domain in which peers are authenticated. With the NULL mechanism it is what makes the socket ask the ZAP handler.
   * In bytes. Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  zapDomain: string | null;
  /**
   * ZMQ_ZAP_ENFORCE_DOMAIN. Refuse peers where there is a `zapDomain` and no ZAP handler, in place of letting them in.
   * Default false. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  zapEnforceDomain: boolean;
  /**
   * ZMQ_METADATA. Properties told to peers in the handshake, which their messages from here on have: names begin with `X-`. An object sets them all, a text `X-name:value` adds one.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  metadata: Readonly<Record<string, string>> | null;
  /**
   * ZMQ_TOS. Type-of-service byte of outgoing packets.
   * From 0 to 255, default 0. Takes effect with the next bind or connect.
   * Stored but without effect: only Node.js can set IP_TOS, in late versions of 24 and from 25.6 on.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  typeOfService: number;
  /**
   * ZMQ_HANDSHAKE_IVL. Time a connection has to finish its handshake; 0: any.
   * In ms. From 0, default 30000. Takes effect with the next bind or connect.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  handshakeInterval: number;
  /**
   * ZMQ_SOCKS_PROXY. SOCKS5 proxy, `host:port`, that TCP connections go through. It resolves host names.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  socksProxy: string | null;
  /**
   * ZMQ_SOCKS_USERNAME. User name for `socksProxy` (RFC 1929); null: none is offered.
   * In bytes. Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  socksUsername: string | null;
  /**
   * ZMQ_SOCKS_PASSWORD. Password for `socksProxy`; sent only with `socksUsername`.
   * In bytes. Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  socksPassword: string | null;
  /**
   * ZMQ_HEARTBEAT_IVL. Time between PINGs to each peer; 0: none.
   * In ms. From 0, default 0. Takes effect with the next bind or connect.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  heartbeatInterval: number;
  /**
   * ZMQ_HEARTBEAT_TTL. After this time without traffic the peer shall drop the connection; rounded down to tenths of a second.
   * In ms. From 0 to 6553599, default 0. Takes effect with the next bind or connect.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  heartbeatTimeToLive: number;
  /**
   * ZMQ_HEARTBEAT_TIMEOUT. How long after a PING to wait for any traffic; -1: as long as `heartbeatInterval`.
   * In ms. From -1, default -1. Takes effect with the next bind or connect.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  heartbeatTimeout: number;
  /**
   * ZMQ_CONNECT_TIMEOUT. Time one attempt to connect may take; 0: as the system has it.
   * In ms. From 0, default 0. Takes effect with the next bind or connect.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  connectTimeout: number;
  /**
   * ZMQ_TCP_MAXRT. Time sent data may go unacknowledged.
   * In ms. From 0, default 0. Takes effect with the next bind or connect.
   * Stored but without effect: the runtime cannot set TCP_USER_TIMEOUT.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  tcpMaxRetransmitTimeout: number;
  /**
   * ZMQ_MULTICAST_MAXTPDU. Largest packet of multicast transports.
   * In bytes. From 1, default 1500. Takes effect with the next bind or connect.
   * Stored but without effect: pgm:// and norm:// are not part of this library.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  multicastMaxTransportDataUnit: number;
  /**
   * ZMQ_WSS_KEY_PEM. Private key of a `wss://` listener, as PEM text.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  wssKeyPem: string | null;
  /**
   * ZMQ_WSS_CERT_PEM. Certificate of a `wss://` listener, with the chain to its root, as PEM text.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  wssCertPem: string | null;
  /**
   * ZMQ_WSS_TRUST_PEM. Certificates that a `wss://` connection trusts to sign the listener's, as PEM text. None, and no `wssTrustSystem`: it trusts nobody.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  wssTrustPem: string | null;
  /**
   * ZMQ_WSS_HOSTNAME. Name that the listener's certificate must be for, also sent to it (SNI); without it any name will do.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  wssHostname: string | null;
  /**
   * ZMQ_WSS_TRUST_SYSTEM. A `wss://` connection trusts the authorities that the runtime knows.
   * Default false. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  wssTrustSystem: boolean;
  /**
   * Origins whose pages may connect to a `ws://` or `wss://` listener, with spaces between: `https://a.example https://b.example`. Pages of others are refused; null: all may. Not in libzmq.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  webOrigins: string | null;
  /**
   * ZMQ_VMCI_BUFFER_SIZE. Size of a VMCI buffer.
   * From 0, default 0. Takes effect with the next bind or connect.
   * Stored but without effect: the runtime has no VMCI sockets.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  vmciBufferSize: number;
  /**
   * ZMQ_VMCI_BUFFER_MIN_SIZE. Least size of a VMCI buffer.
   * From 0, default 0. Takes effect with the next bind or connect.
   * Stored but without effect: the runtime has no VMCI sockets.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  vmciBufferMinSize: number;
  /**
   * ZMQ_VMCI_BUFFER_MAX_SIZE. Greatest size of a VMCI buffer.
   * From 0, default 0. Takes effect with the next bind or connect.
   * Stored but without effect: the runtime has no VMCI sockets.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  vmciBufferMaxSize: number;
  /**
   * ZMQ_VMCI_CONNECT_TIMEOUT. Time a VMCI connection may take.
   * From -1, default -1. Takes effect with the next bind or connect.
   * Stored but without effect: the runtime has no VMCI sockets.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  vmciConnectTimeout: number;
  /**
   * ZMQ_BINDTODEVICE. Device that connections must use.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSUP: the runtime cannot set SO_BINDTODEVICE, and ignoring it would listen everywhere; bind to the interface's name or address
   */
  interface: string | null;
  /**
   * ZMQ_LOOPBACK_FASTPATH. Faster TCP loopback on Windows.
   * Default false. Takes effect with the next bind or connect.
   * Stored but without effect: the runtime does not offer it.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  loopbackFastPath: boolean;
  /**
   * ZMQ_PRIORITY. Priority of outgoing packets within this host.
   * From 0, default 0. Takes effect with the next bind or connect.
   * Stored but without effect: the runtime cannot set SO_PRIORITY.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  priority: number;
  /**
   * ZMQ_BUSY_POLL. How long after writing to a peer over tcp or ipc the event loop looks for the answer again and again before it sleeps; 0: up to 200 µs, while four in five of this peer's answers come that quickly, -1: not at all. libzmq leaves it to the kernel (SO_BUSY_POLL).
   * In µs. From -1, default 0. Takes effect with the next bind or connect.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  busyPoll: number;
  /**
   * ZMQ_IN_BATCH_SIZE. Most bytes of one read.
   * In bytes. From 1, default 8192. Takes effect with the next bind or connect.
   * Stored but without effect: reads take what has arrived, up to 64 kB.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  inBatchSize: number;
  /**
   * ZMQ_OUT_BATCH_SIZE. Most bytes that small messages are gathered into for one write.
   * In bytes. From 1, default 8192. Takes effect with the next bind or connect.
   * Stored but without effect: writes take all messages of a turn, up to 64 kB.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  outBatchSize: number;
  /**
   * ZMQ_NORM_MODE. Congestion control of NORM: 0 fixed rate, 1 on, 2 with loss tolerance, 3 with ECN, 4 with ECN only.
   * From 0 to 4, default 1. Takes effect with the next bind or connect.
   * Stored but without effect: norm:// is not part of this library.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  normMode: number;
  /**
   * ZMQ_NORM_UNICAST_NACK. NORM receivers answer the sender alone.
   * Default false. Takes effect with the next bind or connect.
   * Stored but without effect: norm:// is not part of this library.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  normUnicastNack: boolean;
  /**
   * ZMQ_NORM_BUFFER_SIZE. Buffer of a NORM sender or receiver.
   * In kB. From 1, default 2048. Takes effect with the next bind or connect.
   * Stored but without effect: norm:// is not part of this library.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  normBufferSize: number;
  /**
   * ZMQ_NORM_SEGMENT_SIZE. Payload of one NORM packet.
   * In bytes. From 1, default 1400. Takes effect with the next bind or connect.
   * Stored but without effect: norm:// is not part of this library.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  normSegmentSize: number;
  /**
   * ZMQ_NORM_BLOCK_SIZE. Segments of one NORM block.
   * In segments. From 1 to 255, default 16. Takes effect with the next bind or connect.
   * Stored but without effect: norm:// is not part of this library.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  normBlockSize: number;
  /**
   * ZMQ_NORM_NUM_PARITY. Parity segments that NORM can repair a block with.
   * In segments. From 0 to 254, default 4. Takes effect with the next bind or connect.
   * Stored but without effect: norm:// is not part of this library.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  normParity: number;
  /**
   * ZMQ_NORM_NUM_AUTOPARITY. Parity segments that NORM sends unasked.
   * In segments. From 0 to 254, default 0. Takes effect with the next bind or connect.
   * Stored but without effect: norm:// is not part of this library.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  normAutoParity: number;
  /**
   * ZMQ_NORM_PUSH. A NORM sender overwrites old data instead of waiting.
   * Default false. Takes effect with the next bind or connect.
   * Stored but without effect: norm:// is not part of this library.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  normPush: boolean;
}

/** Those of sockets that can send. */
export interface WritableAccessors {
  /**
   * ZMQ_SNDBUF. Kernel buffer for sending; -1: as the system has it.
   * In bytes. From -1, default -1. Takes effect with the next bind or connect.
   * Stored but without effect: the runtime can set it for udp:// only.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  sendBufferSize: number;
  /**
   * ZMQ_SNDHWM. Messages queued for one peer before sending blocks or drops; 0: no limit.
   * In messages. From 0, default 1000. Takes effect at once.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  sendHighWaterMark: number;
  /**
   * ZMQ_SNDTIMEO. How long `send` waits before it rejects with EAGAIN; 0: not at all, -1: for ever.
   * In ms. From -1, default -1. Takes effect at once.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  sendTimeout: number;
  /**
   * ZMQ_MULTICAST_HOPS. Time-to-live of multicast packets.
   * In hops. From 1, default 1. Takes effect with the next bind or connect.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  multicastHops: number;
  /**
   * How many `send` calls may wait at once; one more rejects with EBUSY. Not in libzmq.
   * In calls. From 1, default 100000. Takes effect at once.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  sendQueueLimit: number;
}

/** Those of sockets that can receive. */
export interface ReadableAccessors {
  /**
   * ZMQ_RCVBUF. Kernel buffer for receiving; -1: as the system has it.
   * In bytes. From -1, default -1. Takes effect with the next bind or connect.
   * Stored but without effect: the runtime can set it for udp:// only.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  receiveBufferSize: number;
  /**
   * ZMQ_RCVHWM. Messages queued from one peer before its connection is no longer read; 0: no limit.
   * In messages. From 0, default 1000. Takes effect at once.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  receiveHighWaterMark: number;
  /**
   * ZMQ_RCVTIMEO. How long `receive` waits before it rejects with EAGAIN; 0: not at all, -1: for ever.
   * In ms. From -1, default -1. Takes effect at once.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  receiveTimeout: number;
}

/** Those of PAIR alone, or shared with few others. */
// biome-ignore lint/suspicious/noEmptyInterface: this type has no options of its own yet
export interface PairAccessors {}

/** Those of PUB alone, or shared with few others. */
export interface PublisherAccessors {
  /**
   * ZMQ_CONFLATE. Keep only the newest message for and from each peer.
   * Default false. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  conflate: boolean;
  /**
   * ZMQ_XPUB_NODROP. Wait, instead of dropping, while a matching subscriber is at its high-water mark.
   * Default false. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  noDrop: boolean;
  /**
   * ZMQ_ONLY_FIRST_SUBSCRIBE. Of a message of many parts only one whose first part is a subscription can hold more; else its parts are all data.
   * Default false. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  onlyFirstSubscribe: boolean;
  /**
   * ZMQ_INVERT_MATCHING. Deliver what does not match the subscriptions. Both sides must set it.
   * Default false. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  invertMatching: boolean;
}

/** Those of SUB alone, or shared with few others. */
export interface SubscriberAccessors {
  /**
   * ZMQ_CONFLATE. Keep only the newest message for and from each peer.
   * Default false. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  conflate: boolean;
  /**
   * ZMQ_INVERT_MATCHING. Deliver what does not match the subscriptions. Both sides must set it.
   * Default false. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  invertMatching: boolean;
}

/** Those of REQ alone, or shared with few others. */
export interface RequestAccessors {
  /**
   * ZMQ_ROUTING_ID. Name under which a ROUTER knows this socket, 1 to 255 bytes; else the ROUTER makes one.
   * In bytes. Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  routingId: string | null;
  /**
   * ZMQ_PROBE_ROUTER. Send an empty message to each new peer, so that a ROUTER learns of this socket.
   * Default false. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  probeRouter: boolean;
  /**
   * ZMQ_REQ_CORRELATE. Number the requests and take only the reply with the same number.
   * Default false. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  correlate: boolean;
  /**
   * ZMQ_REQ_RELAXED. Allow a new request before the reply: the old one is given up. Use with `correlate`.
   * Default false. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  relaxed: boolean;
}

/** Those of REP alone, or shared with few others. */
export interface ReplyAccessors {
  /**
   * ZMQ_ROUTING_ID. Name under which a ROUTER knows this socket, 1 to 255 bytes; else the ROUTER makes one.
   * In bytes. Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  routingId: string | null;
  /**
   * ZMQ_HELLO_MSG. Sent first on every new connection, and every one made again.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  helloMessage: string | Buffer | null;
}

/** Those of DEALER alone, or shared with few others. */
export interface DealerAccessors {
  /**
   * ZMQ_ROUTING_ID. Name under which a ROUTER knows this socket, 1 to 255 bytes; else the ROUTER makes one.
   * In bytes. Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  routingId: string | null;
  /**
   * ZMQ_HELLO_MSG. Sent first on every new connection, and every one made again.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  helloMessage: string | Buffer | null;
  /**
   * ZMQ_HICCUP_MSG. Received here when a connection that this socket made is lost; it is then made again.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  hiccupMessage: string | Buffer | null;
  /**
   * ZMQ_PROBE_ROUTER. Send an empty message to each new peer, so that a ROUTER learns of this socket.
   * Default false. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  probeRouter: boolean;
  /**
   * ZMQ_CONFLATE. Keep only the newest message for and from each peer.
   * Default false. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  conflate: boolean;
}

/** Those of ROUTER alone, or shared with few others. */
export interface RouterAccessors {
  /**
   * ZMQ_ROUTING_ID. Name under which a ROUTER knows this socket, 1 to 255 bytes; else the ROUTER makes one.
   * In bytes. Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  routingId: string | null;
  /**
   * ZMQ_CONNECT_ROUTING_ID. Id by which the peer of the next `connect` is known here, and of that alone; `connect(address, { routingId })` does the same.
   * In bytes. Default null. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  connectRoutingId: string | Buffer | null;
  /**
   * ZMQ_HELLO_MSG. Sent first on every new connection, and every one made again.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  helloMessage: string | Buffer | null;
  /**
   * ZMQ_DISCONNECT_MSG. Received here, as if from the peer, when a peer that had connected to this socket is lost.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  disconnectMessage: string | Buffer | null;
  /**
   * ZMQ_PROBE_ROUTER. Send an empty message to each new peer, so that a ROUTER learns of this socket.
   * Default false. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  probeRouter: boolean;
  /**
   * ZMQ_ROUTER_MANDATORY. Sending to an unknown peer is EHOSTUNREACH and to a full one waits, where both are dropped otherwise.
   * Default false. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  mandatory: boolean;
  /**
   * ZMQ_ROUTER_HANDOVER. A new peer takes over a routing id in use; else the newcomer is not heard.
   * Default false. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  handover: boolean;
  /**
   * ZMQ_ROUTER_RAW. Talk to plain TCP peers as a STREAM socket does; use STREAM in new programs.
   * Default false. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  raw: boolean;
  /**
   * ZMQ_ROUTER_NOTIFY. Receive an empty message from a peer that has connected (1) or is lost (2). Not over inproc.
   * In sum of 1, 2. From 0 to 3, default 0. Takes effect with the next bind or connect.
   * @throws ZmqError EINVAL out of range; ENOTSOCK on a closed socket
   */
  routerNotify: number;
}

/** Those of PULL alone, or shared with few others. */
export interface PullAccessors {
  /**
   * ZMQ_CONFLATE. Keep only the newest message for and from each peer.
   * Default false. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  conflate: boolean;
}

/** Those of PUSH alone, or shared with few others. */
export interface PushAccessors {
  /**
   * ZMQ_CONFLATE. Keep only the newest message for and from each peer.
   * Default false. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  conflate: boolean;
}

/** Those of XPUB alone, or shared with few others. */
export interface XPublisherAccessors {
  /**
   * ZMQ_XPUB_NODROP. Wait, instead of dropping, while a matching subscriber is at its high-water mark.
   * Default false. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  noDrop: boolean;
  /**
   * ZMQ_XPUB_MANUAL. Subscriptions only take effect through `subscribe` and `unsubscribe` of the publisher, for the subscriber whose request was received last.
   * Default false. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  manual: boolean;
  /**
   * ZMQ_XPUB_MANUAL_LAST_VALUE. As `manual`, which it sets along; and the next message after a request was received goes to that subscriber alone, if it matches: for last-value caches.
   * Default false. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  manualLastValue: boolean;
  /**
   * ZMQ_XPUB_WELCOME_MSG. Message sent to each new subscriber that has subscribed to it.
   * Default null. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  welcomeMessage: string | null;
  /**
   * ZMQ_XPUB_VERBOSE, ZMQ_XPUB_VERBOSER. Which repeated subscriptions `receive` shows: null none, "allSubs", or "allSubsUnsubs".
   * Default null. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  verbosity: null | "allSubs" | "allSubsUnsubs";
  /**
   * ZMQ_ONLY_FIRST_SUBSCRIBE. Of a message of many parts only one whose first part is a subscription can hold more; else its parts are all data.
   * Default false. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  onlyFirstSubscribe: boolean;
  /**
   * ZMQ_INVERT_MATCHING. Deliver what does not match the subscriptions. Both sides must set it.
   * Default false. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  invertMatching: boolean;
}

/** Those of XSUB alone, or shared with few others. */
export interface XSubscriberAccessors {
  /**
   * ZMQ_ONLY_FIRST_SUBSCRIBE. Of a message of many parts only one whose first part is a subscription can hold more; else its parts are all data.
   * Default false. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  onlyFirstSubscribe: boolean;
  /**
   * ZMQ_XSUB_VERBOSE_UNSUBSCRIBE. Send every cancellation upstream, also those that are not the last or of nothing.
   * Default false. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  verboseUnsubscribe: boolean;
}

/** Those of STREAM alone, or shared with few others. */
export interface StreamAccessors {
  /**
   * ZMQ_CONNECT_ROUTING_ID. Id by which the peer of the next `connect` is known here, and of that alone; `connect(address, { routingId })` does the same.
   * In bytes. Default null. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  connectRoutingId: string | Buffer | null;
  /**
   * ZMQ_STREAM_NOTIFY. An empty message from each peer that connects or disconnects.
   * Default true. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  notify: boolean;
}

/** Those of SERVER alone, or shared with few others. */
export interface ServerAccessors {
  /**
   * ZMQ_HELLO_MSG. Sent first on every new connection, and every one made again.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  helloMessage: string | Buffer | null;
  /**
   * ZMQ_DISCONNECT_MSG. Received here, as if from the peer, when a peer that had connected to this socket is lost.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  disconnectMessage: string | Buffer | null;
}

/** Those of CLIENT alone, or shared with few others. */
export interface ClientAccessors {
  /**
   * ZMQ_HELLO_MSG. Sent first on every new connection, and every one made again.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  helloMessage: string | Buffer | null;
  /**
   * ZMQ_HICCUP_MSG. Received here when a connection that this socket made is lost; it is then made again.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  hiccupMessage: string | Buffer | null;
}

/** Those of RADIO alone, or shared with few others. */
export interface RadioAccessors {
  /**
   * ZMQ_MULTICAST_LOOP. Deliver multicast datagrams to receivers on the sending host too.
   * Default true. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  multicastLoop: boolean;
  /**
   * ZMQ_XPUB_NODROP. Wait, instead of dropping, while a matching subscriber is at its high-water mark.
   * Default false. Takes effect at once.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  noDrop: boolean;
}

/** Those of DISH alone, or shared with few others. */
export interface DishAccessors {
  /**
   * ZMQ_MULTICAST_LOOP. Deliver multicast datagrams to receivers on the sending host too.
   * Default true. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  multicastLoop: boolean;
}

/** Those of GATHER alone, or shared with few others. */
export interface GatherAccessors {
  /**
   * ZMQ_CONFLATE. Keep only the newest message for and from each peer.
   * Default false. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  conflate: boolean;
}

/** Those of SCATTER alone, or shared with few others. */
export interface ScatterAccessors {
  /**
   * ZMQ_CONFLATE. Keep only the newest message for and from each peer.
   * Default false. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  conflate: boolean;
}

/** Those of DGRAM alone, or shared with few others. */
export interface DatagramAccessors {
  /**
   * ZMQ_MULTICAST_LOOP. Deliver multicast datagrams to receivers on the sending host too.
   * Default true. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  multicastLoop: boolean;
}

/** Those of PEER alone, or shared with few others. */
export interface PeerAccessors {
  /**
   * ZMQ_HELLO_MSG. Sent first on every new connection, and every one made again.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  helloMessage: string | Buffer | null;
  /**
   * ZMQ_DISCONNECT_MSG. Received here, as if from the peer, when a peer that had connected to this socket is lost.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  disconnectMessage: string | Buffer | null;
  /**
   * ZMQ_HICCUP_MSG. Received here when a connection that this socket made is lost; it is then made again.
   * Default null. Takes effect with the next bind or connect.
   * @throws ZmqError ENOTSOCK on a closed socket
   */
  hiccupMessage: string | Buffer | null;
}

/** Those of CHANNEL alone, or shared with few others. */
// biome-ignore lint/suspicious/noEmptyInterface: this type has no options of its own yet
export interface ChannelAccessors {}
