/** What an I/O thread says of a peer whose handshake is over, and what the socket's thread makes of it. */
import type { EndpointPair } from "../core/monitor.ts";
import type { Peer } from "../core/pattern.ts";
import { Origin } from "../engine/origin.ts";
import { fromLatin1, toLatin1 } from "../util/bytes.ts";
import type { Control } from "./bridge-control.ts";

type Properties = readonly (readonly [string, string])[];

/** `ends`: of the connection that the peer is at the other side of. */
export function readyControl(peer: Peer, ends: EndpointPair | undefined): Control {
  const { version, minor, socketType, routingId, metadata, origin } = peer;
  return {
    kind: "ready",
    version,
    minor,
    socketType,
    routingId: toLatin1(routingId),
    metadata: plain(metadata),
    ends,
    ...(origin && {
      origin: {
        address: origin.address,
        peer: plain(origin.peer),
        authenticator: plain(origin.authenticator),
      },
    }),
  };
}

export function peerFrom(control: Control): Peer {
  const peer: Peer = {
    version: control.version!,
    minor: control.minor!,
    routingId: fromLatin1(control.routingId!),
    socketType: control.socketType!,
    metadata: properties(control.metadata!),
  };
  if (control.origin === undefined) return peer;
  const origin = new Origin(control.origin.address);
  origin.peer = properties(control.origin.peer);
  origin.authenticator = properties(control.origin.authenticator);
  peer.origin = origin;
  return peer;
}

function plain(map: ReadonlyMap<string, Uint8Array>): Properties {
  return [...map].map(([name, value]) => [name, toLatin1(value)] as const);
}

function properties(entries: Properties): Map<string, Uint8Array> {
  return new Map(entries.map(([name, value]) => [name, fromLatin1(value)]));
}
