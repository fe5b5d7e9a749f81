import type { Allowance } from "@serendip/time";

/** So many at once, and as many again in each `withinMs`, evenly. */
export interface Quota {
  readonly most: number;
  readonly withinMs: number;
}

/** Whom something is counted for. What a person can have anew for nothing (socket, session, room, generation) is none of them. */
export const SCOPES = ["person", "device", "network"] as const;
export type Scope = (typeof SCOPES)[number];

/** How much of one class everybody may ask for, and why; a scope without a quota is not counted. */
export interface Limit extends Readonly<Partial<Record<Scope, Quota>>> {
  /** What is counted, and why so much of it; ends up in docs/limits.md. */
  readonly why: string;
}

/**
 * The keys that one who asks is counted by.
 *
 * - `person`: the user id
 * - `device`: the browser profile's random id; undefined where the token names none
 * - `network`: a keyed hash; undefined where the network is not known, and then nothing counts for it
 */
export type LimitKeys = Readonly<Partial<Record<Scope, string | undefined>>>;

export type LimitVerdict =
  | { readonly ok: true }
  /** It may be asked for again after `retryAfterMs`, and not a millisecond before (SPEC B2). */
  | { readonly ok: false; readonly retryAfterMs: number };

export const allowanceOf = ({ most, withinMs }: Quota): Allowance => ({
  burst: most,
  perSecond: (most / withinMs) * 1_000,
});

/** How an operator turns all limits up or down. */
export interface LimitScale {
  /** Of every figure, as a part of 1. */
  readonly all: number;
  /** Of the figures of networks, on top of that, as a part of 1. */
  readonly networks: number;
}

export const AS_IT_STANDS: LimitScale = { all: 1, networks: 1 };

/** The table with other numbers, and the same times. Nobody gets less than one. */
export function scaled<Class extends string>(
  table: Readonly<Record<Class, Limit>>,
  { all, networks }: LimitScale,
): Readonly<Record<Class, Limit>> {
  const quota = (given: Quota, by: number): Quota => ({
    ...given,
    most: Math.max(1, Math.round(given.most * by)),
  });
  const limit = ({ why, person, device, network }: Limit): Limit => ({
    why,
    ...(person && { person: quota(person, all) }),
    ...(device && { device: quota(device, all) }),
    ...(network && { network: quota(network, all * networks) }),
  });
  const entries = Object.entries<Limit>(table).map(([name, line]) => [name, limit(line)]);
  return Object.fromEntries(entries) as Record<Class, Limit>;
}
