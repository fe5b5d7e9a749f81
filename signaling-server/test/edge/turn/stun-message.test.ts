import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  ATTRIBUTE,
  decodeStun,
  encodeStun,
  isIntact,
  newTransactionId,
} from "../../../src/edge/turn/stun-message.ts";
import { decodeAddress, decodeError, encodeAddress } from "../../../src/edge/turn/stun-values.ts";

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

test("[K6] what is encoded is read again, whatever it holds, and only as a whole", () => {
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

test("[K6] a message that was changed, or made with another key, is not intact", () => {
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

test("[K6] whatever a server sends, reading it does not throw", () => {
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

test.each([
  { host: "192.0.2.1", bytes: "0001a147e112a643" },
  { host: "2001:db8:1234:5678:11:2233:4455:6677", bytes: "0002a1470113a9faa5d3f179bc25f4b5bed2b9d9" },
])(
  "[K6] the address $host is disguised on the way, as in RFC 5769 sections 2.2 and 2.3",
  ({ host, bytes }) => {
    const address = { host, port: 32_853 };
    const sent = encodeStun({
      method: "binding",
      class: "success",
      transactionId: Buffer.from("b7e7a701bc34d686fa87dfae", "hex"),
      attributes: new Map([[ATTRIBUTE.xorMappedAddress, encodeAddress(address)]]),
    });
    expect(sent.subarray(24).toString("hex")).toBe(bytes);
    expect(decodeAddress(decodeStun(sent)?.attributes.get(ATTRIBUTE.xorMappedAddress))).toEqual(address);
  },
);

test("[K6] every address is read as it was written", () => {
  void fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(65_535), (text, port) => {
      const host = text.includes(":") ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
      expect(decodeAddress(encodeAddress({ host: text, port }))).toEqual({ host, port });
    }),
  );
});
