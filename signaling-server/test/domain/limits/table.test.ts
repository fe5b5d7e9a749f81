import { readFileSync } from "node:fs";
import { manualClock } from "@serendip/time/testing";
import { describe, expect, test, vi } from "vitest";
import {
  AS_IT_STANDS,
  type Limit,
  type LimitKeys,
  type Quota,
  SCOPES,
  scaled,
} from "../../../src/domain/limits/quota.ts";
import {
  DOOR_LIMITS,
  EVENT_LIMITS,
  type EventClass,
  PEOPLE_OF_A_NETWORK,
} from "../../../src/domain/limits/table.ts";
import { memoryLimiter } from "../../../src/edge/limits/memory-limiter.ts";
import { memoryEventMeter } from "../../../src/service/limits/memory-event-meter.ts";

const DOC = readFileSync(new URL("../../../../docs/limits.md", import.meta.url), "utf8");

const said = (quota: Quota | undefined) =>
  quota ? `${quota.most.toLocaleString("en-US")} in ${quota.withinMs / 1_000} s` : "–";

describe("docs/limits.md", () => {
  const rows = [...DOC.matchAll(/^\| `([a-z-]+)` +\|(.+)\|$/gm)].map(([, name, cells]) => [
    name,
    (cells ?? "").split(" | ").map((cell) => cell.trim()),
  ]);

  test("[B1] [C72] has each line of the table, with its figures and its reason", () => {
    const lines = Object.entries<Limit>({ ...EVENT_LIMITS, ...DOOR_LIMITS }).map(([name, limit]) => [
      name,
      [...SCOPES.map((scope) => said(limit[scope])), limit.why],
    ]);
    expect(rows).toEqual(lines);
  });
});

test("an operator turns all figures up or down, and those of networks once more; nobody gets none", () => {
  const half = scaled(EVENT_LIMITS, { all: 0.5, networks: 0.1 });
  expect(half.find).toMatchObject({ person: { most: 5 }, device: { most: 20 }, network: { most: 50 } });
  const least = scaled(DOOR_LIMITS, { all: 0.000_1, networks: 1 });
  expect(least.hello).toMatchObject({ person: { most: 1 }, network: { most: 1 } });
  expect(scaled(EVENT_LIMITS, AS_IT_STANDS)).toEqual(EVENT_LIMITS);
});

describe(`${PEOPLE_OF_A_NETWORK} honest people behind one address`, () => {
  const people = Array.from({ length: PEOPLE_OF_A_NETWORK }, (_, n) => ({
    person: `person-${n}`,
    device: `device-${n}`,
    network: "a school",
  }));

  /** What a page says from Start to a picture, and again with each Next: many candidates, and a description. */
  const CALL: Readonly<Partial<Record<EventClass, number>>> = {
    find: 1,
    ready: 1,
    signal: 25,
    media: 1,
    status: 1,
    "call-report": 1,
  };

  test("[B9] search, talk and press Next all at once, and nobody is told to wait", () => {
    const clock = manualClock();
    const meter = memoryEventMeter(clock, EVENT_LIMITS);
    const refused: string[] = [];
    // At once, and then Next every ten seconds for a minute.
    for (let round = 0; round < 6; round += 1) {
      for (const keys of people)
        for (const [name, times] of Object.entries(CALL) as [EventClass, number][])
          for (let n = 0; n < times; n += 1)
            if (!meter.countsOf(keys).take(name).ok) refused.push(`${name} in round ${round}`);
      clock.advance(10_000);
    }
    expect(refused).toEqual([]);
  });

  test("[B9] [C72] come at once, with their tabs, and come back together after two restarts within a minute", async () => {
    vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
    try {
      const limiter = memoryLimiter(() => Date.now(), DOOR_LIMITS);
      const all = async (keysOf: (keys: LimitKeys) => LimitKeys, doorClass: keyof typeof DOOR_LIMITS) => {
        let refused = 0;
        for (const keys of people) if (!(await limiter.take(doorClass, keysOf(keys))).ok) refused += 1;
        expect(refused, doorClass).toBe(0);
      };
      await all(({ device, network }) => ({ device, network }), "mint");
      await all((keys) => keys, "hello");
      for (let restart = 0; restart < 2; restart += 1) {
        vi.advanceTimersByTime(10_000);
        // Each tries a few times to get a token while the server starts; who was idle or waiting has nothing to return to.
        for (let attempt = 0; attempt < 3; attempt += 1) {
          await all(({ network }) => ({ network }), "renewal");
          await all(({ person, device }) => ({ person, device }), "renewal");
        }
        await all((keys) => keys, "return");
        await all((keys) => keys, "hello");
      }
      await all((keys) => keys, "refresh-token");
    } finally {
      vi.useRealTimers();
    }
  });
});
