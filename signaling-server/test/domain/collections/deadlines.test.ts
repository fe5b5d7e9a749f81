import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDeadlines } from "../../../src/domain/collections/deadlines.ts";

describe("deadlines", () => {
  it("come out by time, then by rank, and never when cancelled, in whatever order they were armed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.nat(20), rank: fc.nat(5), cancelled: fc.boolean() })),
        (wishes) => {
          const deadlines = createDeadlines<number>();
          const armed = wishes.map(({ at, rank }, n) => deadlines.arm(at, n, rank));
          for (const [n, { cancelled }] of wishes.entries()) if (cancelled) deadlines.cancel(armed[n]);
          const expected = wishes
            .filter(({ cancelled }) => !cancelled)
            .map(({ at, rank }) => at * 100 + rank)
            .sort((a, b) => a - b);
          const taken: number[] = [];
          for (let next = deadlines.takeDue(20); next; next = deadlines.takeDue(20))
            taken.push(next.at * 100 + (wishes[next.due]?.rank ?? -1));
          expect(taken).toEqual(expected);
          expect(deadlines.next()).toBeUndefined();
        },
      ),
    );
  });

  it("stay until their time, and tell when that is", () => {
    const deadlines = createDeadlines<string>();
    deadlines.arm(20, "later");
    const first = deadlines.arm(10, "first");
    expect(deadlines.next()).toBe(10);
    expect(deadlines.takeDue(9)).toBeUndefined();
    expect(deadlines.takeDue(10)).toBe(first);
    deadlines.cancel(first);
    deadlines.cancel(undefined);
    expect(deadlines.next()).toBe(20);
  });

  it("are cancelled only by the collection that armed them", () => {
    const [one, other] = [createDeadlines<string>(), createDeadlines<string>()];
    const mine = one.arm(10, "mine");
    other.arm(20, "first");
    other.arm(30, "second");
    other.cancel(mine);
    expect([other.takeDue(30)?.due, other.takeDue(30)?.due]).toEqual(["first", "second"]);
    one.cancel(mine);
    expect(one.next()).toBeUndefined();
  });

  it("of one instant come out as they were armed", () => {
    const deadlines = createDeadlines<number>();
    for (let n = 0; n < 10; n += 1) deadlines.arm(5, n);
    const order = Array.from({ length: 10 }, () => deadlines.takeDue(5)?.due);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
