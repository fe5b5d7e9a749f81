import { manualClock } from "@serendip/time/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { AS_IT_STANDS, SCOPES, scaled } from "../../../src/domain/limits/quota.ts";
import { EVENT_LIMITS, type EventClass } from "../../../src/domain/limits/table.ts";
import { memoryEventMeter } from "../../../src/service/limits/memory-event-meter.ts";

const CLASSES = Object.keys(EVENT_LIMITS).filter((name): name is EventClass => name !== "strikes");
const ann = { person: "ann", device: "laptop", network: "school" };

function meter(options = {}) {
  const clock = manualClock();
  return { clock, meter: memoryEventMeter(clock, EVENT_LIMITS, options) };
}

test("[B1] [C72] of each class a person may send as much as the table says at once, and again in its time", () => {
  for (const name of CLASSES) {
    const { clock, meter: counts } = meter();
    const { most, withinMs } = EVENT_LIMITS[name].person;
    const taken = (times: number) =>
      Array.from({ length: times }, () => counts.take(ann, name)).filter(({ ok }) => ok).length;
    expect(taken(most + 5), name).toBe(most);
    clock.advance(withinMs);
    expect(taken(most + 5), name).toBe(most);
  }
});

test("[B1] what is refused to one person, device or network is refused to nobody else", () => {
  const { meter: counts } = meter();
  for (let n = 0; n < EVENT_LIMITS.find.person.most; n += 1) counts.take(ann, "find");
  expect(counts.take(ann, "find").ok).toBe(false);
  expect(counts.take(ann, "status").ok).toBe(true);
  expect(counts.take({ ...ann, person: "ben" }, "find").ok).toBe(true);
});

test.each(SCOPES)("[B1] a %s is counted whatever else of those who ask is new each time", (scope) => {
  const { meter: counts } = meter();
  const { most } = EVENT_LIMITS.find[scope];
  const someone = (n: number) => ({ person: `p${n}`, device: `d${n}`, network: `n${n}`, [scope]: "the one" });
  for (let n = 0; n < most; n += 1) expect(counts.take(someone(n), "find").ok).toBe(true);
  expect(counts.take(someone(most), "find").ok).toBe(false);
});

test("[B1] where device and network are not known, nothing counts for them", () => {
  const { meter: counts } = meter();
  for (let n = 0; n < 2 * EVENT_LIMITS.find.network.most; n += 1)
    expect(counts.take({ person: `p${n}`, device: undefined, network: undefined }, "find").ok).toBe(true);
});

test("[B2] [C73] whoever waits as long as was said passes, and a millisecond less is not enough", () => {
  const small = scaled(EVENT_LIMITS, { ...AS_IT_STANDS, all: 0.1 });
  const step = fc.record({
    name: fc.constantFrom(...CLASSES),
    keys: fc.constantFrom(
      ann,
      { ...ann, person: "ben" },
      { person: "cy", device: undefined, network: "school" },
    ),
    pauseMs: fc.integer({ min: 0, max: 400 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: "max" }), (steps) => {
      const clock = manualClock();
      const counts = memoryEventMeter(clock, small);
      for (const { name, keys, pauseMs } of steps) {
        clock.advance(pauseMs);
        const verdict = counts.take(keys, name);
        if (verdict.ok) continue;
        clock.advance(verdict.retryAfterMs - 1);
        expect(counts.take(keys, name).ok).toBe(false);
        clock.advance(1);
        expect(counts.take(keys, name).ok).toBe(true);
      }
    }),
  );
});

test("[B1] a refused event is counted nowhere", () => {
  const { meter: counts } = meter();
  const { person, device } = EVENT_LIMITS.find;
  for (let n = 0; n < 10 * device.most; n += 1) counts.take(ann, "find");
  const ben = { ...ann, person: "ben" };
  for (let n = 0; n < person.most; n += 1) expect(counts.take(ben, "find").ok).toBe(true);
});

test("[B4] who goes on although refused is not heard for a while, nor is anybody else of the same device", () => {
  const { clock, meter: counts } = meter();
  const { most } = EVENT_LIMITS.strikes.person;
  for (let n = 0; n < most; n += 1) expect(counts.strike(ann, 1)).toBeUndefined();
  expect(counts.pauseMs(ann)).toBe(0);
  const pauseMs = counts.strike(ann, 1) ?? 0;
  expect(pauseMs).toBeGreaterThan(0);
  expect(counts.pauseMs({ ...ann, person: "somebody new" })).toBe(pauseMs);
  expect(counts.pauseMs({ ...ann, device: "another" })).toBe(pauseMs);
  expect(counts.pauseMs({ person: "ben", device: "another", network: ann.network })).toBe(0);
  clock.advance(pauseMs - 1);
  expect(counts.pauseMs(ann)).toBe(1);
  clock.advance(1);
  expect(counts.pauseMs(ann)).toBe(0);
});

test("[B4] however many of a network go on although refused, nobody else of it is sent away", () => {
  const { meter: counts } = meter();
  const strikes = EVENT_LIMITS.strikes.person.most;
  for (let bot = 0; bot < 400; bot += 1) {
    const keys = { person: `bot ${bot}`, device: `device ${bot}`, network: ann.network };
    for (let n = 0; n < strikes; n += 1) counts.strike(keys, 1);
  }
  for (let n = 0; n < strikes; n += 1) expect(counts.strike(ann, 1)).toBeUndefined();
});

test("[B8] of however many people it hears, the meter remembers a bounded number, and those the longest who have used up the most", () => {
  const most = 100;
  const { clock, meter: counts } = meter({ most });
  const alone = (person: string) => ({ person, device: person, network: person });
  while (counts.take(alone("greedy"), "find").ok);
  for (let n = 0; n < 50 * most; n += 1) {
    counts.take(alone(`passer-by ${n}`), "status");
    if (n % most === 0) clock.advance(1);
    expect(counts.size()).toBeLessThanOrEqual(3 * most);
  }
  expect(counts.take(alone("greedy"), "find").ok).toBe(false);
});

test("[B8] nobody is remembered when all times are over", () => {
  const { clock, meter: counts } = meter();
  for (const name of CLASSES) counts.take(ann, name);
  expect(counts.size()).toBe(3);
  clock.advance(110_000);
  counts.take({ person: "ben", device: "phone", network: "home" }, "status");
  expect(counts.size()).toBe(3);
});
