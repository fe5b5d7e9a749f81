import { checkIceServers } from "@serendip/protocol";
import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import { hmacTurnMinter } from "../../../src/edge/turn/hmac-turn-minter.ts";
import { createIceGrants, type TurnAccounts } from "../../../src/service/ice/grants.ts";

const STUN = "stun:stun.test";
const UDP = "turn:turn.test";
const TLS = "turns:turn.test:443?transport=tcp";
const SECRET = "both-know-it";

function setUp({ ttlMs = 600_000, account = "minted" as "minted" | "static" | "none" } = {}) {
  const clock = manualClock();
  // As if somebody had set the calendar to another day.
  const calendar = { ...manualClock(), now: () => clock.now() + 86_400_000 };
  let working: readonly string[] = [UDP, TLS];
  let halfUp: readonly string[] = [];
  const accounts: Record<string, TurnAccounts> = {
    minted: { kind: "minted", minter: hmacTurnMinter({ secret: SECRET, calendar }), ttlMs },
    static: { kind: "static", username: "joe", credential: "pa55word" },
  };
  const grants = createIceGrants({
    stunUrls: [STUN],
    accounts: accounts[account],
    turn: {
      usable: () => (account === "none" ? [] : working),
      full: () => (account === "none" ? [] : working.filter((url) => !halfUp.includes(url))),
      withheld: () => (account === "none" ? [] : [UDP, TLS].filter((url) => !working.includes(url))),
    },
    clock,
  });
  const breakTurn = (left: readonly string[], half: readonly string[] = []) => {
    working = left;
    halfUp = half;
  };
  return { clock, calendar, grants, breakTurn };
}

test("[K19] [K20] a TURN account is made with the shared secret, ends on the calendar, and does not name the session", () => {
  const { calendar, grants } = setUp();
  const { iceServers, expiresInMs } = grants.grant("session-1");
  expect(iceServers[0]).toEqual({ urls: [STUN] });
  expect(iceServers[1]).toMatchObject({ urls: [UDP, TLS] });
  const { username = "", credential } = iceServers[1] ?? {};
  expect(Number(username.split(":")[0])).toBe(Math.floor((calendar.now() + 600_000) / 1_000));
  expect(username).toMatch(/^\d+:[\w-]{16}$/);
  expect(username).not.toContain("session");
  // Computed with: printf '%s' "$username" | openssl dgst -sha1 -hmac both-know-it -binary | base64
  expect(username).toBe("88000:IPGEKVbazBz53Sw3");
  expect(credential).toBe("bd+l2ucNjjXVyZF7T9L4PIMzOtw=");
  expect(expiresInMs).toBe(600_000);
});

test("[K20] a session gets at most one fresh account every 30 s, and hears how long the old one still lasts", () => {
  const { clock, grants } = setUp();
  const first = grants.grant("session-1");
  clock.advance(29_999);
  expect(grants.grant("session-1")).toEqual({ ...first, expiresInMs: 570_001 });
  clock.advance(1);
  const second = grants.grant("session-1");
  expect(second.iceServers[1]?.username).not.toBe(first.iceServers[1]?.username);
  expect(second.expiresInMs).toBe(600_000);
});

test("[K20] an account that lives shortly is repeated for no longer than half its life", () => {
  const { clock, grants } = setUp({ ttlMs: 10_000 });
  grants.grant("session-1");
  clock.advance(4_999);
  expect(grants.grant("session-1").expiresInMs).toBe(5_001);
  clock.advance(1);
  expect(grants.grant("session-1").expiresInMs).toBe(10_000);
});

test("[K19] two sessions never share an account", () => {
  const { grants } = setUp();
  const names = ["session-1", "session-2"].map((id) => grants.grant(id).iceServers[1]?.username);
  expect(new Set(names).size).toBe(2);
});

test("[K20] what is remembered ends with the session, and by itself", () => {
  const { clock, grants } = setUp();
  for (let n = 0; n < 100; n += 1) grants.grant(`session-${n}`);
  expect(grants.count()).toBe(100);
  grants.observe([{ type: "session-closed", sessionId: "session-7", cause: "grace-over" }]);
  expect(grants.count()).toBe(99);
  clock.advance(30_000);
  grants.grant("another");
  expect(grants.count()).toBe(1);
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
