/**
 * Where received bytes came from: one object a connection, to which the memory of every chunk points (`util/mark.ts`).
 * It is filled when the handshake is over, which is before the first message of the connection is anybody's.
 * libzmq: metadata.cpp, stream_engine_base.cpp mechanism_ready.
 */
import { concat, fromText } from "../util/bytes.ts";
import { mark } from "../util/mark.ts";
import type { Metadata } from "../wire/command.ts";

/** Only the engine and the authenticator know these: a peer that names them itself is not believed. */
const OURS: ReadonlySet<string> = new Set(["User-Id", "Peer-Address"]);
const NONE: Metadata = new Map();

export class Origin {
  /** Without port; empty when unknown. */
  readonly address: string;
  /** What the peer says of itself in READY or INITIATE. */
  peer: Metadata = NONE;
  /** What the authenticator says of it: User-Id, and its metadata. */
  authenticator: Metadata = NONE;

  constructor(address: string) {
    this.address = address;
  }

  /**
   * One property. The authenticator's word goes before the peer's, as in libzmq. Unlike libzmq, User-Id is never taken
   * from the peer, because without an authenticator any peer could call itself anybody.
   */
  get(name: string): Uint8Array | undefined {
    if (name === "Peer-Address") return this.address === "" ? undefined : fromText(this.address);
    const trusted = this.authenticator.get(name);
    if (trusted !== undefined) return trusted;
    if (OURS.has(name)) return undefined;
    return this.peer.get(name) ?? (name === "Identity" ? this.get("Routing-Id") : undefined);
  }

  /** The names of all there are. */
  names(): Set<string> {
    const names = new Set([...OURS, ...this.authenticator.keys(), ...this.peer.keys()]);
    for (const name of OURS) if (this.get(name) === undefined) names.delete(name);
    return names;
  }

  /**
   * The same chunk, noted as this connection's. A chunk that is a part of a larger block is copied: what else lies there
   * may be another connection's. Runtimes give each chunk of the network a block of its own.
   */
  own(chunk: Uint8Array): Uint8Array {
    if (mark(chunk, this) || chunk.length === 0) return chunk;
    const own = concat([chunk], chunk.length);
    mark(own, this);
    return own;
  }
}
