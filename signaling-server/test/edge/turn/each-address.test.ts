import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import { tryEach } from "../../../src/edge/turn/each-address.ts";
import { startTimeLimit } from "../../../src/edge/turn/time-limit.ts";
import { TurnFailure } from "../../../src/edge/turn/turn-failure.ts";
import type { HostAddress } from "../../../src/ports/turn.ts";

function setUp(count: number) {
  const clock = manualClock();
  const limit = startTimeLimit({ clock, withinMs: 3_000 });
  const addresses = Array.from(
    { length: count },
    (_, at): HostAddress => ({ address: `192.0.2.${at}`, family: "IPv4" }),
  );
  const begun: { address: string; at: number; end(outcome: number | Error): void }[] = [];
  const since = clock.now();
  const tries = tryEach(
    addresses,
    ({ address }) =>
      new Promise<number>((resolve, reject) => {
        const end = (outcome: number | Error) =>
          typeof outcome === "number" ? resolve(outcome) : reject(outcome);
        begun.push({ address, at: clock.now() - since, end });
      }),
    { clock, limit },
  );
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  /** Turns the clock so that whatever waits gets its turn in between. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 10) {
      clock.advance(10);
      await settle();
    }
  };
  return { clock, limit, begun, tries, pass, settle };
}

test("[K7] the next address is tried a quarter of a second after one that is silent", async () => {
  const { begun, tries, pass } = setUp(3);
  await pass(3_000);
  expect(begun.map(({ at }) => at)).toEqual([0, 250, 500]);
  expect((await tries).map((one) => one.ok)).toEqual([false, false, false]);
});

test("[K7] and at once after one that is decided, well or badly", async () => {
  const { begun, tries, pass, settle } = setUp(3);
  await pass(100);
  begun[0]?.end(new TurnFailure("unreachable", "cannot be reached"));
  await settle();
  begun[1]?.end(7);
  await settle();
  begun[2]?.end(8);
  expect(begun.map(({ at }) => at)).toEqual([0, 100, 100]);
  expect(await tries).toMatchObject([{ ok: false }, { ok: true, result: 7 }, { ok: true, result: 8 }]);
});

test("[K7] [K4] however many addresses a name has: each begins in the first half of the time, and all end with it", async () => {
  const { clock, begun, tries, pass } = setUp(30);
  await pass(1_600);
  expect(begun).toHaveLength(30);
  expect(begun.at(-1)?.at).toBeLessThanOrEqual(1_500);
  begun[29]?.end(5);
  await pass(1_390);
  let isOver = false;
  void tries.then(() => {
    isOver = true;
  });
  await pass(0);
  expect(isOver).toBe(false);
  await pass(10);
  const outcome = await tries;
  expect(outcome.filter((one) => one.ok)).toHaveLength(1);
  for (const one of outcome)
    if (!one.ok) expect(one.failure.message).toBe("does not answer within the 3000 ms of a check");
  expect(clock.pending()).toBe(0);
});
