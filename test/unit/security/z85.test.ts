import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { z85Decode, z85Encode } from "#src/security/z85.js";
import { check } from "../../support/property.ts";

test("[test_base85] the example of 32/Z85", () => {
  const bytes = Buffer.from("864fd26fb559f75b", "hex");

  assert.equal(z85Encode(bytes), "HelloWorld");
  assert.deepEqual(z85Decode("HelloWorld"), bytes);
});

test("[test_base85] the example keys of libzmq's manual", () => {
  const keys = {
    "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID":
      "bb88471d65e2659b30c55a5321cebb5aab2b70a398645c26dca2b2fcb43fc518",
    "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs":
      "7bb864b489afa3671fbe69101f94b38972f24816dfb01b51656b3fec8dfd0888",
  };
  for (const [text, hex] of Object.entries(keys)) {
    assert.equal(z85Decode(text).toString("hex"), hex);
    assert.equal(z85Encode(Buffer.from(hex, "hex")), text);
  }
});

test("[test_base85] every bytes of a multiple of four come back, as so many characters of the alphabet", () =>
  check(
    fc.property(fc.uint8Array({ maxLength: 40 }), (array) => {
      const bytes = Buffer.from(array.subarray(0, array.length & ~3));

      const text = z85Encode(bytes);

      assert.equal(text.length, (bytes.length / 4) * 5);
      assert.match(text, /^[0-9a-zA-Z.\-:+=^!/*?&<>()[\]{}@%$#]*$/);
      assert.deepEqual(z85Decode(text), bytes);
    }),
  ));

test("[test_z85_decode_fuzzer] any text is decoded, or refused with what is wrong", () =>
  check(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 12 }),
        fc.string({ unit: fc.constantFrom(..."09azAZ.-#$%"), minLength: 5, maxLength: 5 }),
      ),
      (text) => {
        let bytes: Buffer;
        try {
          bytes = z85Decode(text);
        } catch (error) {
          assert.equal((error as { code: string }).code, "EINVAL");
          return;
        }
        assert.equal(z85Encode(bytes), text, "only one text stands for these bytes");
      },
    ),
  ));

test("[test_base85] faults are named, with their place", () => {
  const faults: [string, RegExp][] = [
    ["Hello Worl", /no character " ", which is at position 6/],
    ["Hell\u00e9World", /no character "é", which is at position 5/],
    ["Hell\u2026World", /at position 5/],
    ["HelloWorl", /multiple of 5 characters, not 9/],
    ["Hello#####", /five characters from position 6.*more than four bytes/],
    ["Hello%nSc1", /from position 6/],
  ];
  for (const [text, says] of faults) assert.throws(() => z85Decode(text), { code: "EINVAL", message: says });
  assert.deepEqual(z85Decode("%nSc0"), Buffer.from("ffffffff", "hex"), "the largest group there is");
  assert.throws(() => z85Encode(Buffer.alloc(5)), { code: "EINVAL", message: /multiple of 4, not 5/ });
  assert.throws(() => z85Encode("text" as unknown as Uint8Array), TypeError);
  assert.throws(() => z85Decode(Buffer.from("HelloWorld") as unknown as string), TypeError);
});
