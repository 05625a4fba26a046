/**
 * Bytes and text without `node:buffer`. In Node.js a new block is a `Buffer`, so that frames reach users as they
 * expect them; in a browser it is a `Uint8Array`.
 */

/** `Buffer` where the runtime has it. Looked up once; never imported, so that browsers can load the core. */
const NodeBuffer: typeof Buffer | undefined = (globalThis as { Buffer?: typeof Buffer }).Buffer;

/** Below this a loop copies faster than `set`: 10 ns against 35 ns at 10 bytes. */
export const BYTE_LOOP = 24;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Bytes that read as text, as a `Buffer` does, for runtimes without: the same program runs in both. */
class Frame extends Uint8Array {
  override toString(): string {
    return decoder.decode(this);
  }
}

export const EMPTY: Uint8Array = NodeBuffer ? NodeBuffer.alloc(0) : new Frame(0);

/** A block whose every byte the caller writes before anybody reads it. Never shares memory with other blocks. */
export function allocate(size: number): Uint8Array {
  return NodeBuffer ? NodeBuffer.allocUnsafeSlow(size) : new Frame(size);
}

/** A small block, cut from the runtime's pool where it has one. The caller writes every byte. */
export function allocateSmall(size: number): Uint8Array {
  return NodeBuffer ? NodeBuffer.allocUnsafe(size) : new Frame(size);
}

export function fromText(text: string): Uint8Array {
  return NodeBuffer ? NodeBuffer.from(text, "utf8") : view(encoder.encode(text));
}

export function toText(bytes: Uint8Array): string {
  return NodeBuffer && bytes instanceof NodeBuffer ? bytes.toString("utf8") : decoder.decode(bytes);
}

/** One character a byte: the form in which bytes are map keys. */
export function toLatin1(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  if (NodeBuffer && bytes instanceof NodeBuffer) return bytes.toString("latin1", start, end);
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

export function fromLatin1(text: string): Uint8Array {
  const bytes = allocateSmall(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The same memory as a frame of this runtime: a `Buffer` in Node.js. */
export function view(source: ArrayBufferView | ArrayBufferLike): Uint8Array {
  if (NodeBuffer) {
    if (source instanceof NodeBuffer) return source;
    return ArrayBuffer.isView(source)
      ? NodeBuffer.from(source.buffer, source.byteOffset, source.byteLength)
      : NodeBuffer.from(source);
  }
  if (source instanceof Frame) return source;
  return ArrayBuffer.isView(source)
    ? new Frame(source.buffer as ArrayBuffer, source.byteOffset, source.byteLength)
    : new Frame(source as ArrayBuffer);
}

type ViewConstructor = new (buffer: ArrayBufferLike, offset: number, length: number) => Uint8Array;

/**
 * What `subarray` makes views with, by itself: 47 ns a view where `Buffer.subarray` takes 62, and a view a frame is a
 * third of what receiving a small message costs.
 */
export const View: ViewConstructor =
  (NodeBuffer ? (NodeBuffer as unknown as Record<symbol, ViewConstructor>)[Symbol.species] : undefined) ??
  Frame;

const COMMON_SIZE = 8192;
/** Small copies lie here, one after the other, until it is full and another takes its place. */
export let commonBlock: Uint8Array = EMPTY;
let commonUsed = 0;

/** Copies bytes into the common block, with room for all of them, and answers where. */
export function storeInCommonBlock(bytes: Uint8Array): number {
  const { length } = bytes;
  // Not at its very end either, where nothing fits: places are within the block.
  if (commonUsed + length >= commonBlock.length) {
    commonBlock = allocate(COMMON_SIZE);
    commonUsed = 0;
  }
  const at = commonUsed;
  // Aligned, for users who lay other views over what they receive.
  commonUsed = (at + length + 7) & ~7;
  if (length < BYTE_LOOP) for (let i = 0; i < length; i++) commonBlock[at + i] = bytes[i]!;
  else commonBlock.set(bytes, at);
  return at;
}

/** A copy, of a small one in the common block, as `Buffer.from` makes it in twice the time. */
export function copy(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= COMMON_SIZE / 2) {
    const at = storeInCommonBlock(bytes);
    return new View(commonBlock.buffer, at, bytes.length);
  }
  const block = allocate(bytes.length);
  block.set(bytes);
  return block;
}

/** From here on one `memcpy`, which `Buffer.fill` is, takes less time than `set`: V8 moves shared memory in words, or bytes. */
const FILLED = 512;

/** Copies `source` from `from` up to `to`, also to and from shared memory. */
export function copyPart(target: Uint8Array, at: number, source: Uint8Array, from: number, to: number): void {
  const length = to - from;
  const part = length === source.length ? source : new View(source.buffer, source.byteOffset + from, length);
  if (NodeBuffer !== undefined && length >= FILLED)
    NodeBuffer.prototype.fill.call(target, part, at, at + length);
  else target.set(part, at);
}

export function concat(parts: readonly Uint8Array[], length: number): Uint8Array {
  const block = allocate(length);
  let at = 0;
  for (const part of parts) {
    block.set(part, at);
    at += part.length;
  }
  return block;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** As `equal`, in a time that tells nothing of `secret` but, at most, its length. */
export function isSecretEqual(guess: Uint8Array, secret: Uint8Array): boolean {
  let difference = guess.length ^ secret.length;
  for (let i = 0; i < guess.length; i++) difference |= guess[i]! ^ (secret[i % secret.length] ?? 0);
  return difference === 0;
}

export function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

export function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Big-endian, exact up to 2⁵³−1; larger values come out larger than `Number.MAX_SAFE_INTEGER`. */
export function readU64(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at) * 0x1_0000_0000 + readU32(bytes, at + 4);
}

export function writeU64(bytes: Uint8Array, at: number, value: number): void {
  writeU32(bytes, at, value > 0xffff_ffff ? Math.floor(value / 0x1_0000_0000) : 0);
  writeU32(bytes, at + 4, value >>> 0);
}
