import type { Limit } from "./quota.ts";

/** The number of honest people for whom the figures of a network are made: a school, a company, a mobile carrier. */
export const PEOPLE_OF_A_NETWORK = 300;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/**
 * What a page with an accepted hello may send over its connection (SPEC B1). A device has the figures of four people or more, for tabs
 * and profiles; a network those of `PEOPLE_OF_A_NETWORK` who do the same at once, which few of them do twice.
 */
export const EVENT_LIMITS = {
  find: {
    why: "`find`, which is Start and Next: ten presses in a row, then one each second. 300 people search at once after a restart, and every third presses Next each second after that.",
    person: { most: 10, withinMs: 10 * SECOND },
    device: { most: 40, withinMs: 10 * SECOND },
    network: { most: 1_000, withinMs: 10 * SECOND },
  },
  leave: {
    why: "`leave`, one for each find: a Stop after many Nexts that were too fast has to get through, or somebody would be left with nobody.",
    person: { most: 10, withinMs: 10 * SECOND },
    device: { most: 40, withinMs: 10 * SECOND },
    network: { most: 1_000, withinMs: 10 * SECOND },
  },
  ready: {
    why: "`ready`, `give-up`: one for each match; besides the finds there are the matches of who is put back into the queue.",
    person: { most: 30, withinMs: 10 * SECOND },
    device: { most: 120, withinMs: 10 * SECOND },
    network: { most: 3_000, withinMs: 10 * SECOND },
  },
  signal: {
    why: "`signal`: eight restarts of ICE in a row (L7) on a machine with two dozen addresses, each with a description and 48 candidates, and one of them each second after that (100 and 20 would make such a machine wait in its first call). R12 and R17 bound what partners are made to do.",
    person: { most: 400, withinMs: 8 * SECOND },
    device: { most: 1_600, withinMs: 8 * SECOND },
    network: { most: 12_000, withinMs: 16 * SECOND },
  },
  rebuild: {
    why: "`rebuild`: a page asks for a new negotiation each 500 ms at most (L2, L3). R17 bounds these and those that a return brings about together.",
    person: { most: 60, withinMs: 30 * SECOND },
    device: { most: 240, withinMs: 30 * SECOND },
    network: { most: 1_800, withinMs: 30 * SECOND },
  },
  media: {
    why: "`media`: a page looks four times a second whether media flows, and says so when it changes (G6); it does not change each time.",
    person: { most: 60, withinMs: 30 * SECOND },
    device: { most: 240, withinMs: 30 * SECOND },
    network: { most: 6_000, withinMs: 30 * SECOND },
  },
  status: {
    why: "`status`: every 6 s while waiting, and twice in each silence of a call (L10).",
    person: { most: 30, withinMs: 15 * SECOND },
    device: { most: 120, withinMs: 15 * SECOND },
    network: { most: 3_000, withinMs: 15 * SECOND },
  },
  "ice-servers": {
    why: "`ice-servers`: once in the life of an account, which may be as short as 10 s, for `/check`, and where somebody looks at the settings.",
    person: { most: 20, withinMs: MINUTE },
    device: { most: 80, withinMs: MINUTE },
    network: { most: 3_000, withinMs: MINUTE },
  },
  "call-report": {
    why: "`call-report`: one for each room.",
    person: { most: 20, withinMs: 20 * SECOND },
    device: { most: 80, withinMs: 20 * SECOND },
    network: { most: 2_000, withinMs: 20 * SECOND },
  },
  other: {
    why: "Everything without a line of its own: `unloading`, `refresh-token` before it is read, events that nobody knows.",
    person: { most: 100, withinMs: MINUTE },
    device: { most: 400, withinMs: MINUTE },
    network: { most: 10_000, withinMs: MINUTE },
  },
  strikes: {
    why: "Refusals by one of these limits. Who was told to wait and goes on loses the connection (B4). A person who presses Next six times a second for 20 s in a page that does not count is below it. A network has none: nobody is sent away for what others of it do.",
    person: { most: 100, withinMs: 100 * SECOND },
    device: { most: 200, withinMs: 100 * SECOND },
  },
} as const satisfies Readonly<Record<string, Limit>>;

/** What is asked for before it is known who asks, or to make it known (SPEC B5). */
export const DOOR_LIMITS = {
  mint: {
    why: "A token for somebody new. 300 people at once, and one more each second; 30 profiles and tabs of one browser, and one more each 10 s.",
    device: { most: 30, withinMs: 300 * SECOND },
    network: { most: 300, withinMs: 300 * SECOND },
  },
  renewal: {
    why: "A token for somebody who shows an earlier one: at each reload, and before an attempt to connect where the one at hand is good for less than a minute or was refused. A network pays only for tokens that are not good.",
    person: { most: 30, withinMs: MINUTE },
    device: { most: 120, withinMs: MINUTE },
    network: { most: 3_000, withinMs: MINUTE },
  },
  hello: {
    why: "A hello that resumes nothing. A network pays only where the token is missing or not good: 300 people come at once, some with one that is used up, and several times.",
    person: { most: 10, withinMs: MINUTE },
    device: { most: 60, withinMs: MINUTE },
    network: { most: 1_200, withinMs: MINUTE },
  },
  return: {
    why: "A hello that says which session or room it comes back to. In a call in trouble a page tries every 300 ms (L11); one who cuts the own connection again and again waits in the end.",
    person: { most: 200, withinMs: MINUTE },
    device: { most: 800, withinMs: MINUTE },
  },
  "refresh-token": {
    why: "`refresh-token`, each a check of a signature: once in the life of a token, and again where an answer is lost.",
    person: { most: 10, withinMs: MINUTE },
    device: { most: 40, withinMs: MINUTE },
    network: { most: 1_500, withinMs: MINUTE },
  },
} as const satisfies Readonly<Record<string, Limit>>;

/** A class of events of a live session; `strikes` counts refusals and is nobody's event. */
export type EventClass = Exclude<keyof typeof EVENT_LIMITS, "strikes">;
export type DoorClass = keyof typeof DOOR_LIMITS;

export type EventLimits = Readonly<Record<keyof typeof EVENT_LIMITS, Limit>>;
export type DoorLimits = Readonly<Record<DoorClass, Limit>>;
