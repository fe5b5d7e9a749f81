import { createHash, createHmac, type KeyObject, randomBytes, timingSafeEqual } from "node:crypto";
import { type ChallengeAnswer, errorBody, type MintRefusal } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import type { Gatekeeper, OnceOnly } from "../../ports/identity.ts";

/** Life of a challenge. A slow phone has to be done within it, and its nonce is remembered for so long. */
export const CHALLENGE_MS = 120_000;
const FULL_RETRY_MS = 5_000;

export interface ProofOfWorkParts {
  readonly key: KeyObject;
  /** Leading zero bits that are wanted: each one doubles the work. */
  readonly bits: number;
  /** How far the clocks of two servers may differ, milliseconds. */
  readonly leewayMs: number;
  /** The system's clock: another server may read the answer. */
  readonly calendar: Pick<Clock, "now">;
  readonly used: OnceOnly;
}

/** Number of zero bits at the beginning of SHA-256 of `<nonce>.<counter>`. */
export function leadingZeroBits(nonce: string, counter: number): number {
  const hash = createHash("sha256").update(`${nonce}.${counter}`).digest();
  const first = hash.findIndex((byte) => byte !== 0);
  return first === -1 ? hash.length * 8 : first * 8 + Math.clz32(hash[first] ?? 0) - 24;
}

/**
 * Asks each newcomer for some work of a processor (SPEC S17). Nothing is kept of a challenge: its nonce holds the time and is
 * signed, together with the difficulty and the network it was made for. Only nonces that were answered are remembered.
 */
export function proofOfWork({ key, bits, leewayMs, calendar, used }: ProofOfWorkParts): Gatekeeper {
  const macOf = (at: string, salt: string, networkKey: string | undefined): string =>
    createHmac("sha256", key)
      .update(`${at} ${salt} ${bits} ${networkKey ?? "-"}`)
      .digest("base64url");

  const challenge = (networkKey: string | undefined): MintRefusal => {
    const at = calendar.now().toString(36);
    const salt = randomBytes(12).toString("base64url");
    const nonce = `${at}.${salt}.${macOf(at, salt, networkKey)}`;
    return { ...errorBody("challenge_required"), challenge: { kind: "proof-of-work", nonce, bits } };
  };

  const isGenuine = (nonce: string, networkKey: string | undefined): boolean => {
    const [at = "", salt = "", mac = "", ...more] = nonce.split(".");
    const [given, expected] = [Buffer.from(mac), Buffer.from(macOf(at, salt, networkKey))] as const;
    if (more.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected))
      return false;
    const ageMs = calendar.now() - Number.parseInt(at, 36);
    return ageMs >= -leewayMs && ageMs < CHALLENGE_MS;
  };

  const solves = (answer: ChallengeAnswer | undefined, networkKey: string | undefined): answer is Proof =>
    answer?.kind === "proof-of-work" &&
    isGenuine(answer.nonce, networkKey) &&
    leadingZeroBits(answer.nonce, answer.counter) >= bits;

  return {
    async judge(answer, networkKey) {
      if (!solves(answer, networkKey)) return { ok: false, error: challenge(networkKey) };
      // Where the memory cannot be asked, a nonce may serve twice within its short life; nobody is kept out for that.
      const verdict = await used.use(answer.nonce).catch(() => "new" as const);
      if (verdict === "new") return { ok: true };
      if (verdict === "used") return { ok: false, error: challenge(networkKey) };
      return { ok: false, error: errorBody("unavailable", "Too many newcomers.", FULL_RETRY_MS) };
    },
  };
}

type Proof = Extract<ChallengeAnswer, { kind: "proof-of-work" }>;
