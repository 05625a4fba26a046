/** CURVE's two state machines face to face, and keys to give them. */
import assert from "node:assert/strict";
import { BOX_OVERHEAD, type Channel, type Sodium } from "#src/security/box.js";
import { WasmSodium } from "#src/security/box-wasm.js";
import { CookieJar } from "#src/security/cookie.js";
import { CurveClient } from "#src/security/curve-client.js";
import { CurveServer } from "#src/security/curve-server.js";
import { SEALED_HEAD } from "#src/security/curve-traffic.js";
import { loadNative } from "#src/security/load-native.js";
import { loadSodium } from "#src/security/load-sodium.js";
import type { Credentials, MechanismOptions } from "#src/security/mechanism.js";
import { ZmqError } from "#src/util/errors.js";

export const wasm: WasmSodium = (await loadSodium("libsodium")) as WasmSodium;
export const native: Sodium = await loadNative(wasm);
/** Both builds of libsodium: what holds for one must hold for the other. */
export const BACKENDS: readonly Sodium[] = [wasm, native];
/** As where WebAssembly has no vector instructions. */
export const scalar: WasmSodium = await WasmSodium.load(Promise.resolve(undefined));
/** Both with and without those. */
export const BUILDS: readonly (readonly [string, Sodium])[] = [
  ["libsodium", wasm],
  ["libsodium without SIMD", scalar],
  ["sodium-native", native],
  ["sodium-native without SIMD", await loadNative(scalar)],
];

/** The pairs that libzmq's manual gives as examples. */
export const CLIENT = {
  publicKey: "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID",
  secretKey: "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs",
};
export const SERVER = {
  publicKey: "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7",
  secretKey: "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6",
};

/** Options of sockets with those keys. */
export const SERVER_OPTIONS = { curveServer: true, curveSecretKey: SERVER.secretKey };
export const CLIENT_OPTIONS = {
  curveServerKey: SERVER.publicKey,
  curvePublicKey: CLIENT.publicKey,
  curveSecretKey: CLIENT.secretKey,
};

const serverKeys = wasm.keyPair();
const clientKeys = wasm.keyPair();
export const KEYS = { server: serverKeys, client: clientKeys };

export function mechanismOptions(
  credentials: Credentials,
  more: Partial<MechanismOptions> = {},
): MechanismOptions {
  return { metadata: new Map(), asServer: false, credentials, authenticates: false, ...more };
}

export interface CurvePairOptions {
  sodium?: Sodium;
  jar?: CookieJar;
  client?: Credentials;
  server?: Partial<MechanismOptions>;
}

/** One connection's two sides, before HELLO. */
export function curvePair(options: CurvePairOptions = {}): { client: CurveClient; server: CurveServer } {
  const { sodium = wasm, jar = new CookieJar() } = options;
  const credentials = { ...clientKeys, serverKey: serverKeys.publicKey, ...options.client };
  const asClient = mechanismOptions(credentials, {
    metadata: new Map([["Socket-Type", Buffer.from("PUSH")]]),
  });
  const asServer = mechanismOptions(
    { secretKey: serverKeys.secretKey },
    { asServer: true, metadata: new Map([["Socket-Type", Buffer.from("PULL")]]), ...options.server },
  );
  return { client: new CurveClient(asClient, sodium), server: new CurveServer(asServer, sodium, jar) };
}

interface Machine {
  next(): Uint8Array | undefined;
  handle(body: Uint8Array): void;
}

/** The next command of a machine, which must have one. A copy: the other side may write on it. */
export function command(machine: Machine): Buffer {
  const body = machine.next();
  assert.ok(body !== undefined, "it has nothing to say");
  return Buffer.from(body);
}

/** Carries commands to and fro until neither has any. */
export function shakeHands(client: Machine, server: Machine): void {
  for (let isOver = false; !isOver; ) {
    isOver = true;
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      for (let body = from.next(); body !== undefined; body = from.next()) {
        to.handle(Buffer.from(body));
        isOver = false;
      }
    }
  }
}

/** A pair that is through. */
export function connected(options: CurvePairOptions = {}): { client: CurveClient; server: CurveServer } {
  const pair = curvePair(options);
  shakeHands(pair.client, pair.server);
  assert.ok(pair.client.isReady && pair.server.isReady);
  return pair;
}

interface Sealer {
  seal(flags: number, body: Uint8Array, into: Uint8Array, at: number): void;
}

/** A frame as it would go out, without its header. */
export function seal(machine: Sealer, text: string | Uint8Array, flags = 0): Buffer {
  const body = Buffer.from(text as string);
  const sealed = Buffer.alloc(SEALED_HEAD + body.length);
  machine.seal(flags, body, sealed, 0);
  return sealed;
}

interface Opener {
  open(bytes: Uint8Array, at: number, data: Uint8Array): number;
}

/** A frame as an engine has it opened: what is in it, in its own memory. */
export function opened(machine: Opener, sealed: Uint8Array): { flags: number; body: Uint8Array } {
  const body = sealed.subarray(SEALED_HEAD);
  return { flags: machine.open(sealed, 0, body), body };
}

/** Opens the box from `frame[at]` to its end where it lies; false for a forgery. */
export function opens(channel: Channel, frame: Uint8Array, at: number): boolean {
  const bodyAt = at + BOX_OVERHEAD + 1;
  if (frame.length < bodyAt) return false;
  const first = channel.open(frame, at, frame.subarray(bodyAt));
  if (first < 0) return false;
  frame[bodyAt - 1] = first;
  return true;
}

/** The code of the ZmqError that `call` throws. */
export function codeOf(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof ZmqError, String(error));
    return error.code;
  }
  return undefined;
}
