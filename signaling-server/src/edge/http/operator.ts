import { createHash, timingSafeEqual } from "node:crypto";
import { errorBody, LIMITS } from "@serendip/protocol";
import { type Clock, type Remainder, refillMs, spend } from "@serendip/time";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { createExpiringMap } from "../../domain/collections/expiring-map.ts";
import type { Log } from "../../ports.ts";
import { addDebugPages, type DebugParts } from "./debug-pages.ts";
import type { Networks } from "./networks.ts";
import { addRevocationPages, type RevocationParts } from "./revocation-pages.ts";

/** Wrong admin tokens that one network may show, and how soon it may try again. */
const GUESSES = { burst: 10, perSecond: 0.1 } as const;
const REMEMBERED_NETWORKS = 1_000;

export type OperatorParts = DebugParts &
  RevocationParts & {
    readonly adminToken: string;
    readonly clock: Clock;
    readonly log: Log;
    readonly networks: Pick<Networks, "of">;
  };

/** The token in the header `Authorization: Bearer …`; undefined for anything else, and where it is too long for one. */
export function bearerOf(request: FastifyRequest): string | undefined {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  return token !== undefined && token.length <= LIMITS.tokenChars ? token : undefined;
}

/** Compares in a time that shows neither how much of the guess is right nor how long the secret is. */
function isSame(guess: string, expected: string): boolean {
  const digest = (value: string) => createHash("sha256").update(value).digest();
  return timingSafeEqual(digest(guess), digest(expected));
}

/**
 * Adds what is for the operator alone (SPEC S19). The admin token is asked for in one place, before a request is looked at, so
 * that no page of this scope can be without the question. The right one is always good, however many wrong ones others of the same
 * network have shown.
 */
export function openOperatorPages(scope: FastifyInstance, parts: OperatorParts): void {
  const { adminToken, clock, log, networks } = parts;
  const guesses = createExpiringMap<string, Remainder>(refillMs(GUESSES), { most: REMEMBERED_NETWORKS });

  scope.addHook("onRequest", async (request, reply) => {
    if (isSame(bearerOf(request) ?? "", adminToken)) return;
    const network = networks.of(request.raw).shown;
    const now = clock.now();
    const spent = spend(guesses.get(network, now), { amount: 1, now, allowance: GUESSES });
    if (!spent.ok) {
      reply.code(429).header("retry-after", Math.ceil(spent.waitMs / 1_000));
      return reply.send(errorBody("rate_limited", "Too many wrong admin tokens.", spent.waitMs));
    }
    guesses.dropExpired(now);
    guesses.set(network, spent.remainder, now);
    log.warn("Admin token refused", { network });
    reply.code(401).header("www-authenticate", "Bearer");
    return reply.send(errorBody("token_invalid", "This address is for the operator."));
  });

  addDebugPages(scope, parts);
  addRevocationPages(scope, parts);
}
