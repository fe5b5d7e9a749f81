import { createHmac } from "node:crypto";
import { manualClock } from "@serendip/time/testing";
import fc from "fast-check";
import { errors, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { randomIds } from "../../src/edge/random-ids.ts";
import { keyRing, type SigningKey } from "../../src/edge/signing/jws.ts";
import { hmacTokens } from "../../src/edge/signing/tokens.ts";

const numRuns = Math.ceil(Number(process.env["FC_RUNS"] ?? 2_000) / 2);

const NOW_S = 1_700_000_000;
const LEEWAY_S = 60;
const SETTINGS = {
  secret: "one long enough to be used here, one",
  previousSecret: "the one before, which is long enough",
  tokenTtlMs: 300_000,
  leewayMs: LEEWAY_S * 1000,
  recallMs: 3_600_000,
};
const USER = "0b8e3c60-6a35-4c36-9d9c-0a86c1bd6d22";
const DEVICE = "6b1d7c2e-12f4-4d5b-8a37-0c6a9b8f3e11";

const clock = manualClock(NOW_S * 1000);
const tokens = hmacTokens({ settings: SETTINGS, calendar: clock, ids: randomIds() });
const keys = keyRing(SETTINGS, "token");
const strangers = keyRing(
  { secret: "a stranger's own secret, long enough", previousSecret: undefined },
  "token",
);

const encode = (text: string) => Buffer.from(text).toString("base64url");
const sign = ({ key }: Pick<SigningKey, "key">, header: string, payload: string) => {
  const signed = `${header}.${encode(payload)}`;
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
};

/** What a library that knows every way to forge a token makes of one: its claims, or why not. */
async function verdictOfJose(token: string): Promise<"token_expired" | "token_invalid" | object> {
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid }) => keys.find((one) => one.kid === kid)?.key ?? fail(),
      {
        algorithms: ["HS256"],
        clockTolerance: LEEWAY_S,
        currentDate: new Date(clock.now()),
        requiredClaims: ["exp", "iat"],
      },
    );
    return payload;
  } catch (error) {
    return error instanceof errors.JWTExpired ? "token_expired" : "token_invalid";
  }
}
const fail = (): never => {
  throw new errors.JWKSNoMatchingKey();
};

const seconds = fc.oneof(
  fc.integer({ min: NOW_S - 400, max: NOW_S + 400 }),
  fc.constantFrom(NOW_S, NOW_S - LEEWAY_S, NOW_S - LEEWAY_S + 1, NOW_S + LEEWAY_S, NOW_S + LEEWAY_S + 1),
  // Numbers without a fraction, so that a clock of whole seconds and one of milliseconds say the same.
  fc.constantFrom(0, -1, 1e300, "1700000100", null, true),
);
const goodClaims = fc.record({
  sub: fc.constant(USER),
  dg: fc.constant(DEVICE),
  jti: fc.constant("token-id"),
  v: fc.constant(1),
  exp: seconds,
  iat: seconds,
});
const anyClaims = fc.oneof(
  { weight: 4, arbitrary: goodClaims },
  {
    weight: 2,
    arbitrary: fc.record(
      {
        sub: fc.oneof(fc.constant(USER), fc.string()),
        jti: fc.string(),
        v: fc.constantFrom(1, 2, "1"),
        exp: seconds,
        iat: seconds,
      },
      { requiredKeys: [] },
    ),
  },
  { weight: 1, arbitrary: fc.jsonValue() },
);
const headers = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...keys.map(({ header }) => header)) },
  {
    weight: 2,
    arbitrary: fc
      .record(
        {
          alg: fc.constantFrom("HS256", "none", "HS512", "hs256", "RS256"),
          typ: fc.constantFrom("JWT", "jwt"),
          kid: fc.constantFrom(...keys.map(({ kid }) => kid), "other"),
          crit: fc.constant(["b64"]),
          b64: fc.boolean(),
        },
        { requiredKeys: [] },
      )
      .map((header) => encode(JSON.stringify(header))),
  },
  { weight: 1, arbitrary: fc.string() },
);

test("[S8] [S2] whatever is signed by whomever, a token counts only where jose takes it, for whom and how long it says (I19)", async () => {
  const signers = fc.constantFrom<Pick<SigningKey, "key">>(...keys, ...keys, ...strangers);
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(signers, headers, anyClaims, async (signer, header, claims) => {
      const token = sign(signer, header, JSON.stringify(claims));
      const [own, theirs] = [await tokens.verify(token), await verdictOfJose(token)];
      if (!own.ok) {
        // It says no less exactly why; what is not of this service's form is invalid, whatever its time.
        if (own.code === "token_expired") expect(theirs).toBe("token_expired");
        return;
      }
      taken += 1;
      expect(theirs).toMatchObject({ sub: own.identity.userId });
      expect(keys.map((key) => key.header)).toContain(header);
      expect(own.identity.expiresInMs).toBe(((theirs as { exp: number }).exp - NOW_S) * 1000);
    }),
    { numRuns },
  );
  expect(taken).toBeGreaterThan(numRuns / 100);
});

test("[S8] [S2] of tokens in this service's form, those count that jose takes, and the others are over or invalid as it says", async () => {
  await fc.assert(
    fc.asyncProperty(goodClaims, async (claims) => {
      const token = sign(keys[0], keys[0].header, JSON.stringify(claims));
      const [own, theirs] = [await tokens.verify(token), await verdictOfJose(token)];
      if (typeof theirs === "string") {
        expect(own).toEqual({ ok: false, code: theirs });
        return;
      }
      // The library asks when a token was made only where it is told how old one may be.
      const isEarly = Number(claims.iat) > NOW_S + LEEWAY_S;
      expect(own).toMatchObject(
        isEarly
          ? { ok: false, code: "token_invalid" }
          : { ok: true, identity: { userId: USER, deviceGroup: DEVICE } },
      );
    }),
    { numRuns },
  );
});

test("[S8] a token has one spelling: with any other letter in any place it is invalid and recalls nobody (I19)", async () => {
  const { token } = tokens.mint({ userId: USER, deviceGroup: DEVICE });
  const piece = fc.oneof(
    fc.constantFrom("", ".", "=", " ", "\n", "A", "-", "é", "\u0000"),
    fc.string({ maxLength: 3 }),
  );
  const edit = fc.record({ at: fc.nat(token.length), drop: fc.nat(3), piece });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
      let other = token;
      for (const { at, drop, piece } of edits)
        other = `${other.slice(0, at)}${piece}${other.slice(at + drop)}`;
      fc.pre(other !== token);
      expect(await tokens.verify(other)).toEqual({ ok: false, code: "token_invalid" });
      expect(tokens.recall(other)).toBeUndefined();
    }),
    { numRuns },
  );
});

test("[S1] jose reads what is minted here", async () => {
  const minted = tokens.mint(
    { userId: USER, deviceGroup: undefined },
    { line: "l", number: 3, tokenId: "t" },
  );
  expect(await verdictOfJose(minted.token)).toMatchObject({ sub: USER, ln: "l", n: 4, exp: NOW_S + 300 });
});
