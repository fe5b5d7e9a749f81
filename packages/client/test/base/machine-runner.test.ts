import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import { runMachine } from "../../src/base/machine-runner.ts";

type Event = "add" | "add twice" | "fail" | "tick" | "nothing";

/** A counter: its effects are the numbers that it passes; `seen` is what happened, in order. */
function counter({ failsAt }: { readonly failsAt?: string } = {}) {
  const seen: string[] = [];
  const note = (what: string) => {
    seen.push(what);
    if (what === failsAt) throw new Error(what);
  };
  const clock = manualClock();
  const runner = runMachine<number, Event, number>({
    initial: 0,
    clock,
    tick: "tick",
    reduce(state, event) {
      if (event === "fail") throw new Error("the machine");
      if (event === "nothing") return { state, effects: [] };
      const state2 = state + (event === "add twice" ? 2 : 1);
      return { state: state2, effects: Array.from({ length: state2 - state }, (_, n) => state + n + 1) };
    },
    deadlineOf: (state) => (state === 1 ? clock.now() + 10 : undefined),
    before: (state, previous, event) => note(`before ${event}: ${previous} ${state}`),
    onFault: (error) => seen.push(`fault of ${error instanceof Error ? error.message : "nobody"}`),
  });
  runner.carryOut((effect) => note(`effect ${effect}`));
  runner.watch((state, previous) => note(`first ${previous} ${state}`));
  runner.watch((state, previous) => note(`second ${previous} ${state}`));
  return { runner, seen, clock };
}

test("what effects build on is done before them, and what watches the state comes after", () => {
  const { runner, seen } = counter();
  runner.dispatch("add twice");
  expect(seen).toEqual(["before add twice: 0 2", "effect 1", "effect 2", "first 0 2", "second 0 2"]);
});

test("an event that changes nothing is told to nobody who watches", () => {
  const { runner, seen } = counter();
  runner.dispatch("nothing");
  expect(seen).toEqual(["before nothing: 0 0"]);
});

test.each(["before add twice: 0 2", "effect 1", "first 0 2"])(
  "a fault of %s keeps nothing else from its work",
  (failsAt) => {
    const { runner, seen } = counter({ failsAt });
    runner.dispatch("add twice");
    expect(seen.filter((what) => what !== `fault of ${failsAt}`)).toEqual([
      "before add twice: 0 2",
      "effect 1",
      "effect 2",
      "first 0 2",
      "second 0 2",
    ]);
    expect(seen).toContain(`fault of ${failsAt}`);
  },
);

test("an event that the machine fails at changes nothing, and the next one is taken", () => {
  const { runner, seen } = counter();
  runner.dispatch("fail");
  expect(runner.state()).toBe(0);
  expect(seen).toEqual(["fault of the machine", "before fail: 0 0"]);
  runner.dispatch("add");
  expect(runner.state()).toBe(1);
});

test("an event from within an effect waits until the one before has been dealt with", () => {
  const { runner, seen } = counter();
  runner.watch((state) => {
    if (state === 1) runner.dispatch("add");
    seen.push(`third ${state}`);
  });
  runner.dispatch("add");
  expect(seen.indexOf("third 1")).toBeLessThan(seen.indexOf("before add: 1 2"));
});

test("the timer points at the deadline of the state", () => {
  const { runner, clock } = counter();
  runner.dispatch("add");
  clock.advance(9);
  expect(runner.state()).toBe(1);
  clock.advance(1);
  expect(runner.state()).toBe(2);
});
