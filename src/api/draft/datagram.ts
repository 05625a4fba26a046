/**
 * DGRAM: plain UDP datagrams, no ZeroMQ peer needed. The first part of a message is the other side's address, the
 * second the datagram. Binds to udp:// only. libzmq: dgram.cpp.
 */
import { parseHostPort } from "../../core/endpoint.ts";
import type { Message as Frames, Pattern, PatternHost } from "../../core/pattern.ts";
import { toLatin1 } from "../../util/bytes.ts";
import { ZmqError } from "../../util/errors.ts";
import type { DatagramAccessors } from "../accessors.ts";
import { PairPattern } from "../pair.ts";
import { makeReadable, type Readable } from "../readable.ts";
import { installOptions, ownOptions, Socket, type SocketOptions } from "../socket.ts";
import type { Message, MessageLike } from "../types.ts";
import { makeWritable, type Writable } from "../writable.ts";

/** One endpoint, as PAIR has one peer; only what is sent is looked at. */
class DatagramPattern extends PairPattern implements Pattern {
  override send(message: Frames): boolean {
    if (message.length === 0) return true;
    if (message.length !== 2) {
      throw new ZmqError(
        "EINVAL",
        `a DGRAM message has two parts, an address such as 127.0.0.1:5555 and the datagram, not ${message.length}`,
      );
    }
    checkAddress(toLatin1(message[0]!));
    return super.send(message);
  }
}

/** @throws ZmqError EINVAL: libzmq drops such a message without a word */
function checkAddress(text: string): void {
  const address = text.endsWith("\0") ? text.slice(0, -1) : text;
  const { host, port } = parseHostPort(address, address);
  if (port === 0 || !/^[\d.]+$|:/.test(host))
    throw new ZmqError("EINVAL", `${address} is no IP address and port; names are not looked up`, {
      address,
    });
}

/** ZMQ_DGRAM. What is received has the sender's address first, closed by a zero byte as libzmq has it. */
export class Datagram extends Socket {
  constructor(options?: SocketOptions<Datagram>) {
    super("DGRAM", (host: PatternHost) => new DatagramPattern(host), options);
  }
}

export interface Datagram
  extends Writable<[MessageLike, MessageLike]>,
    Readable<[Message, Message]>,
    DatagramAccessors {}

makeWritable(Datagram);
makeReadable(Datagram);
installOptions(Datagram, ownOptions("DGRAM"));
