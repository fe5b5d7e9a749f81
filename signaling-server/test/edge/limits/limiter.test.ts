import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SCOPES } from "../../../src/domain/limits/quota.ts";
import { DOOR_LIMITS, type DoorClass } from "../../../src/domain/limits/table.ts";
import { lenientLimiter } from "../../../src/edge/limits/lenient-limiter.ts";
import { memoryLimiter } from "../../../src/edge/limits/memory-limiter.ts";
import type { Limiter } from "../../../src/ports/counting.ts";
import { keptLog } from "../../app/page.ts";

const NOON = 1_800_000_000_000;
beforeEach(() => void vi.useFakeTimers({ now: NOON, toFake: ["Date", "setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** Goes on evenly, whatever becomes of the system's time. */
let steady = 0;
const pass = (ms: number) => {
  steady += ms;
  vi.advanceTimersByTime(ms);
};

const ann = { person: "ann", device: "laptop", network: "school" };
const limiter = (options = {}) => memoryLimiter(() => steady, DOOR_LIMITS, options);

async function passing(counts: Limiter, doorClass: DoorClass, times: number, keys = ann): Promise<number> {
  let passed = 0;
  for (let n = 0; n < times; n += 1) if ((await counts.take(doorClass, keys)).ok) passed += 1;
  return passed;
}

/** Uses up what somebody has, and answers with the refusal. */
async function exhaust(counts: Limiter, doorClass: DoorClass, keys = ann) {
  for (;;) {
    const verdict = await counts.take(doorClass, keys);
    if (!verdict.ok) return verdict;
  }
}

test("[B5] [C74] of each class as much passes at once as the table says, and one more at a time", async () => {
  for (const doorClass of Object.keys(DOOR_LIMITS) as DoorClass[]) {
    const quotas = SCOPES.map((scope) => ({ ...DOOR_LIMITS[doorClass] })[scope as "device"]?.most);
    const least = Math.min(...quotas.filter((most) => most !== undefined));
    expect(await passing(limiter(), doorClass, least + 20), doorClass).toBe(least);
    // Also where they do not wait for each other's answers.
    const counts = limiter();
    const verdicts = await Promise.all(Array.from({ length: least + 20 }, () => counts.take(doorClass, ann)));
    expect(verdicts.filter(({ ok }) => ok).length, doorClass).toBe(least);
  }
});

test("[B5] whoever asks all the time gets in the long run what the table says, and after a rest all at once again", async () => {
  const { most, withinMs } = DOOR_LIMITS.hello.person;
  const counts = limiter();
  const alone = { person: "ann" } as typeof ann;
  expect(await passing(counts, "hello", most + 5, alone)).toBe(most);
  let later = 0;
  const stepMs = withinMs / most / 8;
  for (let n = 0; n < 20 * 8 * most; n += 1) {
    pass(stepMs);
    later += await passing(counts, "hello", 3, alone);
  }
  expect(later).toBe(20 * most);
  // Half of the time, half of the quota.
  pass(withinMs / 2);
  expect(await passing(counts, "hello", most, alone)).toBe(most / 2);
  pass(withinMs);
  expect(await passing(counts, "hello", 2 * most, alone)).toBe(most);
});

test("[B5] [C72] one network gets 300 new people at once, and then one each second", async () => {
  const counts = limiter();
  const newcomer = { network: "school" };
  const passed = () => passing(counts, "mint", 400, newcomer as typeof ann);
  expect(await passed()).toBe(300);
  let later = 0;
  for (let second = 0; second < 60; second += 1) {
    pass(1_000);
    later += await passed();
  }
  expect(later).toBe(60);
});

test("[B2] [C73] whoever waits as long as was said passes, and a millisecond less is not enough", async () => {
  for (const doorClass of Object.keys(DOOR_LIMITS) as DoorClass[]) {
    const counts = limiter();
    const { retryAfterMs } = await exhaust(counts, doorClass);
    pass(retryAfterMs - 1);
    expect(await counts.take(doorClass, ann), doorClass).toMatchObject({ ok: false });
    pass(1);
    expect(await counts.take(doorClass, ann), doorClass).toEqual({ ok: true });
  }
});

test("[B5] what is refused for one reason costs nothing anywhere else", async () => {
  const counts = limiter();
  const { person, device } = DOOR_LIMITS.hello;
  for (let n = 0; n * person.most <= device.most; n += 1)
    await passing(counts, "hello", person.most, { ...ann, person: `person ${n}` });
  // The device has nothing left, and Ben had everything.
  const ben = { ...ann, person: "ben" };
  expect(await passing(counts, "hello", 100, ben)).toBe(0);
  expect(await passing(counts, "hello", 100, { ...ben, device: "another" })).toBe(person.most);
});

test("[B2] [B5] where several refuse, the longest pause is told, and nothing is used up", async () => {
  const counts = limiter();
  const { person, device } = DOOR_LIMITS.renewal;
  for (let n = 0; n * person.most < device.most; n += 1)
    await passing(counts, "renewal", person.most, { ...ann, person: `person ${n}`, network: "home" });
  const both = { ...ann, person: "person 0" };
  // One each 2 s is the person's, one each 0.5 s the device's.
  expect(await counts.take("renewal", both)).toEqual({
    ok: false,
    retryAfterMs: person.withinMs / person.most,
  });
  pass(person.withinMs / person.most - 1);
  expect(await passing(counts, "renewal", 100, both)).toBe(0);
  // What the device has got back in the meantime is still there for another person.
  expect(await passing(counts, "renewal", 100, { ...ann, person: "ben" })).toBe(3);
  expect(await passing(counts, "renewal", 10_000, { network: "school" } as typeof ann)).toBe(
    DOOR_LIMITS.renewal.network.most - 3,
  );
});

test("[B7] where the system's clock is set, nobody waits longer than was said, and nobody gets more", async () => {
  const counts = limiter();
  const { retryAfterMs } = await exhaust(counts, "hello");
  for (const jumpMs of [-3_600_000, 3_600_000]) {
    vi.setSystemTime(NOON + jumpMs);
    expect(await counts.take("hello", ann)).toEqual({ ok: false, retryAfterMs });
    pass(retryAfterMs);
    expect(await passing(counts, "hello", 5)).toBe(1);
  }
});

test("[B7] where the counts cannot be reached everybody is let through, and the log says so once", async () => {
  let isAway = true;
  const log = keptLog();
  const counts = lenientLimiter(
    {
      take: async () => {
        if (isAway) throw new Error("connection refused");
        return { ok: false, retryAfterMs: 7 };
      },
    },
    log,
  );
  for (let n = 0; n < 10; n += 1) expect(await counts.take("mint", ann)).toEqual({ ok: true });
  expect(log.lines).toHaveLength(1);
  isAway = false;
  expect(await counts.take("mint", ann)).toEqual({ ok: false, retryAfterMs: 7 });
  await counts.take("mint", ann);
  expect(log.lines.map(({ level }) => level)).toEqual(["error", "info"]);
});

test("[B8] of however many strangers it hears, the limiter remembers a bounded number", async () => {
  const mostKeys = 50;
  const counts = limiter({ mostKeys });
  for (let n = 0; n < 20 * mostKeys; n += 1) {
    await counts.take("mint", { device: `d${n}`, network: `n${n}` });
    expect(counts.size()).toBeLessThanOrEqual(2 * mostKeys);
  }
  expect(vi.getTimerCount()).toBeLessThanOrEqual(2 * mostKeys);
});
