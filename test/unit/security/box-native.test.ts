/** Boxes that are made of their parts are those of `crypto_secretbox`; and which functions of the addon are called. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BOX_OVERHEAD, type Channel, KEY_SIZE } from "#src/security/box.js";
import { NativeSodium, type NativeTraffic, type SodiumNative } from "#src/security/box-native.js";
import { CHANNEL } from "#src/security/box-traffic.js";
import type { WasmSodium } from "#src/security/box-wasm.js";
import { trafficOf } from "#src/security/load-native.js";
import { opens, scalar, wasm } from "../../support/curve.ts";
import { check } from "../../support/property.ts";

type Calls = Record<string, (...args: unknown[]) => unknown>;

const { default: library } = (await import("sodium-native" as string)) as { default: SodiumNative };
const { default: binding } = (await import("sodium-native/binding.js" as string)) as { default: Calls };

const [ALICE, BOB] = [wasm.keyPair(), wasm.keyPair()];
const PREFIXES = ["CurveZMQMESSAGEC", "CurveZMQMESSAGES"] as const;
const SHORT_NONCE = Buffer.from("0000000100000002", "hex");
const NONCE = Buffer.concat([Buffer.from(PREFIXES[0]), SHORT_NONCE]);
/** What the two have in common, and what HSalsa20 makes of it for Alice's boxes. */
const [KEY, SEAL_KEY] = keysOf();

const traffic = trafficOf(library, binding);
const whole: NativeTraffic = { ...traffic, parts: undefined };

for (const [name, calls, other] of [
  ["of two parts", traffic, wasm],
  ["of two parts, without SIMD", traffic, scalar],
  ["in one call", whole, wasm],
] as const) {
  test(`boxes made ${name} are those of crypto_secretbox, at every size`, () => {
    const [alice, bob] = channels(calls, other);
    const sizes = [...Array(600).keys(), 735, 736, 737, 1000, 4094, 4095, 4096, 5000, 70_000];
    for (const size of sizes) {
      const content = Buffer.alloc(size + 1, size);
      const expected = Buffer.alloc(size + 1 + BOX_OVERHEAD);
      library.crypto_secretbox_easy(expected, content, NONCE, KEY);
      const frame = framed(size + 1);

      alice.seal(content[0]!, content.subarray(1), frame, 8);

      assert.ok(frame.subarray(8).equals(expected), `${size} bytes`);
      assert.ok(opens(bob, frame, 8), `${size} bytes`);
      assert.ok(frame.subarray(8 + BOX_OVERHEAD).equals(content), `${size} bytes`);
    }
  });

  test(`what was changed does not open and is left as it came, made ${name}`, () => {
    const [alice, bob] = channels(calls, other);
    for (const size of [0, 1, 95, 96, 222, 223, 224, 479, 480, 1000, 4095, 4096]) {
      const sealed = framed(size + 1);
      alice.seal(1, Buffer.alloc(size, 7), sealed, 8);
      const places = [0, 7, 8, 23, 24, 40, 8 + BOX_OVERHEAD + size, sealed.length >> 1];
      for (const place of places.filter((at) => at < sealed.length)) {
        const changed = Buffer.from(sealed);
        changed[place]! ^= 1 << (place & 7);
        const before = Buffer.from(changed);
        assert.equal(opens(bob, changed, 8), false, `${size} bytes, byte ${place}`);
        assert.ok(changed.equals(before));
      }
      assert.ok(opens(bob, sealed, 8), "and what was not, does, after all those");
    }
  });

  test(`a wiped channel's key is zeros, made ${name}`, () => {
    const keys: Uint8Array[] = [];
    const watched: NativeTraffic = {
      ...calls,
      crypto_secretbox_easy: (c, m, n, k) => {
        keys.push(k);
        calls.crypto_secretbox_easy(c, m, n, k);
      },
      parts: calls.parts && {
        ...calls.parts,
        crypto_stream_salsa20_xor: (c, m, n, k) => {
          keys.push(k);
          calls.parts!.crypto_stream_salsa20_xor(c, m, n, k);
        },
      },
    };
    const [alice] = channels(watched, other);
    alice.seal(0, Buffer.alloc(600), framed(601), 8);
    alice.seal(0, Buffer.alloc(5000), framed(5001), 8);
    const used = keys.map((key) => Buffer.from(key).toString("hex"));
    assert.deepEqual(
      used,
      [calls.parts ? SEAL_KEY : KEY, KEY].map((key) => key.toString("hex")),
    );

    alice.wipe();

    for (const key of keys) assert.deepEqual(Buffer.from(key), Buffer.alloc(32));
  });
}

test("boxes of any content, one after the other, wherever they lie", () =>
  check(
    fc.property(
      fc.array(fc.tuple(fc.uint8Array({ maxLength: 1200 }), fc.nat(100)), { minLength: 1, maxLength: 5 }),
      (messages) => {
        const [alice, bob] = channels(traffic, wasm);
        for (const [body, offset] of messages) {
          const memory = Buffer.alloc(offset + 8 + BOX_OVERHEAD + 1 + body.length);
          alice.seal(3, body, memory, offset + 8);
          assert.ok(memory.subarray(0, offset).every((byte) => byte === 0));

          assert.ok(opens(bob, memory, offset + 8));
          assert.deepEqual(memory.subarray(offset + 8 + BOX_OVERHEAD + 1), Buffer.from(body));
        }
      },
    ),
  ));

test("the binding's functions are called where the public ones do nothing but call them", () => {
  const before = { ...binding };

  const found = trafficOf(library, binding);

  assert.equal(found.crypto_secretbox_easy, binding.crypto_secretbox_easy);
  assert.equal(found.parts?.crypto_stream_salsa20_xor, binding.crypto_stream_salsa20_xor);
  assert.deepEqual({ ...binding }, before, "and it is left as it was");
});

test("where the binding wants other arguments than it did, the public functions are called", () => {
  const one = { ...binding };
  const passedOn = (name: string, change: (args: unknown[]) => unknown[]) =>
    ({
      ...library,
      ...Object.fromEntries(
        Object.keys(traffic.parts ?? {})
          .concat("crypto_secretbox_easy", "crypto_secretbox_open_easy")
          .map((key) => [key, (...args: unknown[]) => one[key]!(...(key === name ? change(args) : args))]),
      ),
    }) as unknown as SodiumNative;

  const swapped = passedOn("crypto_secretbox_open_easy", ([m, c, n, k]) => [c, m, n, k]);
  assert.equal(trafficOf(swapped, one), swapped);
  const places = passedOn("crypto_stream_salsa20_xor", (args) =>
    (args as Uint8Array[]).flatMap((view) => [view.buffer, view.byteOffset, view.byteLength]),
  );
  assert.equal(trafficOf(places, one).crypto_secretbox_easy, one.crypto_secretbox_easy);
  assert.equal(trafficOf(places, one).parts, undefined, "Salsa20 got memory, offset and size of each");
  const passing = passedOn("", (args) => args);
  assert.notEqual(trafficOf(passing, one).parts, undefined);
  const judging: SodiumNative = {
    ...passing,
    crypto_secretbox_open_easy: (...args) => Number(passing.crypto_secretbox_open_easy(...args)) === 0,
  };
  assert.equal(trafficOf(judging, one), judging, "a verdict that is not the binding's own");
  assert.equal(trafficOf(library, undefined), library);
  assert.equal(trafficOf(library, {}), library);
  assert.equal(trafficOf(library, Object.freeze({ ...binding })), library);
});

/** Alice's end and Bob's. */
function channels(calls: NativeTraffic, other: WasmSodium): [Channel, Channel] {
  const sodium = new NativeSodium(library, calls, other);
  return [
    sodium.channel(BOB.publicKey, ALICE.secretKey, PREFIXES[0], PREFIXES[1]),
    sodium.channel(ALICE.publicKey, BOB.secretKey, PREFIXES[1], PREFIXES[0]),
  ];
}

function keysOf(): [Buffer, Buffer] {
  const secrets = Buffer.from(wasm.channelSecrets(BOB.publicKey, ALICE.secretKey, ...PREFIXES));
  const keyAt = (at: number) => secrets.subarray(at, at + KEY_SIZE);
  return [keyAt(CHANNEL.key), keyAt(CHANNEL.sealKey)];
}

/** Room for a box of so many bytes, behind the changing half of its nonce. */
function framed(length: number): Buffer {
  return Buffer.concat([SHORT_NONCE, Buffer.alloc(BOX_OVERHEAD + length)]);
}
