import { LIMITS } from "@serendip/protocol";

/**
 * The offers that the initiator made in one generation. Each told one has a number, its `attempt`; each new one, told or
 * not, replaces the local description of the one before, whose answer is of no use then.
 */
export interface Offers {
  /** How many were told. */
  readonly told: number;
  /** Whether the newest was told. */
  readonly heard: boolean;
  /** The number of the told one whose answer can be taken; undefined while there is none. */
  readonly open: number | undefined;
  /** Told ones since the last answer that was taken. */
  readonly unanswered: number;
  readonly toldAt: number;
}

export const NO_OFFERS: Offers = { told: 0, heard: false, open: undefined, unanswered: 0, toldAt: 0 };

/** A restart that has had no answer is given this time before a partner's wish for one makes another. */
export const RESTART_UNDER_WAY_MS = 2_000;

/** A restart that was answered is given this time to show what it is good for. */
const RESTART_FRESH_MS = 1_000;

/** Another offer is being made: answers to the ones before come too late. */
export const beginOffer = (offers: Offers): Offers => ({ ...offers, heard: false, open: undefined });

/** The newest offer is told to the partner, under the number `open`. */
export const tellOffer = (offers: Offers, now: number): Offers & { readonly open: number } => ({
  told: offers.told + 1,
  heard: true,
  open: offers.told,
  unanswered: offers.unanswered + 1,
  toldAt: now,
});

/** Its answer was taken. */
export const closeOffer = (offers: Offers): Offers => ({ ...offers, open: undefined, unanswered: 0 });

/** Whether the partner would still be listened to with one more (LIMITS.descriptionsPerGeneration). */
export const mayTell = (offers: Offers): boolean => offers.told < LIMITS.descriptionsPerGeneration;

/** Whether an offer is on its way that a wish for a restart need not repeat. */
export const isUnderWay = (offers: Offers, now: number): boolean =>
  (offers.open !== undefined || offers.told > 1) &&
  now - offers.toldAt < (offers.open === undefined ? RESTART_FRESH_MS : RESTART_UNDER_WAY_MS);
