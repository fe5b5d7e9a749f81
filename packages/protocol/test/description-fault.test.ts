import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { descriptionFault, LIMITS } from "../src/index.ts";
import recorded from "./browser-descriptions.json" with { type: "json" };

const descriptions = recorded.map(({ browser, kind, lines }) => ({
  title: `${kind} of ${browser}`,
  kind: kind === "offer" ? ("offer" as const) : ("answer" as const),
  sdp: `${lines.join("\r\n")}\r\n`,
}));
const offer = (sdp: string) => descriptionFault({ kind: "offer", sdp });
const FIRST = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
const section = (kind: string, port = 9) => `m=${kind} ${port} UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n`;

describe("[R12] what a description may have", () => {
  test.each(descriptions)("the $title passes, and has room to grow", ({ kind, sdp }) => {
    expect(descriptionFault({ kind, sdp })).toBeUndefined();
    expect(sdp.length * 2.5).toBeLessThan(LIMITS.descriptionChars[kind]);
  });

  test.each(descriptions)("the $title passes with a hundred candidates in it", ({ kind, sdp }) => {
    const line =
      "a=candidate:2158047880 1 udp 2122262783 2001:db8:1234:5678:9abc:def0:1234:5678 50000 typ host\r\n";
    expect(
      descriptionFault({ kind, sdp: sdp + line.repeat(LIMITS.candidatesPerDescription) }),
    ).toBeUndefined();
  });

  test("each kind of section once, in any order, also a rejected one; or none at all", () => {
    const shared = fc.shuffledSubarray(["audio", "video", "application"]);
    const check = fc.property(shared, fc.constantFrom("\r\n", "\n"), (kinds, lineEnd) => {
      const sdp = FIRST + kinds.map((kind, at) => section(kind, at === 1 ? 0 : 9)).join("");
      expect(offer(sdp.replaceAll("\r\n", lineEnd))).toBeUndefined();
    });
    void fc.assert(check);
  });

  test("a second section of a kind, or one of another kind, is one too many, however it is written", () => {
    const more = fc.constantFrom(
      "audio",
      "video",
      "application",
      "text",
      "message",
      "image",
      "AUDIO",
      "",
      "audio1",
    );
    const start = fc.constantFrom("m=", " m=", "\tm=", "M=", "m =", "m= ");
    const lineEnd = fc.constantFrom("\r\n", "\n", "\r");
    const check = fc.property(more, start, lineEnd, (kind, written, end) => {
      const three = FIRST + section("audio") + section("video") + section("application");
      const sdp = three + section(kind, 0).replace("m=", written);
      expect(offer(sdp.replaceAll("\r\n", end))).toBe("too-many-sections");
    });
    void fc.assert(check);
  });

  test.each(["offer", "answer"] as const)("an %s has its longest length", (kind) => {
    const longest = "x".repeat(LIMITS.descriptionChars[kind]);
    expect(descriptionFault({ kind, sdp: longest })).toBeUndefined();
    expect(descriptionFault({ kind, sdp: `${longest}x` })).toBe("too-long");
  });

  test.each(['"', "\\", "\r", "\n", "\t", "\r\n", "a"])(
    "what passes fits a frame, also when JSON escapes all of it: %j",
    (part) => {
      const sdp = part.repeat(LIMITS.descriptionChars.answer / part.length);
      expect(descriptionFault({ kind: "answer", sdp })).toBeUndefined();
      expect(JSON.stringify(sdp).length).toBeLessThan(0.8 * LIMITS.frameBytes);
    },
  );

  test("what JSON may make six characters of does not pass, nor does anything else beyond printable ASCII", () => {
    const check = fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 4 }), (part) => {
      const isAscii = [...part].every((one) => (one >= " " && one <= "~") || "\t\r\n".includes(one));
      expect(offer(`${FIRST}a=${part}\r\n`) === "not-ascii").toBe(!isAscii);
    });
    void fc.assert(check, { examples: [["\0"], ["\x7f"], ["\u2028"], ["ü"], ["~"], ["\t"]] });
  });
});
