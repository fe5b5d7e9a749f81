import fc from "fast-check";
import { expect, test } from "vitest";
import { createBudget, type Remainder, refillMs, spend } from "../src/index.ts";

const allowance = fc.record({
  burst: fc.integer({ min: 1, max: 10_000 }),
  // As limits are written: so many within so much time.
  perSecond: fc
    .record({ most: fc.integer({ min: 1, max: 10_000 }), withinMs: fc.integer({ min: 1, max: 300_000 }) })
    .map(({ most, withinMs }) => (most / withinMs) * 1_000),
});
/** A reading of the system's clock, where a number has the fewest places left for fractions. */
const start = fc.integer({ min: 0, max: 4_000_000_000_000 });
const pauses = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 60 });

test("[B2] who waits as long as was said passes, and a millisecond less is not enough", () => {
  fc.assert(
    fc.property(allowance, start, pauses, fc.integer({ min: 1, max: 10_000 }), (rule, from, all, weight) => {
      const amount = Math.min(weight, rule.burst);
      let now = from;
      let before: Remainder | undefined;
      for (const pause of all) {
        now += pause;
        const spent = spend(before, { amount, now, allowance: rule });
        if (!spent.ok) {
          expect(spent.waitMs).toBeGreaterThan(0);
          const after = (ms: number) => spend(spent.remainder, { amount, now: now + ms, allowance: rule }).ok;
          expect(after(spent.waitMs - 1)).toBe(false);
          expect(after(spent.waitMs)).toBe(true);
        }
        before = spent.remainder;
      }
    }),
  );
});

test("an allowance is whole again after its time, whatever was taken", () => {
  fc.assert(
    fc.property(allowance, start, (rule, now) => {
      const all = spend(undefined, { amount: rule.burst, now, allowance: rule });
      expect(all.ok).toBe(true);
      const again = { amount: rule.burst, now: now + refillMs(rule) + 1, allowance: rule };
      expect(spend(all.remainder, again).ok).toBe(true);
    }),
  );
});

test("a budget takes what an allowance has left, and nothing of what is too much, and says as exactly how long to wait", () => {
  const spendings = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 10_000 })),
  );
  fc.assert(
    fc.property(allowance, start, spendings, (rule, from, all) => {
      const budget = createBudget(rule);
      let now = from;
      let before: Remainder | undefined;
      for (const [pause, amount] of all) {
        now += pause;
        const spent = spend(before, { amount, now, allowance: rule });
        expect(budget.waitMs(amount, now)).toBe(spent.ok ? 0 : spent.waitMs);
        expect(budget.spend(amount, now)).toBe(spent.ok);
        before = spent.remainder;
      }
    }),
  );
});

test("a budget is whole from the instant on that it says, and not a moment earlier", () => {
  fc.assert(
    fc.property(allowance, start, fc.integer({ min: 1, max: 10_000 }), (rule, now, weight) => {
      const budget = createBudget(rule);
      expect(budget.wholeAt()).toBeLessThanOrEqual(now);
      budget.spend(Math.min(weight, rule.burst), now);
      const wholeAt = Math.ceil(budget.wholeAt());
      expect(budget.waitMs(rule.burst, wholeAt + 1)).toBe(0);
      if (wholeAt - 1 >= now) expect(budget.waitMs(rule.burst, wholeAt - 2)).toBeGreaterThan(0);
    }),
  );
});
