import { describe, expect, it } from "vitest";
import {
  deadlineOf,
  HEALTH_RULES,
  type HealthEffect,
  type HealthEvent,
  type HealthState,
  reduceHealth,
} from "../../src/check/health.machine.ts";
import type { HealthReport, IceReading } from "../../src/words/chat-health.ts";

/** A check that a test walks through. */
function check() {
  let state: HealthState | undefined;
  let now = 1_000;
  let report: HealthReport | undefined;
  const effects: HealthEffect[] = [];
  const send = (event: HealthEvent): readonly HealthEffect[] => {
    const step = reduceHealth(state, event, now);
    state = step.state;
    effects.push(...step.effects);
    for (const effect of step.effects) if (effect.type === "report") report = effect.report;
    return step.effects.filter(({ type }) => type !== "report");
  };
  return {
    send,
    begin: (found?: HealthReport) => send({ type: "begin", found }),
    effects,
    report: () => report,
    until: () => deadlineOf(state),
    tick: () => {
      now = deadlineOf(state) ?? now;
      return send({ type: "tick" });
    },
    said: () => effects.filter(({ type }) => type === "say"),
  };
}

const reading = (url: string, outcome: IceReading["outcome"]): IceReading => ({ url, outcome });
const gathered = (attempt: number, readings: readonly IceReading[], busy = false): HealthEvent => ({
  type: "gathered",
  attempt,
  readings,
  busy,
  limited: false,
});
const limited = (attempt: number, readings: readonly IceReading[]): HealthEvent => ({
  type: "gathered",
  attempt,
  readings,
  busy: false,
  limited: true,
});
const STUN = "stun:s:3478";
const TURN = "turn:t:3478";
const OK = { state: "ok", why: undefined };

describe("the health check", () => {
  it("[C54] all works: a report of one attempt, and a line that says so", () => {
    const { send, begin, report, said, until } = check();
    begin();
    expect(send({ type: "online" })).toEqual([
      { type: "gather", attempt: 1, limitMs: HEALTH_RULES.gatherMs[0], answered: [] },
    ]);
    send({ type: "media", works: true });
    expect(send(gathered(1, [reading(STUN, "answered"), reading(TURN, "answered")]))).toEqual([
      { type: "judge", broken: [], open: [] },
      { type: "say", ready: true, attempt: 1 },
    ]);
    expect(report()).toEqual({ at: 1_000, attempts: 1, signaling: OK, media: OK, stun: OK, turn: OK });
    expect(until()).toBeUndefined();
    expect(said()).toHaveLength(1);
  });

  it("[C54] what is not configured has not failed", () => {
    const { send, begin, report, said } = check();
    begin();
    send({ type: "media", works: true });
    send({ type: "online" });
    send(gathered(1, []));
    expect(report()).toMatchObject({ stun: { state: "not-configured" }, turn: { state: "not-configured" } });
    expect(said()).toEqual([{ type: "say", ready: true, attempt: 1 }]);
  });

  it("[K25] a check that the service does not allow now has not looked: no verdict, no fault, no second try", () => {
    const { send, begin, report, said } = check();
    begin();
    send({ type: "media", works: true });
    send({ type: "online" });
    expect(send(limited(1, [reading(STUN, "answered")]))).toEqual([{ type: "say", ready: true, attempt: 1 }]);
    expect(report()).toMatchObject({ stun: OK, turn: { state: "unknown", why: "checks-limited" } });
    expect(said()).toHaveLength(1);
  });

  it("[K25] what the first look has found stays found when the second one is not allowed", () => {
    const { send, begin, report, tick } = check();
    begin();
    send({ type: "media", works: true });
    send({ type: "online" });
    expect(send(gathered(1, [reading(STUN, "answered"), reading(TURN, "unreachable")]))).toMatchObject([
      { type: "judge", broken: [{ url: TURN }] },
      { type: "clean-up", service: "TURN" },
    ]);
    tick();
    expect(send(limited(2, []))).toEqual([{ type: "say", ready: false, attempt: 2 }]);
    expect(report()?.turn).toEqual({ state: "failed", why: "turn-unreachable" });
  });

  it("[K27] a TURN server without a relay to give was reached: nothing is left out, and nothing is looked at again", () => {
    const { send, begin, report } = check();
    begin();
    send({ type: "media", works: true });
    send({ type: "online" });
    expect(send(gathered(1, [reading(STUN, "answered"), reading(TURN, "full")]))).toEqual([
      { type: "judge", broken: [], open: [] },
      { type: "say", ready: true, attempt: 1 },
    ]);
    expect(report()?.turn).toEqual({ state: "unknown", why: "turn-busy" });
  });

  it("[C54] waits for nobody's answer about the camera, and says the last word when it is there", () => {
    const { send, begin, report, said } = check();
    begin();
    send({ type: "online" });
    send(gathered(1, []));
    expect(report()?.media).toEqual({ state: "unknown", why: "no-answer" });
    expect(said()).toEqual([]);
    send({ type: "media", works: false });
    expect(report()?.media).toEqual({ state: "failed", why: "media-unavailable" });
    expect(said()).toEqual([{ type: "say", ready: false, attempt: 1 }]);
  });

  it("[C54] [C83] a broken service is cleaned up and looked at once more, and only what has not answered", () => {
    const { send, begin, tick, report, said } = check();
    begin();
    send({ type: "media", works: true });
    send({ type: "online" });
    const first = send(gathered(1, [reading(STUN, "answered"), reading(TURN, "unreachable")]));
    expect(first.slice(1)).toEqual([{ type: "clean-up", service: "TURN" }]);
    expect(report()).toBeUndefined();
    expect(tick()).toEqual([
      { type: "gather", attempt: 2, limitMs: HEALTH_RULES.gatherMs[1], answered: [STUN] },
    ]);
    send(gathered(2, [reading(TURN, "answered")]));
    expect(report()).toMatchObject({ attempts: 2, turn: OK });
    expect(said()).toEqual([{ type: "say", ready: true, attempt: 2 }]);
  });

  it("[C54] a TURN server that refuses or cannot be reached is left out; after two attempts that is the verdict", () => {
    const { send, begin, tick, report, said } = check();
    begin();
    send({ type: "media", works: true });
    send({ type: "online" });
    const [judged] = send(gathered(1, [reading(TURN, "unauthorized")]));
    expect(judged).toMatchObject({ type: "judge", broken: [{ code: "turn-unauthorized", url: TURN }] });
    tick();
    send(gathered(2, [reading(TURN, "unauthorized")]));
    expect(report()?.turn).toEqual({ state: "failed", why: "turn-unauthorized" });
    expect(said()).toEqual([{ type: "say", ready: false, attempt: 2 }]);
  });

  it("[C54] does not cry wolf: silence counts only in the second attempt of a machine that had time", () => {
    const silent = [reading(TURN, "silent")];
    for (const busy of [true, false]) {
      const { send, begin, tick, report, effects } = check();
      begin();
      send({ type: "online" });
      expect(send(gathered(1, silent))[0]).toEqual({ type: "judge", broken: [], open: [TURN] });
      tick();
      send(gathered(2, silent, busy));
      expect(report()?.turn).toEqual(
        busy ? { state: "unknown", why: "no-answer" } : { state: "failed", why: "turn-unreachable" },
      );
      expect(effects.filter(({ type }) => type === "judge").at(-1)).toMatchObject({
        broken: busy ? [] : [{ code: "turn-unreachable" }],
      });
    }
  });

  it("[C54] a kind of which one server works is fine", () => {
    const { send, begin, report } = check();
    begin();
    send({ type: "online" });
    send(gathered(1, [reading(TURN, "silent"), reading("turns:t:443", "answered")]));
    expect(report()).toMatchObject({ attempts: 1, turn: OK });
  });

  it.each(["signaling-unreachable", "signaling-not-ready", "socket-blocked"] as const)(
    "[C54] [C83] no welcome: asks over HTTP why (%s), cleans up, and tries once more",
    (why) => {
      const { send, begin, tick, report } = check();
      begin();
      expect(tick()).toEqual([{ type: "ask-readiness" }]);
      expect(send({ type: "readiness", why })).toMatchObject([{ type: "gather", attempt: 1 }]);
      expect(send(gathered(1, []))).toContainEqual({ type: "clean-up", service: "signaling" });
      expect(tick()).toEqual([]);
      expect(tick()).toEqual([{ type: "ask-readiness" }]);
      expect(tick()).toMatchObject([{ type: "gather", attempt: 2 }]);
      send(gathered(2, []));
      expect(report()).toMatchObject({ attempts: 2, signaling: { state: "failed" } });
      // The service comes back later: the report says so.
      send({ type: "online" });
      expect(report()?.signaling).toEqual(OK);
    },
  );

  it("[W19] [C54] a service that answers over HTTP may still be met: it is not blocked before both ways have failed", () => {
    const { send, begin, tick, report } = check();
    begin();
    tick();
    expect(send({ type: "ways-failed" })).toEqual([]);
    expect(send({ type: "answers" })).toEqual([]);
    expect(report()).toBeUndefined();
    expect(send({ type: "ways-failed" })).toMatchObject([{ type: "gather", attempt: 1 }]);
    send(gathered(1, []));
    tick();
    tick();
    send({ type: "answers" });
    send({ type: "online" });
    send(gathered(2, []));
    expect(report()?.signaling).toEqual(OK);
  });

  it("[W19] [C54] what is not tried to its end is not clear", () => {
    const { send, begin, tick, report } = check();
    begin();
    for (const attempt of [1, 2]) {
      tick();
      send({ type: "answers" });
      expect(tick()).toMatchObject([{ type: "gather", attempt }]);
      send(gathered(attempt, []));
      tick();
    }
    expect(report()?.signaling).toEqual({ state: "unknown", why: "no-answer" });
  });

  it("[C54] a welcome that comes while HTTP is asked counts", () => {
    const { send, begin, tick, report } = check();
    begin();
    tick();
    send({ type: "online" });
    expect(send({ type: "readiness", why: "socket-blocked" })).toEqual([]);
    send(gathered(1, []));
    expect(report()?.signaling).toEqual(OK);
  });

  it("stops at Stop, whatever still comes, and a good report is not asked for again at once", () => {
    const { send, begin, until, effects, report } = check();
    begin();
    send({ type: "end" });
    expect(until()).toBeUndefined();
    expect(send({ type: "online" })).toEqual([]);
    begin();
    send({ type: "media", works: true });
    send({ type: "online" });
    send({ type: "end" });
    expect(send(gathered(1, [reading(TURN, "unauthorized")]))).toEqual([]);
    begin();
    send({ type: "media", works: true });
    send({ type: "online" });
    send(gathered(1, [reading(STUN, "answered")]));
    send({ type: "end" });
    const gathers = () => effects.filter(({ type }) => type === "gather").length;
    const before = gathers();
    begin(report());
    send({ type: "online" });
    send({ type: "media", works: true });
    expect(gathers()).toBe(before);
    send({ type: "end" });
    // It counts no more.
    begin(undefined);
    expect(send({ type: "online" })).toHaveLength(1);
  });

  it("[K23] in another network a check that is over is forgotten, and one that runs begins anew", () => {
    const { send, begin, effects, report } = check();
    begin();
    send({ type: "media", works: true });
    send({ type: "online" });
    expect(send({ type: "forget" })).toEqual([
      { type: "gather", attempt: 1, limitMs: HEALTH_RULES.gatherMs[0], answered: [] },
    ]);
    send(gathered(1, [reading(TURN, "answered")]));
    expect(report()?.turn).toEqual(OK);
    const before = effects.length;
    send({ type: "forget" });
    send({ type: "online" });
    send({ type: "end" });
    expect(effects).toHaveLength(before);
  });

  it("[K23] that the service was out of reach is nobody's concern after the chat", () => {
    const { send, begin, tick, report } = check();
    begin();
    for (let round = 0; round < 6; round += 1) {
      tick();
      send(gathered(1, []));
      send(gathered(2, []));
    }
    expect(report()?.signaling.state).toBe("failed");
    send({ type: "end" });
    expect(report()?.signaling).toEqual({ state: "unknown", why: "no-answer" });
  });
});
