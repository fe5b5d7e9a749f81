import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import { createLivenessProbe } from "../../../src/edge/socket/liveness-probe.ts";

function setUp() {
  const clock = manualClock();
  const answers: (() => void)[] = [];
  const silentAt: number[] = [];
  const start = clock.now();
  let lateMs = 0;
  const polled: (() => void)[] = [];
  const probe = createLivenessProbe({
    // A process that stood still reads a later time when its timer fires at last.
    clock: { ...clock, now: () => clock.now() + lateMs },
    afterPoll: (run) => (lateMs > 0 ? polled.push(run) : run()),
    withinMs: 2_000,
    send: (onAnswer) => void answers.push(onAnswer),
    onSilent: () => void silentAt.push(clock.now() - start),
  });
  const answerLast = () => answers.at(-1)?.();
  /** The process stands still when the next timer is due; the sockets are read by `read`. */
  const standStill = (ms: number) => {
    lateMs = ms;
    clock.advance(2_000);
  };
  const read = (whatLaidThere: () => void) => {
    whatLaidThere();
    for (const run of polled.splice(0)) run();
    lateMs = 0;
  };
  return { clock, probe, answers, answerLast, silentAt, standStill, read };
}

test("[G7] no answer within two seconds means silent, once", () => {
  const { clock, probe, answers, silentAt } = setUp();
  probe.ask();
  clock.advance(1_999);
  expect(silentAt).toEqual([]);
  clock.advance(1);
  expect(silentAt).toEqual([2_000]);
  probe.ask();
  clock.advance(60_000);
  expect(silentAt).toEqual([2_000]);
  expect(answers).toHaveLength(1);
  expect(clock.pending()).toBe(0);
});

test("[G7] an answer in the last moment is one", () => {
  const { clock, probe, answerLast, silentAt } = setUp();
  probe.ask();
  clock.advance(1_999);
  answerLast();
  clock.advance(60_000);
  expect(silentAt).toEqual([]);
  expect(clock.pending()).toBe(0);
});

test("[G7] one probe at a time, two seconds apart; what is asked meanwhile is not forgotten", () => {
  const { clock, probe, answers, answerLast, silentAt } = setUp();
  probe.ask();
  answerLast();
  for (let n = 0; n < 50; n += 1) probe.ask();
  clock.advance(1_999);
  expect(answers).toHaveLength(1);
  clock.advance(1);
  expect(answers).toHaveLength(2);
  // An answer to the one before is none to this one.
  answers[0]?.();
  clock.advance(2_000);
  expect(silentAt).toEqual([4_000]);
});

test("[G7] an answer that lies in the kernel when the time is over is one", () => {
  const { clock, probe, answerLast, silentAt, standStill, read } = setUp();
  probe.ask();
  standStill(1);
  read(answerLast);
  clock.advance(60_000);
  expect(silentAt).toEqual([]);
  expect(clock.pending()).toBe(0);
});

test("[G7] who did not answer while this process itself stood still has the time once more", () => {
  const { clock, probe, answerLast, answers, silentAt, standStill, read } = setUp();
  probe.ask();
  standStill(3_000);
  read(() => undefined);
  expect(silentAt).toEqual([]);
  clock.advance(1_999);
  answerLast();
  clock.advance(60_000);
  expect(silentAt).toEqual([]);
  probe.ask();
  standStill(3_000);
  read(() => undefined);
  clock.advance(2_000);
  expect(silentAt).toHaveLength(1);
  expect(answers).toHaveLength(2);
});

test("[G7] a stall does not put off the next question to one who has answered", () => {
  const { probe, answerLast, answers, standStill, read } = setUp();
  probe.ask();
  answerLast();
  probe.ask();
  standStill(3_000);
  read(() => undefined);
  expect(answers).toHaveLength(2);
});

test("[G7] after a pause it is asked at once", () => {
  const { clock, probe, answers, answerLast } = setUp();
  probe.ask();
  answerLast();
  clock.advance(2_000);
  probe.ask();
  expect(answers).toHaveLength(2);
});

test("[G7] a connection that has ended is not asked, and leaves no timer behind (I20)", () => {
  const { clock, probe, answers, silentAt } = setUp();
  probe.ask();
  probe.end();
  expect(clock.pending()).toBe(0);
  probe.ask();
  clock.advance(10_000);
  expect(answers).toHaveLength(1);
  expect(silentAt).toEqual([]);
});
