import { createHmac } from "node:crypto";
import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import { hmacTickets, hmacTokens, type SignerSettings } from "../../src/edge/hmac-signer.ts";
import { randomIds } from "../../src/edge/random-ids.ts";

const SETTINGS: SignerSettings = {
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
  me: USER,
  partner: PARTNER,
  role: "initiator",
  requestId: "find-1",
  relayOnly: false,
} as const;

function setUp(changes: Partial<SignerSettings> = {}) {
  const clock = manualClock(1_700_000_000_000);
  const settings = { ...SETTINGS, ...changes };
  return {
    clock,
    tokens: hmacTokens({ settings, clock, ids: randomIds() }),
    tickets: hmacTickets({ settings, clock }),
  };
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const partsOf = (jwt: string) => jwt.split(".") as [string, string, string];

test("[S1] a token says who it speaks for, for five minutes (C22, C41)", async () => {
  const { tokens, clock } = setUp();
  const { token, expiresInMs } = await tokens.mint(WHO);
  expect(expiresInMs).toBe(300_000);
  expect(await tokens.verify(token)).toEqual({ ok: true, identity: { ...WHO, expiresInMs: 300_000 } });
  clock.advance(310_000);
  expect(await tokens.verify(token)).toEqual({ ok: true, identity: { ...WHO, expiresInMs: -10_000 } });
});

test("[S2] an expired token and an invalid one are told apart, with a minute for differing clocks (C44)", async () => {
  const { tokens, clock } = setUp();
  const { token } = await tokens.mint(WHO);
  clock.advance(359_000);
  expect(await tokens.verify(token)).toMatchObject({ ok: true });
  clock.advance(2_000);
  expect(await tokens.verify(token)).toEqual({ ok: false, code: "token_expired" });
  expect(await tokens.verify("nonsense")).toEqual({ ok: false, code: "token_invalid" });
});

test("[S8] a token that was changed, unsigned, or signed otherwise is invalid (I19)", async () => {
  const { tokens } = setUp();
  const { token } = await tokens.mint(WHO);
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
    "",
    "..",
  ];
  for (const one of forged) {
    expect(await tokens.verify(one), one).toEqual({ ok: false, code: "token_invalid" });
    expect(await tokens.recall(one), one).toBeUndefined();
  }
  const other = setUp({ secret: "another secret, long enough to be used" });
  expect(await other.tokens.verify(token)).toEqual({ ok: false, code: "token_invalid" });
});

test("[S2] [S8] what is signed for a time that has not come is invalid, but for a minute (I19)", async () => {
  const { tokens, tickets, clock } = setUp();
  const later = setUp();
  later.clock.advance(3_600_000);
  const [token, ticket] = [(await later.tokens.mint(WHO)).token, await later.tickets.sign(CLAIMS)];
  clock.advance(3_600_000 - 61_000);
  expect(await tokens.verify(token)).toEqual({ ok: false, code: "token_invalid" });
  expect(await tickets.read(ticket)).toBeUndefined();
  clock.advance(2_000);
  expect(await tokens.verify(token)).toMatchObject({ ok: true });
  expect(await tickets.read(ticket)).toEqual(CLAIMS);
});

test("[S1] after a change of the secret, the one before is still accepted (C45)", async () => {
  const before = setUp();
  const after = setUp({ secret: "another secret, long enough to be used", previousSecret: SETTINGS.secret });
  const { token } = await before.tokens.mint(WHO);
  expect(await after.tokens.verify(token)).toMatchObject({ ok: true });
  const renewed = await after.tokens.mint(WHO);
  expect(await before.tokens.verify(renewed.token)).toEqual({ ok: false, code: "token_invalid" });
});

test("[S1] a token that is over is recalled for a while, so that the person stays the same", async () => {
  const { tokens, clock } = setUp();
  const { token } = await tokens.mint(WHO);
  clock.advance(3_600_000);
  expect(await tokens.recall(token)).toMatchObject(WHO);
  clock.advance(3_600_000);
  expect(await tokens.recall(token)).toBeUndefined();
});

test("[T1] a ticket remembers its room and is over with the leeway after 120 s", async () => {
  const { tickets, clock } = setUp({ leewayMs: 0 });
  const ticket = await tickets.sign(CLAIMS);
  expect(await tickets.read(ticket)).toEqual(CLAIMS);
  clock.advance(119_000);
  expect(await tickets.read(ticket)).toEqual(CLAIMS);
  clock.advance(2_000);
  expect(await tickets.read(ticket)).toBeUndefined();
});

test("[K5] [T1] a ticket remembers that its room is relay only; one that says nothing of it is of a room that is not", async () => {
  const { tickets } = setUp();
  const relayed = { ...CLAIMS, relayOnly: true };
  expect(await tickets.read(await tickets.sign(relayed))).toEqual(relayed);
  const [, body] = partsOf(await tickets.sign(CLAIMS));
  expect(JSON.parse(Buffer.from(body, "base64url").toString())).not.toHaveProperty("relayOnly");
});

test("[S8] a ticket is no token and a token is no ticket (I19)", async () => {
  const { tokens, tickets } = setUp();
  const ticket = await tickets.sign(CLAIMS);
  const { token } = await tokens.mint(WHO);
  expect(await tokens.verify(ticket)).toEqual({ ok: false, code: "token_invalid" });
  expect(await tickets.read(token)).toBeUndefined();
  const [head, body, signature] = partsOf(ticket);
  const claims = JSON.parse(Buffer.from(body, "base64url").toString());
  expect(await tickets.read(`${head}.${encode({ ...claims, me: PARTNER })}.${signature}`)).toBeUndefined();
});
