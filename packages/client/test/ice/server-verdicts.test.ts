import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  aged,
  deadlineOf,
  NO_VERDICTS,
  reduceVerdicts,
  VERDICT_TRUST_MS,
  type VerdictState,
} from "../../src/ice/server-verdicts.machine.ts";
import { type EngineBench, engineBench } from "../../src/testing/index.ts";
import type { HealthItem, HealthReport } from "../../src/words/chat-health.ts";

const STUN = { urls: ["stun:stun.test:3478"] };
const TURN = { urls: ["turn:turn.test:3478"], username: "own", credential: "secret" };

/** A page whose person was told that nothing gets through, and who has stopped since. */
async function toldOfFailure(): Promise<EngineBench> {
  const bench = engineBench({ iceServers: [TURN] });
  bench.readiness.relayState = "ok";
  bench.server.iceServers = [STUN];
  bench.server.grant = { iceServers: [STUN, TURN] };
  bench.gatherer.outcomes = () => "unreachable";
  bench.chat.subscribe(() => {});
  bench.chat.start();
  await bench.pass(10_000);
  expect(now(bench)).toMatchObject({
    health: { stun: { state: "failed" }, turn: { state: "failed" } },
    ice: { relay: "failed", mode: "stun-only" },
  });
  return bench;
}

const now = (bench: EngineBench) => {
  const { health, ice, status } = bench.chat.getSnapshot();
  return { health, ice, phase: status.phase };
};

describe("what was found out about servers", () => {
  it.each([true, false])(
    "[K23] counts for five minutes, then nothing of it is left on the page; after Stop: %s",
    async (stopped) => {
      const bench = await toldOfFailure();
      if (stopped) bench.chat.stop();
      await bench.settle();
      expect(now(bench)).toMatchObject({ health: { turn: { state: "failed" } }, ice: { relay: "failed" } });
      let told = 0;
      bench.chat.subscribe(() => {
        told += 1;
      });
      await bench.pass(VERDICT_TRUST_MS - 11_000);
      expect(now(bench).ice.relay).toBe("failed");
      const before = told;
      await bench.pass(11_000);
      expect(now(bench)).toMatchObject({ health: undefined, ice: { relay: "ok", mode: "turn", faults: [] } });
      // Nobody has to look again, or to search, to see it.
      expect(told).toBeGreaterThan(before);
      if (stopped) expect(bench.held().timers).toBe(0);
      bench.chat.dispose();
      expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
    },
  );

  it.each([true, false])("[K23] is forgotten in another network; after Stop: %s", async (stopped) => {
    const bench = await toldOfFailure();
    if (stopped) bench.chat.stop();
    bench.hints.changeNetwork();
    expect(now(bench)).toMatchObject({ health: undefined, ice: { relay: "ok", mode: "turn", faults: [] } });
    // The connection is lost with the network and comes again: what was found before does not come with it.
    bench.server.drop();
    await bench.pass(5_000);
    expect(now(bench)).toMatchObject({ health: undefined, ice: { relay: "ok" } });
    bench.chat.dispose();
    expect(bench.held().timers).toBe(0);
  });

  it("[K23] in the middle of a check the other network gets a check of its own", async () => {
    const bench = engineBench();
    bench.server.iceServers = [STUN];
    bench.server.grant = { iceServers: [STUN, TURN] };
    bench.gatherer.outcomes = () => "never";
    bench.chat.start();
    await bench.pass(1_000);
    bench.gatherer.outcomes = () => "answered";
    bench.hints.changeNetwork();
    await bench.pass(1_000);
    expect(bench.gatherer.running()).toBe(0);
    expect(now(bench).health).toMatchObject({ attempts: 1, stun: { state: "ok" }, turn: { state: "ok" } });
  });

  it("[K14] [K23] a wish that is made while no relay can be reached ends the search, and none later", async () => {
    const bench = await toldOfFailure();
    bench.chat.setRelayOnly(true);
    expect(bench.chat.getSnapshot().status).toMatchObject({
      phase: "failed",
      error: { code: "relay-unavailable" },
    });
    const later = await toldOfFailure();
    later.hints.changeNetwork();
    later.chat.setRelayOnly(true);
    await later.settle();
    expect(now(later).phase).toBe("searching");
  });
});

const anyItem = fc.constantFrom<HealthItem>(
  { state: "ok", why: undefined },
  { state: "failed", why: "turn-unreachable" },
  { state: "unknown", why: "no-answer" },
);
const anyReport = fc.record({ signaling: anyItem, media: anyItem, stun: anyItem, turn: anyItem });
const anyEvent = fc.oneof(
  fc.record({
    type: fc.constant("judged" as const),
    urls: fc.array(fc.constantFrom("turn:a", "turn:b"), { maxLength: 2 }),
    open: fc.array(fc.constantFrom("turn:a", "turn:b"), { maxLength: 2 }),
  }),
  fc.record({ type: fc.constant("reported" as const), items: anyReport }),
  fc.record({ type: fc.constantFrom("forget" as const, "tick" as const) }),
);

describe("the owner of verdicts", () => {
  it("[K23] keeps none past its age, and wakes at that moment for each that says something bad", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: VERDICT_TRUST_MS }), anyEvent), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(steps, (taken) => {
        let state: VerdictState = NO_VERDICTS;
        let at = 1;
        for (const [pauseMs, event] of taken) {
          const until = at + pauseMs;
          // As the clock does it: each deadline on the way.
          for (let due = deadlineOf(state); due !== undefined && due <= until; due = deadlineOf(state)) {
            expect(due).toBeGreaterThan(at);
            at = due;
            state = reduceVerdicts(state, { type: "tick" }, at).state;
          }
          at = until;
          if (event.type === "judged") {
            const broken = event.urls.map(
              (url) => ({ url, code: "turn-unreachable", sentence: "" }) as const,
            );
            const open: readonly string[] = event.open;
            const before = [...state.broken.keys()];
            state = reduceVerdicts(state, { type: "judged", broken, open }, at).state;
            // What is open is as it was, unless it is too old by now.
            const known = new Set([...before.filter((url) => open.includes(url)), ...event.urls]);
            expect([[...known], event.urls].map((urls) => [...new Set(urls)].sort())).toContainEqual(
              [...state.broken.keys()].sort(),
            );
          } else if (event.type === "reported") {
            const report: HealthReport = { at, attempts: 1, ...event.items };
            state = reduceVerdicts(state, { type: "reported", report }, at).state;
          } else state = reduceVerdicts(state, event, at).state;
          const { broken, report, judgedAt } = state;
          if (broken.size > 0) expect(at - judgedAt).toBeLessThan(VERDICT_TRUST_MS);
          if (report) expect(at - report.at).toBeLessThan(VERDICT_TRUST_MS);
          if (event.type === "forget") expect(state).toEqual(NO_VERDICTS);
          const bad =
            broken.size > 0 || [report?.stun, report?.turn].some((item) => item?.state === "failed");
          if (bad) expect(deadlineOf(state)).toBeLessThanOrEqual(at + VERDICT_TRUST_MS);
          expect(aged(state, at)).toBe(state);
        }
      }),
    );
  });
});
