import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FRAGMENT_CHARS, LIMITS, readSignalText, SignalEnvelope, signalTextOf } from "../src/index.ts";
import recorded from "./browser-descriptions.json" with { type: "json" };

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether it was read without the schema, which has to say the same then. */
function isReadAsTheSchemaReadsIt(text: string): boolean {
  const read = readSignalText(text);
  if (!read) return false;
  const judged = SignalEnvelope.safeParse(jsonOf(text));
  expect(judged.success, text).toBe(true);
  expect({ ...read }).toStrictEqual(judged.data);
  expect(JSON.stringify(judged.data)).toBe(text);
  expect(JSON.stringify(read)).toBe(text);
  expect(signalTextOf(read)).toBe(text);
  expect(text).toMatch(/^[ -~]*$/);
  return true;
}

const place = { roomId: "kQ3-x_9", generation: 1, sequence: 12 };
const line =
  "candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0";
const candidate = { candidate: line, sdpMid: "0", sdpMLineIndex: 0 };
const sdpOf = (lines: readonly string[]) => `${lines.join("\r\n")}\r\n`;

/** What pages send, as their code puts it together. */
const written = [
  ...recorded.map(({ kind, lines }) => ({ ...place, signal: { kind, sdp: sdpOf(lines) } })),
  { ...place, signal: { kind: "offer", sdp: 'a="\\"\tb\r\n', attempt: 0 } },
  { ...place, signal: { kind: "answer", sdp: "v=0", attempt: 10_000 } },
  { ...place, signal: { kind: "candidate", candidate } },
  { ...place, signal: { kind: "candidate", candidate: { ...candidate, usernameFragment: "Yx3q" } } },
  { ...place, signal: { kind: "candidate", candidate: { ...candidate, usernameFragment: null } } },
  { ...place, signal: { kind: "candidate", candidate: { ...candidate, candidate: "", sdpMid: null } } },
  { ...place, signal: { kind: "candidate", candidate: { ...candidate, sdpMid: "", sdpMLineIndex: null } } },
  { ...place, signal: { kind: "candidate", candidate: { ...candidate, sdpMLineIndex: 100 } } },
].map((signal) => JSON.stringify(signal));

/** Nine of ten times what fits, so that many signals fit altogether. */
const mostly = <Usual, Odd>(usual: fc.Arbitrary<Usual>, odd: fc.Arbitrary<Odd>) =>
  fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: odd });
const of = (...values: readonly unknown[]) => fc.constantFrom(...values);
const anything = of(null, 1, "", [], {}, undefined, true);

const plainLetter = fc.constantFrom(...'aZ09_-./ ~\\"\n\r\t');
const oddLetter = fc.constantFrom(..."\b\0\x7f\u2028é€", "\ud800", "😀");
/** Short texts, and texts around a bound. */
const bounded = (most: number) =>
  mostly(
    fc.oneof(
      fc.array(plainLetter, { maxLength: 8 }).map((letters) => letters.join("")),
      fc
        .tuple(fc.constantFrom(1, 2, most - 1, most, most, most + 1), plainLetter)
        .map(([length, last]) => "x".repeat(length - 1) + last),
      fc.tuple(fc.string({ maxLength: 3 }), oddLetter).map(([text, letter]) => text + letter),
    ),
    anything,
  );
const id = mostly(
  fc.constantFrom(1, 2, LIMITS.idChars).map((length) => "r".repeat(length)),
  of("", "r".repeat(LIMITS.idChars + 1), ".", "é", null),
);
const oddNumber = of(-1, -0, 0, 1.5, 1e9, 2 ** 31, 2 ** 31 + 1, 1e21, "1", null, true);
const count = mostly(
  fc.oneof(fc.integer({ min: 1, max: 2 ** 31 }), fc.constantFrom(1, 9, 10, 999_999_999)),
  oddNumber,
);

const description = fc.record(
  {
    kind: fc.constantFrom("offer", "answer"),
    sdp: bounded(LIMITS.sdpChars),
    attempt: mostly(fc.constantFrom(0, 1, 9, 10, 9_999, 10_000), of(10_001, -1, 1.5, "1", null)),
  },
  { requiredKeys: ["kind", "sdp"] },
);
const candidateFields = fc.record(
  {
    candidate: bounded(LIMITS.candidateChars),
    sdpMid: bounded(LIMITS.idChars),
    sdpMLineIndex: mostly(fc.constantFrom(0, 1, 9, 10, 99, 100, null), of(-1, 101, 1.5, "0")),
    usernameFragment: bounded(FRAGMENT_CHARS),
  },
  { requiredKeys: ["candidate", "sdpMid", "sdpMLineIndex"] },
);
const signal = mostly(
  fc.oneof(
    description,
    fc.record({ kind: fc.constant("candidate"), candidate: mostly(candidateFields, anything) }),
  ),
  fc.oneof(anything, fc.record({ kind: of("restart", "candidates", "Offer", ""), sdp: anything })),
);
const envelope = fc.record({ roomId: id, generation: count, sequence: count, signal });

/** Texts that a change of one place may make of a signal: other JSON of the same value, of another one, or none. */
const piece = fc.constantFrom(
  ...' \n,:"{}[]\\0-é\0',
  ..."\\u0041 \\/ \\n \\b 00 1e3 1.0 -0 null true".split(" "),
  ...['"a":1,', ',"a":1', '"__proto__":{},', '"sdp":"a",', ',"attempt":1', ',"sequence":2'],
  ...["", "\ud800", "\u2028", "x".repeat(LIMITS.candidateChars)],
);
const change = fc.record({ at: fc.nat({ max: 400 }), remove: fc.nat({ max: 3 }), piece });
const changed = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(...written),
      envelope.map((value) => JSON.stringify(value)),
    ),
    fc.array(change, { minLength: 1, maxLength: 3 }),
  )
  .map(([text, changes]) =>
    changes.reduce((so, { at, remove, piece: put }) => {
      const from = at % (so.length + 1);
      return so.slice(0, from) + put + so.slice(from + remove);
    }, text),
  );

describe("[W20] a signal that is read from its text", () => {
  test.each(written)("is what pages write: %s", (text) => {
    expect(isReadAsTheSchemaReadsIt(text)).toBe(true);
  });

  test("is what the schema makes of it, and written anew is that text again: around every bound", () => {
    let [read, taken] = [0, 0];
    void fc.assert(
      fc.property(envelope, (value) => {
        const text = JSON.stringify(value);
        if (isReadAsTheSchemaReadsIt(text)) read += 1;
        if (SignalEnvelope.safeParse(jsonOf(text)).success) taken += 1;
      }),
      { numRuns: 6_000 },
    );
    // Both ways were tried often enough.
    expect(read).toBeGreaterThan(300);
    expect(taken).toBeGreaterThan(read);
  });

  test("is that also where the text was changed in some places", () => {
    let [read, left] = [0, 0];
    void fc.assert(
      fc.property(changed, (text) => {
        if (isReadAsTheSchemaReadsIt(text)) read += 1;
        else if (SignalEnvelope.safeParse(jsonOf(text)).success) left += 1;
      }),
      { numRuns: 8_000 },
    );
    expect(read).toBeGreaterThan(300);
    expect(left).toBeGreaterThan(300);
  });

  const plain = written.find((text) => text.includes('"usernameFragment":"')) ?? "";
  test.each([
    ["in another order", plain.replace('"generation":1,"sequence":12', '"sequence":12,"generation":1')],
    ["with a field more", plain.replace('"kind"', '"more":1,"kind"')],
    ["with a field twice", plain.replace('"generation":1', '"generation":2,"generation":1')],
    ["with spaces", plain.replace(":1,", ": 1,")],
    ["with a number written otherwise", plain.replace(":12,", ":1.2e1,")],
    ["with an escape that need not be", plain.replace("typ", "\\u0074yp")],
    ["with more than ASCII", plain.replace("typ", "tüp")],
  ])("is none that is written otherwise: %s", (_, text) => {
    expect(text).not.toBe(plain);
    expect(SignalEnvelope.safeParse(jsonOf(text)).success).toBe(true);
    expect(readSignalText(text)).toBeUndefined();
  });

  test("has no text any more once it is copied or changed", () => {
    const read = readSignalText(plain);
    expect(signalTextOf(read)).toBe(plain);
    expect(signalTextOf({ ...read })).toBeUndefined();
    expect(signalTextOf(jsonOf(JSON.stringify(read)))).toBeUndefined();
    for (const value of [undefined, null, plain, 1, {}, [], jsonOf(plain)])
      expect(signalTextOf(value)).toBeUndefined();
  });
});
