import { type Allowance, type Remainder, refillMs, spend } from "@serendip/time";
import type { LimitScale } from "../limits/quota.ts";

/** What one network may ask for before it is known who asks (SPEC N4). A point is about a tenth of a millisecond of work. */
export interface DoorRules {
  readonly points: Allowance;
  /** How often a network that asks for more is answered at all. */
  readonly answers: Allowance;
}

/**
 * 300 people behind one address who all come back at once: each with two requests for a token (one is the browser's own), a
 * WebSocket, a polling line beside it, and a look at `/readyz` twice a second for ten seconds. That is 40 points each, and 15 more for three
 * handshakes where this server speaks TLS itself.
 */
export const DEFAULT_DOOR_RULES: DoorRules = {
  points: { burst: 20_000, perSecond: 2_000 },
  answers: { burst: 600, perSecond: 60 },
};

/** What one person who comes back needs, as above. */
const LEAST_POINTS = 40;

/** The rules for another number of people, or more or less strict ones. One person alone always gets in. */
export function scaledDoorRules({ points, answers }: DoorRules, { all, networks }: LimitScale): DoorRules {
  const by = all * networks;
  return {
    points: { burst: Math.max(LEAST_POINTS, points.burst * by), perSecond: points.perSecond * by },
    answers: { burst: Math.max(1, answers.burst * by), perSecond: answers.perSecond * by },
  };
}

/** Points of each kind of request. A hello, which most WebSockets bring at once, is the dearest by far. */
export const DOOR_POINTS = {
  webSocket: 10,
  polling: 3,
  token: 2,
  other: 1,
  /** What comes on top when a request is refused for what it is: a line in the log, and it was no page's. */
  refused: 10,
  /** A TLS handshake, before anything is said in it: half a millisecond with a key on P-256, about twice that with RSA. */
  handshake: 5,
  /** Bytes that are no HTTP request: an answer, and no page sends any. */
  noRequest: 5,
} as const;

/** What is left to one network, as plain data. */
export interface DoorSpending {
  readonly points?: Remainder;
  readonly answers?: Remainder;
}

/** `isCut`: so far beyond that it gets no answer. */
export type DoorVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly retryAfterMs: number; readonly isCut: boolean };

/** A request that costs so many points comes at the instant `now` (milliseconds). */
export function ask(
  before: DoorSpending,
  { points, now, rules }: { readonly points: number; readonly now: number; readonly rules: DoorRules },
): { readonly spending: DoorSpending; readonly verdict: DoorVerdict } {
  const spent = spend(before.points, { amount: points, now, allowance: rules.points });
  if (spent.ok) return { spending: { ...before, points: spent.remainder }, verdict: { ok: true } };
  const answers = spend(before.answers, { amount: 1, now, allowance: rules.answers });
  return {
    spending: { points: spent.remainder, answers: answers.remainder },
    verdict: { ok: false, retryAfterMs: spent.waitMs, isCut: !answers.ok },
  };
}

/** A request that was let in has cost more than it seemed to; what is not there cannot be taken. */
export function charge(
  before: DoorSpending,
  { points, now, rules }: { readonly points: number; readonly now: number; readonly rules: DoorRules },
): DoorSpending {
  const { points: allowance } = rules;
  const { left } = spend(before.points, { amount: 0, now, allowance }).remainder;
  const amount = Math.min(points, Math.max(0, left));
  return { ...before, points: spend(before.points, { amount, now, allowance }).remainder };
}

/** After this time it makes no difference what a network has spent, milliseconds. */
export const doorMatters = ({ points, answers }: DoorRules): number =>
  Math.max(refillMs(points), refillMs(answers));
