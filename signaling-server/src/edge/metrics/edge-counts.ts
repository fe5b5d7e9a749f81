import { AwayCause, BYE_CODES, ERROR_CODES, type ErrorCode } from "@serendip/protocol";
import { type Counter, createCounter } from "../../domain/collections/counter.ts";
import { DOOR_LIMITS, type DoorClass, EVENT_LIMITS, type EventClass } from "../../domain/limits/table.ts";
import type { DetachCause } from "../../domain/lobby/command.ts";
import type { Limiter } from "../../ports/counting.ts";
import type { Offence } from "../engine/engine.ts";
import type { CheckToken, MintToken } from "../identity.ts";
import type { CourierEnd } from "../socket/courier.ts";

/** Why a connection ended: what the lobby was told, or why the server itself ended it. */
export type ConnectionEnd = DetachCause | CourierEnd;

const ENDS: readonly ConnectionEnd[] = [
  ...new Set<ConnectionEnd>([...AwayCause.options, "bye", ...BYE_CODES, "silent", "clogged"]),
];

/** A record, so that none can be forgotten. */
const EVERY_OFFENCE: Readonly<Record<Offence, true>> = {
  flood: true,
  clogged: true,
  "no-packet": true,
  "no-pages-request": true,
  "no-hello": true,
  "hello-again": true,
};
const OFFENCES = Object.keys(EVERY_OFFENCE) as Offence[];

/** The limits by their names in docs/limits.md; refusals of an event are told apart, strikes are not. */
type LimitName = EventClass | DoorClass;
const LIMIT_NAMES = [...Object.keys(EVENT_LIMITS), ...Object.keys(DOOR_LIMITS)] as LimitName[];

/** Sums of what the edge has seen since the start of this process; only what is rare is counted here. */
export interface EdgeCounts {
  /** Connections whose hello was accepted. */
  readonly connections: Counter<"accepted">;
  readonly ends: Counter<ConnectionEnd>;
  /** Connections that did what no page does, by what it was. */
  readonly offences: Counter<Offence>;
  readonly hellosRefused: Counter<ErrorCode>;
  /** Tokens that were shown and not taken. */
  readonly tokensRefused: Counter<ErrorCode>;
  readonly tokensMinted: Counter<"minted">;
  /** What people, devices and networks were told to wait for. */
  readonly limited: Counter<LimitName>;
  readonly originsRefused: Counter<"refused">;
}

export function createEdgeCounts(): EdgeCounts {
  return {
    connections: createCounter(["accepted"]),
    ends: createCounter(ENDS),
    offences: createCounter(OFFENCES),
    hellosRefused: createCounter(ERROR_CODES),
    tokensRefused: createCounter(ERROR_CODES),
    tokensMinted: createCounter(["minted"]),
    limited: createCounter(LIMIT_NAMES),
    originsRefused: createCounter(["refused"]),
  };
}

/** Counts what a limiter refuses. */
export function countLimited(limiter: Limiter, { limited }: Pick<EdgeCounts, "limited">): Limiter {
  return {
    async take(doorClass, keys) {
      const verdict = await limiter.take(doorClass, keys);
      if (!verdict.ok) limited.add(doorClass);
      return verdict;
    },
  };
}

/** Counts the tokens that are not good. */
export function countTokens(
  check: CheckToken,
  { tokensRefused }: Pick<EdgeCounts, "tokensRefused">,
): CheckToken {
  return async (token, source) => {
    const verdict = await check(token, source);
    if (!verdict.ok) tokensRefused.add(verdict.error.code);
    return verdict;
  };
}

/** Counts the tokens that are given. */
export function countMints(mint: MintToken, { tokensMinted }: Pick<EdgeCounts, "tokensMinted">): MintToken {
  return async (ask) => {
    const verdict = await mint(ask);
    if (verdict.ok) tokensMinted.add("minted");
    return verdict;
  };
}
