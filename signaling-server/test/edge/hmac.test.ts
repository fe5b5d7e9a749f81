import { createHmac, createSecretKey } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hmacWith } from "../../src/edge/signing/hmac.ts";

const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  // Around the length for which the place is kept, with characters of one and of three bytes.
  fc
    .tuple(fc.constantFrom("a", "€", "\u{1F600}"), fc.integer({ min: 900, max: 4_000 }))
    .map(([char, count]) => char.repeat(count)),
);

test("whatever key and text, it is the HMAC that Node's own way makes", () => {
  fc.assert(
    fc.property(bytes(1, 200), fc.array(text, { minLength: 1, maxLength: 4 }), (secret, texts) => {
      const key = createSecretKey(secret);
      const mac = hmacWith(key);
      // In a row, so that nothing of one text is left in the next one.
      for (const one of texts)
        expect(mac(one)).toBe(createHmac("sha256", key).update(one).digest("base64url"));
    }),
  );
});
