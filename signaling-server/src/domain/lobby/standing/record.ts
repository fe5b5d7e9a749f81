import type { DemeritRules } from "./rules.ts";

/** What is remembered of one device or network. Plain data; instants are readings of the lobby's clock, milliseconds. */
export interface StandingRecord {
  /** Demerits at the instant `at`; they fade from there on. */
  readonly demerits: number;
  readonly at: number;
  /** The standing is fallen before this instant. */
  readonly fallenUntil: number;
  /** A good call of the own counts before this instant. */
  readonly provenUntil: number;
  /** Connections that have failed with different partners since the last one that came about. */
  readonly failures: number;
  /** The devices of the latest of these partners, newest last. */
  readonly failedWith: readonly string[];
}

const CLEAN: StandingRecord = {
  demerits: 0,
  at: 0,
  fallenUntil: 0,
  provenUntil: 0,
  failures: 0,
  failedWith: [],
};

/** The record as it is at `now`. The functions below take such a one. */
export const fadeTo = (now: number, { fadeMs }: DemeritRules, record = CLEAN): StandingRecord => ({
  ...record,
  demerits: Math.max(0, record.demerits - (now - record.at) / fadeMs),
  at: now,
});

/** Fallen at the limit, and back once a whole demerit below it, so that the last demerit tells for a while. */
function withDemerits(
  record: StandingRecord,
  demerits: number,
  { limit, fadeMs }: DemeritRules,
): StandingRecord {
  const falls = demerits >= limit || record.at < record.fallenUntil;
  const above = demerits - (limit - 1);
  return { ...record, demerits, fallenUntil: falls && above > 0 ? record.at + Math.ceil(above * fadeMs) : 0 };
}

/** Adds demerits up to `most`; those beyond it that are there already stay. */
export function addDemerits(
  record: StandingRecord,
  rules: DemeritRules,
  { amount, most }: { readonly amount: number; readonly most: number },
): StandingRecord {
  return withDemerits(record, Math.max(record.demerits, Math.min(most, record.demerits + amount)), rules);
}

export const takeDemerits = (record: StandingRecord, rules: DemeritRules, amount: number): StandingRecord =>
  withDemerits(record, Math.max(0, record.demerits - amount), rules);

/** A connection has come about: the row of failures is over. */
export const endRow = (record: StandingRecord): StandingRecord => ({
  ...record,
  failures: 0,
  failedWith: [],
});

/** Partners by whom a row of failures tells whether the next one is another. */
const PARTNERS_KEPT = 4;

/** A connection has failed with this device. Again with one of the latest, it is nothing new. */
export function addFailure(record: StandingRecord, partner: string): StandingRecord {
  if (record.failedWith.includes(partner)) return record;
  const failedWith = [...record.failedWith, partner].slice(-PARTNERS_KEPT);
  return { ...record, failures: record.failures + 1, failedWith };
}
