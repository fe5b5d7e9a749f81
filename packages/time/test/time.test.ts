import { manualClock } from "@serendip/time/testing";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { backoffCeilingMs, backoffMs, deadlineTimer, steadyClock, systemClock } from "../src/index.ts";

describe("backoff", () => {
  const backoff = { firstMs: 1_000, capMs: 10_000 };

  it("doubles where nothing else is said, and stops growing at the cap", () => {
    expect([1, 2, 3, 4, 5, 6, 5_000].map((n) => backoffCeilingMs(backoff, n))).toEqual([
      1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000,
    ]);
  });

  it("[C25] grows by the factor that is given", () => {
    const gently = { firstMs: 500, factor: 1.3, capMs: 5_000 };
    expect([1, 2, 3, 9, 10, 5_000].map((n) => Math.round(backoffCeilingMs(gently, n)))).toEqual([
      500, 650, 845, 4_079, 5_000, 5_000,
    ]);
  });

  it("[C25] never waits longer than the ceiling nor less than half of it", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        (n, random) => {
          const pause = backoffMs(backoff, n, random);
          const ceiling = backoffCeilingMs(backoff, n);
          return pause >= ceiling / 2 && pause <= ceiling;
        },
      ),
    );
  });

  it("refuses an attempt that cannot be", () => {
    expect(() => backoffCeilingMs(backoff, 0)).toThrow(RangeError);
    expect(() => backoffCeilingMs(backoff, 1.5)).toThrow(RangeError);
  });
});

describe("deadlineTimer", () => {
  it("follows the deadline and leaves nothing behind when there is none", () => {
    const clock = manualClock(0);
    const due: number[] = [];
    const timer = deadlineTimer(clock, () => due.push(clock.now()));
    timer.pointAt(100);
    timer.pointAt(50);
    clock.advance(60);
    timer.pointAt(200);
    timer.pointAt(undefined);
    clock.advance(500);
    expect(due).toEqual([50]);
    expect(clock.pending()).toBe(0);
  });

  it("can be pointed at the same instant again after it fired", () => {
    const clock = manualClock(0);
    let fired = 0;
    const timer = deadlineTimer(clock, () => {
      fired += 1;
    });
    timer.pointAt(10);
    clock.advance(10);
    timer.pointAt(10);
    clock.advance(0);
    expect(fired).toBe(2);
  });
});

describe("manualClock", () => {
  it("runs timers in order of their due time, also those set on the way", () => {
    const clock = manualClock(0);
    const order: string[] = [];
    clock.after(30, () => order.push("late"));
    clock.after(10, () => {
      order.push("early");
      clock.after(5, () => order.push("nested"));
    });
    clock.advance(40);
    expect(order).toEqual(["early", "nested", "late"]);
  });
});

describe("steadyClock", () => {
  it("starts at the system's time, counts whole milliseconds, and does not follow when that is set", () => {
    const clock = steadyClock();
    const start = Date.now();
    expect(Math.abs(clock.now() - start)).toBeLessThan(50);
    expect(Number.isInteger(clock.now())).toBe(true);
    const readings: number[] = [];
    for (const jumpMs of [3_600_000, -3_600_000]) {
      const set = vi.spyOn(Date, "now").mockReturnValue(start + jumpMs);
      expect(systemClock().now()).toBe(start + jumpMs);
      readings.push(clock.now() - start);
      set.mockRestore();
    }
    for (const reading of readings) expect(Math.abs(reading)).toBeLessThan(1_000);
  });

  it("reads the same as another one that was made after the system's time had been set", () => {
    const first = steadyClock();
    const set = vi.spyOn(Date, "now").mockReturnValue(Date.now() - 3_600_000);
    const second = steadyClock();
    set.mockRestore();
    expect(Math.abs(first.now() - second.now())).toBeLessThan(1_000);
  });
});
