import { createHash } from "node:crypto";
import { Signal } from "@serendip/protocol";
import { expect, test } from "vitest";
import { PAYLOADS } from "../../src/compare/people/payloads.ts";
import { clientFrame, frameTemplate, OPCODE, textFrame } from "../../src/compare/wire/frames.ts";
import { readStamp, STAMP, stampIn } from "../../src/compare/wire/stamp.ts";

/** What a server reads in a frame (RFC 6455 section 5.2), by another way than the one that made it. */
function unmasked(frame: Buffer): Buffer {
  const short = (frame[1] ?? 0) & 0x7f;
  const at = short === 126 ? 4 : short === 127 ? 10 : 2;
  const mask = frame.subarray(at, at + 4);
  return Buffer.from(frame.subarray(at + 4).map((byte, n) => byte ^ (mask[n % 4] ?? 0)));
}

test.each([0, 1, 125, 126, 65_535, 65_536])("a frame of %d bytes says its length, and is masked", (size) => {
  const payload = Buffer.from(createHash("sha256").update(String(size)).digest("hex").repeat(1_100)).subarray(
    0,
    size,
  );
  const frame = clientFrame(payload, OPCODE.text);
  expect(unmasked(frame).equals(payload)).toBe(true);
  expect(frame[0]).toBe(0x81);
  if (size > 0) expect(frame.includes(payload)).toBe(false);
});

test("a stamped frame is the frame of the text with the numbers in it", () => {
  const text = `42000["signal",{"sequence":00,"signal":"${STAMP}"}]`;
  const make = frameTemplate(text, [
    stampIn(text),
    { at: 2, count: 3 },
    { at: text.indexOf("00,"), count: 2 },
  ]);
  const wanted = `42123["signal",{"sequence":45,"signal":"bench0000067890"}]`;
  expect(make([67_890, 123, 45])).toEqual(textFrame(wanted));
  expect(readStamp(Buffer.from(wanted))).toBe(67_890);
  expect(readStamp(Buffer.from("nothing"))).toBe(-1);
});

test.each([
  ["description", 2_560],
  ["candidate", 200],
] as const)("a %s is one that pages send, of %d bytes", (kind, bytes) => {
  expect(Buffer.byteLength(PAYLOADS[kind])).toBe(bytes);
  const signal: unknown = JSON.parse(PAYLOADS[kind]);
  expect(Signal.parse(signal)).toEqual(signal);
});
