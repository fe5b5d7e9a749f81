import { manualClock } from "@serendip/time/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { AS_IT_STANDS } from "../../../src/domain/limits/quota.ts";
import {
  DEFAULT_DOOR_RULES,
  DOOR_POINTS,
  type DoorRules,
  scaledDoorRules,
} from "../../../src/domain/network/door.ts";
import { MOST_NETWORKS, memoryDoorMeter } from "../../../src/edge/http/memory-door-meter.ts";
import { countTurnedAway } from "../../../src/edge/http/turned-away.ts";
import { keptLog } from "../../app/page.ts";

const RULES: DoorRules = { points: { burst: 100, perSecond: 10 }, answers: { burst: 5, perSecond: 1 } };

test("[N5] 300 people behind one address who all come back at once have twice the points that they need", () => {
  const { webSocket, polling, token, other, handshake } = DOOR_POINTS;
  // The browser asks before it posts; a polling line is opened, says hello and waits; and `/readyz` twice a second for 10 s.
  // Where this server speaks TLS: a WebSocket, and two connections for all the rest.
  const person = 2 * token + webSocket + 3 * polling + 20 * other + 3 * handshake;
  const meter = memoryDoorMeter(manualClock(), DEFAULT_DOOR_RULES);
  for (let n = 0; n < 300; n += 1) expect(meter.ask("203.0.113.77", person).ok).toBe(true);
  // Nobody looks for ten seconds at once.
  const { burst, perSecond } = DEFAULT_DOOR_RULES.points;
  expect(300 * person * 2).toBeLessThan(burst + 10 * perSecond);
  // And go on so: each of them looks twice a second while its connection is in trouble (SPEC L12).
  expect(300 * 2 * other).toBeLessThan(DEFAULT_DOOR_RULES.points.perSecond);
});

test("[N4] the rules grow and shrink with the limits of networks, and one person who comes back always has enough", () => {
  const half = scaledDoorRules(DEFAULT_DOOR_RULES, { all: 0.5, networks: 2 / 3 });
  expect(half.points.burst).toBeCloseTo(20_000 / 3);
  expect(half.points.perSecond).toBeCloseTo(2_000 / 3);
  expect(half.answers).toEqual({ burst: 200, perSecond: 20 });
  expect(scaledDoorRules(DEFAULT_DOOR_RULES, AS_IT_STANDS)).toEqual(DEFAULT_DOOR_RULES);
  const { webSocket, polling, token, other } = DOOR_POINTS;
  const least = scaledDoorRules(DEFAULT_DOOR_RULES, { all: 0.1, networks: 1 / 300 });
  expect(least.points.burst).toBeGreaterThanOrEqual(2 * token + webSocket + 2 * polling + 20 * other);
  expect(least.answers.burst).toBeGreaterThanOrEqual(1);
});

test("[N4] who waits as long as told, to the millisecond, is let in, and no sooner", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 20, maxLength: 60 }), (costs) => {
      const clock = manualClock();
      const meter = memoryDoorMeter(clock, RULES);
      for (const points of costs) {
        const verdict = meter.ask("a", points);
        if (verdict.ok) continue;
        clock.advance(verdict.retryAfterMs - 2);
        expect(meter.ask("a", points).ok).toBe(false);
        // Within a millisecond, in which the sum of many parts may err.
        clock.advance(3);
        expect(meter.ask("a", points).ok).toBe(true);
      }
    }),
  );
});

test("[N4] what was charged afterwards takes what is left and no more", () => {
  const clock = manualClock();
  const meter = memoryDoorMeter(clock, RULES);
  meter.charge("a", 1_000);
  expect(meter.ask("a", 1)).toMatchObject({ ok: false, retryAfterMs: 100 });
  clock.advance(100);
  expect(meter.ask("a", 1).ok).toBe(true);
});

test("[N9] networks are remembered for as long as it matters, and so many of them: the one that asked longest ago goes first", () => {
  const clock = manualClock();
  const meter = memoryDoorMeter(clock, RULES);
  meter.ask("a", 100);
  for (let n = 1; n < MOST_NETWORKS; n += 1) meter.ask(`network ${n}`, 1);
  expect(meter.size()).toBe(MOST_NETWORKS);
  expect(meter.ask("a", 1).ok).toBe(false);
  meter.ask("one more", 1);
  expect(meter.size()).toBe(MOST_NETWORKS);
  // Still known, because it has just asked.
  expect(meter.ask("a", 1).ok).toBe(false);
  clock.advance(10_000);
  meter.ask("later", 1);
  expect(meter.size()).toBe(1);
});

test("[N9] a network that is turned away is one line when it begins, and one a minute with how often it was", () => {
  const [clock, log] = [manualClock(), keptLog()];
  const away = countTurnedAway({ clock, log });
  for (let n = 0; n < 500; n += 1) away.note("203.0.113.0/24");
  expect(log.lines).toHaveLength(1);
  clock.advance(60_000);
  expect(log.lines.slice(1)).toMatchObject([{ fields: { network: "203.0.113.0/24", count: 499 } }]);
  for (let n = 0; n < 500; n += 1) away.note("203.0.113.0/24");
  clock.advance(60_000);
  expect(log.lines.slice(2)).toMatchObject([{ fields: { count: 500 } }]);
  clock.advance(60_000);
  expect(log.lines).toHaveLength(3);
  expect(clock.pending()).toBe(0);
  away.note("203.0.113.0/24");
  expect(log.lines).toHaveLength(4);
  away.stop();
  expect(clock.pending()).toBe(0);
});

test("[N9] of a million networks that are turned away a thousand are told one by one", () => {
  const [clock, log] = [manualClock(), keptLog()];
  const away = countTurnedAway({ clock, log });
  for (let n = 0; n < 3_000; n += 1) away.note(`${n}`);
  expect(log.lines).toHaveLength(1_001);
  clock.advance(60_000);
  expect(log.lines.slice(1_001)).toMatchObject([{ fields: { network: "several", count: 1_999 } }]);
});
