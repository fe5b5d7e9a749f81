import { describe, expect, it } from "vitest";
import {
  ICE_REFRESH_RULES,
  planIceRefresh,
  retryIceRefresh,
  startIceRefresh,
} from "../../src/ice/ice-refresh.machine.ts";

const HOUR = 3_600_000;
const plan = (expiresInMs: number, random = 0) => planIceRefresh({ now: 1_000, expiresInMs, random });

describe("the refresh of TURN credentials", () => {
  it.each([
    ["an hour: a tenth before the end", HOUR, HOUR - HOUR / 10],
    ["five minutes: a minute before the end", 300_000, 240_000],
    ["two minutes: a minute before the end", 120_000, 60_000],
    ["one minute: in the middle", 60_000, 30_000],
    ["next to nothing: not before a pause", 1_000, ICE_REFRESH_RULES.retryFirstMs],
  ])("[K3] %s", (_case, life, after) => {
    expect(plan(life)).toEqual({ step: "planned", at: 1_000 + after, expiresAt: 1_000 + life });
  });

  it("[K3] comes earlier by chance, never later, so that two partners do not move at the same moment", () => {
    expect(plan(300_000, 0.999).at).toBeLessThan(plan(300_000).at);
    expect(plan(300_000).at - plan(300_000, 0.999).at).toBeLessThanOrEqual(ICE_REFRESH_RULES.jitterMs);
  });

  it("[K3] is tried again the sooner the less time is left, and does not hammer after the end", () => {
    const running = startIceRefresh(plan(300_000), 241_000);
    expect(running).toMatchObject({ step: "running", at: 241_000 + ICE_REFRESH_RULES.limitMs });
    const pauseAt = (now: number) => retryIceRefresh(running, now).at - now;
    expect(pauseAt(241_000)).toBe(15_000);
    expect(pauseAt(285_000)).toBe(4_000);
    expect(pauseAt(301_000)).toBe(ICE_REFRESH_RULES.retryFirstMs);
    expect(pauseAt(301_000 + HOUR)).toBe(ICE_REFRESH_RULES.retryLastMs);
    expect(retryIceRefresh(running, 241_000).step).toBe("planned");
  });

  it("[B10] is tried again no sooner than the service wants", () => {
    const running = startIceRefresh(plan(300_000), 241_000);
    expect(retryIceRefresh(running, 285_000, 9_000).at - 285_000).toBe(9_000);
    expect(retryIceRefresh(running, 241_000, 9_000).at - 241_000).toBe(15_000);
  });
});
