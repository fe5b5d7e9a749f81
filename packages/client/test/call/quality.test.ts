import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Expected,
  HOLD_MS,
  observeQuality,
  type QualityCounters,
  type QualityState,
  qualityOf,
} from "../../src/call/quality.machine.ts";
import type { CallQuality, QualityLevel } from "../../src/words/chat-snapshot.ts";

/** One second of a call. */
interface Second {
  readonly packets?: number;
  readonly lost?: number;
  readonly frames?: number;
  readonly roundTripMs?: number | undefined;
  readonly expected?: Expected;
  /** How long it took, milliseconds. */
  readonly lastsMs?: number;
  /** The counters begin anew. */
  readonly reset?: boolean;
  /** What the browser does not say in this second, or says by another counter. */
  readonly instead?: Partial<QualityCounters>;
}

const BOTH: Expected = { picture: true, sound: true };
const GOOD: Second = {};
const SILENT: Second = { packets: 0, frames: 0 };
const LOSSY: Second = { lost: 20 };
const SLOW: Second = { roundTripMs: 2_000 };
const FROZEN: Second = { frames: 0 };
const BYTES = 1_000;

/** A browser that says everything. */
type Known = QualityCounters & Record<"bytesReceived" | "bytesSent" | Figure, number>;
type Figure = "packetsReceived" | "packetsLost" | "framesDecoded";

const ZERO: Known = {
  bytesReceived: 0,
  bytesSent: 0,
  bytesOf: "transport",
  packetsReceived: 0,
  packetsLost: 0,
  framesDecoded: 0,
  roundTripMs: undefined,
  route: { local: "host", remote: "srflx" },
};

/** Plays a call and answers with what there is to show after each reading. */
function play(seconds: readonly Second[]): readonly (CallQuality | undefined)[] {
  let now = 1_000_000;
  let counters = ZERO;
  let state: QualityState | undefined;
  return seconds.map((second) => {
    const {
      packets = 100,
      lost = 0,
      frames = 20,
      roundTripMs = 40,
      expected = BOTH,
      lastsMs = 1_000,
    } = second;
    now += lastsMs;
    const before = second.reset ? ZERO : counters;
    counters = {
      ...before,
      bytesReceived: before.bytesReceived + packets * BYTES,
      bytesSent: before.bytesSent + 100 * BYTES,
      packetsReceived: before.packetsReceived + packets,
      packetsLost: before.packetsLost + lost,
      framesDecoded: before.framesDecoded + frames,
      roundTripMs,
    };
    state = observeQuality(state, { ...counters, ...second.instead }, expected, now);
    return qualityOf(state);
  });
}

const levels = (seconds: readonly Second[]) => play(seconds).map((quality) => quality?.level);
const times = (count: number, second: Second) => Array.from({ length: count }, () => second);
const initials = (found: readonly (QualityLevel | undefined)[]) =>
  found.map((level) => level?.[0] ?? "-").join("");

describe("the quality of a call", () => {
  it("[C58] is not known before there are two readings", () => {
    expect(levels([GOOD, GOOD])).toEqual([undefined, "good"]);
  });

  it("[C58] says loss, round trip, bitrates and route in plain figures", () => {
    expect(play([...times(5, GOOD), { lost: 10 }]).at(-1)).toEqual({
      level: "good",
      lossPercent: 2,
      roundTripMs: 40,
      inKbps: 800,
      outKbps: 800,
      route: "direct",
    });
  });

  it.each(["host", "relay"] as const)("[C58] a pair with %s on either side", (type) => {
    const route = { local: "srflx", remote: type } as const;
    const first = observeQuality(undefined, { ...ZERO, route }, BOTH, 0);
    const wanted = type === "relay" ? "relayed" : "direct";
    expect(qualityOf(observeQuality(first, { ...ZERO, route }, BOTH, 1_000))?.route).toBe(wanted);
    const swapped = { ...ZERO, route: { local: route.remote, remote: route.local } };
    expect(qualityOf(observeQuality(first, swapped, BOTH, 1_000))?.route).toBe(wanted);
  });

  // One letter for each reading: good, poor, stalled, not known yet.
  it.each([
    ["a steady call", times(8, GOOD), "-ggggggg"],
    ["loss that lasts", [...times(3, GOOD), ...times(4, LOSSY)], "-gggppp"],
    ["4.8 % of loss", times(8, { packets: 952, lost: 48 }), "-ggggggg"],
    ["5.2 % of loss", times(5, { packets: 948, lost: 52 }), "-gppp"],
    ["a slow way", [...times(3, GOOD), ...times(3, SLOW)], "-gggpp"],
    ["one slow answer", [...times(3, GOOD), { roundTripMs: 1_000 }, ...times(3, GOOD)], "-gggggg"],
    ["a picture that freezes while sound flows", [...times(3, GOOD), ...times(4, FROZEN)], "-ggggpp"],
    ["nothing at all", [...times(3, GOOD), ...times(4, SILENT)], "-gggsss"],
    ["one second of nothing", [...times(3, GOOD), SILENT, GOOD, GOOD], "-ggggg"],
    ["flowing again", [...times(3, GOOD), ...times(2, SILENT), ...times(6, GOOD)], "-gggspppggg"],
    ["late packets taken back", [...times(3, GOOD), { lost: -10 }, GOOD, GOOD], "-ggggg"],
    ["a sleeping computer", [...times(3, GOOD), { ...GOOD, lastsMs: 60_000 }, GOOD], "-gggg"],
  ] as const)("[C58] %s", (_case, seconds, expected) => {
    expect(initials(levels(seconds as readonly Second[])).slice(0, expected.length)).toBe(expected);
  });

  it("[C58] becomes good again only after four good readings in a row", () => {
    const lossy = [...times(3, GOOD), ...times(2, SLOW)];
    const quick = { roundTripMs: 0 };
    expect(levels([...lossy, ...times(3, quick), SLOW, ...times(3, quick)]).slice(5)).not.toContain("good");
    expect(levels([...lossy, ...times(12, quick)]).at(-1)).toBe("good");
  });

  it("[C58] a partner without a camera, or muted, is not stalled as long as bytes come", () => {
    const voice = { packets: 50, frames: 0, expected: { picture: false, sound: true } };
    expect(new Set(levels([...times(3, GOOD), ...times(9, voice)]))).toEqual(new Set([undefined, "good"]));
    const muted = { expected: { picture: true, sound: false } };
    expect(new Set(levels(times(9, muted)))).toEqual(new Set([undefined, "good"]));
  });

  it("[C58] from a partner who sends nothing at all, nothing is missing", () => {
    const nothing = { ...SILENT, expected: { picture: false, sound: false } };
    expect(new Set(levels([...times(3, GOOD), ...times(9, nothing)]))).toEqual(new Set([undefined, "good"]));
  });

  it("[C58] a camera that was off for long and is on again has not frozen", () => {
    const voice = { packets: 50, frames: 0, expected: { picture: false, sound: true } };
    expect(levels([...times(3, GOOD), ...times(30, voice), ...times(3, GOOD)]).at(-1)).toBe("good");
  });

  it("[C58] a connection made anew makes no nonsense of its counters", () => {
    const shown = play([...times(6, GOOD), { ...GOOD, reset: true }, ...times(3, GOOD)]);
    expect(shown[6]).toBeUndefined();
    for (const quality of shown.slice(7)) {
      expect(quality).toMatchObject({ level: "good", lossPercent: 0, inKbps: 800, outKbps: 800 });
    }
  });

  it("[C58] what the browser does not count is unknown: neither a stall nor a frozen picture nor a loss", () => {
    const unknown = {
      bytesReceived: undefined,
      bytesSent: undefined,
      bytesOf: undefined,
      packetsReceived: undefined,
      packetsLost: undefined,
      framesDecoded: undefined,
    };
    const blind = { ...GOOD, instead: unknown };
    for (const seconds of [times(12, blind), [...times(3, GOOD), ...times(9, blind)]]) {
      const shown = play(seconds);
      expect(new Set(shown.map((quality) => quality?.level))).toEqual(new Set([undefined, "good"]));
      expect(shown.at(-1)).toMatchObject({ lossPercent: undefined, inKbps: undefined, outKbps: undefined });
    }
  });

  it("[C58] each figure by itself: without bytes a picture can still freeze, without frames nothing can still come", () => {
    const bytesUnknown = { bytesReceived: undefined, bytesSent: undefined, bytesOf: undefined };
    const frozen = { ...FROZEN, instead: bytesUnknown };
    expect(levels([...times(4, { instead: bytesUnknown }), ...times(4, frozen)]).at(-1)).toBe("poor");
    const silent = { ...SILENT, instead: { framesDecoded: undefined } };
    expect(levels([...times(3, GOOD), ...times(4, silent)]).at(-1)).toBe("stalled");
  });

  it("[C58] bytes of another counter are no stall and no speed, and counted from there on", () => {
    const other = { bytesOf: "pair 2", bytesReceived: 0, bytesSent: 0 };
    const shown = play([
      ...times(3, GOOD),
      ...[0, 800_000, 900_000].map((bytesReceived) => ({ instead: { ...other, bytesReceived } })),
    ]);
    expect(shown.slice(3).map((quality) => [quality?.level, quality?.inKbps])).toEqual([
      ["good", undefined],
      ["good", 6_400],
      ["good", 3_600],
    ]);
    const stopped = play([...times(3, GOOD), ...times(4, { instead: other })]);
    expect(stopped.at(-1)?.level).toBe("stalled");
  });

  const anySecond: fc.Arbitrary<Second> = fc.record({
    packets: fc.oneof(fc.constant(0), fc.nat(500)),
    lost: fc.integer({ min: -5, max: 100 }),
    frames: fc.oneof(fc.constant(0), fc.nat(30)),
    roundTripMs: fc.option(fc.nat(3_000), { nil: undefined }),
    expected: fc.record({ picture: fc.boolean(), sound: fc.boolean() }),
    lastsMs: fc.oneof(fc.constant(1_000), fc.integer({ min: 1, max: 70_000 })),
    reset: fc.oneof(
      { weight: 9, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
  });

  it("[C58] never changes twice in three seconds, other than to or from stalled, and its figures make sense", () => {
    fc.assert(
      fc.property(fc.array(anySecond, { maxLength: 60 }), (seconds) => {
        let at = 0;
        let changedAt = Number.NEGATIVE_INFINITY;
        let level: QualityLevel = "good";
        for (const [index, quality] of play(seconds).entries()) {
          at += seconds[index]?.lastsMs ?? 1_000;
          if (!quality) continue;
          expect(quality.lossPercent).toBeGreaterThanOrEqual(0);
          expect(quality.lossPercent).toBeLessThanOrEqual(100);
          expect(quality.inKbps).toBeGreaterThanOrEqual(0);
          expect(quality.outKbps).toBeGreaterThanOrEqual(0);
          expect(quality.roundTripMs ?? 0).toBeGreaterThanOrEqual(0);
          if (quality.level === level) continue;
          if (quality.level !== "stalled" && level !== "stalled")
            expect(at - changedAt).toBeGreaterThanOrEqual(HOLD_MS);
          level = quality.level;
          changedAt = at;
        }
      }),
    );
  });
});
