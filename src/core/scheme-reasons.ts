/** Why a scheme of libzmq has no transport here. A page, which has three transports, does without the reasons. */

/** Schemes of libzmq that no JavaScript runtime can open, and what kind of sockets they are. */
const NOWHERE: Readonly<Record<string, string>> = {
  tipc: "TIPC sockets (AF_TIPC)",
  vmci: "VMCI sockets",
  vsock: "vsock sockets (AF_VSOCK)",
  hvsocket: "Hyper-V sockets",
  pgm: "raw IP sockets",
};
const NOT_YET = ["epgm", "norm"];
const NOT_HERE = ["tcp", "ipc", "udp"];

export function reasonAgainst(scheme: string): string {
  const kind = NOWHERE[scheme];
  if (kind !== undefined)
    return `no JavaScript runtime can open ${kind}; use tcp:// over a network that is there`;
  if (NOT_YET.includes(scheme)) return `${scheme.toUpperCase()} is not part of this version`;
  if (NOT_HERE.includes(scheme)) return `this runtime cannot open ${scheme} sockets`;
  return `there is no transport ${scheme}://`;
}
