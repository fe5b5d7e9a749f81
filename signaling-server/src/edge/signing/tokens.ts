import type { Clock } from "@serendip/time";
import { errors, type JWTPayload, jwtVerify } from "jose";
import * as z from "zod";
import type { TokenLink } from "../../domain/token-line.ts";
import type { Identity, TokenLines, TokenSigner, TokenVerifier } from "../../ports/identity.ts";
import type { IdSource } from "../../ports.ts";
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

/** The compact form (RFC 7515 section 7.1), and no other spelling of it. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Raised when the meaning of a claim changes. */
const TOKEN_FORMAT = 1;

const TokenClaims = z.object({
  sub: z.uuid(),
  dg: z.uuid().optional(),
  jti: z.string().min(1).max(100),
  /** Line of renewals and place in it; absent in the first token of a line, which its own id names. */
  ln: z.string().min(1).max(100).optional(),
  n: z.int().min(1).optional(),
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
    // The library takes white space in a signature, so that one token would have many spellings.
    if (!COMPACT.test(token)) throw new errors.JWSInvalid("not in compact form");
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

  async function readToken(
    token: string,
    leewayMs: number,
  ): Promise<{ readonly identity: Identity; readonly link: TokenLink } | undefined> {
    const claims = TokenClaims.safeParse(await claimsOf(token, leewayMs));
    if (!claims.success) return undefined;
    const { sub, dg, jti, ln: line = jti, n: number = 0, exp } = claims.data;
    return {
      identity: { userId: sub, deviceGroup: dg, expiresInMs: Math.round(exp * 1000 - calendar.now()) },
      link: { line, number, tokenId: jti },
    };
  }

  return {
    mint({ userId, deviceGroup }, replaced) {
      const dg = deviceGroup === undefined ? {} : { dg: deviceGroup };
      const place = replaced ? { ln: replaced.line, n: replaced.number + 1 } : {};
      // Milliseconds as a fraction (NumericDate of RFC 7519 allows it), so that a token's life is as long as promised.
      const iat = calendar.now() / 1000;
      const exp = iat + settings.tokenTtlMs / 1000;
      const token = signJws(keys, { sub: userId, ...dg, jti: ids.id(), ...place, v: TOKEN_FORMAT, iat, exp });
      return { token, expiresInMs: settings.tokenTtlMs };
    },

    async verify(token) {
      try {
        const read = await readToken(token, settings.leewayMs);
        return read ? { ok: true, ...read } : { ok: false, code: "token_invalid" };
      } catch (error) {
        return { ok: false, code: error instanceof errors.JWTExpired ? "token_expired" : "token_invalid" };
      }
    },

    async recall(token) {
      const read = await readToken(token, settings.leewayMs + settings.recallMs).catch(() => undefined);
      return read && { ...read.identity, link: read.link };
    },
  };
}

/** The verifier, for which a token is invalid once a later one of its line has taken its place (SPEC S14). */
export function refuseUsedUp(verifier: TokenVerifier, lines: TokenLines): TokenVerifier {
  return {
    async verify(token) {
      const verdict = await verifier.verify(token);
      if (!verdict.ok || !verdict.link || (await lines.show(verdict.link))) return verdict;
      return { ok: false, code: "token_invalid" };
    },
  };
}
