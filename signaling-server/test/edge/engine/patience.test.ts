import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import { waitForSign } from "../../../src/edge/engine/patience.ts";

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

function setUp() {
  const clock = manualClock();
  let ended = false;
  const cancel = waitForSign({
    clock,
    withinMs: 100,
    onEnd: () => {
      ended = true;
    },
  });
  return { clock, cancel, ended: () => ended };
}

test("[G5] a sign that is read when its time is over, and handed over a turn later, still counts", async () => {
  const { clock, cancel, ended } = setUp();
  clock.advance(100);
  setImmediate(cancel);
  for (let turn = 0; turn < 4; turn += 1) await nextTurn();
  expect(ended()).toBe(false);
});

test("[G5] without a sign the wait ends", async () => {
  const { clock, ended } = setUp();
  clock.advance(100);
  for (let turn = 0; turn < 4; turn += 1) await nextTurn();
  expect(ended()).toBe(true);
});
