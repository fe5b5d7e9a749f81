import { SETTING_NAMES } from "@serendip/settings-file";
import { likelyName } from "@serendip/settings-file/likely";
import { decodeText } from "@serendip/settings-file/text";
import fc from "fast-check";
import { expect, test } from "vitest";

const TEXT = "NODE_ENV=production\r\nPORT=4109\r\n";
const bigEndian = (text: string) => Buffer.from(text, "utf16le").swap16();

test.each<[string, Uint8Array]>([
  ["little-endian, with a byte order mark", Buffer.from(`\uFEFF${TEXT}`, "utf16le")],
  ["big-endian, with a byte order mark", bigEndian(`\uFEFF${TEXT}`)],
  ["little-endian, without", Buffer.from(TEXT, "utf16le")],
  ["big-endian, without", bigEndian(TEXT)],
  ["little-endian, with umlauts", Buffer.from("HOST=größe\nPORT=1", "utf16le")],
  ["of one line", Buffer.from("{}", "utf16le")],
])("UTF-16 is recognised: %s", (_, bytes) => {
  expect(decodeText(bytes)).toEqual({
    ok: false,
    why: expect.stringMatching(/^is written in UTF-16.* save it as UTF-8/),
  });
});

test.each<[string, Uint8Array, RegExp]>([
  ["a NUL byte", Buffer.from("PORT=1\nHO\0ST=a\n"), /^has a NUL byte on line 2/],
  ["nothing but NUL bytes, as after a power cut", Buffer.alloc(40), /^has a NUL byte on line 1/],
  ["Latin-1", Buffer.from("PORT=1\n# größe\n", "latin1"), /^is not UTF-8 \(line 2 is the first/],
  ["half a character at the end", Buffer.from("a\nb\né").subarray(0, 5), /^is not UTF-8 \(line 3/],
])("%s is no text", (_, bytes, why) => {
  expect(decodeText(bytes)).toEqual({ ok: false, why: expect.stringMatching(why) });
});

test("UTF-8 is read, with or without its mark, and nothing makes it fail", () => {
  const text = fc
    .string({ unit: "grapheme" })
    .filter((one) => !one.includes("\0") && !one.startsWith("\uFEFF"));
  fc.assert(
    fc.property(text, (one) => {
      expect(decodeText(Buffer.from(one))).toEqual({ ok: true, text: one });
      expect(decodeText(Buffer.from(`\uFEFF${one}`))).toEqual({ ok: true, text: one });
    }),
  );
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeText(bytes)));
});

const ALL = [...SETTING_NAMES.server, ...SETTING_NAMES.web];

test("a known name is taken for itself", () => {
  for (const name of ALL) {
    expect(likelyName(name, ALL)).toBe(name);
    expect(likelyName(name.toLowerCase().replaceAll("_", ""), ALL)).toBe(name);
  }
});

test.each([
  ["LOG_LEVL", "LOG_LEVEL"],
  ["LOG_LEVLE", "LOG_LEVEL"],
  ["SESION_SECRET", "SESSION_SECRET"],
  ["ALLOW_ORIGINS", "ALLOWED_ORIGINS"],
  ["PING_INTERVAL", "PING_INTERVAL_MS"],
  ["HOME", undefined],
  ["HOSTNAME", undefined],
  ["DB_PORT", undefined],
  ["PATH", undefined],
  ["", undefined],
  ["X".repeat(10_000), undefined],
])("by %s somebody means %s", (name, meant) => {
  expect(likelyName(name, ALL)).toBe(meant);
});
