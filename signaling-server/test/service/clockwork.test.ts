import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import { createClockwork } from "../../src/service/clockwork.ts";
import { settle } from "./lobby-bench.ts";

function setUp() {
  const clock = manualClock();
  const ticks: number[] = [];
  const faults: unknown[] = [];
  let asked = 0;
  let answers: Promise<number | undefined>[] = [];
  const begunAt = clock.now();
  const clockwork = createClockwork({
    clock,
    nextDeadline() {
      asked += 1;
      return answers.shift() ?? Promise.resolve(undefined);
    },
    async tick() {
      ticks.push(clock.now() - begunAt);
    },
    onFailure: (fault) => faults.push(fault),
  });
  return {
    clock,
    clockwork,
    ticks,
    faults,
    asked: () => asked,
    /** What the store will answer, one question after the other. */
    answer: (...next: Promise<number | undefined>[]) => {
      answers = next;
    },
    /** An outcome after which something is due in so long. */
    tellDue: (inMs: number) => clockwork.rearm({ dueAt: clock.now() + inMs }),
  };
}

test("a deadline that an outcome names is not asked for, and comes in time", async () => {
  const { clock, ticks, asked, tellDue } = setUp();
  tellDue(1_000);
  clock.advance(999);
  expect(ticks).toEqual([]);
  clock.advance(1);
  expect(ticks).toEqual([1_000]);
  await settle();
  expect(asked()).toBe(0);
});

test("a deadline that moves on leaves the timer as it is, and nothing is executed before its time", () => {
  const { clock, ticks, tellDue } = setUp();
  tellDue(1_000);
  for (let n = 0; n < 9; n += 1) {
    clock.advance(100);
    tellDue(1_000);
    expect(clock.pending()).toBe(1);
  }
  clock.advance(999);
  expect(ticks).toEqual([]);
  clock.advance(1);
  expect(ticks).toEqual([1_900]);
});

test("an earlier deadline moves the timer, and without any it stops", () => {
  const { clock, ticks, tellDue } = setUp();
  tellDue(1_000);
  tellDue(300);
  clock.advance(300);
  expect(ticks).toEqual([300]);
  tellDue(500);
  tellDue(Number.POSITIVE_INFINITY);
  expect(clock.pending()).toBe(0);
  clock.advance(10_000);
  expect(ticks).toEqual([300]);
});

test("what an outcome names while an older answer is under way is asked for again", async () => {
  const { clock, clockwork, ticks, answer, asked } = setUp();
  let resolve = (_at: number): void => undefined;
  const late = new Promise<number>((done) => {
    resolve = done;
  });
  answer(late, Promise.resolve(clock.now() + 200));
  clockwork.rearm();
  clockwork.rearm({ dueAt: clock.now() + 200 });
  resolve(clock.now() + 5_000);
  await settle();
  expect(asked()).toBe(2);
  clock.advance(200);
  expect(ticks).toEqual([200]);
});

test("a store that cannot be asked is asked again after a pause, but not after the end", async () => {
  const { clock, clockwork, faults, answer, ticks } = setUp();
  answer(Promise.reject(new Error("away")), Promise.resolve(clock.now() + 600));
  clockwork.rearm();
  await settle();
  expect(faults).toHaveLength(1);
  clock.advance(500);
  await settle();
  clock.advance(100);
  expect(ticks).toEqual([600]);
  clockwork.stop();
  clockwork.rearm({ dueAt: clock.now() + 1 });
  expect(clock.pending()).toBe(0);
});
