import { createHash, randomUUID } from "node:crypto";
import { errorBody, type MintRefusal, type MintReply, type MintRequest } from "@serendip/protocol";
import { backoffMs, type Clock } from "@serendip/time";
import type { LimitVerdict } from "../domain/limits/quota.ts";
import type { Limiter } from "../ports/counting.ts";
import type {
  Gatekeeper,
  IdentityVerdict,
  Revocations,
  TokenLines,
  TokenSigner,
  TokenVerdict,
  TokenVerifier,
} from "../ports/identity.ts";
import type { Log, LogFields } from "../ports.ts";

interface IdentityParts {
  readonly verifier: TokenVerifier;
  readonly revocations: Pick<Revocations, "has">;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
}

/**
 * Attempts to get a verdict from a verifier that fails (SPEC S2): that of an identity provider, handed to `startServer`, may be
 * out of reach. This service's own tokens are read in the process, which never fails for a passing reason.
 */
const TRIES = 3;
/** Time that each of them has; with the pauses all of them take less than a page waits for its welcome. */
const TRY_MS = 2_000;
const PAUSE = { firstMs: 200, capMs: 1_000 } as const;
const RETRY_AFTER_MS = 1_000;

/** Checks a token; never rejects. `source` holds the fields for the log that say who has shown it. */
export type CheckToken = (token: string | undefined, source: LogFields) => Promise<IdentityVerdict>;

class VerifierSilent extends Error {
  override readonly name = "VerifierSilent";
}

/**
 * Makes the check of tokens: it tries again when the verifier fails for a passing reason, and tells expired, invalid and
 * could-not-be-checked tokens apart (SPEC S2). Whom the operator has shut out is refused (SPEC S16).
 */
export function checkWith({ verifier, revocations, clock, random, log }: IdentityParts): CheckToken {
  const pause = (attempt: number) =>
    new Promise<void>((resolve) => {
      clock.after(backoffMs(PAUSE, attempt, random()), resolve);
    });

  const inTime = (asked: Promise<TokenVerdict>) =>
    new Promise<TokenVerdict>((resolve, reject) => {
      const cancel = clock.after(TRY_MS, () => reject(new VerifierSilent()));
      asked.then(resolve, reject).finally(cancel);
    });

  return async (token, source) => {
    if (token === undefined || token === "") return { ok: false, error: errorBody("token_missing") };
    for (let attempt = 1; ; attempt += 1) {
      try {
        const asked = verifier.verify(token);
        const verdict = "then" in asked ? await inTime(asked) : asked;
        log.info("Token validation", { verdict: verdict.ok ? "ok" : verdict.code, attempt, ...source });
        if (!verdict.ok) return { ok: false, error: errorBody(verdict.code) };
        if (await revocations.has(verdict.identity)) return { ok: false, error: errorBody("revoked") };
        return verdict;
      } catch (error) {
        const reason = error instanceof Error ? error.name : "unknown";
        log.warn("Token validation could not be done", { attempt, reason, ...source });
        if (attempt >= TRIES)
          return { ok: false, error: errorBody("identity_unavailable", undefined, RETRY_AFTER_MS) };
        await pause(attempt);
      }
    }
  };
}

/** Whether each tab is a user of its own, or all tabs of a browser profile are one. */
export type IdentityScope = "tab" | "device";

export interface MintAsk {
  readonly request: MintRequest;
  /** The asker's present token. */
  readonly current: string | undefined;
  /** A keyed hash of the asker's network; undefined where that is not known. */
  readonly networkKey: string | undefined;
}

export type MintVerdict =
  | { readonly ok: true; readonly reply: MintReply }
  | { readonly ok: false; readonly error: MintRefusal };

/**
 * Makes a token; for the same person as the `current` one, if that can be recalled (SPEC S1). One that is used up gets none
 * (S14), nor does who is shut out (S16). A new person, or one with another device group, has to pass the gatekeeper (S17). Rejects only when a memory cannot be
 * asked.
 */
export type MintToken = (ask: MintAsk) => Promise<MintVerdict>;

const USED_UP = errorBody("token_invalid", "A newer token has taken the place of this one.");

export function mintWith(parts: {
  readonly signer: TokenSigner;
  readonly lines: TokenLines;
  readonly revocations: Pick<Revocations, "has">;
  readonly gatekeeper: Gatekeeper;
  readonly limiter: Limiter;
  readonly scope: IdentityScope;
  /** What somebody new is told where there is no place (SPEC N6); undefined while there is one. */
  readonly refuseNewcomer: () => MintRefusal | undefined;
}): MintToken {
  const { signer, lines, revocations, gatekeeper, limiter, scope, refuseNewcomer } = parts;
  const refusalOf = (verdict: LimitVerdict): MintVerdict | undefined =>
    verdict.ok ? undefined : { ok: false, error: errorBody("rate_limited", undefined, verdict.retryAfterMs) };

  return async ({ request: { answer, ...request }, current, networkKey: network }) => {
    const known = current === undefined ? undefined : signer.recall(current);
    // Only who shows a bad one pays for the network: a stranger must not use up what its honest people renew theirs with.
    const isBad = current !== undefined && !known;
    const early = isBad ? refusalOf(await limiter.take("renewal", { network })) : undefined;
    if (early) return early;
    const full = known ? undefined : refuseNewcomer();
    if (full) return { ok: false, error: full };
    const deviceGroup = request.deviceGroup ?? known?.deviceGroup;
    const shared = scope === "device" && deviceGroup !== undefined;
    const userId = shared ? userOfDevice(deviceGroup) : (known?.userId ?? randomUUID());
    const who = { userId, deviceGroup };
    // With another device group a person may become another one, who is as new as any.
    const isNew = known?.userId !== userId;
    // Limits and standing count by device: a new one costs as much as a new person.
    const isSameDevice = known?.deviceGroup === deviceGroup;
    // Who has named none yet has passed for this one; the token is used up by it, so that it serves for no other.
    const isFirstDevice = known !== undefined && known.deviceGroup === undefined;
    const hasToPass = isNew || !(isSameDevice || isFirstDevice);
    const judge = () => gatekeeper.judge(answer, network);
    // To be told what there is to do costs nothing yet; each try to do it does.
    if (hasToPass && answer === undefined) {
      const verdict = await judge();
      if (!verdict.ok) return verdict;
    }
    const refusal = refusalOf(
      known && isSameDevice
        ? await limiter.take("renewal", { person: known.userId, device: deviceGroup })
        : await limiter.take("mint", { device: deviceGroup, network }),
    );
    if (refusal) return refusal;
    for (const one of known ? [known, who] : [who])
      if (await revocations.has(one)) return { ok: false, error: errorBody("revoked") };
    if (hasToPass && answer !== undefined) {
      const verdict = await judge();
      if (!verdict.ok) return verdict;
    }
    if (known && !(await lines.replace(known.link))) return { ok: false, error: USED_UP };
    return { ok: true, reply: signer.mint(who, known?.link) };
  };
}

/** Lets everybody in. */
export const openGate: Gatekeeper = { judge: async () => ({ ok: true }) };

/** The same user id for the same device group, which it does not reveal (UUID version 8, RFC 9562 section 5.8). */
function userOfDevice(deviceGroup: string): string {
  const hash = createHash("sha256").update(`serendip user of device ${deviceGroup.toLowerCase()}`).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    "-",
  );
}
