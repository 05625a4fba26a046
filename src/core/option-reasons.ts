/** Why some options are only stored, or refused, by this runtime: the sentences that go with the rows of the option table. */

export const REASONS = {
  pgm: "pgm:// and norm:// are not part of this library",
  norm: "norm:// is not part of this library",
  gssapi: "the GSSAPI mechanism is not available",
  bindToDevice:
    "the runtime cannot set SO_BINDTODEVICE, and ignoring it would listen everywhere; bind to the interface's name or address",
  ipcFilter:
    "the runtime does not tell who is at the other end of a Unix socket, and ignoring it would let everybody in; set the permissions of the path",
  vmci: "the runtime has no VMCI sockets",
  typeOfService: "only Node.js can set IP_TOS, in late versions of 24 and from 25.6 on",
  views: "a received frame is a view where that costs least",
  reads: "reads take what has arrived, up to 64 kB",
  udpOnly: "the runtime can set it for udp:// only",
  priority: "the runtime cannot set SO_PRIORITY",
  userTimeout: "the runtime cannot set TCP_USER_TIMEOUT",
  notOffered: "the runtime does not offer it",
  keepaliveIdleOnly: "the runtime sets only the idle time before the first probe",
  threadName: "threads of this runtime cannot be named",
  threadPriority: "threads of this runtime have no priority",
  threadPolicy: "threads of this runtime have no such policy",
  threadPlace: "threads of this runtime run where they like",
  writes: "writes take all messages of a turn, up to 64 kB",
} as const;

export type OptionReason = keyof typeof REASONS;

export function reasonFor(reason: OptionReason): string {
  return REASONS[reason];
}
