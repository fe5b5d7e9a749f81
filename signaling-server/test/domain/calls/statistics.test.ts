import type { CallReport } from "@serendip/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { alertsOf, type TurnState } from "../../../src/domain/calls/alerts.ts";
import { createCallStatistics, WINDOW_MINUTES } from "../../../src/domain/calls/statistics.ts";

const MINUTE = 60_000;
const NOTHING_RECOVERED = { byItself: 0, byRestart: 0, byRebuild: 0 };

function report(change: Partial<CallReport> = {}): CallReport {
  return {
    roomId: "room-1",
    outcome: "connected",
    ice: "turn",
    firstMediaMs: 600,
    talkedMs: 60_000,
    route: { local: "host", remote: "srflx" },
    recovered: NOTHING_RECOVERED,
    end: "stop",
    ...change,
  };
}
const failed = (change: Partial<CallReport> = {}): CallReport => ({
  roomId: "room-1",
  outcome: "failed",
  ice: "turn",
  recovered: NOTHING_RECOVERED,
  end: "media-failed",
  ...change,
});

const times = (count: number, run: () => void) => {
  for (let n = 0; n < count; n += 1) run();
};

describe("the figures of calls", () => {
  test("[C60] [C62] the success rate is connected ÷ (connected + failed), in total and by what ICE had", () => {
    const statistics = createCallStatistics();
    times(19, () => statistics.report(report(), 0));
    statistics.report(failed(), 0);
    times(3, () => statistics.report(report({ ice: "stun-only" }), 0));
    statistics.report(failed({ ice: "stun-only" }), 0);
    times(7, () => statistics.report(failed({ outcome: "abandoned", end: "next" }), 0));
    const figures = statistics.totals();
    expect(figures).toMatchObject({ reports: 31, connected: 22, failed: 2, abandoned: 7 });
    expect(figures.successRate).toBeCloseTo(22 / 24);
    expect(figures.byIce.turn).toEqual({ connected: 19, failed: 1, abandoned: 7, successRate: 0.95 });
    expect(figures.byIce["stun-only"].successRate).toBe(0.75);
    expect(figures.byIce.none.successRate).toBeNull();
  });

  test("[C62] the time to the first media has a mean and two percentiles, and no report outweighs the others", () => {
    const statistics = createCallStatistics();
    times(94, () => statistics.report(report({ firstMediaMs: 400 }), 0));
    times(6, () => statistics.report(report({ firstMediaMs: 2_500 }), 0));
    expect(statistics.totals().firstMedia).toEqual({
      count: 100,
      sumMs: 52_600,
      meanMs: 526,
      p50Ms: 500,
      p95Ms: 3_000,
      classes: [0, 94, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0],
    });
    statistics.report(report({ firstMediaMs: Number.MAX_SAFE_INTEGER }), 0);
    expect(statistics.totals().firstMedia.meanMs).toBeLessThan(1_200);
    // What a failed call says of its media is not believed.
    statistics.report(failed({ firstMediaMs: 10, route: { local: "host", remote: "host" } }), 0);
    expect(statistics.totals().firstMedia.count).toBe(101);
    expect(statistics.totals().routes.direct).toBe(101);
  });

  test("[C62] what sides have talked through a TURN server is summed, a day at most for each report", () => {
    const statistics = createCallStatistics();
    const relayed = { local: "relay", remote: "host", protocol: "udp" } as const;
    statistics.report(report({ route: relayed, talkedMs: 60_000 }), 0);
    statistics.report(report({ route: relayed, talkedMs: Number.MAX_SAFE_INTEGER }), 0);
    statistics.report(report({ talkedMs: 5_000 }), 0);
    expect(statistics.totals().relayedMs).toBe(60_000 + 86_400_000);
  });

  test("[C62] a call is relayed when either end is, and by what a side reaches its own relay", () => {
    const statistics = createCallStatistics();
    const routes: CallReport["route"][] = [
      { local: "host", remote: "prflx" },
      { local: "relay", remote: "srflx", protocol: "udp" },
      { local: "relay", remote: "relay", protocol: "tls" },
      { local: "srflx", remote: "relay" },
      undefined,
    ];
    for (const route of routes) {
      const { route: _, ...rest } = report();
      statistics.report(route ? { ...rest, route } : rest, 0);
    }
    const { routes: counted, relayedShare, candidates } = statistics.totals();
    expect(counted).toEqual({
      direct: 1,
      "relayed-udp": 1,
      "relayed-tcp": 0,
      "relayed-tls": 1,
      "relayed-otherwise": 1,
    });
    expect(relayedShare).toBe(0.75);
    expect(candidates.local).toEqual({ host: 1, srflx: 1, prflx: 0, relay: 2 });
    expect(candidates.remote).toEqual({ host: 0, srflx: 1, prflx: 1, relay: 2 });
  });

  test("[C62] recoveries add up by step; Next within 3 s of the first media is a drop-off, and nothing else is", () => {
    const statistics = createCallStatistics();
    statistics.report(report({ recovered: { byItself: 2, byRestart: 1, byRebuild: 0 } }), 0);
    statistics.report(report({ recovered: { byItself: 1, byRestart: 0, byRebuild: 3 } }), 0);
    expect(statistics.totals().recovered).toEqual({ byItself: 3, byRestart: 1, byRebuild: 3 });
    statistics.report(report({ end: "next", talkedMs: 2_999 }), 0);
    statistics.report(report({ end: "next", talkedMs: 3_000 }), 0);
    statistics.report(report({ end: "partner-left", talkedMs: 100 }), 0);
    statistics.report(failed({ outcome: "abandoned", end: "next" }), 0);
    expect(statistics.totals().dropOff).toEqual({ count: 1, share: 1 / 5 });
  });

  test("[C61] session errors are counted against arrivals; none is the goal", () => {
    const statistics = createCallStatistics();
    expect(statistics.totals().sessionErrors.perHello).toBeNull();
    times(200, () => statistics.hello(0));
    expect(statistics.totals().sessionErrors).toEqual({ hellos: 200, count: 0, perHello: 0 });
    statistics.sessionError(0);
    expect(statistics.totals().sessionErrors.perHello).toBe(0.005);
  });

  test("[C62] [C63] the window holds the last ten minutes, the totals everything", () => {
    const statistics = createCallStatistics();
    const start = 1_000 * MINUTE;
    statistics.report(report(), start);
    statistics.report(failed(), start + 6 * MINUTE);
    expect(statistics.window(start + 9 * MINUTE)).toMatchObject({ reports: 2, connected: 1 });
    expect(statistics.window(start + 9 * MINUTE, 5)).toMatchObject({ reports: 1, failed: 1 });
    expect(statistics.window(start + 10 * MINUTE)).toMatchObject({ reports: 1, connected: 0 });
    expect(statistics.window(start + 90 * MINUTE)).toMatchObject({ reports: 0, successRate: null });
    // A minute's place in the ring is used again.
    statistics.report(report(), start + 20 * MINUTE);
    expect(statistics.window(start + 20 * MINUTE).reports).toBe(1);
    expect(statistics.totals().reports).toBe(3);
  });

  test("[H2] whatever is reported whenever: counts add up, shares stay in 0..1, the window is never more than the whole", () => {
    const count = fc.integer({ min: 0, max: 1_000 });
    const type = fc.constantFrom("host", "srflx", "prflx", "relay");
    const anyReport: fc.Arbitrary<CallReport> = fc.record(
      {
        roomId: fc.constant("room-1"),
        outcome: fc.constantFrom("connected", "failed", "abandoned"),
        ice: fc.constantFrom("none", "stun-only", "turn"),
        firstMediaMs: fc.maxSafeNat(),
        talkedMs: fc.maxSafeNat(),
        route: fc.record(
          { local: type, remote: type, protocol: fc.constantFrom("udp", "tcp", "tls") },
          { requiredKeys: ["local", "remote"] },
        ),
        recovered: fc.record({ byItself: count, byRestart: count, byRebuild: count }),
        end: fc.constantFrom("next", "stop", "partner-left", "media-failed", "other"),
      },
      { requiredKeys: ["roomId", "outcome", "ice", "recovered", "end"] },
    );
    const step = fc.record({
      passMs: fc.integer({ min: 0, max: 3 * MINUTE }),
      what: fc.oneof(anyReport, fc.constant("hello" as const), fc.constant("error" as const)),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const statistics = createCallStatistics();
        let now = 0;
        for (const { passMs, what } of steps) {
          now += passMs;
          if (what === "hello") statistics.hello(now);
          else if (what === "error") statistics.sessionError(now);
          else statistics.report(what, now);
        }
        const reports = steps.filter(({ what }) => typeof what === "object").length;
        const totals = statistics.totals();
        expect(totals.reports).toBe(reports);
        for (const figures of [totals, statistics.window(now), statistics.window(now, 5)]) {
          const { connected, failed: lost, abandoned, byIce, routes, firstMedia } = figures;
          expect(connected + lost + abandoned).toBe(figures.reports);
          const modes = [byIce.none, byIce["stun-only"], byIce.turn];
          expect(modes.reduce((sum, mode) => sum + mode.connected, 0)).toBe(connected);
          const known = Object.values(routes).reduce((sum, amount) => sum + amount, 0);
          expect(known).toBeLessThanOrEqual(connected);
          expect(Object.values(figures.candidates.local).reduce((sum, one) => sum + one, 0)).toBe(known);
          expect(firstMedia.count).toBeLessThanOrEqual(connected);
          expect(firstMedia.p50Ms ?? 0).toBeLessThanOrEqual(firstMedia.p95Ms ?? 0);
          expect(figures.reports).toBeLessThanOrEqual(totals.reports);
          const shares = [
            figures.successRate,
            ...modes.map(({ successRate }) => successRate),
            figures.relayedShare,
            figures.dropOff.share,
            figures.sessionErrors.perHello,
          ];
          for (const share of shares) {
            expect(share ?? 0).toBeGreaterThanOrEqual(0);
            expect(share ?? 1).toBeLessThanOrEqual(1);
          }
        }
        // As long as what is shown: the size does not grow with what is counted.
        expect(JSON.stringify(totals).length).toBeLessThan(2_000);
      }),
    );
  });
});

describe("alerts", () => {
  const codes = (
    fill: (statistics: ReturnType<typeof createCallStatistics>) => void,
    turn: readonly TurnState[] = [],
    fillUnjudged: typeof fill = () => {},
  ) => {
    const [statistics, leftOut] = [createCallStatistics(), createCallStatistics()];
    fill(statistics);
    fillUnjudged(leftOut);
    const now = (WINDOW_MINUTES - 1) * MINUTE;
    const unjudged = leftOut.window(now);
    const moment = { figures: statistics.window(now), recent: statistics.window(now, 5), unjudged, turn };
    return alertsOf(moment).map(({ code }) => code);
  };
  const NOW = (WINDOW_MINUTES - 1) * MINUTE;

  test("[C63] nothing is wrong while nothing happens, nor while things go well", () => {
    expect(codes(() => {})).toEqual([]);
    expect(codes((statistics) => times(50, () => statistics.report(report(), NOW)))).toEqual([]);
  });

  test.each([
    [16, 4, []],
    [15, 5, ["success-low"]],
    [14, 5, []],
  ])("[C63] %i connected and %i failed calls raise %j", (well, badly, expected) => {
    const raised = codes((statistics) => {
      times(well, () => statistics.report(report({ ice: "stun-only" }), NOW));
      times(badly, () => statistics.report(failed({ ice: "stun-only" }), NOW));
    });
    expect(raised).toEqual(expected);
  });

  test.each([
    [0, 19, []],
    [0, 20, ["calls-unjudged"]],
    [19, 20, ["calls-unjudged"]],
    [20, 500, []],
  ])("[H3] [C63] %i calls that are judged and %i that cannot be raise %j", (judged, leftOut, expected) => {
    const calls = (count: number) => (statistics: ReturnType<typeof createCallStatistics>) =>
      times(count, () => statistics.report(report(), NOW));
    expect(codes(calls(judged), [], calls(leftOut))).toEqual(expected);
  });

  test("[C63] a mean of more than 15 s to the first media is too slow", () => {
    const slow = (firstMediaMs: number) =>
      codes((statistics) => times(20, () => statistics.report(report({ firstMediaMs }), NOW)));
    expect(slow(15_000)).toEqual([]);
    expect(slow(15_001)).toEqual(["first-media-slow"]);
  });

  test("[C61] [C63] more than 1 % session errors are too many, also when nobody new arrives", () => {
    const errors = (hellos: number, count: number) =>
      codes((statistics) => {
        times(hellos, () => statistics.hello(NOW));
        times(count, () => statistics.sessionError(NOW));
      });
    expect(errors(200, 2)).toEqual([]);
    expect(errors(200, 3)).toEqual(["session-errors"]);
    expect(errors(0, 30)).toEqual(["session-errors"]);
    expect(errors(3, 1)).toEqual([]);
  });

  test("[C63] TURN fails when the server's own check says so, or when nothing is relayed and more and more fails", () => {
    expect(codes(() => {}, ["up", "down"])).toEqual(["turn-failing"]);
    expect(codes(() => {}, ["up", "half-up", undefined])).toEqual([]);
    const rising = (change: Partial<CallReport>) =>
      codes((statistics) => {
        times(30, () => statistics.report(report(change), NOW));
        times(2, () => statistics.report(failed(), 0));
        times(5, () => statistics.report(failed(), NOW));
      });
    expect(rising({})).toEqual(["turn-failing"]);
    expect(rising({ route: { local: "relay", remote: "host", protocol: "udp" } })).toEqual([]);
    const falling = codes((statistics) => {
      times(60, () => statistics.report(report(), NOW));
      times(5, () => statistics.report(failed(), 0));
      times(5, () => statistics.report(failed(), NOW));
    });
    expect(falling).toEqual([]);
  });

  test("[K26] a TURN server without room for more relays does not fail: that is an alert of its own", () => {
    expect(codes(() => {}, ["up", "full"])).toEqual(["turn-full"]);
    expect(codes(() => {}, ["down", "full"])).toEqual(["turn-failing", "turn-full"]);
  });
});
