import { describe, expect, it } from "vitest";
import { createExpiringMap } from "../../../src/domain/collections/expiring-map.ts";
import { apply, createLobbyState } from "../../../src/domain/lobby/apply.ts";
import { memoriesOf } from "../../../src/domain/lobby/due.ts";
import { createRecentPartners } from "../../../src/domain/lobby/recent-partners.ts";
import { createRequestMemory } from "../../../src/domain/lobby/request-memory.ts";
import { DEFAULT_LOBBY_SETTINGS } from "../../../src/domain/lobby/settings.ts";

const MANY = 1_000;

const ARRIVAL = {
  type: "attach",
  deviceGroup: undefined,
  networkKey: undefined,
  deviceKey: "a-device",
  connection: undefined,
  force: false,
  resume: undefined,
  ticket: undefined,
  newResumeSecret: "secret",
} as const;

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

describe("where there are too many", () => {
  it("[B8] an expiring map drops the oldest one, and says which", () => {
    const dropped: string[] = [];
    const onCrowdedOut = (key: string, value: number) => dropped.push(`${key} ${value}`);
    const map = createExpiringMap<string, number>(10, { most: 2, onCrowdedOut });
    for (const [at, key] of ["a", "b", "a", "c", "d"].entries()) map.set(key, at, at);
    expect([map.size, map.get("c", 4), map.get("d", 4)]).toEqual([2, 3, 4]);
    expect(dropped).toEqual(["b 1", "a 2"]);
  });

  it("[B8] or that one of the oldest few which matters least", () => {
    const map = createExpiringMap<string, number>(10, { most: 3, mattersUntil: (value) => value });
    for (const [key, value] of Object.entries({ a: 30, b: 10, c: 20, d: 40 })) map.set(key, value, 0);
    expect(["a", "b", "c", "d"].filter((key) => map.get(key, 1) !== undefined)).toEqual(["a", "c", "d"]);
  });

  it("[B8] [I20] the oldest mark of two partners goes, on both sides", () => {
    const recent = createRecentPartners(600, 2);
    recent.mark("ann", "ben", 0);
    recent.mark("ann", "eve", 1);
    recent.mark("ben", "eve", 2);
    expect(recent.size).toBe(2);
    expect([...recent.partnersOf("ann")]).toEqual(["eve"]);
    expect([...recent.partnersOf("ben")]).toEqual(["eve"]);
  });

  it("[B8] [I20] the oldest answer goes, whosever it is, with its key", () => {
    const memory = createRequestMemory(60, { perSession: 2, most: 3 });
    const key = (sessionId: string) => ({ sessionId, type: "find", requestId: "r" }) as const;
    for (const who of ["ann", "ben", "cy", "dan"]) memory.remember(key(who), { ok: true, type: "done" }, 0);
    expect(memory.size).toBe(3);
    expect(memory.recall(key("ann"), 1)).toBeUndefined();
    for (const who of ["ann", "ben", "cy", "dan"]) memory.forget(who);
    expect(memory.size).toBe(0);
  });

  it("[B8] a lobby through which any number of strangers pass remembers a bounded part of it", () => {
    const most = 20;
    const lobby = createLobbyState({ ...DEFAULT_LOBBY_SETTINGS, mostMemories: most }, "test");
    let largest = 0;
    for (let n = 0; n < 300; n += 1) {
      const callers = [1, 2].map((side) => {
        const socketId = `s-${n}-${side}`;
        apply(
          lobby,
          { ...ARRIVAL, userId: `u-${n}-${side}`, tabId: socketId, socketId, newSessionId: socketId },
          n,
        );
        return { sessionId: socketId, epoch: 1 };
      });
      for (const caller of callers)
        apply(lobby, { type: "find", caller, requestId: "find", relayOnly: false }, n);
      for (const caller of callers) apply(lobby, { type: "leave", caller, requestId: "leave" }, n);
      const [first] = callers;
      if (n % 2 && first) apply(lobby, { type: "detach", caller: first, cause: "bye" }, n);
      largest = Math.max(largest, memoriesOf(lobby));
    }
    expect(largest).toBeGreaterThan(2 * most);
    expect(largest).toBeLessThanOrEqual(4 * most);
  });
});

describe("recent partners", () => {
  it("[M5] [I10] are marked as a pair, in either order, until their time is over", () => {
    const recent = createRecentPartners(600, MANY);
    recent.mark("ann", "ben", 0);
    recent.mark("ben", "ann", 100);
    expect([recent.until("ann", "ben", 699), recent.until("ben", "ann", 699)]).toEqual([700, 700]);
    expect(recent.until("ann", "ben", 700)).toBeUndefined();
    expect(recent.size).toBe(1);
  });

  it("[I20] leave nothing behind, on neither side", () => {
    const recent = createRecentPartners(600, MANY);
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
    const memory = createRequestMemory(60, { perSession: 2, most: MANY });
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
