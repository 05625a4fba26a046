/** All builds of libsodium, against published vectors and against each other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BOX_OVERHEAD, type Channel, KEY_SIZE, type Sodium } from "#src/security/box.js";
import { loadSimd } from "#src/security/box-simd.js";
import { CHANNEL } from "#src/security/box-traffic.js";
import { loadedSodium, loadSodium } from "#src/security/load-sodium.js";
import { hex } from "../../support/bytes.ts";
import { BACKENDS, BUILDS, codeOf, native, opens, scalar, wasm } from "../../support/curve.ts";
import { check } from "../../support/property.ts";

/** "Cryptography in NaCl", D. J. Bernstein, 2009; the tests `box`, `secretbox`, `scalarmult` of NaCl and libsodium. */
const ALICE = {
  secretKey: hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"),
  publicKey: hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"),
};
const BOB = {
  secretKey: hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"),
  publicKey: hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"),
};
/** What `crypto_box_beforenm` makes of Alice's and Bob's keys. */
const FIRST_KEY = hex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389");
const NONCE = hex("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37");
const MESSAGE = hex(`
  be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f4
  1db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd4924ca1c60902e52
  f0a089bc76897040e082f937763848645e0705`);
const BOX = hex(`
  f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b
  4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da
  99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5`);

for (const [build, sodium] of BUILDS) {
  test(`${build}: public keys, boxes and secret boxes of the published vectors`, () => {
    for (const { secretKey, publicKey } of [ALICE, BOB])
      assert.deepEqual(Buffer.from(sodium.publicKeyOf(secretKey)), publicKey);

    assert.deepEqual(Buffer.from(sodium.box(MESSAGE, NONCE, BOB.publicKey, ALICE.secretKey)), BOX);
    assert.deepEqual(sodium.openBox(BOX, NONCE, ALICE.publicKey, BOB.secretKey), MESSAGE);
    assert.deepEqual(Buffer.from(sodium.secretBox(MESSAGE, NONCE, FIRST_KEY)), BOX);
    assert.deepEqual(sodium.openSecretBox(BOX, NONCE, FIRST_KEY), MESSAGE);
  });

  test(`${build}: a channel seals the published vector in place, and opens it`, () => {
    const [alice, bob] = channels(sodium, sodium, latin1(NONCE.subarray(0, 16)));
    const frame = framed(MESSAGE.length);

    alice.seal(MESSAGE[0]!, MESSAGE.subarray(1), frame, 8);

    assert.deepEqual(frame.subarray(8), BOX);
    assert.ok(opens(bob, frame, 8));
    assert.deepEqual(frame.subarray(8 + BOX_OVERHEAD), MESSAGE);
  });

  test(`${build}: nothing opens that was changed by one bit, or cut short`, () => {
    const [alice, bob] = channels(sodium, sodium);
    const sealed = framed(40);
    alice.seal(1, Buffer.alloc(39, 7), sealed, 8);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const before = Buffer.from(changed);
      assert.equal(opens(bob, changed, 8), false, `bit ${bit}`);
      assert.deepEqual(changed, before, "a forgery is left as it came");
    }
    for (let length = 8 + BOX_OVERHEAD; length < sealed.length; length++)
      assert.equal(opens(bob, Buffer.from(sealed.subarray(0, length)), 8), false);
    assert.equal(sodium.openBox(BOX.subarray(0, 15), NONCE, ALICE.publicKey, BOB.secretKey), undefined);
    assert.equal(sodium.openSecretBox(BOX.subarray(1), NONCE, FIRST_KEY), undefined);
    assert.equal(sodium.openBox(BOX, NONCE, BOB.publicKey, BOB.secretKey), undefined);
  });

  test(`${build}: a key with which no secret can be shared is refused`, () => {
    const none = Buffer.alloc(32);
    const call = () => sodium.channel(none, ALICE.secretKey, "x".repeat(16), "y".repeat(16));

    assert.equal(
      codeOf(() => sodium.box(MESSAGE, NONCE, none, ALICE.secretKey)),
      "ERR_ZMTP_KEY_EXCHANGE",
    );
    assert.equal(sodium.openBox(BOX, NONCE, none, ALICE.secretKey), undefined);
    assert.equal(codeOf(call), "ERR_ZMTP_KEY_EXCHANGE");
  });

  test(`${build}: keys and random bytes are new each time`, () => {
    const pairs = Array.from({ length: 20 }, () => sodium.keyPair());
    const seen = new Set(pairs.map(({ secretKey }) => Buffer.from(secretKey).toString("hex")));
    const random = new Set(Array.from({ length: 20 }, () => Buffer.from(sodium.random(16)).toString("hex")));

    assert.equal(seen.size, 20);
    assert.equal(random.size, 20);
    for (const { publicKey, secretKey } of pairs)
      assert.deepEqual(Buffer.from(sodium.publicKeyOf(secretKey)), Buffer.from(publicKey));
  });

  test(`${build}: isEqual tells any difference`, () => {
    const a = Buffer.from(sodium.random(64));

    assert.equal(sodium.isEqual(a, Buffer.from(a)), true);
    for (let i = 0; i < 64; i++) {
      const b = Buffer.from(a);
      b[i]! ^= 1;
      assert.equal(sodium.isEqual(a, b), false);
    }
    assert.equal(sodium.isEqual(a, a.subarray(1)), false);
  });

  test(`${build}: a wiped channel's key is nowhere in WebAssembly's memory`, () => {
    const { publicKey, secretKey } = wasm.keyPair();
    const args = [publicKey, secretKey, "x".repeat(16), "y".repeat(16)] as const;
    const secrets = wasm.channelSecrets(...args);
    const keys = [CHANNEL.key, CHANNEL.sealKey, CHANNEL.openKey].map((at) =>
      secrets.subarray(at, at + KEY_SIZE),
    );
    const memories = () =>
      [wasm, scalar].flatMap(({ module, boxes }) => [module.HEAPU8, boxes.module.HEAPU8]);
    const isThere = (secret: Uint8Array) =>
      memories().some((memory) => Buffer.from(memory.buffer).includes(Buffer.from(secret)));
    const channels = [sodium.channel(...args), sodium.channel(...args)];
    for (const key of keys) assert.ok(isThere(key), "while it is used");
    for (const channel of channels) {
      channel.seal(0, Buffer.alloc(70), framed(71), 8);
      channel.seal(0, Buffer.alloc(7000), framed(7001), 8);
    }

    for (const channel of [...channels, ...channels]) channel.wipe();

    for (const key of [...keys, secretKey]) assert.equal(isThere(key), false);
  });
}

test("what one build seals any other opens, at every size", () => {
  const sizes = [...Array(700).keys(), 1000, 4094, 4095, 4096, 8192, 65_536, 131_100, 300_000];
  for (const [one, sealing] of BUILDS) {
    for (const [other, opening] of BUILDS) {
      const [sender, receiver] = channels(sealing, opening);
      for (const size of sizes) {
        const body = Buffer.alloc(size, size);
        const frame = framed(size + 1);
        sender.seal(5, body, frame, 8);
        assert.ok(opens(receiver, frame, 8), `${one}, ${other}, ${size} bytes`);
        assert.equal(frame[8 + BOX_OVERHEAD], 5);
        assert.ok(frame.subarray(8 + BOX_OVERHEAD + 1).equals(body));
      }
    }
  }
});

for (const [build, sodium] of BUILDS) {
  test(`${build}: boxes are made and opened as before when WebAssembly's memory has grown`, () => {
    const seals = (sender: Channel, receiver: Channel) => {
      for (const size of [5, 100, 700, 5000]) {
        const body = Buffer.alloc(size, size);
        const frame = framed(size + 1);
        sender.seal(1, body, frame, 8);
        assert.ok(opens(receiver, frame, 8), `${size} bytes`);
        assert.ok(frame.subarray(8 + BOX_OVERHEAD + 1).equals(body));
      }
    };
    const [sender, receiver] = channels(sodium, sodium);
    seals(sender, receiver);
    for (const { module } of [wasm.boxes, scalar.boxes]) {
      const before = module.HEAPU8;
      const taken: number[] = [];
      while (module.HEAPU8 === before) taken.push(module._malloc(2 ** 20));
      assert.equal(before.length, 0, "the memory is elsewhere now");

      seals(sender, receiver);

      for (const at of taken) module._free(at);
    }
  });
}

test("memory for boxes is used again", async () => {
  const module = (await loadSimd())!;
  const secrets = [module._malloc(144), module._malloc(144), module._malloc(144)];
  const large = module._malloc(5_000_000);
  const { length } = module.HEAPU8;
  assert.ok(length > 5_000_000);
  for (const at of [large, secrets[1]!, secrets[0]!]) module._free(at);

  for (let size = 4_000_000; size < 5_000_000; size += 100_001) {
    const at = module._malloc(size);
    assert.equal(at, large, "where the last one was");
    module._free(at);
  }
  assert.deepEqual(new Set([module._malloc(144), module._malloc(144)]), new Set(secrets.slice(0, 2)));
  assert.equal(module._malloc(2 ** 32), 0, "more than there can be");
  assert.equal(module._malloc(144), large);
  assert.equal(module.HEAPU8.length, length);
});

test("both builds give the same for any keys, nonce and text", () =>
  check(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ minLength: 24, maxLength: 24 }),
      (text, n) => {
        const [a, b] = [wasm.keyPair(), native.keyPair()];
        const boxes = BACKENDS.map((sodium) => Buffer.from(sodium.box(text, n, b.publicKey, a.secretKey)));
        const secrets = BACKENDS.map((sodium) => Buffer.from(sodium.secretBox(text, n, a.secretKey)));

        assert.deepEqual(boxes[0], boxes[1]);
        assert.deepEqual(secrets[0], secrets[1]);
        for (const sodium of BACKENDS) {
          assert.deepEqual(sodium.openBox(boxes[0]!, n, a.publicKey, b.secretKey), Buffer.from(text));
          assert.deepEqual(sodium.openSecretBox(secrets[0]!, n, a.secretKey), Buffer.from(text));
        }
      },
    ),
  ));

test("a message beyond WebAssembly's memory is an error, and those after it work", () => {
  const [sender, receiver] = channels(wasm, wasm);
  const huge = { length: 2 ** 32 - 100 } as Uint8Array;

  assert.equal(
    codeOf(() => sender.seal(0, huge, framed(1), 8)),
    "EMSGSIZE",
  );

  const frame = framed(5);
  sender.seal(0, Buffer.from("next"), frame, 8);
  assert.ok(opens(receiver, frame, 8));
});

test("libsodium is loaded once, and can be chosen anew", async () => {
  assert.equal((await loadSodium("libsodium")).name, "libsodium");
  const one = await loadSodium();
  assert.equal(one, await loadSodium("any"));
  assert.equal(loadedSodium(), one);
  assert.equal((await loadSodium("sodium-native")).name, "sodium-native");
  assert.equal(loadedSodium()?.name, "sodium-native");
});

/** Alice's end on one build, Bob's on another. */
function channels(one: Sodium, other: Sodium, prefix = "CurveZMQMESSAGEC"): [Channel, Channel] {
  return [
    one.channel(BOB.publicKey, ALICE.secretKey, prefix, "CurveZMQMESSAGES"),
    other.channel(ALICE.publicKey, BOB.secretKey, "CurveZMQMESSAGES", prefix),
  ];
}

/** Room for a box of so many bytes, behind the end of the vector's nonce. */
function framed(length: number): Buffer {
  return Buffer.concat([NONCE.subarray(16), Buffer.alloc(BOX_OVERHEAD + length)]);
}

function latin1(bytes: Buffer): string {
  return bytes.toString("latin1");
}
