import { createHmac } from "node:crypto";
import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import { randomIds } from "../../src/edge/random-ids.ts";
import { hmacTickets, type TicketSettings } from "../../src/edge/signing/tickets.ts";
import { hmacTokens, type TokenSettings } from "../../src/edge/signing/tokens.ts";
import type { TicketSigner } from "../../src/ports.ts";

type Settings = TokenSettings & TicketSettings;

const SETTINGS: Settings = {
  secret: "one long enough to be used here, one",
  previousSecret: undefined,
  tokenTtlMs: 300_000,
  ticketTtlMs: 120_000,
  leewayMs: 60_000,
  recallMs: 3_600_000,
};
const USER = "0b8e3c60-6a35-4c36-9d9c-0a86c1bd6d22";
const PARTNER = "5ddda5ac-8e3e-4b7d-9d54-38b6d4b1f4a1";
const WHO = { userId: USER, deviceGroup: "6b1d7c2e-12f4-4d5b-8a37-0c6a9b8f3e11" };
const CLAIMS = {
  roomId: "room-1",
  generation: 2,
  role: "initiator",
  requestId: "find-1",
  relayOnly: false,
} as const;

/** A ticket of the user's, of a room with the partner. */
function roomOf(tickets: TicketSigner) {
  const [me, partner] = [tickets.nameIn("room-1", USER), tickets.nameIn("room-1", PARTNER)];
  const claims = { ...CLAIMS, names: { me, partner } };
  return {
    tickets,
    claims,
    read: (ticket: string) => tickets.read(ticket, USER),
    ownClaims: { ...claims, me: USER },
  };
}

function setUp(changes: Partial<Settings> = {}) {
  const clock = manualClock(1_700_000_000_000);
  const settings = { ...SETTINGS, ...changes };
  return {
    clock,
    tokens: hmacTokens({ settings, calendar: clock, ids: randomIds() }),
    ...roomOf(hmacTickets({ settings, calendar: clock })),
  };
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const partsOf = (jwt: string) => jwt.split(".") as [string, string, string];

test("[S1] a token says who it speaks for, for five minutes (C41)", async () => {
  const { tokens, clock } = setUp();
  const { token, expiresInMs } = tokens.mint(WHO);
  expect(expiresInMs).toBe(300_000);
  expect(await tokens.verify(token)).toMatchObject({ ok: true, identity: { ...WHO, expiresInMs: 300_000 } });
  clock.advance(310_000);
  expect(await tokens.verify(token)).toMatchObject({ ok: true, identity: { ...WHO, expiresInMs: -10_000 } });
});

test("[S2] an expired token and an invalid one are told apart, with a minute for differing clocks (C44)", async () => {
  const { tokens, clock } = setUp();
  const { token } = tokens.mint(WHO);
  clock.advance(359_000);
  expect(await tokens.verify(token)).toMatchObject({ ok: true });
  clock.advance(2_000);
  expect(await tokens.verify(token)).toEqual({ ok: false, code: "token_expired" });
  expect(await tokens.verify("nonsense")).toEqual({ ok: false, code: "token_invalid" });
});

test("[S8] a token that was changed, unsigned, or signed otherwise is invalid (I19)", async () => {
  const { tokens } = setUp();
  const { token } = tokens.mint(WHO);
  const [head, body, signature] = partsOf(token);
  const claims = JSON.parse(Buffer.from(body, "base64url").toString());
  const kid = JSON.parse(Buffer.from(head, "base64url").toString()).kid;
  const signed = (header: object, payload: object, key: string) => {
    const data = `${encode(header)}.${encode(payload)}`;
    return `${data}.${createHmac("sha256", key).update(data).digest("base64url")}`;
  };
  const forged = [
    `${head}.${encode({ ...claims, sub: PARTNER })}.${signature}`,
    `${encode({ alg: "none", typ: "JWT" })}.${body}.`,
    `${encode({ alg: "none", typ: "JWT", kid })}.${body}.`,
    `${encode({ alg: "HS512", typ: "JWT", kid })}.${body}.${signature}`,
    signed({ alg: "HS256", kid }, claims, "guess"),
    signed({ alg: "HS256" }, claims, SETTINGS.secret),
    signed({ alg: "HS256", kid: "other" }, claims, SETTINGS.secret),
    `${token}x`,
    `${token}\n`,
    ` ${token}`,
    `${token}=`,
    "",
    "..",
  ];
  for (const one of forged) {
    expect(await tokens.verify(one), one).toEqual({ ok: false, code: "token_invalid" });
    expect(tokens.recall(one), one).toBeUndefined();
  }
  const other = setUp({ secret: "another secret, long enough to be used" });
  expect(await other.tokens.verify(token)).toEqual({ ok: false, code: "token_invalid" });
});

test("[S2] [S8] what is signed for a time that has not come is invalid, but for a minute (I19)", async () => {
  const { tokens, read, ownClaims, clock } = setUp();
  const later = setUp();
  later.clock.advance(3_600_000);
  const [token, ticket] = [later.tokens.mint(WHO).token, later.tickets.sign(later.claims)];
  clock.advance(3_600_000 - 61_000);
  expect(await tokens.verify(token)).toEqual({ ok: false, code: "token_invalid" });
  expect(read(ticket)).toBeUndefined();
  clock.advance(2_000);
  expect(await tokens.verify(token)).toMatchObject({ ok: true });
  expect(read(ticket)).toEqual(ownClaims);
});

test("[S1] after a change of the secret, the one before is still accepted", async () => {
  const before = setUp();
  const after = setUp({ secret: "another secret, long enough to be used", previousSecret: SETTINGS.secret });
  const { token } = before.tokens.mint(WHO);
  expect(await after.tokens.verify(token)).toMatchObject({ ok: true });
  const renewed = after.tokens.mint(WHO);
  expect(await before.tokens.verify(renewed.token)).toEqual({ ok: false, code: "token_invalid" });
});

test("[S1] a token that is over is recalled for a while, so that the person stays the same", async () => {
  const { tokens, clock } = setUp();
  const { token } = tokens.mint(WHO);
  clock.advance(3_600_000);
  expect(tokens.recall(token)).toMatchObject(WHO);
  clock.advance(3_600_000);
  expect(tokens.recall(token)).toBeUndefined();
});

test("[T1] a ticket remembers its room and is over with the leeway after 120 s", async () => {
  const { tickets, claims, read, ownClaims, clock } = setUp({ leewayMs: 0 });
  const ticket = tickets.sign(claims);
  expect(read(ticket)).toEqual(ownClaims);
  clock.advance(119_000);
  expect(read(ticket)).toEqual(ownClaims);
  clock.advance(2_000);
  expect(read(ticket)).toBeUndefined();
});

test("[K5] [T1] a ticket remembers that its room is relay only; one that says nothing of it is of a room that is not", async () => {
  const { tickets, claims, read, ownClaims } = setUp();
  const ticket = tickets.sign({ ...claims, relayOnly: true });
  expect(read(ticket)).toEqual({ ...ownClaims, relayOnly: true });
  const [, body] = partsOf(tickets.sign(claims));
  expect(JSON.parse(Buffer.from(body, "base64url").toString())).not.toHaveProperty("relayOnly");
});

test("[S8] a ticket is no token and a token is no ticket (I19)", async () => {
  const { tokens, tickets, claims: own, read } = setUp();
  const ticket = tickets.sign(own);
  const { token } = tokens.mint(WHO);
  expect(await tokens.verify(ticket)).toEqual({ ok: false, code: "token_invalid" });
  expect(read(token)).toBeUndefined();
  const [head, body, signature] = partsOf(ticket);
  const claims = JSON.parse(Buffer.from(body, "base64url").toString());
  expect(read(`${head}.${encode({ ...claims, generation: 3 })}.${signature}`)).toBeUndefined();
});

test("[T1] [S8] a ticket is good for its bearer only, and for nothing that was changed in it (I19, I22)", () => {
  const { tickets, claims, ownClaims, read } = setUp();
  const ticket = tickets.sign(claims);
  const [head, body, signature] = partsOf(ticket);
  expect(read(ticket)).toEqual(ownClaims);
  expect(tickets.read(ticket, PARTNER)).toBeUndefined();
  const none = encode({ alg: "none", typ: "JWT" });
  const forged = [
    "",
    "..",
    `${ticket}x`,
    `${ticket}.x`,
    `${head}.${body}`,
    `${head}.${body}.`,
    `${none}.${body}.`,
  ];
  for (const one of forged) expect(read(one), one).toBeUndefined();
  for (let at = 0; at < signature.length; at += 1) {
    const other = signature[at] === "A" ? "B" : "A";
    expect(
      read(`${head}.${body}.${signature.slice(0, at)}${other}${signature.slice(at + 1)}`),
    ).toBeUndefined();
  }
  expect(setUp({ secret: "another secret, long enough to be used" }).read(ticket)).toBeUndefined();
});

test("[T1] a ticket names nobody outside its room: what a page can read of it is another name in each", () => {
  const { tickets, claims } = setUp();
  const names = ["room-1", "room-2"].map((roomId) => tickets.nameIn(roomId, PARTNER));
  expect(new Set(names).size).toBe(2);
  const [, body] = partsOf(tickets.sign(claims));
  const text = Buffer.from(body, "base64url").toString();
  for (const userId of [USER, PARTNER]) expect(text).not.toContain(userId);
});

test("[T1] after a change of the secret, tickets of the one before are still taken", () => {
  const before = setUp();
  const after = setUp({ secret: "another secret, long enough to be used", previousSecret: SETTINGS.secret });
  expect(after.read(before.tickets.sign(before.claims))).toEqual(before.ownClaims);
});
