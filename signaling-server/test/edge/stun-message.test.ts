import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  ATTRIBUTE,
  decodeStun,
  encodeStun,
  isIntact,
  newTransactionId,
} from "../../src/edge/turn/stun-message.ts";
import { decodeAddress, decodeError, encodeAddress } from "../../src/edge/turn/stun-values.ts";

const KEY = Buffer.from("a key");
const message = (data: Uint8Array) => ({
  method: "send" as const,
  class: "indication" as const,
  transactionId: newTransactionId(),
  attributes: new Map([
    [ATTRIBUTE.data, Buffer.from(data)],
    [ATTRIBUTE.realm, Buffer.from("x")],
  ]),
});

test("[K4] what is encoded is read again, whatever it holds, and only as a whole", () => {
  void fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (data) => {
      const sent = message(data);
      const bytes = encodeStun(sent, KEY);
      const read = decodeStun(bytes);
      expect(read).toMatchObject({ method: "send", class: "indication" });
      expect(read?.attributes.get(ATTRIBUTE.data)?.equals(data)).toBe(true);
      expect(read?.transactionId.equals(sent.transactionId)).toBe(true);
      expect(decodeStun(bytes.subarray(0, -1))).toBeUndefined();
    }),
  );
});

test("[K4] a message that was changed, or made with another key, is not intact", () => {
  void fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(), (data, place) => {
      const bytes = encodeStun(message(data), KEY);
      expect(isIntact(bytes, KEY)).toBe(true);
      expect(isIntact(bytes, Buffer.from("another"))).toBe(false);
      expect(isIntact(encodeStun(message(data)), KEY)).toBe(false);
      const at = 8 + (place % 12);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      expect(isIntact(bytes, KEY)).toBe(false);
    }),
  );
});

test("[K4] whatever a server sends, reading it does not throw", () => {
  const head = fc.constantFrom<readonly number[]>([], [1, 3, 0, 8, 0x21, 0x12, 0xa4, 0x42]);
  void fc.assert(
    fc.property(head, fc.uint8Array({ maxLength: 60 }), (start, rest) => {
      const bytes = Buffer.from([...start, ...rest]);
      const read = decodeStun(bytes);
      isIntact(bytes, KEY);
      decodeAddress(read?.attributes.values().next().value ?? bytes);
      decodeError(bytes);
    }),
  );
});

test("[K4] an address is hidden from what rewrites addresses on the way (RFC 8489 section 14.2)", () => {
  // 192.0.2.1:32853, as in RFC 5769 section 2.2.
  const bytes = Buffer.from("0001a147e112a643", "hex");
  expect(decodeAddress(bytes)).toEqual({ host: "192.0.2.1", port: 32_853 });
  expect(encodeAddress({ host: "192.0.2.1", port: 32_853 })).toEqual(bytes);
});
