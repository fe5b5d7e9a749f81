import type { MintRefusal } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import type { ServerConfig } from "./config.ts";
import { challengeService } from "./edge/gatekeeper/challenge-service.ts";
import { CHALLENGE_MS, proofOfWork } from "./edge/gatekeeper/proof-of-work.ts";
import { type MintToken, mintWith, openGate } from "./edge/identity.ts";
import { keyRing } from "./edge/signing/jws.ts";
import { hmacTokens, refuseUsedUp } from "./edge/signing/tokens.ts";
import type { Limiter } from "./ports/counting.ts";
import type { Gatekeeper, Revocations, TokenVerifier } from "./ports/identity.ts";
import type { IdSource, Log } from "./ports.ts";
import { memoryOnceOnly } from "./store/memory-once-only.ts";
import { memoryRevocations } from "./store/memory-revocations.ts";
import { memoryTokenLines } from "./store/memory-token-lines.ts";

interface IdentitiesParts {
  readonly secret: string;
  readonly clock: Clock;
  /** The system's clock: tokens and challenges have to be understood by other servers. */
  readonly calendar: Clock;
  readonly ids: IdSource;
  readonly limiter: Limiter;
  readonly log: Log;
  /** What somebody new is told where there is no place (SPEC N6); undefined while there is one. */
  readonly refuseNewcomer: () => MintRefusal | undefined;
}

/** Who people are: how they get tokens, and which of these count. */
export interface Identities {
  readonly mint: MintToken;
  /** Reads this server's own tokens. */
  readonly verifier: TokenVerifier;
  readonly revocations: Revocations;
}

export function createIdentities(config: ServerConfig, parts: IdentitiesParts): Identities {
  const { clock, calendar, ids } = parts;
  const { previousSecret, ttlMs, leewayMs, recallMs, successionMs } = config.tokens;
  const secrets = { secret: parts.secret, previousSecret };
  const tokens = hmacTokens({
    settings: { ...secrets, tokenTtlMs: ttlMs, leewayMs, recallMs },
    calendar,
    ids,
  });
  const memoryMs = ttlMs + 2 * leewayMs + recallMs;
  const lines = memoryTokenLines({ clock, successionMs, memoryMs });
  const revocations = memoryRevocations(clock);
  const gatekeeper = gatekeeperOf(config, parts);
  return {
    mint: mintWith({
      signer: tokens,
      lines,
      revocations,
      gatekeeper,
      limiter: parts.limiter,
      scope: config.identityScope,
      refuseNewcomer: parts.refuseNewcomer,
    }),
    verifier: refuseUsedUp(tokens, lines),
    revocations,
  };
}

function gatekeeperOf(
  { gatekeeper, tokens: { previousSecret, leewayMs } }: ServerConfig,
  { secret, clock, calendar, log }: IdentitiesParts,
): Gatekeeper {
  switch (gatekeeper.kind) {
    case "none":
      return openGate;
    case "proof-of-work": {
      const [{ key }] = keyRing({ secret, previousSecret }, "challenge");
      const used = memoryOnceOnly({ clock, lifetimeMs: CHALLENGE_MS + leewayMs });
      return proofOfWork({ key, bits: gatekeeper.bits, leewayMs, calendar, used });
    }
    case "challenge-service":
      return challengeService(gatekeeper, log);
  }
}
