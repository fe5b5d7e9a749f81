import { expect, test } from "vitest";
import { createPacer } from "../../src/compare/load/pacer.ts";

/** A loop whose turns take as long as it is told. */
function playedLoop() {
  let at = 0;
  const waiting: (() => void)[] = [];
  return {
    now: () => at,
    soon: (run: () => void) => void waiting.push(run),
    /** Runs what waits, `ms` later. */
    turn(ms: number) {
      at += ms;
      for (const run of waiting.splice(0)) run();
    },
  };
}

test("an event is due by its number, however late those before it were", async () => {
  const loop = playedLoop();
  const fired: { n: number; dueAt: number; at: number }[] = [];
  const done = createPacer(loop).run({
    perSecond: 100,
    count: 4,
    fire: (n, dueAt) => void fired.push({ n, dueAt, at: loop.now() }),
  });
  loop.turn(5);
  loop.turn(25);
  loop.turn(10);
  expect([...(await done)]).toEqual([0, 15, 5, 5]);
  expect(fired).toEqual([
    { n: 0, dueAt: 5, at: 5 },
    { n: 1, dueAt: 15, at: 30 },
    { n: 2, dueAt: 25, at: 30 },
    { n: 3, dueAt: 35, at: 40 },
  ]);
});

test("who is late sends no more than a batch before the sockets are looked at", () => {
  const loop = playedLoop();
  let fired = 0;
  void createPacer(loop).run({
    perSecond: 1_000,
    count: 40,
    fire() {
      fired += 1;
    },
  });
  loop.turn(1_000);
  expect(fired).toBe(16);
  loop.turn(0);
  expect(fired).toBe(32);
});

test("turns in which something was sent or read, or that took long, are not idle", () => {
  const loop = playedLoop();
  const pacer = createPacer(loop);
  const busy = pacer.watchBusy();
  loop.turn(0.01);
  pacer.touch();
  loop.turn(0.01);
  loop.turn(0.06);
  loop.turn(0.02 - 1e-9);
  expect(busy()).toBeCloseTo(0.7, 5);
});

test("waiting ends when it is so, and at its limit", async () => {
  const loop = playedLoop();
  const pacer = createPacer(loop);
  let isSo = false;
  const soon = pacer.until(() => isSo, 100);
  const never = pacer.until(() => false, 100);
  loop.turn(50);
  isSo = true;
  loop.turn(1);
  loop.turn(100);
  expect(await Promise.all([soon, never])).toEqual([true, false]);
});
