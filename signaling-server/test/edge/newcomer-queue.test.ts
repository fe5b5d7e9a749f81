import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import { createNewcomerQueue } from "../../src/edge/newcomer-queue.ts";

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** Adds work that takes so long each; `done` has the numbers of what was done so far. */
function setUp(tookMs: readonly number[]) {
  const clock = manualClock();
  const queue = createNewcomerQueue(clock);
  const done: number[] = [];
  tookMs.forEach((ms, n) => {
    queue.add(() => {
      clock.advance(ms);
      done.push(n);
    });
  });
  return { clock, queue, done };
}

test("[W17] work is done at once while the turn has time for it", () => {
  expect(setUp([0.3, 0.3, 0.3]).done).toEqual([0, 1, 2]);
});

test("[W17] what does not fit into a turn is done in the next ones, in the order in which it came", async () => {
  const { done } = setUp([0.6, 0.6, 0.6, 0.6, 9, 0.1]);
  expect(done).toEqual([0, 1]);
  await nextTurn();
  expect(done).toEqual([0, 1, 2, 3]);
  await nextTurn();
  expect(done).toEqual([0, 1, 2, 3, 4]);
  await nextTurn();
  expect(done).toEqual([0, 1, 2, 3, 4, 5]);
});

test("[W17] who comes later does not get before those that wait", async () => {
  const { clock, queue, done } = setUp([9, 1]);
  await nextTurn();
  clock.advance(9);
  queue.add(() => done.push(7));
  queue.add(() => done.push(8));
  for (let turn = 0; turn < 3; turn += 1) await nextTurn();
  expect(done).toEqual([0, 1, 7, 8]);
});

test("[W17] time that promises of the work take counts, too", async () => {
  const { clock, queue, done } = setUp([9]);
  const later = (n: number) => async () => {
    await Promise.resolve();
    await Promise.resolve();
    clock.advance(5);
    done.push(n);
  };
  queue.add(later(1));
  queue.add(later(2));
  await nextTurn();
  expect(done).toEqual([0, 1]);
  await nextTurn();
  expect(done).toEqual([0, 1, 2]);
});

test("[W17] networks take turns: behind a crowd of one of them another one waits for one piece of work", async () => {
  const clock = manualClock();
  const queue = createNewcomerQueue(clock);
  const done: string[] = [];
  const come = (network: string | undefined, times: number) => {
    for (let n = 0; n < times; n += 1)
      queue.add(() => {
        clock.advance(1);
        done.push(`${network} ${n}`);
      }, network);
  };
  come("crowd", 500);
  come("alone", 2);
  come(undefined, 2);
  for (let turn = 0; turn < 6; turn += 1) await nextTurn();
  expect(done).toEqual(["crowd 0", "crowd 1", "alone 0", "undefined 0", "crowd 2", "alone 1", "undefined 1"]);
  for (let turn = 0; turn < 500; turn += 1) await nextTurn();
  expect(done.slice(7)).toEqual(Array.from({ length: 497 }, (_, n) => `crowd ${n + 3}`));
});
