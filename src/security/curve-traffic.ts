/**
 * MESSAGE commands of CURVE: the sealed traffic once both sides are through, and the counters that keep nonces from
 * being used twice. The same for client and server but for the prefixes. 26/CURVEZMQ "The MESSAGE Command".
 *
 *   0 "\x07MESSAGE"   8 short nonce (8)   16 box [ flags (1) │ data ]
 */
import { readU32, writeU32 } from "../util/bytes.ts";
import { ZmqError } from "../util/errors.ts";
import { hastenYoungCollection } from "../util/young-garbage.ts";
import { COMMAND, MORE } from "../wire/frame.ts";
import { BOX_OVERHEAD, type Channel } from "./box.ts";

const NAME = "\x07MESSAGE";
const NONCE_AT = NAME.length;
const BOX_AT = NONCE_AT + 8;
export const SEALED_HEAD: number = BOX_AT + BOX_OVERHEAD + 1;
/** The flags inside of the box, which are not those of a frame's header. */
const INNER_MORE = 1;
const INNER_COMMAND = 2;
const U32_MAX = 0xffff_ffff;

const NAME_BYTES = Uint8Array.from(NAME, (letter) => letter.charCodeAt(0));
const NAME_START = readU32(NAME_BYTES, 0);
const NAME_END = readU32(NAME_BYTES, 4);

/**
 * A 64-bit counter of what one side sends in one connection, the changing half of its nonces. The first number is 1.
 * It ends rather than begin anew.
 */
export class ShortNonce {
  #high = 0;
  #low = 0;

  /** Writes the next number as 8 bytes. @throws ZmqError ERR_ZMTP_INVALID_SEQUENCE when there is none */
  next(into: Uint8Array, at: number): void {
    if (this.#low === U32_MAX) {
      if (this.#high === U32_MAX) {
        throw new ZmqError(
          "ERR_ZMTP_INVALID_SEQUENCE",
          "all nonces of this connection are used up; a new connection has new ones",
        );
      }
      this.#high++;
      this.#low = 0;
    } else this.#low++;
    writeU32(into, at, this.#high);
    writeU32(into, at + 4, this.#low);
  }

  /** Goes on from the number in these 8 bytes. */
  set(bytes: Uint8Array, at: number): void {
    this.#high = readU32(bytes, at);
    this.#low = readU32(bytes, at + 4);
  }

  /** True, and taken over, if the number in these 8 bytes comes after this one. */
  advance(bytes: Uint8Array, at: number): boolean {
    const high = readU32(bytes, at);
    const low = readU32(bytes, at + 4);
    if (high < this.#high || (high === this.#high && low <= this.#low)) return false;
    this.#high = high;
    this.#low = low;
    return true;
  }
}

export class CurveTraffic {
  readonly #channel: Channel;
  readonly #sent: ShortNonce;
  readonly #received: ShortNonce;

  /** The counters as the handshake has left them. The channel is wiped with this. */
  constructor(channel: Channel, sent: ShortNonce, received: ShortNonce) {
    this.#channel = channel;
    this.#sent = sent;
    this.#received = received;
  }

  seal(flags: number, body: Uint8Array, into: Uint8Array, at: number): void {
    writeU32(into, at, NAME_START);
    writeU32(into, at + 4, NAME_END);
    this.#sent.next(into, at + NONCE_AT);
    const inner = (flags & MORE ? INNER_MORE : 0) | (flags & COMMAND ? INNER_COMMAND : 0);
    this.#channel.seal(inner, body, into, at + BOX_AT);
  }

  open(bytes: Uint8Array, at: number, data: Uint8Array): number {
    if (!isMessage(bytes, at))
      throw new ZmqError("ERR_ZMTP_UNEXPECTED_COMMAND", "the peer sent something that is not encrypted");
    if (bytes.length - at < SEALED_HEAD) {
      throw new ZmqError(
        "ERR_ZMTP_MALFORMED_COMMAND_MESSAGE",
        `the peer sent a MESSAGE of ${bytes.length - at} bytes; ${SEALED_HEAD} is the least`,
      );
    }
    if (!this.#received.advance(bytes, at + NONCE_AT)) {
      throw new ZmqError(
        "ERR_ZMTP_INVALID_SEQUENCE",
        "a MESSAGE came again or out of order: somebody replays, or the peer is at fault",
      );
    }
    const inner = this.#channel.open(bytes, at + BOX_AT, data);
    if (inner < 0) {
      throw new ZmqError(
        "ERR_ZMTP_CRYPTOGRAPHIC",
        "a MESSAGE could not be opened: it was changed on its way, or forged",
      );
    }
    hastenYoungCollection(data.length);
    return (inner & INNER_MORE ? MORE : 0) | (inner & INNER_COMMAND ? COMMAND : 0);
  }

  wipe(): void {
    this.#channel.wipe();
  }
}

function isMessage(bytes: Uint8Array, at: number): boolean {
  return readU32(bytes, at) === NAME_START && readU32(bytes, at + 4) === NAME_END;
}
