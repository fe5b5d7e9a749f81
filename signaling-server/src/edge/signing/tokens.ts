import type { Clock } from "@serendip/time";
import { errors, type JWTPayload, jwtVerify } from "jose";
import * as z from "zod";
import type { Identity, IdSource, TokenSigner, TokenVerifier } from "../../ports.ts";
import { keyRing, type Secrets, signJws } from "./jws.ts";

export interface TokenSettings extends Secrets {
  readonly tokenTtlMs: number;
  /** How far the clocks of two servers may differ, milliseconds. */
  readonly leewayMs: number;
  /** How long after its end a token can still be continued with the same identity, milliseconds. */
  readonly recallMs: number;
}

interface TokenParts {
  readonly settings: TokenSettings;
  /** The system's clock: a token has to be understood after a restart, and by other servers. */
  readonly calendar: Clock;
  readonly ids: IdSource;
}

/** Raised when the meaning of a claim changes. */
const TOKEN_FORMAT = 1;

const TokenClaims = z.object({
  sub: z.uuid(),
  dg: z.uuid().optional(),
  exp: z.number(),
  v: z.literal(TOKEN_FORMAT),
});

/**
 * Makes and reads this service's own anonymous tokens: compact HMAC JWTs (RFC 7519). Strangers send them back, so they are
 * read by a library that knows every way to forge one.
 */
export function hmacTokens({ settings, calendar, ids }: TokenParts): TokenSigner & TokenVerifier {
  const keys = keyRing(settings, "token");

  /** @throws errors of jose */
  async function claimsOf(token: string, leewayMs: number): Promise<JWTPayload> {
    const findKey = (header: { kid?: string }) => {
      const found = keys.find(({ kid }) => kid === header.kid);
      if (!found) throw new errors.JWKSNoMatchingKey();
      return found.key;
    };
    const { payload } = await jwtVerify(token, findKey, {
      algorithms: ["HS256"],
      clockTolerance: Math.ceil(leewayMs / 1000),
      currentDate: new Date(calendar.now()),
      requiredClaims: ["exp", "iat"],
    });
    if ((payload.iat ?? 0) * 1000 > calendar.now() + leewayMs)
      throw new errors.JWTClaimValidationFailed("issued in the future", payload, "iat", "check_failed");
    return payload;
  }

  async function identityOf(token: string, leewayMs: number): Promise<Identity | undefined> {
    const claims = TokenClaims.safeParse(await claimsOf(token, leewayMs));
    if (!claims.success) return undefined;
    const { sub, dg, exp } = claims.data;
    return { userId: sub, deviceGroup: dg, expiresInMs: Math.round(exp * 1000 - calendar.now()) };
  }

  return {
    mint({ userId, deviceGroup }) {
      const dg = deviceGroup === undefined ? {} : { dg: deviceGroup };
      // Milliseconds as a fraction (NumericDate of RFC 7519 allows it), so that a token's life is as long as promised.
      const iat = calendar.now() / 1000;
      const exp = iat + settings.tokenTtlMs / 1000;
      const token = signJws(keys, { sub: userId, ...dg, jti: ids.id(), v: TOKEN_FORMAT, iat, exp });
      return { token, expiresInMs: settings.tokenTtlMs };
    },

    async verify(token) {
      try {
        const identity = await identityOf(token, settings.leewayMs);
        return identity ? { ok: true, identity } : { ok: false, code: "token_invalid" };
      } catch (error) {
        return { ok: false, code: error instanceof errors.JWTExpired ? "token_expired" : "token_invalid" };
      }
    },

    async recall(token) {
      return identityOf(token, settings.leewayMs + settings.recallMs).catch(() => undefined);
    },
  };
}
