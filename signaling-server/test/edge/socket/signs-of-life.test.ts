import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import type { Caller } from "../../../src/domain/lobby/command.ts";
import { gatherSignsOfLife } from "../../../src/edge/socket/signs-of-life.ts";

function setUp(fails = false) {
  const clock = manualClock();
  const told: (readonly Caller[])[] = [];
  const touch = async (callers: readonly Caller[]) => {
    told.push(callers);
    if (fails) throw new Error("the lobby is away");
  };
  return { clock, told, signs: gatherSignsOfLife({ clock, lobby: { touch } }) };
}

const people = Array.from({ length: 5_000 }, (_, n): Caller => ({ sessionId: `session-${n}`, epoch: 1 }));

test("[G5] the heartbeats of thousands are told to the lobby in one command, within a quarter of a second, each session once", () => {
  const { clock, told, signs } = setUp();
  for (const caller of [...people, ...people]) signs.note(caller);
  expect(told).toEqual([]);
  clock.advance(250);
  expect(told).toEqual([people]);
  clock.advance(60_000);
  expect(told).toHaveLength(1);
});

test("[G5] heartbeats that come later are told by themselves, also when the lobby could not be told of earlier ones", async () => {
  const { clock, told, signs } = setUp(true);
  const [ann, ben] = people as [Caller, Caller];
  for (const caller of [ann, ben]) {
    signs.note(caller);
    clock.advance(250);
    await Promise.resolve();
  }
  expect(told).toEqual([[ann], [ben]]);
});

test("[G5] after the end nothing is told, and no timer is left", () => {
  const { clock, told, signs } = setUp();
  for (const caller of people) signs.note(caller);
  signs.end();
  clock.advance(1_000);
  expect(told).toEqual([]);
  expect(clock.pending()).toBe(0);
});
