import { type Remainder, spend } from "@serendip/time";
import { manualClock } from "@serendip/time/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  AS_IT_STANDS,
  allowanceOf,
  type LimitKeys,
  type LimitVerdict,
  SCOPES,
  scaled,
} from "../../../src/domain/limits/quota.ts";
import { EVENT_LIMITS, type EventClass } from "../../../src/domain/limits/table.ts";
import { memoryEventMeter } from "../../../src/service/limits/memory-event-meter.ts";

const CLASSES = Object.keys(EVENT_LIMITS).filter((name): name is EventClass => name !== "strikes");
const ann = { person: "ann", device: "laptop", network: "school" };

/** A meter that is asked over a new connection each time, as who reconnects for each event would. */
function afresh(...parts: Parameters<typeof memoryEventMeter>) {
  const meter = memoryEventMeter(...parts);
  return {
    take: (keys: LimitKeys, name: EventClass) => meter.countsOf(keys).take(name),
    strike: (keys: LimitKeys, weight: number) => meter.countsOf(keys).strike(weight),
    countsOf: meter.countsOf,
    pauseMs: meter.pauseMs,
    size: meter.size,
  };
}

function meter(options = {}) {
  const clock = manualClock();
  return { clock, meter: afresh(clock, EVENT_LIMITS, options) };
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
      const counts = afresh(clock, small);
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

const FEW = scaled(EVENT_LIMITS, { all: 0.02, networks: 0.05 });
const somebody = fc.record({
  person: fc.constantFrom("ann", "ben"),
  device: fc.constantFrom("laptop", "phone", undefined),
  network: fc.constantFrom("school", "home", undefined),
});
/** Somebody over one of a few connections that stay, or over a new one. */
const askings = fc.array(
  fc.record({
    who: fc.nat({ max: 5 }),
    name: fc.constantFrom<EventClass>("find", "signal", "signal", "status"),
    pauseMs: fc.oneof(fc.nat({ max: 900 }), fc.nat({ max: 130_000 })),
    over: fc.constantFrom("kept", "new"),
  }),
  { maxLength: 150, size: "max" },
);

/** The same without a bound, without forgetting, and without connections. */
function plainMeter() {
  const left = new Map<string, Remainder>();
  return (keys: LimitKeys, name: EventClass, now: number): LimitVerdict => {
    const asked = SCOPES.flatMap((scope) => {
      const quota = FEW[name][scope];
      if (!quota || keys[scope] === undefined) return [];
      const account = `${scope} ${keys[scope]} ${name}`;
      return [
        { account, spent: spend(left.get(account), { amount: 1, now, allowance: allowanceOf(quota) }) },
      ];
    });
    const waits = asked.map(({ spent }) => (spent.ok ? 0 : spent.waitMs));
    const retryAfterMs = Math.max(0, ...waits);
    if (retryAfterMs > 0) return { ok: false, retryAfterMs };
    for (const { account, spent } of asked) left.set(account, spent.remainder);
    return { ok: true };
  };
}

test("[B1] [B2] over a new connection or one that is old, also after a long silence, everybody is counted as if nobody was ever forgotten", () => {
  fc.assert(
    fc.property(fc.array(somebody, { minLength: 6, maxLength: 6 }), askings, (people, all) => {
      const clock = manualClock();
      const counts = memoryEventMeter(clock, FEW);
      const plain = plainMeter();
      const kept = people.map((keys) => counts.countsOf(keys));
      for (const { who, name, pauseMs, over } of all) {
        clock.advance(pauseMs);
        const keys = people[who] ?? {};
        const asked = over === "kept" ? kept[who] : counts.countsOf(keys);
        expect(asked?.take(name)).toEqual(plain(keys, name, clock.now()));
      }
    }),
  );
});

test("[B8] a connection whose person was crowded out counts with those that came after it", () => {
  const most = 3;
  const { meter: counts } = meter({ most });
  const alone = (person: string) => ({ person, device: undefined, network: undefined });
  const old = counts.countsOf(alone("ann"));
  expect(old.take("find").ok).toBe(true);
  for (let n = 0; n < most; n += 1) while (counts.take(alone(`greedy ${n}`), "find").ok);
  // Ann was forgotten, with what she had taken; both of her connections find the same new account.
  const late = counts.countsOf(alone("ann"));
  const taken = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? late : old).take("find").ok);
  expect(taken.filter((ok) => ok)).toHaveLength(EVENT_LIMITS.find.person.most);
});
