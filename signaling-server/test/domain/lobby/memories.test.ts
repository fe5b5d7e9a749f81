import { describe, expect, it } from "vitest";
import { createExpiringMap } from "../../../src/domain/collections/expiring-map.ts";
import { createRecentPartners } from "../../../src/domain/lobby/recent-partners.ts";
import { createRequestMemory } from "../../../src/domain/lobby/request-memory.ts";

describe("an expiring map", () => {
  it("forgets by its lifetime, and drops the oldest first", () => {
    const map = createExpiringMap<string, number>(10);
    map.set("a", 1, 0);
    map.set("b", 2, 5);
    map.set("a", 3, 6);
    expect([map.get("a", 15), map.get("b", 14), map.get("b", 15)]).toEqual([3, 2, undefined]);
    const dropped: string[] = [];
    map.dropExpired(15, (key) => dropped.push(key));
    expect(dropped).toEqual(["b"]);
    map.dropExpired(16);
    expect(map.size).toBe(0);
  });
});

describe("recent partners", () => {
  it("[M5] [I10] are marked as a pair, in either order, until their time is over", () => {
    const recent = createRecentPartners(600);
    recent.mark("ann", "ben", 0);
    recent.mark("ben", "ann", 100);
    expect([recent.until("ann", "ben", 699), recent.until("ben", "ann", 699)]).toEqual([700, 700]);
    expect(recent.until("ann", "ben", 700)).toBeUndefined();
    expect(recent.size).toBe(1);
  });

  it("[I20] leave nothing behind, on neither side", () => {
    const recent = createRecentPartners(600);
    recent.mark("ann", "ben", 0);
    recent.mark("ann", "eve", 1);
    recent.dropExpired(600);
    expect([...recent.partnersOf("ann")]).toEqual(["eve"]);
    expect([...recent.partnersOf("ben")]).toEqual([]);
    recent.dropExpired(601);
    expect([recent.size, [...recent.partnersOf("ann")].length]).toEqual([0, 0]);
  });
});

describe("the memory of requests", () => {
  const key = (requestId: string) => ({ sessionId: "ann", type: "find", requestId }) as const;
  const answer = { ok: true, type: "done" } as const;

  it("[Q1] [I20] keeps the newest of each session, and goes with the session", () => {
    const memory = createRequestMemory(60, 2);
    for (const [at, id] of ["one", "two", "three"].entries()) memory.remember(key(id), answer, at);
    memory.remember({ ...key("one"), sessionId: "ben" }, answer, 3);
    expect(["one", "two", "three"].map((id) => memory.recall(key(id), 4))).toEqual([
      undefined,
      answer,
      answer,
    ]);
    memory.forget("ann");
    expect(memory.size).toBe(1);
    memory.dropExpired(63);
    expect(memory.size).toBe(0);
  });
});
