import type { Clock } from "@serendip/time";
import * as z from "zod";
import type { TokenLink } from "../../domain/token-line.ts";
import type { Identity, TokenLines, TokenSigner, TokenVerdict, TokenVerifier } from "../../ports/identity.ts";
import type { IdSource } from "../../ports.ts";
import { keyRing, readJws, type Secrets, signJws } from "./jws.ts";

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
  jti: z.string().min(1).max(100),
  /** Line of renewals and place in it; absent in the first token of a line, which its own id names. */
  ln: z.string().min(1).max(100).optional(),
  n: z.int().min(1).optional(),
  /** RFC 7519 sections 4.1.4 and 4.1.6. */
  exp: z.number(),
  iat: z.number(),
  v: z.literal(TOKEN_FORMAT),
});

type Reading =
  | { readonly ok: true; readonly identity: Identity; readonly link: TokenLink }
  | { readonly ok: false; readonly code: "token_expired" | "token_invalid" };

/**
 * Makes and reads this service's own anonymous tokens: compact HMAC JWTs (RFC 7519). Nobody else makes them, so all that
 * could be said differently in one (header, spelling, order) is refused with the signature.
 */
export function hmacTokens({ settings, calendar, ids }: TokenParts): TokenSigner & TokenVerifier {
  const keys = keyRing(settings, "token");

  function readToken(token: string, leewayMs: number): Reading {
    const claims = TokenClaims.safeParse(readJws(keys, token));
    if (!claims.success) return { ok: false, code: "token_invalid" };
    const { sub, dg, jti, ln: line = jti, n: number = 0, exp, iat } = claims.data;
    const now = calendar.now();
    if (exp * 1000 + leewayMs <= now) return { ok: false, code: "token_expired" };
    if (iat * 1000 > now + leewayMs) return { ok: false, code: "token_invalid" };
    return {
      ok: true,
      identity: { userId: sub, deviceGroup: dg, expiresInMs: Math.round(exp * 1000 - now) },
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

    verify: (token) => readToken(token, settings.leewayMs),

    recall(token) {
      const read = readToken(token, settings.leewayMs + settings.recallMs);
      return read.ok ? { ...read.identity, link: read.link } : undefined;
    },
  };
}

/** The verifier, for which a token is invalid once a later one of its line has taken its place (SPEC S14). */
export function refuseUsedUp(verifier: TokenVerifier, lines: TokenLines): TokenVerifier {
  const used = { ok: false, code: "token_invalid" } as const;
  const judge = (verdict: TokenVerdict): TokenVerdict | Promise<TokenVerdict> => {
    if (!verdict.ok || !verdict.link) return verdict;
    const counts = lines.show(verdict.link);
    if (typeof counts !== "boolean") return counts.then((isGood) => (isGood ? verdict : used));
    return counts ? verdict : used;
  };
  return {
    verify(token) {
      const verdict = verifier.verify(token);
      return "then" in verdict ? verdict.then(judge) : judge(verdict);
    },
  };
}
