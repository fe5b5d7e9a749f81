import { LIMITS, Signal } from "@serendip/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { withoutAddresses } from "../../../src/service/relay/relay-only.ts";
import { attribute, description, HIDDEN } from "./sdp-generator.ts";
import { grammarFaults, linesOf, valuesOf } from "./sdp-reader.ts";

/** Each description has dozens of values, so fewer of them are as thorough. */
const numRuns = Math.ceil(Number(process.env["FC_RUNS"] ?? 2_000) / 4);

const hide = (sdp: string): string => {
  const signal = withoutAddresses({ kind: "offer", sdp });
  return signal.kind === "offer" ? signal.sdp : "";
};

const NEEDED = /^(mid|group|msid|ssrc|setup|ice-pwd|fingerprint|rtcp|rtcp-mux|rtpmap|fmtp)(:|$)/;

/** The types of the lines, and names of the attributes, that have to be there as often and in the same order afterwards. */
const skeleton = (sdp: string) =>
  linesOf(sdp).flatMap(({ type, value }) => {
    if (/[vostcm]/.test(type)) return [type];
    return type === "a" ? (NEEDED.exec(value)?.[1] ?? []) : [];
  });
/** Names of sections and groups, each as the place of the first one that is equal. */
const relations = (sdp: string) => {
  const lines = linesOf(sdp);
  const names = [...valuesOf(lines, "mid"), ...valuesOf(lines, "group").flatMap((group) => group.split(" "))];
  return names.map((name) => names.indexOf(name));
};
const portsOf = (sdp: string) =>
  linesOf(sdp).flatMap(({ type, value }) => (type === "m" ? [value.split(" ")[1]] : []));

test("[K12] whatever a grammatical description says, it is one afterwards, with every line that it needs", () => {
  fc.assert(
    fc.property(description, (sdp) => {
      expect(grammarFaults(sdp)).toEqual([]);
      const passed = hide(sdp);
      expect(grammarFaults(passed)).toEqual([]);
      expect(skeleton(passed)).toEqual(skeleton(sdp));
      expect(relations(passed)).toEqual(relations(sdp));
      expect(portsOf(passed)).toEqual(
        portsOf(sdp).map((port) => port?.replace(/^\d+/, (digits) => (/^0+$/.test(digits) ? "0" : "9"))),
      );
    }),
    { numRuns },
  );
});

test("[K11] whatever a grammatical description says, no address of its own passes", () => {
  fc.assert(
    fc.property(description, (sdp) => {
      const passed = hide(sdp).toLowerCase();
      for (const own of HIDDEN) expect(passed).not.toContain(own);
    }),
    { numRuns },
  );
});

test("[K12] a description that has passed passes again as it is, and is still a signal", () => {
  const line = fc.oneof(
    description.map((sdp) => sdp.slice(0, -2)),
    attribute,
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constantFrom("c=", "m=", "o=", "s", "=", "a=mid:", "a=ssrc:", "a=candidate:"),
  );
  const lines = fc.array(line, { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(lines, fc.constantFrom("\r\n", "\n", "\r"), (texts, end) => {
      const passed = hide(texts.join(end));
      expect(hide(passed)).toBe(passed);
      expect(Signal.safeParse({ kind: "offer", sdp: passed }).success).toBe(true);
    }),
    { numRuns },
  );
});

test.each([
  ["connections", "c=\n"],
  ["names of sections", "a=mid:::\n"],
  ["parameters", "a=fmtp::: \n"],
  ["words of one line", `a=msid:${":: ".repeat(300)}\n`],
  ["ends of lines", "\n"],
])(
  "[K12] nothing but %s: what would become longer than a description may be ends at a line before",
  (_what, line) => {
    const passed = hide(line.repeat(Math.floor(LIMITS.descriptionChars.offer / line.length)));
    expect(passed.length).toBeLessThanOrEqual(LIMITS.descriptionChars.offer);
    expect(passed).toMatch(/^([a-z]=[^\r\n]*\r\n)+$/);
    expect(hide(passed)).toBe(passed);
  },
);
