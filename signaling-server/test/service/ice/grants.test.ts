import { checkIceServers } from "@serendip/protocol";
import { manualClock } from "@serendip/time/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hmacTurnMinter } from "../../../src/edge/turn/hmac-turn-minter.ts";
import { createIceGrants, type TurnAccounts } from "../../../src/service/ice/grants.ts";
import { memoryCheckMeter } from "../../../src/service/ice/memory-check-meter.ts";

const STUN = "stun:stun.test";
const UDP = "turn:turn.test";
const TLS = "turns:turn.test:443?transport=tcp";
const SECRET = "both-know-it";

const origin = (networkKey?: string, deviceGroup?: string) => ({ userId: "u", deviceGroup, networkKey });

function setUp({ ttlMs = 600_000, account = "minted" as "minted" | "static" | "none" } = {}) {
  const clock = manualClock();
  // As if somebody had set the calendar to another day.
  const calendar = { ...manualClock(), now: () => clock.now() + 86_400_000 };
  let working: readonly string[] = [UDP, TLS];
  let halfUp: readonly string[] = [];
  let full: readonly string[] = [];
  const accounts: Record<string, TurnAccounts> = {
    minted: { kind: "minted", minter: hmacTurnMinter({ secret: SECRET, calendar }), ttlMs },
    static: { kind: "static", username: "joe", credential: "pa55word" },
  };
  const joining = () => (account === "none" ? [] : working.filter((url) => !halfUp.includes(url)));
  const checks = memoryCheckMeter(clock);
  const newAccounts: string[] = [];
  const grants = createIceGrants({
    stunUrls: [STUN],
    accounts: accounts[account],
    turn: {
      usable: () => (account === "none" ? [] : working),
      joining,
      roomy: () => joining().filter((url) => !full.includes(url)),
      withheld: () => (account === "none" ? [] : [UDP, TLS].filter((url) => !working.includes(url))),
    },
    checks,
    onNewAccount: (sessionId) => void newAccounts.push(sessionId),
  });
  const breakTurn = (left: readonly string[], half: readonly string[] = [], none: readonly string[] = []) => {
    working = left;
    halfUp = half;
    full = none;
  };
  const usernameOf = (sessionId: string) => grants.grant(sessionId).iceServers[1]?.username ?? "";
  const nameOf = (sessionId: string) => usernameOf(sessionId).split(":")[1];
  return { clock, calendar, checks, grants, newAccounts, breakTurn, usernameOf, nameOf };
}

test("[K19] [K20] a TURN account is made with the shared secret, ends on the calendar, and shows neither session nor network", () => {
  const { calendar, grants } = setUp();
  grants.arrived("session-1", origin("network-1"));
  const { iceServers, expiresInMs = 0 } = grants.grant("session-1");
  expect(iceServers[0]).toEqual({ urls: [STUN] });
  expect(iceServers[1]).toMatchObject({ urls: [UDP, TLS] });
  const { username = "", credential } = iceServers[1] ?? {};
  expect(Number(username.split(":")[0]) * 1_000).toBe(calendar.now() + expiresInMs);
  expect(expiresInMs).toBeGreaterThanOrEqual(600_000);
  expect(expiresInMs).toBeLessThan(630_000);
  expect(username).toMatch(/^\d+:[\w-]{16}$/);
  expect(username).not.toMatch(/session|network/);
  // Computed with: printf '%s' "$username" | openssl dgst -sha1 -hmac both-know-it -binary | base64
  expect(username).toBe("88014:0fX9s70OaTVcrp0H");
  expect(credential).toBe("+IHqLZmJoKTuifydr4saCoL8VyQ=");
});

test("[K20] a session gets at most one fresh account every 30 s, and hears how long the old one still lasts", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(10_000, 45_000, 600_000, 3_600_000),
      fc.uuid(),
      fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 2, maxLength: 30 }),
      (ttlMs, sessionId, pauses) => {
        const { clock, grants } = setUp({ ttlMs });
        const every = Math.min(30_000, ttlMs / 2);
        const ends = new Set<number>();
        for (const pause of pauses) {
          clock.advance(pause);
          const { iceServers, expiresInMs = 0 } = grants.grant(sessionId);
          const end = Number(iceServers[1]?.username?.split(":")[0]) * 1_000;
          expect(end - 86_400_000).toBe(clock.now() + expiresInMs);
          expect(expiresInMs).toBeGreaterThanOrEqual(ttlMs);
          expect(expiresInMs).toBeLessThan(ttlMs + every);
          ends.add(end);
        }
        const sorted = [...ends].sort((a, b) => a - b);
        // An end is told in whole seconds.
        for (const [n, end] of sorted.slice(1).entries())
          expect(end - (sorted[n] ?? 0)).toBeGreaterThanOrEqual(Math.floor(every / 1_000) * 1_000);
      },
    ),
  );
});

test("[K19] all of a network have one name; where it is not known, all of a device group, else each user", () => {
  const { grants, nameOf } = setUp();
  grants.arrived("a", origin("network-1", "device-1"));
  grants.arrived("b", origin("network-1", "device-2"));
  grants.arrived("c", origin("network-2", "device-1"));
  grants.arrived("d", origin(undefined, "device-1"));
  grants.arrived("e", origin(undefined, "device-1"));
  grants.arrived("f", origin());
  grants.arrived("g", { ...origin(), userId: "v" });
  const [a, b, ...others] = ["a", "b", "c", "d", "e", "f", "g"].map(nameOf);
  expect(b).toBe(a);
  expect(others[2]).toBe(others[1]);
  expect(new Set([a, ...others]).size).toBe(5);
});

test("[K19] whoever comes back from another network belongs to that one", () => {
  const { grants, nameOf } = setUp();
  grants.arrived("a", origin("network-1"));
  const before = nameOf("a");
  grants.arrived("a", origin("network-2"));
  expect(nameOf("a")).not.toBe(before);
});

test("[K20] the accounts of one network's sessions mostly end at other seconds, by which an operator tells them apart", () => {
  const { grants, usernameOf } = setUp();
  const sessions = Array.from({ length: 20 }, (_, n) => `session-${n}`);
  for (const sessionId of sessions) grants.arrived(sessionId, origin("network-1"));
  expect(new Set(sessions.map(usernameOf)).size).toBeGreaterThan(10);
});

test("[K20] no account is remembered, and whose a session is until it ends", () => {
  const { grants } = setUp();
  for (let n = 0; n < 100; n += 1) {
    grants.arrived(`session-${n}`, origin("network-1"));
    grants.grant(`session-${n}`);
  }
  expect(grants.count()).toBe(100);
  grants.observe([{ type: "session-closed", sessionId: "session-7", cause: "grace-over" }]);
  expect(grants.count()).toBe(99);
});

test("[K24] people of one network have so many accounts for checks, however many sessions they make; calls are not counted", () => {
  const { clock, grants } = setUp();
  const ask = (n: number, networkKey?: string) => {
    grants.arrived(`session-${n}`, origin(networkKey, "device"));
    return grants.grantForCheck(`session-${n}`);
  };
  for (let n = 0; n < 20; n += 1)
    expect(ask(n, "network-1")).toEqual({ ok: true, ice: grants.grant(`session-${n}`) });
  expect(ask(20, "network-1")).toEqual({ ok: false, retryAfterMs: 2_000 });
  expect(grants.grant("session-20").iceServers).toHaveLength(2);
  expect(ask(21, "network-2").ok).toBe(true);
  clock.advance(2_000);
  expect(ask(22, "network-1").ok).toBe(true);
  // Of an unknown network no bound of networks applies.
  for (let n = 30; n < 40; n += 1) expect(ask(n).ok).toBe(true);
  expect(ask(40)).toEqual({ ok: false, retryAfterMs: 10_000 });
});

test("[K24] where there is no account to give, none is counted", () => {
  const { grants, breakTurn, checks } = setUp();
  breakTurn([]);
  for (let n = 0; n < 50; n += 1) expect(grants.grantForCheck("session-1").ok).toBe(true);
  expect(checks.size()).toBe(0);
});

test("[K17] a provider's account is given out as it is, and has no end", () => {
  const { grants } = setUp({ account: "static" });
  expect(grants.grant("session-1")).toEqual({
    iceServers: [{ urls: [STUN] }, { urls: [UDP, TLS], username: "joe", credential: "pa55word" }],
  });
});

test("[K2] everybody may use STUN, and nothing that needs an account", () => {
  for (const account of ["minted", "static", "none"] as const)
    expect(setUp({ account }).grants.everybody).toEqual([{ urls: [STUN] }]);
});

test("[K4] [C52] what does not work is not handed out; without any TURN the grant is STUN only", () => {
  const { grants, breakTurn } = setUp();
  breakTurn([TLS]);
  expect(grants.grant("session-1").iceServers[1]?.urls).toEqual([TLS]);
  expect(grants.relay()).toBe("ok");
  expect(grants.grant("session-1").withheld).toEqual([UDP]);
  breakTurn([]);
  expect(grants.grant("session-1")).toEqual({ iceServers: [{ urls: [STUN] }], withheld: [UDP, TLS] });
  expect(grants.relay()).toBe("failed");
});

test("[K8] [K21] a server that is half up is given to everybody, and one that is up beside it is enough for two who hide", () => {
  const { grants, breakTurn } = setUp();
  breakTurn([UDP, TLS], [UDP]);
  expect(grants.grant("session-1").iceServers[1]?.urls).toEqual([UDP, TLS]);
  expect(grants.grant("session-1")).not.toHaveProperty("relay");
  expect(grants.relay()).toBe("ok");
});

test("[K8] [K21] [K22] where none is up, those that are half up are given, and the grant says what they cannot do", () => {
  const { grants, breakTurn } = setUp();
  breakTurn([UDP], [UDP]);
  const grant = grants.grant("session-1");
  expect(grant.iceServers[1]?.urls).toEqual([UDP]);
  expect(grant).toMatchObject({ withheld: [TLS], relay: "failed" });
  expect(grants.relay()).toBe("failed");
});

test("[K26] a server that is full is given like one that is up, and nobody new can hide behind it", () => {
  const { grants, breakTurn } = setUp();
  breakTurn([UDP, TLS], [], [UDP, TLS]);
  const { iceServers, ...rest } = grants.grant("session-1");
  expect(iceServers[1]?.urls).toEqual([UDP, TLS]);
  expect(Object.keys(rest)).toEqual(["expiresInMs"]);
  expect(grants.relay()).toBe("failed");
  breakTurn([UDP, TLS], [], [UDP]);
  expect(grants.relay()).toBe("ok");
});

test("[K17] without TURN there is STUN, and nobody's address can be hidden", () => {
  const { grants } = setUp({ account: "none" });
  expect(grants.grant("session-1")).toEqual({ iceServers: [{ urls: [STUN] }] });
  expect(grants.relay()).toBe("none");
});

test("[K1] every grant is one that a page can use as it is", () => {
  for (const account of ["minted", "static", "none"] as const) {
    const { iceServers } = setUp({ account }).grants.grant("session-1");
    expect(checkIceServers(iceServers)).toMatchObject({ usable: iceServers, faults: [] });
  }
});

test("[B8] nothing is kept of a session that is over, whatever is asked for it then", () => {
  const { grants, newAccounts } = setUp();
  grants.arrived("session-1", origin("network-1"));
  expect(grants.knows("session-1")).toBe(true);
  grants.grant("session-1");
  grants.grant("session-1");
  grants.arrived("session-1", origin("network-1"));
  grants.grant("session-1");
  expect(newAccounts).toEqual(["session-1"]);
  grants.observe([{ type: "session-closed", sessionId: "session-1" } as never]);
  grants.grant("session-1");
  expect(grants.knows("session-1")).toBe(false);
  expect(grants.count()).toBe(0);
  expect(newAccounts).toEqual(["session-1"]);
});
