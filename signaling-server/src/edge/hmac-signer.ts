import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { Clock } from "@serendip/time";
import { errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
import * as z from "zod";
import type { TicketClaims } from "../domain/lobby/command.ts";
import type { Identity, IdSource, TicketSigner, TokenSigner, TokenVerifier } from "../ports.ts";

/** @see RFC 7519 (JWT), RFC 7515 section 4.1.4 (`kid`). */
export interface SignerSettings {
  readonly secret: string;
  /** Still accepted, so that the secret can be changed without forgetting anybody. */
  readonly previousSecret: string | undefined;
  readonly tokenTtlMs: number;
  readonly ticketTtlMs: number;
  /** How far the clocks of two servers may differ. */
  readonly leewayMs: number;
  /** For how long after its end a token can still be continued with the same identity. */
  readonly recallMs: number;
}

interface SignerParts {
  readonly settings: SignerSettings;
  /** The system's: what is signed has to be understood after a restart, and elsewhere. */
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** Bumped when the meaning of a claim changes. */
const TOKEN_FORMAT = 1;

const TokenClaims = z.object({
  sub: z.uuid(),
  dg: z.uuid().optional(),
  exp: z.number(),
  v: z.literal(TOKEN_FORMAT),
});

const TicketBody = z.object({
  room: z.string().min(1).max(100),
  me: z.uuid(),
  partner: z.uuid(),
  role: z.enum(["initiator", "responder"]),
  generation: z.int().min(1),
  requestId: z.string().min(1).max(100),
  /** Absent: false. */
  relayOnly: z.literal(true).optional(),
});

interface Key {
  readonly kid: string;
  readonly key: KeyObject;
}

/** A separate key per purpose, so that a ticket can never pass for a token. */
function deriveKey(secret: string, purpose: string): Key {
  const derive = (label: string) =>
    createHmac("sha256", secret).update(`serendip ${purpose} ${label}`).digest();
  return { kid: derive("id").toString("hex").slice(0, 12), key: createSecretKey(derive("key")) };
}

function jwtCodec(settings: SignerSettings, purpose: string, clock: Clock) {
  const current = deriveKey(settings.secret, purpose);
  const accepted = [current];
  if (settings.previousSecret !== undefined) accepted.push(deriveKey(settings.previousSecret, purpose));
  const seconds = (ms: number) => Math.ceil(ms / 1000);

  return {
    sign: (payload: JWTPayload, ttlMs: number) => {
      // Milliseconds as a fraction (NumericDate of RFC 7519 allows it), so that a token's life is as long as promised.
      const now = clock.now() / 1000;
      return new SignJWT(payload)
        .setProtectedHeader({ alg: "HS256", typ: "JWT", kid: current.kid })
        .setIssuedAt(now)
        .setExpirationTime(now + ttlMs / 1000)
        .sign(current.key);
    },
    /** @throws of jose's errors. */
    read: async (jwt: string, leewayMs: number) => {
      const findKey = (header: { kid?: string }) => {
        const found = accepted.find((key) => key.kid === header.kid);
        if (!found) throw new errors.JWKSNoMatchingKey();
        return found.key;
      };
      const { payload } = await jwtVerify(jwt, findKey, {
        algorithms: ["HS256"],
        clockTolerance: seconds(leewayMs),
        currentDate: new Date(clock.now()),
        requiredClaims: ["exp", "iat"],
      });
      if ((payload.iat ?? 0) * 1000 > clock.now() + leewayMs)
        throw new errors.JWTClaimValidationFailed("issued in the future", payload, "iat", "check_failed");
      return payload;
    },
  };
}

/** This service's own anonymous tokens: compact HMAC JWTs. */
export function hmacTokens({ settings, clock, ids }: SignerParts): TokenSigner & TokenVerifier {
  const codec = jwtCodec(settings, "token", clock);

  async function identityOf(token: string, leewayMs: number): Promise<Identity | undefined> {
    const claims = TokenClaims.safeParse(await codec.read(token, leewayMs));
    if (!claims.success) return undefined;
    const { sub, dg, exp } = claims.data;
    return { userId: sub, deviceGroup: dg, expiresInMs: Math.round(exp * 1000 - clock.now()) };
  }

  return {
    async mint({ userId, deviceGroup }) {
      const dg = deviceGroup === undefined ? {} : { dg: deviceGroup };
      const payload = { sub: userId, ...dg, jti: ids.id(), v: TOKEN_FORMAT };
      return { token: await codec.sign(payload, settings.tokenTtlMs), expiresInMs: settings.tokenTtlMs };
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

/** Room tickets, signed like tokens with a key of their own. */
export function hmacTickets({ settings, clock }: Omit<SignerParts, "ids">): TicketSigner {
  const codec = jwtCodec(settings, "ticket", clock);
  return {
    sign: ({ roomId, relayOnly, ...claims }: TicketClaims) =>
      codec.sign({ room: roomId, ...claims, ...(relayOnly ? { relayOnly } : {}) }, settings.ticketTtlMs),

    async read(ticket) {
      try {
        const body = TicketBody.parse(await codec.read(ticket, settings.leewayMs));
        const { room, relayOnly = false, ...claims } = body;
        return { roomId: room, relayOnly, ...claims };
      } catch {
        return undefined;
      }
    },
  };
}
